"""Capture files built byte by byte with struct, after the drafts, for the tests of the reader."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analyzer.capture import CaptureSource

SECOND = 10**9


@dataclass(frozen=True)
class Frame:
    """A frame as the reader shows it."""

    data: bytes
    length: int
    at: int
    link_type: int = 1


def pcap_header(order: str = "<", *, magic: int = 0xA1B2C3D4, link: int = 1, snaplen: int = 65535) -> bytes:
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)


def record(data: bytes, seconds: int = 0, fraction: int = 0, *, length: int = -1, order: str = "<") -> bytes:
    return struct.pack(order + "IIII", seconds, fraction, len(data), length if length >= 0 else len(data)) + data


def pcap(frames: Iterable[tuple[int, bytes]], order: str = "<") -> bytes:
    """Frames given as microseconds and bytes."""
    return pcap_header(order) + b"".join(record(data, at // 10**6, at % 10**6, order=order) for at, data in frames)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", version: int = 1) -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, version, 0, -1), order)


def interface(order: str = "<", *, link: int = 1, snaplen: int = 0, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def packet(
    data: bytes, units: int = 0, number: int = 0, *, length: int = -1, order: str = "<", options: bytes = b""
) -> bytes:
    head = struct.pack(
        order + "IIIII", number, units >> 32, units & 0xFFFFFFFF, len(data), length if length >= 0 else len(data)
    )
    return block(6, head + data + bytes(-len(data) % 4) + options, order)


def simple_packet(data: bytes, *, length: int = -1, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", length if length >= 0 else len(data)) + data, order)


def old_packet(data: bytes, units: int = 0, number: int = 0, drops: int = 0xFFFF, *, order: str = "<") -> bytes:
    head = struct.pack(order + "HHIIII", number, drops, units >> 32, units & 0xFFFFFFFF, len(data), len(data))
    return block(2, head + data, order)


def frames_of(source: CaptureSource) -> Iterator[Frame]:
    """Every frame of a source; what its chunks promise is checked on the way."""
    number = 1
    for chunk in source:
        assert chunk.first == number
        number += len(chunk)
        for index in range(len(chunk)):
            assert len(chunk.frame(index)) == chunk.captured[index]
            assert chunk.link_type[index] == source.interfaces[chunk.interface[index]].link_type
            assert chunk.file[index] == source.interfaces[chunk.interface[index]].file
            yield Frame(chunk.frame(index), int(chunk.length[index]), int(chunk.at[index]), int(chunk.link_type[index]))


def read(*paths: Path, chunk_frames: int = 65536) -> list[Frame]:
    with CaptureSource(paths, chunk_frames=chunk_frames) as source:
        return list(frames_of(source))


def read_bytes(folder: Path, data: bytes, chunk_frames: int = 65536) -> tuple[list[Frame], CaptureSource]:
    """The frames of a file with these bytes, and the source for what else it found."""
    path = folder / "capture"
    path.write_bytes(data)
    with CaptureSource([path], chunk_frames=chunk_frames) as source:
        return list(frames_of(source)), source
