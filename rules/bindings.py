"""What was registered: Home Addresses with their bindings and flow bindings, as both ends should hold them.

The Binding Update List of the UE (RFC 6275 section 11.1) and the Binding Cache of the Home Agent (section 9.1), with
what RFC 5555, 5648 and 6089 add, as far as the messages show it. Records only; :mod:`rules.registrations` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TypeAlias

from dissectors.events import Address, Endpoint, Event
from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.options import Ipv4AddressAck
from dissectors.mobility_packet import MobilityPacket
from dissectors.record import record

MobilityEvent: TypeAlias = Event[MobilityPacket]
KEPT_MESSAGES = 64
"""Updates and acknowledgements of one Home Address that are kept, the newest."""
SECOND = 1_000_000_000


@dataclass(slots=True, eq=False)
class Binding:
    """One care-of address of a Home Address, from the acknowledgement that accepted it on.

    ``binding_id`` is 0 where the update had no Binding Identifier option. ``care_of_address`` is what the UE says it
    is, ``outer`` where its update came from: behind a NAT they differ, and that is how a NAT is found.
    """

    binding_id: int
    care_of_address: Address
    outer: Endpoint
    update: MobilityEvent
    ack: MobilityEvent
    lifetime: int  # s, as granted
    at: int  # ns since 1970, of the acknowledgement
    has_nat: bool = False
    force_udp: bool = False  # NAT Detection with F in the acknowledgement
    refresh: int = 0  # s, of the NAT Detection option
    first_ack: MobilityEvent | None = None  # before the refreshes, where there were any
    refreshes: int = 0
    ended_at: int | None = None
    ended_by: MobilityEvent | None = None  # the acknowledgement that ended or replaced it

    @property
    def since(self) -> MobilityEvent:
        """The acknowledgement that made it."""
        return self.first_ack or self.ack

    @property
    def expires_at(self) -> int:
        """When the lifetime is over, in ns since 1970."""
        return self.at + self.lifetime * SECOND

    def is_alive(self, at: int) -> bool:
        """Neither ended nor expired at that time."""
        return self.ended_at is None and at < self.expires_at


@record
class Flow:
    """A flow binding that the UE asked for, and what the Home Agent said of it (RFC 6089).

    ``status`` is that of the acknowledgement's Flow Identification option, ``None`` where it has none for this flow.
    """

    option: FlowIdentification
    update: MobilityEvent
    ack: MobilityEvent
    status: int | None

    @property
    def is_registered(self) -> bool:
        """The Home Agent said so."""
        return self.status is not None and self.status < 128


@dataclass(slots=True, eq=False)
class HomeRegistration:
    """One Home Address: what was sent for it, what is bound."""

    home_address: Address
    updates: list[MobilityEvent] = field(default_factory=list)
    acks: list[MobilityEvent] = field(default_factory=list)
    waiting: dict[int, MobilityEvent] = field(default_factory=dict)  # by sequence number: updates not answered yet
    bindings: dict[int, Binding] = field(default_factory=dict)  # by BID, those that nothing has ended
    former: list[Binding] = field(default_factory=list)  # ended ones, the newest last
    flows: dict[int, Flow] = field(default_factory=dict)  # by FID, as of the last accepted update
    refused_bids: dict[int, MobilityEvent] = field(default_factory=dict)  # by BID, the acknowledgement that refused it
    ipv4_home_address: IPv4Address | None = None  # as long as it is bound
    ipv4_ack: MobilityEvent | None = None  # the last acknowledgement with an IPv4 Address Acknowledgement option
    first_accepted: MobilityEvent | None = None  # the first acknowledgement of a registration
    last_accepted_sequence: int | None = None
    unexplained: MobilityEvent | None = None  # the last acknowledgement of a binding, where its update was not captured
    refusal: MobilityEvent | None = None  # the last protected acknowledgement, where it is one
    update_count: int = 0

    @property
    def ipv4_granted(self) -> IPv4Address | None:
        """The IPv4 Home Address that was given last, whether it is still bound or not."""
        answer = self.ipv4_ack.message.option(Ipv4AddressAck) if self.ipv4_ack else None
        return answer.address if answer is not None and int(answer.address) else None

    @property
    def last_update(self) -> MobilityEvent | None:
        """The update sent last."""
        return self.updates[-1] if self.updates else None

    @property
    def last_ack(self) -> MobilityEvent | None:
        """The acknowledgement sent last."""
        return self.acks[-1] if self.acks else None

    def alive(self, at: int) -> list[Binding]:
        """The bindings in force at that time."""
        return [binding for binding in self.bindings.values() if binding.is_alive(at)]

    def is_registered(self, at: int) -> bool:
        """Whether any binding is in force at that time."""
        return any(binding.is_alive(at) for binding in self.bindings.values())

    def update_of(self, ack: MobilityEvent) -> MobilityEvent | None:
        """The update that an acknowledgement answers: the newest with its sequence number, sent before it."""
        number = getattr(ack.message.message, "sequence", None)
        for update in reversed(self.updates):
            if update.at <= ack.at and getattr(update.message.message, "sequence", None) == number:
                return update
        return None

    def answer_to(self, update: MobilityEvent) -> MobilityEvent | None:
        """The first acknowledgement after an update that has its sequence number."""
        number = getattr(update.message.message, "sequence", None)
        for ack in self.acks:
            if ack.at >= update.at and getattr(ack.message.message, "sequence", None) == number:
                return ack
        return None


def fault_of_protection(packet: MobilityPacket) -> str:
    """Why its receiver has to drop it unread: RFC 6275 sections 5.1 and 9.2; empty if it need not."""
    if packet.esp is None:
        return "not in ESP"
    if packet.esp.opened is not None and packet.esp.opened.icv_ok is False:
        return "in ESP with a wrong ICV"
    return "with a wrong checksum" if packet.checksum_ok is False else ""
