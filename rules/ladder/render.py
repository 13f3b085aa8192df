"""From events back to a ladder: failure reports, ``dsmip explain`` and the tests print it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from dissectors.dhcpv6 import Dhcpv6Message, RelayMessage, describe_dhcpv6
from dissectors.dns import DnsMessage, describe_dns
from dissectors.eap import AkaAttributeType, AkaSubtype, EapCode, EapPacket, EapType
from dissectors.events import Address, Event
from dissectors.ikev2.messages import (
    Authentication,
    Configuration,
    Delete,
    Eap,
    Encrypted,
    Identification,
    IkeMessage,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Notify,
    Payload,
    Proposal,
    SecurityAssociation,
    TrafficSelectors,
    UnknownPayload,
    VendorId,
)
from dissectors.ikev2.registry import (
    AttributeType,
    AuthMethod,
    CfgType,
    KeyExchangeId,
    NotifyType,
    PayloadType,
    ProtocolId,
    TransformType,
)
from dissectors.inert import inert
from dissectors.mobility.text import describe_mobility
from dissectors.mobility_packet import MobilityPacket
from dissectors.neighbor.messages import NeighborSolicitation, RouterAdvertisement
from dissectors.neighbor.text import describe_icmpv6
from dissectors.pco_carriers import PcoMessage, describe_pco_message
from dissectors.protected import EspMessage
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.ladder.payloads import type_of
from rules.ladder.proposals import NAMES

TRANSFORMS: dict[int, tuple[type[IntEnum], str]] = {
    kind: (names, prefix if kind == TransformType.PRF else "") for kind, names, prefix in NAMES
}
METHODS: dict[int, str] = {EapType.AKA_PRIME: "AKA'"}


def render(events: Iterable[Event[Any]], names: Mapping[Address, str] | None = None) -> str:
    """One line for each event, times in seconds from the first; the other way round of playing."""
    shown = dict(names or {})
    lines, start = [], None
    for event in events:
        start = event.at if start is None else start
        _name_ends(event, shown)
        way = f"{shown[event.source.address]} -> {shown[event.destination.address]}"
        mark = f"  (again: frame {event.repeats})" if event.repeats else ""
        cut = "" if event.complete else " cut"
        lines.append(f"    {(event.at - start) / 1e9:<8.3f} {way:<11} {describe(event.message)}{cut}{mark}")
    return "\n".join(lines)


def _name_ends(event: Event[Any], shown: dict[Address, str]) -> None:
    """Without names the first to initiate is the UE; further addresses are numbered."""
    message = event.message
    forward = message.from_initiator if isinstance(message, IkeMessage) else not _is_downward(message)
    ends = (event.source, event.destination) if forward else (event.destination, event.source)
    for end, role in zip(ends, ("UE", "HA"), strict=True):
        if end.address not in shown:
            taken = set(shown.values())
            candidates = (role if n == 1 else f"{role}{n}" for n in range(1, len(taken) + 3))
            shown[end.address] = next(name for name in candidates if name not in taken)


def _is_downward(message: object) -> bool:
    return isinstance(message, MobilityPacket) and message.from_home_agent


def describe(message: object) -> str:
    """A message in ladder words."""
    if isinstance(message, IkeMessage):
        return _describe_ike(message)
    if isinstance(message, EspMessage):
        spi = f"ESP spi=0x{message.spi:08x} seq={message.sequence}"
        return f"{spi} sealed" if message.opened is None else f"{spi} next={message.opened.next_header}"
    if isinstance(message, MobilityPacket):
        return f"{describe_mobility(message.message)}{_way(message)}"
    if isinstance(message, TunnelSegment):
        return f"DATA {message.packets} packets of IPv{message.inner_family}, {message.encapsulation.value}"
    if isinstance(message, NeighborSolicitation | RouterAdvertisement):
        return describe_icmpv6(message)
    if isinstance(message, Dhcpv6Message | RelayMessage):
        return describe_dhcpv6(message)
    if isinstance(message, DnsMessage):
        return describe_dns(message)
    if isinstance(message, PcoMessage):
        return describe_pco_message(message)
    return type(message).__name__


def _way(packet: MobilityPacket) -> str:
    """How it travels, where that is not a plain IPv6 packet in ESP."""
    inside = f", in {packet.encapsulation.value}" if packet.encapsulation is not Encapsulation.NONE else ""
    return inside if packet.esp else f"{inside}, not in ESP"


def _describe_ike(message: IkeMessage) -> str:
    kind = "response" if message.is_response else "request"
    head = f"{inert(message.name)} {kind} {message.message_id}"
    if message.sealed is not None:
        return f"{head} sealed"
    payloads = [p for p in (*message.payloads, *message.inner) if not isinstance(p, Encrypted)]
    return f"{head} [{' '.join(token(p, message.is_response) for p in payloads)}]"


def named(number: int, names: type[IntEnum]) -> str:
    """The registry's name of a number, or the number."""
    try:
        return names(number).name
    except ValueError:
        return str(number)


def token(payload: Payload, is_response: bool = False) -> str:
    """A payload as it stands in the brackets of a ladder."""
    if isinstance(payload, Nonce):
        return f"{'Nr' if is_response else 'Ni'}({len(payload.data)})"
    mark = "!" if payload.critical else ""
    for kind, write in WRITERS.items():
        if isinstance(payload, kind):
            return f"{mark}{write(payload)}"
    return mark + named(type_of(payload), PayloadType)


def _identification(payload: Identification) -> str:
    return f"{'IDi' if payload.initiator else 'IDr'}={inert(payload.text)}"


def _notify(payload: Notify) -> str:
    spi = f" spi=0x{payload.spi.hex()}" if payload.spi else ""
    return f"N({named(payload.type, NotifyType)}{spi})"


def _delete(payload: Delete) -> str:
    return f"D({' '.join([named(payload.protocol, ProtocolId), *('0x' + spi.hex() for spi in payload.spis)])})"


def _configuration(payload: Configuration) -> str:
    words = [named(payload.cfg_type, CfgType)]
    for attribute in payload.attributes:
        value = f"=0x{attribute.value.hex()}" if attribute.value else ""
        words.append(named(attribute.type, AttributeType) + value)
    return f"CP({' '.join(words)})"


def _selectors(payload: TrafficSelectors) -> str:
    parts = [f"{s.start}-{s.end} {s.protocol} {s.start_port}-{s.end_port}" for s in payload.selectors]
    return f"{'TSi' if payload.initiator else 'TSr'}({' | '.join(parts)})"


def _proposals(payload: SecurityAssociation) -> str:
    return f"SA({' | '.join(' '.join(_proposal(p)) for p in payload.proposals)})"


def _proposal(proposal: Proposal) -> Iterator[str]:
    yield named(proposal.protocol, ProtocolId)
    if proposal.spi:
        yield f"spi=0x{proposal.spi.hex()}"
    for transform in proposal.transforms:
        names, prefix = TRANSFORMS.get(transform.type, (TransformType, ""))
        bits = f"_{transform.key_length}" if transform.key_length else ""
        yield f"{prefix}{named(transform.id, names)}{bits}"


def eap_words(packet: EapPacket) -> str:
    """``Request/AKA-Challenge AT_RAND …``."""
    head = named(packet.code, EapCode).capitalize()
    if packet.type is None:
        return head
    head += f"/{METHODS.get(packet.type) or named(packet.type, EapType)}"
    if packet.subtype is not None:
        head += f"-{named(packet.subtype, AkaSubtype).title().replace('_', '-')}"
    return " ".join([head, *(named(a.type, AkaAttributeType) for a in packet.attributes)])


WRITERS: dict[type[Payload], Any] = {
    Identification: _identification,
    Notify: _notify,
    Delete: _delete,
    Configuration: _configuration,
    TrafficSelectors: _selectors,
    SecurityAssociation: _proposals,
    KeyExchange: lambda p: f"KE({named(p.group, KeyExchangeId)})",
    Authentication: lambda p: f"AUTH({named(p.method, AuthMethod)})",
    Eap: lambda p: f"EAP({eap_words(p.packet)})",
    UnknownPayload: lambda p: f"P{p.type}",
    MalformedPayload: lambda p: f"BAD({named(p.type, PayloadType)})",
    VendorId: lambda p: "V",
}
