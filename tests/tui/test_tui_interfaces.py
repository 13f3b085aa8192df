"""The interfaces that are offered before a capture begins."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from live_driver import Driver, Wire, drive_live, frames_come, live_of
from tui_driver import screen_text

import analyzer.tui.screens.interfaces
from analyzer.live.dumpcap import CaptureInterface
from analyzer.live.trouble import LiveError
from analyzer.tui.screens.interfaces import InterfacesScreen, sparkline

pytestmark = pytest.mark.alone
Patch = pytest.MonkeyPatch

EVIL = "\x1b[31m[bold]\u202eh0\n[/]"
FOUND = [
    CaptureInterface("h0", "a cable", ("192.0.2.1", "2001:db8::1")),
    CaptureInterface(EVIL),
    CaptureInterface("lo", loopback=True),
]


class Busy:
    """Counts that a test decides."""

    def __init__(self) -> None:
        self.count = 0
        self.closed = False

    def poll(self) -> dict[str, tuple[int, int]]:
        self.count += 10
        return {"h0": (self.count, 0), EVIL: (1, 0)}

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def busy(monkeypatch: Patch) -> Busy:
    made = Busy()
    monkeypatch.setattr(analyzer.tui.screens.interfaces, "interfaces", lambda: FOUND)
    monkeypatch.setattr(analyzer.tui.screens.interfaces, "Traffic", lambda: made)
    return made


async def chooser(pilot: Driver) -> InterfacesScreen:
    for _ in range(200):
        await pilot.pause(0.02)
        screen = pilot.app.screen
        if isinstance(screen, InterfacesScreen) and screen.query_one("InterfaceList").count:  # type: ignore[attr-defined]
            return screen
    raise AssertionError(screen_text(pilot))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_without_an_interface_they_are_offered_with_their_traffic(
    tmp_path: Path, monkeypatch: Patch, busy: Busy, size: tuple[int, int]
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        screen = await chooser(pilot)
        screen._tick()
        screen._tick()
        await pilot.pause()
        text = screen_text(pilot)
        assert re.search(r"\[ \] h0 +.*█ +10", text)
        assert "udp port 500" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        await pilot.press("space", "enter")
        app = live_of(pilot)
        await frames_come(pilot, wire.come(5))
        assert app.capture.session.interfaces == ["h0"]
        assert app.capture.session.filter.startswith("udp port 500")
        assert busy.closed

    drive_live(scenario, tmp_path, monkeypatch, interfaces=(), size=size)


def test_another_filter_and_a_hostile_name_are_taken_as_they_are(
    tmp_path: Path, monkeypatch: Patch, busy: Busy
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await chooser(pilot)
        await pilot.press("down", "tab", "ctrl+u", "ctrl+k", *"udp", "enter")
        app = live_of(pilot)
        await frames_come(pilot, wire.come(5))
        assert app.capture.session.interfaces == [EVIL]
        assert app.capture.session.filter == "udp"
        text = screen_text(pilot)
        assert "\\x1b[31m[bold]\\u202eh0" in text
        assert "\x1b" not in text

    drive_live(scenario, tmp_path, monkeypatch, interfaces=())


def test_rights_that_are_missing_to_list_interfaces_come_with_the_command(tmp_path: Path, monkeypatch: Patch) -> None:
    def refuse() -> list[CaptureInterface]:
        raise LiveError("this user may not run /usr/bin/dumpcap; remedy: sudo usermod -aG wireshark ann")

    monkeypatch.setattr(analyzer.tui.screens.interfaces, "interfaces", refuse)

    async def scenario(wire: Wire, pilot: Driver) -> None:
        for _ in range(200):
            await asyncio.sleep(0.02)
            if "do this" in screen_text(pilot):
                break
        await pilot.pause()
        assert "do this: sudo usermod -aG wireshark ann" in screen_text(pilot)
        await pilot.press("escape", "s")
        await pilot.pause()
        assert isinstance(pilot.app.screen, InterfacesScreen), "without an interface, start asks for one"

    drive_live(scenario, tmp_path, monkeypatch, interfaces=())


def test_a_second_without_packets_is_empty_and_the_busiest_is_full() -> None:
    assert sparkline([0, 1, 4, 8]) == " ▁▄█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "  "
