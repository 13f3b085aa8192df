"""What a live session tells those who watch it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from analyzer.packets import Packet
from rules.model import Finding


class LiveState(Enum):
    """How a live session stands."""

    IDLE = "not started"
    WAITING = "no packets yet"
    CAPTURING = "capturing"
    STOPPING = "stopping"  # the child was asked to end; what it wrote is still read
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_running(self) -> bool:
        return self in (LiveState.WAITING, LiveState.CAPTURING, LiveState.STOPPING)


@dataclass(slots=True)
class Counters:
    """Numbers of a live session. What is not known yet is None."""

    frames: int = 0  # captured and read
    bytes: int = 0  # on the wire
    signalling: int = 0  # packets decoded
    sessions: int = 0
    fails: int = 0  # findings that are fails now
    sealed: int = 0  # protected packets that stayed closed
    drops: int | None = None  # frames reported lost: dumpcap tells at the end
    lost_files: int = 0  # files that the ring overwrote before they were read
    behind: int = 0  # bytes written and not read yet
    silence: float | None = None  # seconds since the last packet was seen
    elapsed: float = 0.0  # seconds since the start
    owed: int = 0  # obligations open


@dataclass(slots=True)
class Update:
    """What is new since the last ``poll``.

    ``generation`` grows when everything is read again from the beginning (after a restart, or when new keys open
    packets that had stayed closed): what was told before is void then, and packets and findings begin anew.
    """

    state: LiveState
    reason: str  # why it failed
    generation: int
    packets: list[Packet] = field(default_factory=list)
    missed: int = 0  # packets that came too fast to be kept for this update
    findings: list[Finding] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)

    @property
    def status(self) -> str:
        """The state as one reads it: ``failed: the interface eth1 is gone``."""
        return f"failed: {self.reason}" if self.state is LiveState.FAILED else self.state.value
