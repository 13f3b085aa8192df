"""The stage a ladder is played on: it turns lines into events with real messages, and remembers what was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dissectors.events import Endpoint, Event
from dissectors.ikev2.messages import IkeMessage, SecurityAssociation
from dissectors.ikev2.registry import ExchangeType
from dissectors.protected import EspMessage
from rules.ladder import discovery, home_traffic, mobility, neighbor, pco
from rules.ladder.compliant import changed, compliant
from rules.ladder.messages import esp_message, ike_message
from rules.ladder.payloads import name_of
from rules.ladder.scene import EPOCH, LadderSa, Node, Place, filler
from rules.ladder.script import LadderError, Line
from rules.ladder.tunnel import tunnel_segment
from rules.model import Role

ATTACH: tuple[tuple[str, int | None], ...] = (
    ("IKE_SA_INIT", 0),
    ("IKE_AUTH", 1),
    ("IKE_AUTH", 2),
    ("IKE_AUTH", 3),
    ("CREATE_CHILD_SA", 4),
)
ATTACH_STEP = 10_000_000  # ns between the messages of an attach
AnyEvent = Event[Any]


class Stage:
    """Plays lines one after the other."""

    def __init__(self) -> None:
        self.sas: list[LadderSa] = []
        self.frame = 0
        self._sequence: dict[int, int] = {}  # of ESP, by SPI
        self._attachments = mobility.Attachments()
        self._asked = discovery.Asked()
        self._asked_in_pco = pco.Asked()
        self._last: tuple[AnyEvent, Place | None, tuple[str, ...]] | None = None

    def events(self, line: Line) -> Iterator[tuple[Node, AnyEvent]]:
        """The events of a line, each with the UE whose session it belongs to."""
        if line.what == "ATTACH":
            for step in attach_lines(line):
                yield from self.events(step)
        elif line.what == "repeat":
            yield self._repeat(line)
        elif line.what == "ESP":
            yield self._esp(line)
        elif line.what in mobility.WORDS:
            yield self._mobility(line)
        elif line.what == "DATA":
            yield self._data(line)
        elif line.what in home_traffic.WORDS:
            yield self._home_traffic(line)
        elif line.what in neighbor.WORDS:
            yield self._neighbor(line)
        elif line.what in discovery.WORDS:
            yield self._discovery(line)
        elif line.what in pco.WORDS:
            yield self._pco(line)
        elif line.what not in ("END", "DROPS", "IFOM", "UNREAD", "ALIKE"):
            yield self._ike(line)

    # IKE

    def _ike(self, line: Line) -> tuple[Node, AnyEvent]:
        sender, receiver = Node.of(line.source), Node.of(line.destination)
        exchange = _exchange(line.what)
        sa = self._sa(line, exchange, sender, receiver)
        place = _place(line, exchange, sa, sender, receiver)
        tokens = line.payloads if line.payloads is not None else compliant(place)
        tokens = changed(tokens, line.added, line.removed)
        message = ike_message(place, tokens, line)
        self._remember(place, tokens, message)
        event = self._event(line, sender, receiver, message)
        self._last = event, place, tokens
        return place.ue, event

    def _sa(self, line: Line, exchange: int, sender: Node, receiver: Node) -> LadderSa:
        """The IKE SA a line speaks of: ``sa=N``, else the newest between the two; IKE_SA_INIT requests begin one."""
        if "sa" in line.options:
            number = int(line.options["sa"])
            if not 0 < number <= len(self.sas):
                raise LadderError(f"there is no sa {number} yet: {line.text}")
            return self.sas[number - 1]
        peers = frozenset((sender.name, receiver.name))
        newest = next((sa for sa in reversed(self.sas) if sa.peers == peers), None)
        begins = exchange == ExchangeType.IKE_SA_INIT and not line.response
        if newest is None or (begins and not newest.refused):
            redirected = next((s.redirected_from for s in reversed(self.sas) if sender.name in s.peers), "")
            newest = self._open(sender, receiver, line.response)
            newest.redirected_from = redirected if begins else ""
        return newest

    def _open(self, sender: Node, receiver: Node, is_response: bool) -> LadderSa:
        initiator, responder = (receiver, sender) if is_response else (sender, receiver)
        number = len(self.sas) + 1
        sa = LadderSa(
            number,
            initiator.name,
            responder.name,
            filler(f"spi i {number}", 8),
            filler(f"spi r {number}", 8),
            frozenset((sender.name, receiver.name)),
        )
        self.sas.append(sa)
        return sa

    def _remember(self, place: Place, tokens: tuple[str, ...], message: IkeMessage) -> None:
        sa, name = place.sa, place.sender.name
        names = {name_of(t): t for t in tokens}
        if "EAP" in names:
            sa.eap[place.role] = names["EAP"]
        if not place.response:
            sa.asked[name], sa.asked_id[name] = tokens, place.message_id
            sa.next_id[name] = place.message_id + 1
            if "IDi" in names:
                sa.identified = tokens
                sa.eap.clear()
        elif place.is_init:
            sa.refused = "SA" not in names or "KE" not in names
            cookie = message.payloads and names.get("N COOKIE")
            sa.cookie = cookie or ""
            if sa.refused:
                sa.next_id[place.receiver.name] = 0
        if "N REDIRECT" in names and place.role is Role.HA:
            sa.redirected_from, sa.refused = name, False
        if place.exchange == ExchangeType.CREATE_CHILD_SA:
            self._note_rekey(place, tokens, message)

    def _note_rekey(self, place: Place, tokens: tuple[str, ...], message: IkeMessage) -> None:
        """A CREATE_CHILD_SA with SA(IKE) makes the next IKE SA: its SPIs are those of the two proposals."""
        if not any(t.startswith("SA(IKE") for t in tokens):
            return
        offer = message.first(SecurityAssociation)
        spi = offer.proposals[0].spi if offer else b""
        if not place.response:
            place.sa.offered_spi = spi
        elif place.sa.offered_spi:
            successor = self._open(place.receiver, place.sender, is_response=False)
            successor.spi_i, successor.spi_r = place.sa.offered_spi, spi
            successor.identified, successor.eap = place.sa.identified, dict(place.sa.eap)
            successor.child_spis = place.sa.child_spis

    # ESP and repeats

    def _esp(self, line: Line) -> tuple[Node, AnyEvent]:
        sender, receiver = Node.of(line.source), Node.of(line.destination)
        options = line.options
        spi = int(options["spi"], 16) if "spi" in options else self._current_spi(sender, receiver)
        sequence = int(options.get("seq", self._sequence.get(spi, 0) + 1))
        self._sequence[spi] = sequence
        message = esp_message(spi, sequence, options)
        event = self._event(line, sender, receiver, message)
        self._last = event, None, ()
        return _ends(sender, receiver)[0], event

    # Mobility

    def _mobility(self, line: Line) -> tuple[Node, AnyEvent]:
        sender, receiver = Node.of(line.source), Node.of(line.destination)
        spi = self._current_spi(sender, receiver)
        packet = mobility.mobility_packet(line, sender, receiver, self._attachments, spi)
        self.frame += 1
        ends = packet.addressing
        event = Event(
            self.frame,
            EPOCH + line.at,
            ends.outer_source,
            ends.outer_destination,
            packet,
            complete="cut" not in line.options,
        )
        self._last = event, None, ()
        return _ends(sender, receiver)[0], event

    def _data(self, line: Line) -> tuple[Node, AnyEvent]:
        sender, receiver = Node.of(line.source), Node.of(line.destination)
        segment = tunnel_segment(line, sender, receiver, self._attachments, self.frame + 1)
        self.frame = segment.last_frame
        ends = (
            (segment.outer_source, segment.outer_source_port),
            (
                segment.outer_destination,
                segment.outer_destination_port,
            ),
        )
        source, destination = (Endpoint(*end) for end in ends)
        event = Event(segment.first_frame, segment.first_at, source, destination, segment)
        return _ends(sender, receiver)[0], event

    def _neighbor(self, line: Line) -> tuple[Node, AnyEvent]:
        """Neighbour discovery, which is never protected and has no ports."""
        sender, receiver = Node.of(line.source), Node.of(line.destination)
        ue = _ue_of(sender, receiver)
        message, source, destination = neighbor.neighbor_message(line, sender, ue)
        self.frame += 1
        event: AnyEvent = Event(
            self.frame, EPOCH + line.at, source, destination, message, complete="cut" not in line.options
        )
        self._last = event, None, ()
        return ue, event

    def _discovery(self, line: Line) -> tuple[Node, AnyEvent]:
        """DHCPv6 and DNS between a UE and the network."""
        message, source, destination = discovery.discovery_message(line, self._asked)
        self.frame += 1
        event: AnyEvent = Event(
            self.frame, EPOCH + line.at, source, destination, message, complete="cut" not in line.options
        )
        self._last = event, None, ()
        return _ue_of(Node.of(line.source), Node.of(line.destination)), event

    def _pco(self, line: Line) -> tuple[Node, AnyEvent]:
        """PCO in a 3GPP access, which passes neither the HA nor the access network of S2c."""
        ue, message, source, destination = pco.pco_message(line, self._asked_in_pco)
        self.frame += 1
        return ue, Event(self.frame, EPOCH + line.at, source, destination, message)

    def _home_traffic(self, line: Line) -> tuple[Node, AnyEvent]:
        sender, receiver = Node.of(line.source), Node.of(line.destination)
        message = home_traffic.home_traffic(line, sender, receiver, self._attachments)
        self.frame += 1
        ends = message.addressing
        event = Event(self.frame, EPOCH + line.at, ends.outer_source, ends.outer_destination, message)
        return _ends(sender, receiver)[0], event

    def _current_spi(self, sender: Node, receiver: Node) -> int:
        """The SPI that the receiver chose last."""
        peers = frozenset((sender.name, receiver.name))
        sa = next((s for s in reversed(self.sas) if s.peers == peers and receiver.role in s.child_spis), None)
        if sa is not None:
            return sa.child_spis[receiver.role]
        return 0x1001 if receiver.role is Role.HA else 0x2001

    def _repeat(self, line: Line) -> tuple[Node, AnyEvent]:
        if self._last is None:
            raise LadderError("nothing to repeat")
        event, place, tokens = self._last
        ue = _ends_of(event, place)
        message = event.message
        if place is not None and (line.added or line.removed):
            message = ike_message(place, changed(tokens, line.added, line.removed), line)
        self.frame += 1
        again = replace(
            event,
            frame=self.frame,
            at=EPOCH + line.at,
            message=message,
            repeats=event.repeats or event.frame,
            complete="cut" not in line.options,
        )
        self._last = again, place, tokens
        return ue, again

    def _event(self, line: Line, sender: Node, receiver: Node, message: object) -> AnyEvent:
        self.frame += 1
        port = int(line.options.get("port", 0 if isinstance(message, EspMessage) else 500))
        return Event(
            frame=self.frame,
            at=EPOCH + line.at,
            source=Endpoint(sender.address, port),
            destination=Endpoint(receiver.address, port),
            message=message,
            complete="cut" not in line.options,
        )


def attach_lines(line: Line) -> Iterator[Line]:
    """The messages that ``ATTACH`` stands for."""
    at = line.at
    until, number = line.options.get("until"), line.number
    steps = list(ATTACH)
    if until is not None:
        last = [n for n, (name, id_) in enumerate(steps) if name == until and number in (None, id_)]
        if not last:
            raise LadderError(f"an attach has no {until} {number}: {line.text}")
        steps = steps[: last[-1] + 1]
    for name, message_id in steps:
        yield Line(at, name, line.source, line.destination, False, message_id, text=line.text)
        yield Line(at + ATTACH_STEP, name, line.destination, line.source, True, message_id, text=line.text)
        at += 2 * ATTACH_STEP


def _exchange(name: str) -> int:
    if name in ExchangeType.__members__:
        return ExchangeType[name]
    if name.startswith("EXCHANGE_") and name[9:].isdigit():
        return int(name[9:])
    raise LadderError(f"not an exchange: {name}")


def _ends(sender: Node, receiver: Node) -> tuple[Node, Node]:
    """The UE and the HA of a message."""
    if {sender.role, receiver.role} != {Role.UE, Role.HA}:
        raise LadderError("a message goes between a UE and a HA")
    return (sender, receiver) if sender.role is Role.UE else (receiver, sender)


def _ue_of(sender: Node, receiver: Node) -> Node:
    """The UE of a message that may be from or to the network."""
    found = [node for node in (sender, receiver) if node.role is Role.UE]
    if len(found) != 1:
        raise LadderError("one end of a message is a UE")
    return found[0]


def _ends_of(event: AnyEvent, place: Place | None) -> Node:
    if place is not None:
        return place.ue
    for index in range(1, 10):
        node = Node(f"UE{index}" if index > 1 else "UE")
        if node.address in (event.source.address, event.destination.address):
            return node
    return Node("UE")


def _place(line: Line, exchange: int, sa: LadderSa, sender: Node, receiver: Node) -> Place:
    if line.number is not None:
        message_id = line.number
    elif line.response:
        message_id = sa.asked_id.get(receiver.name, _usual_id(exchange))
    else:
        message_id = sa.next_id.get(sender.name, _usual_id(exchange))
    if exchange == ExchangeType.IKE_SA_INIT and line.number is None:
        message_id = 0
    ue, ha = _ends(sender, receiver)
    return Place(exchange, line.response, message_id, sender, receiver, ue, ha, sa)


def _usual_id(exchange: int) -> int:
    return 1 if exchange == ExchangeType.IKE_AUTH else 0
