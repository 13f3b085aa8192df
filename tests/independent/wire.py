"""Frames and capture files by hand: IPv4, IPv6, UDP, ICMPv6, the link types, pcap and pcapng."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

Ip = IPv4Address | IPv6Address


def addr(text: str | Ip) -> Ip:
    return ip_address(text)


def checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(src: Ip, dst: Ip, proto: int, size: int) -> bytes:
    if src.version == 4:
        return src.packed + dst.packed + struct.pack("!BBH", 0, proto, size)
    return src.packed + dst.packed + struct.pack("!II", size, proto)


def ip4(
    src: Ip, dst: Ip, proto: int, payload: bytes, *, ident: int = 1, flags: int = 0x4000, options: bytes = b""
) -> bytes:
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, 4 * words + len(payload), ident, flags, 63, proto, 0)
    head += src.packed + dst.packed + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ip6(
    src: Ip, dst: Ip, proto: int, payload: bytes, before: tuple[tuple[int, bytes], ...] = (), *, flow: int = 0
) -> bytes:
    """``before``: extension headers from the outside in, each with its body after the next-header byte."""
    for kind, body in reversed(before):
        payload = bytes([proto]) + body + payload
        proto = kind
    return struct.pack("!IHBB", 0x60000000 | flow, len(payload), proto, 61) + src.packed + dst.packed + payload


def ip(src: Ip, dst: Ip, proto: int, payload: bytes) -> bytes:
    return ip4(src, dst, proto, payload) if src.version == 4 else ip6(src, dst, proto, payload)


def udp(src: Ip, sport: int, dst: Ip, dport: int, payload: bytes, *, zero: bool = False) -> bytes:
    """The UDP datagram inside its IP packet."""
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    total = 0 if zero else checksum(pseudo(src, dst, 17, 8 + len(payload)) + head + payload) or 0xFFFF
    return ip(src, dst, 17, head[:6] + struct.pack("!H", total) + payload)


def icmp6(src: Ip, dst: Ip, kind: int, body: bytes, code: int = 0) -> bytes:
    head = struct.pack("!BBH", kind, code, 0)
    total = checksum(pseudo(src, dst, 58, 4 + len(body)) + head + body)
    packet = bytearray(ip6(src, dst, 58, head[:2] + struct.pack("!H", total) + body))
    packet[7] = 255
    return bytes(packet)


def fragments(packet: bytes, size: int) -> list[bytes]:
    """An IPv4 packet in IP fragments of at most ``size`` payload bytes (a multiple of 8)."""
    body, out = packet[20:], []
    for start in range(0, len(body), size):
        part = body[start : start + size]
        more = 0x2000 if start + size < len(body) else 0
        out.append(ip4(addr(packet[12:16]), addr(packet[16:20]), packet[9], part, ident=77, flags=more | start // 8))
    return out


# --- link layers -----------------------------------------------------------------------------------------------------

LINKS = {
    "eth": 1,
    "vlan": 1,
    "qinq": 1,
    "raw": 101,
    "null": 0,
    "loop": 108,
    "sll": 113,
    "sll2": 276,
    "v4": 228,
    "v6": 229,
}


def framed(link: str, packet: bytes) -> bytes:
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    family = 2 if kind == 0x0800 else 30
    macs = bytes.fromhex("0200000000020200000000 01".replace(" ", ""))
    heads = {
        "eth": macs + struct.pack("!H", kind),
        "vlan": macs + struct.pack("!HHH", 0x8100, 0x2064, kind),
        "qinq": macs + struct.pack("!HHHHH", 0x88A8, 7, 0x8100, 0x64, kind),
        "null": struct.pack("<I", 2 if family == 2 else 24),
        "loop": struct.pack("!I", family),
        "sll": struct.pack("!HHH8sH", 0, 1, 6, bytes.fromhex("0200000000010000"), kind),
        "sll2": struct.pack("!HHIHBB8s", kind, 0, 3, 1, 0, 6, bytes.fromhex("0200000000010000")),
    }
    return heads.get(link, b"") + packet


def capture(frames: list[tuple[int, bytes]], kind: str, link: str, *, snap: int = 262144) -> bytes:
    """``kind``: pcap, pcap-ns, pcap-be, pcapng, pcapng-ns, pcapng-be."""
    order = ">" if kind.endswith("-be") else "<"
    number = LINKS[link]
    data = [(at, framed(link, packet)) for at, packet in frames]
    if kind.startswith("pcapng"):
        return _pcapng(data, order, number, nano=kind != "pcapng", snap=snap)
    nano = kind == "pcap-ns"
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, number)]
    for at, frame in data:
        part = at % 10**9 if nano else at % 10**9 // 1000
        out.append(struct.pack(order + "IIII", at // 10**9, part, min(snap, len(frame)), len(frame)) + frame[:snap])
    return b"".join(out)


def _block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def _pcapng(frames: list[tuple[int, bytes]], order: str, link: int, *, nano: bool, snap: int) -> bytes:
    section = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
    comment = b"by hand"
    section += struct.pack(order + "HH", 1, len(comment)) + comment + bytes(-len(comment) % 4) + bytes(4)
    face = struct.pack(order + "HHI", link, 0, 0)
    if nano:
        face += struct.pack(order + "HH", 9, 1) + b"\x09\0\0\0" + bytes(4)
    out = [_block(order, 0x0A0D0D0A, section), _block(order, 1, face)]
    for at, frame in frames:
        ticks = at if nano else at // 1000
        body = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, min(snap, len(frame)), len(frame))
        out.append(_block(order, 6, body + frame[:snap]))
    return b"".join(out)
