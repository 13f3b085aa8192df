"""A row of the field registry, and the ways from a packet to a field's values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, TypeAlias

from analyzer.filters.kinds import Kind, folded
from analyzer.filters.view import View

Extract: TypeAlias = Callable[[View], list[Any]]
"""All values of a field in a packet; none where it is not there."""
Source: TypeAlias = Callable[[View], Iterable[object]]
Get: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True)
class FieldSpec:
    """One field. ``registry`` and ``aliases`` name its numbers, ``words`` are all the values of a WORD.

    ``ours`` marks what Wireshark does not have. ``differs`` tells where our values are not Wireshark's, and why.
    """

    name: str
    kind: Kind
    extract: Extract = field(repr=False)
    about: str
    registry: type[IntEnum] | None = None
    aliases: Mapping[str, int] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    ours: bool = False
    differs: str = ""

    @cached_property
    def names(self) -> dict[str, int]:
        """Numbers by folded name."""
        known = {folded(member.name): member.value for member in self.registry or ()}
        return {folded(alias): value for alias, value in self.aliases.items()} | known

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The names or words that a literal can be, as one writes them."""
        return self.words or tuple(member.name for member in self.registry or ()) or tuple(self.aliases)


def each(source: Source, kind: type | tuple[type, ...], get: Get) -> Extract:
    """``get`` of every object of that class; ``None`` is no value."""

    def extract(view: View) -> list[Any]:
        found = [get(thing) for thing in source(view) if isinstance(thing, kind)]
        return [value for value in found if value is not None] if None in found else found

    return extract


def many(source: Source, kind: type | tuple[type, ...], get: Get) -> Extract:
    """All that ``get`` gives of every object of that class."""
    return lambda view: [value for thing in source(view) if isinstance(thing, kind) for value in get(thing)]


def layers(view: View) -> Iterable[object]:
    return view.layers


def messages(view: View) -> Iterable[object]:
    return view.messages


def payloads(view: View) -> Iterable[object]:
    return view.payloads


def options(view: View) -> Iterable[object]:
    return view.options


def bit(mask: int, get: Get) -> Get:
    """Whether a flag is set in what ``get`` gives."""
    return lambda thing: bool(get(thing) & mask)


class Table:
    """Rows as they are written down: ``row("ip.ttl", Kind.NUMBER, get, "Time to live")`` for one class of objects."""

    def __init__(self) -> None:
        self.rows: list[FieldSpec] = []

    def add(self, name: str, kind: Kind, extract: Extract, about: str, **more: Any) -> None:
        self.rows.append(FieldSpec(name, kind, extract, about, **more))

    def of(self, source: Source, kind: type | tuple[type, ...]) -> Callable[..., None]:
        """A way to add rows whose values are got from every object of a class."""

        def row(name: str, holds: Kind, get: Get, about: str, **more: Any) -> None:
            self.add(name, holds, each(source, kind, get), about, **more)

        return row
