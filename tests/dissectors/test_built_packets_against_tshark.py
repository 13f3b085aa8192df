"""tshark reads many generated packets as they were meant: DHCPv4, DNS, ICMPv6, IP headers and tunnels, one run each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from itertools import chain
from pathlib import Path
from typing import Any

from beside_tshark import needs_tshark, rows, write_pcap
from dhcpv4_layers import MESSAGES as DHCP_MESSAGES
from dhcpv4_layers import layer_of as dhcp_layer
from dns_layers import MESSAGES as DNS_MESSAGES
from hypothesis import strategies as st
from ip_layers import ENDS, FIXED, IPV4, PARTS, ipv6, nested
from neighbor_layers import OPTIONS, messages
from neighbor_layers import layer_of as icmp_layer
from scapy.layers.inet import UDP
from scapy_reads import drawn

import dissectors.scapy_layers as build
from dissectors.dhcpv4 import Dhcpv4Message
from dissectors.dns import DnsMessage, RecordType, ResourceRecord
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.ip_extensions import AuthenticationHeader, FragmentHeader, OptionsHeader, RoutingHeader
from dissectors.neighbor import messages as nd

pytestmark = needs_tshark
MANY = 25
Fields = dict[str, Callable[[Any], Iterable[Any]]]


def assert_tshark_agrees(tmp_path: Path, packets: list[Any], meant: list[Any], fields: Fields, *options: str) -> None:
    """Every field that tshark finds in a packet is one of the value that was meant, and the other way round."""
    path = write_pcap(tmp_path / "built.pcap", [bytes(packet) for packet in packets])
    for value, row in zip(meant, rows(path, list(fields), *options), strict=True):
        found = {name: [_plain(one) for one in values] for name, values in row.items()}
        assert found == {name: [str(one) for one in read(value)] for name, read in fields.items()}, value


def _plain(text: str) -> str:
    """tshark and Python write some IPv6 addresses differently."""
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def _all(options: tuple[Any, ...], kind: type[Any], *names: str) -> list[Any]:
    return [getattr(option, name) for option in options if isinstance(option, kind) for name in names]


def _hex(value: int, digits: int) -> str:
    return f"0x{value:0{digits}x}"


# Not the seconds, which tshark takes for little-endian where that gives a smaller number.
DHCP: Fields = {
    "dhcp.type": lambda m: [m.operation],
    "dhcp.hops": lambda m: [m.hops],
    "dhcp.id": lambda m: [_hex(m.transaction_id, 8)],
    "dhcp.flags": lambda m: [_hex(m.flags, 4)],
    "dhcp.ip.client": lambda m: [m.client_address],
    "dhcp.ip.your": lambda m: [m.your_address],
    "dhcp.ip.server": lambda m: [m.next_server],
    "dhcp.ip.relay": lambda m: [m.relay_agent],
    "dhcp.hw.len": lambda m: [len(m.hardware_address)],
    "dhcp.option.type": lambda m: [*(option.code for option in m.options), 0],  # tshark has 0 for the end
}


def _has_its_form(pair: tuple[Dhcpv4Message, list[Any]]) -> bool:
    """tshark gives up at an FQDN, search list or vendor's option that is any bytes."""
    return not {option.code for option in pair[0].options} & {43, 81, 119}


def test_tshark_reads_dhcpv4_as_it_was_meant(tmp_path: Path) -> None:
    pairs = drawn(DHCP_MESSAGES.filter(_has_its_form), MANY)
    udp = build.IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
    packets = [udp / dhcp_layer(message, entries) for message, entries in pairs]
    meant: list[Dhcpv4Message] = [message for message, _ in pairs]
    assert_tshark_agrees(tmp_path, packets, meant, DHCP)


def _records(m: DnsMessage) -> list[ResourceRecord]:
    return [*m.answers, *m.authorities, *m.additionals]


def _targets(m: DnsMessage, kind: RecordType) -> list[str]:
    return [_rooted(record.target or "") for record in _records(m) if record.type == kind]


def _rooted(name: str) -> str:
    """tshark's word for the root."""
    return "<Root>" if name == "." else name


DNS: Fields = {
    "dns.id": lambda m: [_hex(m.id, 4)],
    "dns.flags": lambda m: [_hex(m.flags, 4)],
    "dns.qry.name": lambda m: [_rooted(q.name) for q in m.questions],
    "dns.qry.type": lambda m: [q.type for q in m.questions],
    "dns.resp.name": lambda m: [_rooted(r.name) for r in _records(m) if r.type != RecordType.SRV],
    "dns.a": lambda m: [r.address for r in _records(m) if r.type == RecordType.A],
    "dns.aaaa": lambda m: [r.address for r in _records(m) if r.type == RecordType.AAAA],
    "dns.cname": lambda m: _targets(m, RecordType.CNAME),
    "dns.ns": lambda m: _targets(m, RecordType.NS),
    "dns.ptr.domain_name": lambda m: _targets(m, RecordType.PTR),
    "dns.srv.target": lambda m: _targets(m, RecordType.SRV),
    "dns.mx.mail_exchange": lambda m: _targets(m, RecordType.MX),
    "_ws.malformed": lambda m: [],
}


def test_tshark_reads_dns_as_it_was_meant_plain_and_compressed(tmp_path: Path) -> None:
    pairs = drawn(DNS_MESSAGES, MANY // 2)
    udp = build.IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=53, dport=53)
    packets = [udp / layer for layer, _ in pairs] + [udp / build.compressed(layer) for layer, _ in pairs]
    meant = [message for _, message in pairs]
    assert_tshark_agrees(tmp_path, packets, meant * 2, DNS)


def _options(m: Any) -> tuple[Any, ...]:
    """tshark looks for none behind a Mobile Prefix Solicitation."""
    return () if isinstance(m, nd.MobilePrefixSolicitation) else getattr(m, "options", ())


def _router(name: str) -> Callable[[Any], list[Any]]:
    return lambda m: [int(getattr(m, name))] if isinstance(m, nd.RouterAdvertisement) else []


ICMPV6: Fields = {
    "icmpv6.type": lambda m: [int(m.type)],
    "icmpv6.code": lambda m: [m.code],
    "icmpv6.checksum.status": lambda m: [1],
    "icmpv6.nd.ra.cur_hop_limit": _router("hop_limit"),
    "icmpv6.nd.ra.router_lifetime": _router("lifetime"),
    "icmpv6.nd.ra.reachable_time": _router("reachable_time"),
    "icmpv6.nd.ra.retrans_timer": _router("retrans_timer"),
    "icmpv6.nd.ra.flag.prf": _router("preference"),
    "icmpv6.nd.ns.target_address": lambda m: [m.target] if isinstance(m, nd.NeighborSolicitation) else [],
    "icmpv6.nd.na.target_address": lambda m: [m.target] if isinstance(m, nd.NeighborAdvertisement) else [],
    "icmpv6.nd.rd.target_address": lambda m: [m.target] if isinstance(m, nd.Redirect) else [],
    "icmpv6.rd.na.destination_address": lambda m: [m.destination] if isinstance(m, nd.Redirect) else [],
    "icmpv6.mip6.identifier": lambda m: [m.identifier] if hasattr(m, "identifier") else [],
    "icmpv6.mip6.home_agent_address": lambda m: getattr(m, "home_agents", ()),
    "icmpv6.opt.advertisement_interval": lambda m: _all(_options(m), nd.AdvertisementInterval, "interval"),
    "icmpv6.opt.mtu": lambda m: _all(_options(m), nd.Mtu, "mtu"),
    "icmpv6.opt.rdnss": lambda m: chain(*_all(_options(m), nd.RecursiveDnsServers, "addresses")),
    "icmpv6.opt.dnssl": lambda m: chain(*_all(_options(m), nd.DnsSearchList, "names")),
    "icmpv6.opt.home_agent_preference": lambda m: _all(_options(m), nd.HomeAgentInformation, "preference"),
    "icmpv6.opt.home_agent_lifetime": lambda m: _all(_options(m), nd.HomeAgentInformation, "lifetime"),
}


def test_tshark_reads_icmpv6_as_it_was_meant(tmp_path: Path) -> None:
    meant = drawn(st.one_of(messages(st.one_of(OPTIONS))[:-2]), 2 * MANY)
    packets = [build.IPv6(src="2001:db8::1", dst="2001:db8::2") / icmp_layer(message) for message in meant]
    assert_tshark_agrees(tmp_path, packets, meant, ICMPV6)


IPV4_FIELDS: Fields = {
    "ip.src": lambda h: [h.source],
    "ip.dst": lambda h: [h.destination],
    "ip.len": lambda h: [h.size],
    "ip.hdr_len": lambda h: [h.header_size],
    "ip.ttl": lambda h: [h.ttl],
    "ip.proto": lambda h: [h.protocol],
    "ip.id": lambda h: [_hex(h.identification, 4)],
    "ip.flags.mf": lambda h: [int(h.more_fragments)],
    "ip.flags.df": lambda h: [int(h.dont_fragment)],
    "ip.checksum": lambda h: [_hex(h.checksum, 4)],
    "ip.checksum.status": lambda h: [1],
}


def test_tshark_reads_ipv4_headers_as_they_were_meant(tmp_path: Path) -> None:
    pairs = drawn(IPV4, MANY)
    meant: list[Ipv4Header] = [header for _, header in pairs]
    options = ("-o", "ip.check_checksum:TRUE", "-o", "ip.defragment:FALSE")
    assert_tshark_agrees(tmp_path, [packet for packet, _ in pairs], meant, IPV4_FIELDS, *options)


def _extensions(h: Ipv6Header, kind: type[Any]) -> list[Any]:
    return [extension for extension in h.extensions if isinstance(extension, kind)]


def _options_of(h: Ipv6Header, kind: int) -> list[bytes]:
    headers = _extensions(h, OptionsHeader)
    return [option.data for header in headers for option in header.options if option.kind == kind]


IPV6_FIELDS: Fields = {
    "ipv6.src": lambda h: [h.source],
    "ipv6.dst": lambda h: [h.destination],
    "ipv6.hlim": lambda h: [h.hop_limit],
    "ipv6.flow": lambda h: [_hex(h.flow_label, 6)],
    "ipv6.nxt": lambda h: [h.next_header],
    "ipv6.plen": lambda h: [h.size - 40],
    "ipv6.routing.type": lambda h: [e.routing_type for e in _extensions(h, RoutingHeader)],
    "ipv6.routing.segleft": lambda h: [e.segments_left for e in _extensions(h, RoutingHeader)],
    "ipv6.fraghdr.ident": lambda h: [_hex(e.identification, 8) for e in _extensions(h, FragmentHeader)],
    "ah.spi": lambda h: [_hex(e.spi, 8) for e in _extensions(h, AuthenticationHeader)],
    "ipv6.opt.mipv6.home_address": lambda h: [IPv6Address(data) for data in _options_of(h, 0xC9)],
    "ipv6.opt.jumbo": lambda h: [int.from_bytes(data) for data in _options_of(h, 0xC2)],
    "ipv6.opt.tel": lambda h: [data[0] for data in _options_of(h, 4)],
}


def test_tshark_reads_ipv6_headers_as_they_were_meant(tmp_path: Path) -> None:
    pairs = drawn(st.builds(ipv6, FIXED, st.lists(PARTS, max_size=4)), MANY)
    assert_tshark_agrees(tmp_path, [packet for packet, _ in pairs], [header for _, header in pairs], IPV6_FIELDS)


TUNNEL: Fields = {
    "ip.src": lambda ends: [source for source, _ in ends if source.version == 4],
    "ip.dst": lambda ends: [destination for _, destination in ends if destination.version == 4],
    "ipv6.src": lambda ends: [source for source, _ in ends if source.version == 6],
    "ipv6.dst": lambda ends: [destination for _, destination in ends if destination.version == 6],
    "udp.srcport": lambda ends: [1001],
    "udp.dstport": lambda ends: [1002],
}


def test_tshark_reads_tunnels_as_they_were_meant(tmp_path: Path) -> None:
    meant = drawn(st.lists(ENDS, min_size=2, max_size=4), MANY)
    assert_tshark_agrees(tmp_path, [nested(ends, b"x") for ends in meant], meant, TUNNEL)
