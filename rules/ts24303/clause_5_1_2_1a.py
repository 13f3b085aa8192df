"""Clause 5.1.2.1a: an IFOM capable UE finds out whether the HA supports IFOM. Here what IKEv2 and ANDSF tell of it."""

from __future__ import annotations

from dissectors.ikev2.registry import NotifyType
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.clause_5_1_2_2_ifom import BY_ANDSF
from rules.ts24303.registering import has_bid, has_fid, late_start, sends_to_home_agent

EXPECTED = "a discovery of the HA's IFOM support, by IKEv2 or PCO, before IP flow mobility is used"


def _asks_by_ikev2(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and event.message.notify(NotifyType.IFOM_CAPABILITY) is not None


@check("UE-5.1.2.1a-01", on=Kind.IKE_SA_INIT_REQUEST, when=_asks_by_ikev2)
def ifom_support_asked_for(event: IkeEvent, context: Context) -> Outcome:
    """The UE that asks shows that it is capable, and does what it must."""
    return PASSED


def _has_asked(context: Context) -> bool:
    """Some IKE_SA_INIT request of the session carried the notification."""
    return any(
        request.message.notify(NotifyType.IFOM_CAPABILITY) is not None
        for sa in context.session.ike_sas[-8:]
        for request in sa.init_requests
    )


def _uses_ifom_first(event: AnyEvent, context: Context) -> bool:
    """The first Binding Update with a BID or FID: the O flag alone proves nothing."""
    if Role.UE in context.session.ifom_shown_by or not sends_to_home_agent(event, context):
        return False
    return has_bid(event.message) or has_fid(event.message)


def _may_use_ifom(event: AnyEvent, context: Context) -> bool:
    """Asked of a sealed ESP packet of a UE whose IFOM capability has not shown yet."""
    known = Role.UE in context.session.ifom_shown_by or _has_asked(context)
    return context.role is Role.UE and not known


@check("UE-5.1.2.1a-01", on=Kind.BINDING_UPDATE, when=_uses_ifom_first, maybe=_may_use_ifom)
def ifom_without_discovery(event: MobilityEvent, context: Context) -> Outcome:
    """A HA without IFOM may take a Binding Update with BID or FID for one that replaces the whole binding."""
    if _has_asked(context):
        return PASSED
    if context.profile.andsf_used is not False:
        return inconclusive(BY_ANDSF)
    if late_start(context):
        return inconclusive(late_start(context))
    option = "BID" if has_bid(event.message) else "FID"
    requests = tuple(r.frame for sa in context.session.ike_sas[-8:] for r in sa.init_requests)
    return failed(
        expected=EXPECTED,
        observed=f"a Binding Update with {option}, and no N(IFOM_CAPABILITY) in IKE_SA_INIT",
        related=requests,
    )
