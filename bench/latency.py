"""``python -m bench.latency``: how soon a key is answered in the terminal UI, while a large file loads and afterwards.

A capture of a million frames (bulk user data with signalling between) is loaded in the application without a terminal;
keys move the cursor all the while, and each is timed until the cursor stands elsewhere and the screen is drawn.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from analyzer.tui.app import AnalyzerApp
from analyzer.tui.follow import Follow
from bench.reading import bulk_capture

FRAMES = 1_000_000
KEYS = ("j", "j", "k")
LOADED_PRESSES = 300
PAUSE = 0.02
"""s between keys: a person's key held down."""


async def pressed(frames: int) -> tuple[list[float], list[float], float]:
    """Seconds of each key while loading and afterwards, and until the first rows."""
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "bulk.pcap"
        bulk_capture(capture, frames)
        follow = Follow([capture], [], None)
        app = AnalyzerApp(follow, state_folder=Path(folder) / "state")
        began = time.perf_counter()
        loading: list[float] = []
        loaded: list[float] = []
        async with app.run_test(size=(120, 40)) as pilot:
            while not follow.frames:
                await asyncio.sleep(0.001)
            first = time.perf_counter() - began
            await pilot.pause(0.2)
            for number in count():
                times = loading if follow.busy else loaded
                times.append(await answered(app, KEYS[number % len(KEYS)]))
                if len(loaded) >= LOADED_PRESSES:
                    break
                await asyncio.sleep(PAUSE)
        return loading, loaded, first


async def answered(app: AnalyzerApp, key: str) -> float:
    """Seconds until a key has moved the cursor and the screen is drawn anew."""
    from textual.events import Key  # after the application's package, which sets how often is drawn

    before, drawn = app.frame, asyncio.Event()
    start = time.perf_counter()
    app.post_message(Key(key, None))
    while app.frame == before:
        await asyncio.sleep(0.001)
    app.screen.call_after_refresh(drawn.set)
    await drawn.wait()
    return time.perf_counter() - start


def quantile(times: list[float], part: float) -> float:
    """Milliseconds below which that part of the times lies."""
    ordered = sorted(times) or [0.0]
    return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def main() -> int:
    """Prints the figures."""
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    loading, loaded, first = asyncio.run(pressed(frames))
    print(f"first rows of {frames:,} frames after {first:.2f} s")
    for name, times in (("while it loads", loading), ("when it is loaded", loaded)):
        parts = ", ".join(f"p{int(100 * p)} {quantile(times, p):.0f} ms" for p in (0.5, 0.95, 1.0))
        print(f"key answered {name:18} {len(times):5d} keys: {parts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
