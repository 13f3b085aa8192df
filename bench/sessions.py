"""Cost and memory of a session, as there are more and more of them: both should stay what they are.

``attaches`` sends UEs through the whole way, one every so often, each gone a few seconds later; ``registrations`` sends
one session through the fold of records and rules again and again, for as long as anybody likes.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.capture.source import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import MobilityEvent
from rules.history import observe, place
from rules.ladder import play
from samples.generator.bulk import many_attaches

SECOND = 1_000_000_000
MARKS = (500, 1000, 2000, 4000)
REGISTRATIONS = (10_000, 20_000, 40_000)
APART = 1.0
"""Seconds of capture time between two attaches: some 600 sessions are not let go of yet at any time."""
PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Mark:
    """What had been spent by the time when there were so many."""

    count: int
    seconds: float  # of the processor
    memory: int  # bytes


def resident() -> int:
    """Memory of this process now, where the system tells; else the most it has had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def mark(count: int) -> Mark:
    """Now."""
    gc.collect()
    return Mark(count, time.process_time(), resident())


def attaches(path: Path, keys: Path, marks: Sequence[int]) -> Iterator[Mark]:
    """Marks along one run; the first is the start, with the keys in memory."""
    with CaptureSource([path]) as source:
        run = Run(source, load_keys([keys]))
        yield mark(0)
        waiting = list(marks)
        for _ in run.packets():
            if waiting and len(run.world.sessions) >= waiting[0]:
                yield mark(waiting.pop(0))


def registrations(marks: Sequence[int]) -> Iterator[Mark]:
    """Marks along one session that registers anew every 100 s."""
    played = play(
        """
        0.0 ATTACH
        1.0 UE -> HA BU seq=1 life=150
        1.1 HA -> UE BA seq=1 life=150
        1.2 END
        """
    )
    session = played.world.sessions[0]
    update, ack = (event for event in played.events if isinstance(event.message, MobilityPacket))
    yield mark(0)
    for number in range(1, max(marks) + 1):
        at = update.at + number * 100 * SECOND
        for event, when in ((update, at), (ack, at + SECOND // 10)):
            told = _numbered(event, number, when)
            played.world.evidence.last_at = when
            context = place(session, told)
            played.engine.feed(told, context)
            observe(told, context)
        if number in marks:
            yield mark(number)


def _numbered(event: MobilityEvent, number: int, at: int) -> MobilityEvent:
    packet = event.message
    message = packet.message
    assert isinstance(message, (BindingUpdate, BindingAck))
    packet = replace(packet, message=replace(message, sequence=(1 + number) % 65536))
    return replace(event, frame=10 + 2 * number, at=at, message=packet)


def lines(what: str, marks: Iterator[Mark]) -> Iterator[str]:
    """A line for each stretch: its cost for one, beside the first stretch's, and what it added to memory."""
    before, first = next(marks), 0.0
    for reached in marks:
        count = reached.count - before.count
        each = (reached.seconds - before.seconds) / count
        first = first or each
        memory = (reached.memory - before.memory) / count
        yield (
            f"{what} {before.count + 1:7,d} to {reached.count:7,d}: {each * 1e3:7.3f} ms each "
            f"({each / first:4.2f} of the first), {memory:9,.0f} bytes each"
        )
        before = reached


def report(folder: Path) -> Iterator[str]:
    """All lines."""
    capture, keys = folder / "sessions.pcap", folder / "session-keys"
    many_attaches(capture, MARKS[-1] + 1, keys=keys, interval=APART)
    yield from lines("sessions", attaches(capture, keys, MARKS))
    yield from lines("registrations of one UE", registrations(REGISTRATIONS))


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as given:
        for text in report(Path(given)):
            print(text, flush=True)
    sys.exit(0)
