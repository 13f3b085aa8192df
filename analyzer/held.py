"""Mobility Headers in clear that wait a moment for their ESP form.

On an IPsec host a capture may show a packet before and after its encryption. The plain form alone would be a message
that nothing protects, so a session that has SAs is told of it only when its ESP form did not follow at once: after
:data:`HOLD`, or before the session is told of anything else. What is told is told in order, and late by that much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analyzer.packets import Packet
from dissectors.events import Event
from dissectors.mobility_packet import MobilityPacket
from rules.session import Context, Session

HOLD = 100_000_000
"""ns; encryption takes far less."""
MOST_HELD = 256


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A message that a session is to be told of."""

    packet: Packet
    event: Event[Any]
    context: Context


class HeldMobility:
    """Those that wait, the oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Held] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, packet: Packet, event: Event[Any], context: Context) -> bool:
        """Takes a message that may be seen again in ESP; false for any other, which is to be told at once."""
        message, session = event.message, context.session
        is_plain = isinstance(message, MobilityPacket) and message.esp is None
        has_sas = bool(session.children or session.esp_flows)
        if not is_plain or not has_sas or len(self._waiting) >= MOST_HELD:
            return False
        self._waiting.append(Held(packet, event, context))
        return True

    def take(self, frame: int) -> Packet | None:
        """The packet of a frame, if it waits: its ESP form has come."""
        found = next((held for held in self._waiting if held.packet.number == frame), None)
        if found is None:
            return None
        self._waiting.remove(found)
        return found.packet

    def of(self, session: Session) -> list[Held]:
        """Takes out those of a session."""
        return self._take([held for held in self._waiting if held.context.session is session])

    def due(self, at: int | None = None) -> list[Held]:
        """Takes out those that have waited long enough at ``at``; all at the end."""
        return self._take([held for held in self._waiting if at is None or at - held.event.at > HOLD])

    def _take(self, chosen: list[Held]) -> list[Held]:
        self._waiting = [held for held in self._waiting if held not in chosen]
        return chosen
