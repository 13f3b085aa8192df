"""Clauses 5.1.3.2 and 5.1.3.1: the Binding Identifiers and flows of an update come back in its acknowledgement.

A Home Agent that does not know IP flow mobility (IFOM) skips the options (RFC 5648 section 6.2, RFC 6089 section 5.3);
that is no fault, unless it has said or shown that it does.
"""

from __future__ import annotations

from dissectors.ikev2.registry import NotifyType
from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.options import REFUSED, BindingIdentifier
from dissectors.mobility.registry import BindingStatus, OptionType, name_of
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, Role, Verdict, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.acknowledging import (
    accepts,
    answered,
    asks_for_binding,
    beside_update,
    binding_ids,
    may_answer,
)
from rules.ts24303.places import never
from rules.ts24303.registering import ack_in, lacking_option

IFOM = NotifyType.IFOM_CAPABILITY
PROHIBITED = BindingStatus.MCOA_PROHIBITED.value
NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)
UNSEEN_ANSWER = "the IKE_SA_INIT response of this session was not captured"


def has_binding_id(update: MobilityEvent) -> bool:
    """The condition of updates that register with a BID."""
    return update.message.option(BindingIdentifier) is not None and asks_for_binding(update)


def has_flow(update: MobilityEvent) -> bool:
    """The condition of updates that describe a flow."""
    return update.message.option(FlowIdentification) is not None and asks_for_binding(update)


def flow_ids(event: MobilityEvent) -> tuple[int, ...]:
    """The FIDs of a message's Flow Identification options, each once."""
    return tuple(dict.fromkeys(option.flow_id for option in event.message.options_of(FlowIdentification)))


def _announced(context: Context) -> IkeEvent | None:
    """The IKE_SA_INIT response in which the Home Agent says that it is IFOM capable."""
    responses = (sa.init_response for sa in context.session.ike_sas)
    return next((r for r in responses if r is not None and r.message.notify(IFOM)), None)


def _is_capable(ack: MobilityEvent, context: Context) -> bool | None:
    """Whether the Home Agent supports IFOM: as declared, or as it said or showed; else ``None``."""
    if context.profile.ha_ifom is not None:
        return context.profile.ha_ifom
    shown = ack.message.option(BindingIdentifier) or ack.message.option(FlowIdentification)
    return True if shown or Role.HA in context.session.ifom_shown_by or _announced(context) else None


def _incapable(ack: MobilityEvent, context: Context) -> Outcome | None:
    """What is to be said where the Home Agent may not support it; ``None`` where it does."""
    capable = _is_capable(ack, context)
    if capable is None:
        return inconclusive("nothing shows whether the HA supports IP flow mobility (ha_ifom is not declared)")
    return None if capable else NOT_APPLICABLE


def _listed(numbers: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "") or "none"


@check("HA-5.1.3.2-12", on=Kind.BINDING_ACK, when=accepts(has_binding_id), maybe=may_answer(has_binding_id))
@beside_update
def binding_identifier_not_returned(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """By the option the UE knows that the binding was made beside others, and not in their place."""
    asked, got = binding_ids(update.message), binding_ids(ack.message)
    strange = [number for number in got if number not in asked]
    missing = [number for number in asked if number not in got]
    if not missing and not strange:
        return PASSED
    doubt = _incapable(ack, context)
    if doubt is not None:
        return doubt
    expected, related = f"a Binding Identifier option each for BID {_listed(asked)}", (update.frame,)
    if strange:
        return failed(expected=expected, observed=f"BID {_listed(got)}", related=related)
    return lacking_option(
        ack.message,
        OptionType.BINDING_IDENTIFIER,
        expected=expected,
        observed=f"BID {_listed(got)}" if got else "no Binding Identifier option",
        related=related,
    )


@check("HA-5.1.3.2-13", on=Kind.BINDING_ACK, when=accepts(has_flow), maybe=may_answer(has_flow))
@beside_update
def flow_not_returned(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """A flow that is not answered is not made: its packets take another way than the UE believes."""
    asked, got = flow_ids(update), flow_ids(ack)
    missing = [number for number in asked if number not in got]
    if not missing:
        return PASSED
    doubt = _incapable(ack, context)
    if doubt is not None:
        return doubt
    return lacking_option(
        ack.message,
        OptionType.FLOW_IDENTIFICATION,
        expected=f"a Flow Identification option each for FID {_listed(asked)}",
        observed=f"no option for FID {_listed(missing)}",
        related=(update.frame,),
    )


# Clause 5.1.3.1: the notify


def _is_declared_incapable(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and context.profile.ha_ifom is False


@check("HA-5.1.3.1-10", on=Kind.IKE_SA_INIT_RESPONSE, when=_is_declared_incapable, maybe=never)
def ifom_announced_without_being_capable(event: IkeEvent, context: Context) -> Outcome:
    """A UE that trusts the notify sends bindings and flows that the Home Agent cannot make."""
    if event.message.notify(IFOM) is None:
        return PASSED
    return failed(
        expected="no N(IFOM_CAPABILITY): ha_ifom is declared false",
        observed="N(IFOM_CAPABILITY) in the IKE_SA_INIT response",
    )


def _goes_on_from_an_answer_unseen(event: AnyEvent, context: Context) -> bool:
    if not _is_declared_incapable(event, context):
        return False
    return not any(sa.init_response is not None for sa in context.session.ike_sas)


@check(
    "HA-5.1.3.1-10",
    on=(Kind.IKE_AUTH_RESPONSE, Kind.BINDING_ACK),
    when=_goes_on_from_an_answer_unseen,
    maybe=_goes_on_from_an_answer_unseen,
)
def ifom_may_have_been_announced(event: AnyEvent, context: Context) -> Outcome:
    """An answer to IKE_SA_INIT there was, or the Home Agent would not go on; it may have had the notify."""
    return inconclusive(UNSEEN_ANSWER)


def _refuses_flow_mobility(event: AnyEvent, context: Context) -> bool:
    """Every BID is refused as something the Home Agent does not do, and no flow is accepted."""
    update = answered(event, context)
    if context.profile.ha_ifom is not None or update is None or not has_binding_id(update):
        return False
    statuses = [bid.status for bid in event.message.options_of(BindingIdentifier)]
    flows = [flow.status < REFUSED for flow in event.message.options_of(FlowIdentification)]
    refused = ack_in(event).status == PROHIBITED or (bool(statuses) and set(statuses) == {PROHIBITED})
    return refused and not any(flows)


@check("HA-5.1.3.1-10", on=Kind.BINDING_ACK, when=_refuses_flow_mobility, maybe=never)
def ifom_announced_and_refused(event: MobilityEvent, context: Context) -> Outcome:
    """What the Home Agent refuses on principle it does not support, whatever it said before."""
    told = _announced(context)
    if told is not None:
        return failed(
            expected="no N(IFOM_CAPABILITY) from a HA that refuses every binding with a BID",
            observed=f"N(IFOM_CAPABILITY) in frame {told.frame}, then status {name_of(PROHIBITED, BindingStatus)}",
            related=(told.frame,),
        )
    if any(sa.init_response is not None for sa in context.session.ike_sas):
        return PASSED
    return inconclusive(UNSEEN_ANSWER)
