"""``make bench``: our speeds beside tshark's on the same files, as ratios of one run.

Nothing here judges; figures vary from machine to machine, ratios much less.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from analyzer.capture.source import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import SIGNALLING, Run
from bench.reading import bulk_capture
from bench.sessions import report
from dissectors.triage import triage, tunnel_segments
from samples.generator.bulk import many_attaches

BULK_FRAMES = 500_000
UES = 600
ROUNDS = 3


def fastest(job: Callable[[], int]) -> tuple[float, int]:
    """Processor seconds of the fastest of a few rounds, and what the job counted."""
    best, count = float("inf"), 0
    for _ in range(ROUNDS):
        start = processor_time()
        count = job()
        best = min(best, processor_time() - start)
    return best, count


def processor_time() -> float:
    """Seconds that this process and those it waited for have computed: other jobs on the machine do not count."""
    each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in each)


def walk(path: Path) -> int:
    """Reads every record."""
    with CaptureSource([path]) as source:
        return sum(len(chunk) for chunk in source)


def walk_and_triage(path: Path) -> int:
    """Reads every record and puts every frame in a class."""
    frames = 0
    with CaptureSource([path]) as source:
        for chunk in source:
            frames += len(triage(chunk.data, chunk.offset, chunk.captured, chunk.link_type))
    return frames


def walk_and_sum(path: Path) -> int:
    """The same, and sums what is in tunnels; frames that matter end a sum, as in a run."""
    frames = 0
    wanted = np.isin(np.arange(256), SIGNALLING)
    with CaptureSource([path]) as source:
        for chunk in source:
            network = np.full(len(chunk), -1, np.int16)
            kinds = triage(chunk.data, chunk.offset, chunk.captured, chunk.link_type, network=network)
            tunnel_segments(chunk, kinds, network, np.flatnonzero(wanted[kinds]))
            frames += len(chunk)
    return frames


def judge(path: Path, keys: Path, *, rules: bool = True) -> int:
    """The whole way: decode, open, replay and judge every signalling packet; or all but the rules."""
    with CaptureSource([path]) as source:
        run = Run(source, load_keys([keys]), judge=rules)
        packets = sum(1 for _ in run.packets())
        run.results()
        return packets


def tshark(path: Path, keys: Path | None = None, *, fields: bool = False) -> Callable[[], int]:
    """tshark's one-line pass over the file, or with the keys and fields; counts its lines."""
    with_fields = ["-T", "fields", "-e", "frame.number", "-e", "isakmp.typepayload", "-e", "esp.spi"]

    def job() -> int:
        command = ["tshark", "-n", "-r", str(path), *(with_fields if fields else [])]
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / ".config" / "wireshark"
            folder.mkdir(parents=True)
            for table in ("ikev2_decryption_table", "esp_sa") if keys else ():
                shutil.copy(keys / table, folder)  # type: ignore[operator]
            done = subprocess.run(
                [*command, "-o", "esp.enable_encryption_decode:TRUE"] if keys else command,
                env={"HOME": home, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                capture_output=True,
                check=False,
            )
        return done.stdout.count(b"\n")

    return job


def line(name: str, measured: tuple[float, int], than: tuple[float, int] | None = None) -> None:
    """Prints one figure, and how many times faster than another it is."""
    seconds, count = measured
    times = f"{than[0] / seconds * count / than[1]:8.1f} times tshark" if than and than[1] else ""
    print(f"{name:46} {count:9d} in {seconds:7.3f} s = {count / seconds:11,.0f}/s {times}")


def main() -> int:
    """Measures reading, triage and judging."""
    have_tshark = shutil.which("tshark") is not None
    with tempfile.TemporaryDirectory() as folder:
        bulk = Path(folder) / "bulk.pcap"
        bulk_capture(bulk, BULK_FRAMES)
        theirs = fastest(tshark(bulk)) if have_tshark and "--no-tshark" not in sys.argv else None
        line("bulk: walk records", fastest(lambda: walk(bulk)), theirs)
        line("bulk: walk and triage", fastest(lambda: walk_and_triage(bulk)), theirs)
        line("bulk: walk, triage and tunnel segments", fastest(lambda: walk_and_sum(bulk)), theirs)
        if theirs:
            line("bulk: tshark, one line a frame", theirs)
        capture, keys = Path(folder) / "attaches.pcap", Path(folder) / "keys"
        many_attaches(capture, UES, keys=keys)
        theirs = fastest(tshark(capture, keys, fields=True)) if theirs else None
        without = fastest(lambda: judge(capture, keys, rules=False))
        line(f"signalling of {UES} UEs: open, put in sessions", without, theirs)
        line(f"signalling of {UES} UEs: open and judge", fastest(lambda: judge(capture, keys)), theirs)
        if theirs:
            line("signalling: tshark -T fields with the same keys", theirs)
        for text in report(Path(folder)):
            print(text, flush=True)
    return 0


sys.exit(main())
