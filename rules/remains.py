"""What a session that is over leaves: who it was, what it was given, what it registered, what others are judged by.

A session of the same UE may be held against this one: what prefix it had, whether it was given a pseudonym, which
addresses it held until when. Reports tell its ends, SAs, Home Addresses, bindings and tunnels. All else goes: messages,
exchanges, selectors, nonces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from sys import intern
from typing import Any, TypeVar

from dissectors.eap import AkaAttributeType, EapCode
from dissectors.events import Event
from dissectors.ikev2.messages import Eap, Identification, IkeMessage, Payload, Proposal
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import Ipv4AddressAck
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import Binding, HomeRegistration, MobilityEvent
from rules.session import NO_SPI, ChildSa, IkeEvent, IkeSa, Session

MOST_SAS = 16
"""IKE SAs of a session that are told of afterwards, the newest; and CHILD SAs, and ESP flows."""
MOST_IDENTITIES = 8
MOST_PREFIXES = 64
MOST_BINDINGS = 8
NO_NONCES = (b"", b"")
NOTHING: list[Any] = []
NO_INDEX: dict[Any, Any] = {}
"""One for all: nobody writes to what is over."""
KeyT = TypeVar("KeyT")
BARE: dict[tuple[int, int], IkeMessage] = {}
COUNTS: dict[Any, dict[Any, int]] = {}
PROPOSALS: dict[Proposal, Proposal] = {}
MOST_BARE = 1024


def strip(session: Session) -> None:
    """Lets go of all that nobody will ask for once a session is over."""
    session.is_over = True
    _shorten(session.ike_sas)
    for sa in session.ike_sas:
        strip_sa(sa)
    session.ike_sas = session.ike_sas[-MOST_SAS:]
    children = list(dict.fromkeys(session.children.values()))[-MOST_SAS:]
    for child in children:
        _strip_child(child)
    session.children = {spi: child for child in children for spi in (child.spi_i, child.spi_r)}
    session.sas_by_spi, session.newest_children, session.discovery = NO_INDEX, (), None
    session.sent_frames = _shared(session.sent_frames)
    session.esp_flows = dict(list(session.esp_flows.items())[-MOST_SAS:])
    for flow in session.esp_flows.values():
        flow.last, flow.window = None, 0
    del session.eap_identities[MOST_IDENTITIES:]
    del session.home_prefixes[:-MOST_PREFIXES]
    for home in session.homes.values():
        _strip_home(home)
    session.apn = intern(session.apn) if session.apn else session.apn
    if not session.homes:
        session.homes = NO_INDEX
    if not session.tunnels:
        session.tunnels = NO_INDEX


def strip_sa(sa: IkeSa) -> None:
    """Of an IKE SA: where it was, how it ended, and what its UE was told in it."""
    ended = sa.delete is not None or sa.redirect is not None or sa.successor is not None
    named = [] if ended else [_only(event, Identification) for event in sa.auth_requests if _names_apn(event)]
    sa.auth_requests = named[:1] or NOTHING
    sa.auth_responses = _gift(sa) or NOTHING
    sa.init_requests = sa.refusals = sa.children = NOTHING
    sa.init_response = sa.delete_answer = sa.nonces = None
    waiting = {k: e for k, e in sa.exchanges.items() if e.request is not None and e.response is None}
    sa.exchanges = NO_INDEX if ended or not waiting else waiting
    for exchange in sa.exchanges.values():
        exchange.request = _bare(exchange.request)
    sa.established, sa.failed = _bare(sa.established), _bare(sa.failed)
    sa.redirect, sa.delete = _bare(sa.redirect), _bare(sa.delete)
    sa.opened, sa.sealed = _shared(sa.opened), _shared(sa.sealed)
    if sa.proposal is not None:
        sa.proposal = _common(replace(sa.proposal, spi=b""))


def _shorten(sas: list[IkeSa]) -> None:
    """A chain of rekeys leads from each IKE SA to the last one: who holds one would hold all between."""
    for sa in reversed(sas):
        sa.parent = None
        if sa.successor is not None and sa.successor.successor is not None:
            sa.successor = sa.successor.successor


def _names_apn(event: IkeEvent) -> bool:
    return event.message.identification(initiator=False) is not None


def _gift(sa: IkeSa) -> list[IkeEvent]:
    """The Challenges that gave a pseudonym, without it; and the Success, where nothing else tells of it."""
    gifts = [event for event in sa.auth_responses if any(map(_gives, event.message.each(Eap)))]
    if not gifts or sa.established is not None:
        return [_with(gifts[0], map(_without_values, gifts[0].message.each(Eap)))] if gifts else []
    done = [
        event for event in sa.auth_responses if any(e.packet.code == EapCode.SUCCESS for e in event.message.each(Eap))
    ]
    return [_with(event, map(_without_values, event.message.each(Eap))) for event in (gifts[0], *done[:1])]


def _gives(eap: Eap) -> bool:
    return eap.packet.attribute(AkaAttributeType.AT_ENCR_DATA) is not None


def _without_values(eap: Eap) -> Eap:
    packet = eap.packet
    gifts = (replace(a, value=b"") for a in packet.attributes if a.type == AkaAttributeType.AT_ENCR_DATA)
    return replace(eap, packet=replace(packet, attributes=tuple(gifts), data=b""))


def _only(event: IkeEvent, kind: type[Payload]) -> IkeEvent:
    """The event with one kind of payload."""
    return _with(event, event.message.each(kind))


def _bare(event: IkeEvent | None) -> IkeEvent | None:
    """The event without its message: when, in which frame, from whom; of the message, which exchange it was."""
    if event is None:
        return None
    header = event.message
    key = (header.exchange_type, header.flags)
    message = BARE.get(key)
    if message is None:
        if len(BARE) >= MOST_BARE:
            BARE.clear()
        message = BARE[key] = IkeMessage(NO_SPI, NO_SPI, 0, header.version, *key, 0, 0)
    return Event(event.frame, event.at, event.source, event.destination, message)


def _with(event: IkeEvent, payloads: Iterable[Payload]) -> IkeEvent:
    header = event.message
    message = IkeMessage(
        header.initiator_spi, header.responder_spi, header.next_payload, header.version, header.exchange_type,
        header.flags, header.message_id, header.size, tuple(payloads),
    )  # fmt: skip
    return Event(event.frame, event.at, event.source, event.destination, message)


def _common(proposal: Proposal) -> Proposal:
    """Hardly any two sessions chose differently."""
    if len(PROPOSALS) >= MOST_BARE:
        PROPOSALS.clear()
    return PROPOSALS.setdefault(proposal, proposal)


def _shared(counts: dict[KeyT, int]) -> dict[KeyT, int]:
    """Small counts that are alike in most sessions are kept once."""
    key = tuple(counts.items())
    if len(COUNTS) >= MOST_BARE:
        COUNTS.clear()
    return COUNTS.setdefault(key, counts)


def _strip_child(child: ChildSa) -> None:
    response, deleted = _bare(child.response), _bare(child.deleted)
    assert response is not None
    if child.ike_sa.established is not None and child.ike_sa.established.frame == response.frame:
        response = child.ike_sa.established
    child.request, child.response, child.deleted = None, response, deleted
    child.nonces, child.ts_i, child.ts_r = NO_NONCES, None, None
    child.proposal = _common(replace(child.proposal, spi=b""))


def _strip_home(home: HomeRegistration) -> None:
    home.updates, home.acks, home.refused_bids = [], [], {}
    home.waiting = {}
    home.ipv4_ack, home.refusal = _slim(home.ipv4_ack), _slim(home.refusal)
    home.first_accepted = _slim(home.first_accepted)
    del home.former[:-MOST_BINDINGS]
    for binding in (*home.former, *home.bindings.values()):
        _strip_binding(binding)
    home.flows = {
        fid: replace(flow, update=_thin(flow.update), ack=_thin(flow.ack)) for fid, flow in home.flows.items()
    }


def _strip_binding(binding: Binding) -> None:
    binding.update, binding.ack = _thin(binding.update), _thin(binding.ack)
    binding.first_ack, binding.ended_by = _slim(binding.first_ack), _slim(binding.ended_by)


def _slim(event: MobilityEvent | None) -> MobilityEvent | None:
    return None if event is None else _thin(event)


def _thin(event: MobilityEvent) -> MobilityEvent:
    """A Mobility Header by its fixed part, and the IPv4 Home Address that it gave."""
    packet = event.message
    message = packet.message
    if isinstance(message, (BindingUpdate, BindingAck)):
        kept = tuple(option for option in message.options if isinstance(option, Ipv4AddressAck))
        message = replace(message, options=kept)
    slim = MobilityPacket(message, packet.addressing, packet.checksum_ok)
    return Event(event.frame, event.at, event.source, event.destination, slim)
