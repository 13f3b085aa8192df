"""What holds for all screens: nothing read yet, hostile text, the table of keys."""

from __future__ import annotations

import asyncio
import re
import threading
from itertools import combinations
from pathlib import Path

import pytest
from screen_driver import SCREEN_KEYS, press
from tui_driver import FAULTS, Driver, app_of, drive, loaded, screen_text

from analyzer.tui.app import AnalyzerApp
from analyzer.tui.follow import Follow
from analyzer.tui.keys import KEYS, Key, Scope
from analyzer.tui.registry import SCREENS
from analyzer.tui.screens.conformance import ConformanceScreen
from analyzer.tui.screens.ladder import LadderScreen
from analyzer.tui.screens.session import SessionScreen
from analyzer.tui.screens.sessions import SessionsScreen
from analyzer.tui.screens.violations import ViolationsScreen
from analyzer.tui.state import State
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.matrix_grid import MatrixGrid

OWNERS: dict[Scope, tuple[type, ...]] = {
    Scope.TABLE: (SessionsScreen, ViolationsScreen),
    Scope.SESSION: (SessionScreen, LadderScreen),
    Scope.LADDER: (LadderScreen,),
    Scope.VIOLATIONS: (ViolationsScreen,),
}


def test_every_screen_shows_something_before_anything_was_read() -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        run, app.follow.run = app.follow.run, None
        for entry in SCREENS:
            await press(pilot, entry.key)
            assert app.current_mode == entry.name
            await press(pilot, "j", "n", "enter", "slash", "escape", "escape")
        app.follow.run = run

    drive(scenario, keys=[])


class HalfRead(Follow):
    """Stops at a packet until it is told to go on."""

    def __init__(self, folder: Path, packets: int) -> None:
        super().__init__([folder / "capture.pcap"], [folder / "keys"])
        self.left = packets
        self.halted, self.go_on = threading.Event(), threading.Event()

    def _rest(self) -> None:
        self.left -= 1
        if not self.left:
            self.halted.set()
            self.go_on.wait(30)


def test_all_screens_work_while_the_file_still_loads_and_show_the_rest_when_it_comes() -> None:
    follow = HalfRead(FAULTS, 14)
    app = AnalyzerApp(follow, state=State(theme="dark"), state_folder=Path("/dev/null/nowhere"))

    async def play() -> None:
        async with app.run_test(size=(100, 60)) as pilot:
            await asyncio.to_thread(follow.halted.wait, 30)
            app.poll()
            before = {}
            for name, key in SCREEN_KEYS.items():
                await press(pilot, key, "n", "j", "k")
                before[name] = screen_text(pilot)
            assert "Binding Acknowledgement" not in before["ladder"]
            assert "UE-5.1.2.4-14" in before["violations"]
            assert "HA-5.1.3.2-08" not in before["violations"]
            follow.go_on.set()
            await loaded(pilot)
            for name, key in SCREEN_KEYS.items():
                await press(pilot, key)
                assert screen_text(pilot) != before[name], name
            await press(pilot, "5")
            assert "HA-5.1.3.2-08" in screen_text(pilot)

    asyncio.run(play())


def test_hostile_text_stays_inert() -> None:
    evil = "\x1b[31m[bold]\u202eeman\nline@[link=file:///]x"

    async def scenario(pilot: Driver) -> None:
        run = app_of(pilot).follow.run
        assert run is not None
        for session in run.world.sessions:
            session.identity = session.apn = evil
            session.last_frame += 1
        for key in SCREEN_KEYS.values():
            await press(pilot, key)
            text = screen_text(pilot)
            assert "\x1b" not in text
            assert "\u202e" not in text
        await press(pilot, "3")
        assert "\\x1b[31m[bold]\\u202eeman\\nline" in screen_text(pilot)

    drive(scenario, size=(160, 50))


@pytest.mark.parametrize("scope", [Scope.TABLE, Scope.SESSION, Scope.LADDER, Scope.VIOLATIONS])
def test_every_key_of_the_table_has_an_action(scope: Scope) -> None:
    for entry in (key for key in KEYS if key.scope is scope):
        name = re.sub(r"\(.*", "", entry.action)
        for owner in OWNERS[scope]:
            assert hasattr(owner, f"action_{name}"), (owner, entry.action)


def test_every_key_of_the_matrix_has_an_action() -> None:
    for entry in (key for key in KEYS if key.scope is Scope.MATRIX):
        name = "action_" + re.sub(r"\(.*", "", entry.action)
        assert hasattr(MatrixGrid, name) or hasattr(ConformanceScreen, name)


@pytest.mark.parametrize("screen", [SessionsScreen, SessionScreen, LadderScreen, ViolationsScreen], ids=str)
def test_no_key_has_two_meanings_on_a_screen(screen: type[AnalyzerApp]) -> None:
    scopes = {*screen.SCOPES, Scope.LINES}  # type: ignore[attr-defined]
    taken: list[tuple[str, Key]] = [(k, key) for key in KEYS if key.scope in scopes for k in key.keys.split(",")]
    clashes = [(a, one.action, two.action) for (a, one), (b, two) in combinations(taken, 2) if a == b]
    assert clashes == []


def test_the_palette_offers_what_the_screen_can_do() -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        for entry in SCREENS:
            await press(pilot, entry.key)
            screen = app.screen_stack[0]
            offered = {command.title.split("  ")[0] for command in app.get_system_commands(screen)}
            assert ("Mark" in offered) == (entry.name == "ladder")
            assert ("Group" in offered) == (entry.name == "violations")

    drive(scenario)


def test_lists_are_the_focus_of_every_screen() -> None:
    async def scenario(pilot: Driver) -> None:
        for key in SCREEN_KEYS.values():
            await press(pilot, key)
            assert isinstance(pilot.app.focused, Lines)

    drive(scenario)
