"""Keys and files while a capture goes on, and the way from the capture to a file and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.collecting import search_all
from analyzer.keys import KeyFileError
from analyzer.tui.amounts import unsaved
from analyzer.tui.follow import Follow
from analyzer.tui.loads import Loads
from analyzer.tui.screens.dialogs import ChoiceScreen

if TYPE_CHECKING:
    from analyzer.tui.live_app import LiveApp


class LiveLoads(Loads):
    """Shows the capture until a file is opened: that ends the capture, and another one may begin later."""

    def __init__(self, app: LiveApp) -> None:
        super().__init__(app)
        self._live = app
        self._beat = 0

    @property
    def shows_capture(self) -> bool:
        return self._live.follow is self._live.capture

    def look(self) -> None:
        capture = self._live.capture
        if not self.shows_capture:
            capture.look()
            if capture.beat != self._beat:
                self._beat = capture.beat
                self._live.show_again()
        super().look()

    def look_at_files(self) -> None:
        """Those of the capture are ours."""
        if not self.shows_capture:
            super().look_at_files()

    def take_keys(self, path: Path, why: str) -> None:
        """To the capture that runs, or that may begin later; a file is read anew with them."""
        app, capture = self._live, self._live.capture
        if not self.shows_capture:
            super().take_keys(path, why)

        def work() -> None:
            try:
                capture.session.add_keys([path])
            except (KeyFileError, OSError) as error:
                app.call_from_thread(self._refuse, str(error))
                return
            if self.shows_capture:
                more = "; what was captured is read anew with them" if capture.counters.sealed else ""
                app.call_from_thread(app.notify, why + more, markup=False)

        app.run_worker(work, thread=True, exit_on_error=False)

    def reload(self) -> None:
        """What is captured is always read to its end, so that to read it anew is to capture anew: asked first."""
        if self.shows_capture:
            self._live.action_restart()
        else:
            super().reload()

    def ask_file(self) -> None:
        """Another file takes the place of the capture, which ends: asked first where that would lose anything."""
        capture = self._live.capture
        if not self.shows_capture or not (capture.running or capture.unsaved):
            super().ask_file()
            return

        def answered(letter: str | None) -> None:
            if letter == "o":
                Loads.ask_file(self)
            elif letter == "s":
                self._live.action_save()

        lost = unsaved(capture.frames)
        choices = {"o": ("end and open", lost if capture.unsaved else "the capture ends when a file is chosen")}
        if capture.frames:
            choices["s"] = ("save", "first save what was captured to a file")
        choices["n"] = ("no", "go on")
        title = "Capturing. Open a file?" if capture.running else "Not saved. Open a file?"
        self._live.push_screen(ChoiceScreen(title, choices), answered)

    def let_go(self, follow: Follow) -> None:
        if follow is self._live.capture:
            self._live.tail = False
            self._live.capture.forget()
        else:
            follow.close()

    def show_capture(self) -> None:
        """A capture begins: the file that was shown makes room for it."""
        app = self._live
        if self.shows_capture:
            return
        if self.coming is not None:
            self.coming.close()
            self.coming = None
        file, app.follow, self._watch = app.follow, app.capture, None
        app.frame, app.tail = 1, True
        app.chosen.put(0, 0)
        app.renew()
        file.close()
        del file
        search_all()
