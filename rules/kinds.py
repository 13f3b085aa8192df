"""What kind of trigger an event is. Sets of kinds are bits of a number here: every event asks for them many times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.registry import ExchangeType, IkeFlag
from dissectors.protected import EspMessage
from rules.registry import AnyEvent, Check, Kind, Obligation, Rule

Kinds: TypeAlias = int
"""A set of kinds, one bit for each; a kind is a set of one."""

NONE: Kinds = 0
BITS: dict[str, Kinds] = {
    kind.name: 1 << n for n, kind in enumerate(k for k in Kind if k.name not in ("IKE", "REQUEST", "RESPONSE"))
}
REQUESTS: Kinds = sum(bit for name, bit in BITS.items() if name.endswith("_REQUEST"))
RESPONSES: Kinds = sum(bit for name, bit in BITS.items() if name.endswith("_RESPONSE"))
ESP: Kinds = BITS["ESP"]
MEMBERS: dict[str, Kinds] = {**BITS, "IKE": REQUESTS | RESPONSES, "REQUEST": REQUESTS, "RESPONSE": RESPONSES}
INIT: Kinds = BITS["IKE_SA_INIT_REQUEST"] | BITS["IKE_SA_INIT_RESPONSE"]
AUTH: Kinds = BITS["IKE_AUTH_REQUEST"] | BITS["IKE_AUTH_RESPONSE"]

RESPONSE_FLAG = int(IkeFlag.RESPONSE)
OTHER = {0: BITS["OTHER_REQUEST"], RESPONSE_FLAG: BITS["OTHER_RESPONSE"]}
BY_EXCHANGE: dict[tuple[int, int], Kinds] = {
    (int(ExchangeType[name]), flag): BITS[f"{name}_{'RESPONSE' if flag else 'REQUEST'}"]
    for name in ("IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL")
    for flag in OTHER
}


def kind_of(event: AnyEvent) -> Kinds:
    """The one kind an event is of; none for what triggers no rule."""
    message = event.message
    if isinstance(message, IkeMessage):
        flag = int(message.flags) & RESPONSE_FLAG
        return BY_EXCHANGE.get((message.exchange_type, flag)) or OTHER[flag]
    return ESP if isinstance(message, EspMessage) else NONE


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
