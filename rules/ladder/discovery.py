"""Home Agent discovery in a ladder: DHCPv6 and DNS, between a UE and the network, ``NET``.

``UE -> NET  DHCPV6 Information-Request`` asks for the home network of the APN ``internet``; ``asks=69`` are the codes
of its Option Request option, ``hnidf=NAME`` the Home Network Identifier (``hnidf=`` an empty one, ``without HNIDF``
none), ``draft=1`` puts it into the draft's form with that id-type. ``NET -> UE  DHCPV6 Reply`` answers with the two
addresses of the HA; ``agents=A,B`` gives others, ``agents=`` none, ``fqdn=NAME`` a name (and no addresses, unless
``agents`` names some), ``empty`` no home information; ``opaque`` puts an option in its place that has not the form of
its code. Any message type of the registry may stand there; ``relayed`` puts a message into a relay's, ``malformed``
marks it so.

``UE -> NET  DNS query name=NAME type=AAAA`` and ``NET -> UE  DNS answer``: name and type are those of the last Reply
and query where none is named, the answer's address the HA's; ``address=A,B`` gives others, ``address=`` none;
``rcode=3``, ``truncated``, ``malformed``, ``cut=question`` (the capture cut it before the end of its question).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from dissectors.dhcpv6 import Dhcpv6, Dhcpv6Message, MessageType, OptionCode, RelayMessage
from dissectors.dhcpv6.messages import (
    ClientId,
    DraftHomeInformation,
    HomeAgentAddress,
    HomeAgentFqdn,
    HomeNetworkIdentifier,
    HomeNetworkInformation,
    OpaqueOption,
    Option,
    OptionRequest,
    RelayedMessage,
    StatusCode,
)
from dissectors.dns import DnsFlag, DnsMessage, Question, RecordType, ResourceRecord
from dissectors.events import Address, Endpoint, Malformed
from rules.ladder.mobility import ipv4_of
from rules.ladder.scene import ROUTER, Node
from rules.ladder.script import LadderError, Line
from rules.model import Role

WORDS = ("DHCPV6", "DNS")
HA_APN = "internet.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"
HA_NAME = "ha.epc.mnc001.mcc001.3gppnetwork.org"
CLIENT, SERVER, DNS_PORT = 546, 547, 53
ALL_SERVERS = IPv6Address("ff02::1:2")
RESOLVER = IPv6Address("2001:db8:a::53")
FAULT = Malformed("option overruns the message", 4)


@dataclass(slots=True)
class Asked:
    """What a line that does not say it refers to: the last request, Reply and query."""

    transaction: int = 0
    id_type: int | None = None
    identifier: str = HA_APN
    name: str = HA_NAME
    type: int = RecordType.AAAA
    query: int = 0
    port: int = 50000


def discovery_message(line: Line, asked: Asked) -> tuple[Dhcpv6 | DnsMessage, Endpoint, Endpoint]:
    """The message of a DHCPV6 or DNS line, and the ends of its packet."""
    sender, receiver = Node.of(line.source), Node.of(line.destination)
    ue = sender if sender.role is Role.UE else receiver
    if line.what == "DNS":
        return _dns(line, ue, asked)
    message = _dhcp(line, ue, asked)
    own, server = Endpoint(link_local(ue), CLIENT), Endpoint(ROUTER, SERVER)
    ends = (own, Endpoint(ALL_SERVERS, SERVER)) if sender is ue else (server, own)
    return _relayed(line, message, ue, ends) if "relayed" in line.options else (message, *ends)


def link_local(ue: Node) -> IPv6Address:
    """The UE's address on its link, with the interface identifier of its other address."""
    return IPv6Address(0xFE80 << 112 | int(ue.address) & (1 << 64) - 1)


def _relayed(
    line: Line, message: Dhcpv6Message, ue: Node, ends: tuple[Endpoint, Endpoint]
) -> tuple[Dhcpv6, Endpoint, Endpoint]:
    kind = MessageType.RELAY_FORW if ends[0].port == CLIENT else MessageType.RELAY_REPL
    outside = RelayMessage(kind, 0, IPv6Address("::"), link_local(ue), (RelayedMessage(message),))
    relay, server = Endpoint(RESOLVER - 1, SERVER), Endpoint(RESOLVER, SERVER)
    return (outside, relay, server) if kind == MessageType.RELAY_FORW else (outside, server, relay)


# DHCPv6


def _dhcp(line: Line, ue: Node, asked: Asked) -> Dhcpv6Message:
    name = line.options["kind"].upper().replace("-", "_")
    if name not in MessageType.__members__:
        raise LadderError(f"no message type of DHCPv6: {line.text}")
    kind = MessageType[name]
    client = ClientId(bytes.fromhex("00030001") + bytes.fromhex("0200000000") + bytes([ue.index]))
    options: tuple[Option, ...] = (client,)
    if kind in (MessageType.REPLY, MessageType.ADVERTISE):
        options += _told(line, ue, asked)
    else:
        options += _wanted(line, asked)
    fault = FAULT if "malformed" in line.options else None
    return Dhcpv6Message(kind, int(line.options.get("xid", asked.transaction)), options, fault)


def _wanted(line: Line, asked: Asked) -> tuple[Option, ...]:
    options = line.options
    asked.transaction = int(options.get("xid", asked.transaction + 1))
    asked.id_type = int(options["draft"]) if "draft" in options else None
    asked.identifier = options.get("hnidf", HA_APN)
    identifier: tuple[Option, ...] = () if "HNIDF" in line.removed else (HomeNetworkIdentifier(asked.identifier),)
    if "opaque" in options:
        identifier = (OpaqueOption(OptionCode.MIP6_HNIDF, b"\xff", FAULT),)
    codes = tuple(int(code) for code in options.get("asks", "49" if "draft" in options else "69").split(",") if code)
    request = (OptionRequest(codes),) if codes else ()
    if asked.id_type is not None:
        return *request, DraftHomeInformation(OptionCode.MIP6_HNIDF, asked.id_type, identifier)
    return *request, *identifier


def _told(line: Line, ue: Node, asked: Asked) -> tuple[Option, ...]:
    options = line.options
    status = (StatusCode(int(options["status"])),) if "status" in options else ()
    if "empty" in options:
        return status
    if "opaque" in options:
        return *status, OpaqueOption(OptionCode.MIP6_IDINF, b"\xff", FAULT)
    ha = Node.of("HA")
    usual = "" if "fqdn" in options else f"{ha.address},{ipv4_of(ha)}"
    agents = (HomeAgentAddress(ip_address(text)) for text in options.get("agents", usual).split(",") if text)
    names = (HomeAgentFqdn(options["fqdn"] or HA_NAME),) if "fqdn" in options else ()
    if names:
        asked.name = names[0].name
    inside = (HomeNetworkIdentifier(asked.identifier), *agents, *names)
    if asked.id_type is not None:
        return *status, DraftHomeInformation(OptionCode.MIP6_HNIDF, asked.id_type, inside)
    return *status, HomeNetworkInformation(OptionCode.MIP6_IDINF, inside)


# DNS


def _dns(line: Line, ue: Node, asked: Asked) -> tuple[DnsMessage, Endpoint, Endpoint]:
    options, is_answer = line.options, line.options["kind"] == "answer"
    asked.name = options.get("name", asked.name)
    kinds = [RecordType[text] for text in options.get("type", RecordType(asked.type).name).split(",")]
    asked.type = kinds[-1]
    if not is_answer:
        asked.query += 1
    unread = options.get("cut") == "question"
    questions = () if unread else tuple(Question(asked.name, kind) for kind in kinds)
    flags = DnsFlag.RECURSION_DESIRED | (DnsFlag.TRUNCATED if "truncated" in options else 0)
    answers = _answers(line, asked) if is_answer and not unread else ()
    if is_answer:
        flags |= DnsFlag.RESPONSE | int(options.get("rcode", 0))
    fault = FAULT if unread or "malformed" in options else None
    message = DnsMessage(asked.query, int(flags), questions, answers, malformed=fault)
    own, server = Endpoint(ue.address, asked.port), Endpoint(RESOLVER, DNS_PORT)
    return (message, server, own) if is_answer else (message, own, server)


def _answers(line: Line, asked: Asked) -> tuple[ResourceRecord, ...]:
    ha = Node.of("HA")
    usual: Address = ha.address if asked.type == RecordType.AAAA else ipv4_of(ha)
    given = [ip_address(text) for text in line.options.get("address", str(usual)).split(",") if text]
    return tuple(
        ResourceRecord(asked.name, RecordType.AAAA if a.version == 6 else RecordType.A, str(a), a, ttl=300)
        for a in given
    )
