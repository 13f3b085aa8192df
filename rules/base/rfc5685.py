"""RFC 5685 sections 3 and 4: a redirected client tells the new gateway who sent it."""

from __future__ import annotations

from dissectors.ikev2.notify import Redirect, redirect
from dissectors.ikev2.registry import NotifyType, PayloadType
from rules.contents import cut_notify
from rules.model import PASSED, Outcome, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.clause_5_1_2_2_redirect import targets
from rules.ts24303.places import lacking, quoted

LOOK_BACK = 64
"""IKE SAs of one session that are looked through."""


def _redirecting(event: IkeEvent, context: Context) -> IkeSa | None:
    """The IKE SA whose redirect this attempt follows: the last to its destination, and not followed before."""
    for sa in reversed(context.session.ike_sas[-LOOK_BACK:]):
        if sa is context.sa:
            continue
        if sa.redirect is not None and event.destination.address in targets(sa.redirect.message):
            return sa
        if sa.responder.address == event.destination.address and sa.established:
            return None
    return None


def _follows(event: AnyEvent, context: Context) -> bool:
    return context.sa is not None and _redirecting(event, context) is not None


@check("RFC5685-01", on=Kind.IKE_SA_INIT_REQUEST, when=_follows)
def redirected_attempt_without_origin(event: IkeEvent, context: Context) -> Outcome:
    """The new gateway may redirect only clients that can follow, and sees loops by the address of the old one."""
    sa, message = _redirecting(event, context), event.message
    assert sa is not None
    assert sa.redirect is not None
    origin = sa.redirect.source.address
    expected, related = f"N(REDIRECTED_FROM) with {origin}", (sa.redirect.frame,)
    told = message.notify(NotifyType.REDIRECTED_FROM)
    if told is None:
        bad = cut_notify(message, NotifyType.REDIRECTED_FROM)
        if bad is not None:
            return failed(expected=expected, observed=f"it cannot be read: {bad.fault}", related=related)
        return lacking(event, PayloadType.NOTIFY, expected=expected, observed="no N(REDIRECTED_FROM)")
    view = redirect(told)
    if not isinstance(view, Redirect):
        return failed(expected=expected, observed=f"it cannot be read: {view}", related=related)
    if view.gateway in (origin, sa.responder.address):
        return PASSED
    shown = quoted(view.gateway) if isinstance(view.gateway, str) else str(view.gateway)
    return failed(expected=expected, observed=f"N(REDIRECTED_FROM) with {shown}", related=related)
