"""IPv4 and IPv6 headers with extension headers; expected values are the bytes built by hand, or scapy's."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from ip_frames import HA4, HA6, HAO, HOA, UE4, UE6, fragment_header, ipv4, ipv6, options_header, udp

from dissectors.buffer import DissectError, Reader
from dissectors.events import Malformed
from dissectors.ip import Ipv6Header, read_ipv4, read_ipv6
from dissectors.ip_extensions import AuthenticationHeader, FragmentHeader, Option, OptionsHeader, RoutingHeader

ROUTING_2 = bytes.fromhex("32 02 02 01 00000000") + HOA.packed
WIRE_FORMATS_HAO = bytes.fromhex("870201020000c910") + HOA.packed  # appendix A1 of the wire-format notes


def _ipv6(data: bytes) -> tuple[Ipv6Header, Reader]:
    r = Reader(data)
    return read_ipv6(r), r


def test_an_ipv4_header_is_read_whole() -> None:
    header = read_ipv4(Reader(ipv4(17, b"payload", flags=0x4000, identification=0xBEEF)))
    assert (header.source, header.destination, header.protocol, header.ttl) == (UE4, HA4, 17, 64)
    assert (header.identification, header.dont_fragment, header.is_fragment) == (0xBEEF, True, False)
    assert (header.size, header.header_size, header.malformed) == (27, 20, None)


def test_ipv4_options_are_kept_and_passed() -> None:
    r = Reader(ipv4(17, b"xy", options=bytes.fromhex("94040000 01010100")))
    header = read_ipv4(r)
    assert (header.options.hex(), header.header_size, r.pos) == ("9404000001010100", 28, 28)


def test_an_ipv4_header_of_under_20_bytes_is_refused() -> None:
    with pytest.raises(DissectError, match="at least 20 bytes, not 16"):
        read_ipv4(Reader(b"\x44" + ipv4(17, b"")[1:]))


def test_what_stands_behind_the_packet_is_left_out() -> None:
    r = Reader(ipv4(17, b"data") + b"ethernet padding")
    read_ipv4(r)
    assert r.rest("data") == b"data"


def test_a_total_length_of_zero_means_all_that_is_there() -> None:
    r = Reader(ipv4(6, b"offloaded", length=0))
    header = read_ipv4(r)
    assert (header.size, r.left, header.malformed) == (29, 9, None)


def test_a_total_length_beyond_the_frame_is_named_unless_the_capture_cut_it() -> None:
    data = ipv4(17, b"data", length=100)
    fault = Malformed("packet length says 100 bytes, 24 are there", 0)
    assert read_ipv4(Reader(data)).malformed == fault
    assert read_ipv4(Reader(data), complete=False).malformed is None


def test_a_total_length_under_its_own_header_is_named_and_the_rest_still_read() -> None:
    r = Reader(ipv4(17, b"data", length=19))
    assert read_ipv4(r).malformed == Malformed("packet length 19 is under its header's 20", 0)
    assert r.left == 4


def test_fragment_fields_count_bytes() -> None:
    header = read_ipv4(Reader(ipv4(17, b"", flags=0x2000 | 185)))
    assert (header.fragment_offset, header.more_fragments, header.is_fragment) == (1480, True, True)


def test_an_ipv6_header_without_extensions_is_read_whole() -> None:
    header, r = _ipv6(ipv6(17, b"data") + b"padding")
    assert (header.source, header.destination, header.hop_limit, header.flow_label) == (UE6, HA6, 63, 0x12345)
    assert (header.next_header, header.protocol, header.size, header.header_size) == (17, 17, 44, 40)
    assert r.rest("data") == b"data"


def test_the_home_address_option_is_kept() -> None:
    header, r = _ipv6(ipv6(60, WIRE_FORMATS_HAO + b"mh"))
    assert (header.next_header, header.protocol, header.home_address) == (60, 135, HOA)
    assert header.extensions == (OptionsHeader(60, 135, 40, 24, (Option(0xC9, 46, HOA.packed),)),)
    assert (r.rest("data"), header.header_size) == (b"mh", 64)


def test_the_home_address_of_a_type_2_routing_header_is_kept() -> None:
    header, _ = _ipv6(ipv6(43, ROUTING_2))
    assert (header.protocol, header.routing_home_address, header.home_address) == (50, HOA, None)
    assert header.extensions == (RoutingHeader(50, 40, 24, 2, 1, bytes(4) + HOA.packed),)


def test_a_chain_of_all_kinds_is_followed_in_order() -> None:
    ah = bytes.fromhex("11 04 0000 0000abcd 00000001") + bytes(12)
    chain = (
        options_header(43, bytes.fromhex("050200000100"))
        + bytes.fromhex("3c 00 00 00 00000000")
        + options_header(44, HAO)
        + fragment_header(51, 0, more=False)
        + ah
    )
    header, r = _ipv6(ipv6(0, chain + b"end"))
    kinds = [type(extension) for extension in header.extensions]
    assert kinds == [OptionsHeader, RoutingHeader, OptionsHeader, FragmentHeader, AuthenticationHeader]
    assert (header.protocol, header.home_address, header.malformed) == (17, HOA, None)
    assert (r.rest("data"), header.is_fragment) == (b"end", False)
    assert header.extensions[-1] == AuthenticationHeader(17, 40 + len(chain) - 24, 24, 0xABCD, 1)


def test_the_chain_ends_behind_the_fragment_header_of_a_real_fragment() -> None:
    header, r = _ipv6(ipv6(44, fragment_header(60, 1448, more=False) + b"\xff\xff no header"))
    assert header.fragment == FragmentHeader(60, 40, 8, 1448, False, 9)
    assert (header.malformed, r.left) == (None, 12)


def test_a_jumbo_payload_is_noted() -> None:
    header, r = _ipv6(ipv6(0, options_header(17, bytes.fromhex("c20400011170")) + b"huge", length=0))
    assert (header.jumbo_size, r.rest("data")) == (70000, b"huge")


def test_no_next_header_ends_the_chain() -> None:
    assert _ipv6(ipv6(59, b""))[0].protocol == 59


def test_sixteen_extension_headers_are_followed_and_255_refused() -> None:
    padding = bytes.fromhex("010400000000")
    sixteen = options_header(60, padding) * 15 + options_header(17, padding)
    assert _ipv6(ipv6(60, sixteen))[0].protocol == 17
    header, _ = _ipv6(ipv6(60, options_header(60, padding) * 255))
    assert header.malformed == Malformed("more than 16 extension headers", 40 + 16 * 8)
    assert (header.protocol, len(header.extensions)) == (60, 16)


@pytest.mark.parametrize(
    ("next_header", "chain", "reason", "offset"),
    [
        (60, b"\x11", "an extension header is at least 8 bytes, 1 are left", 40),
        (60, b"\x11\x05" + bytes(6), "48 bytes needed, 8 left", 40),
        (0, options_header(17, bytes.fromhex("01ff00000000")), "an option reaches beyond its header", 42),
        (0, options_header(17, bytes.fromhex("000000000001")), "an option reaches beyond its header", 47),
        (60, options_header(17, bytes.fromhex("c90420010db8")), "a Home Address option holds 16 bytes, not 4", 42),
        (43, b"\x11\x00\x02\x01" + bytes(4), "a type 2 routing header is 24 bytes, not 8", 40),
        (44, b"\x11\x00\x00", "8 bytes needed, 3 left", 40),
        (51, b"\x11\x00" + bytes(6), "12 bytes needed, 8 left", 40),
    ],
)
def test_a_broken_chain_names_where_and_why(next_header: int, chain: bytes, reason: str, offset: int) -> None:
    header, _ = _ipv6(ipv6(next_header, chain))
    assert header.malformed == Malformed(reason, offset)
    assert header.protocol == next_header


def test_scapy_agrees_on_a_mobile_ipv6_stack() -> None:
    from scapy.layers import inet6

    packet = inet6.IPv6(src="2001:db8::1", dst="2001:db8::2", hlim=9, tc=0x2E, fl=77)
    packet /= inet6.IPv6ExtHdrRouting(type=2, addresses=["2001:db8::3"], segleft=1)
    packet /= inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa="2001:db8::4")])
    header, r = _ipv6(bytes(packet / udp(1, 2, b"data")))
    assert (header.traffic_class, header.flow_label, header.hop_limit) == (0x2E, 77, 9)
    assert header.routing_home_address == IPv6Address("2001:db8::3")
    assert header.home_address == IPv6Address("2001:db8::4")
    assert r.left == 12
