"""The application while it captures: one more screen, and it asks before it throws anything away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from analyzer.live.filters import default_filter
from analyzer.reports.layout import size_text
from analyzer.tui.amounts import unsaved
from analyzer.tui.app import AnalyzerApp
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.live_loads import LiveLoads
from analyzer.tui.registry import LIVE, SCREENS, Entry
from analyzer.tui.screens.dialogs import ChoiceScreen
from dissectors.inert import inert


class LiveApp(AnalyzerApp):
    """``dsmip live``."""

    MODES: ClassVar[dict[str, Any]] = {**AnalyzerApp.MODES, LIVE.name: LIVE.make}
    DEFAULT_MODE = LIVE.name
    SCREENS_SHOWN: ClassVar[tuple[Entry, ...]] = (*SCREENS, LIVE)
    BINDINGS: ClassVar[list[BindingType]] = [Binding(LIVE.key, f"show_screen('{LIVE.name}')", LIVE.title, show=False)]

    def __init__(self, follow: LiveFollow, **keywords: Any) -> None:
        super().__init__(follow, **keywords)
        self.capture = follow
        self.loads = self.live_loads = LiveLoads(self)
        self.live = True
        self.tail = True

    def on_mount(self) -> None:  # after it Textual calls that of the class above
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread, as in tests
                loop.add_signal_handler(number, self.exit)

    def on_ready(self) -> None:
        if not self.capture.session.interfaces:
            self.action_interfaces()

    def on_unmount(self) -> None:
        if self.follow is not self.capture:
            self.capture.close()

    def _tell_end(self) -> None:
        """The live screen says it all itself."""
        if self.current_mode != LIVE.name:
            super()._tell_end()

    # Actions

    def action_turn_capture(self) -> None:
        """Starts or stops."""
        if self.capture.running:
            self.action_stop()
        elif not self.capture.session.interfaces:
            self.action_interfaces()
        else:
            self._unless_unsaved("start anew", lambda: self._begin(self.capture.start))

    def action_stop(self) -> None:
        if not self.live_loads.shows_capture and self.follow.busy:
            super().action_stop()
        elif self.capture.running:
            self.capture.stop()
            self.notify("Stopping: what was captured is still judged", markup=False, timeout=3)

    def action_restart(self) -> None:
        if not self.capture.session.interfaces:
            self.action_interfaces()
        else:
            self._unless_unsaved("begin anew", lambda: self._begin(self.capture.restart))

    def action_interfaces(self) -> None:
        from analyzer.tui.screens.interfaces import Choice, InterfacesScreen

        session = self.capture.session

        def chosen(choice: Choice | None) -> None:
            if choice is not None:
                text = default_filter(choice.interfaces) if choice.capture_filter is None else choice.capture_filter
                self._unless_unsaved(
                    "begin anew", lambda: self._begin(lambda: self.capture.begin(choice.interfaces, text))
                )

        usual = not session.interfaces or session.filter == default_filter(session.interfaces)
        self.push_screen(InterfacesScreen(session.interfaces, None if usual else session.filter), chosen)

    def _begin(self, capture: Callable[[], None]) -> None:
        """Captures; a file that was opened meanwhile makes room."""
        capture()
        self.live_loads.show_capture()

    def _unless_unsaved(self, what: str, act: Callable[[], None]) -> None:
        """Asks first where frames would be lost."""
        if not self.capture.unsaved:
            act()
            return

        def answered(letter: str | None) -> None:
            if letter == "y":
                act()
            elif letter == "s":
                self.action_save()

        lost = unsaved(self.capture.frames)
        choices = {"y": (what, lost), "s": ("save", "first save them to a file"), "n": ("no", "leave all as it is")}
        self.push_screen(ChoiceScreen("Not saved", choices), answered)

    def action_leave(self) -> None:
        capture = self.capture
        if not capture.running and not capture.unsaved:
            self.exit()
            return

        def answered(letter: str | None) -> None:
            if letter == "q":
                self.exit()
            elif letter == "s":
                self.action_save()

        lost = unsaved(capture.frames)
        choices = {"q": ("quit", lost if capture.unsaved else "end the capture and leave")}
        if capture.frames:
            choices["s"] = ("save", "first save what was captured to a file")
        choices["n"] = ("no", "go on")
        self.push_screen(ChoiceScreen("Capturing. Quit?" if capture.running else "Not saved. Quit?", choices), answered)

    def action_save(self) -> None:
        """Copies what was captured, as far as the ring has it, to a file."""
        from analyzer.tui.screens.paths import PathScreen, folders_and_files

        if not self.capture.frames:
            self.notify("Nothing was captured so far", markup=False, timeout=3)
            return
        usual = f"dsmip-{datetime.now():%Y%m%d-%H%M%S}.pcapng"

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.run_worker(lambda: self._save(path), thread=True, exit_on_error=False)

        self.push_screen(
            PathScreen("Save the capture", "A pcapng file", folders_and_files, typed=usual, new=True), chosen
        )

    def _save(self, path: Path) -> None:
        try:
            size = self.capture.save(path)
        except OSError as error:
            said, severity = f"{path}: cannot be written: {error.strerror or error}", "error"
        else:
            said, severity = f"Saved to {path}, {size_text(size)}", "information"
        self.call_from_thread(self.notify, inert(said), severity=severity, timeout=8, markup=False)
