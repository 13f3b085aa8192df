"""From the text of a ladder to lines: splitting only, no protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from dissectors.record import record

SECOND = 1_000_000_000
STEP = re.compile(r"^\s*(?P<at>\d+(?:\.\d+)?)\s+(?P<rest>\S.*)$")
ARROW = re.compile(r"^(?P<source>\S+)\s*->\s*(?P<destination>\S+)\s+(?P<what>\S.*)$")
PROFILE = re.compile(r"^\s+PROFILE\s+(?P<facts>\S.*)$")
WITHOUT_DIRECTION = ("ESP", "BU", "BA", "MH", "DATA", "DHCP6", "DHCP4", "PACKET", "NS", "RA", "DHCPV6", "DNS", "PCO")
"""What is no request or response of IKEv2."""
BRACKETS = {"(": ")", "[": "]"}


class LadderError(ValueError):
    """A line that the ladder language does not know."""


@record
class Line:
    """One line: ``what`` is an exchange's name, ESP, BU, BA, MH, DATA, or a word: ATTACH, END, DROPS, IFOM, repeat."""

    at: int  # ns from the ladder's start
    what: str
    source: str = ""
    destination: str = ""
    response: bool = False
    number: int | None = None  # Message ID
    payloads: tuple[str, ...] | None = None  # in brackets; None: those of a compliant message
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def words_of(text: str) -> list[str]:
    """Words between blanks; what stands in brackets is one word, the brackets kept."""
    words, word, closing = [], "", []
    for char in text:
        if char in BRACKETS:
            closing.append(BRACKETS[char])
        elif closing and char == closing[-1]:
            closing.pop()
        if char.isspace() and not closing:
            words.append(word)
            word = ""
        else:
            word += char
    if closing:
        raise LadderError(f"bracket is not closed: {text.strip()}")
    return [w for w in [*words, word] if w]


def parse_lines(text: str) -> Iterator[Line]:
    """The steps of one ladder; prose lines (which do not begin with blanks and a time) are skipped."""
    for raw in text.splitlines():
        found = STEP.match(raw) if raw[:1].isspace() else None
        if found:
            yield _parse_step(round(float(found["at"]) * SECOND), found["rest"], raw.strip())


def parse_profile(text: str) -> dict[str, str]:
    """The facts of the PROFILE line, if there is one."""
    found = next((m for m in map(PROFILE.match, text.splitlines()) if m), None)
    facts = found["facts"].split() if found else []
    return dict(fact.split("=", 1) for fact in facts)


def _parse_step(at: int, rest: str, text: str) -> Line:
    arrow = ARROW.match(rest)
    words = words_of(arrow["what"] if arrow else rest)
    what = words.pop(0)
    if arrow is None:
        return _parse_word(at, what, words, text)
    kind = words.pop(0) if what in ("DHCPV6", "DNS", "PCO") and words else ""
    response = number = None
    if words and words[0] in ("request", "response"):
        response = words.pop(0) == "response"
    if words and words[0].isdigit():
        number = int(words.pop(0))
    if response is None and what not in WITHOUT_DIRECTION:
        raise LadderError(f"request or response? {text}")
    brackets = next((word for word in words if word.startswith("[")), None)
    payloads = None if brackets is None else tuple(words_of(brackets[1:-1]))
    words = [word for word in words if word is not brackets]
    added, removed, options = _parse_changes(words, text)
    if kind:
        options["kind"] = kind
    return Line(
        at, what, arrow["source"], arrow["destination"], bool(response), number, payloads, added, removed, options, text
    )


def _parse_word(at: int, what: str, words: list[str], text: str) -> Line:
    if what == "ATTACH":
        return _parse_attach(at, words, text)
    if what == "IFOM":
        return Line(at, what, source=words[0], text=text)
    if what == "DROPS":
        return Line(at, what, number=int(words[0]), text=text)
    if what == "repeat":
        added, removed, options = _parse_changes(words, text)
        return Line(at, what, added=added, removed=removed, options=options, text=text)
    if what in ("END", "UNREAD", "ALIKE"):
        return Line(at, what, text=text)
    raise LadderError(f"not a ladder line: {text}")


def _parse_attach(at: int, words: list[str], text: str) -> Line:
    """ATTACH [UE2 -> HA2] [until EXCHANGE [ID]]."""
    nodes = ("UE", "HA")
    if len(words) >= 3 and words[1] == "->":
        nodes, words = (words[0], words[2]), words[3:]
    until = words[1:] if words[:1] == ["until"] else []
    if words and not until:
        raise LadderError(f"ATTACH takes 'until EXCHANGE' only: {text}")
    options = {"until": until[0]} if until else {}
    number = int(until[1]) if len(until) > 1 else None
    return Line(at, "ATTACH", *nodes, number=number, options=options, text=text)


def _parse_changes(words: list[str], text: str) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]:
    """``with`` and ``without`` take payloads (capital letters); options are words in small letters."""
    changes: dict[str, list[str]] = {"with": [], "without": []}
    options: dict[str, str] = {}
    target: list[str] | None = None
    for word in words:
        if word in changes:
            target = changes[word]
        elif word[0].islower():
            name, _, value = word.partition("=")
            options[name] = value
            target = None
        elif target is not None:
            target.append(word)
        else:
            raise LadderError(f"{word!r} without 'with': {text}")
    return tuple(changes["with"]), tuple(changes["without"]), options
