"""Clause 5.1.2.2: IFOM (IP flow mobility) capability, discovered in IKE_SA_INIT."""

from __future__ import annotations

from dissectors.ikev2.registry import NotifyType, PayloadType
from dissectors.mobility.flows import FlowSummary
from dissectors.mobility.registry import UpdateFlag
from rules.bindings import MobilityEvent
from rules.learning import is_refusal
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.places import lacking, unreadable
from rules.ts24303.registering import has_bid, has_fid, registers, sends_to_home_agent, update_in

LOOK_BACK = 64
BY_ANDSF = (
    "ANDSF policies may have told the UE of the HA's IFOM support, and the profile does not rule it out (andsf_used)"
)


def _shows_ifom(context: Context) -> bool:
    return context.profile.ue_ifom is True or Role.UE in context.session.ifom_shown_by


def _is_known_already(event: IkeEvent, context: Context) -> bool:
    """An earlier IKE_SA_INIT of this session has asked the same HA."""
    return any(
        _has_asked(sa)
        for sa in context.session.ike_sas[-LOOK_BACK:]
        if sa is not context.sa and sa.responder.address == event.destination.address
    )


def _has_asked(sa: IkeSa) -> bool:
    return sa.init_notify(NotifyType.IFOM_CAPABILITY, of="request") is not None


def _discovers_or_ought_to(event: AnyEvent, context: Context) -> bool:
    if context.role is not Role.UE:
        return False
    if event.message.notify(NotifyType.IFOM_CAPABILITY):
        return True
    return _shows_ifom(context) and not _is_known_already(event, context)


@check("UE-5.1.2.2-19", on=Kind.IKE_SA_INIT_REQUEST, when=_discovers_or_ought_to)
def ifom_capable_ue_that_does_not_ask(event: IkeEvent, context: Context) -> Outcome:
    """The HA answers with the notify only if asked; a UE that does not ask never learns that it may move flows."""
    if event.message.notify(NotifyType.IFOM_CAPABILITY):
        return PASSED
    if context.profile.andsf_used is not False:
        return inconclusive(BY_ANDSF)
    return lacking(
        event,
        PayloadType.NOTIFY,
        expected="N(IFOM_CAPABILITY) in the IKE_SA_INIT request of an IFOM capable UE",
        observed="no N(IFOM_CAPABILITY)",
    )


def _denies_ifom(event: AnyEvent, context: Context) -> bool:
    """The HA accepts, was asked, and does not say that it supports IFOM."""
    sa, message = context.sa, event.message
    if sa is None or context.role is not Role.HA or is_refusal(message):
        return False
    return _has_asked(sa) and message.notify(NotifyType.IFOM_CAPABILITY) is None


def _is_answered_anew(denial: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """Another IKE SA: what this answer says of IFOM counts from here on."""
    return context.role is Role.HA and not is_refusal(event.message)


@prohibition(
    "UE-5.1.2.2-20",
    opens=Kind.IKE_SA_INIT_RESPONSE,
    when=_denies_ifom,
    offence=Kind.BINDING_UPDATE,
    closes=Kind.IKE_SA_INIT_RESPONSE,
    closing=_is_answered_anew,
)
def ifom_with_ha_that_has_none(denial: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A HA without IFOM may take a Binding Update with BID or FID for one that replaces the whole binding."""
    used = flow_mobility_shown(event)
    if not sends_to_home_agent(event, context) or not used:
        return PASSED
    if context.profile.andsf_used is not False:
        return inconclusive(BY_ANDSF)
    return failed(
        expected="no BID, FID or O flag: the IKE_SA_INIT response has no N(IFOM_CAPABILITY)",
        observed=f"a Binding Update with {used}",
        related=(denial.frame,),
    )


def flow_mobility_shown(event: MobilityEvent) -> str:
    """What of IP flow mobility a Binding Update uses: ``BID, O flag``; empty if nothing."""
    packet = event.message
    used = [name for name, there in (("BID", has_bid(packet)), ("FID", has_fid(packet))) if there]
    if packet.option(FlowSummary) is not None:
        used.append("Flow Summary")
    if update_in(event).has(UpdateFlag.OVERWRITE):
        used.append("the O flag")
    return ", ".join(used)


# What the UE did with the answer


def _sa_of(context: Context) -> IkeSa | None:
    """The IKE SA whose IKE_SA_INIT was exchanged with the HA last; a rekey carries no discovery."""
    return next((sa for sa in reversed(context.session.ike_sas[-LOOK_BACK:]) if sa.init_requests), None)


def _shows_itself_first(event: AnyEvent, context: Context) -> bool:
    """The first update with BID or FID; where the profile declares the UE, IKE_SA_INIT was judged when it came."""
    uses = sends_to_home_agent(event, context) and (has_bid(event.message) or has_fid(event.message))
    return uses and _may_show_itself(event, context)


def _may_show_itself(event: AnyEvent, context: Context) -> bool:
    """Asked of a sealed ESP packet: that the UE is IFOM capable has not shown yet, and it has not asked."""
    if context.role is not Role.UE or Role.UE in context.session.ifom_shown_by or context.profile.ue_ifom is True:
        return False
    asked = any(_has_asked(sa) for sa in context.session.ike_sas[-LOOK_BACK:])
    return _sa_of(context) is not None and not asked


@check("UE-5.1.2.2-19", on=Kind.BINDING_UPDATE, when=_shows_itself_first, maybe=_may_show_itself)
def ifom_capable_ue_that_had_not_asked(event: MobilityEvent, context: Context) -> Outcome:
    """By using BID or FID the UE shows that it is IFOM capable, and so ought to have asked."""
    sa = _sa_of(context)
    request = sa.init_request if sa else None
    assert request is not None
    if context.profile.andsf_used is not False:
        return inconclusive(BY_ANDSF)
    doubt = unreadable(request.message, PayloadType.NOTIFY)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected="N(IFOM_CAPABILITY) in the IKE_SA_INIT request of an IFOM capable UE",
        observed=f"no N(IFOM_CAPABILITY), but {flow_mobility_shown(event)} in a Binding Update",
        related=(event.frame,),
        frame=request.frame,
        at=request.at,
    )


def _both_are_capable(event: AnyEvent, context: Context) -> bool:
    """The IKE_SA_INIT exchange had the notify both ways."""
    sa = _sa_of(context)
    answered = sa is not None and sa.init_notify(NotifyType.IFOM_CAPABILITY, of="response") is not None
    return sa is not None and answered and _has_asked(sa) and context.role is Role.UE


def _may_use_it(event: AnyEvent, context: Context) -> bool:
    return registers(event, context) and _both_are_capable(event, context)


@check("UE-5.1.2.2-27", on=Kind.BINDING_UPDATE, when=_may_use_it, maybe=_both_are_capable)
def flow_mobility_used_or_not(event: MobilityEvent, context: Context) -> Outcome:
    """A UE that knows the HA to support it may move single flows, or go on with one binding for all."""
    used = flow_mobility_shown(event)
    return noted(f"a Binding Update with {used}" if used else "no flow mobility in this Binding Update")
