"""Clause 5.1.2.2: IFOM (IP flow mobility) capability, discovered in IKE_SA_INIT."""

from __future__ import annotations

from dissectors.ikev2.registry import NotifyType, PayloadType
from rules.learning import is_refusal
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.places import lacking

LOOK_BACK = 64
MAY_HOLD_MOBILITY = (60, 135)
"""Next headers of ESP behind which a Binding Update stands: destination options with the Home Address, and MH."""
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
    offence=Kind.ESP,
    closes=Kind.IKE_SA_INIT_RESPONSE,
    closing=_is_answered_anew,
)
def ifom_with_ha_that_has_none(denial: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A HA without IFOM may take a Binding Update with BID or FID for one that replaces the whole binding."""
    if context.role is not Role.UE:
        return PASSED
    if Role.UE in context.session.ifom_shown_by:
        if context.profile.andsf_used is not False:
            return inconclusive(BY_ANDSF)
        return failed(
            expected="no BID, FID or O flag: the IKE_SA_INIT response has no N(IFOM_CAPABILITY)",
            observed="IP flow mobility is used",
            related=(denial.frame,),
        )
    opened = event.message.opened
    if opened is not None and opened.next_header in MAY_HOLD_MOBILITY:
        return inconclusive("whether the Mobility Header in ESP has BID, FID or the O flag was not read")
    return PASSED
