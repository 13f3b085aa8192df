"""Writes a scenario as a folder: the capture and the two key tables of Wireshark."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from samples.generator.pcap import write_pcap
from samples.scenarios import SCENARIOS, Scenario

SHIPPED = Path(__file__).parent
WRITTEN_BY_HAND = ("story.md", "expected.toml", "profile.toml")


def build(scenario: Scenario, out: Path) -> int:
    """Makes ``out/NAME``; returns the number of frames."""
    folder = out / scenario.name
    folder.mkdir(parents=True, exist_ok=True)
    attach = scenario.play()
    attach.tables.write(folder / "keys")
    _copy_prose(SHIPPED / scenario.name, folder)
    return write_pcap(folder / "capture.pcap", attach.wire.frames)


def _copy_prose(source: Path, folder: Path) -> None:
    if source.resolve() == folder.resolve():
        return
    for name in WRITTEN_BY_HAND:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def build_all(names: Sequence[str], out: Path) -> dict[str, int]:
    """Frames by name; no names stand for all."""
    return {name: build(SCENARIOS[name], out) for name in names or SCENARIOS}
