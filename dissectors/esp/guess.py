"""Seeing through NULL encryption (RFC 2410) without keys.

Nothing in a packet says that its SA does not encrypt (RFC 5879), so the bytes have to: trailer and inner header must
agree, with so many fixed bits that ciphertext passes less than once in ten million packets.
"""

from __future__ import annotations

from collections.abc import Callable

from dissectors.esp.packets import EspPacket, OpenedEsp, is_default_padding, split_trailer

ICV_SIZES = (12, 16)
ALIGNMENT = 4

NO_NEXT_HEADER = 59
MH_TYPES = range(20)
ICMPV6_TYPES = frozenset({1, 2, 3, 4, *range(128, 138), *range(141, 155)})


def guess_null(packet: EspPacket) -> OpenedEsp | None:
    """The inside of a packet that plausibly is not encrypted, its ICV of 12 or 16 bytes unchecked; else ``None``."""
    if packet.malformed is not None:
        return None
    for icv_size in ICV_SIZES:
        guess = _with_icv(packet.body, icv_size)
        if guess is not None:
            return guess
    return None


def _with_icv(body: bytes, icv_size: int) -> OpenedEsp | None:
    size = len(body) - icv_size
    if size <= 0 or size % ALIGNMENT:
        return None
    parts = split_trailer(body[:size])
    if parts is None:
        return None
    payload, padding, next_header = parts
    fits = INNER.get(next_header)
    if fits is None or not is_default_padding(padding) or not fits(payload):
        return None
    return OpenedEsp(payload, next_header, len(padding), padding, True, None, icv_size=icv_size)


def _is_mobility(data: bytes) -> bool:
    """RFC 6275 section 6.1.1: nothing behind it, the length in units of 8 fits, a type that exists."""
    whole = len(data) >= 8 and len(data) == 8 * (data[1] + 1)
    return whole and data[0] == NO_NEXT_HEADER and data[2] in MH_TYPES and data[3] == 0


def _is_ipv4(data: bytes) -> bool:
    # TFC padding may follow the inner packet in tunnel mode (RFC 4303 section 2.7), so it may be shorter.
    if len(data) < 20 or data[0] >> 4 != 4 or data[0] & 0x0F < 5 or not _sums_up(data[: 4 * (data[0] & 0x0F)]):
        return False
    return 20 <= int.from_bytes(data[2:4]) <= len(data)


def _is_ipv6(data: bytes) -> bool:
    return len(data) >= 40 and data[0] >> 4 == 6 and int.from_bytes(data[4:6]) == len(data) - 40


def _is_icmpv6(data: bytes) -> bool:
    return len(data) >= 8 and data[0] in ICMPV6_TYPES and data[1] == 0


def _is_udp(data: bytes) -> bool:
    return len(data) >= 8 and int.from_bytes(data[4:6]) == len(data)


def _sums_up(header: bytes) -> bool:
    """Whether the Internet checksum in it is right (RFC 1071)."""
    total = sum(int.from_bytes(header[at : at + 2]) for at in range(0, len(header), 2))
    return total > 0 and total % 0xFFFF == 0


INNER: dict[int, Callable[[bytes], bool]] = {
    4: _is_ipv4,
    17: _is_udp,
    41: _is_ipv6,
    58: _is_icmpv6,
    135: _is_mobility,
}
