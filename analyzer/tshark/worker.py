"""The worker process: reads one question from standard input, runs pyshark, and writes rows to standard output.

It is started by its path and imports nothing of the project, so it runs wherever the interpreter finds pyshark. Its
working directory is a private one: pyshark reads a ``config.ini`` there, and must not find the user's. Every line
of output is a JSON array: ``["packet", number, [[layer, [[name, pos, show, value], ...]], ...]]``, and at last
``["end"]`` or ``["trouble", sentence]``. When standard input ends, whoever asked is gone: the process group goes too.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import threading
from typing import Any, TextIO

GOODBYE = 10.0
"""Seconds that tshark has to end by itself once it has closed its output."""


class TsharkDied(Exception):
    """tshark ended with an error; its own last words."""


def main() -> int:
    question = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else may write between the rows
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_asker, daemon=True).start()
    try:
        _answer(question, out)
    except Exception as error:  # whatever pyshark may raise: its words are for the user
        _say(out, "trouble", " ".join(str(error).split()) or type(error).__name__)
        return 1
    _say(out, "end")
    return 0


def _end_with_asker() -> None:
    while os.read(0, 4096):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)


def _say(out: TextIO, *row: Any) -> None:
    out.write(json.dumps(row) + "\n")
    out.flush()


def _answer(question: dict[str, Any], out: TextIO) -> None:
    wanted, text = frozenset(question["fields"]), re.compile(question["text"] or r"(?!)")
    for packet in _capture(question):
        layers = [[layer.layer_name, _fields(layer, wanted, text)] for layer in packet.layers]
        _say(out, "packet", int(packet.number), [layer for layer in layers if layer[1]])


def _fields(layer: Any, wanted: frozenset[str], text: re.Pattern[str]) -> list[list[Any]]:
    """The wanted fields, and the nameless ones whose text begins as wanted; of each name in the order of the packet.

    ``*`` wants all that have a name.
    """
    found = []
    for name, held in layer._all_fields.items():  # get_field() would look through all of them for each name it misses
        if name in wanted or not name or "*" in wanted:
            found += [
                [name, int(field.pos or 0), field.show, field.raw_value]
                for field in held.all_fields
                if name or text.match(field.show or "")
            ]
    return found


def _capture(question: dict[str, Any]) -> Any:
    """A pyshark capture that tells how tshark ended, and needs no event loop policy of the main thread."""
    import pyshark

    class Capture(pyshark.FileCapture):  # type: ignore[misc]
        def _created_new_process(self, parameters: Any, process: Any, process_name: str = "") -> None:
            self._running_processes.add(process)  # one that has failed already is told with its last words

        async def _cleanup_subprocess(self, process: Any) -> None:
            if self._eof_reached:
                await _wait(process)
                await asyncio.gather(*self._stderr_handling_tasks)
            if process.returncode is None:
                process.kill()
                await _wait(process)
            elif process.returncode:
                raise TsharkDied(f"tshark ended with status {process.returncode}: {self._last_error_line or 'no word'}")

    return Capture(
        question["capture"],
        keep_packets=False,
        display_filter=question["filter"],
        tshark_path=question["tshark"],
        custom_parameters=question["options"],
        eventloop=asyncio.new_event_loop(),
    )


async def _wait(process: Any) -> None:
    try:
        await asyncio.wait_for(process.wait(), GOODBYE)
    except asyncio.TimeoutError:  # noqa: UP041 (not the built-in one before Python 3.11)
        return


if __name__ == "__main__":
    sys.exit(main())
