"""The working thread of a live session: it reads what the child writes, opens, replays and judges.

It alone touches the run. Others read plain numbers and lists that only grow.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.live.child import Child
from analyzer.live.jobs import Jobs
from analyzer.live.keyring import Keyring
from analyzer.live.source import CaptureClock, LiveSource
from analyzer.live.trouble import meaning
from analyzer.live.update import LiveState
from analyzer.packets import Packet
from dissectors.keymat import KeyMaterial
from rules.profile import Profile

if TYPE_CHECKING:
    from analyzer.pipeline import Run
    from analyzer.results import Results

KEPT_PACKETS = 4096
"""Packets kept between two polls, the newest."""
PAUSE, TIMES = 2.0, 5
"""Seconds at least between two readings of all there is, and how many times what the last one took."""


class Again(Exception):
    """Raised within the run to begin anew with the first file: keys came that may open what stayed closed."""


class Work:
    """One capture, from the start of its child to its results."""

    def __init__(
        self,
        child: Child,
        name: str,
        keyring: Keyring,
        profile: Profile,
        *,
        most_files: int | None = None,
        generation: int = 1,
        on_run: Callable[[Run], None] | None = None,
        on_packet: Callable[[Packet], None] | None = None,
        on_wait: Callable[[], None] | None = None,
        kept_packets: int = KEPT_PACKETS,
    ) -> None:
        """``most_files``: the ring deletes the first file when it begins one more than that; None: it keeps all."""
        self.child = child
        self.keyring = keyring
        self.state = LiveState.WAITING
        self.reason = ""
        self.generation = generation
        self.run: Run | None = None
        self.source: LiveSource | None = None
        self.results: Results | None = None
        self.clock = CaptureClock()
        self.packets: deque[tuple[int, Packet]] = deque(maxlen=kept_packets)  # with the generation each is of
        self.decoded = 0
        self.began, self.ended = time.monotonic(), 0.0
        self._name = name
        self._profile = profile
        self._most_files = most_files
        self._on_run = on_run
        self._on_packet = on_packet
        self._on_wait = on_wait
        self._added: deque[KeyMaterial] = deque()
        self._jobs = Jobs()
        self._wants_again = False
        self._again_at = self._again_after = 0.0
        self._thread = threading.Thread(target=self._work, name="live", daemon=True)

    # For others

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the child to end; what it has written is still read and judged."""
        if self.state in (LiveState.WAITING, LiveState.CAPTURING):
            self.state = LiveState.STOPPING
            self.child.stop()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for the results; False if that took longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def take_keys(self, new: KeyMaterial) -> None:
        """Keys that somebody added. When all is over, what stayed closed is read again with them."""
        self._added.append(new)
        if not self.state.is_running and self._is_whole() and self._sealed():
            self.join()
            self.state = LiveState.STOPPING
            self.generation += 1
            self._thread = threading.Thread(target=self._work, name="live", daemon=True)
            self._thread.start()

    def between_reads(self, job: Callable[[Run], object]) -> None:
        """Runs a job while the run stands still, and waits for it; what it raises is raised here."""

        def on_run() -> None:
            assert self.run is not None
            job(self.run)

        self._jobs.do(on_run, self._thread.is_alive)

    def close(self) -> None:
        self.child.close()
        if self.source is not None:
            self.source.close()

    # The thread

    def _work(self) -> None:
        try:
            while not self._is_read():
                self.generation += 1
            self._conclude()
        except Exception as error:  # told to whoever watches: a thread has nobody else to tell
            self.child.kill()
            self._fail(_sentence(error))
        finally:
            self.ended = time.monotonic()

    def _is_read(self) -> bool:
        """Reads all from the first file to the end; False if that has to be done again."""
        self._begin()
        try:
            self._feed()
        except Again:
            return False
        return not (self._wants_again and self._is_whole())

    def _begin(self) -> None:
        from analyzer.pipeline import Run

        if self.source is not None:
            self.source.close()
        self._added.clear()  # the run begins with all keys there are
        self._wants_again = False
        self.source = LiveSource(
            self.child, self._name, clock=self.clock, on_wait=self._wait, before_read=self._look_for_keys
        )
        self.decoded = 0
        self.run = Run(self.source, self.keyring.material, self._profile, keeps_packets=bool(self.packets.maxlen))
        if self._on_run is not None:
            self._on_run(self.run)

    def _feed(self) -> None:
        assert self.run is not None
        for packet in self.run.packets():
            self.decoded += 1
            if self.state is LiveState.WAITING:
                self.state = LiveState.CAPTURING
            self.packets.append((self.generation, packet))
            if self._on_packet is not None:
                self._on_packet(packet)

    def _wait(self) -> None:
        """Nothing comes: time goes on nonetheless, and settles what is overdue."""
        run, source = self.run, self.source
        assert run is not None
        assert source is not None
        if self._again_at:
            took = time.monotonic() - self._again_at
            self._again_at, self._again_after = 0.0, time.monotonic() + max(PAUSE, TIMES * took)
        evidence, at = run.world.evidence, self.clock.at
        evidence.drops = source.drops
        if run.counts.frames and self.state is LiveState.WAITING:
            self.state = LiveState.CAPTURING
        if run.engine is not None and at > evidence.last_at and run.counts.frames:
            evidence.last_at = at
            run.decoder.tick(at)
            run.engine.tick(at)
        if self._on_wait is not None:
            self._on_wait()

    def _look_for_keys(self) -> None:
        assert self.run is not None
        self._jobs.run()
        found = self.keyring.changed()
        if found is not None:
            self._added.append(found)
        while self._added:
            self.run.decoder.add_keys(self._added.popleft())
            self._wants_again = self._wants_again or self._sealed() > 0
        if self._wants_again and time.monotonic() >= self._again_after and self._is_whole():
            self._again_at = time.monotonic()
            raise Again

    def _sealed(self) -> int:
        """Protected packets that stayed closed."""
        counts = self.run.counts if self.run is not None else None
        return counts.protected - counts.opened if counts is not None else 0

    def _is_whole(self) -> bool:
        """Everything that was captured is still there to be read again."""
        files = self.child.said.files
        kept = self._most_files is None or len(files) < self._most_files
        return bool(files) and kept and all(path.exists() for path in files)

    def _conclude(self) -> None:
        assert self.run is not None
        assert self.source is not None
        stopped = [warning for warning in self.source.warnings if warning.stopped]
        child = self.child
        if not child.ended:  # its file makes no sense any more
            child.kill()
            while not child.ended:
                child.listen(1)
            reason = str(stopped[0].sentence) if stopped else "the capture file cannot be read further"
        elif child.asked_to_stop and (child.status or 0) <= 0:
            reason = ""  # also where it had to be killed, as it did not end when asked
        else:
            reason = meaning(list(child.said.complaints), child.status, child.command[0])
        if reason:
            self.run.world.evidence.stopped_early = reason
        self.results = self.run.results()
        if reason:
            self._fail(reason)
        else:
            self.state = LiveState.STOPPED

    def _fail(self, reason: str) -> None:
        self.reason = reason
        self.state = LiveState.FAILED


def _sentence(error: Exception) -> str:
    """Our own mistake, without values that may hold key bytes."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return f"internal error ({type(error).__name__} in {place})"
