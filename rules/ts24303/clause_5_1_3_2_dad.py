"""Clause 5.1.3.2: the Home Agent does no Duplicate Address Detection for the Home Address."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.events import Event
from dissectors.neighbor.messages import NeighborSolicitation, RouterAdvertisement
from rules.model import Outcome, failed, inconclusive, noted
from rules.registrations import lies_in_home_prefix, negotiated_home_addresses
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import update_in

UNSPECIFIED = IPv6Address("::")


def _is_on_home_link(event: AnyEvent, context: Context) -> bool:
    """It asks for an address of the home prefix: the home link is in the capture."""
    return lies_in_home_prefix(context.session, event.message.target) or _is_home_address(event, context)


def _is_home_address(event: AnyEvent, context: Context) -> bool:
    target, session = event.message.target, context.session
    return target in session.homes or target in negotiated_home_addresses(session)


@check("HA-5.1.3.2-04", on=Kind.NEIGHBOR_SOLICITATION, when=_is_on_home_link)
def duplicate_address_detection_for_home_address(event: Event[NeighborSolicitation], context: Context) -> Outcome:
    """It holds up every first registration by a second, for an address that nobody else can have."""
    target = event.message.target
    if event.source.address != UNSPECIFIED or not _is_home_address(event, context):
        return noted(f"the home link is in the capture: {event.source.address} asks for {target}")
    away = _away(event, context)
    if not away:
        return inconclusive(f"the UE may be on its home link and ask for {target} itself: nothing is registered for it")
    return failed(
        expected=f"no Duplicate Address Detection for the Home Address {target}",
        observed=f"Neighbor Solicitation for it from ::, {away}",
    )


def _away(event: AnyEvent, context: Context) -> str:
    """What shows that the UE is not there itself: it is registered from elsewhere, or asks to be; else empty."""
    home = context.session.homes.get(event.message.target)
    if home is None:
        return ""
    bindings = home.alive(event.at)
    if bindings:
        return f"while the UE is registered at {bindings[-1].care_of_address}"
    recent = event.at - context.profile.deadline("binding_ack")
    asked = [u for u in home.waiting.values() if u.at >= recent and not update_in(u).is_deregistration]
    return f"while its Binding Update in frame {asked[-1].frame} waits for an answer" if asked else ""


def _is_advertised(event: AnyEvent, context: Context) -> bool:
    """A router of the home link announces the home prefix."""
    return any(lies_in_home_prefix(context.session, prefix.prefix) for prefix in event.message.prefixes)


@check("HA-5.1.3.2-04", on=Kind.ROUTER_ADVERTISEMENT, when=_is_advertised)
def home_link_in_sight(event: Event[RouterAdvertisement], context: Context) -> Outcome:
    """Where the home link is in the capture, Duplicate Address Detection on it would show."""
    return noted(f"the home link is in the capture: {event.source.address} announces its prefix")
