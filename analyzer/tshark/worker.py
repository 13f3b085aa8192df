"""The worker process: reads one question from standard input, runs pyshark, and writes rows to standard output.

It is started by its path and imports nothing of the project, so it runs wherever the interpreter finds pyshark. Its
working directory is a private one: pyshark reads a ``config.ini`` there, and must not find the user's. Every line
of output is a JSON array: ``["packet", number, [[layer, [[name, pos, show, value], ...]], ...]]``, or for a question
that wants the tree ``["tree", number, [[name, text, pos, size, value, [...below...]], ...]]``, and at last
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
MOST_NODES, DEEPEST, MOST_HEX = 20_000, 60, 4096
"""Of one packet's tree; of a value, hex digits."""


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
        if question["tree"]:
            _say(out, "tree", int(packet.number), packet.tree)
            continue
        layers = [[layer.layer_name, _fields(layer, wanted, text)] for layer in packet.layers]
        _say(out, "packet", int(packet.number), [layer for layer in layers if layer[1]])


def _fields(layer: Any, wanted: frozenset[str], text: re.Pattern[str]) -> list[list[Any]]:
    """The wanted fields, and the nameless ones whose text begins as wanted; of each name in the order of the packet."""
    found = []
    for name, held in layer._all_fields.items():  # get_field() would look through all of them for each name it misses
        if name in wanted or not name:
            found += [
                [name, int(field.pos or 0), field.show, field.raw_value]
                for field in held.all_fields
                if name or text.match(field.show or "")
            ]
    return found


def _tree(element: Any, left: list[int], depth: int = 0) -> list[list[Any]]:
    """What is below an element of tshark's own tree as a person sees it: what is hidden there is hidden here.

    ``left[0]`` is how many more are taken.
    """
    found = []
    for part in element if depth < DEEPEST else ():
        if part.get("hide") == "yes" or left[0] <= 0:
            continue
        left[0] -= 1
        name = part.get("name", "")
        text = part.get("showname") or part.get("show") or name
        value = part.get("unmaskedvalue") or part.get("value") or ""
        size = int(part.get("size") or 0)
        found.append([name, text, int(part.get("pos") or 0), size, value[:MOST_HEX], _tree(part, left, depth + 1)])
    return found


def _tree_of(packet: bytes) -> list[list[Any]]:
    """The tree of a packet of tshark's XML, from its link layer on."""
    from lxml import etree
    from pyshark.tshark.output_parser.tshark_xml import DEL_BAD_XML_CHARS

    text = packet.decode(errors="ignore").translate(DEL_BAD_XML_CHARS)
    parser = etree.XMLParser(huge_tree=True, recover=True, encoding="utf-8", resolve_entities=False)
    tree = _tree(etree.fromstring(text.encode(), parser), [MOST_NODES])
    return [layer for layer in tree if layer[0] not in ("geninfo", "frame")]


def _capture(question: dict[str, Any]) -> Any:
    """A pyshark capture that tells how tshark ended, and needs no event loop policy of the main thread.

    Where the question wants the tree, packets have it as ``tree``: pyshark itself keeps only fields by name.
    """
    import pyshark
    from pyshark.tshark.output_parser.tshark_xml import TsharkXmlParser

    class Parser(TsharkXmlParser):  # type: ignore[misc]
        def _parse_single_packet(self, packet: bytes) -> Any:
            made = super()._parse_single_packet(packet)
            made.tree = _tree_of(packet)
            return made

    class Capture(pyshark.FileCapture):  # type: ignore[misc]
        def _setup_tshark_output_parser(self) -> Any:
            return Parser() if question["tree"] else super()._setup_tshark_output_parser()

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
