"""Decoding DNS messages: RFC 1035 section 4.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import expect_end, seconds, word
from dissectors.dns.messages import FLAG_BITS, DnsFlag, DnsMessage, Opcode, Question, Rcode, ResourceRecord
from dissectors.dns.records import RecordData, decode_data, type_text
from dissectors.domain_names import name_size, take_name
from dissectors.events import Malformed
from dissectors.ip_numbers import hex16
from dissectors.tree import render

ItemT = TypeVar("ItemT")


def _flags_text(flags: int) -> str:
    words = [f"{'response' if flags & DnsFlag.RESPONSE else 'query'}", render(flags >> 11 & 15, Opcode)]
    words += [f.name.lower() for f in DnsFlag if f is not DnsFlag.RESPONSE and flags & FLAG_BITS & f and f.name]
    if flags & DnsFlag.RESPONSE:
        words.append(render(flags & 15, Rcode))
    return f"{', '.join(words)} (0x{flags:04x})"


CLASSES = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}


def _class_text(value: int) -> str:
    return CLASSES.get(value, f"CLASS{value}")


HEADER = Record(
    id=("H", hex16), flags=("H", _flags_text),
    question_count="H", answer_count="H", authority_count="H", additional_count="H",
)  # fmt: skip
QUESTION = Record(type=("H", type_text), record_class=("H", _class_text))
RECORD = Record(type=("H", type_text), record_class=("H", _class_text), ttl=("I", seconds), data_length="H")


@dataclass(slots=True)
class _Parse:
    """One message being read: where it starts, and its faults in order."""

    start: int
    faults: list[Malformed] = field(default_factory=list)
    lost: bool = False  # what follows cannot be delimited

    def fault(self, r: Reader, error: DissectError) -> Malformed:
        r.malformed(error)
        self.faults.append(Malformed(error.reason, error.offset))
        return self.faults[-1]


def decode_dns(r: Reader) -> DnsMessage:
    """The DNS message at ``r`` (without the length that TCP puts before it), to its end. Never raises.

    Reading stops at the first question or record that cannot be delimited; a record with bad data is kept.
    """
    parse = _Parse(r.pos)
    number = int.from_bytes(r.peek(2)) if r.left >= 2 else 0
    fault: Malformed | None
    try:
        number, flags, *counts = r.read(HEADER)
    except DissectError as error:
        fault = parse.fault(r, error)
        start = r.peek(min(r.left, 4))
        r.rest("undissected")
        return DnsMessage(number, int.from_bytes(start[2:4]) if len(start) == 4 else 0, malformed=fault)
    questions = _section(r, parse, counts[0], "question", _question)
    answers = _section(r, parse, counts[1], "answer", _record)
    authorities = _section(r, parse, counts[2], "authority", _record)
    additionals = _section(r, parse, counts[3], "additional", _record)
    if r.left:
        _trailer(r, parse)
    fault = parse.faults[0] if parse.faults else None
    return DnsMessage(number, flags, questions, answers, authorities, additionals, fault)


def _trailer(r: Reader, parse: _Parse) -> None:
    if not parse.faults:
        parse.fault(r, r.error(f"{r.left} bytes behind the last record"))
    r.rest("undissected")


def _section(
    r: Reader, parse: _Parse, count: int, name: str, decode: Callable[[Reader, int, _Parse], ItemT]
) -> tuple[ItemT, ...]:
    """Up to ``count`` items, which end where a fault hides what follows."""
    items: list[ItemT] = []
    while len(items) < count and not parse.lost:
        try:
            name_bytes = name_size(r)
            part = r.part(name, _size(r, name_bytes, decode is not _question))
        except DissectError as error:
            parse.fault(r, r.error(f"{name} {len(items) + 1} of {count}: {error.reason}", error.offset))
            parse.lost = True
        else:
            items.append(decode(part, name_bytes, parse))
    return tuple(items)


def _size(r: Reader, name_bytes: int, is_record: bool) -> int:
    """Bytes of the question or record ahead; a record says how long its data are."""
    if not is_record:
        return name_bytes + QUESTION.size
    at = r.pos + name_bytes + RECORD.size
    if at > r.end:
        raise r.error(f"{RECORD.size} bytes needed behind the name, {r.left - name_bytes} left")
    return name_bytes + RECORD.size + (r.data[at - 2] << 8 | r.data[at - 1])


def _question(r: Reader, name_bytes: int, parse: _Parse) -> Question:
    name = _name(r, name_bytes, parse)
    kind, record_class = r.read(QUESTION)
    return word(r, Question(name, kind, record_class), lambda q: f"{type_text(q.type)} {q.name}")


def _record(r: Reader, name_bytes: int, parse: _Parse) -> ResourceRecord:
    name = _name(r, name_bytes, parse)
    kind, record_class, ttl, _ = r.read(RECORD)
    data = r.peek(r.left)
    fault = None
    try:
        value = decode_data(r, kind, record_class, parse.start)
        expect_end(r)
    except DissectError as error:
        fault, value = parse.fault(r, error), RecordData(data.hex())
        r.rest("undissected")
    record = ResourceRecord(name, kind, *value, ttl, record_class, data, fault)
    return word(r, record, lambda record: f"{record.name} {type_text(record.type)} {record.value}")


def _name(r: Reader, size: int, parse: _Parse) -> str:
    """The name, or nothing when it takes up ``size`` bytes but cannot be followed."""
    try:
        return take_name(r, "name", parse.start)
    except DissectError as error:
        parse.fault(r, error)
        r.take("name", size)
        return ""
