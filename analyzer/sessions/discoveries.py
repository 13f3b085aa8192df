"""Sessions of UEs that look for their Home Agent: begun by the first DHCPv6 or DNS message, gone on with by IKE.

Which message belongs to which discovery goes by the client: its DUID, transaction, link-layer address, addresses and
interface identifier; where none of them tells, by what was asked for, if only one client can be meant. All indexes
hold the newest discoveries alone, and only so many sessions are opened for discoveries that no IKE follows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from dissectors.dhcpv6 import Dhcpv6, Dhcpv6Message, RelayMessage, asks_for_home_information
from dissectors.dhcpv6.information import home_information
from dissectors.dns import DnsMessage
from dissectors.events import Event, Layer
from dissectors.ikev2.registry import ExchangeType
from rules.discovery import (
    FROM_CLIENT,
    DhcpEvent,
    Discovery,
    DnsEvent,
    asks_unread,
    client_end,
    duid_of,
    folded,
    interface_identifier,
    is_home_agent_name,
    names_in,
)
from rules.session import IkeEvent, Session

MOST_OPEN = 4096
"""Discoveries that are found again; the longest silent ones are forgotten."""
MOST_LONE = 8192
"""Sessions that are opened for discoveries and that no IKE has followed yet."""
MOST_ALIKE = 32
"""Discoveries under one key that are looked through."""
SETTLED = 60_000_000_000
"""ns of silence after which every obligation of a discovery is settled, so that it may be forgotten."""

Key: TypeAlias = tuple[str, object]


class Discoveries:
    """Finds the session of a discovery message, and the discovery that an IKE_SA_INIT request came of."""

    def __init__(self, open_session: Callable[[Event[Any]], Session]) -> None:
        self._open_session = open_session
        self._by_key: dict[Key, list[Session]] = {}
        self._keys: OrderedDict[Session, set[Key]] = OrderedDict()
        self._lone = 0
        self.ignored = 0
        """Messages of clients for whom there was no room."""

    def sessions_of(self, event: Event[Any]) -> list[tuple[Session, int]]:
        """The sessions that a DHCPv6 or DNS message concerns, each with the frame it repeats (or 0)."""
        message = event.message
        if isinstance(message, DnsMessage):
            found = self._of_answer(event) if message.is_response else self._of_query(event)
        elif isinstance(message, (Dhcpv6Message, RelayMessage)):
            found = self._of_dhcp(event, message)
        else:
            found = []
        return [(session, _repeats(event, session)) for session in found]

    def start_of(self, event: IkeEvent, layers: Sequence[Layer]) -> Session | None:
        """The session whose discovery an IKE_SA_INIT request of a new IKE SA came of.

        ``layers`` are those of its frame, with the link-layer address; IKE events are kept without, as they are many.
        """
        if event.message.exchange_type != ExchangeType.IKE_SA_INIT or event.message.is_response or not self._keys:
            return None
        event, destination = replace(event, stack=tuple(layers[:1])), event.destination.address
        own = [s for s in self._of_client(event) if _of(s).start is None]
        led = [s for s in own if destination in _of(s).produced()]
        if own:
            return (led or own)[0]
        others = [s for s in self._found([("agent", destination)]) if _of(s).start is None]
        possible = [s for s in others if _of(s).client.sends(event) is None]
        return possible[0] if len(possible) == 1 else None

    def learn(self, session: Session) -> None:
        """Enters what a session's discovery has learned into the indexes."""
        if session.discovery is None or (session not in self._keys and session.discovery.start is not None):
            return
        before, now = self._keys.get(session, set()), set(_keys_of(session.discovery))
        self._forget(session, before - now)
        for key in now - before:
            self._enter(key, session)
        self._keys[session] = now
        self._keys.move_to_end(session)
        while len(self._keys) > MOST_OPEN:
            oldest, keys = self._keys.popitem(last=False)
            self._forget(oldest, keys)
            _of(oldest).forget()

    def note_start(self) -> None:
        """IKE has followed: one session fewer was opened in vain."""
        self._lone -= 1

    def leave(self, session: Session) -> None:
        """A session is over."""
        self._forget(session, self._keys.pop(session, set()))
        if session.discovery is not None and session.discovery.start is None:
            self._lone -= 1

    # By key

    def _enter(self, key: Key, session: Session) -> None:
        newest = self._by_key.setdefault(key, [])
        newest.append(session)
        del newest[:-MOST_ALIKE]

    def _forget(self, session: Session, keys: set[Key]) -> None:
        for key in keys:
            newest = self._by_key.get(key, [])
            if session in newest:
                newest.remove(session)
            if not newest:
                self._by_key.pop(key, None)

    def _found(self, keys: Iterable[Key]) -> list[Session]:
        """The sessions under any of some keys, the newest first."""
        found = {session: None for key in keys for session in self._by_key.get(key, ())}
        return sorted(found, key=lambda session: -session.number)

    def _of_client(self, event: Event[Any]) -> list[Session]:
        """Discoveries of the client that an event is from or to."""
        address, link = client_end(event)
        keys: list[Key] = [("address", address)]
        keys += [("link", link)] if link else []
        identifier = interface_identifier(address)
        keys += [("identifier", identifier)] if identifier else []
        return [s for s in self._found(keys) if _of(s).client.sends(event)]

    # DHCPv6

    def _of_dhcp(self, event: DhcpEvent, message: Dhcpv6) -> list[Session]:
        inner = message.inner
        if inner is None:
            return []
        same = [s for s in self._found([("transaction", inner.transaction_id)]) if _is_party(event, s)]
        if same or inner.type not in FROM_CLIENT or not asks_for_home_information(message):
            return same[:1]
        duid = duid_of(message)
        own = self._found([("duid", duid)]) if duid else self._of_client(event)
        asked = _identifier(message)
        going_on = [s for s in own if _of(s).start is None and _asks_for(asked, s)]
        return going_on[:1] or self._begin(event)

    def _is_full(self, at: int) -> bool:
        """No room: to forget a UE that may be about to look a name up would accuse it of not having done so."""
        if self._lone >= MOST_LONE:
            return True
        if len(self._keys) < MOST_OPEN:
            return False
        oldest = next(iter(self._keys))
        return _of(oldest).start is None and at - oldest.last_at < SETTLED

    def _begin(self, event: Event[Any]) -> list[Session]:
        if self._is_full(event.at):
            self.ignored += 1
            return []
        self._lone += 1
        session = self._open_session(event)
        session.ue, session.ha = client_end(event)[0], None
        session.discovery = Discovery()
        return [session]

    # DNS

    def _of_query(self, event: DnsEvent) -> list[Session]:
        names = list(names_in(event.message))
        asked = self._by_name(event, names)
        if asked:
            return asked
        own = [s for s in self._of_client(event) if _of(s).start is None]
        if not names:
            return own[:1] if asks_unread(event.message) else []
        if any(map(is_home_agent_name, names)):
            return own[:1] or self._begin(event)
        if own:
            _of(own[0]).note_other(names[0], event.frame)
        return []

    def _of_answer(self, event: DnsEvent) -> list[Session]:
        if event.message.questions:
            return self._by_name(event, names_in(event.message))
        return [s for s in self._of_client(event) if _of(s).questions_of(event)][:1]  # the capture cut it too short

    def _by_name(self, event: DnsEvent, names: Iterable[str]) -> list[Session]:
        """Who was given the name, or asked for it; where several may be meant, all, and none of them for sure."""
        given = self._found(("name", name) for name in names)
        told = {session: _of(session).client.sends(event) for session in given}
        sure = [session for session, answer in told.items() if answer]
        if sure:
            return sure[:1]
        possible = [session for session, answer in told.items() if answer is None]
        if len(possible) > 1:
            for session in possible:
                _of(session).unsure = True
        return possible


def _of(session: Session) -> Discovery:
    assert session.discovery is not None
    return session.discovery


def _is_party(event: DhcpEvent, session: Session) -> bool:
    """Whether a message under a known transaction is of the same client: the number alone may be anyone's."""
    client, duid = _of(session).client, duid_of(event.message)
    if duid and client.duid:
        return duid == client.duid
    return client.sends(event) is not False


def _identifier(message: Dhcpv6) -> str:
    information = home_information(message)
    return folded(information.identifier or "") if information else ""


def _asks_for(identifier: str, session: Session) -> bool:
    """Whether a discovery is about the same home network: a UE may look for several PDNs at once."""
    requests = _of(session).requests
    return not requests or _identifier(requests[-1].message) == identifier


def _keys_of(discovery: Discovery) -> Iterator[Key]:
    client = discovery.client
    if client.duid:
        yield "duid", client.duid
    for link in (*client.links, client.link_of_duid):
        if link:
            yield "link", link
    for address in client.addresses:
        yield "address", address
        if interface_identifier(address):
            yield "identifier", interface_identifier(address)
    for request in discovery.requests:
        inner = request.message.inner
        if inner is not None:
            yield "transaction", inner.transaction_id
    for told in discovery.replies:
        if told.fqdn:
            yield "name", folded(told.fqdn)
    for name, _ in discovery.lookups:
        yield "name", name
    for address in discovery.produced():
        yield "agent", address


def _repeats(event: Event[Any], session: Session) -> int:
    """The frame of the first sending, where a message is sent again (or passes the capture again, behind a relay)."""
    discovery, message = _of(session), event.message
    if isinstance(message, DnsMessage):
        return _repeats_dns(event, discovery)
    inner = message.inner
    before = (*discovery.requests, *(told.event for told in discovery.replies))
    return next((e.frame for e in before if _same_dhcp(e.message.inner, inner)), 0)


def _same_dhcp(one: Dhcpv6Message | None, other: Dhcpv6Message | None) -> bool:
    """A retransmission differs in its elapsed time alone: RFC 8415 section 16."""
    if one is None or other is None or (one.type, one.transaction_id) != (other.type, other.transaction_id):
        return False
    return one.type in FROM_CLIENT or one.options == other.options


def _repeats_dns(event: DnsEvent, discovery: Discovery) -> int:
    """The same client asks under the same number again, or the same answer comes again."""
    message = event.message
    for question in message.questions:
        known = discovery.lookups.get((folded(question.name), question.type))
        first = (known.answer if message.is_response else known.query) if known else None
        if first is not None and first.message == message:
            return first.frame
    return 0
