"""From a file to numbered lines of text, or to one sentence why it is no text.

Lines are streamed, so a log may be larger than memory. Bytes that are not UTF-8 survive as surrogates: a plain text
key of Wireshark's ``esp_sa`` keeps its bytes whatever the encoding of the file.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dissectors.record import record

HEAD_BYTES = 1 << 20  # what recognition looks at
SNIFF_BYTES = 1 << 16
MAX_LINE = 1 << 16
MAX_UTF16 = 1 << 26

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
    (b"\x7fELF", "a program"),
    (b"\x0a\x0d\x0d\x0a", "a capture file (pcapng)"),
    (b"\xa1\xb2\xc3\xd4", "a capture file (pcap)"),
    (b"\xd4\xc3\xb2\xa1", "a capture file (pcap)"),
    (b"\xa1\xb2\x3c\x4d", "a capture file (pcap)"),
    (b"\x4d\x3c\xb2\xa1", "a capture file (pcap)"),
)
UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# What text has none of; tab, line feed, form feed, carriage return and escape (colours) are let through.
CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"


@record
class Line:
    """One line without its end; ``text`` is empty and ``cut`` true when it was too long to be used."""

    number: int
    text: str
    cut: bool = False


class TextFile:
    """An open file, its head already read; ``lines`` may be walked once."""

    def __init__(self, path: Path) -> None:
        self.file: BinaryIO = path.open("rb")
        try:
            self.head = _read_up_to(self.file, HEAD_BYTES)
            self._widen_utf16()
        except BaseException:
            self.file.close()
            raise

    def __enter__(self) -> TextFile:
        return self

    def __exit__(self, *exc: object) -> None:
        self.file.close()

    def _widen_utf16(self) -> None:
        """Text that Windows saved as UTF-16 is turned into UTF-8 at once; it starts with its byte order mark."""
        encoding = UTF16_BOMS.get(self.head[:2])
        if encoding is None:
            return
        whole = self.head + _read_up_to(self.file, MAX_UTF16)
        self.file.close()
        self.file = io.BytesIO(whole[2:].decode(encoding, "replace").encode("utf-8", "replace"))
        self.head = _read_up_to(self.file, HEAD_BYTES)

    def why_no_text(self) -> str | None:
        return why_no_text(self.head)

    def head_text(self) -> str:
        return decoded(self.head)

    def lines(self) -> Iterator[Line]:
        """Every line with its number; the end may be LF or CR LF."""
        chained = _Chained(self.head, self.file)
        number = 0
        while raw := chained.readline(MAX_LINE):
            number += 1
            if len(raw) < MAX_LINE or raw.endswith(b"\n"):
                yield Line(number, decoded(raw).rstrip("\r\n"))
                continue
            while raw and not raw.endswith(b"\n"):
                raw = chained.readline(MAX_LINE)
            yield Line(number, "", cut=True)


class _Chained:
    """Lines over bytes in hand and then over the rest of their file: a pipe cannot be rewound."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.head = io.BytesIO(head)
        self.rest = rest

    def readline(self, limit: int) -> bytes:
        line = self.head.readline(limit)
        if line.endswith(b"\n") or len(line) >= limit:
            return line
        return line + self.rest.readline(limit - len(line))


def why_no_text(head: bytes) -> str | None:
    """Why these first bytes are not those of a text file, or ``None``."""
    if not head:
        return "it is empty"
    for magic, what in MAGIC:
        if head.startswith(magic):
            return f"it is {what}"
    start = head[:SNIFF_BYTES]
    if _looks_utf16(start):
        return "it looks like UTF-16 without a byte order mark: save it as UTF-8"
    # A stray control character happens in logs; a file full of them is no text.
    controls = len(start) - len(start.translate(None, CONTROL))
    if b"\0" in start or controls * 20 > len(start):
        return "it is binary data, not text"
    return None


def _looks_utf16(start: bytes) -> bool:
    """ASCII in 16-bit units has a zero in every second byte."""
    even, odd = start[::2], start[1::2]
    if len(odd) < 4:
        return False
    return (odd.count(0) > 0.9 * len(odd) and 0 not in even) or (even.count(0) > 0.9 * len(even) and 0 not in odd)


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether one of some words is there, without which a pattern cannot match: far cheaper than the pattern."""
    return any(word in text for word in words)


def decoded(raw: bytes) -> str:
    return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def _read_up_to(file: BinaryIO, size: int) -> bytes:
    """``size`` bytes or all there are; a pipe gives them piece by piece."""
    pieces: list[bytes] = []
    while size > 0 and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
