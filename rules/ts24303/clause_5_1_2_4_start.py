"""Clause 5.1.2.4: in a foreign network the UE registers, from an IPv6 care-of address first."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

from dissectors.events import Address
from dissectors.ikev2.messages import Delete, SecurityAssociation, TrafficSelector
from dissectors.ikev2.registry import NotifyType, ProtocolId
from dissectors.mobility.messages import BindingUpdate
from dissectors.mobility.registry import MhType
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import HomeRegistration, MobilityEvent
from rules.home_sas import MOBILITY_HEADER, by_end, has_type, touches
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.obligations import seconds
from rules.registrations import lies_in_home_prefix
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, IkeEvent, Session
from rules.ts24303.places import from_ha
from rules.ts24303.registering import (
    comes_over,
    is_initial,
    is_initial_from_ipv4,
    maybe_initial,
    of_initial,
    registers,
)

UNIQUE_LOCAL = IPv6Network("fc00::/7")

# To register at all


def makes_home_sa(event: AnyEvent, context: Context) -> bool:
    """SA and Home Address are ready, the UE is not on its home link, and nothing is bound or asked for yet."""
    if context.role is not Role.HA or not _made(event, context):
        return False
    here = event.destination.address
    if lies_in_home_prefix(context.session, here) or all(s.start == s.end == here for s in _made(event, context)):
        return False
    return not any(home.is_registered(event.at) or _is_asking(home) for home in context.session.homes.values())


def _is_asking(home: HomeRegistration) -> bool:
    messages = (update.message.message for update in home.waiting.values())
    return any(isinstance(message, BindingUpdate) and not message.is_deregistration for message in messages)


def _made(event: IkeEvent, context: Context) -> list[TrafficSelector]:
    """The UE's selectors that let Binding Updates through, on a new SA for the Home Address that the UE asked for."""
    request = context.sa.request_of(event) if context.sa else None
    answer = event.message.first(SecurityAssociation)
    if context.sa is None or request is None or answer is None or request.message.notify(NotifyType.REKEY_SA):
        return []
    if not any(p.protocol == ProtocolId.ESP for p in answer.proposals):
        return []
    said = event.message if event.message.selectors(initiator=True) else request.message
    ends = said.selectors(initiator=True), said.selectors(initiator=False)
    own, _ = by_end(*ends, context.sa.role_of(request))
    return [s for s in own if has_type(s, MhType.BINDING_UPDATE) and _is_of_home(s, context.session)]


def _is_of_home(selector: TrafficSelector, session: Session) -> bool:
    if session.home_prefixes:
        return any(touches(selector, grant) for grant in session.home_prefixes)
    return selector.protocol == MOBILITY_HEADER and selector.start == selector.end


def _wanted(made: AnyEvent, context: Context) -> tuple[str, str]:
    selector = _made(made, context)[0]
    whose = f" for {selector.start}" if selector.start == selector.end else ""
    return f"a Binding Update{whose} from {made.destination.address}, which is not of the home network", ""


def gives_up_home_sa(made: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The IKE SA or the new SA is deleted, by either end; or an update is acknowledged that was not captured."""
    if isinstance(event.message, MobilityPacket):
        return context.role is Role.HA
    spis = {made.message.initiator_spi, made.message.responder_spi}
    if {event.message.initiator_spi, event.message.responder_spi} != spis:
        return False
    request = context.sa.request_of(made) if context.sa else None
    messages = [said.message for said in (made, request) if said is not None]
    own = {p.spi for message in messages for sa in message.each(SecurityAssociation) for p in sa.proposals}
    return any(d.protocol == ProtocolId.IKE or own & set(d.spis) for d in event.message.each(Delete))


@obligation(
    "UE-5.1.2.4-01",
    on=Kind.CREATE_CHILD_SA_RESPONSE,
    when=makes_home_sa,
    maybe=from_ha,
    met_by=Kind.BINDING_UPDATE,
    expected="a Binding Update",
    words=_wanted,
    void_by=(Kind.INFORMATIONAL_REQUEST, Kind.BINDING_ACK),
    voids=gives_up_home_sa,
)
def no_registration(made: AnyEvent, update: AnyEvent, context: Context) -> bool:
    """Until it registers, nothing that is sent to its Home Address reaches the UE."""
    return registers(update, context)


# From which address


def _both_are_known(event: AnyEvent, context: Context) -> bool:
    """The first update of all, from one kind of address while the UE was seen at the other kind as well."""
    if not is_initial(event, context) or context.home is None or _tried_ipv6(context.home):
        return False
    if is_initial_from_ipv4(event, context):
        return _of_foreign_ipv6(context) is not None
    return any(ue.version == 4 for ue in _seen_at(context))


def _both_may_be_known(event: AnyEvent, context: Context) -> bool:
    """Asked of a sealed packet that may be the first update: from which kind of address it comes shows."""
    if not maybe_initial(event, context):
        return False
    if comes_over(event) == 4:
        return _of_foreign_ipv6(context) is not None
    return any(ue.version == 4 for ue in _seen_at(context))


def _tried_ipv6(home: HomeRegistration) -> bool:
    """An earlier attempt from IPv6: what follows is no first attempt."""
    return any(not update.message.is_from_ipv4 for update in home.updates)


def _seen_at(context: Context) -> list[Address]:
    """Where IKE of this session ran, on the UE's side."""
    sas = context.session.ike_sas[-8:]
    return [(sa.initiator if sa.initiator_role is Role.UE else sa.responder).address for sa in sas]


def _of_foreign_ipv6(context: Context) -> IPv6Address | None:
    """A global IPv6 address that is not of the home network, from which IKE ran."""
    return next((a for a in _seen_at(context) if isinstance(a, IPv6Address) and _is_foreign(a, context)), None)


def _is_foreign(address: IPv6Address, context: Context) -> bool:
    is_global = not address.is_link_local and address not in UNIQUE_LOCAL
    return is_global and not lies_in_home_prefix(context.session, address)


@check("UE-5.1.2.4-02", on=Kind.BINDING_UPDATE, when=_both_are_known, maybe=_both_may_be_known)
def ipv4_tried_before_ipv6(event: MobilityEvent, context: Context) -> Outcome:
    """Over IPv6 there is no NAT to keep open and one header less for every packet."""
    if not event.message.is_from_ipv4:
        return PASSED
    address, newest = _of_foreign_ipv6(context), context.session.ike_sas[-1]
    since = event.at - max([newest.opened_at, *(e.at for e in (newest.established,) if e), *_exchanged_at(context)])
    if since > context.profile.deadline("default"):
        return inconclusive(f"IKE ran from {address} {seconds(since)} before: the UE may have lost the address since")
    outcome = failed(
        expected=f"the first Binding Update from an IPv6 address: IKE ran from {address}",
        observed=f"it comes from {event.message.care_of_address}",
        related=_established_in(context),
    )
    return of_initial(outcome, context)


def _exchanged_at(context: Context) -> list[int]:
    """When requests of the newest IKE SA were sent last."""
    return [exchange.last_sent for exchange in context.session.ike_sas[-1].exchanges.values()]


def _established_in(context: Context) -> tuple[int, ...]:
    established = context.session.ike_sas[-1].established
    return (established.frame,) if established is not None else ()
