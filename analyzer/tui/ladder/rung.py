"""A line of a ladder."""

from __future__ import annotations

from enum import Enum

from analyzer.tui.carried import PcoNote, Sum
from dissectors.record import record
from rules.machines.reached import Reached
from rules.model import Finding


class Kind(Enum):
    """What a rung is."""

    MESSAGE = "message"
    DATA = "data"  # ESP packets without a message of the session, one after the other
    TUNNEL = "tunnel"  # user data that went one way through a tunnel
    PCO = "pco"  # a message of the UE's 3GPP access
    STATE = "state"
    VIOLATION = "violation"
    MOVE = "move"  # the UE sends from another address
    MORE = "more"


ARROWS = frozenset({Kind.MESSAGE, Kind.DATA, Kind.TUNNEL, Kind.PCO})
"""The rungs that are arrows, and have a frame and a time of their own."""


@record
class Rung:
    """A line of the ladder. ``entry`` and ``last`` are places in the course; ``parts`` the frames folded into it."""

    kind: Kind
    frame: int
    entry: int = -1
    last: int = -1
    parts: tuple[int, ...] = ()  # retransmissions and fragments
    is_part: bool = False  # shown because its message was unfolded
    states: tuple[Reached, ...] = ()
    finding: Finding | None = None
    sum: Sum | None = None  # of TUNNEL
    note: PcoNote | None = None  # of PCO
    failed: tuple[int, ...] = ()  # of TUNNEL and PCO: the frames of the violations below
    text: str = ""
