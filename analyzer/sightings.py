"""Packets that are seen more than once: captured twice, at both ends, or before and after encryption."""

from __future__ import annotations

from analyzer.held import HeldMobility
from analyzer.packets import OTHER_SIDE, Packet
from analyzer.sessions.duplicates import COPY_WINDOW, TWIN_WINDOW, RecentPackets, digest_of, digest_of_protected
from analyzer.sides import UE_SIDE, Sides
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.stack import Carried, Stack

UNKNOWN = (Carried.NOT_IP, Carried.MALFORMED, Carried.FRAGMENT)
"""What a digest would not tell from others of its kind."""


class Sightings:
    """Marks packets that are copies of others. ``sides`` is set where there are captures of both ends."""

    def __init__(self) -> None:
        self.sides: Sides | None = None
        self.copies = 0
        self.held = HeldMobility()
        self._recent = RecentPackets(COPY_WINDOW)
        self._inside_esp = RecentPackets(TWIN_WINDOW)
        self._outside_esp = RecentPackets(TWIN_WINDOW)

    def protected(self, packet: Packet) -> None:
        """An IKE, ESP or mobility packet: captured before, or captured at the other end as well."""
        body = packet.stack.body
        digest = digest_of_protected(body.data[body.pos : body.end])
        if self.sides is not None and self.sides.is_paired(packet.side, packet.at, digest):
            if packet.side == UE_SIDE:
                packet.copy_of = OTHER_SIDE
                packet.note = "captured at both ends: judged as the HA's side shows it"
            return
        if self.sides is not None:
            packet.alone = self.sides.other_was_listening(packet.side, packet.at)
        self._mark(packet, self._recent.first_of(digest, packet.number, packet.at), "as")

    def inside(self, inner: Packet, next_header: int) -> None:
        """A packet that was in ESP: seen lately outside it, too."""
        digest = _digest(inner.stack, next_header)
        self._inside_esp.remember(digest, inner.number, inner.at)
        plain = self._outside_esp.find(digest, inner.at)
        held = self.held.take(plain) if plain and self.held else None
        if held is not None:
            self._mark(held, inner.number, "as in ESP in")
        else:
            self._mark(inner, plain, "as outside ESP in")

    def outside(self, packet: Packet) -> None:
        """A packet in clear: seen lately inside ESP, too."""
        if packet.stack.carried in UNKNOWN:
            return
        digest = _digest(packet.stack)
        twin = self._inside_esp.find(digest, packet.at)
        if not twin:
            self._outside_esp.remember(digest, packet.number, packet.at)
        self._mark(packet, twin, "as in ESP in")

    def _mark(self, packet: Packet, first: int, how: str) -> None:
        if first:
            self.copies += 1
            packet.copy_of = first
            packet.note = f"captured twice: the same packet {how} frame {first}"


def _digest(stack: Stack, protocol: int = 0) -> bytes:
    """``protocol`` counts where the stack has no IP header of its own: it begins inside ESP in transport mode."""
    body = stack.body
    ip = next((x.message for x in reversed(stack.layers) if isinstance(x.message, (Ipv4Header, Ipv6Header))), None)
    protocol = ip.protocol if ip is not None else protocol
    return digest_of(stack.source, stack.destination, protocol, body.data[body.pos : body.end])
