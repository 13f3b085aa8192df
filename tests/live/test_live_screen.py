"""The terminal UI over a real capture on a cable of our own."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from wire import HEARS, Wire

from analyzer.keys import load_keys
from analyzer.live.update import LiveState
from analyzer.pipeline import analyze
from analyzer.tui.live_app import LiveApp
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.state import State

FAULTS = Path(__file__).resolve().parents[2] / "samples" / "dsmip-attach-nat-faults"
SOON = 30.0


async def until(app: LiveApp, is_so: Callable[[], object], what: str) -> None:
    end = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < end, (what, app.capture.state, app.capture.trouble)
        await asyncio.sleep(0.02)
    app.poll()


def app_on(wire: Wire, keys: Path) -> LiveApp:
    return LiveApp(LiveFollow([HEARS], "", keys=[keys]), state=State(theme="dark"), state_folder=Path("/dev/null/no"))


@pytest.mark.usefixtures("dumpcap")
def test_a_capture_on_the_screen_finds_what_its_saved_file_shows(wire: Wire, tmp_path: Path) -> None:
    app, saved = app_on(wire, FAULTS / "keys"), tmp_path / "saved.pcapng"

    async def play() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            capture = app.capture
            await until(app, lambda: capture.session.files, "the first file")
            sent = await asyncio.to_thread(wire.replay, FAULTS / "capture.pcap")
            await until(app, lambda: capture.model.reached == sent, "all frames")
            await pilot.press("s")
            await until(app, lambda: capture.model.complete, "the end")
            assert capture.state is LiveState.STOPPED
            capture.save(saved)

    with wire.inside():
        asyncio.run(play())
    found = sorted((f.rule, f.frame) for f in app.model.marks.findings)
    offline = analyze([saved], load_keys([FAULTS / "keys"])).counted_failures
    assert found == sorted((f.rule, f.frame) for f in offline) != []


@pytest.mark.usefixtures("dumpcap")
def test_a_dumpcap_that_is_killed_is_told_and_what_came_stays(wire: Wire) -> None:
    app = app_on(wire, FAULTS / "keys")

    async def play() -> None:
        async with app.run_test(size=(80, 24)):
            capture = app.capture
            await until(app, lambda: capture.session.files, "the first file")
            sent = await asyncio.to_thread(wire.replay, FAULTS / "capture.pcap")
            await until(app, lambda: capture.model.reached == sent, "all frames")
            work = capture.session._work
            assert work is not None
            os.kill(work.child.pid, signal.SIGKILL)
            await until(app, lambda: capture.model.complete, "the end")
            assert "ended from outside (SIGKILL)" in capture.trouble
            assert (capture.frames, capture.stage.value) == (sent, "failed")

    with wire.inside():
        asyncio.run(play())
