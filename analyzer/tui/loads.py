"""Which captures are shown, and the load that is to take their place: more keys, a file that grew, another file.

The same captures are read anew behind the screen, which goes on showing the old load until the new one has come as far.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.capture import CaptureError
from analyzer.collecting import search_all
from analyzer.tui.amounts import number_of
from analyzer.tui.file_watch import FileWatch
from analyzer.tui.follow import Follow, Stage
from dissectors.inert import inert

if TYPE_CHECKING:
    from analyzer.tui.app import AnalyzerApp

LOOK = 1.0
"""Seconds between two looks at the files."""


class Loads:
    """The load that comes."""

    def __init__(self, app: AnalyzerApp) -> None:
        self._app = app
        self.coming: Follow | None = None
        self._model = app.follow.model  # what the screens show
        self._why = ""  # what is told once it is there
        self._watch: FileWatch | None = None
        self._look_at = 0.0

    # Ten times a second

    def look(self) -> None:
        """Takes over what has come far enough; looks at the files."""
        app = self._app
        app.follow.look()
        if app.follow.model is not self._model:
            app.renew()
        coming = self.coming
        if coming is not None and (not coming.busy or coming.model.reached > app.follow.frames):
            self._take(coming)
            search_all()
        self.look_at_files()

    def shown(self) -> None:
        """The screens are about to show the model there is now."""
        self._model = self._app.follow.model

    def look_at_files(self) -> None:
        """What became of the files on the disk."""
        app = self._app
        if self._watch is None:
            self._watch = FileWatch(app.follow.files)
        elif time.monotonic() >= self._look_at and self.coming is None:
            self._look_at = time.monotonic() + LOOK
            for sentence in self._watch.look():
                app.notify(sentence, severity="warning", timeout=10, markup=False)

    def _take(self, coming: Follow) -> None:
        """Another load is shown from now on."""
        app = self._app
        self.coming = None
        if coming.stage is Stage.FAILED:
            app.notify(coming.trouble, severity="error", timeout=20, markup=False)
            coming.close()
            return
        before = app.follow
        opened, frames = opened_of(before), before.frames
        app.follow, self._watch = coming, FileWatch(coming.files)
        app.renew()
        self.let_go(before)
        if self._why:
            app.notify(self._why + _difference(coming, opened, frames), timeout=6, markup=False)

    def let_go(self, follow: Follow) -> None:
        """What was shown before is not needed any more."""
        follow.close()

    def close(self) -> None:
        if self.coming is not None:
            self.coming.close()

    # What is asked for

    def begin(self, key_paths: Sequence[str | Path], why: str) -> None:
        """Reads the same captures anew behind the screen."""
        app = self._app
        try:
            coming = app.follow.anew(key_paths)
        except CaptureError as error:
            app.notify(str(error), severity="error", timeout=10, markup=False)
            return
        if self.coming is not None:
            self.coming.close()
        app.follow.stop()
        self.coming, self._why = coming, why
        coming.start()

    def reload(self) -> None:
        self.begin(self._key_paths, "Read anew")

    @property
    def _key_paths(self) -> list[str | Path]:
        """Of what is shown, or is coming."""
        return (self.coming or self._app.follow).key_paths

    def ask_keys(self) -> None:
        from analyzer.tui.screens.paths import PathScreen, folders_and_files

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.add_keys(path)

        known = f"{len(self._key_paths)} given so far" if self._key_paths else "none given so far"
        about = f"A key file, a log of strongSwan, or a folder of them; {known}"
        self._app.push_screen(PathScreen("Add keys", about, folders_and_files, folders=True), chosen)

    def add_keys(self, path: Path) -> None:
        """More keys; a file that holds none is told, and changes nothing."""
        from analyzer.keys import KeyFileError, load_keys

        def work() -> None:
            try:
                found = load_keys([path])
            except (KeyFileError, OSError) as error:
                self._app.call_from_thread(self._refuse, str(error))
                return
            count = len(found.ike) + len(found.esp) + len(found.key_exchange_secrets)
            if count:
                self._app.call_from_thread(self.take_keys, path, f"{count} key{'s' * (count != 1)} added")
            else:
                said = f"; {found.problems[0]}" if found.problems else ""
                self._app.call_from_thread(self._refuse, f"no keys in {path}{said}")

        self._app.run_worker(work, thread=True, exit_on_error=False)

    def _refuse(self, sentence: str) -> None:
        self._app.notify(inert(sentence), severity="warning", timeout=10, markup=False)

    def take_keys(self, path: Path, why: str) -> None:
        """A file that holds keys."""
        self.begin([*self._key_paths, path], why)

    def ask_file(self) -> None:
        from analyzer.tui.screens.paths import PathScreen, captures_of

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.open(path)

        listing = captures_of(self._app.state.recent)
        self._app.push_screen(PathScreen("Open a capture", "Empty: the recent ones", listing), chosen)

    def open(self, path: Path) -> None:
        """Another capture, with the same keys, from its first frame on."""
        app = self._app
        try:
            other = Follow([path], self._key_paths, app.follow.profile)
        except (CaptureError, OSError) as error:
            app.notify(str(error), severity="error", timeout=10, markup=False)
            return
        if self.coming is not None:
            self.coming.close()
        app.state.opened([path])
        app.frame, self._why = 1, ""
        app.chosen.put(0, 0)
        other.start()
        self._take(other)


def opened_of(follow: Follow) -> int:
    """Protected packets that are open."""
    return follow.run.counts.opened if follow.run else 0


def _difference(follow: Follow, opened: int, frames: int) -> str:
    """What the new load has more, or less, than the one before."""
    said: list[Any] = []
    if follow.frames != frames:
        said.append(f"{number_of(frames, 'frame')} before, {follow.frames:,} now")
    now = opened_of(follow)
    if now != opened:
        said.append(f"{now:,} protected packets open, {opened:,} before")
    return ": " + "; ".join(said) if said else ": nothing has changed"
