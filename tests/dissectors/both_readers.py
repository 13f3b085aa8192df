"""One decoder over both readers: equal messages, and a tree in which every byte stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dissectors.buffer import Reader
from dissectors.tree import Field, Tracer

MessageT = TypeVar("MessageT")


def read_both(data: bytes, decode: Callable[[Reader], MessageT]) -> tuple[MessageT, Field]:
    """The message and its tree. ``data`` is read from the middle of a buffer, as it lies in a frame."""
    before = b"before"
    reader, tracer = (
        kind(before + data + b"behind", len(before), len(before) + len(data)) for kind in (Reader, Tracer)
    )
    message = decode(reader)
    assert decode(tracer) == message
    assert reader.pos == tracer.pos
    at = len(before)
    for start, end in leaves(tracer.field):
        assert start <= at, f"bytes {at} to {start} stand nowhere in the tree"
        at = max(at, end)
    assert at == reader.pos
    assert all(field.text.isprintable() and field.label for field in tracer.field.walk())
    return decode(Reader(data)), tracer.field


def leaves(field: Field) -> list[tuple[int, int]]:
    """Start and end of each field that was read and has no parts, in order."""
    found = [(f.offset, f.offset + f.size) for f in field.walk() if f.size and not f.children and f.fault is None]
    return sorted(found)


def texts(field: Field, name: str) -> list[str]:
    """What the tree shows for every field called ``name``."""
    return [found.text for found in field.walk() if found.name == name]
