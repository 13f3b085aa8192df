"""strongSwan's charon log at ``ike = 4`` and ``chd = 4``: from lines to messages and byte dumps.

A line is ``[anything ]NN[GRP][ <NAME|ID>] message``: worker number and group. A dump is a heading ``NAME => N bytes``
and lines of 16 bytes that carry the same worker, so workers may interleave. With ``json = yes`` a line is one object
whose ``msg`` holds the whole message. The journal has no worker number and continues a message on bare lines.
What the messages mean is told by ``charon_sas``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.keys.charon_sas import CharonSas
from analyzer.keys.intake import Intake
from analyzer.keys.lines import Line, TextFile, mentions
from analyzer.keys.values import MAX_KEY_BYTES
from dissectors.record import record

FORM = "strongSwan charon log"
WORKER = r"(?<![0-9\[(])([0-9]{2,5})\[([A-Z]{3})[0-9]?\](?: <([^<>|]{0,200}\|)?([0-9]{1,10})>)? ?"
PLAIN = re.compile(WORKER + "(.*)$")
JOURNAL = re.compile(r"\b(?:charon|charon-systemd|charon-nm|charon-cmd)(?:\[[0-9]+\])?: (.*)$")
BARE_DUMP = re.compile(r"^\s*[0-9]{1,6}: [0-9A-F]{2}(?: |$)")
HEADING = re.compile(r"^(.{1,120}?) => ([0-9]{1,6}) bytes(?: @ (?:0x)?[0-9a-fA-F]+)?$")
DUMP_LINE = re.compile(r"^\s*([0-9]{1,6}): ((?:[0-9A-Fa-f]{2} ){0,15}[0-9A-Fa-f]{2})(?:  .*|\s*)$")
LOG_WORDS = (
    *(f"[{group}" for group in ("DMN", "MGR", "IKE", "CHD", "JOB", "CFG", "KNL", "NET", "ENC", "LIB")),
    '"group":"',
    " secret => ",
)
IS_LOG = re.compile(
    r"(?:^|[\s:])[0-9]{2,5}\[(?:DMN|MGR|IKE|CHD|JOB|CFG|KNL|NET|ENC|LIB)[0-9]?\]"
    r'|"group":"(?:DMN|MGR|IKE|CHD|JOB|CFG|KNL|NET|ENC|LIB)"'
    r"|\bSk_[a-z]{1,2} secret => [0-9]+ bytes"
)
JOURNAL_WORKER = "journal"


@record
class Message:
    """One line of a worker. ``sa`` is the number of its IKE_SA where the log says it (``ike_name = yes``)."""

    line: int
    worker: str
    group: str
    sa: str
    text: str


@dataclass(slots=True)
class Dump:
    """A dump that is being read."""

    name: str
    group: str
    sa: str
    line: int
    size: int
    data: bytearray


def is_charon_log(text: str) -> bool:
    return mentions(text, LOG_WORDS) and IS_LOG.search(text) is not None


def read(file: TextFile, intake: Intake) -> None:
    sas = CharonSas(intake)
    reading: dict[str, Dump] = {}
    for message in _messages(file, intake):
        _feed(message, reading, sas, intake)
    for dump in reading.values():
        _cut_short(dump, intake)
    sas.finish()
    if not intake.taken:
        intake.problem(0, "the log holds no keys: set ike = 4 and chd = 4 in charon's filelog section")


def _feed(message: Message, reading: dict[str, Dump], sas: CharonSas, intake: Intake) -> None:
    """A line of a dump that is open goes to it, anything else closes it."""
    dump = reading.get(message.worker)
    if dump is not None:
        if _continues(dump, message):
            if len(dump.data) == dump.size:
                del reading[message.worker]
                sas.dump(message.worker, dump.group, dump.sa, dump.name, bytes(dump.data), dump.line)
            return
        del reading[message.worker]
        _cut_short(dump, intake)
    if heading := HEADING.match(message.text):
        name, size = heading[1].strip(), int(heading[2])
        if sas.wants(message.group, name) and 0 < size <= MAX_KEY_BYTES:
            reading[message.worker] = Dump(name, message.group, message.sa, message.line, size, bytearray())
        return
    sas.told(message.worker, message.text, message.line)


def _continues(dump: Dump, message: Message) -> bool:
    found = DUMP_LINE.match(message.text)
    if found is None or int(found[1]) != len(dump.data):
        return False
    data = bytes.fromhex(found[2])
    if len(dump.data) + len(data) > dump.size:
        return False
    dump.data += data
    return True


def _cut_short(dump: Dump, intake: Intake) -> None:
    intake.problem(dump.line, f"the dump has {len(dump.data)} of its {dump.size} bytes: not used")


def _messages(file: TextFile, intake: Intake) -> Iterator[Message]:
    last = JOURNAL_WORKER
    for line in file.lines():
        if line.cut:
            intake.problem(line.number, "the line is too long: not used")
            continue
        for message in _split(line, last):
            last = message.worker
            yield message


def _split(line: Line, last: str) -> Iterator[Message]:
    """The messages of one line: several where a JSON record holds a dump."""
    text = line.text
    if text.startswith("{"):
        yield from _json_messages(line)
    elif found := PLAIN.search(text):
        yield Message(line.number, found[1], found[2], found[4] or "", found[5])
    elif found := JOURNAL.search(text):
        yield Message(line.number, JOURNAL_WORKER, "", "", found[1])
    elif BARE_DUMP.match(text):
        yield Message(line.number, last, "", "", text)


def _json_messages(line: Line) -> Iterator[Message]:
    try:
        record = json.loads(line.text)
    except (ValueError, RecursionError):
        return
    if not isinstance(record, dict) or not isinstance(record.get("msg"), str):
        return
    worker, group, sa = (str(record.get(name, ""))[:20] for name in ("thread", "group", "ikesa-uniqueid"))
    for text in record["msg"].split("\n"):
        yield Message(line.number, worker, group, sa, text)
