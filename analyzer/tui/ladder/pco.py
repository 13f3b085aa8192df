"""Messages with PCO that belong to the UE of a session, and the nodes they go between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analyzer.tui.carried import PcoNote, PcoNotes, pco_note
from dissectors.events import Address
from rules.pco import PcoConnection, imsi_of
from rules.session import Session

UE, UNKNOWN = "UE", "GTP-C"
"""The names of the UE's column, and of a node that no message names."""


class Found(NamedTuple):
    """The messages in order, and how many more there were than are kept."""

    notes: tuple[PcoNote, ...]
    left: int


def notes_of(session: Session, kept: PcoNotes) -> Found:
    """By the IMSI in the identities of the UE, and by the home prefix in which a Home Address of it lies."""
    connections = list(_connections(session))
    names = [session.identity, *(identity.text for identity in list(session.eap_identities))]
    told = [imsi_of(name) for name in names if name] + [connection.imsi for connection in connections]
    subscribers = [imsi for imsi in dict.fromkeys(told) if imsi]
    notes = [note for imsi in subscribers for note in list(kept.by_imsi.get(imsi, ()))]
    known = {note.frame for note in notes}
    notes += [note for note in _of_connections(connections) if note.frame not in known]
    return Found(
        tuple(sorted(dict.fromkeys(notes), key=lambda note: note.frame)),
        sum(kept.left.get(imsi, 0) for imsi in subscribers),
    )


def _connections(session: Session) -> Iterator[PcoConnection]:
    for home in list(session.homes.values()):
        if home.updates or home.acks:
            yield from session.world.pco.holding(home.home_address)


def _of_connections(connections: Sequence[PcoConnection]) -> Iterator[PcoNote]:
    for connection in connections:
        for event in (*connection.requests, connection.answer, connection.released):
            if event is not None:
                yield pco_note(event)


class PcoNodes:
    """Who sends and who receives. A node that one message names has that name in the others."""

    def __init__(self, notes: Sequence[PcoNote]) -> None:
        self._names: dict[Address, str] = {}
        for note in notes:
            for name, end in zip(note.nodes, (note.source, note.destination), strict=True):
                if name and UE not in note.nodes:
                    self._names.setdefault(end.address, name)
        self.addresses: dict[str, list[Address]] = {}
        for note in notes:
            for name, address in self._ends(note):
                known = self.addresses.setdefault(name, [])
                if address not in known and name != UE and not address.is_unspecified:
                    known.append(address)
        self.addresses.pop(UE, None)

    def ends(self, note: PcoNote) -> tuple[str, str]:
        """The names of the columns where the message begins and ends."""
        source, destination = self._ends(note)
        return source[0], destination[0]

    def _ends(self, note: PcoNote) -> tuple[tuple[str, Address], tuple[str, Address]]:
        source, destination = note.source.address, note.destination.address
        names = note.nodes if UE in note.nodes else self._named(note)
        return (names[0], source), (names[1], destination)

    def _named(self, note: PcoNote) -> tuple[str, str]:
        source, destination = (
            name or self._names.get(end.address, UNKNOWN)
            for name, end in zip(note.nodes, (note.source, note.destination), strict=True)
        )
        return source, destination
