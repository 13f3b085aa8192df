"""From a message in its context to the signal it gives to both machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dissectors.eap import EapCode
from dissectors.events import Address, Event
from dissectors.ikev2.messages import Delete, Eap, SecurityAssociation, TrafficSelectors
from dissectors.ikev2.registry import ExchangeType, NotifyType, ProtocolId
from dissectors.mobility.messages import BindingAck, BindingUpdate
from rules.advertisements import AdvertisementEvent
from rules.bindings import HomeRegistration, MobilityEvent
from rules.discovery import sender_of
from rules.home_links import home_prefix_in, is_at_home
from rules.learning import completes_auth, is_refusal
from rules.machines.acceptances import others_that_stay
from rules.machines.table import Signal
from rules.model import Role
from rules.registrations import lies_in_home_prefix
from rules.session import Context, IkeEvent, IkeSa, Session

MOBILITY_HEADER = 135


def signal_of(event: IkeEvent, sa: IkeSa) -> Signal | None:
    """What the message means; ``None`` for one that moves no machine (liveness checks, MOBIKE, CHILD SA deletes)."""
    message = event.message
    name = SIGNALS.get((message.exchange_type, message.is_response))
    return name(event, sa) if name else None


def mobility_signal(event: MobilityEvent, home: HomeRegistration | None, session: Session) -> Signal | None:
    """What a Mobility Header means; ``None`` for one that registers nothing.

    That nothing is bound any more after a refusal is for the machine to know.
    """
    message = event.message.message
    if isinstance(message, BindingUpdate):
        return Signal.DEREGISTER_SENT if message.is_deregistration else Signal.UPDATE_SENT
    if not isinstance(message, BindingAck) or home is None:
        return None
    if message.is_refusal:
        return Signal.CHANGE_REFUSED
    update = home.update_of(event)
    asked = update.message.message if update else None
    leaves = message.is_deregistration or (isinstance(asked, BindingUpdate) and asked.is_deregistration)
    if not leaves or others_that_stay(event, update, home):
        return Signal.UPDATE_ACCEPTED
    came_home = update is not None and _is_home(update.message.care_of_address, home, session)
    return Signal.RETURN_ACCEPTED if came_home else Signal.DEREGISTER_ACCEPTED


def _is_home(care_of_address: Address, home: HomeRegistration, session: Session) -> bool:
    """At home the Home Address is the care-of address (RFC 6275 section 11.5.5)."""
    return care_of_address == home.home_address or lies_in_home_prefix(session, care_of_address)


def search_signal(event: Event[Any]) -> Signal:
    """What DHCPv6 and DNS mean, by which a UE looks for its Home Agent (clause 5.1.2.1)."""
    return Signal.SEARCH_SENT if sender_of(event.message) is Role.UE else Signal.SEARCH_ANSWERED


def advertised_link(event: AdvertisementEvent, session: Session) -> Signal:
    """What an advertisement tells of the link that it is heard on: another prefix, or the home prefix taken back."""
    return Signal.LINK_FOREIGN if home_prefix_in(event, session) is None else Signal.LINK_HOME


def known_link(event: IkeEvent, context: Context) -> Signal | None:
    """What was heard before of the link from which a UE made its SA."""
    ue = event.destination.address if context.role is Role.HA else event.source.address
    return LINKS.get(is_at_home(context.session, ue, event.at))


LINKS: dict[bool | None, Signal] = {True: Signal.LINK_HOME, False: Signal.LINK_FOREIGN}


def _init_request(event: IkeEvent, sa: IkeSa) -> Signal | None:
    return Signal.INIT_SENT


def _init_response(event: IkeEvent, sa: IkeSa) -> Signal | None:
    if event.message.notify(NotifyType.REDIRECT):
        return Signal.INIT_REDIRECTED
    return Signal.INIT_REFUSED if is_refusal(event.message) else Signal.INIT_ACCEPTED


def _auth_request(event: IkeEvent, sa: IkeSa) -> Signal | None:
    return Signal.AUTH_SENT


def _auth_response(event: IkeEvent, sa: IkeSa) -> Signal | None:
    message = event.message
    if message.sealed is not None:
        return Signal.AUTH_UNREAD
    if message.notify(NotifyType.REDIRECT):
        return Signal.AUTH_REDIRECTED
    if message.first(SecurityAssociation) is not None or completes_auth(sa.request_of(event), event):
        return Signal.AUTH_COMPLETED
    rejected = any(eap.packet.code == EapCode.FAILURE for eap in message.each(Eap))
    return Signal.AUTH_REFUSED if rejected or message.error else Signal.AUTH_GOES_ON


def _child_request(event: IkeEvent, sa: IkeSa) -> Signal | None:
    return Signal.CHILD_ASKED if _asks_for_home_address(event) else Signal.SA_USED


def _asks_for_home_address(request: IkeEvent | None) -> bool:
    """A new CHILD SA (not a rekey, not another IKE SA) whose selectors cover the Mobility Header."""
    if request is None or request.message.sealed is not None or request.message.notify(NotifyType.REKEY_SA):
        return False
    offered = request.message.first(SecurityAssociation)
    if offered is None or any(p.protocol == ProtocolId.IKE for p in offered.proposals):
        return False
    selectors = (s for ts in request.message.each(TrafficSelectors) for s in ts.selectors)
    return any(s.protocol in (0, MOBILITY_HEADER) for s in selectors)


def _child_response(event: IkeEvent, sa: IkeSa) -> Signal | None:
    if not _asks_for_home_address(sa.request_of(event)):
        return None
    sealed = event.message.sealed is not None
    made = sealed or event.message.first(SecurityAssociation) is not None
    return Signal.CHILD_MADE if made else Signal.CHILD_REFUSED


def _informational_request(event: IkeEvent, sa: IkeSa) -> Signal | None:
    if event.message.notify(NotifyType.REDIRECT):
        return Signal.REDIRECTED
    return Signal.DELETE_SENT if _deletes_sa(event) else None


def _informational_response(event: IkeEvent, sa: IkeSa) -> Signal | None:
    return Signal.DELETED if _deletes_sa(sa.request_of(event)) else None


def _deletes_sa(request: IkeEvent | None) -> bool:
    return request is not None and any(d.protocol == ProtocolId.IKE for d in request.message.each(Delete))


SIGNALS: dict[tuple[int, bool], Callable[[IkeEvent, IkeSa], Signal | None]] = {
    (ExchangeType.IKE_SA_INIT, False): _init_request,
    (ExchangeType.IKE_SA_INIT, True): _init_response,
    (ExchangeType.IKE_AUTH, False): _auth_request,
    (ExchangeType.IKE_AUTH, True): _auth_response,
    (ExchangeType.CREATE_CHILD_SA, False): _child_request,
    (ExchangeType.CREATE_CHILD_SA, True): _child_response,
    (ExchangeType.INFORMATIONAL, False): _informational_request,
    (ExchangeType.INFORMATIONAL, True): _informational_response,
}
