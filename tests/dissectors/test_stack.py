"""The walk down a frame and the demultiplexer, on frames built by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import HA4, HA6, HAO, HOA, UE4, UE6, ethernet, fragment_header, ipv4, ipv6, options_header, udp

from dissectors.buffer import Reader
from dissectors.events import Endpoint, Malformed
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.ip_extensions import OptionsHeader
from dissectors.link import LinkHeader
from dissectors.reassembly import Reassembly
from dissectors.stack import Carried, Stack, dissect_frame, dissect_ip, dissect_payload
from dissectors.tree import Tracer
from dissectors.udp import TcpHeader, UdpHeader

IKE = bytes(range(1, 29))
ESP = bytes.fromhex("c0ffee0100000001") + bytes(24)


def _frame(data: bytes, link_type: int = 1, **more: Any) -> Stack:
    return dissect_frame(Reader(data), link_type, **more)


def _body(stack: Stack) -> bytes:
    return stack.body.data[stack.body.pos : stack.body.end]


def _kinds(stack: Stack) -> list[type]:
    return [type(layer.message) for layer in stack.layers]


def test_ike_on_port_500_stands_at_once() -> None:
    stack = _frame(ethernet(ipv4(17, udp(500, 500, IKE))))
    assert (stack.carried, _body(stack), stack.body.pos) == (Carried.IKE, IKE, 42)
    assert (stack.source, stack.destination) == (Endpoint(UE4, 500), Endpoint(HA4, 500))
    assert _kinds(stack) == [LinkHeader, Ipv4Header, UdpHeader]
    assert [(layer.offset, layer.size, layer.buffer) for layer in stack.layers] == [(0, 14, 0), (14, 20, 0), (34, 8, 0)]


def test_a_marker_on_port_500_is_not_taken_off() -> None:
    assert _body(_frame(ethernet(ipv4(17, udp(500, 500, bytes(4) + IKE))))) == bytes(4) + IKE


@pytest.mark.parametrize("ports", [(4500, 4500), (4500, 1025), (40001, 4500)])
def test_the_non_esp_marker_tells_ike_from_esp_on_either_port_4500(ports: tuple[int, int]) -> None:
    marked = _frame(ethernet(ipv4(17, udp(*ports, bytes(4) + IKE))))
    assert (marked.carried, _body(marked)) == (Carried.IKE, IKE)
    bare = _frame(ethernet(ipv4(17, udp(*ports, ESP))))
    assert (bare.carried, _body(bare)) == (Carried.ESP, ESP)


def test_the_destination_port_decides_before_the_source_port() -> None:
    data = bytes(4) + IKE
    assert _body(_frame(ethernet(ipv4(17, udp(500, 4500, data))))) == IKE
    assert _body(_frame(ethernet(ipv4(17, udp(4500, 500, data))))) == data


def test_the_single_byte_ff_is_a_keepalive_in_spite_of_ethernet_padding() -> None:
    stack = _frame(ethernet(ipv4(17, udp(4500, 4500, b"\xff"))) + bytes(17))
    assert (stack.carried, _body(stack)) == (Carried.KEEPALIVE, b"\xff")


def test_a_byte_ff_that_the_capture_left_of_an_esp_packet_is_no_keepalive() -> None:
    whole = ethernet(ipv4(17, udp(4500, 4500, b"\xff" + ESP)))
    stack = _frame(whole[:43], complete=False)
    assert (stack.carried, stack.complete) == (Carried.ESP, False)


def test_an_empty_datagram_is_udp_on_any_port() -> None:
    for port in (53, 500, 4500):
        assert _frame(ethernet(ipv4(17, udp(port, port, b"")) + bytes(18))).carried is Carried.UDP


def test_esp_and_mobility_and_icmp_are_known_by_their_protocol() -> None:
    expected = {50: Carried.ESP, 135: Carried.MOBILITY, 58: Carried.ICMPV6, 59: Carried.OTHER, 1: Carried.ICMP}
    for protocol, carried in expected.items():
        stack = _frame(ipv6(protocol, b"body"), 229)
        assert (stack.carried, _body(stack)) == (carried, b"body")
        assert (stack.source, stack.destination) == (Endpoint(UE6), Endpoint(HA6))


def test_tcp_gives_its_ports_and_the_whole_segment() -> None:
    segment = bytes.fromhex("01bbc000") + bytes(16)
    stack = _frame(ethernet(ipv4(6, segment)))
    assert (stack.carried, _body(stack)) == (Carried.TCP, segment)
    assert stack.layers[-1].message == TcpHeader(443, 49152)


def test_a_binding_update_from_an_ipv6_care_of_address_is_esp_behind_the_home_address_option() -> None:
    stack = _frame(ethernet(ipv6(60, options_header(50, HAO) + ESP), 0x86DD))
    header = stack.layers[1].message
    assert isinstance(header, Ipv6Header)
    assert (header.home_address, stack.carried, _body(stack)) == (HOA, Carried.ESP, ESP)
    assert stack.source == Endpoint(UE6)


def test_the_innermost_packet_of_a_tunnel_gives_the_endpoints() -> None:
    inner = ipv6(50, ESP, source=HOA)
    stack = _frame(ethernet(ipv4(41, inner)))
    assert _kinds(stack) == [LinkHeader, Ipv4Header, Ipv6Header]
    assert (stack.source, stack.destination, stack.carried) == (Endpoint(HOA), Endpoint(HA6), Carried.ESP)


def test_eight_packets_inside_one_another_are_read_and_nine_are_not() -> None:
    data = udp(500, 500, IKE)
    for depth in range(1, 10):
        data = ipv4(17 if depth == 1 else 4, data)
        stack = _frame(data, 101)
        if depth <= 8:
            assert (stack.carried, len(stack.layers)) == (Carried.IKE, depth + 1)
    assert stack.carried is Carried.MALFORMED
    assert stack.malformed == Malformed("nested too deep", 160)
    assert stack.layers[-1].message == stack.malformed


def test_ah_is_passed_over_in_ipv4() -> None:
    ah = bytes.fromhex("11 04 0000 0000abcd 00000001") + bytes(12)
    stack = _frame(ethernet(ipv4(51, ah + udp(500, 500, IKE))))
    assert (stack.carried, _body(stack)) == (Carried.IKE, IKE)


def test_a_frame_that_is_not_ip_says_so() -> None:
    assert _frame(ethernet(b"arp", 0x0806)).carried is Carried.NOT_IP
    assert _frame(b"anything", 147).carried is Carried.NOT_IP
    assert str(_frame(b"", 147).source.address) == "::"


@pytest.mark.parametrize(
    ("data", "link_type", "reason"),
    [
        (ethernet(b"\x55" + bytes(40)), 1, "IP version 5 where IPv4 was announced"),
        (b"\x55" + bytes(40), 101, "IP version 5"),
        (ethernet(ipv6(17, b""), 0x0800), 1, "IP version 6 where IPv4 was announced"),
        (ipv4(17, b""), 229, "IP version 4 where IPv6 was announced"),
        (ethernet(b""), 1, "nothing where an IP header should be"),
        (ethernet(ipv4(17, b"\1\2\3")), 1, "8 bytes needed, 3 left"),
        (ethernet(ipv4(6, b"\1\2\3")), 1, "4 bytes needed, 3 left"),
    ],
)
def test_a_walk_that_has_to_stop_says_where_and_why(data: bytes, link_type: int, reason: str) -> None:
    stack = _frame(data, link_type)
    assert stack.malformed is not None
    assert (stack.carried, stack.malformed.reason) == (Carried.MALFORMED, reason)
    assert stack.layers[-1].message == stack.malformed


def test_a_length_that_lies_is_told_and_the_walk_goes_on() -> None:
    stack = _frame(ethernet(ipv4(17, udp(500, 500, IKE, length=900))))
    assert (stack.carried, _body(stack), stack.complete) == (Carried.IKE, IKE, False)
    assert stack.malformed == Malformed("UDP length says 900 bytes, 36 are there", 34)
    stack = _frame(ethernet(ipv4(17, udp(500, 500, IKE), length=900)))
    assert (stack.carried, stack.complete) == (Carried.IKE, False)
    assert stack.malformed == Malformed("packet length says 900 bytes, 56 are there", 14)


def test_a_packet_the_capture_cut_is_incomplete_and_not_malformed() -> None:
    stack = _frame(ethernet(ipv4(17, udp(500, 500, IKE)))[:60], complete=False)
    assert (stack.carried, stack.complete, stack.malformed) == (Carried.IKE, False, None)


def test_bytes_behind_the_udp_datagram_are_not_its_data() -> None:
    stack = _frame(ethernet(ipv4(17, udp(500, 500, IKE) + b"more")))
    assert (_body(stack), stack.malformed) == (IKE, None)


def test_a_udp_length_under_8_is_told_and_all_of_it_read() -> None:
    stack = _frame(ethernet(ipv4(17, udp(500, 500, IKE, length=7))))
    assert (stack.carried, _body(stack)) == (Carried.IKE, IKE)
    assert stack.malformed == Malformed("UDP length 7 is under the header's 8", 34)


def _fragments_4(payload: bytes, at: int) -> list[bytes]:
    first = ipv4(17, payload[:at], flags=0x2000)
    return [ethernet(first), ethernet(ipv4(17, payload[at:], flags=at // 8))]


def test_ipv4_fragments_become_the_message_they_carry() -> None:
    reassembly = Reassembly()
    first, second = _fragments_4(udp(500, 500, IKE * 50), 800)
    waiting = _frame(first, frame=4, reassembly=reassembly)
    assert (waiting.carried, waiting.frames) == (Carried.FRAGMENT, ())
    stack = _frame(second, frame=6, reassembly=reassembly)
    assert (stack.carried, _body(stack), stack.frames) == (Carried.IKE, IKE * 50, (4, 6))
    assert (stack.buffer, stack.layers[-1].buffer, stack.body.pos) == (1, 1, 8)
    assert (stack.source, stack.malformed) == (Endpoint(UE4, 500), None)


def test_ipv6_fragments_with_a_home_address_in_front_become_one_packet() -> None:
    reassembly = Reassembly()
    payload = ESP * 4
    stacks = [
        _frame(ethernet(ipv6(60, options_header(44, HAO) + part), 0x86DD), frame=number, reassembly=reassembly)
        for number, part in enumerate(
            (fragment_header(50, 64, more=False) + payload[64:], fragment_header(50, 0, more=True) + payload[:64]), 1
        )
    ]
    assert [stack.carried for stack in stacks] == [Carried.FRAGMENT, Carried.ESP]
    assert (_body(stacks[1]), stacks[1].frames) == (payload, (1, 2))


def test_extension_headers_behind_a_fragment_header_are_layers_of_the_datagram() -> None:
    reassembly = Reassembly()
    payload = options_header(50, HAO) + ESP
    for part in (fragment_header(60, 0, more=True) + payload[:16], fragment_header(60, 16, more=False) + payload[16:]):
        stack = _frame(ipv6(44, part), 101, reassembly=reassembly)
    assert (stack.carried, stack.layers[-1].buffer) == (Carried.ESP, 1)
    assert isinstance(stack.layers[-1].message, OptionsHeader)


def test_an_atomic_fragment_is_a_whole_packet() -> None:
    stack = _frame(ipv6(44, fragment_header(17, 0, more=False) + udp(500, 500, IKE)), 101)
    assert (stack.carried, stack.frames) == (Carried.IKE, ())


def test_overlapping_fragments_make_the_frame_malformed() -> None:
    reassembly = Reassembly()
    _frame(ethernet(ipv4(17, b"A" * 24, flags=0x2000)), reassembly=reassembly)
    stack = _frame(ethernet(ipv4(17, b"B" * 24, flags=0x2001)), reassembly=reassembly)
    assert (stack.carried, stack.malformed) == (Carried.MALFORMED, Malformed("overlapping fragments", 34))
    assert _body(stack) == b"B" * 24


def test_a_fragment_that_the_capture_cut_takes_no_part() -> None:
    reassembly = Reassembly()
    first, second = _fragments_4(udp(500, 500, IKE * 50), 800)
    _frame(first[:500], complete=False, reassembly=reassembly)
    assert _frame(second, reassembly=reassembly).carried is Carried.FRAGMENT
    assert reassembly.waiting == 1


def test_fragments_of_fragments_of_fragments_end_at_a_bound() -> None:
    """Each completed datagram is the last piece of one more: 40 levels without a further IP header."""
    reassembly = Reassembly()
    for level in range(40):
        _frame(ipv6(44, fragment_header(44, 0, True, level) + fragment_header(44, 8, False, level + 1)), 101,
               reassembly=reassembly)  # fmt: skip
    stack = _frame(ipv6(44, fragment_header(44, 8, False, 0) + b"last bytes"), 101, reassembly=reassembly)
    assert (stack.buffer, stack.carried) == (7, Carried.MALFORMED)
    assert stack.malformed is not None
    assert stack.malformed.reason == "nested too deep"


def test_a_tunnel_mode_payload_is_read_from_its_ip_header() -> None:
    stack = dissect_ip(Reader(ipv6(58, b"\x80\0\0\0")), frame=3, buffer=2)
    assert (stack.carried, stack.buffer, stack.layers[0].buffer) == (Carried.ICMPV6, 2, 2)


def test_a_transport_mode_payload_keeps_the_addresses_but_not_the_ports_of_its_encapsulation() -> None:
    ends = {"source": Endpoint(UE4, 4500), "destination": Endpoint(HA4, 40001)}
    stack = dissect_payload(Reader(b"\x08\0\0\0"), 1, **ends)
    assert (stack.carried, stack.source, stack.destination) == (Carried.ICMP, Endpoint(UE4), Endpoint(HA4))
    stack = dissect_payload(Reader(udp(500, 500, IKE)), 17, **ends)
    assert (stack.carried, stack.source) == (Carried.IKE, Endpoint(UE4, 500))


def test_destination_options_inside_esp_are_passed() -> None:
    stack = dissect_payload(Reader(options_header(135, HAO) + b"mh"), 60)
    assert (stack.carried, _body(stack)) == (Carried.MOBILITY, b"mh")


def test_the_tree_holds_every_layer_and_what_is_behind_the_packet() -> None:
    tracer = Tracer(ethernet(ipv4(17, udp(4500, 4500, bytes(4) + IKE)) + b"pad"))
    dissect_frame(tracer, 1)
    names = [(child.label, child.offset, child.size) for child in tracer.field.children]
    assert names == [
        ("Ethernet", 0, 14), ("IPv4", 14, 20), ("UDP", 34, 8), ("Non ESP marker", 42, 4), ("IKE", 46, 28),
        ("Trailer", 74, 3),
    ]  # fmt: skip
    texts = {field.text for field in tracer.field.walk()}
    assert {"UDP (17)", "IPSEC_NAT_T (4500)", "203.0.113.5", "IPV4 (0x0800)"} <= texts


def test_the_tree_of_a_reassembled_datagram_is_on_a_buffer_of_its_own() -> None:
    reassembly = Reassembly()
    first, second = _fragments_4(udp(500, 500, IKE * 2), 16)
    _frame(first, frame=1, reassembly=reassembly)
    tracer = Tracer(second)
    stack = dissect_frame(tracer, 1, frame=2, reassembly=reassembly)
    assert [child.name for child in tracer.field.children] == ["ethernet", "ipv4", "fragment_data", "reassembled"]
    assert tracer.field.children[-1].buffer == stack.buffer == 1
    assert tracer.buffers[1] == udp(500, 500, IKE * 2)


SAMPLES = [
    ethernet(ipv4(17, udp(4500, 4500, bytes(4) + IKE)) + b"pad", 0x0800, (0x8100, 3)),
    ethernet(ipv6(0, options_header(43, bytes.fromhex("050200000100")) + bytes.fromhex("3202020100000000") + HOA.packed
             + options_header(50, HAO) + ESP), 0x86DD),
    ethernet(ipv4(51, bytes.fromhex("29040000000000ab00000001") + bytes(12) + ipv6(6, bytes(20)))),
    ethernet(ipv6(44, fragment_header(17, 0, more=True) + bytes(16)), 0x86DD),
    ethernet(ipv4(17, bytes(64), flags=0x2000)),
]  # fmt: skip
LINK_TYPES = [0, 1, 9, 12, 50, 101, 108, 113, 147, 228, 229, 276]


def _same(data: bytes, link_type: int) -> Stack:
    """The stack of a frame, which the Reader and the Tracer have to agree on, cut or not."""
    plain = _frame(data, link_type, reassembly=Reassembly())
    traced = dissect_frame(Tracer(data), link_type, reassembly=Reassembly())
    for name in ("layers", "carried", "buffer", "malformed", "complete", "frames", "source", "destination"):
        assert getattr(plain, name) == getattr(traced, name)
    assert _body(plain) == _body(traced)
    assert 0 <= plain.body.pos <= plain.body.end <= len(plain.body.data)
    return plain


@pytest.mark.parametrize("data", SAMPLES)
def test_a_frame_cut_at_every_byte_never_raises_and_traces_alike(data: bytes) -> None:
    for size in range(len(data) + 1):
        stack = _same(data[:size], 1)
        assert (stack.carried is Carried.MALFORMED) <= (stack.malformed is not None)


@given(st.binary(max_size=120), st.sampled_from(LINK_TYPES))
@settings(max_examples=200)
def test_any_bytes_on_any_link_type_never_raise_and_trace_alike(data: bytes, link_type: int) -> None:
    _same(data, link_type)


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4))
@settings(max_examples=200)
def test_flipped_bytes_never_raise_and_trace_alike(data: bytes, flips: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for at, value in flips:
        changed[at % len(changed)] = value
    _same(bytes(changed), 1)
