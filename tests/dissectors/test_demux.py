"""What UDP carries by its ports: DHCPv6, DHCPv4 and DNS, in a frame and in the DSMIPv6 tunnel."""

from __future__ import annotations

from ipaddress import IPv6Address
from pathlib import Path

import dpkt
import pytest
from ip_frames import ethernet, ipv4, ipv6, udp

from dissectors.buffer import Reader
from dissectors.dhcpv6 import Dhcpv6Message, decode_dhcpv6
from dissectors.stack import Carried, Stack, dissect_frame

BODY = b"\x0b\x0a\x0b\x0c"


def walked(packet: bytes) -> Stack:
    return dissect_frame(Reader(ethernet(packet, 0x86DD if packet[0] >> 4 == 6 else 0x0800)), 1, frame=1, at=0)


def body(stack: Stack) -> bytes:
    return stack.body.data[stack.body.pos : stack.body.end]


@pytest.mark.parametrize(
    ("source", "destination", "carried"),
    [
        (546, 547, Carried.DHCPV6),
        (547, 546, Carried.DHCPV6),
        (547, 547, Carried.DHCPV6),
        (40000, 547, Carried.DHCPV6),
        (68, 67, Carried.DHCPV4),
        (67, 68, Carried.DHCPV4),
        (67, 67, Carried.DHCPV4),
        (40000, 53, Carried.DNS),
        (53, 40000, Carried.DNS),
        (546, 53, Carried.DHCPV6),
        (53, 67, Carried.DHCPV4),
        (53, 500, Carried.IKE),
        (500, 53, Carried.IKE),
        (5353, 5353, Carried.UDP),
        (548, 69, Carried.UDP),
    ],
)
def test_a_datagram_is_known_by_either_port(source: int, destination: int, carried: Carried) -> None:
    for packet in (ipv6(17, udp(source, destination, BODY)), ipv4(17, udp(source, destination, BODY))):
        stack = walked(packet)
        assert (stack.carried, body(stack), stack.malformed) == (carried, BODY, None)
        assert (stack.source.port, stack.destination.port) == (source, destination)


def test_dns_over_tcp_stays_tcp() -> None:
    segment = (40000).to_bytes(2) + (53).to_bytes(2) + bytes(16)
    assert walked(ipv6(6, segment)).carried is Carried.TCP


def test_an_empty_datagram_is_udp() -> None:
    for port in (53, 67, 68, 546, 547):
        assert walked(ipv4(17, udp(port, port, b""))).carried is Carried.UDP


def test_dhcpv6_in_the_dsmipv6_tunnel_is_found() -> None:
    stack = walked(ipv4(17, udp(40001, 4191, ipv6(17, udp(546, 547, BODY)))))
    assert (stack.carried, body(stack)) == (Carried.DHCPV6, BODY)


def test_the_real_exchange_is_walked_down_to_its_messages(captures: Path) -> None:
    with (captures / "tcpdump/dhcpv6-ia-na.pcap").open("rb") as file:
        stacks = [dissect_frame(Reader(bytes(data)), 1, frame=1, at=0) for _, data in dpkt.pcap.Reader(file)]
    assert {stack.carried for stack in stacks} == {Carried.DHCPV6}
    messages = [decode_dhcpv6(stack.body) for stack in stacks]
    assert [message.type for message in messages] == [1, 2, 3, 7]
    assert all(isinstance(message, Dhcpv6Message) for message in messages)
    assert stacks[0].destination.address == IPv6Address("ff02::1:2")
