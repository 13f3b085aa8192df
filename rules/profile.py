"""The facts that no packet shows. A fact that is not given is unknown, and what hangs on it is inconclusive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from dissectors.events import Address
from dissectors.record import record
from rules.model import Role

DEADLINES: Mapping[str, float] = MappingProxyType(
    {
        # Seconds of capture time, counted from the last retransmission of the request.
        "ike_response": 30.0,
        "binding_ack": 10.0,
        # "Shall send", "shall start", "shall look up": any other obligation.
        "default": 30.0,
        # Packets in flight when an SA ends or a care-of address changes.
        "grace": 2.0,
    }
)


@record
class Waiver:
    """A known deviation that must not fail the run until it expires (ISO date, or ``None``)."""

    rule: str
    reason: str
    expires: str | None = None


@record
class Profile:
    """What the user declares about the run; ``None`` is unknown."""

    first_attach: bool | None = None
    capture_point: str | None = None  # "ue", "ha" or "between"
    andsf_used: bool | None = None
    ha_ifom: bool | None = None
    ue_ifom: bool | None = None
    ipv4_pool_empty: bool | None = None
    target_apn: str | None = None
    prefer: str = "24.303"  # or "rfc", where the two disagree
    pdn_identifier_notify: int = 40960
    deadlines: Mapping[str, float] = field(default_factory=lambda: DEADLINES)
    names: Mapping[Address, str] = field(default_factory=dict)
    roles: Mapping[Address, Role] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    def deadline(self, name: str) -> int:
        """A named deadline in nanoseconds."""
        return int(self.deadlines.get(name, self.deadlines["default"]) * 1e9)
