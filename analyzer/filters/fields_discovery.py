"""Fields of what helps a UE to find its Home Agent and its addresses: ICMP, DHCP, DNS."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from analyzer.filters.fields_network import carried
from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Table, bit, each, many, messages
from analyzer.filters.view import View
from dissectors.dhcpv4 import Dhcpv4Message
from dissectors.dhcpv4.messages import MessageType as Dhcpv4Type
from dissectors.dhcpv4.messages import OptionCode as Dhcpv4Option
from dissectors.dhcpv6 import Dhcpv6Message, RelayMessage
from dissectors.dhcpv6.messages import (
    DnsServers,
    DomainList,
    HomeAgentAddress,
    HomeAgentFqdn,
    HomeNetworkIdentifier,
    HomeNetworkPrefix,
    IaAddress,
    IaPrefix,
    OptionRequest,
    RelayedMessage,
    StatusCode,
)
from dissectors.dhcpv6.registry import MessageType as Dhcpv6Type
from dissectors.dhcpv6.registry import OptionCode as Dhcpv6Option
from dissectors.dns import DnsMessage
from dissectors.dns.messages import Opcode, Rcode, RecordType, ResourceRecord
from dissectors.icmp import IcmpMessage, IcmpType, Icmpv6Message, Icmpv6Type
from dissectors.neighbor.messages import (
    HomeAgentDiscoveryReply,
    NeighborAdvertisement,
    NeighborMessage,
    NeighborSolicitation,
    PrefixInformation,
    RouterAdvertisement,
)
from dissectors.walk import Carried

TABLE = Table()
NUMBER, BOOLEAN, IPV6, STRING = Kind.NUMBER, Kind.BOOLEAN, Kind.IPV6, Kind.STRING
MOST_DEEP = 8
"""Options within options that are followed."""


def _icmp() -> None:
    row = TABLE.of(messages, IcmpMessage)
    TABLE.add("icmp", Kind.PROTOCOL, carried(Carried.ICMP), "An ICMP message")
    row("icmp.type", NUMBER, lambda m: m.type, "Type", registry=IcmpType)
    row("icmp.code", NUMBER, lambda m: m.code, "Code")
    row("icmp.checksum", NUMBER, lambda m: m.checksum, "Checksum")
    row("icmp.ident", NUMBER, lambda m: m.identifier, "Identifier of an echo")
    row("icmp.seq", NUMBER, lambda m: m.sequence, "Sequence number of an echo")
    row = TABLE.of(messages, (Icmpv6Message, NeighborMessage))  # type: ignore[arg-type]
    TABLE.add("icmpv6", Kind.PROTOCOL, carried(Carried.ICMPV6), "An ICMPv6 message")
    row("icmpv6.type", NUMBER, lambda m: int(m.type), "Type", registry=Icmpv6Type)
    row("icmpv6.code", NUMBER, lambda m: m.code, "Code")
    row("icmpv6.checksum", NUMBER, lambda m: m.checksum, "Checksum")
    row = TABLE.of(messages, Icmpv6Message)
    row("icmpv6.echo.identifier", NUMBER, lambda m: m.identifier, "Identifier of an echo")
    row("icmpv6.echo.sequence_number", NUMBER, lambda m: m.sequence, "Sequence number of an echo")


def _neighbors() -> None:
    row = TABLE.of(messages, RouterAdvertisement)
    row("icmpv6.nd.ra.router_lifetime", NUMBER, lambda m: m.lifetime, "Router lifetime in seconds")
    for name, mask, about in (("m", 0x80, "managed"), ("o", 0x40, "other"), ("h", 0x20, "Home Agent")):
        row(f"icmpv6.nd.ra.flag.{name}", BOOLEAN, bit(mask, lambda m: m.flags), f"Router Advertisement: {about}")
    target = each(messages, NeighborSolicitation, lambda m: m.target)
    TABLE.add("icmpv6.nd.ns.target_address", IPV6, target, "Target of a Neighbor Solicitation")
    target = each(messages, NeighborAdvertisement, lambda m: m.target)
    TABLE.add("icmpv6.nd.na.target_address", IPV6, target, "Target of a Neighbor Advertisement")
    row = TABLE.of(_neighbor_options, PrefixInformation)
    row("icmpv6.opt.prefix", IPV6, lambda o: o.prefix, "Prefix that is advertised")
    row("icmpv6.opt.prefix.length", NUMBER, lambda o: o.prefix_length, "Its length")
    agents = many(messages, HomeAgentDiscoveryReply, lambda m: m.home_agents)
    TABLE.add("icmpv6.mip6.home_agent_address", IPV6, agents, "Home Agents of a discovery reply")


def _neighbor_options(view: View) -> Iterator[object]:
    for message in view.messages:
        if isinstance(message, NeighborMessage):
            yield from getattr(message, "options", ())


def dhcpv6_messages(view: View) -> Iterator[Dhcpv6Message | RelayMessage]:
    """Relays' messages, then what they carry."""
    for option in _dhcpv6(view):
        if isinstance(option, Dhcpv6Message | RelayMessage):
            yield option


def dhcpv6_options(view: View) -> Iterator[object]:
    """All options, those inside others behind them."""
    for option in _dhcpv6(view):
        if not isinstance(option, Dhcpv6Message | RelayMessage):
            yield option


def _dhcpv6(view: View) -> Iterator[object]:
    for message in view.messages:
        if isinstance(message, Dhcpv6Message | RelayMessage):
            yield from _deeper(message, MOST_DEEP * 4)


def _deeper(thing: object, left: int) -> Iterator[object]:
    yield thing
    if not left:
        return
    inside = (thing.message,) if isinstance(thing, RelayedMessage) else getattr(thing, "options", ())
    for option in inside:
        yield from _deeper(option, left - 1)


def _dhcp6() -> None:
    row = TABLE.of(dhcpv6_messages, (Dhcpv6Message, RelayMessage))
    TABLE.add("dhcpv6", Kind.PROTOCOL, carried(Carried.DHCPV6), "A DHCPv6 message")
    row("dhcpv6.msgtype", NUMBER, lambda m: m.type, "Type", registry=Dhcpv6Type, aliases={"Relay-reply": 13})
    xid = each(dhcpv6_messages, Dhcpv6Message, lambda m: m.transaction_id)
    TABLE.add("dhcpv6.xid", NUMBER, xid, "Transaction ID")
    row = TABLE.of(dhcpv6_messages, RelayMessage)
    row("dhcpv6.hopcount", NUMBER, lambda m: m.hop_count, "Hop count of a relay")
    row("dhcpv6.linkaddr", IPV6, lambda m: m.link_address, "Link address of a relay")
    row("dhcpv6.peeraddr", IPV6, lambda m: m.peer_address, "Peer address of a relay")
    for name, kind, holds, get, about in (
        ("iaaddr.ip", IaAddress, IPV6, lambda o: (o.address,), "Address of an identity association"),
        ("iaprefix.pref_addr", IaPrefix, IPV6, lambda o: (o.prefix,), "Delegated or requested prefix"),
        ("iaprefix.pref_len", IaPrefix, NUMBER, lambda o: (o.prefix_length,), "Its length"),
        ("status_code", StatusCode, NUMBER, lambda o: (o.code,), "Status code"),
        ("dns_server", DnsServers, IPV6, lambda o: o.addresses, "DNS servers"),
        ("search_list_entry", DomainList, STRING, lambda o: o.names, "Domain search list"),
    ):
        TABLE.add(f"dhcpv6.{name}", holds, many(dhcpv6_options, kind, get), about)
    asked = many(dhcpv6_options, OptionRequest, lambda o: o.codes)
    TABLE.add("dhcpv6.requested_option_code", NUMBER, asked, "Options asked for", registry=Dhcpv6Option)
    row = TABLE.of(dhcpv6_options, HomeNetworkIdentifier)
    row("dhcpv6.home.network", STRING, lambda o: o.name, "Home network identifier (RFC 6610)", ours=True)
    row = TABLE.of(dhcpv6_options, HomeNetworkPrefix)
    row("dhcpv6.home.prefix", IPV6, lambda o: o.prefix, "Home network prefix (RFC 6610)", ours=True)
    row = TABLE.of(dhcpv6_options, HomeAgentAddress)
    row("dhcpv6.home.agent", Kind.ADDRESS, lambda o: o.address, "Home Agent address (RFC 6610)", ours=True)
    row = TABLE.of(dhcpv6_options, HomeAgentFqdn)
    row("dhcpv6.home.fqdn", STRING, lambda o: o.name, "Home Agent FQDN (RFC 6610)", ours=True)


def _dhcp4() -> None:
    row = TABLE.of(messages, Dhcpv4Message)
    TABLE.add("dhcp", Kind.PROTOCOL, carried(Carried.DHCPV4), "A DHCP message")
    row("dhcp.id", NUMBER, lambda m: m.transaction_id, "Transaction ID")
    row("dhcp.ip.client", Kind.IPV4, lambda m: m.client_address, "Client's address")
    row("dhcp.ip.your", Kind.IPV4, lambda m: m.your_address, "Address for the client")
    row("dhcp.ip.server", Kind.IPV4, lambda m: m.next_server, "Next server")
    row("dhcp.ip.relay", Kind.IPV4, lambda m: m.relay_agent, "Relay agent")
    row("dhcp.option.dhcp", NUMBER, lambda m: m.message_type, "Message type", registry=Dhcpv4Type)
    row("dhcp.option.requested_ip_address", Kind.IPV4, lambda m: m.requested_address, "Address asked for")
    row("dhcp.option.dhcp_server_id", Kind.IPV4, lambda m: m.server_identifier, "Server identifier")
    kinds = many(messages, Dhcpv4Message, lambda m: [o.code for o in m.options])
    TABLE.add("dhcp.option.type", NUMBER, kinds, "Options", registry=Dhcpv4Option)
    servers = many(messages, Dhcpv4Message, lambda m: m.dns_servers)
    TABLE.add("dhcp.option.domain_name_server", Kind.IPV4, servers, "DNS servers")


def _records(view: View) -> Iterator[ResourceRecord]:
    for message in view.messages:
        if isinstance(message, DnsMessage):
            yield from (*message.answers, *message.authorities, *message.additionals)


def _dns() -> None:
    row = TABLE.of(messages, DnsMessage)
    TABLE.add("dns", Kind.PROTOCOL, carried(Carried.DNS), "A DNS message")
    row("dns.id", NUMBER, lambda m: m.id, "Transaction ID")
    row("dns.flags.response", BOOLEAN, bit(0x8000, lambda m: m.flags), "A response")
    row("dns.flags.opcode", NUMBER, lambda m: m.flags >> 11 & 15, "Kind of query", registry=Opcode)
    row(
        "dns.flags.rcode",
        NUMBER,
        lambda m: m.flags & 15 if m.flags & 0x8000 else None,
        "Response code",
        registry=Rcode,
        aliases=RCODES,
    )
    types: dict[str, Any] = {"registry": RecordType}
    TABLE.add(
        "dns.qry.name", STRING, many(messages, DnsMessage, lambda m: [q.name for q in m.questions]), "Name asked for"
    )
    kinds = many(messages, DnsMessage, lambda m: [q.type for q in m.questions])
    TABLE.add("dns.qry.type", NUMBER, kinds, "Record type asked for", **types)
    row = TABLE.of(_records, ResourceRecord)
    row("dns.resp.name", STRING, lambda r: r.name, "Name of a record")
    row("dns.resp.type", NUMBER, lambda r: r.type, "Type of a record", **types)
    row("dns.resp.ttl", NUMBER, lambda r: None if r.type == RecordType.OPT else r.ttl, "TTL of a record in seconds")
    row("dns.a", Kind.IPV4, lambda r: r.address if isinstance(r.address, IPv4Address) else None, "IPv4 address")
    row("dns.aaaa", IPV6, lambda r: None if isinstance(r.address, IPv4Address) else r.address, "IPv6 address")


RCODES = {
    "No error": 0,
    "Format error": 1,
    "Server failure": 2,
    "No such name": 3,
    "Not implemented": 4,
    "Name exists": 6,
    "RRset exists": 7,
    "RRset does not exist": 8,
    "Not authoritative": 9,
    "Name out of zone": 10,
}

_icmp()
_neighbors()
_dhcp6()
_dhcp4()
_dns()
