"""The state of one walk down a frame's layers, and what is left of it: the stack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv6Address
from typing import TypeAlias

from dissectors.addressing import Addressing, addressing_of
from dissectors.buffer import Reader
from dissectors.events import Address, Endpoint, Layer, Malformed
from dissectors.reassembly import Reassembly

DEEPEST = 8
"""IP headers inside one another, and datagrams put together; a frame with more is hostile."""
NOWHERE: Address = IPv6Address(0)
"""The unspecified address, for a packet whose addresses are not known."""


class Carried(Enum):
    """What a walk ended at."""

    IKE = "IKE"
    ESP = "ESP"
    KEEPALIVE = "NAT keepalive"
    MOBILITY = "Mobility Header"
    ICMP = "ICMP"
    ICMPV6 = "ICMPv6"
    DHCPV6 = "DHCPv6"
    DHCPV4 = "DHCP"
    DNS = "DNS"
    UDP = "UDP"
    TCP = "TCP"
    FRAGMENT = "fragment"
    OTHER = "other"
    MALFORMED = "malformed"
    NOT_IP = "not IP"


@dataclass(slots=True)
class Stack:
    """The layers of a frame, outer to inner, and what the last of them carries.

    ``body`` reads what is carried: an IKE message from its header on, ESP from the SPI, ICMP, TCP and the Mobility
    Header from their first byte, other UDP from the data on. ``malformed`` is the fault that ended the walk (then
    ``carried`` is MALFORMED), or else the first length that lies, behind which the walk went on with what is there.
    ``complete`` is false when the capture cut the packet or a length says more than there is. ``frames`` are the frames
    of a datagram that came in fragments. ``outer`` is the walk that led to the ESP packet this one was inside.
    """

    body: Reader
    layers: list[Layer] = field(default_factory=list)
    carried: Carried = Carried.OTHER
    buffer: int = 0
    malformed: Malformed | None = None
    complete: bool = True
    frames: tuple[int, ...] = ()
    addresses: tuple[Address, Address] = (NOWHERE, NOWHERE)
    ports: tuple[int, int] = (0, 0)
    outer: Stack | None = None

    @property
    def source(self) -> Endpoint:
        """Who sent the innermost packet, with the UDP port if it is UDP; "::" where no address is known."""
        return Endpoint(self.addresses[0], self.ports[0])

    @property
    def destination(self) -> Endpoint:
        """Whom the innermost packet is for, with the UDP port if it is UDP; "::" where no address is known."""
        return Endpoint(self.addresses[1], self.ports[1])

    @property
    def addressing(self) -> Addressing:
        """The final and the outermost addresses and the encapsulation, those outside ESP included."""
        if self.outer is None:
            return addressing_of(self.layers, self.addresses, self.ports)
        outside = self.outer.layers
        return addressing_of([*outside, *self.layers], self.addresses, self.ports, outside=len(outside))


@dataclass(slots=True)
class Walk:
    """One walk: the stack it fills and what it was told of the frame."""

    stack: Stack
    frame: int
    at: int
    reassembly: Reassembly | None
    depth: int = 0

    def add(self, message: object, start: int, end: int) -> None:
        stack = self.stack
        stack.layers.append(Layer(message, start, end - start, stack.buffer))

    def end(self, r: Reader, carried: Carried, name: str) -> None:
        """What the rest of ``r`` is: the walk is over."""
        self.stack.carried = carried
        self.stack.body = r.part(name, r.left)

    def deeper(self, r: Reader) -> None:
        """One packet more around what is carried."""
        if self.depth == DEEPEST:
            raise r.error("nested too deep")
        self.depth += 1

    def fault(self, malformed: Malformed | None) -> None:
        """Notes a length that lies; the walk goes on."""
        if malformed is not None:
            self.stack.malformed = self.stack.malformed or malformed
            self.stack.complete = False


Step: TypeAlias = Callable[[Walk, Reader], None]
