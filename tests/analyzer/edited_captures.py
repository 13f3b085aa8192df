"""Captures made from the shipped samples by editing frames, and runs over them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TypeAlias

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.packets import Packet
from analyzer.pipeline import Run
from analyzer.results import Results
from rules.profile import Profile
from samples.generator.attach import Attach
from samples.generator.pcap import Frame, write_pcap
from samples.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
Address: TypeAlias = IPv4Address | IPv6Address
ETHERNET = 14


def sample(name: str) -> Path:
    return SAMPLES / name / "capture.pcap"


def sample_keys(name: str) -> Path:
    return SAMPLES / name / "keys"


def played(name: str) -> Attach:
    """A scenario played anew, for its frames and key tables."""
    return SCENARIOS[name].play()


def frames_of(path: Path) -> list[Frame]:
    """The frames of a little-endian microsecond pcap."""
    data, at, frames = path.read_bytes(), 24, []
    while at < len(data):
        seconds, micro, size, _ = struct.unpack_from("<IIII", data, at)
        frames.append(Frame(seconds * SECOND + micro * 1000, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return frames


def saved(path: Path, frames: Iterable[Frame]) -> Path:
    write_pcap(path, frames)
    return path


def later(frames: Iterable[Frame], ns: int) -> list[Frame]:
    return [replace(frame, at=frame.at + ns) for frame in frames]


def moved(frame: Frame, addresses: Mapping[Address, Address]) -> Frame:
    """The frame with other addresses in its IP header (checksums stay as they were: nobody judges them)."""
    data = bytearray(frame.data)
    where = (ETHERNET + 8, ETHERNET + 24, 16) if data[ETHERNET] >> 4 == 6 else (ETHERNET + 12, ETHERNET + 16, 4)
    for at in where[:2]:
        for old, new in addresses.items():
            if frame.data[at : at + where[2]] == old.packed:
                data[at : at + where[2]] = new.packed
    return replace(frame, data=bytes(data))


def reported(frame: Frame, ports: Mapping[int, int]) -> Frame:
    """The frame with other UDP ports."""
    data = bytearray(frame.data)
    at = ETHERNET + (40 if data[ETHERNET] >> 4 == 6 else 20)
    for place in (at, at + 2):
        (old,) = struct.unpack_from("!H", frame.data, place)
        struct.pack_into("!H", data, place, ports.get(old, old))
    return replace(frame, data=bytes(data))


def ip_protocol(frame: Frame) -> int:
    return frame.data[ETHERNET + 6] if frame.data[ETHERNET] >> 4 == 6 else frame.data[ETHERNET + 9]


def packets_of(
    paths: Path | Sequence[Path],
    keys: Sequence[Path] = (),
    profile: Profile | None = None,
    *,
    chunk_frames: int = 65536,
) -> tuple[list[Packet], Results]:
    """Every decoded packet of a run, and its results."""
    files = [paths] if isinstance(paths, Path) else list(paths)
    with CaptureSource(files, chunk_frames=chunk_frames) as source:
        run = Run(source, load_keys(list(keys)), profile, keeps_packets=True)
        packets = list(run.packets())
        return packets, run.results()


def analyzed(
    paths: Path | Sequence[Path], keys: Sequence[Path] = (), profile: Profile | None = None, **options: int
) -> Results:
    return packets_of(paths, keys, profile, **options)[1]


def findings_of(results: Results) -> list[tuple[object, ...]]:
    """All that a run says, in a form that can be compared with another run's."""
    told = [
        (f.session, f.rule, f.verdict.value, f.frame, f.at, f.expected, f.observed, f.reason, f.related, f.count)
        for f in results.findings
    ]
    return [*sorted(told), *sorted((*key, verdict.value) for key, verdict in results.verdicts.items())]
