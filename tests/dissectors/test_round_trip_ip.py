"""What scapy and the layers beside it build of IP, the dissectors read back, and so does scapy: headers and tunnels."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import Any

from both_readers import read_both
from hypothesis import given
from hypothesis import strategies as st
from ip_layers import (
    ENDS,
    FIXED,
    IP6,
    IPV4,
    PARTS,
    PLAIN_PARTS,
    REAL_FRAGMENTS,
    U8,
    Ends,
    Fixed,
    Part,
    ipv6,
    nested,
)
from scapy.utils import checksum
from scapy_reads import OFTEN, assert_same, assert_scapy_reads_back

import dissectors.scapy_layers as build
from dissectors.addressing import Encapsulation
from dissectors.buffer import Reader
from dissectors.events import Endpoint, Malformed
from dissectors.ip import Ipv4Header, Ipv6Header, read_ipv4, read_ipv6
from dissectors.ip_extensions import Option, OptionsHeader, RoutingHeader
from dissectors.stack import Carried, Stack, dissect_frame
from dissectors.walk import DEEPEST

RAW_IP = 101
PADN = 1
CHAINS = st.lists(PARTS, max_size=4)


def walked(packet: Any) -> Stack:
    return dissect_frame(Reader(bytes(packet)), RAW_IP)


def headers(stack: Stack) -> list[Any]:
    return [layer.message for layer in stack.layers if isinstance(layer.message, Ipv4Header | Ipv6Header)]


@OFTEN
@given(IPV4)
def test_an_ipv4_header_is_read_as_it_was_built(pair: tuple[Any, Ipv4Header]) -> None:
    packet, expected = pair
    data = bytes(packet)
    header, _ = read_both(data[: expected.header_size], lambda r: read_ipv4(r, complete=False))
    assert header == expected
    assert checksum(data[: expected.header_size]) == 0
    assert walked(packet).layers[0].message == expected


@OFTEN
@given(IPV4)
def test_scapy_reads_back_an_ipv4_header(pair: tuple[Any, Ipv4Header]) -> None:
    """What fills up the options is one more option to scapy."""
    packet, _ = pair
    read = build.IP(bytes(packet))
    given = {name: value for name, value in packet.fields.items() if name != "options"}
    assert {name: getattr(read, name) for name in given} == given
    assert [type(option) for option in read.options][: len(packet.options)] == [type(o) for o in packet.options]


@OFTEN
@given(fixed=FIXED, parts=CHAINS, fragment=st.none() | REAL_FRAGMENTS)
def test_an_ipv6_header_with_its_chain_is_read_as_it_was_built(
    fixed: Fixed, parts: list[Part], fragment: Part | None
) -> None:
    packet, expected = ipv6(fixed, [*parts, fragment] if fragment else parts)
    header, _ = read_both(bytes(packet)[: expected.header_size], lambda r: read_ipv6(r, complete=False))
    assert header == expected
    stack = walked(packet)
    assert stack.layers[0].message == expected
    assert stack.carried is (Carried.FRAGMENT if fragment else Carried.OTHER)
    assert stack.body.rest("payload") == fixed.payload


@OFTEN
@given(fixed=FIXED, parts=st.lists(PLAIN_PARTS, max_size=4))
def test_scapy_reads_back_an_ipv6_header_with_its_chain(fixed: Fixed, parts: list[Part]) -> None:
    packet, _ = ipv6(fixed, parts)
    data = bytes(packet)
    read = build.IPv6(data)
    for layer in (layer for layer in (read, *_payloads(read)) if "options" in layer.fields):
        layer.options = [option for option in layer.options if option.otype > PADN]
    assert_same(packet, read)
    read.clear_cache()
    assert bytes(read) == data


def _payloads(layer: Any) -> Iterator[Any]:
    while layer := layer.payload:
        yield layer


@OFTEN
@given(home=IP6, care_of=IP6, agent=IP6)
def test_the_headers_of_mobile_ipv6_stand_as_they_are_to(
    home: IPv6Address, care_of: IPv6Address, agent: IPv6Address
) -> None:
    """RFC 6275 sections 6.3 and 6.4: the option at 8n+6 of its header; one address, one segment left."""
    sent = build.IPv6(src=str(care_of), dst=str(agent), nh=60) / build.home_address_option(home)
    header = read_ipv6(Reader(bytes(sent)))
    assert header.extensions == (OptionsHeader(60, 59, 40, 24, (Option(0xC9, 46, home.packed),)),)
    assert (header.home_address, header.routing_home_address) == (home, None)
    answered = build.IPv6(src=str(agent), dst=str(care_of), nh=43) / build.type_2_routing(home)
    header = read_ipv6(Reader(bytes(answered)))
    assert header.extensions == (RoutingHeader(59, 40, 24, 2, 1, bytes(4) + home.packed),)
    assert (header.home_address, header.routing_home_address) == (None, home)
    assert_scapy_reads_back(answered)


TUNNELS = {
    (4, 4): Encapsulation.IPV4_IN_IPV4, (4, 6): Encapsulation.IPV6_IN_IPV4,
    (6, 4): Encapsulation.IPV4_IN_IPV6, (6, 6): Encapsulation.IPV6_IN_IPV6,
}  # fmt: skip
"""By the outer and the inner family."""


@OFTEN
@given(ends=st.lists(ENDS, min_size=2, max_size=DEEPEST), payload=st.binary(min_size=1, max_size=20))
def test_a_packet_in_tunnels_is_read_as_it_was_built(ends: list[Ends], payload: bytes) -> None:
    packet = nested(ends, payload)
    stack = walked(packet)
    assert [(header.source, header.destination) for header in headers(stack)] == ends
    assert [header.protocol for header in headers(stack)] == [*(4 if s.version == 4 else 41 for s, _ in ends[1:]), 17]
    found = stack.addressing
    assert found.encapsulation is TUNNELS[ends[0][0].version, ends[1][0].version]
    assert (found.outer_source, found.outer_destination) == (Endpoint(ends[0][0]), Endpoint(ends[0][1]))
    assert ((found.source, found.destination), stack.ports) == (ends[-1], (1001, 1002))
    assert (stack.carried, stack.body.rest("payload"), stack.malformed) == (Carried.UDP, payload, None)
    assert_scapy_reads_back(packet)


@OFTEN
@given(outer=st.tuples(IP6, IP6), inner=ENDS, limit=U8)
def test_a_tunnel_says_how_often_its_packet_may_go_into_another(outer: Ends, inner: Ends, limit: int) -> None:
    """RFC 2473 section 4.1.1."""
    stack = walked(nested([outer, inner], b"x", limit))
    header = headers(stack)[0]
    [options] = header.extensions
    assert [(option.kind, option.data) for option in options.options] == [(4, bytes((limit,)))]
    assert (header.next_header, header.protocol) == (60, 4 if inner[0].version == 4 else 41)
    assert stack.addressing.encapsulation is TUNNELS[6, inner[0].version]


@OFTEN
@given(ends=st.lists(ENDS, min_size=DEEPEST + 1, max_size=DEEPEST + 1))
def test_one_tunnel_too_many_is_named(ends: list[Ends]) -> None:
    stack = walked(nested(ends, b"x"))
    assert stack.carried is Carried.MALFORMED
    assert isinstance(stack.malformed, Malformed)
    assert stack.malformed.reason == "nested too deep"
    assert len(headers(stack)) == DEEPEST
