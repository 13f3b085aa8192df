"""Which session a message belongs to: one per UE and PDN connection.

IKE messages go by SPI, so MOBIKE and NAT rebinding change nothing; an IKE SA rekey and a redirect stay in their
session; ESP goes by the SPI of a negotiated CHILD SA, else by its pair of ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from analyzer.sessions.accesses import AccessIndex
from analyzer.sessions.departed import Departed
from analyzer.sessions.discoveries import Discoveries
from analyzer.sessions.homes import MOST_CONCERNED, HomeIndex
from dissectors.addressing import Addressing
from dissectors.events import Address, Endpoint, Event, Layer
from dissectors.home_traffic import HomeConfiguration
from dissectors.ikev2.messages import Delete, IkeMessage, SecurityAssociation
from dissectors.ikev2.notify import Redirect, redirect
from dissectors.ikev2.registry import ExchangeType, NotifyType, ProtocolId
from dissectors.mobility_packet import MobilityPacket
from dissectors.neighbor.messages import NeighborSolicitation, RouterAdvertisement
from dissectors.protected import EspMessage
from dissectors.tunnels import TunnelSegment
from rules.discovery import DISCOVERY_MESSAGES
from rules.history import adopt, find_sa, note_copy
from rules.registrations import lies_in_home_prefix
from rules.session import NO_SPI, ChildSa, Context, IkeEvent, IkeSa, Session, World

REDIRECT_WINDOW = 300_000_000_000
"""ns in which a new IKE SA is still taken for the answer to a redirect (RFC 5685 section 9's loop detection period)."""
MOST_STALE = 256
"""Sessions that are over while the indexes by address still lead to them."""
MOST_ALIKE = 32
"""Sessions under one SPI, or SAs redirected at one address, that are looked through; hostile input may have any number.
The newest are kept."""

OF_ACCESS = (*DISCOVERY_MESSAGES, NeighborSolicitation, RouterAdvertisement)
"""Messages of the access network, whose ends are not those of the session."""

Ends: TypeAlias = frozenset[Endpoint]
BothWays: TypeAlias = tuple[tuple[Endpoint, Endpoint], tuple[Endpoint, Endpoint]]


class Correlator:
    """Hands out sessions, and keeps the indexes that find them again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._by_initiator_spi: dict[bytes, list[Session]] = {}
        self._by_esp_spi: dict[int, list[Session]] = {}
        self._by_ends: dict[Ends, Session] = {}  # with ports: several UEs may be behind one NAT
        self._by_pair: dict[frozenset[Address], Session] = {}
        self._redirected: dict[Address, list[IkeSa]] = {}  # by the UE's address
        self._session_of: dict[IkeSa, Session] = {}
        self._ends_of: dict[IkeSa, tuple[BothWays, Ends, frozenset[Address]]] = {}  # as last seen
        self._homes = HomeIndex(world)
        self._accesses = AccessIndex(world)
        self._discoveries = Discoveries(self._open)
        self.departed = Departed()
        self._closed = 0  # sessions that were over since the last sweep

    def session_of(self, event: Event[Any], layers: Sequence[Layer] = ()) -> Session | None:
        """The session the event belongs to, a new one if it belongs to none yet; none if its session is over."""
        return self.known(event, layers) or (None if self.departed.session_of(event) else self._open(event))

    def session_of_esp(
        self, event: Event[EspMessage], addressing: Addressing, *, from_home_agent: bool = False
    ) -> Session | None:
        """The session of an ESP packet; a Home Address around it tells where its SPI and its ends do not.

        None if it comes long after its session was over.
        """
        session = self._known_esp(event) or self._homes.of((addressing.source, addressing.destination))
        if session is None and self.departed.session_of(event):
            return None
        return session or self._open(event, from_home_agent=from_home_agent)

    def session_of_mobility(self, event: Event[MobilityPacket]) -> Session:
        """The session of a Mobility Header outside ESP."""
        session = self._homes.of_mobility(event.message) or self._at_ends(event)
        return session or self._open(event, from_home_agent=event.message.from_home_agent)

    def session_of_tunnel(self, event: Event[TunnelSegment]) -> Session | None:
        """The session of user data in a tunnel, if any is known: by its inner addresses, else by the tunnel's ends."""
        return self._homes.of_tunnel(event.message) or self._at_ends(event) or self._at_pair(event)

    def session_of_configuration(self, message: HomeConfiguration) -> Session | None:
        """The session of DHCP with the home network: by the Home Address, or as it goes between UE and HA."""
        ends = message.addressing
        pair = frozenset((ends.outer_source.address, ends.outer_destination.address))
        between = _living(self._by_pair.get(pair))
        if between is not None and not message.in_tunnel and not between.homes:
            between = None  # not registered: by this a UE may still look for its Home Agent
        return self._homes.of_inside(ends) or between

    def concerned(self, message: object) -> list[Session]:
        """The sessions that a message on some link concerns, though it belongs to none."""
        found = self._homes.concerned(message)
        if isinstance(message, RouterAdvertisement):
            found += self._accesses.concerned(message)
        return list(dict.fromkeys(found))[: 2 * MOST_CONCERNED]

    def sessions_of_discovery(self, event: Event[Any]) -> list[tuple[Session, int]]:
        """The sessions that a DHCPv6 or DNS message concerns, each with the frame it repeats (or 0)."""
        return self._discoveries.sessions_of(event)

    def known(self, event: Event[Any], layers: Sequence[Layer] = ()) -> Session | None:
        """The session the event belongs to, if there is one yet; ``layers`` are those of its frame."""
        if isinstance(event.message, IkeMessage):
            known = self._known_ike(event) or self._follows_redirect(event) or self._was_named(event)
            return known or self._goes_on_unseen(event) or self._discoveries.start_of(event, layers)
        return self._known_esp(event)

    def of_copy(self, event: IkeEvent, layers: Sequence[Layer] = ()) -> Session | None:
        """The session of a message captured twice, which opens none; beyond a NAT its ends are others."""
        known = self.known(event, layers)
        if known is not None or event.message.exchange_type != ExchangeType.IKE_SA_INIT or event.message.is_response:
            return known
        spi = event.message.initiator_spi
        for session in reversed(self._by_initiator_spi.get(spi, ())):
            if any(note_copy(sa, event) for sa in session.sas_by_spi.get(spi, ())):
                return session
        return None

    def _known_ike(self, event: IkeEvent) -> Session | None:
        for session in reversed(self._by_initiator_spi.get(event.message.initiator_spi, ())):
            if find_sa(session, event) is not None:
                return session
        return None

    def _known_esp(self, event: Event[EspMessage]) -> Session | None:
        """An SPI means nothing without its destination: two SAs may share a number, and then the addresses decide."""
        source, destination = event.source.address, event.destination.address
        pair = {source, destination}
        owners = self._by_esp_spi.get(event.message.spi)
        if not owners:
            return self._at_ends(event) or self._at_pair(event)
        exact = [s for s in owners if {s.ue, s.ha} == pair]
        near = exact or [s for s in owners if s.ue in pair or s.ha in pair or not pair.isdisjoint(s.ha_addresses)]
        near = near or [s for s in owners if any(lies_in_home_prefix(s, address) for address in pair)]
        return near[-1] if near else self._at_pair(event) or owners[-1]

    def _at_ends(self, event: Event[Any]) -> Session | None:
        """By addresses and ports."""
        return _living(self._by_ends.get(_ends(event)))

    def _at_pair(self, event: Event[Any]) -> Session | None:
        """By addresses."""
        return _living(self._by_pair.get(frozenset((event.source.address, event.destination.address))))

    def _follows_redirect(self, event: IkeEvent) -> Session | None:
        """A new IKE SA by a UE that was just redirected: to the target, or naming the HA it was redirected from."""
        message = event.message
        waiting = self._redirected.get(event.source.address)
        if not waiting or message.exchange_type != ExchangeType.IKE_SA_INIT or message.is_response:
            return None
        named = message.notify(NotifyType.REDIRECTED_FROM)
        claimed = redirect(named) if named else None
        origin = claimed.gateway if isinstance(claimed, Redirect) else None
        for sa in reversed(waiting):
            if sa.redirect is None or event.at - sa.redirect.at > REDIRECT_WINDOW:
                continue
            session = self._session_of.get(sa)
            if origin == sa.responder.address:
                return session
            if _target(sa) == event.destination.address and not (session and _was_followed(sa, session)):
                return session
        return None

    def _was_named(self, event: IkeEvent) -> Session | None:
        """A new IKE SA of which one half of its CREATE_CHILD_SA was captured: so far, or at all."""
        if event.message.exchange_type == ExchangeType.IKE_SA_INIT:
            return None
        session = self._at_ends(event) or self._at_pair(event)
        spis = (event.message.initiator_spi, event.message.responder_spi)
        return session if session is not None and not _ike_spis_named_in(session).isdisjoint(spis) else None

    def _goes_on_unseen(self, event: IkeEvent) -> Session | None:
        """An SA whose start was not seen: rekeyed in an exchange that stayed closed, or in use before the capture."""
        if event.message.exchange_type == ExchangeType.IKE_SA_INIT:
            return None
        session = self._at_ends(event)
        if session is None and event.source.port == event.destination.port:  # no NAT: ESP came without ports
            session = self._at_pair(event)
            if session is not None and session.ike_sas:
                return None
        return session if session is not None and _may_have_rekeyed(session) else None

    def owner_of(self, event: IkeEvent, context: Context) -> Session | None:
        """Whose ESP SPIs an opened message names, between the same ends: of a new session the IKE SA is then theirs.

        Behind a NAT neither ports nor addresses tell, where the capture starts after the IKE SA.
        """
        sa, session = context.sa, context.session
        if sa is None or not sa.partial or sa in self._session_of or session is not self.world.sessions[-1]:
            return None
        ends = {event.source.address, event.destination.address}
        found = {owner: None for spi in spis_named_in(event.message) for owner in self._by_esp_spi.get(spi, ())}
        owners = [owner for owner in found if {owner.ue, owner.ha} == ends and _living(owner) and owner is not session]
        return owners[0] if len(owners) == 1 else None

    def hand_over(self, sa: IkeSa, owner: Session) -> None:
        """The IKE SA for which the last session was opened is another's; that session has heard of nothing yet."""
        self.world.sessions.pop()
        adopt(owner, sa)

    def _open(self, event: Event[Any], *, from_home_agent: bool = False) -> Session:
        session = Session(
            number=len(self.world.sessions) + 1,
            world=self.world,
            ue=event.source.address,
            ha=event.destination.address,
            started_at=event.at,
            first_frame=event.frame,
        )
        if from_home_agent or (isinstance(event.message, IkeMessage) and not event.message.from_initiator):
            session.ue, session.ha = session.ha, session.ue
        self.world.sessions.append(session)
        return session

    def learn(self, event: Event[Any], context: Context) -> None:
        """Enters what the event added to its session into the indexes. Called after ``rules.history.observe``."""
        session, sa = context.session, context.sa
        if isinstance(event.message, OF_ACCESS):
            self._discoveries.learn(session)
            return
        self._accesses.learn(session.ue, session)
        if session.discovery is not None and session.discovery.start is event:
            self._discoveries.note_start()
            self._discoveries.learn(session)
        if isinstance(event.message, MobilityPacket):
            self._learn_mobility(event, context)
            return
        if not isinstance(event.message, IkeMessage) or sa is None:
            if sa is None:
                self._learn_ends(event, session)
            return
        self._learn_sa(sa, session)
        if sa.successor is not None:
            self._learn_sa(sa.successor, session)
        if sa.redirect is event:
            _keep(self._redirected.setdefault(sa.initiator.address, []), sa)
        if event.message.responder_spi != NO_SPI:
            ends, pair = self._keys_of(sa, event)
            self._by_ends[ends] = session
            self._by_pair[pair] = session

    def _learn_ends(self, event: Event[Any], session: Session) -> None:
        """Who was there first stays, unless it is over."""
        if self._at_ends(event) is None:
            self._by_ends[_ends(event)] = session
        if self._at_pair(event) is None:
            self._by_pair[frozenset((event.source.address, event.destination.address))] = session

    def _keys_of(self, sa: IkeSa, event: IkeEvent) -> tuple[Ends, frozenset[Address]]:
        """Where an IKE SA is found by its ends. They hardly ever change, and a set keeps the hashes of its members,
        which for addresses take long to make.
        """
        source, destination = event.source, event.destination
        known = self._ends_of.get(sa)
        if known is None or (source, destination) not in known[0]:
            both = ((source, destination), (destination, source))
            known = self._ends_of[sa] = (both, _ends(event), frozenset((source.address, destination.address)))
        return known[1], known[2]

    def _learn_mobility(self, event: Event[MobilityPacket], context: Context) -> None:
        session, spi = context.session, event.message.spi
        self._by_ends[_ends(event)] = session
        self._by_pair[frozenset((event.source.address, event.destination.address))] = session
        if context.home is not None:
            self._homes.learn(context.home.home_address, session)
        if spi and spi not in session.children:
            _keep(self._by_esp_spi.setdefault(spi, []), session)

    def learn_waiting(self, context: Context) -> None:
        """A fragment waits for the others of its message: they have to find its session, which may be new."""
        if context.sa is not None:
            self._learn_sa(context.sa, context.session)

    def _learn_sa(self, sa: IkeSa, session: Session) -> None:
        if sa in self._session_of:
            return
        self._session_of[sa] = session
        _keep(self._by_initiator_spi.setdefault(sa.initiator_spi, []), session)

    def learn_child(self, child: ChildSa, session: Session) -> None:
        """A CHILD SA was made: its SPIs lead to the session."""
        for spi in (child.spi_i, child.spi_r):
            _keep(self._by_esp_spi.setdefault(spi, []), session)

    def forget(self, session: Session, *, remember: bool) -> None:
        """A session is over; with ``remember``, what comes late for it opens no other."""
        if remember:
            self.departed.enter(session)
        for sa in session.ike_sas:
            self._session_of.pop(sa, None)
            self._ends_of.pop(sa, None)
            _drop(self._by_initiator_spi, sa.initiator_spi, session)
        for spi in {*session.children, *(spi for spi, _ in session.esp_flows)}:
            _drop(self._by_esp_spi, spi, session)
        self._discoveries.leave(session)
        self._accesses.forget(session)
        self._closed += 1
        if self._closed > MOST_STALE + len(self._session_of):
            self._sweep()

    def _sweep(self) -> None:
        """Drops what leads to sessions that are over: so seldom that it costs each of them a few steps."""
        self._closed = 0
        self._by_ends = {ends: session for ends, session in self._by_ends.items() if not session.is_over}
        self._by_pair = {pair: session for pair, session in self._by_pair.items() if not session.is_over}
        waiting = {at: [sa for sa in sas if sa in self._session_of] for at, sas in self._redirected.items()}
        self._redirected = {at: sas for at, sas in waiting.items() if sas}
        self._by_esp_spi = {spi: left for spi, s in self._by_esp_spi.items() if (left := list(filter(_living, s)))}
        self._homes.sweep()


def _living(session: Session | None) -> Session | None:
    return None if session is None or session.is_over else session


def _drop(index: dict[Any, list[Session]], key: Any, session: Session) -> None:
    found = index.get(key, [])
    if session in found:
        found.remove(session)
    if not found:
        index.pop(key, None)


def _keep(newest: list[Any], one: Any) -> None:
    """Puts one last, once, and drops the oldest of too many."""
    if one in newest:
        newest.remove(one)
    newest.append(one)
    del newest[:-MOST_ALIKE]


def _ends(event: Event[Any]) -> Ends:
    return frozenset((event.source, event.destination))


def _may_have_rekeyed(session: Session) -> bool:
    """Whether another IKE SA may follow unseen: ESP alone was seen so far, or a CREATE_CHILD_SA stayed closed."""
    if not session.ike_sas:
        return True
    return any(
        exchange.request is not None
        and exchange.request.message.exchange_type == ExchangeType.CREATE_CHILD_SA
        and exchange.request.message.sealed is not None
        for sa in session.ike_sas[-4:]
        for exchange in sa.exchanges.values()
    )


def _ike_spis_named_in(session: Session) -> set[bytes]:
    """SPIs that new IKE SAs are to have, by either end of a CREATE_CHILD_SA."""
    exchanges = [exchange for sa in session.ike_sas[-4:] for exchange in sa.exchanges.values()]
    messages = [event.message for e in exchanges for event in (e.request, e.response) if event is not None]
    rekeys = [m for m in messages if m.exchange_type == ExchangeType.CREATE_CHILD_SA]
    proposals = [p for m in rekeys for sa in m.each(SecurityAssociation) for p in sa.proposals]
    return {proposal.spi for proposal in proposals if proposal.protocol == ProtocolId.IKE}


def spis_named_in(message: IkeMessage) -> set[int]:
    """The SPIs of ESP SAs that are there already: those that are rekeyed or deleted."""
    rekeyed = message.notify(NotifyType.REKEY_SA)
    spis = [rekeyed.spi] if rekeyed is not None else []
    spis += [spi for gone in message.each(Delete) if gone.protocol == ProtocolId.ESP for spi in gone.spis]
    return {int.from_bytes(spi) for spi in spis[:MOST_ALIKE]}


def _was_followed(sa: IkeSa, session: Session) -> bool:
    """The target has taken the UE in: whoever comes to it now, without a word of the redirect, comes anew."""
    target, at = _target(sa), sa.redirect.at if sa.redirect else 0
    after = (later for later in session.ike_sas[-MOST_ALIKE:] if later.opened_at >= at and later.auth_requests)
    return any(later.responder.address == target for later in after)


def _target(sa: IkeSa) -> object:
    """Where a redirect points: an address, or an FQDN."""
    notify = sa.redirect.message.notify(NotifyType.REDIRECT) if sa.redirect else None
    given = redirect(notify) if notify else None
    return given.gateway if isinstance(given, Redirect) else None
