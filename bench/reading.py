"""How fast capture files are walked; `bulk_capture` writes the file for this and for other benchmarks.

python bench/reading.py [FRAMES]
"""

from __future__ import annotations

import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from analyzer.capture import CaptureSource

ETHERNET_IPV4 = bytes.fromhex("02000000000b02000000000a0800")
ETHERNET_IPV6 = bytes.fromhex("02000000000b02000000000a86dd")
STEP = 20_000
"""Frames that are built at once."""

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


@dataclass
class Template:
    """The headers of one kind of frame; `lengths` says where 16 bits count the bytes from which place on."""

    share: float
    headers: bytes
    lengths: tuple[tuple[int, int], ...]
    checksum: int = 0  # of the IPv4 header, 10 bytes into it; 0 for none


def _ipv6(source: str, destination: str, next_header: int) -> bytes:
    addresses = ip_address(source).packed + ip_address(destination).packed
    return struct.pack("!IHBB", 6 << 28, 0, next_header, 64) + addresses


def _ipv4(source: str, destination: str, protocol: int) -> bytes:
    addresses = ip_address(source).packed + ip_address(destination).packed
    return struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0x4000, 64, protocol, 0) + addresses


def _udp(source: int, destination: int) -> bytes:
    return struct.pack("!HHHH", source, destination, 0, 0)


TCP = struct.pack("!HHIIBBHHH", 40000, 443, 1, 1, 0x50, 0x18, 65535, 0, 0)
CARE_OF, HOME, AGENT, SERVER = "2001:db8:1::2", "2001:db8:100::2", "2001:db8:ff::1", "2001:db8:5::80"
INNER = _ipv6(HOME, SERVER, 17) + _udp(49152, 49153)

TEMPLATES = (
    # user data in the IPv6 tunnel to the Home Agent
    Template(0.6, ETHERNET_IPV6 + _ipv6(CARE_OF, AGENT, 41) + INNER, ((18, 54), (58, 94), (98, 94))),
    # the same from an IPv4 network, in UDP 4191
    Template(
        0.2,
        ETHERNET_IPV4 + _ipv4("192.0.2.2", "198.51.100.1", 17) + _udp(4191, 4191) + INNER,
        ((16, 14), (38, 34), (46, 82), (86, 82)),
        checksum=24,
    ),
    # what else passes the link
    Template(0.2, ETHERNET_IPV4 + _ipv4("192.0.2.3", "203.0.113.9", 6) + TCP, ((16, 14),), checksum=24),
)


def bulk_capture(path: str | Path, frames: int = 500_000, seed: int = 1) -> None:
    """Write user data in frames of 120 to 1000 bytes: pcapng if the name ends so, otherwise pcap."""
    random = np.random.default_rng(seed)
    simple = Path(path).suffix != ".pcapng"
    with Path(path).open("wb") as out:
        out.write(_pcap_header() if simple else _pcapng_header())
        for first in range(0, frames, STEP):
            _write_step(out, first, min(STEP, frames - first), random, simple=simple)


def _pcap_header() -> bytes:
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def _pcapng_header() -> bytes:
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    return section + struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20)


def _write_step(out: BinaryIO, first: int, count: int, random: np.random.Generator, *, simple: bool) -> None:
    sizes = random.integers(120, 1001, count)
    head, room = (16, sizes + 16) if simple else (28, sizes + -sizes % 4 + 32)
    begin = np.cumsum(room) - room
    data = np.zeros(int(room.sum()), np.uint8)
    micros = 1_700_000_000_000_000 + (first + np.arange(count)) * 20
    if simple:
        _put(data, begin, "<u4", [micros // 1_000_000, micros % 1_000_000, sizes, sizes])
    else:
        _put(data, begin, "<u4", [6, room, 0, micros >> 32, micros & 0xFFFFFFFF, sizes, sizes])
        _put(data, begin + room - 4, "<u4", [room])
    kinds = random.choice(len(TEMPLATES), count, p=[template.share for template in TEMPLATES])
    for kind, template in enumerate(TEMPLATES):
        mine = kinds == kind
        _fill(data, begin[mine] + head, sizes[mine], template)
    out.write(data.tobytes())


def _fill(data: Bytes, at: Ints, sizes: Ints, template: Template) -> None:
    headers = np.frombuffer(template.headers, np.uint8)
    data[at[:, None] + np.arange(len(headers))] = headers
    for place, start in template.lengths:
        _put(data, at + place, ">u2", [sizes - start])
    if template.checksum:
        words = np.frombuffer(template.headers[14:34], ">u2").astype(np.int64)
        total = words.sum() + sizes - 14
        total = (total & 0xFFFF) + (total >> 16)
        _put(data, at + template.checksum, ">u2", [~((total & 0xFFFF) + (total >> 16)) & 0xFFFF])


def _put(data: Bytes, at: Ints, form: str, values: list[Ints | int]) -> None:
    """Write numbers side by side at every place."""
    fields = np.empty((len(at), len(values)), form)
    for column, value in enumerate(values):
        fields[:, column] = value
    raw = fields.view(np.uint8).reshape(len(at), -1)
    data[at[:, None] + np.arange(raw.shape[1])] = raw


def walk_rate(path: str | Path, rounds: int = 3) -> float:
    """Frames a second of reading alone, the best of some rounds."""
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        with CaptureSource([path]) as source:
            frames = sum(len(chunk) for chunk in source)
        best = max(best, frames / (time.perf_counter() - start))
    return best


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory() as folder:
        for name in ("bulk.pcap", "bulk.pcapng"):
            path = Path(folder) / name
            bulk_capture(path, frames)
            print(
                f"{name}: {frames:,} frames, {path.stat().st_size:,} bytes, walked at {walk_rate(path):,.0f} frames/s"
            )


if __name__ == "__main__":
    main()
