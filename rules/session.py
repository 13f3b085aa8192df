"""A session as the rules see it: one UE and one PDN connection, with its IKE SAs, CHILD SAs and what was learned.

These are records. :mod:`rules.history` writes them from events; the correlator in ``analyzer.sessions`` decides
which events belong together; rules only read them, and see them as they stood *before* the event they judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from dissectors.events import Address, Endpoint, Event
from dissectors.ikev2.messages import INITIATOR, RESPONSE, IkeMessage, Notify, Proposal, TrafficSelectors
from dissectors.ikev2.registry import NotifyType
from dissectors.protected import EspMessage
from dissectors.record import record
from dissectors.tunnels import Encapsulation
from rules.advertisements import Advertisements
from rules.bindings import HomeRegistration
from rules.discovery import Discovery, DualStack
from rules.holdings import PrefixIndex
from rules.model import Role
from rules.pco import PcoRecords
from rules.profile import Profile

IkeEvent = Event[IkeMessage]
EspEvent = Event[EspMessage]
NO_SPI = bytes(8)
KEPT = 64
"""At most so many messages of one list are kept for one SA, so that no session grows without bound."""

MOST_OF_ONE_UE = 256
"""Sessions of one identity that are found by it, the newest; no rule looks further back."""

MOST_HOLDERS = 8
"""Sessions that are remembered as having been given one IPv4 Home Address."""


class SaState(Enum):
    """How far an IKE SA has come."""

    INIT_SENT = "IKE_SA_INIT sent"
    INIT_ANSWERED = "IKE_SA_INIT answered"
    AUTHENTICATING = "authenticating"
    ESTABLISHED = "established"
    REDIRECTED = "redirected"
    FAILED = "failed"
    REKEYED = "rekeyed"
    DELETED = "deleted"
    UNSEEN = "start not captured"


@dataclass(slots=True, eq=False)
class ChildSa:
    """A pair of ESP SAs. ``spi_i`` is the one on which the initiator of the exchange receives, ``spi_r`` the responder.

    An ESP packet with ``spi_r`` therefore goes from that initiator to that responder.
    """

    ike_sa: IkeSa
    initiator_role: Role
    spi_i: int
    spi_r: int
    request: IkeEvent | None
    response: IkeEvent
    proposal: Proposal
    nonces: tuple[bytes, bytes]  # Ni, Nr
    ts_i: TrafficSelectors | None
    ts_r: TrafficSelectors | None
    transport: bool
    rekeys: int | None = None  # SPI named in REKEY_SA
    deleted: IkeEvent | None = None
    deleted_at: int | None = None

    def sender_of(self, spi: int) -> Role:
        """Who sends packets with this SPI."""
        return self.initiator_role if spi == self.spi_r else self.initiator_role.peer


@dataclass(slots=True, eq=False)
class Exchange:
    """A request and what became of it."""

    request: IkeEvent | None = None
    response: IkeEvent | None = None
    last_sent: int = 0  # ns, the last retransmission of the request
    copies: int = 0  # retransmissions of the request


@dataclass(slots=True, eq=False)
class IkeSa:
    """One IKE SA. "Initiator" is the original initiator of this SA: after a rekey, whoever began the rekey."""

    number: int
    initiator_spi: bytes
    responder_spi: bytes
    initiator: Endpoint
    responder: Endpoint
    initiator_role: Role = Role.UE
    state: SaState = SaState.UNSEEN
    opened_at: int = 0
    partial: bool = False  # its beginning (IKE_SA_INIT or rekey) was not captured
    roles_guessed: bool = False  # and nothing told yet who is the UE: see rules.orientation
    copied_between: tuple[tuple[Address, Address], ...] = ()  # its IKE_SA_INIT request, captured beyond a NAT as well
    init_requests: list[IkeEvent] = field(default_factory=list)  # without retransmissions: each retry after a refusal
    init_response: IkeEvent | None = None  # the last one
    refusals: list[IkeEvent] = field(default_factory=list)  # IKE_SA_INIT responses that only refuse or redirect
    proposal: Proposal | None = None  # as chosen
    nonces: tuple[bytes, bytes] | None = None  # Ni, Nr of the exchange that made it
    auth_requests: list[IkeEvent] = field(default_factory=list)  # opened or sealed, in order
    auth_responses: list[IkeEvent] = field(default_factory=list)
    auth_round: int = 1  # RFC 4739: 2 from the request that starts a second authentication on
    another_auth_announced: bool = False  # ANOTHER_AUTH_FOLLOWS seen, second IDi still to come
    established: IkeEvent | None = None  # the response that completed it
    failed: IkeEvent | None = None
    redirect: IkeEvent | None = None  # REDIRECT in IKE_SA_INIT, IKE_AUTH or INFORMATIONAL
    parent: IkeSa | None = None  # the SA that was rekeyed to this one
    successor: IkeSa | None = None
    children: list[ChildSa] = field(default_factory=list)
    delete: IkeEvent | None = None
    delete_answer: IkeEvent | None = None
    deleted_at: int | None = None
    exchanges: dict[tuple[bool, int], Exchange] = field(default_factory=dict)  # (from initiator, message ID)
    opened: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})  # messages opened, by from-initiator
    sealed: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})  # messages that stayed closed

    def role_of(self, event: IkeEvent) -> Role:
        """Who sent it, by the I flag."""
        return self.initiator_role if event.message.from_initiator else self.initiator_role.peer

    def exchange(self, event: IkeEvent) -> Exchange | None:
        """The exchange that an event belongs to, if its request or response was seen before."""
        message = event.message
        by_initiator = message.flags & INITIATOR != 0
        return self.exchanges.get((by_initiator ^ (message.flags & RESPONSE != 0), message.message_id))

    def request_of(self, event: IkeEvent) -> IkeEvent | None:
        """The request that a response answers, if it was captured."""
        exchange = self.exchange(event)
        return exchange.request if exchange else None

    @property
    def init_request(self) -> IkeEvent | None:
        """The IKE_SA_INIT request sent last (the one that the AUTH payload covers)."""
        return self.init_requests[-1] if self.init_requests else None

    def init_notify(self, kind: NotifyType, *, of: str) -> Notify | None:
        """A notification of the IKE_SA_INIT ``of`` ("request" or "response")."""
        event = self.init_request if of == "request" else self.init_response
        return event.message.notify(kind) if event else None

    def auth_payload(self, kind: type[Any], *, of: str) -> list[Any]:
        """All payloads of one kind in the IKE_AUTH requests or responses seen so far, in order."""
        events = self.auth_requests if of == "request" else self.auth_responses
        return [payload for event in events for payload in event.message.each(kind)]


REPLAY_WINDOW = 64
"""Packets an ESP receiver looks back for a repeat (RFC 4303 section 3.4.3 asks for 64 by default)."""


@dataclass(slots=True, eq=False)
class EspFlow:
    """ESP packets of one SPI to one destination, captured so far: what the anti-replay check of a receiver knows."""

    spi: int
    destination: Address
    sender: Role
    highest: int = 0  # sequence number
    window: int = 0  # bit n set: ``highest - n`` was seen
    packets: int = 0
    verified: int = 0  # packets whose ICV was right
    last: Event[Any] | None = None

    def seen(self, sequence: int) -> bool:
        """A packet with this number came before, as far as the window tells."""
        behind = self.highest - sequence
        return self.packets > 0 and 0 <= behind < REPLAY_WINDOW and bool(self.window >> behind & 1)

    def note(self, sequence: int) -> None:
        """Moves the window."""
        ahead = sequence - self.highest
        if self.packets == 0 or ahead >= REPLAY_WINDOW or -ahead > 0x8000_0000:
            self.highest, self.window = sequence, 1
        elif ahead > 0:
            self.highest, self.window = sequence, (self.window << ahead | 1) & ((1 << REPLAY_WINDOW) - 1)
        elif -ahead < REPLAY_WINDOW:
            self.window |= 1 << -ahead
        self.packets += 1


@dataclass(slots=True)
class Carriage:
    """User data that one end sent in one kind of tunnel."""

    packets: int = 0
    bytes: int = 0  # on the wire, of whole frames
    first_frame: int = 0
    last_frame: int = 0
    first_at: int = 0  # ns since 1970


@record
class HomePrefixGrant:
    """A home network prefix the HA assigned: MIP6_HOME_PREFIX in CFG_REPLY."""

    prefix: IPv6Address
    length: int
    lifetime: int
    frame: int
    at: int


@record
class EapIdentity:
    """An identity the UE gave in EAP: EAP-Response/Identity, or AT_IDENTITY (``aka``)."""

    text: str
    aka: bool
    frame: int


@dataclass(slots=True, eq=False)
class Session:
    """One UE and one PDN connection."""

    number: int
    world: World
    ue: Address | None = None  # as last seen
    ha: Address | None = None
    started_at: int = 0
    last_at: int = 0
    first_frame: int = 0
    last_frame: int = 0
    ike_sas: list[IkeSa] = field(default_factory=list)
    sas_by_spi: dict[bytes, list[IkeSa]] = field(default_factory=dict)  # by initiator SPI
    children: dict[int, ChildSa] = field(default_factory=dict)  # by either SPI, the newest for each
    child_count: int = 0
    newest_children: tuple[ChildSa, ...] = ()  # made by the last event that made any
    esp_flows: dict[tuple[int, Address], EspFlow] = field(default_factory=dict)
    identity: str | None = None  # MN-NAI: IDi, else an EAP identity
    apn: str | None = None  # IDr of the request
    eap_identities: list[EapIdentity] = field(default_factory=list)
    pseudonym_given: int = 0  # frame of the first AT_ENCR_DATA in an EAP-AKA Challenge, else 0
    home_prefixes: list[HomePrefixGrant] = field(default_factory=list)
    ifom_shown_by: frozenset[Role] = frozenset()  # BID or FID sent (UE) or accepted (HA)
    homes: dict[Address, HomeRegistration] = field(default_factory=dict)  # by Home Address
    tunnels: dict[tuple[Role, Encapsulation, int], Carriage] = field(default_factory=dict)  # by sender, inner version
    ha_addresses: list[Address] = field(default_factory=list)  # at which the HA was spoken to, or which it gave
    roles_known: bool = False  # who is the UE is known from content or profile, not just from who began
    sent_frames: dict[Role, int] = field(default_factory=lambda: {Role.UE: 0, Role.HA: 0})
    discovery: Discovery | None = None  # how the UE looked for the HA, where that was seen
    is_over: bool = False  # nothing more is expected of it: what it leaves is kept (:mod:`rules.remains`)

    @property
    def ike_sa(self) -> IkeSa | None:
        """The IKE SA in use: the last one."""
        return self.ike_sas[-1] if self.ike_sas else None

    @property
    def established(self) -> bool:
        """Some IKE SA of the session was completed."""
        return any(sa.established for sa in self.ike_sas)


@dataclass(slots=True)
class Evidence:
    """What the capture itself lets one know."""

    first_at: int = 0
    last_at: int = 0
    drops: int = 0  # frames the capture reports as lost
    stopped_early: str = ""  # why reading ended before the end of a file


@dataclass(slots=True)
class World:
    """All sessions of a run, the profile, and the capture's own evidence."""

    profile: Profile = field(default_factory=Profile)
    both_ends: bool = False  # captures of both ends: what is judged is what the HA's side shows
    evidence: Evidence = field(default_factory=Evidence)
    sessions: list[Session] = field(default_factory=list)
    ha_addresses: set[Address] = field(default_factory=set)  # known to be a HA's, from content
    ue_addresses: set[Address] = field(default_factory=set)  # known to be a UE's, from content
    by_identity: dict[str, list[Session]] = field(default_factory=dict)  # by ``Session.identity``, the oldest first
    prefixes: PrefixIndex = field(default_factory=PrefixIndex)  # assigned home prefixes
    pco: PcoRecords = field(default_factory=PcoRecords)  # PDN connections of 3GPP accesses
    advertisements: Advertisements = field(default_factory=Advertisements)  # on links in sight
    dual_stack: DualStack = field(default_factory=DualStack)  # HAs of which addresses of both families are known

    ipv4_home_addresses: dict[IPv4Address, list[tuple[Session, HomeRegistration]]] = field(default_factory=dict)

    def note_ipv4_home_address(self, address: IPv4Address, session: Session, home: HomeRegistration) -> None:
        """Takes note of who was given an IPv4 Home Address; of each address the newest few."""
        holders = self.ipv4_home_addresses.setdefault(address, [])
        if (session, home) not in holders:
            holders.append((session, home))
            del holders[:-MOST_HOLDERS]

    @property
    def seen_at_home_agent(self) -> bool:
        """Addresses are those that the Home Agent sees: no NAT lies between the capture and it."""
        return self.both_ends or self.profile.capture_point == "ha"

    def others(self, session: Session) -> list[Session]:
        """Every other session, for rules that look across UEs or at earlier attaches of the same UE."""
        return [other for other in self.sessions if other is not session]


@record
class Context:
    """Where an event stands: what a rule gets beside it. ``role`` is the sender."""

    session: Session
    role: Role
    sa: IkeSa | None = None
    child: ChildSa | None = None  # the CHILD SA of an ESP packet, where known
    flow: EspFlow | None = None  # of an ESP packet: what came before on this SPI
    home: HomeRegistration | None = None  # of a Mobility Header or tunnelled data: its Home Address, as it stood before

    @property
    def profile(self) -> Profile:
        return self.session.world.profile

    @property
    def world(self) -> World:
        return self.session.world
