"""Tunnelled user data in a ladder: ``UE -> HA  DATA n=10 for=2.0 inner=ipv4``, one tunnel segment.

The encapsulation is what the UE's attachment asks for, unless ``encap`` names another (udp, tlv, ipv4, ipv6, esp).
``src`` and ``dst`` are the inner addresses (the UE's end by default its Home Address, or with ``inner=ipv4`` the IPv4
one), ``coa`` is the UE's end outside; ``n`` packets go over ``for`` seconds.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from dissectors.events import Address
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.ladder.mobility import UDP_PORT, Attached, Attachments, care_of, ipv4_of
from rules.ladder.scene import EPOCH, Node
from rules.ladder.script import SECOND, LadderError, Line
from rules.model import Role

CORRESPONDENTS: dict[int, Address] = {4: IPv4Address("192.0.2.200"), 6: IPv6Address("2001:db8:c::200")}
IN_IP = {
    (6, 6): Encapsulation.IPV6_IN_IPV6,
    (4, 6): Encapsulation.IPV4_IN_IPV6,
    (6, 4): Encapsulation.IPV6_IN_IPV4,
    (4, 4): Encapsulation.IPV4_IN_IPV4,
}
"""By the inner and the outer version."""


def tunnel_segment(line: Line, sender: Node, receiver: Node, attachments: Attachments, first: int) -> TunnelSegment:
    """The segment of a DATA line; its frames are numbered from ``first`` on."""
    ue, ha = (sender, receiver) if sender.role is Role.UE else (receiver, sender)
    attached = attachments.get(ue)
    there = ip_address(line.options["coa"]) if "coa" in line.options else care_of(attached, ue)
    family = {"ipv4": 4, "ipv6": 6}[line.options.get("inner", "ipv6")]
    home: Address = ue.home_address if family == 6 else IPv4Address(attached.ipv4_home_address)
    outward = sender is ue
    inside = _inside(line, home, CORRESPONDENTS[family], outward=outward)
    encapsulation = _encapsulation(line, attached, family, there.version)
    outside: tuple[Address, Address] = (there, ha.address if there.version == 6 else ipv4_of(ha))
    in_udp = encapsulation in (Encapsulation.UDP, Encapsulation.UDP_TLV)
    ue_port = int(line.options.get("port", attached.port or UDP_PORT)) if in_udp else 0
    ports = (ue_port, UDP_PORT if in_udp else 0)
    count, span = int(line.options.get("n", 1)), float(line.options.get("for", 0))
    times = [EPOCH + line.at + round(span * SECOND * n / max(1, count - 1)) for n in range(count)]
    return TunnelSegment(
        outer_source=outside[not outward],
        outer_destination=outside[outward],
        outer_source_port=ports[not outward],
        outer_destination_port=ports[outward],
        encapsulation=encapsulation,
        inner_source=inside[0],
        inner_destination=inside[1],
        inner_family=family,
        first_frame=first,
        last_frame=first + count - 1,
        first_at=times[0],
        last_at=times[-1],
        packets=count,
        bytes=100 * count,
        frames=range(first, first + count),
        times=times,
    )


def _inside(line: Line, home: Address, far: Address, *, outward: bool) -> tuple[Address, Address]:
    usual = (home, far) if outward else (far, home)
    given = (line.options.get("src"), line.options.get("dst"))
    source, destination = (ip_address(g) if g else u for g, u in zip(given, usual, strict=True))
    return source, destination


def _encapsulation(line: Line, attached: Attached, inner: int, outer: int) -> Encapsulation:
    word = line.options.get("encap", "udp" if attached.via == "nat" else f"ipv{outer}")
    if word in ("udp", "tlv"):
        return Encapsulation.UDP if word == "udp" else Encapsulation.UDP_TLV
    if word == "esp":
        return Encapsulation.ESP_TUNNEL
    if word not in ("ipv4", "ipv6"):
        raise LadderError(f"encap udp, tlv, ipv4, ipv6 or esp: {line.text}")
    return IN_IP[inner, int(word[-1])]
