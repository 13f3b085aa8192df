"""A capture that begins while a file is shown: nothing of the file stays on any screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live_driver import FAULTS, Driver, Wire, drive_live, frames_come, live_of, until
from screen_driver import press
from tui_driver import packets_of, screen_text

from analyzer.tui.live_app import LiveApp

pytestmark = pytest.mark.alone
Patch = pytest.MonkeyPatch

OF_THE_FILE = {
    "packets": ("1", r"IKE_SA_INIT|Ethernet|^0000 |no longer kept"),
    "sessions": ("2", r"^1 |not bound"),
    "session": ("3", r"IKE_SA_INIT|HA-5.1.3.2-08"),
    "ladder": ("4", r"Session 1|IKE_SA_INIT"),
    "violations": ("5", r"HA-5.1.3.2-08|Requirement"),
}
"""The key of each screen, and what it shows of the file and of no capture without packets."""


async def show_file(pilot: Driver) -> LiveApp:
    """A file takes the place of the capture, and all screens are made for it."""
    app = live_of(pilot)
    app.live_loads.open(FAULTS / "capture.pcap")
    await until(pilot, lambda: app.follow is not app.capture and not app.follow.busy, "the file")
    await until(pilot, lambda: not app.capture._turning and not app.capture.frames, "nothing left of the capture")
    for key, shown in OF_THE_FILE.values():
        await press(pilot, key, "j")
        assert re.search(shown, inside(pilot), re.MULTILINE), key
    await press(pilot, "6", "7")
    return app


def inside(pilot: Driver) -> str:
    """The screen without the lines above and below."""
    return "\n".join(line.strip() for line in screen_text(pilot).splitlines()[1:-1])


async def nothing_of_the_file_is_shown(pilot: Driver) -> None:
    for name, (key, shown) in OF_THE_FILE.items():
        await press(pilot, key)
        assert live_of(pilot).current_mode == name
        assert not re.search(shown, inside(pilot), re.MULTILINE), inside(pilot)


def test_keys_that_come_before_the_next_look_find_no_screen_of_the_file(tmp_path: Path, monkeypatch: Patch) -> None:
    """The file is closed at once, so that what the screens drew of it would be frames whose bytes are gone."""

    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = await show_file(pilot)
        with monkeypatch.context() as patch:
            patch.setattr(app, "poll", lambda: None)
            await press(pilot, "s")
            assert app.follow is app.capture
            await nothing_of_the_file_is_shown(pilot)
        await frames_come(pilot, wire.come(4))
        await press(pilot, "1")
        assert packets_of(pilot).packets.count == 4

    drive_live(scenario, tmp_path, monkeypatch)


def test_while_no_packet_comes_all_screens_are_empty(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = await show_file(pilot)
        await press(pilot, "s")
        await until(pilot, lambda: app.capture.running and not app.capture._turning, "the capture")
        await nothing_of_the_file_is_shown(pilot)
        await press(pilot, "6")
        assert "0 of 155 exercised" in inside(pilot)
        await press(pilot, "1")
        assert packets_of(pilot).copies() == {}
        await frames_come(pilot, wire.come(4))
        await press(pilot, "1")
        assert "Ethernet" in inside(pilot)

    drive_live(scenario, tmp_path, monkeypatch)
