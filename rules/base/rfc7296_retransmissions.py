"""RFC 7296 sections 2.1 and 2.4: each request is answered, and what is sent again is sent unchanged."""

from __future__ import annotations

from dissectors.events import SealReason
from dissectors.ikev2.messages import IkeMessage, KeyExchange
from dissectors.ikev2.registry import ExchangeType, NotifyType
from rules.contents import deletes_ike_sa, refuses_outside_sa, type_name, type_of
from rules.exchanges import answers, conflict, same_sa, skips
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import NO_SPI, Context, IkeEvent, SaState

ONE_WAY = (ExchangeType.GSA_REKEY,)
ANSWERED = frozenset(int(kind) for kind in ExchangeType if kind not in ONE_WAY)


# Sent again


def _sent_again(event: AnyEvent, context: Context) -> bool:
    """The same Message ID, direction and exchange type as before."""
    if event.repeats:
        return True
    first = conflict(event, context.sa) if context.sa else None
    return first is not None and first.message.exchange_type == event.message.exchange_type


@check("RFC7296-03", on=Kind.IKE, when=_sent_again, retransmissions=True)
def retransmission_that_differs(event: IkeEvent, context: Context) -> Outcome:
    """The receiver keeps one answer for each Message ID and may have acted on the first copy: two contents under one
    ID leave the ends with different states, and a second IV or nonce weakens the cipher.
    """
    first = conflict(event, context.sa) if context.sa and not event.repeats else None
    if first is None:
        return PASSED
    if not first.complete:
        return inconclusive(f"the capture cut the first copy in frame {first.frame}")
    forged = next((e for e in (first, event) if _is_unverified(e.message)), None)
    if forged is not None:
        return inconclusive(f"the checksum of frame {forged.frame} does not match: it may be forged or damaged")
    refusal = _unseen_refusal(first.message, event.message)
    if refusal:
        return inconclusive(refusal)
    return failed(
        expected=f"the octets of frame {first.frame}", observed=_difference(first.message, event.message),
        related=(first.frame,),
    )  # fmt: skip


def _unseen_refusal(first: IkeMessage, again: IkeMessage) -> str:
    """Signs of a refusal that was not captured: a cookie given back, or a key exchange of another group."""
    if again.exchange_type != ExchangeType.IKE_SA_INIT or again.is_response:
        return ""
    cookie, known = again.notify(NotifyType.COOKIE), first.notify(NotifyType.COOKIE)
    if cookie is not None and (known is None or known.data != cookie.data):
        return "it gives back a COOKIE: the refusal that asked for it was not captured"
    before, now = first.first(KeyExchange), again.first(KeyExchange)
    if before is not None and now is not None and before.group != now.group:
        return "its KE is of another group: an INVALID_KE_PAYLOAD may not have been captured"
    return ""


def _is_unverified(message: IkeMessage) -> bool:
    return message.sealed is not None and message.sealed.reason is SealReason.ICV_MISMATCH


def _difference(first: IkeMessage, again: IkeMessage) -> str:
    if first.encrypted and again.encrypted:
        sizes = f"{len(first.encrypted.body)} and {len(again.encrypted.body)} octets"
        same = again.inner == first.inner and again.sealed is None and first.sealed is None
        return f"the encrypted part differs ({sizes}{'; the same payloads, encrypted anew' if same else ''})"
    before, now = ([*m.payloads, *m.inner] for m in (first, again))
    if len(before) != len(now):
        return f"{len(now)} payloads instead of {len(before)}"
    other = next((p for p, q in zip(now, before, strict=True) if p != q), None)
    return f"another {type_name(type_of(other))} payload" if other else "another header"


# Answered


def _is_owed_an_answer(event: AnyEvent, context: Context) -> bool:
    sa, message = context.sa, event.message
    if sa is None or message.exchange_type not in ANSWERED or refuses_outside_sa(message) or message.malformed:
        return False
    if sa.state is SaState.FAILED or sa.deleted_at is not None or _may_be_dropped(event, context):
        return False
    exchange = sa.exchange(event)
    return exchange is None or exchange.response is None or exchange.request is not None


def _may_be_dropped(event: IkeEvent, context: Context) -> bool:
    """Requests that a receiver need not answer: out of turn, under a used ID, with a checksum or SPI that is wrong."""
    sa, message = context.sa, event.message
    assert sa is not None
    if message.exchange_type == ExchangeType.IKE_SA_INIT and message.responder_spi != NO_SPI:
        return True
    if _is_unverified(message) and sa.opened[message.from_initiator]:
        return True
    return skips(event, sa) is not None or conflict(event, sa) is not None


def _ends_first(request: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The IKE SA is deleted before the answer: then none is owed any more."""
    return event.frame != request.frame and same_sa(request.message, event.message) and deletes_ike_sa(event.message)


def _may_end_first(request: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """A closed message of the other end may do that."""
    asked, message = request.message, event.message
    return message.sealed is not None and message.from_initiator != asked.from_initiator and same_sa(asked, message)


def _owed(request: AnyEvent, context: Context) -> tuple[str, str]:
    return f"{request.message.name} response with message ID {request.message.message_id}", ""


@obligation(
    "RFC7296-04",
    on=Kind.REQUEST,
    when=_is_owed_an_answer,
    met_by=Kind.RESPONSE,
    within="ike_response",
    expected="a response with the same message ID",
    words=_owed,
    void_by=Kind.INFORMATIONAL_REQUEST,
    voids=_ends_first,
    clouds=_may_end_first,
)
def request_without_response(request: AnyEvent, response: AnyEvent, context: Context) -> bool:
    """IKEv2 runs over UDP, and the response is the only sign that a request came through; without it the asker
    repeats, gives up and takes the IKE SA for dead.
    """
    return answers(request, response)
