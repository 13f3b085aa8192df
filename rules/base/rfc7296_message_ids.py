"""RFC 7296 section 2.2: Message IDs count up by one for each end, and a response repeats that of its request.

A message with the ID and type of an earlier one but other content is a retransmission that differs (RFC7296-03);
here it counts as an ID used twice only where it plainly is another request: of another exchange type, or with other
payloads after the first was answered.
"""

from __future__ import annotations

from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.registry import ExchangeType, NotifyType
from rules.contents import refuses_outside_sa, types_in
from rules.exchanges import (
    answers,
    asker_is_initiator,
    begins_in_sight,
    conflict,
    highest_before,
    numbers_seen,
    same_sa,
    skips,
)
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, Exchange, IkeEvent, IkeSa

OUTSTANDING = "ike_response"


def _counts(event: IkeEvent, context: Context) -> bool:
    return context.sa is not None and not refuses_outside_sa(event.message)


# Requests


def _moved(event: IkeEvent, sa: IkeSa) -> bool:
    """The end sends from or to another address than before: what it sent in between may not have passed here."""
    highest = highest_before(event, sa)
    last = sa.exchanges.get((asker_is_initiator(event.message), highest)) if highest is not None else None
    request = last.request if last else None
    if request is None:
        return False
    return (request.source.address, request.destination.address) != (event.source.address, event.destination.address)


def _leaves_gap(event: AnyEvent, context: Context) -> bool:
    if context.sa is None or not _counts(event, context) or event.message.exchange_type == ExchangeType.IKE_SA_INIT:
        return False
    return skips(event, context.sa) is not None and not _moved(event, context.sa)


def _what_is_missing(event: AnyEvent, context: Context) -> tuple[str, str]:
    gap = skips(event, context.sa) if context.sa else None
    first, last = gap or (0, 0)
    numbers = f"ID {first}" if first == last else f"IDs {first} to {last}"
    return f"a request with message {numbers} before {event.message.message_id}", ""


def _settles_gap(later: AnyEvent, response: AnyEvent, context: Context) -> bool:
    """The answer to it, which is judged by itself: no request comes behind the answer to a later one."""
    return answers(later, response) and _ahead_of_its_turn(response, context) is not None


def _ahead_of_its_turn(response: IkeEvent, context: Context) -> IkeEvent | None:
    """The request that is answered here, if message IDs before it were left out and have not come by now."""
    sa = context.sa
    exchange = sa.exchange(response) if sa else None
    later = exchange.request if exchange else None
    if sa is None or later is None or exchange is None or exchange.response is not None:
        return None
    gap = skips(later, sa) if _leaves_gap(later, context) else None
    if gap is None or _has_a_window(sa):
        return None
    side = asker_is_initiator(later.message)
    return later if not any(gap[0] <= n <= gap[1] for n in numbers_seen(sa, side)) else None


def _has_a_window(sa: IkeSa) -> bool:
    said = (*sa.auth_requests, *sa.auth_responses)
    return any(event.message.notify(NotifyType.SET_WINDOW_SIZE) for event in said)


def _answers_ahead(event: AnyEvent, context: Context) -> bool:
    return _ahead_of_its_turn(event, context) is not None


@check("RFC7296-02", on=Kind.RESPONSE, when=_answers_ahead)
def message_ids_left_out_and_answered(event: IkeEvent, context: Context) -> Outcome:
    """Both ends went past message IDs that nobody used."""
    later = _ahead_of_its_turn(event, context)
    assert later is not None
    expected, _ = _what_is_missing(later, context)
    return failed(
        expected=expected,
        observed=f"message ID {later.message.message_id}, answered in frame {event.frame}",
        frame=later.frame,
        at=later.at,
        related=(event.frame,),
        absence=True,
    )


@obligation(
    "RFC7296-02",
    on=Kind.REQUEST,
    when=_leaves_gap,
    met_by=Kind.IKE,
    within="grace",
    expected="the requests with the message IDs in between",
    words=_what_is_missing,
    void_by=Kind.RESPONSE,
    voids=_settles_gap,
)
def message_ids_left_out(later: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """A receiver takes requests in the order of their IDs; one that leaves some out waits for an answer in vain."""
    if context.sa is None or not same_sa(later.message, event.message):
        return False
    initiator = asker_is_initiator(later.message)
    gap = skips(later, context.sa)
    if gap is None or asker_is_initiator(event.message) is not initiator:
        return gap is None
    missing = gap[1] - gap[0] + 1
    seen = {n for side, n in context.sa.exchanges if side is initiator} | {event.message.message_id}
    return bool(sum(gap[0] <= n <= gap[1] for n in seen) == missing)


def _judged_request(event: AnyEvent, context: Context) -> bool:
    sa = context.sa
    if sa is None or not _counts(event, context) or _leaves_gap(event, context):
        return False
    return conflict(event, sa) is None or _reused(event, sa) is not None


def _reused(event: IkeEvent, sa: IkeSa) -> IkeEvent | None:
    """The other request that had this Message ID."""
    first, exchange = conflict(event, sa), sa.exchange(event)
    if first is None or exchange is None:
        return None
    if first.message.exchange_type != event.message.exchange_type:
        return first
    answered = exchange.response is not None
    opened = first.message.sealed is None and event.message.sealed is None
    return first if answered and opened and types_in(first.message) != types_in(event.message) else None


@check("RFC7296-02", on=Kind.REQUEST, when=_judged_request)
def message_id_out_of_turn(event: IkeEvent, context: Context) -> Outcome:
    """The Message ID is what tells a new request from one sent again; the wrong one gets an old answer, or none."""
    sa, message = context.sa, event.message
    assert sa is not None
    if message.exchange_type == ExchangeType.IKE_SA_INIT and message.message_id:
        return failed(expected="message ID 0 in IKE_SA_INIT", observed=f"message ID {message.message_id}")
    first = _reused(event, sa)
    if first is not None:
        return failed(
            expected=f"a new message ID, {message.message_id} was {_told(first.message)} in frame {first.frame}",
            observed=f"{_told(message)} with message ID {message.message_id}",
            related=(first.frame,),
        )
    gap = skips(event, sa)
    if gap is not None:
        return inconclusive(f"message IDs from {gap[0]} are missing, but the sender's address has changed")
    return PASSED


def _told(message: IkeMessage) -> str:
    return f"an {message.name} request" if message.name[0] in "IEO" else f"a {message.name} request"


# Responses


def _request_of(event: IkeEvent, sa: IkeSa) -> IkeEvent | None:
    exchange = sa.exchange(event)
    return exchange.request if exchange else None


def _waiting(event: IkeEvent, context: Context) -> IkeEvent | None:
    """A request of the receiver, of the same type, that still waits for its answer under another Message ID."""
    sa = context.sa
    if sa is None:
        return None
    initiator, limit = asker_is_initiator(event.message), context.profile.deadline(OUTSTANDING)
    open_ones = (e for (side, _), e in reversed(sa.exchanges.items()) if side is initiator and _is_open(e))
    last = next((e.request for e in open_ones if event.at - e.last_sent <= limit), None)
    same = last is not None and last.message.exchange_type == event.message.exchange_type
    return last if same else None


def _is_open(exchange: Exchange) -> bool:
    return exchange.request is not None and exchange.response is None


def _answers_nothing(event: AnyEvent, context: Context) -> bool:
    """No request has this ID, and that the capture just missed it is not likely: an ID beyond the next, or a request
    of the same type that waits under another.
    """
    sa = context.sa
    if sa is None or not _counts(event, context) or _request_of(event, sa) is not None or not begins_in_sight(sa):
        return False
    highest = highest_before(event, sa)
    jumps = highest is not None and event.message.message_id > highest + 1
    return jumps or _waiting(event, context) is not None


def _what_it_should_answer(event: AnyEvent, context: Context) -> tuple[str, str]:
    waiting = _waiting(event, context)
    observed = f"message ID {event.message.message_id}, which no request has"
    if waiting is None:
        return "the message ID of a request", observed
    return f"message ID {waiting.message.message_id}, as of the request in frame {waiting.frame}", observed


@obligation(
    "RFC7296-02",
    on=Kind.RESPONSE,
    when=_answers_nothing,
    met_by=Kind.REQUEST,
    within="grace",
    expected="the message ID of a request",
    words=_what_it_should_answer,
)
def response_to_no_request(response: AnyEvent, request: AnyEvent, context: Context) -> bool:
    """Whoever asked knows its answer by the Message ID; another one leaves it waiting."""
    same = same_sa(response.message, request.message)
    number = response.message.message_id == request.message.message_id
    return same and number and response.message.from_initiator != request.message.from_initiator


def _judged_response(event: AnyEvent, context: Context) -> bool:
    return _counts(event, context) and not _answers_nothing(event, context)


@check("RFC7296-02", on=Kind.RESPONSE, when=_judged_response)
def response_of_another_exchange(event: IkeEvent, context: Context) -> Outcome:
    """The answer to one request must not be taken for that to another."""
    sa, message = context.sa, event.message
    assert sa is not None
    request = _request_of(event, sa)
    if request is None:
        return inconclusive(f"the request with message ID {message.message_id} was not captured")
    if request.message.exchange_type == message.exchange_type:
        return PASSED
    return failed(
        expected=f"{request.message.name} response with message ID {message.message_id}",
        observed=f"{message.name} response",
        related=(request.frame,),
    )
