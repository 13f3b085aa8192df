"""IP packets through tshark: its fields and its summary line, for comparison."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
RAW_IP = 101
SEPARATOR = "|"


def write_pcap(path: Path, packets: list[bytes]) -> Path:
    """Raw IPv4 and IPv6 packets, one second apart."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW_IP)
    for at, packet in enumerate(packets):
        out += struct.pack("<IIII", at, 0, len(packet), len(packet)) + packet
    path.write_bytes(out)
    return path


def rows(path: Path, fields: list[str], *options: str) -> list[dict[str, list[str]]]:
    """For each frame all occurrences of each field, in order."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", f"aggregator={SEPARATOR}"]
    command += [*options, *(part for name in fields for part in ("-e", name))]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    lines = [line.split("\t") for line in out.splitlines()]
    return [
        {name: value.split(SEPARATOR) if value else [] for name, value in zip(fields, line, strict=True)}
        for line in lines
    ]


def info_lines(path: Path, *options: str) -> list[str]:
    """The summary column of each frame."""
    return [row["_ws.col.Info"][0].strip() for row in rows(path, ["_ws.col.Info"], *options)]
