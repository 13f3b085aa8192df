"""The capturing child: its process group, what it says on standard error, and how it ends.

dumpcap and our own sniffer (:mod:`analyzer.live.sniffer`) speak the same way: ``File: NAME`` when a file is begun, a
count now and then, ``Packets received/dropped on interface`` at the end, and complaints. They say so unasked, and as
they write to a pipe they end when nobody reads it any more: a child does not outlive us.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dissectors.inert import inert

PATIENCE = 5.0
"""Seconds from the request to end until the child is killed."""
REPEAT = 0.3
"""Seconds after which the child is asked again."""
MOST_SAID = 40
"""Lines of complaints that are kept: the first ones say what is wrong."""
MOST_LINE = 1 << 16

FILE = re.compile(r"File: (.+)$")
COUNT = re.compile(r"^Packets(?: captured)?: (\d+)\s*")
"""Without an end of line where the child goes on counting: a complaint may stand behind it."""
TOTALS = re.compile(r"^Packets received/dropped on interface '(.*)': (\d+)/(\d+) \(pcap:(\d+)/dumpcap:(\d+)/")
NOISE = re.compile(r"cap_set_proc\(\) fail|^Capturing on ")


class ChildError(Exception):
    """The child could not be started at all; ``missing`` when there is no such program."""

    def __init__(self, sentence: str, *, missing: bool = False) -> None:
        super().__init__(sentence)
        self.missing = missing


@dataclass(slots=True)
class Said:
    """What the child has told so far."""

    files: list[Path] = field(default_factory=list)  # begun, in order
    captured: int = 0  # packets written, by its own count
    drops: int | None = None  # packets lost; known at the end
    complaints: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_SAID))


class Child:
    """A process that captures to files."""

    def __init__(self, command: Sequence[str]) -> None:
        """ChildError says why it cannot be started."""
        self.command = list(command)
        self.said = Said()
        self._rest = b""
        self._asked_at: float | None = None
        self._repeated_at = 0.0
        self.was_killed = False  # by us, as it did not end when asked
        self._open = True
        try:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C on the terminal is ours to handle
                env=os.environ | {"LC_ALL": "C", "PYTHONUNBUFFERED": "1"},
            )
        except FileNotFoundError:
            raise ChildError(f"{self.command[0]} is not installed", missing=True) from None
        except OSError as error:
            raise ChildError(f"{self.command[0]} cannot be run: {error.strerror}") from None
        assert self._process.stderr is not None
        self._pipe = self._process.stderr.fileno()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        """It is gone and all that it said is known."""
        return not self._open

    @property
    def asked_to_stop(self) -> bool:
        return self._asked_at is not None

    @property
    def status(self) -> int | None:
        """Its exit status, negative for the signal that ended it; None while it runs."""
        return self._process.returncode

    def listen(self, seconds: float) -> None:
        """Wait until the child says something, ends, or the time is over; take in what it said."""
        if not self._open:
            return
        if self._asked_at is not None:
            self._insist()
        ready, _, _ = select.select([self._pipe], [], [], seconds)
        if ready:
            self._take(os.read(self._pipe, MOST_LINE))
        elif self._process.poll() is not None:  # the pipe may have been inherited by somebody
            self._take(b"")

    def _take(self, data: bytes) -> None:
        if not data:
            self._open = False
            self._understand(self._rest)
            self._reap()
            return
        *lines, self._rest = re.split(rb"[\r\n]+", self._rest + data)
        self._rest = self._rest[-MOST_LINE:]
        for line in lines:
            self._understand(line)

    def _understand(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()
        said = self.said
        if count := COUNT.match(text):
            said.captured = int(count[1])
            text = text[count.end() :]
        if begun := FILE.search(text):
            said.files.append(Path(begun[1]))
        elif totals := TOTALS.match(text):
            said.drops = (said.drops or 0) + int(totals[4]) + int(totals[5])
        elif text and not NOISE.search(text):
            said.complaints.append(inert(text))

    def stop(self) -> None:
        """Ask it to end: it writes what it has and says its totals."""
        if self._asked_at is None:
            self._asked_at = self._repeated_at = time.monotonic()
            self._signal(signal.SIGINT)

    def _insist(self) -> None:
        """dumpcap forgets a request that comes while it starts; one that does not end at all is killed."""
        now = time.monotonic()
        if now - (self._asked_at or now) > PATIENCE:
            self.kill()
        elif now - self._repeated_at > REPEAT:
            self._repeated_at = now
            self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End it and whatever it started."""
        self._asked_at = self._asked_at or time.monotonic()
        self.was_killed = True
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        """To the whole group, which is the child's own."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):  # gone, or a setuid program that is not ours to signal
                os.killpg(self._process.pid, number)

    def _reap(self) -> None:
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """End it if it still runs, and let go of the pipe."""
        if self._process.poll() is None:
            self.kill()
            self._process.wait()
        self._open = False
        if self._process.stderr is not None:
            self._process.stderr.close()
