"""Fields of frames and of what carries signalling: link, IP, UDP, TCP."""

from __future__ import annotations

from typing import Any

from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Table, each, layers, many
from analyzer.filters.view import View
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.ip_extensions import FragmentHeader, OptionsHeader, RoutingHeader
from dissectors.ip_numbers import IpProtocol, RoutingType
from dissectors.link import EtherType, LinkHeader, LinkType
from dissectors.udp import TcpHeader, UdpHeader
from dissectors.walk import Carried

TABLE = Table()
NAMED = {
    "Mobile IPv6": IpProtocol.MOBILITY.value,
    "Encap Security Payload": IpProtocol.ESP.value,
    "Authentication Header": IpProtocol.AH.value,
    "IPv6 Hop-by-Hop Option": IpProtocol.HOP_BY_HOP.value,
    "Routing Header for IPv6": IpProtocol.ROUTING.value,
    "Fragment Header for IPv6": IpProtocol.FRAGMENT.value,
    "Destination Options for IPv6": IpProtocol.DESTINATION_OPTIONS.value,
    "IPv6 encapsulation": IpProtocol.IPV6.value,
    "IPIP": IpProtocol.IPV4.value,
}
"""What Wireshark calls protocols where the registry's keyword is another word."""
PROTOCOLS: dict[str, Any] = {"registry": IpProtocol, "aliases": NAMED}


def bytes_of(*kinds: type) -> Any:
    """The bytes of every layer of some classes, for ``contains``; none of those in a reassembled buffer."""

    def extract(view: View) -> list[bytes]:
        found = []
        for packet in view.packets:
            for layer in packet.stack.layers:
                if isinstance(layer.message, kinds):
                    data = b"" if layer.buffer else packet.data
                    found.append(data[layer.offset : layer.offset + layer.size])
        return found

    return extract


def carried(*kinds: Carried) -> Any:
    """The bytes of what a stack carries, where it is one of these."""

    def extract(view: View) -> list[bytes]:
        stacks = (packet.stack for packet in view.packets)
        return [bytes(s.body.data[s.body.pos : s.body.end]) for s in stacks if s.carried in kinds]

    return extract


def _frame() -> None:
    add = TABLE.add
    add("frame", Kind.PROTOCOL, lambda view: [view.packet.data], "The captured bytes")
    add("frame.number", Kind.NUMBER, lambda view: [view.packet.number], "Number of the frame, from 1")
    add("frame.len", Kind.NUMBER, lambda view: [view.packet.length], "Bytes on the wire")
    add("frame.cap_len", Kind.NUMBER, lambda view: [len(view.packet.data)], "Bytes captured")
    add("frame.time_epoch", Kind.TIME, lambda view: [view.packet.at], "Seconds since 1970")
    add(
        "frame.time_relative",
        Kind.TIME,
        lambda view: [view.packet.at - view.facts.start],
        "Seconds since the first frame",
    )
    ethernet = each(layers, LinkHeader, lambda h: b"" if h.link_type == LinkType.ETHERNET else None)
    add("eth", Kind.PROTOCOL, ethernet, "An Ethernet header")
    ethertype = each(layers, LinkHeader, lambda h: None if h.vlans or h.link_type != LinkType.ETHERNET else h.protocol)
    add("eth.type", Kind.NUMBER, ethertype, "Ethertype, where no VLAN tag stands before it", registry=EtherType)
    add("vlan.id", Kind.NUMBER, many(layers, LinkHeader, lambda h: h.vlans), "VLAN identifiers, outer to inner")


def _ipv4() -> None:
    row = TABLE.of(layers, Ipv4Header)
    TABLE.add("ip", Kind.PROTOCOL, bytes_of(Ipv4Header), "An IPv4 header")
    row("ip.src", Kind.IPV4, lambda h: h.source, "Source")
    row("ip.dst", Kind.IPV4, lambda h: h.destination, "Destination")
    ends = many(layers, Ipv4Header, lambda h: (h.source, h.destination))
    TABLE.add("ip.addr", Kind.IPV4, ends, "Source and destination")
    versions = each(layers, (Ipv4Header, Ipv6Header), lambda h: 4 if isinstance(h, Ipv4Header) else 6)
    TABLE.add("ip.version", Kind.NUMBER, versions, "Version of each IP header: 4 or 6")
    row("ip.hdr_len", Kind.NUMBER, lambda h: h.header_size, "Size of the header in bytes")
    row("ip.dsfield", Kind.NUMBER, lambda h: h.traffic_class, "DS field with ECN")
    row("ip.dsfield.dscp", Kind.NUMBER, lambda h: h.traffic_class >> 2, "DS code point")
    row("ip.dsfield.ecn", Kind.NUMBER, lambda h: h.traffic_class & 3, "ECN bits")
    row("ip.len", Kind.NUMBER, lambda h: h.size, "Size of the packet in bytes")
    row("ip.id", Kind.NUMBER, lambda h: h.identification, "Identification, by which fragments belong together")
    row("ip.flags.df", Kind.BOOLEAN, lambda h: h.dont_fragment, "Do not fragment")
    row("ip.flags.mf", Kind.BOOLEAN, lambda h: h.more_fragments, "More fragments")
    row("ip.frag_offset", Kind.NUMBER, lambda h: h.fragment_offset, "Fragment offset in bytes")
    row("ip.ttl", Kind.NUMBER, lambda h: h.ttl, "Time to live")
    row("ip.proto", Kind.NUMBER, lambda h: h.protocol, "Protocol inside", **PROTOCOLS)
    row("ip.checksum", Kind.NUMBER, lambda h: h.checksum, "Header checksum, as on the wire")


def _ipv6() -> None:
    row = TABLE.of(layers, Ipv6Header)
    TABLE.add("ipv6", Kind.PROTOCOL, bytes_of(Ipv6Header), "An IPv6 header")
    row("ipv6.src", Kind.IPV6, lambda h: h.source, "Source in the header")
    row("ipv6.dst", Kind.IPV6, lambda h: h.destination, "Destination in the header")
    ends = many(layers, Ipv6Header, lambda h: (h.source, h.destination))
    TABLE.add("ipv6.addr", Kind.IPV6, ends, "Source and destination in the header")
    row("ipv6.tclass", Kind.NUMBER, lambda h: h.traffic_class, "Traffic class")
    row("ipv6.tclass.dscp", Kind.NUMBER, lambda h: h.traffic_class >> 2, "DS code point")
    row("ipv6.flow", Kind.NUMBER, lambda h: h.flow_label, "Flow label")
    row("ipv6.plen", Kind.NUMBER, lambda h: h.size - 40, "Payload length in bytes")
    row("ipv6.nxt", Kind.NUMBER, lambda h: h.next_header, "Next header of the fixed header", **PROTOCOLS)
    row("ipv6.hlim", Kind.NUMBER, lambda h: h.hop_limit, "Hop limit")
    row("ipv6.opt.mipv6.home_address", Kind.IPV6, lambda h: h.home_address, "Home Address option of RFC 6275")
    row(
        "ipv6.routing.mipv6.home_address",
        Kind.IPV6,
        lambda h: h.routing_home_address,
        "Home Address in a type 2 routing header",
    )


def _extensions() -> None:
    option = TABLE.of(layers, OptionsHeader)
    option("ipv6.hopopts", Kind.PROTOCOL, lambda h: b"" if h.kind == 0 else None, "Hop-by-hop options")
    option("ipv6.dstopts", Kind.PROTOCOL, lambda h: b"" if h.kind else None, "Destination options")
    routing = TABLE.of(layers, RoutingHeader)
    routing("ipv6.routing", Kind.PROTOCOL, lambda h: b"", "A routing header")
    routing(
        "ipv6.routing.type",
        Kind.NUMBER,
        lambda h: h.routing_type,
        "Type of the routing header",
        registry=RoutingType,
        aliases={"Source Route": 0, "Nimrod": 1, "Type 2 Routing": 2},
    )
    routing("ipv6.routing.segleft", Kind.NUMBER, lambda h: h.segments_left, "Segments left")
    fragment = TABLE.of(layers, FragmentHeader)
    fragment("ipv6.fraghdr", Kind.PROTOCOL, lambda h: b"", "A fragment header")
    fragment("ipv6.fraghdr.more", Kind.BOOLEAN, lambda h: h.more_fragments, "More fragments")
    fragment("ipv6.fraghdr.ident", Kind.NUMBER, lambda h: h.identification, "Identification of the fragments")


def _transport(name: str, title: str, kind: type) -> None:
    row = TABLE.of(layers, kind)
    TABLE.add(name, Kind.PROTOCOL, bytes_of(kind), f"A {title} header")
    row(f"{name}.srcport", Kind.NUMBER, lambda h: h.source_port, "Source port")
    row(f"{name}.dstport", Kind.NUMBER, lambda h: h.destination_port, "Destination port")
    ends = many(layers, kind, lambda h: (h.source_port, h.destination_port))
    TABLE.add(f"{name}.port", Kind.NUMBER, ends, "Source and destination port")


_frame()
_ipv4()
_ipv6()
_extensions()
_transport("udp", "UDP", UdpHeader)
TABLE.add("udp.length", Kind.NUMBER, each(layers, UdpHeader, lambda h: h.size), "Size of header and data in bytes")
TABLE.add("udp.checksum", Kind.NUMBER, each(layers, UdpHeader, lambda h: h.checksum), "Checksum, as on the wire")
_transport("tcp", "TCP", TcpHeader)
TABLE.add(
    "udpencap.nat_keepalive",
    Kind.PROTOCOL,
    carried(Carried.KEEPALIVE),
    "A NAT keepalive of RFC 3948: one byte 0xff to port 4500",
)
