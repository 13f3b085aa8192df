"""Clause 5.1.3.2: the Binding Acknowledgement itself: that it comes, its R flag, lifetime and refresh advice."""

from __future__ import annotations

from dissectors.mobility.options import BindingRefreshAdvice
from dissectors.mobility.registry import AckFlag, UpdateFlag
from rules.base.rfc4877 import is_on_another_sa
from rules.bindings import MobilityEvent, fault_of_protection
from rules.model import PASSED, Outcome, Role, failed, noted
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context
from rules.ts24303.acknowledging import (
    accepts_registration,
    answered,
    answers,
    answers_any_of,
    any_update,
    asks_for_binding,
    beside_update,
    is_of,
    may_answer,
)
from rules.ts24303.places import from_ue
from rules.ts24303.registering import ack_in, is_for_home_agent, update_in


def _owed_an_answer(event: AnyEvent, context: Context) -> bool:
    """Sent to the Home Agent with A set, and fit to be read: what is not protected, or comes on the SA of another Home
    Address, is dropped in silence.
    """
    packet = event.message
    if context.role is not Role.UE or not is_for_home_agent(packet) or packet.message.malformed:
        return False
    if fault_of_protection(packet) or is_on_another_sa(event, context):
        return False
    return update_in(event).has(UpdateFlag.ACKNOWLEDGE)


def _takes_over(update: AnyEvent, later: AnyEvent, context: Context) -> bool:
    """The next update of the Home Address is answered in its place."""
    return is_of(update, context) and _owed_an_answer(later, context)


def _answer_words(update: AnyEvent, context: Context) -> tuple[str, str]:
    return f"a Binding Acknowledgement with sequence number {update_in(update).sequence}", ""


@obligation(
    "HA-5.1.3.2-02",
    on=Kind.BINDING_UPDATE,
    when=_owed_an_answer,
    maybe=from_ue,
    met_by=Kind.BINDING_ACK,
    within="binding_ack",
    expected="a Binding Acknowledgement",
    void_by=Kind.BINDING_UPDATE,
    voids=_takes_over,
    words=_answer_words,
)
def update_without_answer(update: AnyEvent, ack: AnyEvent, context: Context) -> bool:
    """A UE that gets no answer sends again, ever more slowly, and has no Home Address all the while."""
    return answers_any_of(update, ack, context)


def _binds(event: AnyEvent, context: Context) -> bool:
    return accepts_registration(event, answered(event, context))


@check("HA-5.1.3.2-03", on=Kind.BINDING_ACK, when=_binds, maybe=may_answer(asks_for_binding))
def acknowledgement_without_r(event: MobilityEvent, context: Context) -> Outcome:
    """R says that the whole home network prefix is forwarded to the UE, and not its one Home Address alone."""
    if ack_in(event).has(AckFlag.MOBILE_ROUTER):
        return PASSED
    update = answered(event, context)
    unasked = update is not None and not update_in(update).has(UpdateFlag.MOBILE_ROUTER)
    why = " (the Binding Update has R = 0 too: RFC 3963 section 4.2 would have it so, TS 24.303 not)"
    return failed(
        expected="R = 1 in the acknowledgement of a registration",
        observed=f"R = 0, status {ack_in(event).status}{why if unasked else ''}",
        related=(update.frame,) if unasked and update else (),
    )


def _advises(event: AnyEvent, context: Context) -> bool:
    return not ack_in(event).is_refusal and event.message.option(BindingRefreshAdvice) is not None


@check("HA-5.1.3.2-05", on=Kind.BINDING_ACK, when=_advises, maybe=may_answer(any_update))
def refresh_advice_beyond_lifetime(event: MobilityEvent, context: Context) -> Outcome:
    """Advice to refresh when the binding is over already, or at once and for ever, is of no use to the UE."""
    advice = event.message.option(BindingRefreshAdvice)
    assert advice is not None
    interval, lifetime = advice.interval_seconds, ack_in(event).lifetime_seconds
    if 0 < interval < lifetime:
        return noted(f"the Home Agent advises a refresh after {interval} s of {lifetime} s")
    return failed(
        expected=f"a refresh interval above 0 s and below the granted lifetime of {lifetime} s",
        observed=f"Binding Refresh Advice of {interval} s",
    )


def _is_accepted(event: AnyEvent, context: Context) -> bool:
    return not ack_in(event).is_refusal and answers(any_update)(event, context)


@check("HA-5.1.3.2-16", on=Kind.BINDING_ACK, when=_is_accepted, maybe=may_answer(any_update))
@beside_update
def lifetime_above_what_was_asked(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """The UE counts on no more than it asked for; a lifetime of 0 removes what it believes to have registered."""
    asked, granted = update_in(update).lifetime_seconds, ack_in(ack).lifetime_seconds
    if granted <= asked and bool(granted) == bool(asked):
        return PASSED
    expected = f"a lifetime above 0 s and up to the {asked} s that were asked for" if asked else "a lifetime of 0 s"
    return failed(expected=expected, observed=f"lifetime {granted} s", related=(update.frame,))
