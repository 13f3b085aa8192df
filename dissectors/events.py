"""What the dissectors state: the envelope around a message, and the messages that are faults.

A frame holds an ordered stack of layers, outer to inner; each is a small typed message that knows its
byte range. A fault (malformed, sealed) is a value too: nothing is lost silently.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Generic, TypeAlias, TypeVar

from dissectors.record import record

Address: TypeAlias = IPv4Address | IPv6Address
OpenedT = TypeVar("OpenedT")
MessageT_co = TypeVar("MessageT_co", covariant=True)


@record
class Endpoint:
    """An address and, where there is one, a UDP port."""

    address: Address
    port: int = 0

    def __str__(self) -> str:
        if not self.port:
            return str(self.address)
        shown = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{shown}:{self.port}"


@record
class Malformed:
    """What could not be read: where (bytes from the start of the buffer) and why."""

    reason: str
    offset: int

    def __str__(self) -> str:
        return f"{self.reason} at byte {self.offset}"


class SealReason(Enum):
    """Why a protected message stays closed."""

    NO_KEY = "no key for the SPI"
    ICV_MISMATCH = "ICV does not match"
    UNSUPPORTED = "algorithm not supported"
    NOT_YET_VALID = "key valid only from a later frame"
    FRAGMENT_MISSING = "fragment missing"
    DERIVATION = "derivation not supported"
    TRUNCATED = "cut by the capture"
    MALFORMED = "decrypted bytes are malformed"


@record
class Sealed:
    """A protected part that was not opened, and why in one sentence without a secret."""

    reason: SealReason
    detail: str

    def __str__(self) -> str:
        return self.detail


@record
class Layer:
    """One message of a frame's stack: ``message`` stands at ``offset`` for ``size`` bytes of ``buffer``.

    Buffer 0 is the frame; a higher number is bytes that were opened on the way down.
    """

    message: object
    offset: int
    size: int
    buffer: int = 0


@record
class Event(Generic[MessageT_co]):
    """A message in time and space, as the session and the rules see it.

    ``at`` is nanoseconds since 1970 by the capture's clock, ``frame`` the number from 1 in the merged
    capture. ``repeats`` is the frame of the first sending when this one is a retransmission, else 0.
    ``frames`` are all frames the message came in (fragments), the last of them being ``frame``.
    ``complete`` is false when the capture cut the packet. ``lost`` is true when captures at both ends show that it
    was sent and did not arrive.
    """

    frame: int
    at: int
    source: Endpoint
    destination: Endpoint
    message: MessageT_co
    offset: int = 0
    size: int = 0
    repeats: int = 0
    frames: tuple[int, ...] = field(default=())
    complete: bool = True
    stack: tuple[Layer, ...] = field(default=(), compare=False)
    lost: bool = False

    # ``dataclasses.replace`` looks at every field by name; nearly every message is opened, so this counts.

    def opened(self, message: OpenedT, frames: tuple[int, ...]) -> Event[OpenedT]:
        """The same event once its message is opened, or the last of its fragments is there."""
        return Event(
            self.frame, self.at, self.source, self.destination, message, self.offset, self.size, self.repeats,
            frames or self.frames, self.complete, self.stack, self.lost,
        )  # fmt: skip
