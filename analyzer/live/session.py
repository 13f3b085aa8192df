"""A live session: start, watch, stop, restart. Capturing is a child's work, judging that of a thread of ours.

Whoever watches calls :meth:`LiveSession.poll` now and then, and never waits for either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.live.child import PATIENCE, Child, ChildError
from analyzer.live.dumpcap import capture_command
from analyzer.live.filters import default_filter
from analyzer.live.keyring import Keyring
from analyzer.live.ring import Ring, Storage
from analyzer.live.saving import save_files
from analyzer.live.trouble import LiveError
from analyzer.live.update import Counters, LiveState, Update
from analyzer.live.work import KEPT_PACKETS, Work
from analyzer.packets import Packet
from rules.model import Finding, Verdict
from rules.profile import Profile

if TYPE_CHECKING:
    from analyzer.pipeline import Run
    from analyzer.results import Results
    from dissectors.keymat import KeyProblem
    from rules.obligations import Debt

RECOUNT = 1.0
"""Seconds after which fails are counted again where no new one came: some may have been taken back."""


class LiveSession:
    """Captures on some interfaces, one after the other, and what the last one shows."""

    def __init__(
        self,
        interfaces: Sequence[str],
        capture_filter: str | None = None,
        ring: Ring | None = None,
        keys: Iterable[str | Path] = (),
        profile: Profile | None = None,
        *,
        save: str | Path | None = None,
        on_run: Callable[[Run], None] | None = None,
        on_packet: Callable[[Packet], None] | None = None,
        on_wait: Callable[[], None] | None = None,
        kept_packets: int = KEPT_PACKETS,
    ) -> None:
        """``capture_filter`` None is the default one for S2c, "" none at all. ``save`` is one file instead of a ring.

        ``on_run``, ``on_packet`` and ``on_wait`` are called by the working thread: when a run begins (also one that
        reads all again), after each packet, and while nothing comes. KeyFileError says which key file cannot be read.
        """
        self.interfaces = list(interfaces)
        self.filter = default_filter(interfaces) if capture_filter is None else capture_filter
        self.storage = Storage(ring, Path(save) if save is not None else None)
        self.keyring = Keyring(keys)
        self.profile = profile or Profile()
        self._on_run = on_run
        self._on_packet = on_packet
        self._on_wait = on_wait
        self._kept_packets = kept_packets
        self._work: Work | None = None
        self._refused = ""  # why the last start failed
        self._generation = 0
        self._told = self._told_findings = self._told_packets = 0
        self._fails = self._counted = 0
        self._count_again = 0.0

    # What is asked of it

    def start(self) -> None:
        """Begin to capture, with empty hands. LiveError says why not and what helps."""
        if self.state.is_running:
            return
        self._dispose()
        self._refused = ""
        try:
            child = self._new_child()
        except LiveError as error:
            self._refused = str(error)
            raise
        ring = self.storage.ring
        self._work = Work(
            child,
            str(self.storage.save or ", ".join(self.interfaces)),
            self.keyring,
            self.profile,
            most_files=ring.files if ring else None,
            generation=self._generation + 1,
            on_run=self._on_run,
            on_packet=self._on_packet,
            on_wait=self._on_wait,
            kept_packets=self._kept_packets,
        )
        self._work.start()

    def _new_child(self) -> Child:
        if not self.interfaces:
            raise LiveError("no interface given; dsmip live --list shows those there are")
        try:
            target = self.storage.prepare()
        except OSError as error:
            raise LiveError(f"{error.filename}: cannot be written: {error.strerror}") from None
        try:
            return Child(capture_command(self.interfaces, self.filter, target, self.storage.ring))
        except ChildError as error:
            raise LiveError(str(error)) from None

    def stop(self) -> None:
        """Ask the capture to end. What was captured is read and judged first: see :meth:`join`."""
        if self._work is not None:
            self._work.stop()

    def join(self, seconds: float | None = None) -> bool:
        """Wait until all is read and judged; False if that took longer."""
        return self._work is None or self._work.join(seconds)

    def restart(self) -> None:
        """Begin anew; what was captured is thrown away."""
        self.stop()
        self.join()
        self.start()

    def close(self) -> None:
        """End and let go of everything; temporary files are removed."""
        self._dispose()
        self.storage.clear()

    def _dispose(self) -> None:
        work = self._work
        if work is None:
            return
        self._generation = work.generation
        work.stop()
        if not work.join(PATIENCE):
            work.child.kill()
            work.join()
        work.close()
        self._work = None

    def __enter__(self) -> LiveSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_keys(self, paths: Iterable[str | Path]) -> list[KeyProblem]:
        """Keys while it runs, or after. Packets that stayed closed open as long as all that was captured is there.

        KeyFileError says which path cannot be read; the problems are lines that are of no use.
        """
        new = self.keyring.add(paths)
        if self._work is not None and (new.ike or new.esp or new.key_exchange_secrets):
            self._work.take_keys(new)
        return new.problems

    def so_far(self, use: Callable[[Results], object]) -> None:
        """Has ``use`` read what was found by now, while the run holds still for it. It may raise what it likes."""
        work = self._work
        if work is not None:
            work.between_reads(lambda run: use(work.results or run.so_far()))

    def save(self, target: str | Path) -> int:
        """Copy what was captured, as far as the ring still has it, to one file; gives its size. May raise OSError."""
        return save_files(self.files, Path(target))

    # How it stands

    @property
    def state(self) -> LiveState:
        work = self._work
        if work is not None:
            # The thread that reads counts a frame a moment before it says that it has come.
            has_come = work.state is LiveState.WAITING and work.run is not None and work.run.counts.frames > 0
            return LiveState.CAPTURING if has_come else work.state
        return LiveState.FAILED if self._refused else LiveState.IDLE

    @property
    def reason(self) -> str:
        """Why it failed."""
        return self._work.reason if self._work is not None else self._refused

    @property
    def run(self) -> Run | None:
        return self._work.run if self._work is not None else None

    @property
    def results(self) -> Results | None:
        """What the capture showed, once it has stopped or failed."""
        return self._work.results if self._work is not None else None

    @property
    def now(self) -> int:
        """Capture time as far as it has come, ns; 0 before the first packet."""
        return self._work.clock.at if self._work is not None else 0

    @property
    def files(self) -> list[Path]:
        """The files that hold what was captured, as far as they are still there."""
        return [path for path in self._work.child.said.files if path.exists()] if self._work is not None else []

    def owed(self) -> list[Debt]:
        """The obligations that are open, by deadline (capture time in ns: compare with :attr:`now`)."""
        run = self.run
        return run.engine.owed() if run is not None and run.engine is not None else []

    def poll(self) -> Update:
        """What is new since the last call."""
        work = self._work
        update = Update(self.state, self.reason, work.generation if work is not None else self._generation)
        if update.generation != self._told:
            self._told, self._told_findings, self._told_packets = update.generation, 0, 0
        if work is not None:
            self._packets(work, update)
            update.findings = self._findings()
        update.counters = self.counters()
        return update

    def _packets(self, work: Work, update: Update) -> None:
        decoded = work.decoded
        while work.packets:
            generation, packet = work.packets.popleft()
            if generation == update.generation:
                update.packets.append(packet)
        update.missed = max(0, decoded - self._told_packets - len(update.packets))
        self._told_packets += update.missed + len(update.packets)

    def _findings(self) -> list[Finding]:
        run = self.run
        if run is None or run.engine is None:
            return []
        new = run.engine.findings[self._told_findings :]
        self._told_findings += len(new)
        return new

    def counters(self) -> Counters:
        """The numbers as they are now."""
        work = self._work
        if work is None:
            return Counters()
        counters = Counters(elapsed=(work.ended or time.monotonic()) - work.began)
        run, source = work.run, work.source
        if run is None or source is None:
            return counters
        counts = run.counts
        counters.frames, counters.bytes, counters.signalling = counts.frames, counts.bytes, work.decoded
        counters.sessions, counters.sealed = len(run.world.sessions), counts.protected - counts.opened
        counters.fails, counters.owed = self._count_fails(run), len(self.owed())
        counters.drops = source.drops if source.drops or work.child.said.drops is not None else None
        counters.lost_files = source.tail.lost_files
        counters.behind = source.tail.behind if work.state.is_running else 0
        counters.silence = None if work.clock.silence is None else work.clock.silence / 1e9
        return counters

    def _count_fails(self, run: Run) -> int:
        findings = run.engine.findings if run.engine is not None else []
        if len(findings) != self._counted or time.monotonic() >= self._count_again:
            self._counted, self._count_again = len(findings), time.monotonic() + RECOUNT
            self._fails = sum(finding.verdict is Verdict.FAIL for finding in findings[:])
        return self._fails
