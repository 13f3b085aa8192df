"""``python -m bench.live_latency [SECONDS [RATE]]``: how soon a key is answered while packets are captured.

A child in the place of dumpcap writes packets to a file at the rate: user data in tunnels, and one in a hundred is
signalling of UEs that attach and leave, with their keys. The application reads, opens, judges and shows them without a
terminal; keys are timed as in ``bench.latency``, and how often a screen took in what had come is counted.
"""

from __future__ import annotations

import asyncio
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import analyzer.live.session
from analyzer.capture import CaptureSource
from analyzer.tui.live_app import LiveApp
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.screens.base import AnalyzerScreen
from bench.latency import answered, quantile
from bench.reading import bulk_capture
from samples.generator.bulk import many_attaches

SECONDS, RATE = 20.0, 20_000
SIGNALLING = 100
"""One packet in so many is signalling."""
FRAMES_OF_A_UE = 18
TICK = 0.01
USER_FRAMES = 20_000
PAUSE = 0.05
"""s between keys."""
LOST = 2.0
"""s after which a key is taken to have moved nothing."""
SITUATIONS = (
    ("live screen, following", "7", ("k", "G")),
    ("live screen, standing", "7", ("k", "k", "j")),
    ("packets, following", "1", ("k", "G")),
    ("packets, standing", "1", ("k", "k", "j")),
)


@dataclass
class Figures:
    """Of one situation."""

    name: str
    keys: list[float] = field(default_factory=list)
    lost: int = 0  # keys that moved nothing
    refreshes: int = 0
    seconds: float = 0.0
    frames: int = 0


# The child


def blocks(path: Path) -> list[bytes]:
    """Every frame of a capture as a packet block without a time."""
    with CaptureSource([path]) as source:
        return [block(chunk.frame(index)) for chunk in source for index in range(len(chunk))]


def block(data: bytes) -> bytes:
    size = 32 + len(data) + -len(data) % 4
    head = struct.pack("<IIIIIII", 6, size, 0, 0, 0, len(data), len(data))
    return head + data + bytes(-len(data) % 4) + struct.pack("<I", size)


def timed(made: bytes, micros: int) -> bytes:
    return made[:12] + struct.pack("<II", micros >> 32, micros & 0xFFFFFFFF) + made[20:]


def mixed(user: list[bytes], told: list[bytes]) -> Iterator[bytes]:
    """User data for ever, with signalling between as long as there is any."""
    number = 0
    for made in told:
        for _ in range(SIGNALLING - 1):
            yield user[number % len(user)]
            number += 1
        yield made
    while True:
        yield user[number % len(user)]
        number += 1


def feed(folder: Path, target: Path, rate: int) -> int:
    """Speaks as dumpcap does and writes packets until it is asked to end."""
    stopping: list[int] = []
    signal.signal(signal.SIGINT, lambda *_: stopping.append(1))
    stream = mixed(blocks(folder / "user.pcap"), blocks(folder / "attaches.pcap"))
    with target.open("wb", buffering=0) as out:
        out.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
        out.write(struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20))
        print(f"File: {target}", file=sys.stderr, flush=True)
        began, sent = time.monotonic(), 0
        while not stopping:
            due = int((time.monotonic() - began) * rate)
            now = time.time_ns() // 1000
            out.write(b"".join(timed(next(stream), now) for _ in range(due - sent)))
            sent = due
            time.sleep(TICK)
    print(
        f"Packets received/dropped on interface 'h0': {sent}/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0)",
        file=sys.stderr,
    )
    return 0


# The measurement


async def measured(folder: Path, seconds: float) -> tuple[list[Figures], str]:
    """Figures of each situation, and how the capture stood at the end."""
    follow = LiveFollow(["h0"], keys=[folder / "keys"])
    app = LiveApp(follow, state_folder=folder / "state")
    figures = []
    with counted_refreshes() as refreshes:
        async with app.run_test(size=(120, 40)) as pilot:
            while follow.frames < 1000:
                await asyncio.sleep(0.01)
            for name, screen, keys in SITUATIONS:
                await pilot.press(screen)
                await pilot.press("G")
                figures.append(await situation(app, Figures(name), keys, refreshes, seconds / len(SITUATIONS)))
            counters = follow.session.counters()
            stood = (
                f"{counters.frames:,} frames, {counters.signalling:,} decoded in {counters.elapsed:.0f} s, "
                f"{counters.fails} violations, {counters.behind:,} bytes behind, {counters.sealed} closed"
            )
    return figures, stood


async def situation(app: LiveApp, figures: Figures, keys: tuple[str, ...], count: list[int], seconds: float) -> Figures:
    """Presses keys for a while."""
    began, before, frames = time.perf_counter(), len(count), app.follow.frames
    number = 0
    while time.perf_counter() - began < seconds:
        try:
            figures.keys.append(await asyncio.wait_for(answered(app, keys[number % len(keys)]), LOST))
        except TimeoutError:
            figures.lost += 1
        number += 1
        await asyncio.sleep(PAUSE)
    figures.seconds = time.perf_counter() - began
    figures.refreshes, figures.frames = len(count) - before, app.follow.frames - frames
    return figures


class counted_refreshes:
    """Counts how often any screen takes in what has come."""

    def __enter__(self) -> list[int]:
        self._classes = [(cls, cls.__dict__["catch_up"]) for cls in _screens() if "catch_up" in cls.__dict__]
        count: list[int] = []
        for cls, plain in self._classes:

            def counting(screen: AnalyzerScreen, plain=plain) -> None:  # type: ignore[no-untyped-def]
                count.append(1)
                plain(screen)

            cls.catch_up = counting
        return count

    def __exit__(self, *_: object) -> None:
        for cls, plain in self._classes:
            cls.catch_up = plain


def _screens() -> list[type]:
    from analyzer.tui.screens.live import LiveScreen
    from analyzer.tui.screens.packets import PacketsScreen

    return [LiveScreen, PacketsScreen]


def main() -> int:
    """Prints the figures."""
    if sys.argv[1:2] == ["feed"]:
        return feed(Path(sys.argv[2]), Path(sys.argv[4]), int(sys.argv[3]))
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else RATE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bulk_capture(folder / "user.pcap", USER_FRAMES)
        ues = int(1.2 * seconds * rate / SIGNALLING / FRAMES_OF_A_UE) + 1
        many_attaches(folder / "attaches.pcap", ues, keys=folder / "keys")
        child = [sys.executable, "-m", "bench.live_latency", "feed", str(folder), str(rate)]
        analyzer.live.session.capture_command = lambda *asked: [*child, str(asked[2])]  # type: ignore[assignment]
        figures, stood = asyncio.run(measured(folder, seconds))
    print(f"captured at {rate:,} packets/s: {stood}")
    for each in figures:
        parts = ", ".join(f"p{int(100 * p)} {quantile(each.keys, p):.0f} ms" for p in (0.5, 0.95, 1.0))
        often = each.refreshes / each.seconds
        came = each.frames / each.seconds
        lost = f", {each.lost} without effect" if each.lost else ""
        print(f"{each.name:24} {len(each.keys):4d} keys{lost}: {parts}")
        print(f"{'':24} {often:.1f} refreshes/s, {came:,.0f} packets/s shown")
    return 0


if __name__ == "__main__":
    sys.exit(main())
