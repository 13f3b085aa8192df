"""The application: it owns the load, the screens and what is remembered; screens draw."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakSet

from rich.text import Text
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from analyzer.collecting import set_aside, take_back
from analyzer.tui.chosen import Chosen
from analyzer.tui.clipboard import copy
from analyzer.tui.follow import Follow, Stage
from analyzer.tui.keys import KEYS, Scope, bindings
from analyzer.tui.loads import Loads
from analyzer.tui.model import Model
from analyzer.tui.registry import SCREENS, Entry
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.screens.dialogs import ChoiceScreen, GoToScreen, HelpScreen
from analyzer.tui.state import State, load_state, save_state
from analyzer.tui.themes import DARK, FALLBACK, NAMES, SIXTEEN, themes
from analyzer.tui.widgets.bars import TopBar


def _fault(error: BaseException | None) -> str:
    """One sentence, or with DSMIP_DEBUG the way to the fault, without values."""
    if error is None:
        return "dsmip: internal error"
    if os.environ.get("DSMIP_DEBUG"):
        return "".join(traceback.format_exception(error))
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return f"dsmip: internal error ({type(error).__name__} in {place}); DSMIP_DEBUG=1 shows where"


REFRESH, SOONEST = 0.1, 0.08
"""Seconds between looks at what was read, and the least between two: screens never redraw for data more often."""


class AnalyzerApp(App[None]):
    """``dsmip tui``."""

    TITLE = "dsmip"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.APP),
        *(Binding(entry.key, f"show_screen('{entry.name}')", entry.title, show=False) for entry in SCREENS),
    ]
    MODES: ClassVar[dict[str, Any]] = {entry.name: entry.make for entry in SCREENS}
    DEFAULT_MODE = SCREENS[0].name
    SCREENS_SHOWN: ClassVar[tuple[Entry, ...]] = SCREENS
    CSS = "Toast { max-width: 90%; } Screen { layout: vertical; }"

    def __init__(self, follow: Follow, *, state: State | None = None, state_folder: Path | None = None) -> None:
        super().__init__()
        self.follow = follow
        self.frame = 1  # the frame that all screens speak of
        self.made: WeakSet[AnalyzerScreen] = WeakSet()  # the screens that were shown
        self.loads = Loads(self)
        self.chosen = Chosen()  # the session, where one was chosen after the frame
        self.tail = False  # lists of packets stay at the last one
        self.shows_data = True  # user data in ladders, on the screen and in files
        self.live = False  # capturing: quitting would lose what was not saved
        self._state_folder = state_folder
        self.state = load_state(state_folder) if state is None else state
        self._seen: tuple[Any, ...] = ()
        self._told = False
        self._polled_at = 0.0
        self._whole: WeakSet[AnalyzerScreen] = WeakSet()

    @property
    def model(self) -> Model:
        return self.follow.model

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(FALLBACK)

    def on_load(self) -> None:
        """Has tasks begin when it is their turn, on every Python.

        From 3.12 on Textual has them begin at once: the first screen's widgets ask for a screen before there is one.
        """
        asyncio.get_running_loop().set_task_factory(None)

    def on_mount(self) -> None:
        for theme in themes():
            self.register_theme(theme)
        self.theme = self._first_theme()
        self.state.opened(self.follow.files)
        self.follow.start()
        self.set_interval(REFRESH, self._tick)

    def _first_theme(self) -> str:
        """The one chosen last time; on a terminal of sixteen colours its own."""
        if self.state.theme in NAMES:
            return self.state.theme
        return SIXTEEN if self.console.color_system in ("standard", None) and not self.is_headless else DARK

    # What was read meanwhile

    def _tick(self) -> None:
        """A timer that was kept waiting makes up for it in a burst: what comes too soon is left out."""
        now = time.monotonic()
        if now - self._polled_at >= SOONEST:
            self._polled_at = now
            self.poll()

    def give_way(self) -> None:
        """Something is about to be drawn: the thread that reads rests meanwhile."""
        self.follow.give_way()

    def poll(self) -> None:
        """Asks the load how far it is, and the screen to show it if anything is new."""
        self.loads.look()
        follow = self.follow
        seen = (
            *(follow.frames, follow.model.reached, follow.fails, follow.sessions, follow.stage, follow.status),
            *(follow.beat, self.current_mode),
        )
        stack = self.screen_stack
        screen = stack[0] if stack else None
        if not isinstance(screen, AnalyzerScreen) or not self._is_whole(screen):
            return  # it is being made, or taken down
        if seen == self._seen and not getattr(screen, "filtering", False):
            if follow.busy or self.loads.coming:
                screen.query_one(TopBar).refresh()
            return
        self._seen = seen
        follow.give_way()
        screen.query_one(TopBar).refresh()
        screen.catch_up()
        if follow.busy:
            self._told = False
        elif not self._told:
            self._told = True
            self._tell_end()

    def _is_whole(self, screen: AnalyzerScreen) -> bool:
        """Whether all parts of a screen are there: those of its bars come later than the bars."""
        if not screen.query(TopBar):
            return False
        if screen not in self._whole and all(widget.is_mounted for widget in screen.walk_children(Widget)):
            self._whole.add(screen)
            set_aside()  # it stays
        return screen in self._whole

    def show_again(self) -> None:
        """Something changed that the load does not tell of: the next look shows it."""
        self._seen = ()

    def renew(self) -> None:
        """Another load, or one that began anew: all screens show it, each as near as can be to where it was."""
        self._seen, self._told = (), False
        self.loads.shown()
        self.frame = max(1, min(self.frame, self.follow.frames))
        for screen in list(self.made):
            if screen.is_attached and screen.query(TopBar):
                screen.renew()

    def _tell_end(self) -> None:
        """What the user has to know of how loading ended."""
        follow = self.follow
        set_aside()
        if follow.stage is Stage.FAILED:
            self.notify(follow.trouble, severity="error", timeout=30, markup=False)
        for warning in (follow.results.warnings if follow.results else [])[:3]:
            self.notify(warning, severity="warning", timeout=10, markup=False)
        if follow.problems:
            more = f" (and {len(follow.problems) - 1} more)" if len(follow.problems) > 1 else ""
            self.notify(f"key file: {follow.problems[0]}{more}", severity="warning", timeout=10, markup=False)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self.follow.give_way()
        await super().on_event(event)

    def action_open_file(self) -> None:
        self.loads.ask_file()

    def action_reload(self) -> None:
        self.loads.reload()

    def action_add_keys(self) -> None:
        self.loads.ask_keys()

    # Between screens

    def action_show_screen(self, name: str) -> None:
        if self.current_mode != name and len(self.screen_stack) == 1:
            self.switch_mode(name)

    async def show_frame(self, number: int) -> None:
        """Goes to a frame in the packets, from wherever we are."""
        self.frame = number
        await self.switch_mode(SCREENS[0].name)
        screen = self.screen_stack[0]
        if isinstance(screen, AnalyzerScreen):
            screen.show_frame(number)

    async def action_violation(self, by: int) -> None:
        screen = self.screen_stack[-1]
        if isinstance(screen, AnalyzerScreen) and screen.next_violation(by):
            return
        marks = self.model.marks
        number = marks.next_after(self.frame) if by > 0 else marks.last_before(self.frame)
        if number is None:
            where = "after" if by > 0 else "before"
            what = f"No violation {where} frame {self.frame}" if marks.fails else "No violations"
            self.notify(f"{what} so far" if self.follow.busy else what, markup=False, timeout=3)
            return
        await self.show_frame(number)

    # Actions

    def action_help(self) -> None:
        self.push_screen(HelpScreen())

    def action_export(self) -> None:
        from analyzer.tui.screens.export import open_export

        open_export(self)

    def action_go_to(self) -> None:
        async def go(number: int | None) -> None:
            if number is not None:
                await self.show_frame(number)

        if len(self.model):
            self.push_screen(GoToScreen(len(self.model)), go)

    def action_copy(self) -> None:
        screen = self.screen_stack[0]
        found = screen.copies() if isinstance(screen, AnalyzerScreen) else {}
        if not found:
            return
        choices = {name[0]: (name, text) for name, text in found.items()}

        def chosen(letter: str | None) -> None:
            if letter is not None:
                name, text = choices[letter]
                where = copy(text, self._write)
                self.notify(f"Copied the {name} to {where}", markup=False)

        self.push_screen(ChoiceScreen("Copy", choices), chosen)

    def _write(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    def action_theme(self) -> None:
        place = NAMES.index(self.theme) if self.theme in NAMES else -1
        self.theme = self.state.theme = NAMES[(place + 1) % len(NAMES)]
        self.notify(f"Theme: {self.theme}", timeout=2, markup=False)

    def action_stop(self) -> None:
        if self.follow.busy:
            self.follow.stop()
            self.notify("Loading was stopped: what was read stays", markup=False)

    def action_leave(self) -> None:
        if not self.live:
            self.exit()
            return

        def answered(letter: str | None) -> None:
            if letter == "q":
                self.exit()

        choices = {"q": ("quit", "end the capture and leave"), "n": ("no", "go on")}
        self.push_screen(ChoiceScreen("Capturing. Quit?", choices), answered)

    async def action_quit(self) -> None:
        self.action_leave()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette: the same table as the keys."""
        for entry in self.SCREENS_SHOWN:
            yield SystemCommand(
                f"Screen: {entry.title}  ({entry.key})", "", lambda e=entry: self.action_show_screen(e.name)
            )
        here = {Scope.APP, *getattr(self.screen_stack[0], "SCOPES", ())}
        for key in KEYS:
            if key.palette and key.scope in here:
                yield SystemCommand(f"{key.label}  ({key.first})", key.help, self._runner(key.action, key.scope))
        for name in NAMES:
            yield SystemCommand(f"Theme: {name}", "Change the colours", lambda n=name: self._take_theme(n))

    def _take_theme(self, name: str) -> None:
        self.theme = self.state.theme = name

    def _runner(self, action: str, scope: Scope) -> Any:
        async def run() -> None:
            target: Any = self if scope is Scope.APP else self.screen_stack[0]
            await self.run_action(action, default_namespace=target)

        return run

    def _fatal_error(self) -> None:
        """Our own mistake: told as its kind and place, for Textual's page of local variables might show keys."""
        self.bell()
        error = sys.exc_info()[1] or self._exception
        self._exit_renderables.append(Text(_fault(error)))
        self._close_messages_no_wait()

    def on_unmount(self) -> None:
        self.loads.close()
        self.follow.close()
        take_back()
        save_state(self.state, self._state_folder)
