"""A live capture that stands still: a sample up to one of its frames, for pictures that come out the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analyzer.capture import CaptureSource
from analyzer.live.update import Counters, LiveState
from analyzer.tui.follow import Stage
from analyzer.tui.live_follow import LiveFollow

SINCE = 2_400_000_000
"""ns that have gone by since the last packet."""
INTERFACE = "eth0"


class StagedFollow(LiveFollow):
    """Nothing is captured, no child is started."""

    def __init__(self, capture: Path, keys: Sequence[Path], last: int) -> None:
        super().__init__([INTERFACE], keys=keys)
        self._capture, self._last, self._at = capture, last, 0

    def start(self) -> None:
        from analyzer.pipeline import Run

        with CaptureSource([self._capture], chunk_frames=1) as source:
            run = Run(source, self.session.keyring.material, self.profile)
            self._on_run(run)
            for packet in run.packets():
                self._on_packet(packet)
                if packet.number >= self._last:
                    break
        self._on_wait()
        self._at = run.world.evidence.last_at + SINCE
        if run.engine is not None:
            run.engine.tick(self._at)
        self.counters = Counters(
            frames=run.counts.frames,
            bytes=run.counts.bytes,
            signalling=sum(run.counts.by_class.values()) - run.counts.by_class.get("OTHER", 0),
            sealed=run.counts.protected - run.counts.opened,
            silence=SINCE / 1e9,
            elapsed=754.0,
        )
        self.owed = run.engine.owed() if run.engine else []
        self._swap(running=True)
        self.stage = Stage.LOADING

    def look(self) -> None:
        self._judge()

    @property
    def state(self) -> LiveState:
        return LiveState.CAPTURING

    @property
    def now(self) -> int:
        return self._at
