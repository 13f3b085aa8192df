"""Mobility Headers, options, flow bindings and discovery messages by hand (RFC 6275, 5555, 5648, 6089, 6088, 8415)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from tests.independent.wire import Ip, addr, checksum, pseudo

A, H, L, K, R, P, F, T, O = 0x8000, 0x4000, 0x2000, 0x1000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040  # noqa: E741
BU, BA = 5, 6
ZERO4 = addr("0.0.0.0")

Option = tuple[int, bytes]


def aligned(kind: int, size: int) -> tuple[int, int]:
    """x and y of the alignment xn + y."""
    if kind == 3:
        return 8, 6
    if kind in (29, 30, 31, 32):
        return 4, 0
    if kind == 35:
        return (8, 2) if size > 4 else (2, 0)
    return (2, 0) if kind in (2, 44, 45) else (1, 0)


def padding(n: int, style: str) -> bytes:
    if style == "pad1" or n == 1:
        return bytes(n)
    return bytes([1, n - 2]) + bytes(n - 2)


def options(items: list[Option], start: int, style: str = "padn") -> bytes:
    out = b""
    for kind, body in items:
        x, y = aligned(kind, len(body))
        out += padding(-(start + len(out) - y) % x, style) if (start + len(out) - y) % x else b""
        out += bytes([kind]) + (b"" if kind == 0 else bytes([len(body)]) + body)
    rest = -(start + len(out)) % 8
    return out + (padding(rest, style) if rest else b"")


@dataclass
class Mobility:
    """A Binding Update or Acknowledgement and how it travels. Hooks change it before it goes."""

    kind: int
    src: Ip  # as the checksum has them: Home Address and Home Agent
    dst: Ip
    sequence: int
    flags: int
    lifetime: int  # units of 4 s
    options: list[Option] = field(default_factory=list)
    status: int = 0
    style: str = "padn"
    proto: int = 59
    outer_src: Ip | None = None
    outer_dst: Ip | None = None
    hao: Ip | None = None
    rh2: Ip | None = None
    encap: str = ""  # "", "udp", "v4"
    sport: int = 4191
    dport: int = 4191
    protected: bool = True
    bad_sum: bool = False
    bad_icv: bool = False
    sequence_of_esp: int | None = None
    child: object = None
    extra: bytes = b""  # behind the options
    first_extension: tuple[tuple[int, bytes], ...] = ()
    hao_style: str = "before"
    tlv: bool = False
    tunnel: bool = False  # ESP in tunnel mode
    bad_pad: bool = False
    checksum_src: Ip | None = None

    def body(self) -> bytes:
        if self.kind == BU:
            fixed = struct.pack("!HHH", self.sequence, self.flags, self.lifetime)
        else:
            fixed = struct.pack("!BBHH", self.status, self.flags, self.sequence, self.lifetime)
        data = fixed + options(self.options, 12, self.style) + self.extra
        return mobility_header(
            self.checksum_src or self.src, self.dst, self.kind, data, proto=self.proto, bad=self.bad_sum
        )


def mobility_header(src: Ip, dst: Ip, kind: int, data: bytes, *, proto: int = 59, bad: bool = False) -> bytes:
    size = 6 + len(data)
    head = struct.pack("!BBBBH", proto, size // 8 - 1, kind, 0, 0)
    total = checksum(pseudo(src, dst, 135, size) + head + data)
    return head[:4] + struct.pack("!H", total ^ (0x5A5A if bad else 0)) + data


def hao_header(home: Ip, style: str = "before") -> tuple[int, bytes]:
    """Destination options with the Home Address option at 8n+6; ``style``: before (PadN), pad1, more."""
    option = bytes([0xC9, 16]) + home.packed
    if style == "pad1":
        return 60, bytes([2]) + bytes(4) + option
    if style == "more":  # an option that may be skipped, behind it
        return 60, bytes([3]) + bytes([1, 2, 0, 0]) + option + bytes([0x1E, 6]) + bytes(6)
    return 60, bytes([2]) + bytes([1, 2, 0, 0]) + option


def rh2_header(home: Ip) -> tuple[int, bytes]:
    return 43, bytes([2, 2, 1, 0, 0, 0, 0]) + home.packed


HOP_BY_HOP = (0, bytes([0, 5, 2, 0, 0, 1, 0]))
"""Router alert, with PadN."""


def alternate(care_of: Ip) -> Option:
    return 3, care_of.packed


def ip4_home(address: Ip, bits: int = 32, *, prefix: bool = False) -> Option:
    return 29, bytes([bits << 2 | (2 if prefix else 0), 0]) + address.packed


def ip4_ack(address: Ip, status: int = 0, bits: int | None = None) -> Option:
    size = (32 if status < 128 else 0) if bits is None else bits
    return 30, bytes([status, size << 2]) + address.packed


def nat_detection(refresh: int, *, force: bool = True) -> Option:
    return 31, struct.pack("!HI", 0x8000 if force else 0, refresh)


def ip4_care_of(address: Ip) -> Option:
    return 32, b"\0\0" + address.packed


def bid(number: int, priority: int, care_of: Ip | None = None, *, status: int = 0, home: bool = False) -> Option:
    return 35, struct.pack("!HBB", number, status, priority | (0x80 if home else 0)) + (
        care_of.packed if care_of else b""
    )


def flow(number: int, priority: int, *subs: bytes, status: int = 0) -> Option:
    return 45, struct.pack("!HHBB", number, priority, 0, status) + b"".join(subs)


def reference(*bids: int) -> bytes:
    return bytes([2, 2 * len(bids)]) + struct.pack(f"!{len(bids)}H", *bids)


def chosen(selector: bytes, kind: int = 1) -> bytes:
    return bytes([3, 2 + len(selector), kind, 0]) + selector


def summary(*flows: int) -> Option:
    return 44, struct.pack(f"!{len(flows)}H", *flows)


FIELDS4 = ("src", "dst", "spi", "sport", "dport", "ds", "proto")
FIELDS6 = ("src", "dst", "spi", "label", "sport", "dport", "tc", "proto")


def selector4(**fields: object) -> bytes:
    return _selector(FIELDS4, {"src": 4, "dst": 4, "spi": 4, "sport": 2, "dport": 2, "ds": 1, "proto": 1}, 32, fields)


def selector6(**fields: object) -> bytes:
    sizes = {"src": 16, "dst": 16, "spi": 4, "label": 4, "sport": 2, "dport": 2, "tc": 1, "proto": 1}
    return _selector(FIELDS6, sizes, 16, fields)


def _selector(names: tuple[str, ...], sizes: dict[str, int], width: int, fields: dict[str, object]) -> bytes:
    """A value, or a pair (start, end)."""
    flags, body, bit = 0, b"", width - 1
    for name in names:
        if name in fields:
            value = fields[name]
            pair = value if isinstance(value, tuple) else (value,)
            flags |= 1 << bit | (1 << (bit - 1) if len(pair) == 2 else 0)
            body += b"".join(v.to_bytes(sizes[name], "big") if isinstance(v, int) else v.packed for v in pair)  # type: ignore[attr-defined]
        bit -= 2
    return struct.pack("!I" if width == 32 else "!HH", *([flags] if width == 32 else [flags, 0])) + body


# --- discovery -------------------------------------------------------------------------------------------------------


def name(text: str) -> bytes:
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + b"\0"


def dhcp6(kind: int, transaction: int, *opts: bytes) -> bytes:
    return bytes([kind]) + transaction.to_bytes(3, "big") + b"".join(opts)


def dhcp_option(code: int, body: bytes) -> bytes:
    return struct.pack("!HH", code, len(body)) + body


def relayed(kind: int, link: Ip, peer: Ip, message: bytes) -> bytes:
    return bytes([kind, 0]) + link.packed + peer.packed + dhcp_option(18, b"port7") + dhcp_option(9, message)


def mapped(address: Ip) -> bytes:
    """An HA's address in option 72; IPv4 in 64:ff9b::/96."""
    return address.packed if address.version == 6 else IPv6Address("64:ff9b::").packed[:12] + address.packed


def dns(
    number: int, questions: list[tuple[str, int]], answers: list[tuple[str, int, bytes]] | None = None, rcode: int = 0
) -> bytes:
    flags = 0x0100 if answers is None else 0x8180 | rcode
    out = struct.pack("!HHHHHH", number, flags, len(questions), len(answers or []), 0, 0)
    for q, kind in questions:
        out += name(q) + struct.pack("!HH", kind, 1)
    for q, kind, data in answers or []:
        out += name(q) + struct.pack("!HHIH", kind, 1, 300, len(data)) + data
    return out


def prefix_info(prefix: Ip, bits: int = 64, flags: int = 0xC0, valid: int = 86400) -> bytes:
    return struct.pack("!BBBBIII", 3, 4, bits, flags, valid, valid // 2, 0) + prefix.packed


def advertisement(*opts: bytes) -> bytes:
    return struct.pack("!BBHII", 64, 0, 1800, 0, 0) + bytes.fromhex("0101020000000009") + b"".join(opts)
