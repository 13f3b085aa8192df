"""Two messages beside each other, field by field: what is the same, what changed, what only one of them has.

Fields are matched level by level: those of the same name, the first with the first, the second with the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from dissectors.inert import inert
from dissectors.tree import Field

MOST_LINES = 5000
MOST_TEXT = 400
REGISTERED = re.compile(r"[\w ./'-]+ \(\d+\)")
"""A text that names a number of a registry: parts of which a message has many are matched by it."""
TELLING = "notify_message_type"


class Change(Enum):
    """How a field of one message is to that of the other; the value is its sign."""

    SAME = " "
    CHANGED = "≠"
    ONLY_LEFT = "<"
    ONLY_RIGHT = ">"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A line of the comparison."""

    depth: int
    label: str
    left: str
    right: str
    change: Change
    inside: bool = False  # itself the same, but something below it is not


def compare(left: Field, right: Field) -> list[Pairing]:
    """All fields of both trees."""
    lines: list[Pairing] = []
    for line in _pairs(left.children, right.children, 0):
        lines.append(line)
        if len(lines) >= MOST_LINES:
            break
    return lines


def differences(lines: Sequence[Pairing]) -> list[Pairing]:
    """What differs, with the parts around it."""
    return [line for line in lines if line.change is not Change.SAME or line.inside]


def _pairs(left: Sequence[Field], right: Sequence[Field], depth: int) -> Iterator[Pairing]:
    others = dict(_keyed(right))
    order = list(others)
    places = {key: place for place, key in enumerate(order)}
    told = 0
    for key, part in _keyed(left):
        other = others.pop(key, None)
        if other is None:
            yield from _alone(part, Change.ONLY_LEFT, depth)
            continue
        place = max(told, places[key])
        for missed in order[told:place]:
            if missed in others:
                yield from _alone(others.pop(missed), Change.ONLY_RIGHT, depth)
        told = place
        yield from _pair(part, other, depth)
    for rest in others.values():
        yield from _alone(rest, Change.ONLY_RIGHT, depth)


def _pair(left: Field, right: Field, depth: int) -> Iterator[Pairing]:
    below = list(_pairs(left.children, right.children, depth + 1))
    a, b = _value(left), _value(right)
    same = a == b
    differs = any(line.change is not Change.SAME for line in below)
    yield Pairing(depth, inert(left.label), a, b, Change.SAME if same else Change.CHANGED, inside=differs)
    yield from below


def _alone(part: Field, change: Change, depth: int) -> Iterator[Pairing]:
    text = _value(part)
    sides = (text, "") if change is Change.ONLY_LEFT else ("", text)
    yield Pairing(depth, inert(part.label), *sides, change)
    for child in part.children:
        yield from _alone(child, change, depth + 1)


def _keyed(parts: Sequence[Field]) -> Iterator[tuple[tuple[str, int], Field]]:
    """Each part with its name and how many of that name came before it."""
    seen: dict[str, int] = {}
    for part in parts:
        name = _kind(part)
        seen[name] = seen.get(name, 0) + 1
        yield (name, seen[name]), part


def _kind(part: Field) -> str:
    """The name, and of payloads, options and attributes what they are."""
    if not part.children and part.name != "attribute":
        return part.name
    said = part.text if REGISTERED.fullmatch(part.text) else ""
    said += next((child.text for child in part.children if child.name == TELLING), "")
    return f"{part.name} {said}"


def _value(part: Field) -> str:
    text = inert(part.text[: MOST_TEXT + 1])
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"
