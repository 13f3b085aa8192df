"""Loading and judging in a thread of its own, while screens ask ten times a second how far it has come.

The thread owns the run; the screen reads the model and plain numbers. Nobody takes a lock, so drawing never waits.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.capture import CaptureSource
from analyzer.capture.chunk import Chunk
from analyzer.collecting import set_aside
from analyzer.tui.marks import Marks
from analyzer.tui.model import Model
from dissectors.triage import Classes
from rules.profile import Profile

if TYPE_CHECKING:
    from analyzer.pipeline import Run
    from analyzer.results import Results
    from dissectors.keymat import KeyProblem
    from rules.obligations import Debt

CHUNK_FRAMES = 8192
"""Small, so that numpy never holds the interpreter for long, and the first rows are there at once."""
SWITCH = 0.001
"""Seconds after which the loading thread has to let the screen's go on (Python's own default is 0.005)."""
REST, MOST_REST = 0.010, 0.040
"""Seconds that the loading thread rests after a key or the beginning of drawing, and the most at a stretch."""
SET_ASIDE_EVERY = 1 << 9
"""Packets after which what is kept is taken out of the garbage collector's sight: its pauses stop the screen."""


class Stage(Enum):
    """How far loading has come."""

    STARTING = "starting"
    LOADING = "loading"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Stopped(Exception):
    """Raised in the loading thread to end the run."""


class Follow:
    """One load of captures. ``start`` it, read ``model`` and the numbers, ``stop`` it."""

    is_live = False
    """Whether it is a capture that goes on."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        key_paths: Sequence[str | Path] = (),
        profile: Profile | None = None,
        *,
        chunk_frames: int = CHUNK_FRAMES,
    ) -> None:
        """Opens the captures; ``CaptureError`` says why one cannot be."""
        self.source = CaptureSource(paths, chunk_frames=chunk_frames)
        self.key_paths = list(key_paths)
        self.profile = profile or Profile()
        self.model = Model(Marks(self.profile.severity))
        self.stage = Stage.STARTING
        self.trouble = ""  # why it failed
        self.problems: list[KeyProblem] = []  # lines of key files that are of no use
        self.run: Run | None = None
        self.results: Results | None = None
        self._stop = False
        self._pressed_at = 0.0
        self._thread = threading.Thread(target=self._work, name="loading", daemon=True)

    def anew(self, key_paths: Sequence[str | Path]) -> Follow:
        """The same captures from the beginning, with these keys."""
        return Follow(self.source.files, key_paths, self.profile)

    def look(self) -> None:
        """Called ten times a second by the screen's thread, before it asks for anything."""

    def start(self) -> None:
        sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
        self._thread.start()

    def use_results(self, use: Callable[[Results], object]) -> None:
        """Has ``use`` read the results."""
        assert self.results is not None
        use(self.results)

    @property
    def has_results(self) -> bool:
        """Whether there is anything to report: here once all is read, while capturing at any time."""
        return self.results is not None

    def stop(self) -> None:
        """Asks the thread to end; what was read stays, and is judged as far as it goes."""
        self._stop = True

    def give_way(self) -> None:
        """A key was pressed, or the screen is about to be drawn: let that be done first."""
        self._pressed_at = time.monotonic()

    def wait(self, seconds: float | None = None) -> None:
        """Until loading is over."""
        self._thread.join(seconds)

    def close(self) -> None:
        """Stops, and lets go of the files."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join(5)
        self.source.close()
        self.model.close()

    # Numbers for the screen

    @property
    def status(self) -> str:
        """What stands above the screen in place of how far loading is."""
        return ""

    @property
    def beat(self) -> int:
        """Changes when time alone changes what is shown."""
        return 0

    @property
    def now(self) -> int:
        """While capturing: capture time as far as it has come, in ns."""
        return 0

    def debts_of(self, session: int) -> list[Debt]:
        """While capturing: what is owed in a session, by deadline."""
        return []

    @property
    def files(self) -> list[str]:
        return self.source.files

    @property
    def busy(self) -> bool:
        return self.stage in (Stage.STARTING, Stage.LOADING)

    @property
    def frames(self) -> int:
        return len(self.model)

    @property
    def sessions(self) -> int:
        return len(self.run.world.sessions) if self.run else 0

    @property
    def fails(self) -> int:
        return self.model.marks.fails

    @property
    def progress(self) -> float | None:
        """From 0 to 1; ``None`` where nobody knows how much there is."""
        total = self.source.bytes_total
        return min(1.0, self.source.bytes_read / total) if total else None

    # The thread

    def _work(self) -> None:
        try:
            self._load()
        except Exception as error:  # told on the screen: a thread has nobody else to tell
            self.trouble = _sentence(error)
            self.stage = Stage.FAILED

    def _load(self) -> None:
        from analyzer.keys import load_keys
        from analyzer.pipeline import Run

        material = load_keys(self.key_paths)
        self.problems = material.problems
        self.run = run = Run(self.source, material, self.profile)
        run.on_chunk = self._take
        self.model.listen(run.decoder)
        self.stage = Stage.LOADING
        try:
            self._feed(run)
        except Stopped:
            run.world.evidence.stopped_early = "stopped by the user"
        self.results = results = run.results()
        self.model.judge(results.findings)
        self.model.finish(results.counted_failures)
        self.stage = Stage.STOPPED if self._stop else Stage.DONE

    def _take(self, chunk: Chunk, kinds: Classes) -> None:
        if self._stop:
            raise Stopped
        self._rest()
        self.model.add_chunk(chunk, kinds)

    def _rest(self) -> None:
        """While the screen is at work the interpreter is its own; drawing may begin while we rest."""
        now = time.monotonic()
        end = now + MOST_REST
        while (left := min(self._pressed_at + REST, end) - now) > 0:
            time.sleep(left)
            now = time.monotonic()

    def _feed(self, run: Run) -> None:
        model, engine = self.model, run.engine
        assert engine is not None
        for count, packet in enumerate(run.packets(), 1):
            model.keep(packet)
            model.judge(engine.findings)
            self._rest()
            if self._stop:
                raise Stopped
            if not count % SET_ASIDE_EVERY:
                set_aside()


def _sentence(error: Exception) -> str:
    """What went wrong, without values that may hold key bytes."""
    from analyzer.keys import KeyFileError

    if isinstance(error, KeyFileError | OSError):
        return str(error)
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return f"internal error while loading ({type(error).__name__} in {place})"
