"""The Mobility Header checksum: RFC 6275 section 6.1.1.

The pseudo-header holds the *final* addresses: the source is the Home Address when a Home Address option is there, the
destination is the Home Address when a type 2 routing header is there. Only who saw the headers knows, so both are
arguments.
"""

from __future__ import annotations

from ipaddress import IPv6Address

MOBILITY = 135
CHECKSUM_AT = 4
ONES = 0xFFFF


def checksum(data: bytes, source: IPv6Address, destination: IPv6Address) -> int:
    """The value that belongs into the checksum field of the Mobility Header ``data``, whatever stands there now."""
    data = header_bytes(data)
    data = data[:CHECKSUM_AT] + bytes(2) + data[CHECKSUM_AT + 2 :]
    return ONES - _sum(data, source, destination)


def checksum_ok(data: bytes, source: IPv6Address, destination: IPv6Address) -> bool:
    """Whether the Mobility Header at the start of ``data`` sums up. One that is not whole never does."""
    if len(data) < 8 or len(data) < 8 * (data[1] + 1):
        return False
    return _sum(header_bytes(data), source, destination) == ONES


def header_bytes(data: bytes) -> bytes:
    """The Mobility Header without what follows it, of which the checksum knows nothing."""
    return bytes(data[: 8 * (data[1] + 1)] if len(data) > 1 else data)


def _sum(data: bytes, source: IPv6Address, destination: IPv6Address) -> int:
    """The ones' complement sum: 0xffff is the residue 0, as the pseudo-header is never all zero."""
    summed = source.packed + destination.packed + len(data).to_bytes(4) + MOBILITY.to_bytes(4)
    summed += data + bytes(len(data) % 2)
    return int.from_bytes(summed) % ONES or ONES
