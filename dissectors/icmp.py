"""Decoding ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, and what an echo is told apart by.

Neighbour discovery and the Mobile IPv6 messages are read whole (:mod:`dissectors.neighbor`); of the others what follows
the header is kept as ``data``.
"""

from __future__ import annotations

from dissectors.buffer import DissectError, Reader, Record
from dissectors.events import Malformed
from dissectors.icmp_messages import (
    ECHO,
    ECHOES,
    ECHOES_V6,
    ICMP,
    ICMPV6,
    IcmpMessage,
    IcmpType,
    Icmpv6Message,
    Icmpv6Type,
)
from dissectors.neighbor.decode import NEIGHBOR, decode_neighbor
from dissectors.neighbor.messages import Icmpv6

__all__ = ["IcmpMessage", "IcmpType", "Icmpv6", "Icmpv6Message", "Icmpv6Type", "decode_icmp", "decode_icmpv6"]


def decode_icmp(r: Reader) -> IcmpMessage:
    """The ICMP message at ``r``, to its end. Never raises: a message that is cut says so."""
    return IcmpMessage(*_decode(r, ICMP, ECHOES))


def decode_icmpv6(r: Reader) -> Icmpv6:
    """The ICMPv6 message at ``r``, to its end. Never raises: a message that is cut says so."""
    if r.left >= ICMPV6.size and r.peek(1)[0] in NEIGHBOR:
        return decode_neighbor(r)
    return Icmpv6Message(*_decode(r, ICMPV6, ECHOES_V6))


def _decode(
    r: Reader, header: Record, echoes: frozenset[IcmpType] | frozenset[Icmpv6Type]
) -> tuple[int, int, int, int | None, int | None, bytes, Malformed | None]:
    kind, code, checksum = r.peek(1)[0] if r.left else 0, 0, 0
    identifier = sequence = fault = None
    try:
        kind, code, checksum = r.read(header)
        if kind in echoes:
            identifier, sequence = r.read(ECHO)
    except DissectError as error:
        r.malformed(error)
        fault = Malformed(error.reason, error.offset)
    return kind, code, checksum, identifier, sequence, r.rest("data"), fault
