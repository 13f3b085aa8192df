"""Asking tshark: starts the worker, hands it the question, gives its rows, and ends it with all that it started."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from analyzer.tshark.workspace import Workspace
from dissectors.inert import inert
from dissectors.record import record

PATIENCE = 120.0
"""Seconds without a row, after which tshark counts as stuck. It goes through a chunk of 65,536 frames in a few."""
FAREWELL = 3.0
"""Seconds that the worker has to end tshark and itself when it is told to."""
WORKER = Path(__file__).with_name("worker.py")


class TsharkError(Exception):
    """tshark could not be asked, or did not answer to the end: one sentence."""


class TsharkField(NamedTuple):
    """One field: ``pos`` counts from the start of its buffer, ``value`` is its bytes in hex."""

    name: str
    pos: int
    show: str
    value: str

    @property
    def data(self) -> bytes:
        """The bytes of the field, as far as tshark gives them."""
        try:
            return bytes.fromhex(self.value)
        except ValueError:
            return b""


@record
class TsharkLayer:
    """The fields of one protocol of a packet, with those of all protocols inside it."""

    name: str
    fields: tuple[TsharkField, ...]

    def all(self, name: str) -> list[TsharkField]:
        """The fields of one name, in the order of the packet."""
        return [field for field in self.fields if field.name == name]

    def first(self, name: str) -> str | None:
        """What tshark shows for the first field of a name."""
        return next((field.show for field in self.fields if field.name == name), None)


@record
class TsharkNode:
    """One line of tshark's tree, as Wireshark words it. ``pos`` counts from the start of whatever buffer it is in."""

    name: str
    text: str
    pos: int
    size: int
    value: str  # bytes in hex, as far as tshark gives them
    below: tuple[TsharkNode, ...]


@record
class TsharkPacket:
    """What tshark says of one frame; ``number`` is ours. It has ``tree`` or ``layers``, as was asked."""

    number: int
    layers: tuple[TsharkLayer, ...] = ()
    tree: tuple[TsharkNode, ...] = ()


@record
class Question:
    """Which fields of which packets. ``text`` is a pattern for the beginning of nameless fields' texts.

    ``tree``: instead of fields, all lines that Wireshark would show.
    """

    fields: tuple[str, ...]
    filter: str
    text: str = ""
    options: tuple[str, ...] = ()
    tree: bool = False


def find_tshark() -> str:
    """The path of tshark, or :class:`TsharkError`."""
    path = shutil.which("tshark")
    if path is None:
        raise TsharkError("tshark is not installed (Debian: apt install tshark)")
    return os.path.abspath(path)  # noqa: PTH100 (a symbolic link stays what it is)


def ask(question: Question, space: Workspace, *, patience: float = PATIENCE) -> Iterator[TsharkPacket]:
    """What tshark says of the frames in ``space``, packet by packet. Ends the worker when the caller stops early."""
    tshark = find_tshark()
    space.finish()
    asked = {
        "capture": str(space.capture), "filter": question.filter, "fields": question.fields, "text": question.text,
        "options": question.options, "tree": question.tree, "tshark": tshark,
    }  # fmt: skip
    with Worker(asked, space.directory) as worker:
        for row in worker.rows(patience):
            yield _packet(row, space.frames)


def _packet(row: Sequence[Any], frames: Sequence[int]) -> TsharkPacket:
    if row[0] == "tree":
        return TsharkPacket(frames[row[1] - 1], tree=_nodes(row[2]))
    layers = (TsharkLayer(name, tuple(_field(*field) for field in fields)) for name, fields in row[2])
    return TsharkPacket(frames[row[1] - 1], tuple(layers))


def _nodes(rows: Sequence[Any]) -> tuple[TsharkNode, ...]:
    return tuple(
        TsharkNode(name, text, pos, size, value, _nodes(below)) for name, text, pos, size, value, below in rows
    )


def _field(name: str, pos: int, show: str | None, value: str | None) -> TsharkField:
    return TsharkField(name, pos, show or "", value or "")


class Worker:
    """The worker process, which leads a process group of its own: tshark is in it too."""

    def __init__(self, question: dict[str, Any], directory: Path) -> None:
        self._words = directory / "stderr"
        with self._words.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=directory,
                env=_environment(directory),
                start_new_session=True,
            )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # then the worker's end is told where its rows are read
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def rows(self, patience: float) -> Iterator[list[Any]]:
        """The rows of packets. Raises :class:`TsharkError` for trouble, silence, and an end that was not announced."""
        for line in self._lines(patience):
            row = json.loads(line)
            if row[0] == "end":
                return
            if row[0] == "trouble":
                raise TsharkError(_sentence(row[1]))
            yield row
        raise TsharkError(f"the tshark worker ended unexpectedly: {self._last_words()}")

    def _lines(self, patience: float) -> Iterator[bytes]:
        assert self._process.stdout is not None
        pipe, pending = self._process.stdout.fileno(), [b""]
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while selector.select(patience):
                read = os.read(pipe, 1 << 16)
                if not read:
                    return
                head, *lines = read.split(b"\n")
                pending.append(head)
                for line in lines:
                    yield b"".join(pending)
                    pending = [line]
        raise TsharkError(f"tshark has not answered for {patience:g} seconds")

    def _last_words(self) -> str:
        self._ends_within(FAREWELL)
        lines = self._words.read_text("utf-8", "replace").split("\n")
        words = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return _sentence(words) if words else "it left no word"

    def _ends_within(self, seconds: float) -> bool:
        """Whether the worker has ended by then. It is not reaped, so that its number stays its own."""
        until = time.monotonic() + seconds
        while os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def stop(self) -> None:
        """Ends the worker and what it started, and gives back every pipe. A second time does nothing."""
        process = self._process
        if process.returncode is None:
            if not self._ends_within(0):
                process.terminate()  # the worker alone: it ends tshark in order
                self._ends_within(FAREWELL)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _environment(directory: Path) -> dict[str, str]:
    """No setting of the user's Wireshark reaches the answer; what the interpreter needs to start is kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WIRESHARK", "XDG_"))}
    path = os.pathsep.join(os.path.abspath(p) for p in sys.path if p)  # noqa: PTH100
    return {**kept, "HOME": str(directory), "PYTHONPATH": path, "LC_ALL": "C.UTF-8"}


def _sentence(words: str) -> str:
    """Words of other programs on one line, as something that cannot act on a terminal."""
    shown = inert(" ".join(words.split()))
    return shown if len(shown) <= 300 else f"{shown[:300]}…"
