"""Clause 5.1.3.1: the HA drops the IKE SA when the UE deletes it."""

from __future__ import annotations

from dissectors.ikev2.registry import PayloadType
from rules.contents import deletes_ike_sa, refuses_outside_sa
from rules.exchanges import answers, same_sa
from rules.model import PASSED, Outcome, Role, failed
from rules.obligations import seconds
from rules.registry import AnyEvent, Kind, obligation, prohibition
from rules.session import Context, IkeEvent
from rules.ts24303.places import from_ue, never

REORDERED_WITHIN = 100_000_000
"""ns; what a capture may turn round of one sender's messages."""


def _ue_deletes(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and deletes_ike_sa(event.message)


def _owed(event: AnyEvent, context: Context) -> bool:
    exchange = context.sa.exchange(event) if context.sa else None
    return _ue_deletes(event, context) and (exchange is None or exchange.response is None)


@obligation(
    "HA-5.1.3.1-13",
    on=Kind.INFORMATIONAL_REQUEST,
    when=_owed,
    maybe=from_ue,
    met_by=Kind.INFORMATIONAL_RESPONSE,
    within="ike_response",
    expected="an INFORMATIONAL response to the UE's DELETE",
    holding=PayloadType.DELETE,
)
def delete_of_the_ue_left_unanswered(request: AnyEvent, response: AnyEvent, context: Context) -> bool:
    """The answer says that the state is gone; a HA that keeps it keeps the prefix and the UE's traffic as well."""
    return answers(request, response)


def _answer_of(delete: IkeEvent, context: Context) -> IkeEvent | None:
    sa, message = context.sa, delete.message
    exchange = sa.exchanges.get((message.from_initiator, message.message_id)) if sa else None
    return exchange.response if exchange else None


@prohibition(
    "HA-5.1.3.1-13",
    opens=Kind.INFORMATIONAL_REQUEST,
    when=_ue_deletes,
    offence=Kind.IKE,
    maybe=never,
    sealed=True,
    holding=PayloadType.DELETE,
)
def deleted_ike_sa_that_the_ha_goes_on_using(delete: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """It still has the state of an IKE SA that the UE has ended."""
    message = event.message
    if context.role is not Role.HA or not same_sa(delete.message, message) or refuses_outside_sa(message):
        return PASSED
    answer = _answer_of(delete, context)
    if answer is None or answers(delete, event) or event.at - answer.at <= REORDERED_WITHIN:
        return PASSED
    what = f"{message.name} {'response' if message.is_response else 'request'}"
    return failed(
        expected="nothing from the HA on the IKE SA that the UE deleted",
        observed=f"{what} {seconds(event.at - answer.at)} after the answer to DELETE",
        related=(delete.frame, answer.frame),
    )
