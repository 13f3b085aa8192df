"""What a session that is over leaves: who it was, what it was given, what it registered, what others are judged by.

A session of the same UE may be held against this one: what prefix it had, whether it was given a pseudonym, which
addresses it held until when. Reports tell its ends, SAs, Home Addresses, bindings and tunnels. All else goes: messages,
exchanges, selectors, nonces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dissectors.eap import AkaAttributeType, EapCode
from dissectors.events import Event
from dissectors.ikev2.messages import Eap, Identification, IkeMessage, Payload
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import Ipv4AddressAck
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import Binding, HomeRegistration, MobilityEvent
from rules.session import ChildSa, IkeEvent, IkeSa, Session

MOST_SAS = 16
"""IKE SAs of a session that are told of afterwards, the newest; and CHILD SAs, and ESP flows."""
MOST_IDENTITIES = 8
MOST_PREFIXES = 64
MOST_BINDINGS = 8
NO_NONCES = (b"", b"")


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
    session.sas_by_spi, session.newest_children, session.discovery = {}, (), None
    session.esp_flows = dict(list(session.esp_flows.items())[-MOST_SAS:])
    for flow in session.esp_flows.values():
        flow.last = None
    del session.eap_identities[MOST_IDENTITIES:]
    del session.home_prefixes[:-MOST_PREFIXES]
    for home in session.homes.values():
        _strip_home(home)


def strip_sa(sa: IkeSa) -> None:
    """Of an IKE SA: where it was, how it ended, and what its UE was told in it."""
    sa.auth_requests = [_only(event, Identification) for event in sa.auth_requests if _names_apn(event)][:1]
    sa.auth_responses = [_only(event, Eap) for event in sa.auth_responses if _tells_of_aka(event)]
    sa.init_requests, sa.refusals, sa.nonces, sa.children = [], [], None, []
    sa.init_response = None
    sa.exchanges = {k: e for k, e in sa.exchanges.items() if e.request is not None and e.response is None}
    for exchange in sa.exchanges.values():
        exchange.request = _bare(exchange.request)
    sa.established, sa.failed = _bare(sa.established), _bare(sa.failed)
    sa.redirect, sa.delete, sa.delete_answer = _bare(sa.redirect), _bare(sa.delete), _bare(sa.delete_answer)


def _shorten(sas: list[IkeSa]) -> None:
    """A chain of rekeys leads from each IKE SA to the last one: who holds one would hold all between."""
    for sa in reversed(sas):
        sa.parent = None
        if sa.successor is not None and sa.successor.successor is not None:
            sa.successor = sa.successor.successor


def _names_apn(event: IkeEvent) -> bool:
    return event.message.identification(initiator=False) is not None


def _tells_of_aka(event: IkeEvent) -> bool:
    """It gave a pseudonym, or told that authentication had succeeded."""
    return any(
        eap.packet.code == EapCode.SUCCESS or eap.packet.attribute(AkaAttributeType.AT_ENCR_DATA) is not None
        for eap in event.message.each(Eap)
    )


def _only(event: IkeEvent, kind: type[Payload]) -> IkeEvent:
    """The event with one kind of payload."""
    return _with(event, tuple(event.message.each(kind)))


def _bare(event: IkeEvent | None) -> IkeEvent | None:
    """The event without payloads: who, when, in which frame."""
    return None if event is None else _with(event, ())


def _with(event: IkeEvent, payloads: Iterable[Payload]) -> IkeEvent:
    header = event.message
    message = IkeMessage(
        header.initiator_spi, header.responder_spi, header.next_payload, header.version, header.exchange_type,
        header.flags, header.message_id, header.size, tuple(payloads),
    )  # fmt: skip
    return Event(event.frame, event.at, event.source, event.destination, message, repeats=event.repeats)


def _strip_child(child: ChildSa) -> None:
    response, deleted = _bare(child.response), _bare(child.deleted)
    assert response is not None
    child.request, child.response, child.deleted = None, response, deleted
    child.nonces, child.ts_i, child.ts_r = NO_NONCES, None, None


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
