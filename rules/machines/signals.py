"""From a message in its context to the signal it gives to both machines."""

from __future__ import annotations

from collections.abc import Callable

from dissectors.eap import EapCode
from dissectors.ikev2.messages import Delete, Eap, SecurityAssociation, TrafficSelectors
from dissectors.ikev2.registry import ExchangeType, NotifyType, ProtocolId
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import BindingIdentifier
from rules.bindings import HomeRegistration, MobilityEvent
from rules.learning import completes_auth, is_refusal
from rules.machines.table import Signal
from rules.session import Context, IkeEvent, IkeSa

MOBILITY_HEADER = 135


def signal_of(event: IkeEvent, sa: IkeSa) -> Signal | None:
    """What the message means; ``None`` for one that moves no machine (liveness checks, MOBIKE, CHILD SA deletes)."""
    message = event.message
    name = SIGNALS.get((message.exchange_type, message.is_response))
    return name(event, sa) if name else None


def mobility_signal(event: MobilityEvent, context: Context) -> Signal | None:
    """What a Mobility Header means; ``None`` for one that registers nothing."""
    message, home = event.message.message, context.home
    if isinstance(message, BindingUpdate):
        return Signal.DEREGISTER_SENT if message.is_deregistration else Signal.UPDATE_SENT
    if not isinstance(message, BindingAck) or home is None:
        return None
    if message.is_refusal:
        return Signal.UPDATE_REFUSED
    update = home.update_of(event)
    asked = update.message.message if update else None
    leaves = message.is_deregistration or (isinstance(asked, BindingUpdate) and asked.is_deregistration)
    return Signal.DEREGISTER_ACCEPTED if leaves and not _others_stay(event, update, home) else Signal.UPDATE_ACCEPTED


def _others_stay(ack: MobilityEvent, update: MobilityEvent | None, home: HomeRegistration) -> bool:
    """A de-registration that names BIDs leaves the bindings of others alone (RFC 5648 section 5.6)."""
    named = {option.binding_id for option in update.message.options_of(BindingIdentifier)} if update else set[int]()
    return bool(named) and any(binding.binding_id not in named for binding in home.alive(ack.at))


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
