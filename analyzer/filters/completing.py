"""What may be typed next: fields, operators, values with names."""

from __future__ import annotations

import re

from analyzer.filters.kinds import Kind, folded
from analyzer.filters.registry import FIELDS
from analyzer.filters.spec import FieldSpec
from dissectors.record import record

MOST = 50
_FRAGMENT = re.compile(r'(?:"[^"]*|[\w.:/-]*)$')
_OPERATOR = re.compile(r"([\w.-]+)\s*(?:[=!~<>]=+|[<>]|\b(?:eq|ne|gt|lt|ge|le)\b)\s*$", re.IGNORECASE)
_SET = re.compile(r"([\w.-]+)\s+in\s*\{[^{}]*$", re.IGNORECASE)
_WORD = re.compile(r"([\w.-]+)\s+$")
_PLAIN = re.compile(r"[A-Za-z]\w*")
COMPARED = (
    ("==", "is equal to; with several values, one of them is"),
    ("!=", "is there, and none of its values is equal to"),
)
ORDERED = ((">", "is more than"), ("<", "is less than"), (">=", "is at least"), ("<=", "is at most"))
TEXTUAL = (("contains", "has the text or the bytes in it"), ("matches", "has a match of the regular expression"))
JOINING = (("&&", "and"), ("||", "or"))
UNORDERED = (Kind.BOOLEAN, Kind.WORD, Kind.STRING, Kind.BYTES)
OPENING = re.compile(r"(?:^|[(!]|&&|\|\||\^\^|\b(?:and|or|xor|not|any|all))\s*$", re.IGNORECASE)


@record
class Suggestion:
    """Text that may stand from ``start`` to ``end``, and what it means."""

    text: str
    start: int
    end: int
    about: str = ""


def complete(text: str, cursor: int) -> list[Suggestion]:
    """What may stand at the cursor, what was begun there taken into account; the likeliest first."""
    before = text[:cursor]
    found = _FRAGMENT.search(before)
    fragment = found[0] if found else ""
    start = cursor - len(fragment)
    return [Suggestion(word, start, cursor, about) for word, about in _words(before[:start], fragment)[:MOST]]


def _words(before: str, fragment: str) -> list[tuple[str, str]]:
    compared = _OPERATOR.search(before) or _SET.search(before)
    if compared is not None:
        row = FIELDS.get(compared[1])
        return _values(row, fragment) if row is not None else []
    if OPENING.search(before):
        return _fields(fragment)
    word = _WORD.search(before)
    row = FIELDS.get(word[1]) if word else None
    known = [*_operators(row), *JOINING] if row is not None else list(JOINING)
    return [pair for pair in known if pair[0].startswith(fragment)]


def _fields(fragment: str) -> list[tuple[str, str]]:
    """Those that begin so, then those that have it somewhere."""
    wanted = fragment.lower()
    rows = [row for row in FIELDS.values() if wanted in row.name.lower()]
    rows.sort(key=lambda row: not row.name.lower().startswith(wanted))
    return [(row.name, row.about) for row in rows]


def _operators(row: FieldSpec) -> list[tuple[str, str]]:
    if row.kind is Kind.PROTOCOL:
        return [TEXTUAL[0], TEXTUAL[1]]
    ordered = () if row.kind in UNORDERED else ORDERED
    textual = TEXTUAL if row.kind.is_text else ()
    return [*COMPARED, *ordered, *textual, ("in", "is one of: in {1 2 5..7}")]


def _values(row: FieldSpec, fragment: str) -> list[tuple[str, str]]:
    """The names that a value has; in quotes where one was begun or the name needs it."""
    if row.kind is Kind.BOOLEAN:
        return [pair for pair in (("1", "set"), ("0", "not set")) if pair[0].startswith(fragment)]
    quoted = fragment.startswith('"')
    wanted = folded(fragment)
    names = [name for name in row.shown if wanted in folded(name)]
    names.sort(key=lambda name: not folded(name).startswith(wanted))
    numbers = row.names
    return [
        (name if _PLAIN.fullmatch(name) and not quoted else f'"{name}"', str(numbers.get(folded(name), "")))
        for name in names
    ]
