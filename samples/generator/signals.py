"""Binding Updates and Acknowledgements from their fields to the wire.

RFC 6275 sections 6.1.7, 6.1.8, 6.3 and 6.4 for the message, RFC 4877 section 3 for ESP, RFC 5555 section 4.2 for what
carries it; the layouts themselves come from the project's scapy layers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import IPv6Address

from dissectors.scapy_layers.layer import Item
from dissectors.scapy_layers.mobility import MipBindingAck, MipBindingUpdate, with_checksum
from samples.generator.carriage import Outer, carry
from samples.generator.codes import IPPROTO_DESTINATION_OPTIONS, IPPROTO_ESP, IPPROTO_MH, IPPROTO_ROUTING
from samples.generator.esp import EspSa
from samples.generator.frames import ip
from samples.generator.network import Wire


class Role(Enum):
    """Which of the two messages it is."""

    UPDATE = auto()
    ACKNOWLEDGEMENT = auto()


@dataclass(frozen=True, slots=True)
class Signal:
    """One BU or BA, before it is encoded; edits make another of it. ``flags`` are the letters of the RFCs.

    The last fields are there for faults: what a peer that does as it should never touches.
    """

    role: Role
    sequence: int
    flags: str
    lifetime: int  # units of 4 s
    options: tuple[Item, ...]
    home: IPv6Address
    agent: IPv6Address
    outer: Outer
    status: int = 0
    sent: bool = True  # False: nobody sees it, as if it were lost before the captured link
    delay: float = 0.0  # seconds that it comes late
    home_header: bool = True  # the Home Address option of a BU, the type 2 routing header of a BA, where one is due
    in_esp: bool = True
    wrong_icv: bool = False
    padded: bool = True  # options at their alignment
    wrong_checksum: bool = False
    rewrite: Callable[[bytes], bytes] | None = None  # of the message, before its checksum

    @property
    def care_of_ipv6(self) -> bool:
        """Whether the UE is reached at an IPv6 care-of address."""
        return self.outer.source.version == 6

    @property
    def ends(self) -> tuple[IPv6Address, IPv6Address]:
        """Source and destination for the checksum: the Home Address and the HA, whatever carries them."""
        home = self.home if self.home_header else self.care_of
        return (home, self.agent) if self.role is Role.UPDATE else (self.agent, home)

    @property
    def care_of(self) -> IPv6Address:
        """The IPv6 address that a message without Home Address comes from or goes to."""
        address = self.outer.source if self.role is Role.UPDATE else self.outer.destination
        return address if isinstance(address, IPv6Address) else self.home

    @property
    def valid(self) -> bool:
        """Whether its receiver may believe it, as far as ESP, checksum and Home Address tell."""
        whole = not (self.wrong_icv or self.wrong_checksum or self.rewrite)
        return self.sent and self.in_esp and self.home_header and whole

    def option(self, kind: type[Item]) -> Item | None:
        """The first option of a kind."""
        return next((option for option in self.options if isinstance(option, kind)), None)

    def every(self, kind: type[Item]) -> list[Item]:
        """All options of a kind."""
        return [option for option in self.options if isinstance(option, kind)]


def message(signal: Signal) -> bytes:
    """The Mobility Header with its checksum."""
    fields = {"seq": signal.sequence, "lifetime": signal.lifetime, "flags": signal.flags}
    fields |= {"options": list(signal.options), "autopad": signal.padded}
    if signal.role is Role.UPDATE:
        data = bytes(MipBindingUpdate(**fields))
    else:
        data = bytes(MipBindingAck(**fields, status=signal.status))
    if signal.rewrite:
        data = signal.rewrite(data)
    data = with_checksum(data, *signal.ends)
    return data[:5] + bytes([data[5] ^ 0xFF]) + data[6:] if signal.wrong_checksum else data


def _sealed(signal: Signal, sa: EspSa) -> tuple[int, bytes]:
    """Next header and data: the message, or ESP in transport mode around it."""
    data = message(signal)
    if not signal.in_esp:
        return IPPROTO_MH, data
    packet = sa.seal(IPPROTO_MH, data)
    return IPPROTO_ESP, packet[:-1] + bytes([packet[-1] ^ 0xFF]) if signal.wrong_icv else packet


def home_address_header(next_header: int, home: IPv6Address, role: Role) -> tuple[int, bytes]:
    """Destination options with the Home Address (8n+6) in a BU, the type 2 routing header in a BA."""
    if role is Role.UPDATE:
        return IPPROTO_DESTINATION_OPTIONS, bytes([next_header, 2, 1, 2, 0, 0, 0xC9, 16]) + home.packed
    return IPPROTO_ROUTING, bytes([next_header, 2, 2, 1, 0, 0, 0, 0]) + home.packed


def transmit(wire: Wire, signal: Signal, sa: EspSa) -> None:
    """The signal on the wire: over IPv6 with the Home Address beside it, over IPv4 inside an IPv6 packet of its own."""
    to_ue = signal.role is Role.ACKNOWLEDGEMENT
    next_header, data = _sealed(signal, sa)
    outer = signal.outer
    if outer.ports or not signal.care_of_ipv6:
        carry(wire, outer, ip(*signal.ends, next_header, data), to_ue=to_ue)
        return
    away = signal.home not in (outer.source, outer.destination)
    if away and signal.home_header:
        next_header, header = home_address_header(next_header, signal.home, signal.role)
        data = header + data
    wire.ip(outer.source, outer.destination, next_header, data, to_ue=to_ue)
