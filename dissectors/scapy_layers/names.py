"""Domain names on the wire for scapy: RFC 1035 section 3.1, never compressed.

scapy writes a name that is not ASCII with the wrong length, or takes it for one that is encoded already; no text that
it knows stands for a label with a dot inside. :func:`encoded_name` makes the bytes of any labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scapy.fields import StrLenField


def encoded_name(labels: Iterable[bytes]) -> bytes:
    """Labels of any bytes, each behind its length, and the closing zero.

    >>> DNSQR(qname=encoded_name([b"a.b", b"example"]), qtype="AAAA")
    """
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


class NameField(StrLenField):  # type: ignore[misc]  # scapy is untyped
    """A domain name: text goes out as labels and a closing zero, bytes go out as they are."""

    def any2i(self, _pkt: Any, x: str | bytes) -> str | bytes:
        return x

    def i2m(self, _pkt: Any, x: str | bytes | None) -> bytes:
        return _bytes_of(x or "")

    def m2i(self, _pkt: Any, x: bytes) -> str | bytes:
        """The name, or the bytes where they are not exactly one."""
        name, size = _first(x)
        return name if size == len(x) and name.isascii() and _bytes_of(name) == x else x

    def i2len(self, pkt: Any, x: str | bytes | None) -> int:
        return len(self.i2m(pkt, x))

    def i2repr(self, _pkt: Any, x: Any) -> str:
        return repr(x)


class NamesField(StrLenField):  # type: ignore[misc]  # scapy is untyped
    """Names one behind the other, then zeros up to a multiple of ``unit`` bytes; each is text or bytes."""

    __slots__ = ("unit",)
    islist = 1

    def __init__(self, name: str, unit: int, length_from: Any) -> None:
        super().__init__(name, [], length_from=length_from)
        self.unit = unit

    def any2i(self, _pkt: Any, x: Any) -> Any:
        return x

    def i2m(self, _pkt: Any, x: Any) -> bytes:
        built = b"".join(map(_bytes_of, x or []))
        return built + bytes(-len(built) % self.unit)

    def getfield(self, pkt: Any, s: bytes) -> tuple[bytes, list[str | bytes]]:
        size = self.length_from(pkt)
        return s[size:], self.m2i(pkt, s[:size])

    def m2i(self, _pkt: Any, x: bytes) -> list[str | bytes]:
        """The names before the zeros, as text where that builds the same bytes again."""
        names: list[str | bytes] = []
        while x.strip(b"\0"):
            name, size = _first(x)
            names.append(name if name.isascii() and _bytes_of(name) == x[:size] else x[:size])
            x = x[size:]
        return names

    def i2len(self, pkt: Any, x: Any) -> int:
        return len(self.i2m(pkt, x))

    def i2repr(self, _pkt: Any, x: Any) -> str:
        return repr(x)


def _bytes_of(name: str | bytes) -> bytes:
    if isinstance(name, bytes):
        return name
    return encoded_name(label.encode() for label in name.split(".") if label)


def _first(data: bytes) -> tuple[str, int]:
    """The name that starts ``data``, and its bytes; of one that is cut, what is there."""
    labels, at = [], 0
    while at < len(data) and data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("latin-1"))
        at += 1 + data[at]
    return ".".join(labels), min(at + 1, len(data))
