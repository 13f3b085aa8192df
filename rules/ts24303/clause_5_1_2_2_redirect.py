"""Clause 5.1.2.2: a UE that the HA redirects in IKE_AUTH goes to the target HA and ends the first IKE SA."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.ikev2.messages import Delete, IkeMessage, Notify
from dissectors.ikev2.notify import Redirect, redirect
from dissectors.ikev2.registry import NotifyType, ProtocolId
from rules.model import Outcome, Role, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, IkeEvent
from rules.ts24303.places import from_ha, never, quoted

MAX_REDIRECTS = 5
REDIRECT_LOOP_DETECT_PERIOD = 300_000_000_000
"""Redirects a client follows within so many ns before it gives up: RFC 5685 section 7."""


def targets(message: IkeMessage) -> list[Address]:
    """The addresses that a message redirects to; a name is no address, and clause 5.1.2.2 speaks of addresses."""
    views = (redirect(n) for n in message.each(Notify) if n.type == NotifyType.REDIRECT)
    return [v.gateway for v in views if isinstance(v, Redirect) and not isinstance(v.gateway, str)]


def _redirects(event: AnyEvent, context: Context) -> bool:
    """A redirect to an address, and not one too many."""
    return context.role is Role.HA and bool(targets(event.message)) and not _goes_in_circles(event, context)


def _goes_in_circles(event: IkeEvent, context: Context) -> bool:
    lately = (sa.redirect for sa in context.session.ike_sas[-2 * MAX_REDIRECTS :])
    earlier = [r for r in lately if r is not None and event.at - r.at < REDIRECT_LOOP_DETECT_PERIOD]
    return len(earlier) >= MAX_REDIRECTS


def _seen_where_it_leads(event: AnyEvent, context: Context) -> bool:
    """What goes to another HA does not pass a capture taken at this one."""
    return _redirects(event, context) and context.profile.capture_point != "ha"


def _start_at_target(told: AnyEvent, context: Context) -> tuple[str, str]:
    return f"an IKE_SA_INIT request to {' or '.join(map(str, targets(told.message)))}, the target of the redirect", ""


@obligation(
    "UE-5.1.2.2-10",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_seen_where_it_leads,
    maybe=from_ha,
    met_by=Kind.IKE_SA_INIT_REQUEST,
    expected="an IKE_SA_INIT request to the target of the redirect",
    words=_start_at_target,
    across=True,
    holding=NotifyType.REDIRECT,
)
def redirect_not_followed(told: AnyEvent, start: AnyEvent, context: Context) -> bool:
    """The first HA has given the UE up and assigned no prefix; a UE that stays away from the target has no service."""
    if start.destination.address not in targets(told.message):
        return False
    return bool(start.source.address == told.destination.address or _origin(start.message) == told.source.address)


def _origin(message: IkeMessage) -> object:
    """The HA that the UE says it was redirected from; a UE may have another address by then."""
    named = message.notify(NotifyType.REDIRECTED_FROM)
    given = redirect(named) if named else None
    return given.gateway if isinstance(given, Redirect) else None


def _leads_out_of_sight(event: AnyEvent, context: Context) -> bool:
    told = event.message.notify(NotifyType.REDIRECT)
    return context.role is Role.HA and told is not None and not _seen_where_it_leads(event, context)


@check(
    "UE-5.1.2.2-10",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_leads_out_of_sight,
    maybe=never,
    holding=NotifyType.REDIRECT,
)
def redirect_out_of_sight(event: IkeEvent, context: Context) -> Outcome:
    """Whether the UE went to the target can be told only where the target's address is known and in sight."""
    told = event.message.notify(NotifyType.REDIRECT)
    assert told is not None
    view = redirect(told)
    if not isinstance(view, Redirect):
        return inconclusive(f"the REDIRECT cannot be read: {view}")
    if isinstance(view.gateway, str):
        return inconclusive(f"the redirect names {quoted(view.gateway)}, not an address")
    if _goes_in_circles(event, context):
        return inconclusive(
            f"the UE was redirected {MAX_REDIRECTS} times within 300 s and may stop (RFC 5685 section 7)"
        )
    return inconclusive(f"the capture was taken at the HA, where nothing that goes to {view.gateway} passes")


def _sa_is_to_be_deleted(event: AnyEvent, context: Context) -> bool:
    """RFC 5685 section 6 sees no IKE SA yet when the first IKE_AUTH response redirects."""
    sa = context.sa
    first = sa is not None and not sa.auth_responses
    return context.role is Role.HA and bool(targets(event.message)) and not (first and context.profile.prefer == "rfc")


def _deletes_the_sa(told: AnyEvent, event: AnyEvent) -> bool:
    first, message = told.message, event.message
    same = (first.initiator_spi, first.responder_spi) == (message.initiator_spi, message.responder_spi)
    return same and any(d.protocol == ProtocolId.IKE for d in message.each(Delete))


def _the_ha_deletes_it(told: AnyEvent, event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and _deletes_the_sa(told, event)


@obligation(
    "UE-5.1.2.2-11",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_sa_is_to_be_deleted,
    maybe=from_ha,
    met_by=Kind.INFORMATIONAL_REQUEST,
    expected="an INFORMATIONAL request with D(IKE) from the UE",
    void_by=Kind.INFORMATIONAL_REQUEST,
    voids=_the_ha_deletes_it,
    holding=NotifyType.REDIRECT,
)
def redirected_ike_sa_left_open(told: AnyEvent, request: AnyEvent, context: Context) -> bool:
    """The HA keeps the state of an IKE SA until the UE deletes it, though nobody will use it again."""
    return context.role is Role.UE and _deletes_the_sa(told, request)
