"""Where the two ends live and how their packets look on the captured link, and when they pass."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from samples.generator.codes import DSMIPV6_PORT, IKE_PORT, IPPROTO_ESP, IPPROTO_UDP, NAT_PORT
from samples.generator.frames import dns_query, ethernet, ip, router_advertisement, udp
from samples.generator.payloads import Address
from samples.generator.pcap import EPOCH, Frame

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
NON_ESP_MARKER = bytes(4)
RESOLVER = IPv6Address("2001:db8:77::53")  # of the access network


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses of one UE's path to its HA. ``ue`` is the address on the captured link.

    With ``behind_nat``, that is the outside of a NAT: the UE believes itself at ``behind_nat``, its ports are mapped.
    """

    ue: Address
    ha: Address
    behind_nat: Address | None = None
    mapped_ports: tuple[int, int] = (40500, 40001)  # what the NAT makes of 500 and 4500
    mapped_tunnel_port: int = 40191  # and of 4191
    floated: bool = False  # IKE had gone to port 4500 before the UE came here
    ue_mac: bytes = bytes.fromhex("020000000010")
    router_mac: bytes = bytes.fromhex("020000000001")
    resolver: Address = RESOLVER

    @property
    def floats(self) -> bool:
        """IKE goes on at port 4500: behind a NAT, and from any IPv4-only access (RFC 5555 section 5)."""
        return self.floated or self.ue.version == 4

    @property
    def ue_own(self) -> Address:
        """The UE's address as the UE knows it."""
        return self.behind_nat or self.ue

    def ue_port(self, own: int) -> int:
        """The UE's port as the captured link shows it."""
        return self.mapped_ports[own == NAT_PORT] if self.behind_nat else own

    @property
    def tunnel_port(self) -> int:
        """The UE's port of the DSMIPv6 tunnel as the captured link shows it."""
        return self.mapped_tunnel_port if self.behind_nat else DSMIPV6_PORT


IPV6_ACCESS = Network(IPv6Address("2001:db8:77::99"), IPv6Address("2001:db8:ffff::1"))
IPV4_ACCESS = Network(IPv4Address("198.51.100.77"), IPv4Address("192.0.2.1"), resolver=IPv4Address("198.51.100.53"))
IPV4_NAT_ACCESS = Network(
    IPv4Address("203.0.113.5"),
    IPv4Address("192.0.2.1"),
    behind_nat=IPv4Address("192.168.7.20"),
    resolver=IPv4Address("198.51.100.53"),
)
SECOND_INTERFACE = replace(IPV4_NAT_ACCESS, ue_mac=bytes.fromhex("020000000011"))
HOME_LINK = Network(IPv6Address("2001:db8:1:2::10"), IPv6Address("2001:db8:ffff::1"))
"""The UE at home: its address is the Home Address, and the router advertises the home prefix."""


@dataclass(slots=True)
class Wire:
    """The captured link: takes what the ends send, and keeps frames with their times."""

    network: Network
    rng: random.Random
    now: int = EPOCH
    frames: list[Frame] = field(default_factory=list)
    frame_of: dict[str, int] = field(default_factory=dict)
    """The number of the frame in which a step first went out, by the name that edits use."""
    _ident: int = 0

    def mark(self, step: str) -> None:
        """The next frame is that of ``step``, unless the step was there before."""
        self.frame_of.setdefault(step, len(self.frames) + 1)

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def answer_time(self, *, to_ue: bool) -> None:
        """Time passes until an answer shows: a round trip to the HA, or what the UE needs to think."""
        low, high = (9, 17) if to_ue else (1, 5)
        self.now += self.rng.randrange(low * MILLISECOND, high * MILLISECOND)

    def put(self, packet: bytes, *, to_ue: bool) -> None:
        """An IP packet, now."""
        ue, router = self.network.ue_mac, self.network.router_mac
        self.frames.append(Frame(self.now, ethernet(router, ue, packet) if to_ue else ethernet(ue, router, packet)))
        self.now += self.rng.randrange(20_000, 90_000)  # no two frames at one time

    def _datagram(self, protocol: int, data: bytes, *, to_ue: bool) -> None:
        source, destination = (self.network.ue, self.network.ha)[:: -1 if to_ue else 1]
        self.ip(source, destination, protocol, data, to_ue=to_ue)

    def ip(self, source: Address, destination: Address, protocol: int, data: bytes, *, to_ue: bool) -> None:
        """An IP packet between any two addresses."""
        self._ident += 1
        self.put(ip(source, destination, protocol, data, ttl=58 if to_ue else 64, ident=self._ident), to_ue=to_ue)

    def _udp(self, port: int, data: bytes, *, to_ue: bool, with_checksum: bool = True) -> None:
        ue, ha = (self.network.ue, self.network.ue_port(port)), (self.network.ha, port)
        source, destination = (ha, ue) if to_ue else (ue, ha)
        self._datagram(IPPROTO_UDP, udp(source, destination, data, with_checksum=with_checksum), to_ue=to_ue)

    def ike(self, messages: list[bytes], *, to_ue: bool, port: int) -> None:
        """One IKE message, or its fragments."""
        marker = NON_ESP_MARKER if port == NAT_PORT else b""
        for message in messages:
            self._udp(port, marker + message, to_ue=to_ue)

    def esp(self, packet: bytes, *, to_ue: bool) -> None:
        """An ESP packet, in UDP where there is a NAT."""
        if self.network.behind_nat:
            self._udp(NAT_PORT, packet, to_ue=to_ue, with_checksum=False)
        else:
            self._datagram(IPPROTO_ESP, packet, to_ue=to_ue)

    def keepalive(self) -> None:
        """NAT keepalive of RFC 3948 section 2.3."""
        self._udp(NAT_PORT, b"\xff", to_ue=False)

    def router_advertisement(self) -> None:
        """The access network's router speaks: it is not the home link."""
        if isinstance(self.network.ue, IPv6Address):
            prefix = IPv6Network((int(self.network.ue) >> 64 << 64, 64))
            router = ip_address("fe80::1")
            assert isinstance(router, IPv6Address)
            self.put(router_advertisement(router, self.network.router_mac, prefix), to_ue=True)

    def dns_query(self, name: str) -> None:
        ident = self.rng.randrange(0x10000)
        port = self.rng.randrange(49152, 65536)
        self.put(dns_query(self.network.ue, self.network.resolver, port, ident, name), to_ue=False)

    def idle(self, seconds: float) -> None:
        """Time passes on the link, with traffic that is none of ours, at most ten seconds apart."""
        until = self.now + int(seconds * SECOND)
        while until - self.now > 10 * SECOND:
            self.wait(8 + 2 * self.rng.random())
            self.router_advertisement()
            self.dns_query("time.example.net")
        self.now = until

    @property
    def ports(self) -> tuple[int, int]:
        """The UE's own view of the IKE port: for IKE_SA_INIT, and afterwards."""
        return IKE_PORT, NAT_PORT if self.network.floats else IKE_PORT
