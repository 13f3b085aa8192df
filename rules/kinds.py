"""What kind of trigger an event is. Sets of kinds are bits of a number here: every event asks for them many times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from dissectors.dhcpv6 import Dhcpv6Message, RelayMessage
from dissectors.dns import DnsMessage
from dissectors.home_traffic import HomeConfiguration, TunnelledPacket
from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.registry import ExchangeType, IkeFlag
from dissectors.mobility.messages import BindingAck, BindingUpdate, MobilityMessage
from dissectors.mobility_packet import MobilityPacket
from dissectors.neighbor.messages import NeighborSolicitation, RouterAdvertisement
from dissectors.pco_carriers import PcoMessage
from dissectors.protected import EspMessage
from dissectors.tunnels import TunnelSegment
from rules.model import Role
from rules.registry import AnyEvent, Check, Kind, Obligation, Rule
from rules.session import ChildSa, Context

Kinds: TypeAlias = int
"""A set of kinds, one bit for each; a kind is a set of one."""

NONE: Kinds = 0
BITS: dict[str, Kinds] = {
    kind.name: 1 << n
    for n, kind in enumerate(k for k in Kind if k.name not in ("IKE", "REQUEST", "RESPONSE", "MOBILITY"))
}
REQUESTS: Kinds = sum(bit for name, bit in BITS.items() if name.endswith("_REQUEST"))
RESPONSES: Kinds = sum(bit for name, bit in BITS.items() if name.endswith("_RESPONSE"))
ESP: Kinds = BITS["ESP"]
MOBILITY: Kinds = BITS["BINDING_UPDATE"] | BITS["BINDING_ACK"] | BITS["OTHER_MOBILITY"]
MEMBERS: dict[str, Kinds] = {
    **BITS,
    "IKE": REQUESTS | RESPONSES,
    "REQUEST": REQUESTS,
    "RESPONSE": RESPONSES,
    "MOBILITY": MOBILITY,
}
INIT: Kinds = BITS["IKE_SA_INIT_REQUEST"] | BITS["IKE_SA_INIT_RESPONSE"]
AUTH: Kinds = BITS["IKE_AUTH_REQUEST"] | BITS["IKE_AUTH_RESPONSE"]

RESPONSE_FLAG = int(IkeFlag.RESPONSE)
OTHER = {0: BITS["OTHER_REQUEST"], RESPONSE_FLAG: BITS["OTHER_RESPONSE"]}
BY_EXCHANGE: dict[tuple[int, int], Kinds] = {
    (int(ExchangeType[name]), flag): BITS[f"{name}_{'RESPONSE' if flag else 'REQUEST'}"]
    for name in ("IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL")
    for flag in OTHER
}

BY_MOBILITY: dict[type[MobilityMessage], Kinds] = {
    BindingUpdate: BITS["BINDING_UPDATE"],
    BindingAck: BITS["BINDING_ACK"],
}
BY_CLASS: list[tuple[type[object], Kinds]] = [
    (TunnelSegment, BITS["TUNNEL_DATA"]),
    (TunnelledPacket, BITS["TUNNELLED_PACKET"]),
    (HomeConfiguration, BITS["HOME_CONFIGURATION"]),
    (RouterAdvertisement, BITS["ROUTER_ADVERTISEMENT"]),
    (NeighborSolicitation, BITS["NEIGHBOR_SOLICITATION"]),
    (PcoMessage, BITS["PCO"]),
    (Dhcpv6Message, BITS["DHCPV6"]),
    (RelayMessage, BITS["DHCPV6"]),
    (DnsMessage, BITS["DNS"]),
]
MOBILITY_HEADER = 135


def kind_of(event: AnyEvent) -> Kinds:
    """The one kind an event is of; none for what triggers no rule."""
    message = event.message
    if isinstance(message, IkeMessage):
        flag = int(message.flags) & RESPONSE_FLAG
        return BY_EXCHANGE.get((message.exchange_type, flag)) or OTHER[flag]
    if isinstance(message, EspMessage):
        return ESP
    if isinstance(message, MobilityPacket):
        return BY_MOBILITY.get(type(message.message), BITS["OTHER_MOBILITY"])
    return next((bit for kind, bit in BY_CLASS if isinstance(message, kind)), NONE)


def hidden_kinds(event: AnyEvent, context: Context) -> Kinds:
    """What a sealed ESP packet may hold: a Mobility Header from its sender, unless its CHILD SA is not for that."""
    if context.child is not None and not may_carry_mobility(context.child):
        return NONE
    return BITS["BINDING_UPDATE"] if context.role is Role.UE else BITS["BINDING_ACK"]


def may_carry_mobility(child: ChildSa) -> bool:
    """Whether the selectors of a CHILD SA let the Mobility Header through (RFC 4877 section 4.3)."""
    selectors = [s for ts in (child.ts_i, child.ts_r) if ts is not None for s in ts.selectors]
    return not selectors or any(s.protocol in (0, MOBILITY_HEADER) for s in selectors)


def spread(kinds: Iterable[Kind]) -> Kinds:
    """Kinds as a set, with IKE, REQUEST and RESPONSE spelled out."""
    bits = NONE
    for kind in kinds:
        bits |= MEMBERS[kind.name]
    return bits


def single(kinds: Kinds) -> list[Kinds]:
    """The kinds of a set, one by one."""
    return [bit for bit in BITS.values() if bit & kinds]


def within(kinds: Kinds, others: Kinds) -> bool:
    """Whether one set is part of another."""
    return kinds & ~others == 0


def trigger(rule: Rule) -> Kinds:
    """The kinds that call for a rule."""
    return spread(rule.on if isinstance(rule, Check | Obligation) else rule.opens)
