"""pcapng blocks that carry no frame: draft-ietf-opsawg-pcapng sections 3 and 4. Their bodies into values."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from analyzer.capture.facts import Address, Interface, Secret

SECTION = 0x0A0D0D0A
INTERFACE = 1
OLD_PACKET = 2
SIMPLE_PACKET = 3
NAMES = 4
STATISTICS = 5
PACKET = 6
SECRETS = 10

BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}

IF_NAME, IF_DESCRIPTION, IF_TSRESOL, IF_FILTER, IF_TSOFFSET = 2, 3, 9, 11, 14
COMMENT = 1
ISB_ENDTIME, ISB_IFRECV, ISB_IFDROP, ISB_OSDROP = 3, 4, 5, 7
NAME_IPV4, NAME_IPV6 = 1, 2


def options(body: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option; a list that leaves the block ends where it does."""
    at = 0
    header = struct.Struct(order + "HH")
    while at + 4 <= len(body):
        code, size = header.unpack_from(body, at)
        if code == 0 or at + 4 + size > len(body):
            return
        yield code, body[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4


def decode_interface(body: bytes, order: str, file: int) -> Interface:
    """Interface Description Block (section 4.2)."""
    link_type, _, snaplen = struct.unpack_from(order + "HHI", body)
    interface = Interface(file, link_type, snaplen)
    for code, value in options(body[8:], order):
        _describe(interface, code, value, order)
    return interface


def _describe(interface: Interface, code: int, value: bytes, order: str) -> None:
    if code == IF_NAME:
        interface.name = text(value)
    elif code == IF_DESCRIPTION:
        interface.description = text(value)
    elif code == IF_FILTER and value[:1] == b"\0":  # a filter as text; 1 is BPF code
        interface.filter = text(value[1:])
    elif code == IF_TSRESOL and value:
        interface.resolution = value[0]
    elif code == IF_TSOFFSET and len(value) == 8:
        (interface.offset,) = struct.unpack(order + "q", value)


def decode_drops(body: bytes, order: str) -> int | None:
    """Interface Statistics Block (section 4.6): frames lost since the capture began, None if it does not say."""
    lost = None
    for code, value in options(body[12:], order):
        if code in (ISB_IFDROP, ISB_OSDROP) and len(value) == 8:
            lost = (lost or 0) + int(struct.unpack(order + "Q", value)[0])
    return lost


def decode_received(body: bytes, order: str) -> int | None:
    """Interface Statistics Block: frames received since the capture began, None if it does not say."""
    for code, value in options(body[12:], order):
        if code == ISB_IFRECV and len(value) == 8:
            return int(struct.unpack(order + "Q", value)[0])
    return None


def decode_end(body: bytes, order: str) -> tuple[int, bool]:
    """Interface Statistics Block: when the capture ended, in the interface's units, 0 if it does not say.

    And whether dumpcap wrote it, which (as of 4.0) counts microseconds there whatever the interface's units are.
    """
    end, by_dumpcap = 0, False
    for code, value in options(body[12:], order):
        if code == ISB_ENDTIME and len(value) == 8:
            high, low = struct.unpack(order + "II", value)
            end = high << 32 | low
        elif code == COMMENT and value.startswith(b"Counters provided by dumpcap"):
            by_dumpcap = True
    return end, by_dumpcap


def decode_names(body: bytes, order: str) -> dict[Address, str]:
    """Name Resolution Block (section 4.5): the first name of every address."""
    names: dict[Address, str] = {}
    for code, value in options(body, order):  # its records are laid out as options are
        size = {NAME_IPV4: 4, NAME_IPV6: 16}.get(code, 0)
        if size and len(value) > size:
            address = IPv4Address(value[:4]) if size == 4 else IPv6Address(value[:16])
            names.setdefault(address, text(value[size:].split(b"\0")[0]))
    return names


def decode_secret(body: bytes, order: str) -> Secret | None:
    """Decryption Secrets Block (section 4.7)."""
    if len(body) < 8:
        return None
    kind, size = struct.unpack_from(order + "II", body)
    return Secret(kind, body[8 : 8 + size])


def text(value: bytes) -> str:
    """UTF-8 that can be shown: what is not printable cannot steer a terminal."""
    decoded = value.rstrip(b"\0").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in decoded)
