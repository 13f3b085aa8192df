"""X.500 names in DER as text (RFC 4514), as far as an identity needs them: no object is built, nothing raises.

Depth is fixed by the structure of a name and every byte is read once, so that no input can make this slow.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from dissectors.buffer import DissectError, Reader
from dissectors.inert import inert, inert_text

SEQUENCE, SET, OBJECT_IDENTIFIER = 0x30, 0x31, 0x06
UTF_8, NUMERIC, PRINTABLE, TELETEX, IA5, VISIBLE, UNIVERSAL, BMP = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E
CODECS = {
    UTF_8: "utf-8",
    NUMERIC: "ascii",
    PRINTABLE: "ascii",
    TELETEX: "latin-1",
    IA5: "ascii",
    VISIBLE: "ascii",
    UNIVERSAL: "utf-32-be",
    BMP: "utf-16-be",
}
LONGEST_OID = 64
SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.46": "dnQualifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
TEXT_NAMES = {0x81: "email", 0x82: "DNS", 0x86: "URI"}  # rfc822Name, dNSName, uniformResourceIdentifier
DIRECTORY_NAME, IP_ADDRESS = 0xA4, 0x87


class _Element(NamedTuple):
    tag: int
    body: Reader


def name_text(data: bytes) -> str | None:
    """A Name as RFC 4514 writes it, the last part first; ``None`` where ``data`` is none."""
    r = Reader(data)
    try:
        parts = [_relative_name(part) for part in _members(_expect(r, SEQUENCE), SET)]
    except DissectError:
        return None
    return None if r.left or not parts else ",".join(reversed(parts))


def general_name_text(data: bytes) -> str | None:
    """A GeneralName (RFC 5280 section 4.2.1.6) with its kind before it; ``None`` for kinds without a text."""
    r = Reader(data)
    try:
        element = _element(r)
    except DissectError:
        return None
    return None if r.left else _general_name(element.tag, element.body.peek(element.body.left))


def _general_name(tag: int, content: bytes) -> str | None:
    if tag in TEXT_NAMES:
        return f"{TEXT_NAMES[tag]}:{inert_text(content)}"
    if tag == IP_ADDRESS and len(content) in (4, 16):
        return f"IP:{IPv4Address(content) if len(content) == 4 else IPv6Address(content)}"
    return name_text(content) if tag == DIRECTORY_NAME else None


def _relative_name(r: Reader) -> str:
    """A set of type and value; more than one is rare and joined by ``+``."""
    pairs = [_type_and_value(pair) for pair in _members(r, SEQUENCE)]
    if not pairs:
        raise r.error("empty set")
    return "+".join(pairs)


def _type_and_value(r: Reader) -> str:
    oid = _oid(_expect(r, OBJECT_IDENTIFIER))
    at = r.pos
    tag, body = _element(r)
    return f"{SHORT_NAMES.get(oid, oid)}={_value(tag, body.peek(body.left), r.data[at : r.pos])}"


def _value(tag: int, content: bytes, encoded: bytes) -> str:
    """The string; a value of another type, or one that is broken, stands in hex behind ``#``."""
    try:
        text = content.decode(CODECS[tag])
    except (KeyError, UnicodeDecodeError):
        return "#" + encoded.hex()
    return inert(_escaped(text))


def _escaped(text: str) -> str:
    """RFC 4514 section 2.4."""
    out = "".join("\\" + c if c in '"+,;<>\\' else "\\00" if c == "\0" else c for c in text)
    if text[:1] in (" ", "#"):
        out = "\\" + out
    return out[:-1] + "\\ " if len(text) > 1 and text.endswith(" ") else out


def _members(r: Reader, tag: int) -> list[Reader]:
    members: list[Reader] = []
    while r.left:
        members.append(_expect(r, tag))
    return members


def _expect(r: Reader, tag: int) -> Reader:
    at = r.pos
    element = _element(r)
    if element.tag != tag:
        raise r.error(f"DER tag {element.tag} instead of {tag}", at)
    return element.body


def _element(r: Reader) -> _Element:
    tag = r.number("tag", 1)
    size = r.number("length", 1)
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count <= 4:
            raise r.error("DER length of a form that no name needs")
        size = r.number("length", count)
    return _Element(tag, r.part("content", size))


def _oid(r: Reader) -> str:
    """Arcs in base 128, the first two of them in one number (X.690 clause 8.19)."""
    if not 0 < r.left <= LONGEST_OID:
        raise r.error("object identifier too long or empty")
    arcs, arc = [], 0
    for byte in r.take("arcs", r.left):
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        raise r.error("object identifier without an end")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))
