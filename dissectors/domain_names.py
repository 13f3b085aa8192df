"""Domain names on the wire: RFC 1035 sections 3.1 and 4.1.4; DHCPv6 has them uncompressed (RFC 8415 section 10).

A name comes out as text without a closing dot, the root as ".". Bytes that are not plain are escaped as in zone files
(RFC 1035 section 5.1), so a hostile name cannot act on a terminal and no two names read alike.
"""

from __future__ import annotations

import re

from dissectors.buffer import DissectError, Reader

LONGEST = 255
"""Bytes of a whole name, length bytes and closing zero included."""
LONGEST_LABEL = 63
MOST_HOPS = 32
"""Pointers that one name may follow. A name has room for 127, but every one beyond the first few is mischief."""

_POINTER = 0xC0
_PLAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def _escaped(byte: int) -> str:
    character = chr(byte)
    if not 0x21 <= byte <= 0x7E:
        return f"\\{byte:03d}"
    return "\\" + character if character in '.\\"();@$' else character


_ESCAPES = tuple(map(_escaped, range(256)))


def take_name(r: Reader, field: str, message: int | None = None) -> str:
    """The name at ``r``. ``message`` is where compression pointers count from; ``None`` forbids them.

    Raises ``DissectError``, and then nothing is read. A pointer must lead to before the part of the name it ends, so
    no name can loop.
    """
    size, labels = _walk(r, message)
    text = ".".join(map(label_text, labels)) or "."
    r.take(field, size, lambda _: text)
    return text


def name_size(r: Reader) -> int:
    """Bytes of the name ahead, whose pointer is not followed. Raises ``DissectError`` when it has no end."""
    data, at, end = r.data, r.pos, r.end
    while at < end:
        count = data[at]
        if LONGEST_LABEL < count < _POINTER:
            raise _unknown_label(r, at)
        at += 2 if count >= _POINTER else 1 + count
        if count == 0 or count >= _POINTER:
            break
    else:
        raise r.error("domain name without an end", min(at, end))
    return at - r.pos


def label_text(label: bytes) -> str:
    """One label, with what is not plain escaped."""
    return "".join([_ESCAPES[byte] for byte in label])


def is_host_name(name: str) -> bool:
    """Letters, digits, hyphens and underscores between dots: what a name that machines go by looks like."""
    return _PLAIN.fullmatch(name) is not None


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same: without case (RFC 4343), with or without the closing dot."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    """Only ASCII letters are folded. All names here are ASCII; one from a profile may not be."""
    return (name[:-1] if name.endswith(".") else name).translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _walk(r: Reader, message: int | None) -> tuple[int, list[bytes]]:
    """The bytes the name takes up at ``r``, and its labels."""
    data, at, end = r.data, r.pos, r.end
    segment, hops, total, size = at, 0, 1, 0
    labels: list[bytes] = []
    while True:
        if at >= end:
            raise r.error("domain name without an end", at)
        count = data[at]
        if count >= _POINTER:
            size = size or at + 2 - r.pos
            end, at = at, _target(r, at, end, message, segment)
            segment, hops = at, hops + 1
            if hops > MOST_HOPS:
                raise r.error(f"domain name of more than {MOST_HOPS} pointers", at)
            continue
        label = _label(r, at, end)
        at += 1 + count
        if not count:
            return size or at - r.pos, labels
        labels.append(label)
        total += 1 + count
        if total > LONGEST:
            raise r.error(f"domain name longer than {LONGEST} bytes", at)


def _label(r: Reader, at: int, end: int) -> bytes:
    count = r.data[at]
    if count > LONGEST_LABEL:
        raise _unknown_label(r, at)
    if at + 1 + count > end:
        raise r.error(f"label is {count} bytes, {end - at - 1} are left", at)
    return r.data[at + 1 : at + 1 + count]


def _unknown_label(r: Reader, at: int) -> DissectError:
    """RFC 6891 section 5: nothing tells how long such a label is."""
    return r.error(f"label type 0x{r.data[at] & 0xC0:02x} is not in use", at)


def _target(r: Reader, at: int, end: int, message: int | None, segment: int) -> int:
    """Where the pointer at ``at`` leads."""
    if message is None:
        raise r.error("compressed domain name where none may be", at)
    if at + 2 > end:
        raise r.error("pointer is cut", at)
    target = message + ((r.data[at] & 0x3F) << 8 | r.data[at + 1])
    if target >= segment:
        raise r.error("pointer does not lead back", at)
    return target


def take_names(r: Reader, field: str) -> tuple[str, ...]:
    """Uncompressed names up to the end of ``r``."""
    names: list[str] = []
    while r.left:
        names.append(take_name(r, field))
    return tuple(names)


def whole_name(data: bytes) -> str | None:
    """The uncompressed name that ``data`` is from first to last byte, or ``None``."""
    r = Reader(data)
    try:
        name = take_name(r, "name")
    except DissectError:
        return None
    return None if r.left else name
