"""What the user does: a packet to a correspondent, and what comes back."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from samples.generator.codes import IPPROTO_UDP
from samples.generator.frames import echo, echo_ipv4, ip, udp
from samples.generator.payloads import Address

OWN_PORT = 52000


def exchange(own: Address, correspondent: Address, number: int, port: int | None) -> tuple[bytes, bytes]:
    """Packet and answer number ``number``: UDP with the correspondent's ``port``, or an echo without one."""
    if port is not None:
        return _datagrams((own, OWN_PORT), (correspondent, port), number)
    if isinstance(own, IPv4Address):
        assert isinstance(correspondent, IPv4Address)
        return echo_ipv4(own, correspondent, number, reply=False), echo_ipv4(correspondent, own, number, reply=True)
    assert isinstance(correspondent, IPv6Address)
    return echo(own, correspondent, number, reply=False), echo(correspondent, own, number, reply=True)


def _datagrams(own: tuple[Address, int], correspondent: tuple[Address, int], number: int) -> tuple[bytes, bytes]:
    def packet(source: tuple[Address, int], destination: tuple[Address, int]) -> bytes:
        data = udp(source, destination, b"packet %d" % number)
        return ip(source[0], destination[0], IPPROTO_UDP, data, ident=number)

    return packet(own, correspondent), packet(correspondent, own)
