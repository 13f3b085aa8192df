"""Memory: flat in the size of a file, and a few kilobytes for each session of it."""

from __future__ import annotations

import gc
import gzip
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from bench.reading import bulk_capture
from samples.generator.bulk import many_attaches

FRAMES = 140_000  # more than two chunks
STATUS = Path("/proc/self/status")
PEAK = """
import sys
from analyzer.pipeline import analyze
results = analyze([sys.argv[1]])
(most,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(results.counts.frames, most)
"""
"""``ru_maxrss`` would hold what the process was before it became this one: as much as the one that tests."""
APART = 30.0  # seconds from one attach to the next: most sessions are long over when the last begins


def peak(path: Path) -> tuple[int, int]:
    """Frames of a run in a process of its own, and the most memory it had."""
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    frames, most = map(int, done.stdout.split())
    return frames, most


@pytest.mark.skipif(not STATUS.exists(), reason="the most memory that was held is told by Linux alone")
@pytest.mark.parametrize("form", ["plain", "gzip"])
def test_twice_the_file_takes_no_more_memory(tmp_path: Path, form: str) -> None:
    most = {}
    for times in (1, 2):
        path = tmp_path / f"{times}.pcap"
        bulk_capture(path, times * FRAMES)
        if form == "gzip":
            packed = path.with_suffix(".pcap.gz")
            packed.write_bytes(gzip.compress(path.read_bytes(), 1))
            path = packed
        frames, most[times] = peak(path)
        assert frames == times * FRAMES
    assert most[2] < 1.15 * most[1]


def test_a_session_that_is_over_leaves_a_fraction_of_what_it_held(tmp_path: Path) -> None:
    """Without letting go, each would hold some 70,000 bytes; most of the rest is tables of a fixed size."""
    path, keys = tmp_path / "attaches.pcap", tmp_path / "keys"
    many_attaches(path, 100, keys=keys, interval=APART)
    with CaptureSource([path]) as source:
        run = Run(source, load_keys([keys]))
        packets = run.packets()
        held = {}
        tracemalloc.start()
        for _ in packets:
            begun = len(run.world.sessions)
            if begun in (40, 100) and begun not in held:
                gc.collect()
                held[begun] = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert sum(session.is_over for session in run.world.sessions) > 60
    assert (held[100] - held[40]) / 60 < 25_000
