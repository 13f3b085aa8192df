"""UDP 4191 and IP in IP: what a packet is put into, and whose addresses its message is under.

Bytes are those of ``ip_frames`` (built by hand) and of the worked examples, which tshark decodes as they are described.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import HA4, HA6, HAO, HOA, UE4, UE6, ethernet, fragment_header, ipv4, ipv6, options_header, udp
from mobility_bytes import A3_PACKET, ROUTING_HEADER

from dissectors.addressing import Encapsulation
from dissectors.buffer import DissectError, Reader
from dissectors.dsmipv6 import Dsmipv6Encapsulation, InnerKind, TlvHeader, read_encapsulation
from dissectors.events import Endpoint, Malformed
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.reassembly import Reassembly
from dissectors.stack import Carried, Stack, dissect_frame, dissect_ip, dissect_payload
from dissectors.tree import Tracer
from dissectors.udp import UdpHeader

RAW_IP = 101
ESP = bytes.fromhex("c0ffee0100000001") + bytes(24)
MH = bytes.fromhex("3b000700000000000000000000000000")
V4_HOA = IPv4Address("10.64.0.9")
CN4, CN6 = IPv4Address("198.51.100.7"), IPv6Address("2001:db8:9::7")


def _walk(packet: bytes, **more: object) -> Stack:
    return dissect_frame(Reader(packet), RAW_IP, **more)  # type: ignore[arg-type]


def _body(stack: Stack) -> bytes:
    return stack.body.data[stack.body.pos : stack.body.end]


def _tlv(following: int, payload: bytes, length: int | None = None, first: int = 0) -> bytes:
    return bytes((first, following)) + (len(payload) if length is None else length).to_bytes(2) + payload


def _over_udp(payload: bytes) -> Stack:
    return _walk(ipv4(17, udp(40001, 4191, payload)))


def test_a_binding_update_from_an_ipv4_care_of_address_is_esp_under_the_home_address() -> None:
    stack = _walk(A3_PACKET)
    kinds = [type(layer.message) for layer in stack.layers]
    assert kinds == [Ipv4Header, UdpHeader, Dsmipv6Encapsulation, Ipv6Header]
    assert (stack.carried, _body(stack)[:8].hex()) == (Carried.ESP, "1000a1b200000001")
    found = stack.addressing
    assert (found.source, found.destination) == (HOA, HA6)
    assert (found.outer_source, found.outer_destination) == (Endpoint(UE4, 40001), Endpoint(HA4, 4191))
    assert (found.encapsulation, found.home_address, found.routing_home_address) == (Encapsulation.UDP, None, None)
    assert found.dsmipv6 == Dsmipv6Encapsulation(InnerKind.IPV6)
    assert found.dsmipv6.is_vanilla
    assert (stack.source, stack.destination) == (Endpoint(HOA), Endpoint(HA6))


@pytest.mark.parametrize(
    ("ports", "carried"),
    [
        ((4191, 40001), Carried.ESP),
        ((4191, 4191), Carried.ESP),
        ((40001, 4191), Carried.ESP),
    ],
)
def test_either_port_4191_is_the_tunnel(ports: tuple[int, int], carried: Carried) -> None:
    assert _walk(ipv4(17, udp(*ports, ipv6(50, ESP)))).carried is carried


@pytest.mark.parametrize("port", [4192, 4500, 500])
def test_signalling_on_a_port_of_another_protocol_is_in_a_tunnel(port: int) -> None:
    """On port 4500 its first four bytes would be the SPI of ESP, on port 500 it would be a broken IKE header."""
    stack = _walk(ipv4(17, udp(40001, port, ipv6(50, ESP))))
    assert (stack.carried, stack.addressing.encapsulation) == (Carried.ESP, Encapsulation.UDP)


def test_signalling_on_another_port_is_read_as_well() -> None:
    """Only what is an IPv6 packet with ESP or a Mobility Header from its first byte to its last."""
    packet = ipv6(50, ESP)
    assert _walk(ipv4(17, udp(4192, 40001, packet))).carried is Carried.ESP
    for other in (packet + b"x", ipv6(59, ESP), bytes([0x50]) + packet[1:]):
        assert _walk(ipv4(17, udp(4192, 40001, other))).carried is Carried.UDP


@pytest.mark.parametrize(("ports", "carried"), [((4191, 500), Carried.IKE), ((4500, 4191), Carried.ESP)])
def test_a_client_whose_own_port_is_4191_can_speak_ike(ports: tuple[int, int], carried: Carried) -> None:
    stack = _walk(ipv4(17, udp(*ports, b"\x45" + bytes(40))))
    assert (stack.carried, stack.addressing.encapsulation) == (carried, Encapsulation.NONE)


def test_a_tlv_header_is_passed_and_told() -> None:
    stack = _over_udp(_tlv(41, ipv6(50, ESP, source=HOA)))
    assert (stack.carried, stack.addressing.encapsulation) == (Carried.ESP, Encapsulation.UDP_TLV)
    assert stack.addressing.dsmipv6 == Dsmipv6Encapsulation(InnerKind.TLV, TlvHeader(41, 72))
    assert (stack.addressing.source, stack.malformed) == (HOA, None)


def test_behind_a_tlv_header_any_protocol_may_stand() -> None:
    gre = _over_udp(_tlv(47, b"gre", first=0x03))
    assert (gre.carried, _body(gre)) == (Carried.OTHER, b"gre")
    assert gre.addressing.dsmipv6 == Dsmipv6Encapsulation(InnerKind.TLV, TlvHeader(47, 3, 0, 3))
    v4 = _over_udp(_tlv(4, ipv4(6, bytes(20), source=V4_HOA)))
    assert (v4.carried, v4.addressing.source) == (Carried.TCP, V4_HOA)


def test_bytes_behind_what_the_tlv_length_says_are_not_the_packets() -> None:
    stack = _over_udp(_tlv(47, b"gre" + b"more", 3))
    assert (_body(stack), stack.malformed) == (b"gre", None)


def test_a_tlv_length_beyond_the_datagram_is_told_unless_the_capture_cut_it() -> None:
    packet = ipv4(17, udp(40001, 4191, _tlv(47, b"gre", 9)))
    stack = _walk(packet)
    assert (stack.carried, _body(stack), stack.complete) == (Carried.OTHER, b"gre", False)
    assert stack.malformed == Malformed("TLV length says 9 bytes, 3 are there", 30)
    assert _walk(packet, complete=False).malformed is None


@pytest.mark.parametrize(
    ("payload", "reason", "offset"),
    [
        (b"\x90junk", "first four bits are 9: neither IPv4 nor IPv6 nor a TLV header", 28),
        (b"\x00\x29", "4 bytes needed, 2 left", 28),
        (b"\x60" + bytes(9), "40 bytes needed, 10 left", 28),
        (_tlv(41, ipv4(6, bytes(20))), "IP version 4 where IPv6 was announced", 32),
        (_tlv(41, b""), "nothing where an IP header should be", 32),
    ],
)
def test_what_is_no_tunnel_packet_says_where_and_why(payload: bytes, reason: str, offset: int) -> None:
    stack = _over_udp(payload)
    assert (stack.carried, stack.malformed) == (Carried.MALFORMED, Malformed(reason, offset))
    assert (stack.addressing.outer_source, stack.ports) == (Endpoint(UE4, 40001), (40001, 4191))


def test_an_empty_datagram_on_4191_is_udp() -> None:
    assert _over_udp(b"").carried is Carried.UDP


def test_tlv_headers_inside_one_another_end_at_a_bound() -> None:
    payload = ESP
    for _ in range(2000):
        payload = udp(4191, 4191, _tlv(17, payload))
    stack = _walk(ipv4(17, payload))
    assert (stack.carried, len(stack.layers)) == (Carried.MALFORMED, 1 + 2 * 8 + 1)
    assert stack.malformed is not None
    assert stack.malformed.reason == "nested too deep"


INNER = {6: ipv6(6, bytes(20), source=CN6, destination=HOA), 4: ipv4(6, bytes(20), source=CN4, destination=V4_HOA)}


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (6, 6, Encapsulation.IPV6_IN_IPV6),
        (6, 4, Encapsulation.IPV4_IN_IPV6),
        (4, 6, Encapsulation.IPV6_IN_IPV4),
        (4, 4, Encapsulation.IPV4_IN_IPV4),
    ],
)
def test_ip_in_ip_is_told_in_all_four_combinations(outer: int, inner: int, expected: Encapsulation) -> None:
    protocol = {4: 4, 6: 41}[inner]
    stack = _walk({4: ipv4, 6: ipv6}[outer](protocol, INNER[inner]))
    found = stack.addressing
    assert (found.encapsulation, found.dsmipv6, stack.carried) == (expected, None, Carried.TCP)
    assert (found.source, found.destination) == {6: (CN6, HOA), 4: (CN4, V4_HOA)}[inner]
    assert (found.outer_source, found.outer_destination) == {
        6: (Endpoint(UE6), Endpoint(HA6)), 4: (Endpoint(UE4), Endpoint(HA4)),
    }[outer]  # fmt: skip


def test_a_tunnel_around_the_udp_tunnel_is_not_the_care_of_side() -> None:
    stack = _walk(ipv6(4, ipv4(17, udp(40001, 4191, ipv6(50, ESP, source=HOA)))))
    assert (stack.addressing.encapsulation, stack.addressing.outer_source) == (Encapsulation.UDP, Endpoint(UE4, 40001))


def test_the_final_addresses_come_from_the_home_address_option_and_the_routing_header() -> None:
    update = _walk(ipv6(60, options_header(135, HAO) + MH)).addressing
    assert (update.source, update.destination, update.home_address) == (HOA, HA6, HOA)
    assert (update.outer_source, update.encapsulation) == (Endpoint(UE6), Encapsulation.NONE)
    ack = _walk(ipv6(43, ROUTING_HEADER + MH, source=HA6, destination=UE6)).addressing
    assert (ack.source, ack.destination, ack.routing_home_address) == (HA6, HOA, HOA)
    assert ack.outer_destination == Endpoint(UE6)


def test_a_routing_header_that_has_been_followed_changes_nothing() -> None:
    followed = ROUTING_HEADER[:3] + b"\0" + ROUTING_HEADER[4:8] + UE6.packed
    found = _walk(ipv6(43, followed + MH, source=HA6, destination=HOA)).addressing
    assert (found.destination, found.routing_home_address) == (HOA, UE6)


def test_a_home_address_option_of_the_outer_packet_is_not_the_inner_ones() -> None:
    inner = ipv6(6, bytes(20), source=CN6)
    found = _walk(ipv6(60, options_header(41, HAO) + inner)).addressing
    assert (found.source, found.home_address, found.outer_source) == (CN6, None, Endpoint(UE6))


def test_a_home_address_option_behind_a_fragment_header_counts() -> None:
    reassembly = Reassembly()
    payload = options_header(135, HAO) + MH
    for part in (fragment_header(60, 0, more=True) + payload[:16], fragment_header(60, 16, more=False) + payload[16:]):
        stack = _walk(ipv6(44, part), reassembly=reassembly)
    assert (stack.carried, stack.addressing.source, stack.addressing.home_address) == (Carried.MOBILITY, HOA, HOA)


def test_what_was_inside_esp_has_the_addresses_that_stand_before_esp() -> None:
    outside = _walk(ipv6(60, options_header(50, HAO) + ESP))
    inside = dissect_payload(Reader(MH), 135, outer=outside)
    assert (inside.source, inside.carried) == (Endpoint(UE6), Carried.MOBILITY)
    found = inside.addressing
    assert (found.source, found.home_address, found.outer_source) == (HOA, HOA, Endpoint(UE6))
    over_udp = dissect_payload(Reader(MH), 135, outer=_walk(A3_PACKET)).addressing
    assert (over_udp.source, over_udp.destination, over_udp.encapsulation) == (HOA, HA6, Encapsulation.UDP)
    assert over_udp.outer_source == Endpoint(UE4, 40001)


def test_a_packet_inside_tunnel_mode_esp_is_told_from_ip_in_ip() -> None:
    outside = _walk(ipv4(17, udp(4500, 40001, ESP)))
    found = dissect_ip(Reader(INNER[6]), outer=outside).addressing
    assert (found.encapsulation, found.source, found.outer_source) == (
        Encapsulation.ESP_TUNNEL, CN6, Endpoint(UE4, 4500),
    )  # fmt: skip


def test_without_the_walk_outside_the_given_endpoints_are_all_there_is() -> None:
    found = dissect_payload(Reader(MH), 135, source=Endpoint(HOA), destination=Endpoint(HA6)).addressing
    assert (found.source, found.outer_source, found.encapsulation) == (HOA, Endpoint(HOA), Encapsulation.NONE)


def test_the_tree_shows_the_tlv_header_in_words() -> None:
    tracer = Tracer(ethernet(ipv4(17, udp(40001, 4191, _tlv(41, ipv6(50, ESP))))))
    dissect_frame(tracer, 1)
    names = [(child.name, child.offset, child.size) for child in tracer.field.children]
    assert names[2:5] == [("udp", 34, 8), ("tlv_header", 42, 4), ("ipv6", 46, 40)]
    assert "IPV6 (41)" in {field.text for field in tracer.field.children[3].walk()}


@given(st.binary(max_size=80), st.booleans())
@settings(max_examples=200)
def test_any_bytes_on_4191_never_raise_and_trace_alike(data: bytes, complete: bool) -> None:
    packet = ipv4(17, udp(40001, 4191, data))
    plain = _walk(packet, complete=complete)
    traced = dissect_frame(Tracer(packet), RAW_IP, complete=complete)
    assert (plain.layers, plain.carried, plain.malformed) == (traced.layers, traced.carried, traced.malformed)
    assert plain.addressing == traced.addressing


@given(st.binary(max_size=12))
def test_the_encapsulation_is_read_or_refused_by_name(data: bytes) -> None:
    reader = Reader(data)
    try:
        found = read_encapsulation(reader)
    except DissectError:
        return
    assert reader.pos == (4 if found.tlv else 0)
