"""The bounded reader every decoder runs on, and the one error it raises.

A decoder is written once against :class:`Reader`. Run over a plain ``Reader`` it yields the message
quickly; run over a :class:`dissectors.tree.Tracer` the same code also leaves a field tree with byte
ranges behind. The ``show`` arguments are for the tree only: a plain ``Reader`` ignores them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

Show: TypeAlias = type[Enum] | Callable[[Any], str]
"""How a value reads on the screen: an enum that names it, or a function that words it."""


class DissectError(ValueError):
    """The bytes cannot be what the decoder was told they are.

    ``offset`` counts from the start of the reader's buffer (the frame, or a decrypted buffer).
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.reason = reason
        self.offset = offset


class Record:
    """Fixed-size run of big-endian fields, read in one step.

    Each keyword is a field: a :mod:`struct` code, or a pair of code and ``show``::

        HEADER = Record(initiator_spi="8s", next_payload=("B", PayloadType), length="I")
    """

    __slots__ = ("fields", "size", "unpack")

    def __init__(self, **fields: str | tuple[str, Show]) -> None:
        layout: list[tuple[str, int, int, Show | None]] = []
        codes = ">"
        for name, spec in fields.items():
            code, show = (spec, None) if isinstance(spec, str) else spec
            layout.append((name, struct.calcsize(codes), struct.calcsize(">" + code), show))
            codes += code
        compiled = struct.Struct(codes)
        self.fields = tuple(layout)
        self.size = compiled.size
        self.unpack = compiled.unpack_from


class Reader:
    """Reads forward over ``data[pos:end]`` and cannot leave it; all integers are big-endian.

    ``pos`` and ``end`` are positions in ``data``, so an offset in an error or a field always counts
    from the start of the buffer, however deep the part.
    """

    __slots__ = ("data", "end", "pos")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.pos = start
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.end - self.pos

    def read(self, record: Record) -> tuple[Any, ...]:
        """The record's values, in the order of its fields."""
        at = self.pos
        after = at + record.size
        if after > self.end:
            raise self._short(record.size)
        self.pos = after
        return record.unpack(self.data, at)

    def number(self, name: str, size: int, show: Show | None = None) -> int:
        """An unsigned integer of ``size`` bytes."""
        return int.from_bytes(self._take(size))

    def take(self, name: str, size: int, show: Show | None = None) -> bytes:
        """``size`` bytes."""
        return self._take(size)

    def rest(self, name: str, show: Show | None = None) -> bytes:
        """All that is left, possibly nothing."""
        return self._take(self.end - self.pos)

    def part(self, name: str, size: int, about: object = None) -> Reader:
        """A reader over the next ``size`` bytes, which this reader passes over.

        ``about`` says in the tree which part this is, for instance the payload's type.
        """
        at = self.pos
        after = at + size
        if size < 0 or after > self.end:
            raise self._short(size)
        self.pos = after
        return Reader(self.data, at, after)

    def branch(self, name: str, data: bytes, about: object = None) -> Reader:
        """A reader over another buffer (decrypted, decompressed or reassembled bytes)."""
        return Reader(data)

    def peek(self, size: int) -> bytes:
        """Up to ``size`` bytes ahead, without moving."""
        return self.data[self.pos : min(self.pos + size, self.end)]

    def error(self, reason: str, offset: int | None = None) -> DissectError:
        """An error at ``offset``, by default here; the caller raises it."""
        return DissectError(reason, self.pos if offset is None else offset)

    def note(self, name: str, value: object, show: Show | None = None) -> None:
        """A fact worked out from what was read; stands in the tree without bytes of its own."""

    def malformed(self, error: DissectError) -> None:
        """Leaves the fault in the tree, where decoding of this part stopped."""

    def _take(self, size: int) -> bytes:
        at = self.pos
        after = at + size
        if size < 0 or after > self.end:
            raise self._short(size)
        self.pos = after
        return self.data[at:after]

    def _short(self, size: int) -> DissectError:
        if size < 0:
            return DissectError(f"length is {-size} too small", self.pos)
        return DissectError(f"{size} bytes needed, {self.left} left", self.pos)
