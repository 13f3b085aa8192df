"""PDN connections set up in a 3GPP access, as PCO tells of them: what a UE asked for and was given there before S2c.

One UE asks in NAS, and its request travels on in GTP: the capture may hold several copies of one request. Records only;
what they are judged by stands in ``rules.ts24303``. Everything is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from dissectors.events import Address, Event
from dissectors.pco import ContainerId, HomeNetworkPrefix
from dissectors.pco_carriers import CONNECTS, RELEASES, PcoMessage

if TYPE_CHECKING:
    from rules.session import Session, World

PcoEvent: TypeAlias = Event[PcoMessage]
OneT = TypeVar("OneT")
COPY_WINDOW = 10_000_000_000
"""ns in which the same request of the same UE is one request, on its way from node to node or sent again."""
MOST_EACH = 8
"""Connections and sessions of one UE, requests of one connection, and connections of one prefix: the newest."""
MOST_TRANSACTIONS = 65536
IMSI_NAI = re.compile(r"(?:^|!)[016](?P<imsi>[0-9]{6,15})@")
"""NAIs that name the IMSI, for EAP-AKA, EAP-SIM and EAP-AKA' (TS 23.003 clauses 14.3 and 19.3.2)."""


def imsi_of(nai: str) -> str | None:
    """The IMSI in a NAI, if it holds one."""
    found = IMSI_NAI.search(nai)
    return found["imsi"] if found else None


@dataclass(slots=True, eq=False)
class PcoConnection:
    """A PDN connection of a 3GPP access."""

    imsi: str | None
    apn: str | None
    requests: list[PcoEvent] = field(default_factory=list)  # without copies
    answer: PcoEvent | None = None
    released: PcoEvent | None = None  # the first message after which it may be gone

    def asks(self, container: ContainerId) -> bool:
        """Whether the UE asked for it."""
        return any(event.message.pco is not None and event.message.pco.has(container) for event in self.requests)

    @property
    def prefix(self) -> HomeNetworkPrefix | None:
        """The home network prefix that it was given."""
        pco = self.answer.message.pco if self.answer else None
        return pco.home_network_prefix if pco else None

    @property
    def asked_prefix(self) -> PcoEvent | None:
        """The request for a home network prefix."""
        wanted = ContainerId.HOME_NETWORK_PREFIX
        return next((e for e in self.requests if e.message.pco is not None and e.message.pco.has(wanted)), None)


@dataclass(slots=True)
class PcoRecords:
    """All PDN connections that PCO tells of. ``blind`` says why PCO that is in the capture could not be read."""

    blind: str = ""
    asks_prefix: bool = False  # some UE asked for a home network prefix
    _by_imsi: dict[str, list[PcoConnection]] = field(default_factory=dict)
    _by_transaction: dict[tuple[object, ...], PcoConnection] = field(default_factory=dict)
    _by_prefix: dict[tuple[int, int], list[PcoConnection]] = field(default_factory=dict)  # length, bits
    _lengths: set[int] = field(default_factory=set)
    _sessions: dict[str, list[Session]] = field(default_factory=dict)  # by IMSI

    def of_imsi(self, imsi: str | None) -> list[PcoConnection]:
        """The connections of one UE, the oldest first."""
        return self._by_imsi.get(imsi, []) if imsi else []

    def holding(self, address: Address) -> Iterator[PcoConnection]:
        """The connections in whose prefix an address lies."""
        if isinstance(address, IPv6Address):
            for length in self._lengths:
                yield from self._by_prefix.get((length, int(address) >> 128 - length), ())

    def sessions_of(self, event: PcoEvent) -> list[Session]:
        """The sessions of the UE that a message is about."""
        return list(self._sessions.get(event.message.imsi or "", ()))

    def note_identity(self, nai: str, session: Session) -> None:
        """A session's UE names itself."""
        imsi = imsi_of(nai)
        if imsi is not None:
            _append(self._sessions.setdefault(imsi, []), session)

    def note(self, event: PcoEvent) -> None:
        """Enters a message."""
        message = event.message
        if message.kind in RELEASES:
            self._release(event)
        elif message.pco is None or message.kind.name.endswith("REJECT"):
            return
        elif message.kind in CONNECTS:
            self._ask(event)
        elif not message.is_uplink:
            self._answer(event)

    def _release(self, event: PcoEvent) -> None:
        for connection in self.of_imsi(event.message.imsi):
            if event.message.apn in (None, connection.apn) or connection.apn is None:
                connection.released = connection.released or event

    def _ask(self, event: PcoEvent) -> None:
        message = event.message
        known = self._by_transaction.get(message.transaction)
        goes_on = known is not None and known.answer is None and known.imsi == message.imsi
        connection = known if goes_on else self._first_of(event)
        if connection is None:
            connection = PcoConnection(message.imsi, message.apn)
            if message.imsi is not None:
                _append(self._by_imsi.setdefault(message.imsi, []), connection)
        connection.apn = connection.apn or message.apn
        if all(request.message.pco != message.pco for request in connection.requests):
            _append(connection.requests, event)
        self.asks_prefix |= connection.asks(ContainerId.HOME_NETWORK_PREFIX)
        self._begin(message.transaction, connection)

    def _first_of(self, event: PcoEvent) -> PcoConnection | None:
        """The connection that a copy of the same request has opened."""
        for connection in reversed(self.of_imsi(event.message.imsi)):
            for request in connection.requests:
                lately = connection.released is None and event.at - request.at <= COPY_WINDOW
                one_apn = None in (connection.apn, event.message.apn) or connection.apn == event.message.apn
                if lately and one_apn and request.message.pco == event.message.pco:
                    return connection
        return None

    def _answer(self, event: PcoEvent) -> None:
        message = event.message
        connection = self._by_transaction.get(message.transaction)
        if connection is None:
            connection = PcoConnection(message.imsi, message.apn)
            if message.imsi is not None:
                _append(self._by_imsi.setdefault(message.imsi, []), connection)
            self._begin(message.transaction, connection)
        if connection.answer is not None:
            return
        connection.answer = event
        prefix = connection.prefix
        if prefix is not None and prefix.length:
            self._lengths.add(prefix.length)
            key = (prefix.length, int(prefix.prefix) >> 128 - prefix.length)
            _append(self._by_prefix.setdefault(key, []), connection)

    def _begin(self, transaction: tuple[object, ...], connection: PcoConnection) -> None:
        self._by_transaction.pop(transaction, None)
        self._by_transaction[transaction] = connection
        if len(self._by_transaction) > MOST_TRANSACTIONS:
            del self._by_transaction[next(iter(self._by_transaction))]


def _append(newest: list[OneT], one: OneT) -> None:
    if one not in newest:
        newest.append(one)
        del newest[:-MOST_EACH]


def learn_pco(event: PcoEvent, world: World) -> list[Session]:
    """Enters a message, and gives the sessions that it concerns: those of its UE."""
    world.pco.note(event)
    if event.message.pco is not None and not event.message.is_uplink:
        world.ha_addresses.update(event.message.pco.home_agents)
    return [session for session in world.pco.sessions_of(event) if not session.is_over]
