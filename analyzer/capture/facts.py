"""What a capture says beside its frames: interfaces, warnings, names, secrets and other blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple, TypeAlias

from dissectors.record import record

Address: TypeAlias = IPv4Address | IPv6Address

MAX_BLOCKS = 1_000_000
"""Non-packet blocks kept in the index. A capture with more is hostile; the rest is read but not listed."""


MAX_INTERFACES = 100_000
MAX_NAMES = 1_000_000
"""More than these are hostile as well; they are left out, so that memory stays bounded."""


class CaptureError(Exception):
    """A capture cannot be opened. The text is one sentence for the user."""


@dataclass(slots=True)
class Interface:
    """Where frames were captured: an Interface Description Block, or a pcap file's header."""

    file: int  # index into CaptureSource.files
    link_type: int
    snaplen: int = 0  # 0 is no limit
    name: str = ""
    description: str = ""
    filter: str = ""
    resolution: int = 6  # as if_tsresol: 6 is 10^-6 s, 0x80 | n is 2^-n s
    offset: int = 0  # if_tsoffset: seconds to add to every timestamp
    reported_drops: int = 0  # the last Interface Statistics Block: isb_ifdrop + isb_osdrop
    counted_drops: int = 0  # sum of epb_dropcount
    received: int | None = None  # isb_ifrecv: frames captured, where the file says it
    ended_at: int = 0  # isb_endtime, ns: when capturing ended, 0 where the file does not say

    @property
    def drops(self) -> int:
        """Frames reported lost. Both reports count the same frames, so they are not added."""
        return max(self.reported_drops, self.counted_drops)


@record
class CaptureWarning:
    """Something in a capture file that is not as it should be.

    `offset` is a byte of the (decompressed) file, `frame` the last frame of this file that was read by
    then, 0 for none.
    """

    path: str
    offset: int
    frame: int
    sentence: str
    stopped: bool = False  # nothing behind this place was read

    def __str__(self) -> str:
        where = f"after frame {self.frame}" if self.frame else "before the first frame"
        return f"{self.path}: {self.sentence} (byte {self.offset}, {where})"


class Block(NamedTuple):
    """A block that carries no frame, by its place in the (decompressed) file."""

    file: int
    offset: int
    type: int


@record
class Secret:
    """Contents of a Decryption Secrets Block. The bytes are never shown."""

    type: int  # 0x544c534b is a TLS key log
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Facts:
    """What all files of a capture told so far."""

    interfaces: list[Interface] = field(default_factory=list)
    warnings: list[CaptureWarning] = field(default_factory=list)
    names: dict[Address, str] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class FileLog:
    """One file's way to add to the facts; it knows which file it is and how many frames came from it."""

    def __init__(self, facts: Facts, file: int, path: str) -> None:
        self.facts = facts
        self.file = file
        self.path = path
        self.frames = 0
        self._said: set[str] = set()
        self._stopped = False

    def odd(self, sentence: str, offset: int, frame: int | None = None) -> None:
        """Warn of something odd; the same sentence is said once for a file."""
        if sentence in self._said:
            return
        self._said.add(sentence)
        number = self.frames if frame is None else frame
        self.facts.warnings.append(CaptureWarning(self.path, offset, number, sentence))

    def stop(self, sentence: str, offset: int) -> None:
        """Warn that reading ended here; the first such warning of a file is the only one."""
        if not self._stopped:
            self._stopped = True
            self.facts.warnings.append(CaptureWarning(self.path, offset, self.frames, sentence, stopped=True))

    def block(self, offset: int, kind: int) -> None:
        if len(self.facts.blocks) < MAX_BLOCKS:
            self.facts.blocks.append(Block(self.file, offset, kind))

    def interface(self, interface: Interface) -> int:
        self.facts.interfaces.append(interface)
        return len(self.facts.interfaces) - 1
