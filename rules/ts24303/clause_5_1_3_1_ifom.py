"""Clause 5.1.3.1: the HA says in IKE_SA_INIT whether it supports IP flow mobility (IFOM), if it is asked."""

from __future__ import annotations

from dataclasses import replace

from dissectors.ikev2.registry import NotifyType, PayloadType
from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.options import BindingIdentifier
from rules.bindings import MobilityEvent
from rules.learning import is_refusal
from rules.model import PASSED, Outcome, Role, Verdict, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.places import from_ha, lacking, never, unreadable

IFOM = NotifyType.IFOM_CAPABILITY
NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)


def _asked(sa: IkeSa | None) -> bool:
    """Any IKE_SA_INIT request of the attempt had the notify: a retry repeats what the first one said."""
    return sa is not None and any(e.message.notify(IFOM) for e in sa.init_requests)


@check("HA-5.1.3.1-08", on=Kind.IKE_SA_INIT_RESPONSE, when=from_ha)
def ifom_capability_told_unasked(event: IkeEvent, context: Context) -> Outcome:
    """A UE that does not know IFOM has not asked; the notify is an answer, not an announcement."""
    sa = context.sa
    assert sa is not None
    if event.message.notify(IFOM) is None or _asked(sa):
        return PASSED
    if not sa.init_requests:
        return inconclusive("the IKE_SA_INIT request was not captured")
    doubt = next((d for e in sa.init_requests if (d := unreadable(e.message, PayloadType.NOTIFY))), "")
    if doubt:
        return inconclusive(f"the request may have had it: {doubt}")
    return failed(
        expected="no N(IFOM_CAPABILITY): the request had none",
        observed="N(IFOM_CAPABILITY) in the response",
        related=(sa.init_requests[-1].frame,),
    )


def _answers_question(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and _asked(context.sa) and not is_refusal(event.message)


@check("HA-5.1.3.1-09", on=Kind.IKE_SA_INIT_RESPONSE, when=_answers_question)
def ifom_capability_kept_back(event: IkeEvent, context: Context) -> Outcome:
    """A UE that gets no notify back may not move single flows, though the HA could follow."""
    if event.message.notify(IFOM) is not None:
        return noted("the HA answers with N(IFOM_CAPABILITY)")
    capable = context.profile.ha_ifom
    if capable is False:
        return NOT_APPLICABLE
    if capable is None and Role.HA not in context.session.ifom_shown_by:
        return inconclusive("nothing shows whether the HA is IFOM capable (ha_ifom is not declared)")
    return _kept_back(event)


def _kept_back(event: IkeEvent) -> Outcome:
    return lacking(
        event,
        PayloadType.NOTIFY,
        expected="N(IFOM_CAPABILITY) in the response of an IFOM capable HA that was asked",
        observed="no N(IFOM_CAPABILITY)",
    )


def _unanswered(context: Context) -> IkeEvent | None:
    """The IKE_SA_INIT response that leaves the notify of its request without an answer."""
    sa = context.session.ike_sas[0] if context.session.ike_sas else None
    response = sa.init_response if sa is not None and _asked(sa) else None
    if response is None or is_refusal(response.message) or response.message.notify(IFOM) is not None:
        return None
    return response


def _shows_capability(event: AnyEvent, context: Context) -> bool:
    """The HA accepts a binding or a flow of IP flow mobility, for the first time."""
    if context.role is not Role.HA or Role.HA in context.session.ifom_shown_by or context.profile.ha_ifom is not None:
        return False
    answer = event.message
    taken = [*answer.options_of(BindingIdentifier), *answer.options_of(FlowIdentification)]
    return not answer.message.is_refusal and any(o.status < 128 for o in taken) and _unanswered(context) is not None


@check("HA-5.1.3.1-09", on=Kind.BINDING_ACK, when=_shows_capability, maybe=never)
def ifom_used_though_kept_back(event: MobilityEvent, context: Context) -> Outcome:
    """Only the acknowledgement shows that the HA could have said yes."""
    response = _unanswered(context)
    assert response is not None
    outcome = _kept_back(response)
    if outcome.verdict is not Verdict.FAIL:
        return outcome
    return replace(outcome, frame=response.frame, at=response.at, related=(event.frame,))
