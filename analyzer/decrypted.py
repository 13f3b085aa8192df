"""What ESP held, as an IP packet of its own: a tunnel's inner packet, or in transport mode the packet without ESP."""

from __future__ import annotations

import struct

from analyzer.packets import Packet
from dissectors.esp import OpenedEsp
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.protected import EspMessage

TUNNELLED = (4, 41)
"""Next headers of ESP in tunnel mode."""
LONGEST = 0xFFFF


def inner_packet(packet: Packet) -> bytes | None:
    """The IP packet inside; ``None`` where there is no ESP that was opened, or no header to put before its contents."""
    message = packet.message
    if not isinstance(message, EspMessage) or message.opened is None:
        return None
    if message.opened.next_header in TUNNELLED:
        return message.opened.payload
    return _transported(packet, message.opened)


def _transported(packet: Packet, opened: OpenedEsp) -> bytes | None:
    """The innermost IP header and its extension headers, then what ESP held."""
    for layer in reversed(packet.stack.layers):
        header = layer.message
        if isinstance(header, Ipv4Header | Ipv6Header):
            head = bytearray(packet.data[layer.offset : layer.offset + header.header_size])
            if layer.buffer or header.is_fragment or len(head) < header.header_size:
                return None
            write = _ipv4 if isinstance(header, Ipv4Header) else _ipv6
            return write(head, header, opened)
    return None


def _ipv4(head: bytearray, header: Ipv4Header | Ipv6Header, opened: OpenedEsp) -> bytes | None:
    size = len(head) + len(opened.payload)
    if size > LONGEST:
        return None
    struct.pack_into(">H", head, 2, size)
    head[9] = opened.next_header
    head[10:12] = bytes(2)
    struct.pack_into(">H", head, 10, _checksum(head))
    return bytes(head) + opened.payload


def _checksum(head: bytearray) -> int:
    """RFC 1071, over a header of whole 16-bit words."""
    total: int = sum(struct.unpack(f">{len(head) // 2}H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _ipv6(head: bytearray, header: Ipv4Header | Ipv6Header, opened: OpenedEsp) -> bytes | None:
    """The last header before ESP names what follows."""
    assert isinstance(header, Ipv6Header)
    size = len(head) - 40 + len(opened.payload)
    if size > LONGEST:
        return None
    struct.pack_into(">H", head, 4, size)
    last = 40 if header.extensions else 6
    if header.extensions:
        last = len(head) - header.extensions[-1].size
    head[last] = opened.next_header
    return bytes(head) + opened.payload
