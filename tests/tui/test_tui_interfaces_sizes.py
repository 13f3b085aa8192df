"""The dialog of interfaces on terminals of 80 columns, and on the smallest."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_driver import Driver, Wire, drive_live, live_of, until
from test_tui_interfaces import EVIL, Busy, chooser
from tui_driver import screen_text

import analyzer.tui.screens.interfaces
from analyzer.live.dumpcap import CaptureInterface
from analyzer.live.trouble import LiveError
from analyzer.tui.screens.interfaces import InterfacesScreen
from analyzer.tui.screens.live import LiveScreen

pytestmark = pytest.mark.alone
Patch = pytest.MonkeyPatch

LONGEST = "enp175s0f1np1.4"
"""As long as Linux lets a name be: 15 characters."""
ADDRESSES = ("192.0.2.201", "2001:db8:1234:5678:9abc:def0:1234:5678", "fe80::9abc:def0:1234:5678")
FOUND = [
    CaptureInterface(LONGEST, "", ADDRESSES),
    CaptureInterface("h0", "a cable", ("192.0.2.1",)),
    CaptureInterface("lo", loopback=True),
    CaptureInterface(EVIL),
]
FASTEST = 148_809_523
"""Packets a second at most on 100 Gbit/s: 64 bytes each, with 20 between them."""


class Counts(Busy):
    """A packet in the first second, eight in the second: bars of one eighth and of full height."""

    def poll(self) -> dict[str, tuple[int, int]]:
        self.count += 1
        seconds = [0, 1, 9, 9]
        return {"h0": (seconds[min(self.count, 4) - 1], 0), LONGEST: (self.count * FASTEST, 0)}


@pytest.fixture
def counts(monkeypatch: Patch) -> Counts:
    made = Counts()
    monkeypatch.setattr(analyzer.tui.screens.interfaces, "interfaces", lambda: FOUND)
    monkeypatch.setattr(analyzer.tui.screens.interfaces, "Traffic", lambda: made)
    monkeypatch.setattr(analyzer.tui.screens.interfaces, "TICK", 3600.0)  # a second goes by when the test says so
    return made


def lines(pilot: Driver) -> list[str]:
    """The lines within the border, without the scroll bar."""
    return [line[2:-2].rstrip(" ▁▂▃▄▅▆▇█") for line in screen_text(pilot).splitlines()[1:-1]]


async def seconds_go_by(pilot: Driver, screen: InterfacesScreen, count: int) -> None:
    for _ in range(count):
        screen._tick()
    await pilot.pause()


@pytest.mark.usefixtures("counts")
def test_at_80_columns_name_mark_bars_rate_and_addresses_are_read_whole(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        screen = await chooser(pilot)
        await seconds_go_by(pilot, screen, 3)
        await pilot.press("down", "space")
        head, longest, cable, loop, evil = lines(pilot)[:5]
        assert head.split() == ["Interface", "Packets", "a", "second", "Addresses"]
        assert longest.startswith(f"[ ] {LONGEST} ")
        assert f" {FASTEST:,} " in longest
        assert ADDRESSES[0] in longest
        assert cable.split() == ["[x]", "h0", "▁█", "8", "a", "cable,", "192.0.2.1"]
        assert loop.split() == ["[", "]", "lo", "-", "loopback"]
        assert evil.startswith(r"[ ] \x1b[31m[bold]")
        columns = [head.index("Addresses"), longest.index(ADDRESSES[0]), cable.index("a cable"), loop.index("loopback")]
        assert len(set(columns)) == 1

    drive_live(scenario, tmp_path, monkeypatch, interfaces=())


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
def test_what_has_no_room_is_reached_sideways(tmp_path: Path, monkeypatch: Patch, size: tuple[int, int]) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        screen = await chooser(pilot)
        await seconds_go_by(pilot, screen, 3)
        seen = ""
        for _ in range(20):
            left = int(screen.query_one("InterfaceList").scroll_offset.x)
            seen = seen[:left].ljust(left) + lines(pilot)[1]
            await pilot.press("right")
        assert seen.split() == ["[", "]", LONGEST, "██", f"{FASTEST:,}", *", ".join(ADDRESSES).split()]
        for _ in range(20):
            await pilot.press("left")
        assert lines(pilot)[1].startswith("[ ] enp175s0f1n")

    drive_live(scenario, tmp_path, monkeypatch, interfaces=(), size=size)


def test_on_the_smallest_terminal_one_is_chosen_and_started_with_keys(
    tmp_path: Path, monkeypatch: Patch, counts: Counts
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await chooser(pilot)
        assert lines(pilot)[1].startswith("[ ] enp175s0f1n")
        assert "udp port 500" in lines(pilot)[2]
        await pilot.press("down")
        assert lines(pilot)[1] == "[ ] h0"
        await pilot.press("space")
        assert lines(pilot)[1] == "[x] h0"
        await pilot.press("j", "x")
        assert lines(pilot)[1] == "[x] lo"
        await pilot.press("x", "tab", "ctrl+u", "ctrl+k", *"esp")
        assert lines(pilot)[2].startswith("esp")
        await pilot.press("tab", "enter")
        app = live_of(pilot)
        await until(pilot, lambda: app.capture.running and not app.capture._turning, "the capture")
        assert (app.capture.session.interfaces, app.capture.session.filter) == (["h0"], "esp")
        assert isinstance(app.screen, LiveScreen)
        assert counts.closed

    drive_live(scenario, tmp_path, monkeypatch, interfaces=(), size=(20, 5))


def test_on_the_smallest_terminal_it_is_left_with_a_key_and_nothing_begins(
    tmp_path: Path, monkeypatch: Patch, counts: Counts
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await chooser(pilot)
        await pilot.press("space", "tab", "escape")
        assert isinstance(pilot.app.screen, InterfacesScreen), "first from the filter to the list"
        await pilot.press("escape")
        await pilot.pause()
        app = live_of(pilot)
        assert isinstance(app.screen, LiveScreen)
        assert (app.capture.running, app.capture.session.interfaces) == (False, [])
        assert counts.closed
        assert "not started" in screen_text(pilot)

    drive_live(scenario, tmp_path, monkeypatch, interfaces=(), size=(20, 5))


def test_on_the_smallest_terminal_missing_rights_are_told(tmp_path: Path, monkeypatch: Patch) -> None:
    def refuse() -> list[CaptureInterface]:
        raise LiveError("dumpcap is missing; remedy: sudo apt install wireshark-common")

    monkeypatch.setattr(analyzer.tui.screens.interfaces, "interfaces", refuse)

    async def scenario(wire: Wire, pilot: Driver) -> None:
        await until(pilot, lambda: "dumpcap is" in screen_text(pilot), "the reason")
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)

    drive_live(scenario, tmp_path, monkeypatch, interfaces=(), size=(20, 5))
