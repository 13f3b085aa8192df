"""Where in an attach a message stands: guards that the clauses share, and what makes an absence prove nothing."""

from __future__ import annotations

from enum import IntEnum
from functools import wraps

from dissectors.eap import EapPacket
from dissectors.ikev2.messages import Authentication, Eap, IkeMessage, MalformedPayload
from dissectors.ikev2.registry import ExchangeType, NotifyType, PayloadType
from dissectors.inert import inert, inert_text
from dissectors.record import record
from rules.model import Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Judge
from rules.session import KEPT, Context, IkeEvent, IkeSa

LONGEST_QUOTE = 64
"""Characters of the peer's text that an outcome shows."""


def never(event: AnyEvent, context: Context) -> bool:
    """The guard of a check whose sealed messages another check of the same requirement accounts for."""
    return False


def from_ue(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE


def from_ha(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA


def opens_authentication(event: AnyEvent, context: Context) -> bool:
    """The first IKE_AUTH request of the IKE SA that was captured, sent by the UE in its first authentication."""
    sa = context.sa
    return sa is not None and context.role is Role.UE and not sa.auth_requests and sa.auth_round == 1


def answers_opening(event: AnyEvent, context: Context) -> bool:
    """The first IKE_AUTH response of the IKE SA that was captured, sent by the HA in the first authentication."""
    sa = context.sa
    return sa is not None and context.role is Role.HA and not sa.auth_responses and sa.auth_round == 1


def in_first_authentication(event: AnyEvent, context: Context) -> bool:
    """Not part of a second authentication (RFC 4739), nor announced as one."""
    sa = context.sa
    return sa is not None and sa.auth_round == 1 and not sa.another_auth_announced


def is_first_auth(event: IkeEvent, sa: IkeSa) -> bool:
    """Whether no IKE_AUTH exchange can stand before this one: RFC 9242 lets IKE_INTERMEDIATE come first."""
    number = event.message.message_id
    return number <= 1 or (number <= KEPT and all(_is_other_exchange(sa, n) for n in range(1, number)))


def _is_other_exchange(sa: IkeSa, number: int) -> bool:
    exchange = sa.exchanges.get((True, number))
    known = (exchange.request or exchange.response) if exchange else None
    return known is not None and known.message.exchange_type != ExchangeType.IKE_AUTH


def of_first_exchange(judge: Judge) -> Judge:
    """A judge that says nothing where the first captured IKE_AUTH message is not the first that was sent."""

    @wraps(judge)
    def judged(event: AnyEvent, context: Context) -> Outcome:
        assert context.sa is not None
        if is_first_auth(event, context.sa):
            return judge(event, context)
        return inconclusive(
            f"the first IKE_AUTH exchange was not captured, only that of message ID {event.message.message_id}"
        )

    return judged


def ends_requests(message: IkeMessage) -> bool:
    """The last IKE_AUTH request: its AUTH ends the authentication, and no second one is announced."""
    return message.first(Authentication) is not None and message.notify(NotifyType.ANOTHER_AUTH_FOLLOWS) is None


def eap_of(message: IkeMessage) -> EapPacket | None:
    """The EAP packet of an IKE_AUTH message."""
    eap = message.first(Eap)
    return eap.packet if eap else None


def eap_asked(event: IkeEvent, sa: IkeSa) -> EapPacket | None:
    """The EAP packet that a request answers: the one in the response before it, if that was opened."""
    before = sa.exchanges.get((True, event.message.message_id - 1))
    return eap_of(before.response.message) if before and before.response else None


@record
class Requests:
    """The IKE_AUTH requests of one IKE SA up to some message, and why they may not be all that was said."""

    events: tuple[IkeEvent, ...]
    doubt: str


def auth_requests(sa: IkeSa, event: IkeEvent, *types: PayloadType) -> Requests:
    """All up to ``event``, itself included if it is one; in doubt where one was not captured or opened, or where a
    payload of the given types (or of any) cannot be read.
    """
    own = () if event.message.is_response else (event,)
    events = (*sa.auth_requests, *own)
    doubts = (_closed(e) or unreadable(e.message, *types) for e in events)
    doubt = next((d for d in doubts if d), "") or _gap(sa, event)
    return Requests(events, doubt)


def _closed(event: IkeEvent) -> str:
    return f"frame {event.frame} stays closed: {event.message.sealed}" if event.message.sealed else ""


def _gap(sa: IkeSa, event: IkeEvent) -> str:
    last = event.message.message_id - event.message.is_request
    if last > KEPT:
        return f"more than {KEPT} exchanges came before"
    for number in range(1, last + 1):
        exchange = sa.exchanges.get((True, number))
        if exchange is None or exchange.request is None:
            return f"the request with message ID {number} was not captured"
    return ""


def unreadable(message: IkeMessage, *types: PayloadType) -> str:
    """Why a payload of some types (or of any) may be there unread; empty if all could be read."""
    if message.malformed:
        return f"the message is malformed: {message.malformed}"
    bad = next((p for p in message.each(MalformedPayload) if not types or p.type in types), None)
    if bad is None:
        return ""
    return f"the {named(bad.type, PayloadType, 'unknown')} payload cannot be read: {bad.fault}"


def lacking(
    event: IkeEvent, *types: PayloadType, expected: str, observed: str, related: tuple[int, ...] = ()
) -> Outcome:
    """Something is missing: a fail, unless it may stand in a part of the message that cannot be read."""
    doubt = unreadable(event.message, *types)
    return inconclusive(doubt) if doubt else failed(expected=expected, observed=observed, related=related)


def named(number: int, registry: type[IntEnum], other: str) -> str:
    """The registry's name of a number, or ``other`` and the number."""
    try:
        return registry(number).name
    except ValueError:
        return f"{other} {number}"


def quoted(text: str | bytes) -> str:
    """The peer's own text, made harmless and short."""
    plain = inert_text(text[: 4 * LONGEST_QUOTE]) if isinstance(text, bytes) else inert(text)
    return f"'{plain}'" if len(plain) <= LONGEST_QUOTE else f"'{plain[:LONGEST_QUOTE]}…'"
