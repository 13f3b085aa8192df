"""An ESP packet as the session sees it: the header that is always readable, and what opening it gave."""

from __future__ import annotations

from dissectors.esp import EspPacket, OpenedEsp
from dissectors.events import Sealed
from dissectors.record import record


@record
class EspMessage:
    """``opened`` or ``sealed`` is set, never both. The rules' event for :attr:`rules.registry.Kind.ESP`.

    ``over`` is the IP version outside of all tunnels, of what stays closed; 0 where nothing tells of a tunnel.
    """

    packet: EspPacket
    opened: OpenedEsp | None = None
    sealed: Sealed | None = None
    over: int = 0

    @property
    def spi(self) -> int:
        return self.packet.spi

    @property
    def sequence(self) -> int:
        """The 32 bits on the wire."""
        return self.packet.sequence
