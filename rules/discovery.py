"""How a UE looked for its Home Agent before IKEv2: DHCPv6 and DNS, 24.303 clause 5.1.2.1.

These messages come from a link-local address, or through a relay, and from the care-of address. What ties them to
each other and to IKE is the client: its DUID, its link-layer address, its interface identifier. Records only; what
they are judged by stands in ``rules.ts24303``. Everything is bounded, as a hostile capture may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from itertools import islice
from typing import Any, TypeAlias

from dissectors.dhcpv6 import Dhcpv6, Dhcpv6Message, HomeInformation, MessageType, RelayMessage
from dissectors.dhcpv6.information import asks_for_home_information, home_information
from dissectors.dhcpv6.messages import ClientId, RelayedMessage
from dissectors.dhcpv6.registry import DuidType
from dissectors.dns import DnsMessage, Question, RecordType
from dissectors.events import Address, Event
from dissectors.link import LinkHeader
from rules.model import Role

DhcpEvent: TypeAlias = Event[Dhcpv6]
DnsEvent: TypeAlias = Event[DnsMessage]
KEPT_MESSAGES = 8
MOST_LOOKUPS = 8
MOST_AGENTS = 32
MOST_OTHERS = 8
MOST_FACES = 8
"""Addresses of either kind that are kept of one client."""
ETHERNET_HARDWARE = 1
FROM_CLIENT = frozenset(
    {
        MessageType.SOLICIT,
        MessageType.REQUEST,
        MessageType.CONFIRM,
        MessageType.RENEW,
        MessageType.REBIND,
        MessageType.RELEASE,
        MessageType.DECLINE,
        MessageType.INFORMATION_REQUEST,
    }
)
BOTH_TYPES = (RecordType.AAAA, RecordType.A)
DISCOVERY_MESSAGES = (Dhcpv6Message, RelayMessage, DnsMessage)

# The messages


def folded(name: str) -> str:
    """A domain name as names are compared: without case, without the closing dot."""
    return name.removesuffix(".").lower()


def is_home_agent_name(name: str) -> bool:
    """A name that only who looks for a Home Agent asks for: TS 23.003 clause 21.2.1, RFC 5026 section 5.1.2."""
    labels = folded(name).split(".")
    return "ha-apn" in labels or labels[0] == "_mip6"


def sender_of(message: Dhcpv6 | DnsMessage) -> Role:
    """The UE asks, the network answers."""
    if isinstance(message, DnsMessage):
        return Role.NET if message.is_response else Role.UE
    inner = message.inner
    return Role.UE if inner is not None and inner.type in FROM_CLIENT else Role.NET


def duid_of(message: Dhcpv6) -> bytes:
    """The client's DUID, empty where it names none (RFC 8415 section 18.2.6 lets it)."""
    inner = message.inner
    client = inner.first(ClientId) if inner is not None else None
    return client.duid if client else b""


def client_end(event: Event[Any]) -> tuple[Address, bytes]:
    """Where the client is, by a message from or to it: its address, and its link-layer address if that shows."""
    message = event.message
    if isinstance(message, RelayMessage):
        return _peer(message), b""
    link = link_of(event)
    if isinstance(message, (Dhcpv6Message, DnsMessage)) and sender_of(message) is Role.NET:
        return event.destination.address, link.destination if link else b""
    return event.source.address, link.source if link else b""


def link_of(event: Event[Any]) -> LinkHeader | None:
    """The frame's link header, where the link has one."""
    first = event.stack[0].message if event.stack else None
    return first if isinstance(first, LinkHeader) else None


def _peer(message: RelayMessage) -> Address:
    """The client's address, as the relay agent next to it wrote it down (RFC 8415 section 9)."""
    relayed = message.first(RelayedMessage)
    while relayed is not None and isinstance(relayed.message, RelayMessage):
        message = relayed.message
        relayed = message.first(RelayedMessage)
    return message.peer_address


# The records


@dataclass(slots=True, eq=False)
class Client:
    """Who asks, by all that names it. ``links`` are the link-layer addresses it was seen at itself."""

    duid: bytes = b""
    links: dict[bytes, None] = field(default_factory=dict)
    addresses: dict[Address, None] = field(default_factory=dict)

    @property
    def link_of_duid(self) -> bytes:
        """The Ethernet address that a DUID of type LLT or LL holds (RFC 8415 sections 11.2 and 11.4)."""
        kind, hardware = int.from_bytes(self.duid[:2]), int.from_bytes(self.duid[2:4])
        start = {int(DuidType.LLT): 8, int(DuidType.LL): 4}.get(kind)
        return self.duid[start:] if start and hardware == ETHERNET_HARDWARE and len(self.duid) == start + 6 else b""

    def note(self, event: Event[Any]) -> None:
        """Takes down where it is seen."""
        address, link = client_end(event)
        if len(self.addresses) < MOST_FACES and not address.is_unspecified:
            self.addresses[address] = None
        if link and len(self.links) < MOST_FACES:
            self.links[link] = None

    def sends(self, event: Event[Any]) -> bool | None:
        """Whether a message is from or to this client; ``None`` where nothing tells."""
        address, link = client_end(event)
        if address in self.addresses or (link and link in (*self.links, self.link_of_duid)):
            return True
        identifier = interface_identifier(address)
        if identifier and any(identifier == interface_identifier(own) for own in self.addresses):
            return True
        return False if link and self.links else None


def interface_identifier(address: Address) -> int:
    """The last 64 bits of an IPv6 address, which a host often keeps from prefix to prefix; 0 for none."""
    return int(address) & (1 << 64) - 1 if isinstance(address, IPv6Address) else 0


@dataclass(slots=True, eq=False)
class Told:
    """A Reply to a request for home network information."""

    event: DhcpEvent
    request: DhcpEvent | None
    information: HomeInformation | None

    @property
    def fqdn(self) -> str:
        """The Home Agent's name, empty where none was given."""
        return (self.information.fqdn or "") if self.information else ""

    @property
    def home_agents(self) -> tuple[Address, ...]:
        """The addresses that it gave."""
        return self.information.home_agents if self.information else ()

    @property
    def gives_only_a_name(self) -> bool:
        return self.information is not None and self.information.gives_only_a_name


@dataclass(slots=True, eq=False)
class Lookup:
    """A DNS query for one type of records of one name, and its last answer."""

    name: str
    type: int
    query: DnsEvent
    answer: DnsEvent | None = None

    @property
    def addresses(self) -> tuple[Address, ...]:
        """What the answer gives of this type."""
        return self.answer.message.addresses(self.type) if self.answer else ()


@dataclass(slots=True, eq=False)
class Discovery:
    """What one client asked and was told, up to the IKE_SA_INIT request that came of it (``start``)."""

    client: Client = field(default_factory=Client)
    requests: list[DhcpEvent] = field(default_factory=list)
    replies: list[Told] = field(default_factory=list)
    lookups: dict[tuple[str, int], Lookup] = field(default_factory=dict)  # by folded name and type
    others: dict[str, int] = field(default_factory=dict)  # names looked up that no Reply gave, with the frame
    unsure: bool = False  # a look-up of its name may be that of another client
    unread: int = 0  # the frame of a query whose question was not captured
    start: Event[Any] | None = None

    def request_of(self, message: Dhcpv6) -> DhcpEvent | None:
        """The request that a Reply answers."""
        inner = message.inner
        number = inner.transaction_id if inner is not None else None
        return next((r for r in reversed(self.requests) if _transaction(r.message) == number), None)

    def told_of(self, name: str) -> Told | None:
        """The Reply that gave a Home Agent's name."""
        wanted = folded(name)
        return next((told for told in reversed(self.replies) if told.fqdn and folded(told.fqdn) == wanted), None)

    def lookup(self, name: str, kind: int) -> Lookup | None:
        """The look-up of one type of records, be it by a question for all types."""
        key = folded(name)
        return self.lookups.get((key, kind)) or self.lookups.get((key, RecordType.ANY))

    def is_looked_up(self, name: str) -> bool:
        """Whether addresses of a name were asked for."""
        return any(self.lookup(name, kind) for kind in BOTH_TYPES)

    def questions_of(self, event: DnsEvent) -> tuple[Question, ...]:
        """What a message asks for or answers; an answer whose questions are lost repeats those of its query (RFC 1035
        section 4.1.1), which has the same number and is from where it goes.
        """
        message = event.message
        if message.questions or not message.is_response:
            return message.questions
        queries = (x.query for x in self.lookups.values() if x.query.source == event.destination)
        return next((q.message.questions for q in queries if q.message.id == message.id), ())

    def produced(self) -> dict[Address, int]:
        """The Home Agent's addresses that it led to, each with the frame that told it."""
        found: dict[Address, int] = {}
        for told in self.replies:
            for address in told.home_agents:
                found.setdefault(address, told.event.frame)
        for lookup in self.lookups.values():
            for address in lookup.answer.message.addresses() if lookup.answer else ():
                found.setdefault(address, lookup.answer.frame if lookup.answer else 0)
        return dict(islice(found.items(), MOST_AGENTS))

    def forget(self) -> None:
        """Drops what was said; there were too many discoveries since."""
        self.requests.clear()
        self.replies.clear()
        self.lookups.clear()
        self.others.clear()

    def note_other(self, name: str, frame: int) -> None:
        """The client looks up something else."""
        if len(self.others) < MOST_OTHERS:
            self.others.setdefault(name, frame)


def _transaction(message: Dhcpv6) -> int | None:
    inner = message.inner
    return inner.transaction_id if inner is not None else None


# What a message teaches


def learn_discovery(event: Event[Any], discovery: Discovery, dual_stack: DualStack) -> None:
    """Enters a message of a discovery; one that is sent again teaches nothing new."""
    if not discovery.unsure or not isinstance(event.message, DnsMessage):
        discovery.client.note(event)
    if event.repeats:
        return
    if isinstance(event.message, DnsMessage):
        _learn_dns(event, event.message, discovery)
    else:
        _learn_dhcp(event, event.message, discovery)
        given = discovery.replies[-1].home_agents if discovery.replies else ()
        if len(given) == 2:
            dual_stack.note(*given, event.frame)


def _learn_dhcp(event: DhcpEvent, message: Dhcpv6, discovery: Discovery) -> None:
    discovery.client.duid = discovery.client.duid or duid_of(message)
    inner = message.inner
    if asks_for_home_information(message):
        del discovery.requests[: -KEPT_MESSAGES + 1]
        discovery.requests.append(event)
    elif inner is not None and inner.type == MessageType.REPLY:
        del discovery.replies[: -KEPT_MESSAGES + 1]
        discovery.replies.append(Told(event, discovery.request_of(message), home_information(message)))


def _learn_dns(event: DnsEvent, message: DnsMessage, discovery: Discovery) -> None:
    if asks_unread(message):
        discovery.unread = discovery.unread or event.frame
    for question in discovery.questions_of(event):
        key = (folded(question.name), question.type)
        known = discovery.lookups.get(key)
        if message.is_response:
            if known is not None:
                known.answer = event
        elif known is None and concerns(question.name, discovery) and len(discovery.lookups) < MOST_LOOKUPS:
            discovery.lookups[key] = Lookup(question.name, question.type, event)


def concerns(name: str, discovery: Discovery) -> bool:
    """Whether a name is one that leads to the Home Agent of this discovery."""
    return discovery.told_of(name) is not None or is_home_agent_name(name)


def asks_unread(message: DnsMessage) -> bool:
    """Whether it is a query of which the question is not there to be read."""
    return not message.is_response and not message.questions and message.malformed is not None


def names_in(message: DnsMessage) -> Iterator[str]:
    """The names that a DNS message asks for, folded."""
    return iter(dict.fromkeys(folded(question.name) for question in message.questions))


# Home Agents of both families


class DualStack:
    """Addresses that are known to be one Home Agent's, one of each family; of very many the newest."""

    MOST = 4096

    def __init__(self) -> None:
        self._twins: dict[Address, tuple[Address, int]] = {}

    def note(self, one: Address, other: Address, frame: int) -> None:
        """Both are the same Home Agent's, as a frame shows."""
        if one.version == other.version:
            return
        for address, twin in ((one, other), (other, one)):
            known = self._twins.pop(address, None)
            self._twins[address] = known if known is not None and known[0] == twin else (twin, frame)
            if len(self._twins) > self.MOST:
                del self._twins[next(iter(self._twins))]

    def twin(self, address: Address) -> Address | None:
        """The same Home Agent's address of the other family, if any is known."""
        known = self._twins.get(address)
        return known[0] if known else None

    def was_known(self, address: Address, frame: int) -> bool:
        """Whether an earlier frame had shown the address of the other family."""
        known = self._twins.get(address)
        return known is not None and known[1] < frame
