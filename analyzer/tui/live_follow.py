"""A live capture with the face of a load: the same screens show it while it goes on.

The capture's own thread fills a model; whenever it begins to read anew (keys came that open what stayed closed, or the
user restarts) that is another model, which takes the place of the one shown once it has come as far.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.capture.chunk import Chunk
from analyzer.collecting import search_all, set_aside
from analyzer.live.ring import DEFAULT_FILES, DEFAULT_SIZE, Ring
from analyzer.live.session import LiveSession
from analyzer.live.trouble import LiveError
from analyzer.live.update import Counters, LiveState
from analyzer.packets import Packet
from analyzer.tui.follow import SET_ASIDE_EVERY, SWITCH, Follow, Stage
from analyzer.tui.frame_index import FrameIndex
from analyzer.tui.marks import Marks
from analyzer.tui.model import Model
from dissectors.triage import Classes
from rules.model import Finding
from rules.profile import Profile

if TYPE_CHECKING:
    from analyzer.pipeline import Run
    from analyzer.results import Results
    from dissectors.keymat import KeyProblem
    from rules.obligations import Debt

BEAT = 0.5
"""Seconds after which what depends on time alone (deadlines, silence) is shown anew."""
REVISE, TIMES = 1.0, 10
"""Seconds at least between two looks at whether findings were taken back, and how many times what the last one took."""
STAGES = {
    LiveState.IDLE: Stage.DONE,
    LiveState.STOPPED: Stage.DONE,
    LiveState.FAILED: Stage.FAILED,
}
SIGNS = {
    LiveState.IDLE: "○",
    LiveState.WAITING: "●",
    LiveState.CAPTURING: "●",
    LiveState.STOPPING: "◌",
    LiveState.STOPPED: "■",
    LiveState.FAILED: "▲",
}


class LiveFollow(Follow):
    """The captures of one live session, one after the other."""

    is_live = True

    def __init__(
        self,
        interfaces: Sequence[str] = (),
        capture_filter: str | None = None,
        ring: Ring | None = None,
        keys: Iterable[str | Path] = (),
        profile: Profile | None = None,
        *,
        save: str | Path | None = None,
    ) -> None:
        """As :class:`LiveSession`; KeyFileError says which key file cannot be read. Nothing is opened yet."""
        self.session = LiveSession(
            interfaces,
            capture_filter,
            ring,
            keys,
            profile,
            save=save,
            on_run=self._on_run,
            on_packet=self._on_packet,
            on_wait=self._on_wait,
            kept_packets=0,
        )
        self.profile = self.session.profile
        self.problems: list[KeyProblem] = self.session.keyring.material.problems
        storage = self.session.storage.ring
        self._room = storage.size * storage.files if storage else DEFAULT_SIZE * DEFAULT_FILES
        self.model = self._new_model()
        self.stage = Stage.DONE
        self.trouble = ""
        self.run = self.results = None
        self.saved = False  # all that was captured lies in a file of the user's
        self.counters = Counters()
        self.owed: list[Debt] = []
        self._coming: tuple[Model, Run] | None = None
        self._filled, self._kept = self.model, 0  # by the capture's thread
        self._former: list[Model] = []
        self._pressed_at = 0.0
        self._stop = False
        self._turning = False
        self._fresh = False
        self._beat, self._beat_at = 0, 0.0
        self._stands: tuple[object, ...] = ()
        self._seen: list[Finding] = []
        self._revise_at = 0.0

    def _new_model(self) -> Model:
        return Model(Marks(self.profile.severity), FrameIndex(self._room))

    # What is asked of it

    @property
    def key_paths(self) -> list[str | Path]:  # type: ignore[override]
        return list(self.session.keyring.paths)

    def start(self) -> None:
        """Begins to capture, if interfaces are named."""
        sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
        if self.session.interfaces:
            self._turn(self.session.start)

    def begin(self, interfaces: Sequence[str], capture_filter: str) -> None:
        """Captures on other interfaces, from the beginning."""

        def change() -> None:
            self.session.stop()
            self.session.join()
            self.session.interfaces, self.session.filter = list(interfaces), capture_filter
            self.session.start()

        self._turn(change)

    def restart(self) -> None:
        """Begins anew; what was captured is thrown away."""
        self._turn(self.session.restart)

    def forget(self) -> None:
        """Ends, and lets go of what was captured; another capture may begin later."""
        self._turn(self.session.close)

    def _turn(self, change: Callable[[], None]) -> None:
        """Starting and ending wait for a child, so they have a thread of their own; one at a time."""
        if self._turning:
            return
        self._turning = True

        def work() -> None:
            try:
                change()
            except LiveError:
                pass  # the session keeps the reason
            finally:
                self._fresh, self.saved = True, False
                self._turning = False

        threading.Thread(target=work, name="turning", daemon=True).start()

    def use_results(self, use: Callable[[Results], object]) -> None:
        """What was found so far, while the capture goes on; no child is waited for."""
        if self.results is not None:
            use(self.results)
        else:
            self.session.so_far(use)

    @property
    def has_results(self) -> bool:
        return self.results is not None or (self.run is not None and not self._turning)

    def stop(self) -> None:
        self.session.stop()

    def close(self) -> None:
        self.session.close()
        for model in (*self._former, self.model):
            model.close()

    # The capture's thread

    def _on_run(self, run: Run) -> None:
        model = self._new_model()
        run.on_chunk = partial(self._take_chunk, model)
        model.listen(run.decoder)
        self._filled = model
        former, self._coming = self._coming, (model, run)
        if former is not None:
            self._former.append(former[0])

    def _take_chunk(self, model: Model, chunk: Chunk, kinds: Classes) -> None:
        self._rest()
        model.add_chunk(chunk, kinds)

    def _on_packet(self, packet: Packet) -> None:
        self._filled.keep(packet)
        self._rest()
        self._kept += 1
        if not self._kept % SET_ASIDE_EVERY:
            set_aside()

    def _on_wait(self) -> None:
        self._filled.settle()

    # The screen's thread

    def look(self) -> None:
        """Takes in what has come; :attr:`model` may be another one afterwards."""
        if self._former:
            while self._former:
                self._former.pop().close()
            search_all()
        if self._turning:
            return
        state = self.session.state
        self._swap(running=state.is_running)
        self._judge()
        self.stage = STAGES.get(state, Stage.LOADING)
        self.trouble = self.session.reason
        now, stands = time.monotonic(), (state, self.results, self.model)
        if stands != self._stands or (now >= self._beat_at and state.is_running):
            self._beat_at, self._stands = now + BEAT, stands
            self._beat += 1
            self.counters = self.session.counters()
            self.owed = self.session.owed() if state.is_running else []

    def _swap(self, *, running: bool) -> None:
        coming = self._coming
        if coming is None:
            if self._fresh and not running:  # it could not even start, or was forgotten
                self._fresh = False
                self._show(self._new_model(), None)
            return
        model, run = coming
        if self._fresh or not running or model.reached >= len(self.model):
            self._coming, self._fresh = None, False
            self._show(model, run)

    def _show(self, model: Model, run: Run | None) -> None:
        self._former.append(self.model)
        self.model, self.run, self.results = model, run, None
        self._seen = []

    def _judge(self) -> None:
        run, results, model = self.run, self.session.results, self.model
        if run is None or run.engine is None or model.complete:
            return
        findings = run.engine.findings
        now = time.monotonic()
        if now >= self._revise_at and self._changed(findings):
            self._seen = findings[:]
            model.revise(self._seen)
        else:
            model.judge(findings)
        if now >= self._revise_at:
            self._revise_at = now + max(REVISE, TIMES * (time.monotonic() - now))
        if results is not None and results.world is run.world:
            model.revise(results.findings)
            model.finish(results.counted_failures)
            self.results = results

    def _changed(self, findings: list[Finding]) -> bool:
        """Whether a finding was taken back, or counts more than before."""
        changed = any(one is not other for one, other in zip(self._seen, findings, strict=False))
        if not changed:
            self._seen = findings[:]
        return changed

    # Numbers for the screen

    @property
    def files(self) -> list[str]:
        return [", ".join(self.session.interfaces) or "no interface"]

    @property
    def state(self) -> LiveState:
        return LiveState.STOPPING if self._turning and self.run is not None else self._state

    @property
    def _state(self) -> LiveState:
        return LiveState.WAITING if self._turning else self.session.state

    @property
    def running(self) -> bool:
        return self.state.is_running

    @property
    def unsaved(self) -> bool:
        """Frames that go with the session unless they are saved."""
        return bool(self.frames) and not self.saved and not self.session.storage.is_kept

    @property
    def status(self) -> str:
        return f"{SIGNS[self.state]} {self.state.value}"

    @property
    def beat(self) -> int:
        return self._beat

    @property
    def progress(self) -> float | None:
        return None

    @property
    def now(self) -> int:
        """Capture time as far as it has come, ns."""
        return 0 if self._turning else self.session.now

    def debts_of(self, session: int) -> list[Debt]:
        """What is owed in a session, by deadline."""
        return [debt for debt in self.owed if debt.session == session and not debt.done]

    def save(self, target: Path) -> int:
        """Copies what was captured to one file; gives its size."""
        whole = not self.running
        size = self.session.save(target)
        self.saved = whole
        return size
