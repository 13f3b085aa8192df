"""One captured packet as the outputs see it: its stack, its message, what opening gave, where it belongs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dissectors.events import Event, Sealed
from dissectors.ikev2.protection import Opened
from dissectors.stack import Stack
from rules.session import Context

OTHER_SIDE = -1
"""``copy_of`` of a packet that the capture at the other end holds as well, and that is judged there."""


@dataclass(slots=True)
class Packet:
    """A frame with what was read of it.

    ``message`` is what the stack carries, opened as far as keys allow; ``inner`` what a decrypted ESP packet held.
    ``event`` and ``context`` are set for what a session was told. ``note`` says why a packet was not told to one.
    """

    number: int
    at: int  # ns since 1970
    length: int  # on the wire
    data: bytes = field(repr=False)
    link_type: int
    stack: Stack
    message: Any = None
    inner: Packet | None = None
    event: Event[Any] | None = None
    context: Context | None = None
    sealed: Sealed | None = None
    opened: Opened | None = field(default=None, repr=False)  # what this frame's SK or SKF held
    copy_of: int = 0  # the frame this one is a second capture of, or OTHER_SIDE
    side: int = -1  # of two captures at both ends: whose this is
    alone: bool = False  # the other end's capture ran and does not hold it
    note: str = ""
