"""Packets of samples and of the shared captures, and tshark's view of the same files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.packets import Packet
from analyzer.pipeline import Run
from dissectors.triage import FrameClass

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples"
CAPTURES = ROOT.parent / "shared" / "captures"


@lru_cache(maxsize=64)
def packets_of(capture: Path, *keys: Path) -> tuple[Packet, ...]:
    """Every frame of a capture, decoded with the keys."""
    with CaptureSource([capture]) as source:
        run = Run(source, load_keys([str(k) for k in keys]), judge=False, keeps_packets=True)
        return tuple(run.packets(FrameClass))


def sample(name: str) -> tuple[Packet, ...]:
    return packets_of(SAMPLES / name / "capture.pcap", SAMPLES / name / "keys")


def key_options(folder: Path, *, most: int | None = None) -> Iterator[str]:
    """tshark's options for the tables in a folder; ``most`` of the IKE table's rows."""
    for table in ("ikev2_decryption_table", "esp_sa"):
        path = folder / table
        rows = path.read_text().splitlines() if path.exists() else []
        rows = [row for row in rows if row and not row.startswith("#")]
        for row in rows[: most if table.startswith("ike") else None]:
            yield from ("-o", f"uat:{table}:{row}")
    yield from ("-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE")


def tshark(*arguments: str | Path) -> list[str]:
    """What it prints, line by line; DSMIPv6's UDP is taken apart, which it does not do by itself."""
    path = shutil.which("tshark")
    if path is None:
        pytest.skip("tshark is not installed")
    command = [path, "-n", "-d", "udp.port==4191,ip", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace").split("\n")[:-1]
