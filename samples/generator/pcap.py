"""pcap files: little-endian, microseconds, Ethernet (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ETHERNET = 1
EPOCH = 1_768_464_000_000_000_000
"""When every capture begins: 2026-01-15 08:00 UTC, in nanoseconds."""


@dataclass(frozen=True, slots=True, order=True)
class Frame:
    at: int  # ns since 1970
    data: bytes
    length: int = 0  # on the wire, where the capture holds less


def write_pcap(path: Path, frames: Iterable[Frame]) -> int:
    """Writes frames in the order given; returns how many."""
    written = 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, ETHERNET))
        for frame in frames:
            seconds, rest = divmod(frame.at, 1_000_000_000)
            size = len(frame.data)
            file.write(struct.pack("<IIII", seconds, rest // 1000, size, frame.length or size) + frame.data)
            written += 1
    return written
