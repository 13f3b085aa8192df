"""An ESP packet as the session sees it: the header that is always readable, and what opening it gave."""

from __future__ import annotations

from dataclasses import dataclass

from dissectors.esp import EspPacket, OpenedEsp
from dissectors.events import Sealed


@dataclass(frozen=True, slots=True)
class EspMessage:
    """``opened`` or ``sealed`` is set, never both. The rules' event for :attr:`rules.registry.Kind.ESP`."""

    packet: EspPacket
    opened: OpenedEsp | None = None
    sealed: Sealed | None = None

    @property
    def spi(self) -> int:
        return self.packet.spi

    @property
    def sequence(self) -> int:
        """The 32 bits on the wire."""
        return self.packet.sequence
