"""What the field tree shows beyond the message: opaque data taken apart, and parts put into words.

A message keeps such data as bytes; over a plain :class:`~dissectors.buffer.Reader` nothing here costs more than the
bytes do. The decoders of the data are ordinary ones, so the typed views use them too.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias, TypeVar

from dissectors.buffer import DissectError, Reader
from dissectors.events import Malformed
from dissectors.tree import Tracer

Detail: TypeAlias = Callable[[Reader], object]
ValueT = TypeVar("ValueT")


def detailed(r: Reader, name: str, size: int, detail: Detail | None) -> bytes:
    """``size`` bytes; in the tree they are taken apart by ``detail``, whose faults stay in the tree."""
    if not size:
        return b""
    if detail is None or not isinstance(r, Tracer):
        return r.take(name, size)
    data = r.peek(size)
    part = r.part(name, size, about=data)
    try:
        detail(part)
        expect_end(part)
    except DissectError as error:
        part.malformed(error)
        part.rest("undissected")
    return data


def view(data: bytes, decode: Callable[[Reader], ValueT]) -> ValueT | Malformed:
    """What ``data`` means, all of it; offsets of a fault count from its start."""
    r = Reader(data)
    try:
        value = decode(r)
        expect_end(r)
    except DissectError as error:
        return Malformed(error.reason, error.offset)
    return value


def expect_end(r: Reader) -> None:
    """Raises when something is left."""
    if r.left:
        raise r.error(f"{r.left} bytes more than expected")


def word(r: Reader, value: ValueT, show: Callable[[ValueT], str]) -> ValueT:
    """Puts the part that ``r`` reads into words, for the tree only; gives ``value`` back."""
    if isinstance(r, Tracer):
        r.field.value = show(value)
    return value


def peek_length(r: Reader) -> int:
    """The 16-bit length in bytes 2 and 3 of the structure ahead, the place it has in all of IKEv2 and EAP."""
    at, data = r.pos, r.data
    if at + 4 > r.end:
        raise r.error(f"4 bytes needed, {r.left} left")
    return data[at + 2] << 8 | data[at + 3]


def ipv4_text(data: bytes) -> str:
    return str(IPv4Address(data))


def ipv6_text(data: bytes) -> str:
    return str(IPv6Address(data))


def byte_count(data: bytes) -> str:
    """For long opaque data, whose bytes the hex pane shows."""
    return f"{len(data)} bytes"


def seconds(value: int) -> str:
    return f"{value} s"
