"""From events to the records of :mod:`rules.session`: where an event belongs, and what it teaches.

``place`` is called before the rules judge an event, ``observe`` after. Both are plain folds: the same events give the
same records offline, live and in a worked example.
"""

from __future__ import annotations

from typing import Any

from dissectors.eap import EapCode
from dissectors.events import Address, Event
from dissectors.home_traffic import HomeConfiguration, TunnelledPacket
from dissectors.ikev2.messages import (
    Eap,
    IkeMessage,
)
from dissectors.ikev2.registry import ExchangeType
from dissectors.mobility_packet import MobilityPacket
from dissectors.neighbor.messages import RouterAdvertisement
from dissectors.pco_carriers import PcoMessage
from dissectors.protected import EspMessage
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.bindings import HomeRegistration, MobilityEvent
from rules.children import register
from rules.discovery import DISCOVERY_MESSAGES, Discovery, learn_discovery, sender_of
from rules.learning import LEARN
from rules.model import Role
from rules.registrations import home_of, learn_mobility, lies_in_home_prefix
from rules.session import (
    KEPT,
    NO_SPI,
    Carriage,
    Context,
    EspEvent,
    EspFlow,
    Exchange,
    IkeEvent,
    IkeSa,
    SaState,
    Session,
)

MOST_FLOWS = 4096
"""ESP flows of one session that are kept; a hostile capture may hold a new SPI in every packet."""

MOST_HA_ADDRESSES = 16

MOST_COPIES = 4
"""Pairs of addresses between which one request was captured: there are seldom two NATs on a path."""


def place(session: Session, event: Event[Any]) -> Context:
    """Where the event stands; makes the IKE SA's record when this event is the first of it."""
    if isinstance(event.message, IkeMessage):
        sa = find_sa(session, event) or _open_sa(session, event)
        return Context(session, sa.role_of(event), sa)
    if isinstance(event.message, EspMessage):
        return _place_esp(session, event)
    if isinstance(event.message, MobilityPacket):
        return _place_mobility(session, event)
    if isinstance(event.message, TunnelSegment):
        return _place_tunnel(session, event)
    if isinstance(event.message, (HomeConfiguration, TunnelledPacket)):
        return _place_home_traffic(session, event)
    if isinstance(event.message, DISCOVERY_MESSAGES):
        return Context(session, sender_of(event.message), session.ike_sa)
    if isinstance(event.message, PcoMessage):
        return Context(session, Role.UE if event.message.is_uplink else Role.NET, session.ike_sa)
    if isinstance(event.message, RouterAdvertisement):
        return Context(session, Role.NET, session.ike_sa)
    return Context(session, _role_by_address(session, event), session.ike_sa)


def _place_esp(session: Session, event: EspEvent) -> Context:
    spi = event.message.spi
    child = session.children.get(spi)
    role = child.sender_of(spi) if child else _role_at_home(session, event)
    key = (spi, event.destination.address)
    flow = session.esp_flows.get(key)
    if flow is None:
        if len(session.esp_flows) >= MOST_FLOWS:
            del session.esp_flows[next(iter(session.esp_flows))]
        flow = session.esp_flows[key] = EspFlow(spi, key[1], role)
    return Context(session, role, child.ike_sa if child else session.ike_sa, child, flow)


def _place_mobility(session: Session, event: MobilityEvent) -> Context:
    """A Binding Update tells who is the UE; what either end may send goes by the address."""
    packet = event.message
    child = session.children.get(packet.spi) if packet.spi else None
    sa = child.ike_sa if child else session.ike_sa
    if packet.tells_roles:
        role = Role.HA if packet.from_home_agent else Role.UE
        return Context(session, role, sa, child, home=home_of(session, event))
    role = child.sender_of(packet.spi) if child else _role_at_home(session, event)
    ends = packet.addressing
    home = session.homes.get(ends.destination if role is Role.HA else ends.source)
    return Context(session, role, sa, child, home=home)


def _place_tunnel(session: Session, event: Event[TunnelSegment]) -> Context:
    """The Home Agent sends from an address of its own; the Home Address is the UE's end inside."""
    segment = event.message
    role = _role_in_tunnel(session, event)
    inner = segment.inner_destination if role is Role.HA else segment.inner_source
    return Context(session, role, session.ike_sa, home=_home_inside(session, inner))


def _place_home_traffic(session: Session, event: Event[HomeConfiguration | TunnelledPacket]) -> Context:
    """As a segment's; outside the tunnel, who speaks to the Home Address is the home network."""
    message = event.message
    ends = message.addressing
    source, destination = ends.source, ends.destination
    if isinstance(message, TunnelledPacket):
        source, destination = message.facts.source, message.facts.destination
    role = _role_in_tunnel(session, event)
    tunnelled = ends.encapsulation is not Encapsulation.NONE
    if not tunnelled and source != session.ue and source not in session.homes and destination in session.homes:
        role = Role.HA
    home = _home_inside(session, destination if role is Role.HA else source)
    return Context(session, role, session.ike_sa, home=home or next(reversed(session.homes.values()), None))


def _home_inside(session: Session, inner: Address | None) -> HomeRegistration | None:
    """Whose tunnel it is by the inner address: the Home Address, the IPv4 one, or any of the home prefix."""
    if inner is None:
        return None
    if inner in session.homes:
        return session.homes[inner]
    for home in session.homes.values():
        if inner in (home.ipv4_home_address, home.ipv4_granted):
            return home
    by_prefix = lies_in_home_prefix(session, inner) or inner.version == 4
    return next(reversed(session.homes.values()), None) if by_prefix else None


def _role_by_address(session: Session, event: Event[Any]) -> Role:
    source = event.source.address
    return Role.HA if source == session.ha or source in session.ha_addresses else Role.UE


def _role_in_tunnel(session: Session, event: Event[Any]) -> Role:
    """What goes to the UE's own address comes from the HA, by whichever of its addresses."""
    destination = event.destination.address
    bound = {binding.outer.address for home in session.homes.values() for binding in home.bindings.values()}
    to_ue = destination in bound or destination == session.ue
    return Role.HA if to_ue and event.source.address not in (session.ue, *bound) else _role_by_address(session, event)


def _role_at_home(session: Session, event: Event[Any]) -> Role:
    """Behind IPv4 a Home Agent's IPv6 address is not known before the first update: the home prefix tells as well."""
    source, destination = event.source.address, event.destination.address
    if lies_in_home_prefix(session, destination) and not lies_in_home_prefix(session, source):
        return Role.HA
    return _role_by_address(session, event)


def same_message(first: IkeMessage, second: IkeMessage) -> bool:
    """The same bytes, as far as they matter: fragments of one message may be cut anew (RFC 7383 section 2.6.1)."""
    if _header(first) != _header(second):
        return False
    one, other = first.encrypted, second.encrypted
    if one is None or other is None:
        return first.payloads == second.payloads
    if one.total or other.total:
        return one.plain == other.plain if one.plain is not None and other.plain is not None else True
    return first.payloads[:-1] == second.payloads[:-1] and one.body == other.body


def _header(message: IkeMessage) -> tuple[object, ...]:
    return (message.initiator_spi, message.responder_spi, message.exchange_type, message.flags, message.message_id)


def find_sa(session: Session, event: IkeEvent) -> IkeSa | None:
    """The IKE SA of a message by its SPIs; before the responder has chosen one, by the peer as well."""
    message = event.message
    for sa in reversed(session.sas_by_spi.get(message.initiator_spi, ())):
        if sa.responder_spi == message.responder_spi != NO_SPI:
            return sa
        undecided = NO_SPI in (sa.responder_spi, message.responder_spi) or _is_answered_anew(sa, event)
        if undecided and _same_attempt(sa, event):
            return sa
    return None


def _same_attempt(sa: IkeSa, event: IkeEvent) -> bool:
    """A retry after a redirect goes to another address and is another SA, even under the same SPI.

    So is the attempt of another UE whose SPI happens to be the same.
    """
    if event.message.exchange_type != ExchangeType.IKE_SA_INIT:
        return True
    ends = (event.source, event.destination) if event.message.is_request else (event.destination, event.source)
    pair = (ends[0].address, ends[1].address)
    return pair == (sa.initiator.address, sa.responder.address) or pair in sa.copied_between


def _is_answered_anew(sa: IkeSa, event: IkeEvent) -> bool:
    """A responder whose answer was lost may ask a retransmission for a COOKIE and then choose another SPI."""
    message = event.message
    if message.exchange_type != ExchangeType.IKE_SA_INIT or message.is_request or sa.auth_requests:
        return False
    exchange = sa.exchange(event)
    return exchange is not None and exchange.request is not None and exchange.response is None


def note_copy(sa: IkeSa, event: IkeEvent) -> bool:
    """The IKE_SA_INIT request once more, between other addresses, if it is that: its answer may come there first."""
    first = sa.init_request
    if first is None or not same_message(first.message, event.message):
        return False
    sa.copied_between = (*sa.copied_between[1 - MOST_COPIES :], (event.source.address, event.destination.address))
    return True


def _open_sa(session: Session, event: IkeEvent) -> IkeSa:
    message = event.message
    initiator, responder = (
        (event.source, event.destination) if message.from_initiator else (event.destination, event.source)
    )
    begins = message.exchange_type == ExchangeType.IKE_SA_INIT and message.is_request
    sa = IkeSa(
        number=len(session.ike_sas) + 1,
        initiator_spi=message.initiator_spi,
        responder_spi=message.responder_spi,
        initiator=initiator,
        responder=responder,
        initiator_role=_role_of_initiator(session, initiator.address),
        state=SaState.INIT_SENT if begins else SaState.UNSEEN,
        opened_at=event.at,
        partial=not begins,
        roles_guessed=not begins and not session.roles_known and not session.world.profile.roles,
    )
    register(session, sa)
    return sa


def adopt(session: Session, sa: IkeSa) -> None:
    """An IKE SA whose beginning was not captured is one of a session after all."""
    sa.number = len(session.ike_sas) + 1
    sa.initiator_role = _role_of_initiator(session, sa.initiator.address)
    sa.roles_guessed = sa.roles_guessed and not session.roles_known
    register(session, sa)


def _role_of_initiator(session: Session, address: object) -> Role:
    """The UE begins, unless the profile or what was seen of this address says that it is the HA."""
    declared = session.world.profile.roles.get(address)  # type: ignore[call-overload]
    if declared in (Role.UE, Role.HA):
        return declared  # type: ignore[no-any-return]
    known = session.roles_known or session.ike_sas
    if address in session.world.ha_addresses or (known and address == session.ha):
        return Role.HA
    return Role.UE


def observe(event: Event[Any], context: Context) -> None:
    """Writes down what the event teaches; a retransmission teaches only that it was sent again."""
    session = context.session
    session.last_at, session.last_frame = event.at, event.frame
    session.sent_frames[context.role] = session.sent_frames.get(context.role, 0) + 1
    if context.flow is not None:
        _note_flow(context.flow, event)
    if isinstance(event.message, IkeMessage):
        if context.sa is not None:
            _observe_ike(event, context, context.sa)
    elif isinstance(event.message, MobilityPacket):
        _observe_mobility(event, context)
    elif isinstance(event.message, TunnelSegment):
        _observe_tunnel(event, context)
    elif isinstance(event.message, DISCOVERY_MESSAGES):
        session.discovery = session.discovery or Discovery()
        learn_discovery(event, session.discovery, session.world.dual_stack)


def _observe_ike(event: IkeEvent, context: Context, sa: IkeSa) -> None:
    session, message = context.session, event.message
    if _note_exchange(sa, event):
        return
    if sa.responder_spi == NO_SPI and message.exchange_type != ExchangeType.IKE_SA_INIT:
        sa.responder_spi = message.responder_spi
    if message.encrypted:
        count = sa.sealed if message.sealed else sa.opened
        count[message.from_initiator] += 1
    _note_addresses(session, context, event)
    discovery = session.discovery
    if discovery is not None and discovery.start is None and context.role is Role.UE:
        discovery.start = event
    learn = LEARN.get((message.exchange_type, message.is_response))
    if learn:
        learn(event, sa, session)


def _observe_tunnel(event: Event[TunnelSegment], context: Context) -> None:
    segment, session = event.message, context.session
    session.last_at, session.last_frame = max(session.last_at, segment.last_at), segment.last_frame
    key = (context.role, segment.encapsulation, segment.inner_family)
    carriage = session.tunnels.setdefault(key, Carriage(first_frame=segment.first_frame, first_at=segment.first_at))
    carriage.packets += segment.packets
    carriage.bytes += segment.bytes
    carriage.last_frame = segment.last_frame


def _observe_mobility(event: MobilityEvent, context: Context) -> None:
    """Who is who is known from here on; the Home Agent has an address inside the tunnel and one outside."""
    session, ends = context.session, event.message.addressing
    if not event.message.tells_roles:
        return
    if context.home is not None:
        learn_mobility(event, session, context.home)
    if context.role is Role.HA:
        ue, outer, inner = ends.outer_destination.address, ends.outer_source.address, ends.source
    else:
        ue, outer, inner = ends.outer_source.address, ends.outer_destination.address, ends.destination
    session.ue, session.ha, session.roles_known = ue, outer, True
    session.world.ue_addresses.add(ue)
    for address in (outer, inner):
        session.world.ha_addresses.add(address)
        if context.role is Role.HA:
            session.world.dual_stack.note(outer, address, event.frame)
        if address not in session.ha_addresses and len(session.ha_addresses) < MOST_HA_ADDRESSES:
            session.ha_addresses.append(address)


def _note_flow(flow: EspFlow, event: EspEvent) -> None:
    flow.note(event.message.sequence)
    flow.last = event
    flow.verified += bool(event.message.opened and event.message.opened.icv_ok)


def _note_exchange(sa: IkeSa, event: IkeEvent) -> bool:
    """Keeps the window of exchanges; true for a retransmission."""
    message = event.message
    key = (message.from_initiator ^ message.is_response, message.message_id)
    exchange = sa.exchanges.get(key)
    if exchange is None:
        exchange = sa.exchanges[key] = Exchange()
        if len(sa.exchanges) > KEPT:
            del sa.exchanges[next(iter(sa.exchanges))]
    if event.repeats:
        if message.is_request:
            exchange.copies += 1
            exchange.last_sent = event.at
        return True
    if message.is_request:
        exchange.request, exchange.last_sent, exchange.response = event, event.at, None
    else:
        exchange.response = event
    return False


def _note_addresses(session: Session, context: Context, event: IkeEvent) -> None:
    ue, ha = (event.source, event.destination) if context.role is Role.UE else (event.destination, event.source)
    session.ue, session.ha = ue.address, ha.address
    for eap in event.message.each(Eap):
        if eap.packet.code in (EapCode.REQUEST, EapCode.RESPONSE):
            session.roles_known = True
            session.world.ha_addresses.add(ha.address)
            session.world.ue_addresses.add(ue.address)
