"""A live application whose capturing child is a script of ours, so that it needs neither root nor an interface."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest
from textual.pilot import Pilot
from tui_driver import SAMPLES

import analyzer.live.session
from analyzer.capture import CaptureSource
from analyzer.live.pcapng_writer import PcapngFile, SniffedInterface
from analyzer.live.update import LiveState
from analyzer.tui.live_app import LiveApp
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.screens.live import LiveScreen
from analyzer.tui.state import State

FAULTS = SAMPLES / "dsmip-attach-nat-faults"
CHILD = """
import pathlib, signal, sys, time
feed, target = map(pathlib.Path, sys.argv[1:])
stopping = []
signal.signal(signal.SIGINT, lambda *_: stopping.append(1))
say = lambda text: (sys.stderr.write(text + "\\n"), sys.stderr.flush())
with target.open("wb") as out, feed.open("rb") as source:
    say(f"File: {target}")
    while True:
        data = source.read()
        out.write(data)
        out.flush()
        words = feed.with_suffix(".words")
        if words.exists():
            say(words.read_text())
            sys.exit(1)
        if stopping and not data:
            break
        time.sleep(0.01)
lost = feed.with_suffix(".lost")
count = int(lost.read_text()) if lost.exists() else 0
say(f"Packets received/dropped on interface 'h0': 1/{count} (pcap:{count}/dumpcap:0/flushed:0/ps_ifdrop:0) (99%)")
"""
PATIENCE = 30.0
Driver: TypeAlias = Pilot[None]
Scenario: TypeAlias = Callable[["Wire", Driver], Awaitable[None]]


class Wire:
    """What the pretended child captures: frames of a sample, as the test lets them come."""

    def __init__(self, folder: Path, sample: Path = FAULTS) -> None:
        self.folder, self.feed = folder, folder / "feed.pcapng"
        with CaptureSource([sample / "capture.pcap"]) as source:
            self._frames = [
                (int(chunk.at[n]), chunk.frame(n), int(chunk.link_type[n]))
                for chunk in source
                for n in range(len(chunk))
            ]
        self._at = 0
        self._out = PcapngFile(self.feed, [SniffedInterface("h0", "", self._frames[0][2])])
        self._out.flush()
        self._shift = time.time_ns() - self._frames[0][0]

    def __len__(self) -> int:
        return len(self._frames)

    def come(self, count: int | None = None) -> int:
        """So many more frames come; how many there are then."""
        end = len(self._frames) if count is None else self._at + count
        for at, data, _ in self._frames[self._at : end]:
            self._out.packet(0, at + self._shift, data)
        self._out.flush()
        self._at = min(end, len(self._frames))
        return self._at

    def lose(self, count: int) -> None:
        """The child will say at its end that so many were lost."""
        self.feed.with_suffix(".lost").write_text(str(count))

    def complain(self, words: str) -> None:
        """The child says this, and ends."""
        self.feed.with_suffix(".words").write_text(words)


def live_of(pilot: Driver) -> LiveApp:
    return cast("LiveApp", pilot.app)


def live_screen(pilot: Driver) -> LiveScreen:
    return cast("LiveScreen", pilot.app.screen_stack[0])


async def until(pilot: Driver, is_so: Callable[[], Any], what: str) -> None:
    """Waits for what threads and a child bring about."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        capture = live_of(pilot).capture
        assert time.monotonic() < end, (what, capture.state, capture.trouble, capture.frames, capture.model.reached)
        await pilot.pause(0.02)
    live_of(pilot).capture._beat_at = 0.0
    live_of(pilot).poll()
    await pilot.pause()


async def frames_come(pilot: Driver, count: int) -> None:
    capture = live_of(pilot).capture
    await until(pilot, lambda: capture.model.reached >= count, f"{count} frames")


async def ended(pilot: Driver) -> None:
    capture = live_of(pilot).capture
    await until(pilot, lambda: capture.model.complete or capture.state is LiveState.FAILED, "the end")


def drive_live(
    scenario: Scenario,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    interfaces: tuple[str, ...] = ("h0",),
    size: tuple[int, int] = (80, 24),
    sample: Path = FAULTS,
    keys: tuple[Path, ...] = (FAULTS / "keys",),
) -> LiveApp:
    """Captures what the scenario lets come."""
    wire = Wire(tmp_path, sample)
    script = tmp_path / "dumpcap"
    script.write_text(CHILD)
    monkeypatch.setattr(
        analyzer.live.session,
        "capture_command",
        lambda names, text, target, ring: [sys.executable, str(script), str(wire.feed), str(target)],
    )
    app = LiveApp(LiveFollow(interfaces, keys=keys), state=State(theme="dark"), state_folder=Path("/dev/null/nowhere"))

    async def play() -> None:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: not app.capture._turning, "the start")
            await scenario(wire, pilot)

    asyncio.run(play())
    return app
