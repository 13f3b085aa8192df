"""A packet as filters see it: everything in it, raw and decrypted, found when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from analyzer.packets import Packet
from dissectors.events import Address
from dissectors.ikev2.messages import IkeMessage, Payload
from dissectors.ip import Ipv6Header
from dissectors.mobility.messages import MobilityMessage
from dissectors.mobility.options import MobilityOption
from rules.model import Finding


class Facts(Protocol):
    """What is known of a capture beside its packets."""

    @property
    def start(self) -> int:
        """The time of the first frame, ns since 1970."""

    def findings_of(self, frame: int) -> Sequence[Finding]:
        """The findings that name this frame as theirs."""


class NoFacts:
    """Nothing is known but packets: no rule matches, and time counts from 1970."""

    start = 0

    def findings_of(self, frame: int) -> Sequence[Finding]:
        """None."""
        return ()


NO_FACTS = NoFacts()


class View:
    """One packet and the facts. Each list holds what is outside first, then what was decrypted."""

    __slots__ = ("_layers", "_messages", "facts", "packet")

    def __init__(self, packet: Packet, facts: Facts) -> None:
        self.packet = packet
        self.facts = facts
        self._layers: list[object] | None = None
        self._messages: list[object] | None = None

    @property
    def packets(self) -> Iterator[Packet]:
        """The packet, and those inside it."""
        packet: Packet | None = self.packet
        while packet is not None:
            yield packet
            packet = packet.inner

    @property
    def layers(self) -> list[object]:
        """Headers; extension headers behind the IPv6 header they follow."""
        found = self._layers
        if found is None:
            found = self._layers = []
            for packet in self.packets:
                for layer in packet.stack.layers:
                    message = layer.message
                    found.append(message)
                    if isinstance(message, Ipv6Header) and message.extensions:
                        found.extend(message.extensions)
        return found

    @property
    def messages(self) -> list[object]:
        """What the stacks carry: IKE, ESP, Mobility Header, DHCP, DNS, ICMP messages."""
        found = self._messages
        if found is None:
            found = self._messages = [p.message for p in self.packets if p.message is not None]
        return found

    @property
    def payloads(self) -> Iterator[Payload]:
        """IKE payloads, clear and decrypted."""
        for message in self.messages:
            if isinstance(message, IkeMessage):
                yield from message.payloads
                yield from message.inner

    @property
    def options(self) -> Iterator[MobilityOption]:
        """Mobility options."""
        for message in self.messages:
            if isinstance(message, MobilityMessage):
                yield from getattr(message, "options", ())

    @property
    def ends(self) -> tuple[Address, Address]:
        """The innermost addresses that are known."""
        return [packet.stack.addresses for packet in self.packets][-1]
