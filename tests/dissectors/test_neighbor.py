"""Neighbour discovery and Mobile IPv6's ICMPv6 against scapy's packets, tshark on them, and hand-made bytes."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from pathlib import Path

import pytest
from beside_tshark import info_lines, needs_tshark, rows, write_pcap
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import ipv6
from scapy.layers import inet6

from dissectors.icmp import Icmpv6, Icmpv6Message, decode_icmpv6
from dissectors.neighbor.messages import (
    AdvertisementInterval,
    DnsSearchList,
    HomeAgentDiscoveryReply,
    HomeAgentDiscoveryRequest,
    HomeAgentInformation,
    LinkLayerAddress,
    MobilePrefixAdvertisement,
    MobilePrefixSolicitation,
    Mtu,
    NeighborAdvertisement,
    NeighborSolicitation,
    OpaqueOption,
    PrefixInformation,
    RecursiveDnsServers,
    Redirect,
    RouteInformation,
    RouterAdvertisement,
    RouterSolicitation,
)
from dissectors.neighbor.registry import (
    MobilePrefixFlag,
    NeighborFlag,
    PrefixFlag,
    RouterFlag,
    RouterPreference,
)
from dissectors.neighbor.text import describe_icmpv6

PREFIX = IPv6Address("2001:db8:77::")
ROUTER = IPv6Address("2001:db8:77::1")
MAC = "00:11:22:33:44:55"
PIO = inet6.ICMPv6NDOptPrefixInfo(
    prefixlen=64, L=1, A=1, R=0, validlifetime=7200, preferredlifetime=1800, prefix=PREFIX
)
PIO_R = inet6.ICMPv6NDOptPrefixInfo(prefixlen=64, L=1, A=0, R=1, validlifetime=0, preferredlifetime=0, prefix=ROUTER)
RA = inet6.ICMPv6ND_RA(chlim=64, M=1, O=0, H=1, prf=1, routerlifetime=1800, reachabletime=30000, retranstimer=1000)
LLADDR = inet6.ICMPv6NDOptSrcLLAddr(lladdr=MAC)
WHOLE_RA = (
    RA / PIO / PIO_R / LLADDR / inet6.ICMPv6NDOptMTU(mtu=1400)
    / inet6.ICMPv6NDOptRDNSS(lifetime=600, dns=["2001:db8::53", "2001:db8::54"])
    / inet6.ICMPv6NDOptDNSSL(lifetime=600, searchlist=["example.com.", "a.example."])
    / inet6.ICMPv6NDOptAdvInterval(advint=5000) / inet6.ICMPv6NDOptHAInfo(pref=7, lifetime=1200)
    / inet6.ICMPv6NDOptRouteInfo(plen=48, prf=3, rtlifetime=900, prefix="2001:db8:9::")
)  # fmt: skip


def raw(message: object) -> bytes:
    """The bytes with the checksum zero, as scapy makes them without an IPv6 header."""
    data = bytearray(bytes(message))  # type: ignore[call-overload]  # scapy's packets are bytes-like
    data[2:4] = b"\0\0"
    return bytes(data)


def both(data: bytes) -> Icmpv6:
    return read_both(data, decode_icmpv6)[0]


def test_a_router_advertisement_comes_out_as_scapy_built_it() -> None:
    decoded = both(raw(WHOLE_RA))
    mine = PrefixInformation(64, PrefixFlag.ON_LINK | PrefixFlag.AUTONOMOUS, 7200, 1800, PREFIX)
    home = PrefixInformation(64, PrefixFlag.ON_LINK | PrefixFlag.ROUTER_ADDRESS, 0, 0, ROUTER)
    assert decoded == RouterAdvertisement(
        64, RouterFlag.MANAGED | RouterFlag.HOME_AGENT, 1800, 30000, 1000,
        (
            mine, home, LinkLayerAddress(1, bytes.fromhex("001122334455")), Mtu(1400),
            RecursiveDnsServers(600, (IPv6Address("2001:db8::53"), IPv6Address("2001:db8::54"))),
            DnsSearchList(600, ("example.com", "a.example")),
            AdvertisementInterval(5000), HomeAgentInformation(7, 1200),
            RouteInformation(IPv6Network("2001:db8:9::/48"), RouterPreference.LOW, 900),
        ),
        RouterPreference.HIGH,
    )  # fmt: skip
    assert isinstance(decoded, RouterAdvertisement)
    assert decoded.prefixes == (mine, home)
    assert describe_icmpv6(decoded) == (
        f"Router Advertisement (MH) prefix 2001:db8:77::/64 LA, 2001:db8:77::/64 LR withdrawn from {MAC}"
    )


def test_the_prefix_of_an_option_with_the_routers_address_is_its_first_bits() -> None:
    decoded = both(raw(RA / PIO_R))
    assert isinstance(decoded, RouterAdvertisement)
    (option,) = decoded.prefixes
    assert (option.network, option.router_address) == (IPv6Network("2001:db8:77::/64"), ROUTER)
    plain = both(raw(RA / PIO))
    assert isinstance(plain, RouterAdvertisement)
    assert plain.prefixes[0].router_address is None


def test_a_router_with_lifetime_zero_is_no_default_router() -> None:
    line = describe_icmpv6(both(raw(inet6.ICMPv6ND_RA(M=0, O=0, routerlifetime=0) / PIO)))
    assert line == "Router Advertisement prefix 2001:db8:77::/64 LA no default router"


SOURCE = (LinkLayerAddress(1, bytes.fromhex("001122334455")),)
TARGET = (LinkLayerAddress(2, bytes.fromhex("001122334455")),)
DESTINATION_LL = inet6.ICMPv6NDOptDstLLAddr(lladdr=MAC)
OTHERS = [
    (inet6.ICMPv6ND_RS() / LLADDR, RouterSolicitation(SOURCE), f"Router Solicitation from {MAC}"),
    (
        inet6.ICMPv6ND_NS(tgt=ROUTER) / LLADDR,
        NeighborSolicitation(ROUTER, SOURCE),
        f"Neighbor Solicitation for {ROUTER} from {MAC}",
    ),
    (
        inet6.ICMPv6ND_NA(tgt=ROUTER, R=1, S=0, O=1) / DESTINATION_LL,
        NeighborAdvertisement(NeighborFlag.ROUTER | NeighborFlag.OVERRIDE, ROUTER, TARGET),
        f"Neighbor Advertisement {ROUTER} (rtr, ovr) is at {MAC}",
    ),
    (
        inet6.ICMPv6ND_Redirect(tgt=ROUTER, dst="2001:db8::9") / DESTINATION_LL,
        Redirect(ROUTER, IPv6Address("2001:db8::9"), TARGET),
        f"Redirect of 2001:db8::9 to {ROUTER}",
    ),
    (
        inet6.ICMPv6HAADRequest(id=0x1234, R=1),
        HomeAgentDiscoveryRequest(0x1234, 0x8000),
        "Home Agent Address Discovery Request id=0x1234",
    ),
    (
        inet6.ICMPv6HAADReply(id=0x1234, R=0, addresses=["2001:db8::1", "2001:db8::2"]),
        HomeAgentDiscoveryReply(0x1234, 0, (IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2"))),
        "Home Agent Address Discovery Reply id=0x1234 HA 2001:db8::1, 2001:db8::2",
    ),
    (
        inet6.ICMPv6MPSol(id=0xBEEF),
        MobilePrefixSolicitation(0xBEEF),
        "Mobile Prefix Solicitation id=0xbeef",
    ),
    (
        inet6.ICMPv6MPAdv(id=0xBEEF, flags=1) / PIO,
        MobilePrefixAdvertisement(
            0xBEEF, MobilePrefixFlag.OTHER, (PrefixInformation(64, PrefixFlag(0xC0), 7200, 1800, PREFIX),)
        ),
        "Mobile Prefix Advertisement id=0xbeef prefix 2001:db8:77::/64 LA",
    ),
]


@pytest.mark.parametrize(("built", "expected", "line"), OTHERS, ids=[type(e).__name__ for _, e, _ in OTHERS])
def test_the_other_messages_come_out_as_scapy_built_them(built: object, expected: Icmpv6, line: str) -> None:
    decoded = both(raw(built))
    assert decoded == expected
    assert decoded.type == raw(built)[0]
    assert describe_icmpv6(decoded) == line


def test_an_echo_is_described_by_identifier_and_sequence() -> None:
    decoded = both(raw(inet6.ICMPv6EchoRequest(id=0x6D08, seq=1)))
    assert describe_icmpv6(decoded) == "echo request id=0x6d08 seq=1"


HEAD = bytes.fromhex("86000000 40000000 00000000 00000000")


@pytest.mark.parametrize(
    ("options", "reason", "offset", "kept"),
    [
        (b"\x05", "option header is 2 bytes, 1 left", 16, 0),
        (b"\x05\0" + bytes(6), "option of length 0", 16, 0),
        (b"\x05\x02" + bytes(6), "option is 16 bytes, 8 are left", 16, 0),
        (b"\x03\x04\x81" + bytes(29), "prefix length 129", 18, 1),
        (b"\x03\x01" + bytes(6), "bytes needed, 6 left", 18, 1),
        (b"\x05\x02" + bytes(14), "8 bytes more than expected", 24, 1),
        (b"\x18\x01\x40" + bytes(5), "prefix length 64, 0 bytes of prefix", 18, 1),
        (b"\x19\x02" + bytes(14), "16 bytes needed, 8 left", 24, 1),
        (b"\x1f\x02" + bytes(6) + b"\x07example", "domain name without an end", 32, 1),
    ],
)
def test_a_fault_in_an_option_is_named_with_its_place(options: bytes, reason: str, offset: int, kept: int) -> None:
    decoded = both(HEAD + options)
    assert isinstance(decoded, RouterAdvertisement)
    assert decoded.malformed is not None
    assert reason in decoded.malformed.reason
    assert decoded.malformed.offset == offset
    assert len(decoded.options) == kept
    assert describe_icmpv6(decoded).endswith(f"[Malformed: {decoded.malformed}]")


def test_an_option_that_is_wrong_leaves_the_others_standing() -> None:
    decoded = both(HEAD + b"\x03\x01" + bytes(6) + bytes.fromhex("0501000000000578"))
    assert isinstance(decoded, RouterAdvertisement)
    wrong, mtu = decoded.options
    assert isinstance(wrong, OpaqueOption)
    assert (wrong.type, wrong.malformed, mtu) == (3, decoded.malformed, Mtu(1400))


@pytest.mark.parametrize("built", [WHOLE_RA, *(b for b, _, _ in OTHERS)], ids=lambda b: type(b).__name__)
def test_a_message_cut_at_every_byte_decodes_alike_by_both_readers(built: object) -> None:
    data = raw(built)
    for size in range(len(data)):
        decoded = both(data[:size])
        assert isinstance(decoded, Icmpv6Message) <= (decoded.malformed is not None)
        assert describe_icmpv6(decoded).isprintable()


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([0, 1, 128, *range(133, 138), *range(144, 148)]), st.binary(max_size=120))
def test_any_bytes_decode_and_trace_alike(kind: int, data: bytes) -> None:
    line = describe_icmpv6(both(bytes((kind,)) + data))
    assert line.isprintable()
    assert len(line) < 600


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=6, max_size=6), st.integers(0, 3)), max_size=5))
def test_any_whole_options_are_all_told_apart(options: list[tuple[int, bytes, int]]) -> None:
    data = b"".join(bytes((kind, 1 + more)) + body + bytes(8 * more) for kind, body, more in options)
    decoded = both(HEAD + data)
    assert isinstance(decoded, RouterAdvertisement)
    assert len(decoded.options) == len(options)


def test_hostile_names_and_long_addresses_are_inert_and_bounded() -> None:
    name = b"\x04\x1b[2J\x00\x00\x00"
    decoded, tree = read_both(HEAD + b"\x1f\x02" + bytes(6) + name + b"\x01\xff" + bytes(2038), decode_icmpv6)
    assert isinstance(decoded, RouterAdvertisement)
    assert decoded.options[0] == DnsSearchList(0, ("\\027[2J",))
    assert all(field.text.isprintable() for field in tree.walk())
    assert len(describe_icmpv6(decoded)) < 200


def test_the_tree_shows_flags_preference_and_prefix_in_words() -> None:
    _, tree = read_both(raw(WHOLE_RA), decode_icmpv6)
    assert texts(tree, "type") == ["ROUTER_ADVERTISEMENT (134)"]
    assert texts(tree, "flags")[0] == "MANAGED|HOME_AGENT (0xa0), preference HIGH (1)"
    assert texts(tree, "option")[0] == "PREFIX_INFORMATION (3) 2001:db8:77::/64"


def routes(message: RouterAdvertisement) -> list[IPv6Network]:
    """tshark has these in the same fields as the prefixes."""
    return [option.network for option in message.options if isinstance(option, RouteInformation)]


TSHARK = {
    "icmpv6.type": lambda m: [m.type.value],
    "icmpv6.nd.ra.router_lifetime": lambda m: [m.lifetime],
    "icmpv6.nd.ra.reachable_time": lambda m: [m.reachable_time],
    "icmpv6.nd.ra.flag.h": lambda m: [int(RouterFlag.HOME_AGENT in m.flags)],
    "icmpv6.nd.ra.flag.prf": lambda m: [m.preference.value],
    "icmpv6.opt.prefix": lambda m: [*(p.prefix for p in m.prefixes), *(n.network_address for n in routes(m))],
    "icmpv6.opt.prefix.length": lambda m: [*(p.prefix_length for p in m.prefixes), *(n.prefixlen for n in routes(m))],
    "icmpv6.opt.prefix.flag.r": lambda m: [int(PrefixFlag.ROUTER_ADDRESS in p.flags) for p in m.prefixes],
    "icmpv6.opt.prefix.flag.l": lambda m: [int(PrefixFlag.ON_LINK in p.flags) for p in m.prefixes],
    "icmpv6.opt.prefix.flag.a": lambda m: [int(PrefixFlag.AUTONOMOUS in p.flags) for p in m.prefixes],
    "icmpv6.opt.prefix.valid_lifetime": lambda m: [p.valid_lifetime for p in m.prefixes],
    "icmpv6.opt.prefix.preferred_lifetime": lambda m: [p.preferred_lifetime for p in m.prefixes],
    "icmpv6.opt.mtu": lambda m: [o.mtu for o in m.options if isinstance(o, Mtu)],
    "icmpv6.opt.rdnss": lambda m: [a for o in m.options if isinstance(o, RecursiveDnsServers) for a in o.addresses],
}


@needs_tshark
def test_a_router_advertisement_agrees_with_tshark_field_by_field(tmp_path: Path) -> None:
    data = raw(WHOLE_RA)
    path = write_pcap(tmp_path / "ra.pcap", [ipv6(58, data)])
    (row,) = rows(path, list(TSHARK))
    decoded = both(data)
    assert row == {name: [str(value) for value in read(decoded)] for name, read in TSHARK.items()}


@needs_tshark
def test_lines_begin_as_tsharks_do(tmp_path: Path) -> None:
    """tshark has the link-layer address behind RS, RA and NS, the flags and address behind NA."""
    built = [raw(b) for b, e, _ in OTHERS if isinstance(e, RouterSolicitation | NeighborSolicitation)]
    built += [raw(b) for b, e, _ in OTHERS if isinstance(e, NeighborAdvertisement)]
    lines = info_lines(write_pcap(tmp_path / "nd.pcap", [ipv6(58, data) for data in built]))
    assert lines == [describe_icmpv6(both(data)) for data in built]
