"""What Binding Updates and Acknowledgements teach: from messages to the records of :mod:`rules.bindings`.

RFC 6275 sections 9.5 and 11.7, RFC 5555 section 4, RFC 5648 sections 5 and 6, RFC 6089 section 5.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from dissectors.events import Address, Endpoint
from dissectors.mobility.flows import FlowIdentification, FlowSummary
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingIdentifier,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    NatDetection,
)
from dissectors.mobility.registry import UpdateFlag
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import KEPT_MESSAGES, Binding, Flow, HomeRegistration, MobilityEvent, fault_of_protection
from rules.model import Role

if TYPE_CHECKING:
    from rules.session import Session

MOST_HOMES = 64
"""Home Addresses of one session; a hostile capture may name a new one in every packet."""
MOST_BINDINGS = 64
MOST_FLOWS = 256
NO_BID = 0
LOOK_BACK = 16
"""Earlier sessions of one UE that are looked through."""


def home_of(session: Session, event: MobilityEvent) -> HomeRegistration:
    """The record of the Home Address that a message is about; makes it when it is the first."""
    address = home_address_of(session, event.message)
    home = session.homes.get(address)
    if home is None:
        if len(session.homes) >= MOST_HOMES:
            del session.homes[next(iter(session.homes))]
        home = session.homes[address] = HomeRegistration(address)
    return home


def home_address_of(session: Session, packet: MobilityPacket) -> Address:
    """The Home Address of a message; where the option or routing header that names it is missing, the one known."""
    address = packet.home_address
    named = packet.addressing.routing_home_address if packet.from_home_agent else packet.home_address_option
    if named is None and not packet.from_home_agent and not _is_known(session, address):
        negotiated = _home_address_of_sa(session, packet.spi)
        if negotiated is not None:
            return negotiated
    is_tunnelled = packet.addressing.outer_source.address != packet.addressing.source or (
        packet.addressing.outer_destination.address != packet.addressing.destination
    )
    if named is not None or is_tunnelled or address in session.homes or lies_in_home_prefix(session, address):
        return address
    known = list(session.homes) or list(negotiated_home_addresses(session))
    return known[0] if len(known) == 1 else address


def _is_known(session: Session, address: Address) -> bool:
    return address in session.homes or not session.home_prefixes or lies_in_home_prefix(session, address)


def _home_address_of_sa(session: Session, spi: int) -> Address | None:
    """The one Home Address whose updates the CHILD SA of an SPI is for."""
    child = session.children.get(spi) if spi else None
    if child is None:
        return None
    selectors = child.ts_i if child.initiator_role is Role.UE else child.ts_r
    ends = {(s.start, s.end) for s in selectors.selectors} if selectors else set()
    start, end = ends.pop() if len(ends) == 1 else (None, None)
    return start if start is not None and start == end and lies_in_home_prefix(session, start) else None


def lies_in_home_prefix(session: Session, address: Address) -> bool:
    """Whether an address lies in a prefix that the Home Agent assigned."""
    if not isinstance(address, IPv6Address):
        return False
    return any(int(address) >> (128 - g.length) == int(g.prefix) >> (128 - g.length) for g in session.home_prefixes)


def negotiated_home_addresses(session: Session) -> set[Address]:
    """Home Addresses that a CHILD SA names as a single address of the UE's selector (RFC 4877 section 4.3)."""
    found: set[Address] = set()
    for child in session.children.values():
        selectors = child.ts_i if child.initiator_role is Role.UE else child.ts_r
        for selector in selectors.selectors if selectors else ():
            address = selector.start
            if address is not None and address == selector.end and lies_in_home_prefix(session, address):
                found.add(address)
    return found


def claimed_care_of_address(packet: MobilityPacket, bid: BindingIdentifier | None = None) -> Address:
    """The care-of address that the UE says it has: in the BID option, else in its own option, else the source."""
    if bid is not None and bid.care_of_address is not None:
        return bid.care_of_address
    alternate = packet.option(AlternateCareOfAddress)
    if alternate is not None and not packet.is_from_ipv4:
        return alternate.address
    ipv4 = packet.option(Ipv4CareOfAddress)
    if ipv4 is not None and packet.is_from_ipv4:
        return ipv4.address
    return packet.care_of_address


def nat_in_the_path(packet: MobilityPacket) -> bool | None:
    """Whether a NAT changed the update's source: the claimed IPv4 care-of address is another (RFC 5555 section 4.4.1).

    ``None`` where the update claims none, and so does not say.
    """
    if not packet.is_from_ipv4:
        return False
    bid = next((b for b in packet.options_of(BindingIdentifier) if isinstance(b.care_of_address, IPv4Address)), None)
    option = packet.option(Ipv4CareOfAddress)
    if bid is None and option is None:
        return None
    return claimed_care_of_address(packet, bid) != packet.care_of_address


def learn_mobility(event: MobilityEvent, session: Session, home: HomeRegistration) -> None:
    """Enters a message into the records."""
    message = event.message.message
    if isinstance(message, BindingUpdate):
        _learn_update(event, message, session, home)
    elif isinstance(message, BindingAck):
        _learn_ack(event, message, session, home)


def _learn_update(event: MobilityEvent, message: BindingUpdate, session: Session, home: HomeRegistration) -> None:
    packet = event.message
    del home.updates[: -KEPT_MESSAGES + 1]
    home.updates.append(event)
    home.update_count += 1
    home.waiting[message.sequence] = event
    while len(home.waiting) > KEPT_MESSAGES:
        del home.waiting[next(iter(home.waiting))]
    if packet.option(BindingIdentifier) is not None or packet.option(FlowIdentification) is not None:
        session.ifom_shown_by |= {Role.UE}


def _learn_ack(event: MobilityEvent, message: BindingAck, session: Session, home: HomeRegistration) -> None:
    del home.acks[: -KEPT_MESSAGES + 1]
    home.acks.append(event)
    update = home.update_of(event)
    if update is None and event.message.esp is not None:
        update = next(reversed(home.waiting.values()), None)  # a wrong number is told as RFC3775-05: bound it is
    home.waiting.pop(message.sequence, None)
    if not fault_of_protection(event.message):
        home.refusal = event if message.is_refusal else None
    home.unexplained = event if update is None and not message.is_refusal and message.lifetime else None
    if message.is_refusal or update is None:
        return
    asked = update.message.message
    assert isinstance(asked, BindingUpdate)
    home.last_accepted_sequence = message.sequence
    _end_elsewhere(event, session, home)
    if event.message.options_of(BindingIdentifier):
        session.ifom_shown_by |= {Role.HA}
    if asked.is_deregistration:
        _end_bindings(event, update, home)
        return
    home.first_accepted = home.first_accepted or event
    _forget_what_is_over(home, event.at)
    _bind(event, message, update, asked, home)
    _note_ipv4_home_address(event, session, home)
    _note_flows(event, update, home)


def _end(binding: Binding, ack: MobilityEvent, home: HomeRegistration) -> None:
    binding.ended_at, binding.ended_by = ack.at, ack
    del home.former[: -KEPT_MESSAGES + 1]
    home.former.append(binding)
    if home.bindings.get(binding.binding_id) is binding:
        del home.bindings[binding.binding_id]


def _end_elsewhere(ack: MobilityEvent, session: Session, home: HomeRegistration) -> None:
    """The same Home Address in earlier sessions of this UE: the Home Agent has one entry for it, which is this one."""
    for other in list(session.world.by_identity.get(session.identity or "", ()))[-LOOK_BACK:]:
        old = other.homes.get(home.home_address)
        if other is session or old is None:
            continue
        for binding in list(old.bindings.values()):
            _end(binding, ack, old)
        old.ipv4_home_address = None


def _end_bindings(ack: MobilityEvent, update: MobilityEvent, home: HomeRegistration) -> None:
    """A de-registration: of the BIDs it names, else of all (RFC 5648 section 5.6)."""
    named = {option.binding_id for option in update.message.options_of(BindingIdentifier)}
    for binding in list(home.bindings.values()):
        if not named or binding.binding_id in named:
            _end(binding, ack, home)
    if not home.bindings:
        home.ipv4_home_address = None
        home.flows.clear()


def _forget_what_is_over(home: HomeRegistration, at: int) -> None:
    """With the lifetime of its last binding a Home Address loses its IPv4 Home Address and its flow bindings."""
    if not home.is_registered(at):
        home.ipv4_home_address = None
        home.flows.clear()


def _bind(
    ack: MobilityEvent, message: BindingAck, update: MobilityEvent, asked: BindingUpdate, home: HomeRegistration
) -> None:
    packet = update.message
    bids = packet.options_of(BindingIdentifier)
    answered = {bid.binding_id: bid for bid in ack.message.options_of(BindingIdentifier)}
    accepted = [bid for bid in bids if bid.binding_id not in answered or not answered[bid.binding_id].is_refusal]
    for bid in bids:
        home.refused_bids.pop(bid.binding_id, None)
        if bid not in accepted:
            home.refused_bids[bid.binding_id] = ack
    replaced = not bids or asked.has(UpdateFlag.OVERWRITE)
    kept = {bid.binding_id for bid in accepted} if bids else {NO_BID}
    for binding in list(home.bindings.values()):
        if replaced and binding.binding_id not in kept:
            _end(binding, ack, home)
    for option in accepted[:MOST_BINDINGS] if bids else (None,):
        _add_binding(ack, message, update, option, home)


def _add_binding(
    ack: MobilityEvent,
    message: BindingAck,
    update: MobilityEvent,
    bid: BindingIdentifier | None,
    home: HomeRegistration,
) -> None:
    packet = update.message
    detection = ack.message.option(NatDetection)
    number = bid.binding_id if bid else NO_BID
    before = home.bindings.get(number)
    claimed = claimed_care_of_address(packet, bid)
    outer = packet.addressing.outer_source
    if bid and bid.care_of_address is not None:
        outer = _end_of(packet, claimed)
    if before is not None and (before.care_of_address, before.outer) != (claimed, outer):
        _end(before, ack, home)
        before = None
    home.bindings[number] = Binding(
        binding_id=number,
        care_of_address=claimed,
        outer=outer,
        update=update,
        ack=ack,
        lifetime=message.lifetime_seconds or asked_lifetime(update),
        at=ack.at,
        has_nat=outer.address.version == 4 and bool(nat_in_the_path(packet)),
        force_udp=bool(detection and detection.force_udp),
        refresh=detection.refresh_seconds if detection else 0,
        first_ack=before.since if before else None,
        refreshes=before.refreshes + 1 if before else 0,
    )


def asked_lifetime(update: MobilityEvent) -> int:
    """In s. It counts where an acknowledgement accepts a registration and grants no time, which HA-5.1.3.2-16 tells."""
    asked = update.message.message
    return asked.lifetime_seconds if isinstance(asked, BindingUpdate) else 0


def _end_of(packet: MobilityPacket, claimed: Address) -> Endpoint:
    """Where the binding of a BID option is reached: one update may register several care-of addresses (RFC 5648 5.3).

    Of two IPv4 addresses the one on the wire counts: a NAT changed the other.
    """
    source = packet.addressing.outer_source
    return source if claimed.version == source.address.version == 4 else Endpoint(claimed)


def _note_ipv4_home_address(ack: MobilityEvent, session: Session, home: HomeRegistration) -> None:
    answer = ack.message.option(Ipv4AddressAck)
    if answer is None:
        return
    home.ipv4_ack = ack
    home.ipv4_home_address = None if answer.is_refusal or not int(answer.address) else answer.address
    if home.ipv4_home_address is not None:
        session.world.note_ipv4_home_address(home.ipv4_home_address, session, home)


def _note_flows(ack: MobilityEvent, update: MobilityEvent, home: HomeRegistration) -> None:
    """Flows that an update does not list are gone (RFC 6089 section 5.2.2.1); an update without BID says nothing."""
    listed = update.message.options_of(FlowIdentification)
    summary = {fid for option in update.message.options_of(FlowSummary) for fid in option.flow_ids}
    if not listed and not summary and update.message.option(BindingIdentifier) is None:
        home.flows.clear()
        return
    answered = {option.flow_id: option.status for option in ack.message.options_of(FlowIdentification)}
    kept = {fid: flow for fid, flow in home.flows.items() if fid in summary}
    for option in listed[:MOST_FLOWS]:
        old = home.flows.get(option.flow_id)
        flow = Flow(_completed(option, old), update, ack, answered.get(option.flow_id))
        kept[option.flow_id] = flow
    home.flows = kept


def _completed(option: FlowIdentification, old: Flow | None) -> FlowIdentification:
    """An update of a flow may leave out what stays as it was (RFC 6089 section 5.2.2.2)."""
    if old is None or (option.selectors and option.binding_ids):
        return option
    missing = () if option.selectors else tuple(s for s in old.option.sub_options if s.type == TRAFFIC_SELECTOR)
    missing += () if option.binding_ids else tuple(s for s in old.option.sub_options if s.type == BINDING_REFERENCE)
    return FlowIdentification(option.flow_id, option.priority, option.status, (*option.sub_options, *missing))


BINDING_REFERENCE, TRAFFIC_SELECTOR = 2, 3
