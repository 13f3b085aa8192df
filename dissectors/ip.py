"""IPv4 (RFC 791) and IPv6 (RFC 8200) headers.

Both readers narrow ``r`` to the packet, so that link-layer padding behind it is never taken for its content.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from dissectors.buffer import Reader, Record
from dissectors.events import Malformed
from dissectors.ip_extensions import Chain, Extension, FragmentHeader, read_chain
from dissectors.ip_numbers import IpProtocol, hex16, traffic_class_text
from dissectors.record import record


@record
class Ipv4Header:
    """``size`` is the total length of the packet, ``fragment_offset`` counts bytes of its payload."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    ttl: int
    identification: int
    fragment_offset: int
    more_fragments: bool
    size: int
    header_size: int = 20
    traffic_class: int = 0
    dont_fragment: bool = False
    checksum: int = 0
    options: bytes = b""
    malformed: Malformed | None = None

    @property
    def is_fragment(self) -> bool:
        return self.more_fragments or self.fragment_offset > 0


@record
class Ipv6Header:
    """``size`` is that of the packet, ``header_size`` that of the fixed header and all extension headers.

    ``next_header`` is what the fixed header names, ``protocol`` what the chain of extension headers ends at.
    ``home_address`` is the Home Address option's, the sender's address above IP; ``routing_home_address`` that of a
    type 2 routing header, the receiver's.
    """

    source: IPv6Address
    destination: IPv6Address
    next_header: int
    protocol: int
    hop_limit: int
    size: int
    header_size: int = 40
    traffic_class: int = 0
    flow_label: int = 0
    extensions: tuple[Extension, ...] = ()
    home_address: IPv6Address | None = None
    routing_home_address: IPv6Address | None = None
    jumbo_size: int | None = None
    fragment: FragmentHeader | None = None  # of a real fragment, not of an atomic one
    malformed: Malformed | None = None

    @property
    def is_fragment(self) -> bool:
        return self.fragment is not None


def _version_4_text(value: int) -> str:
    return f"version {value >> 4}, header {4 * (value & 15)} bytes"


def _flags_text(value: int) -> str:
    flags = [name for bit, name in ((0x4000, "do not fragment"), (0x2000, "more fragments")) if value & bit]
    return ", ".join([f"offset {8 * (value & 0x1FFF)}", *flags])


def _version_6_text(value: int) -> str:
    return f"version {value >> 28}, {traffic_class_text(value >> 20 & 0xFF)}, flow label 0x{value & 0xFFFFF:05x}"


def _ipv4_text(value: int) -> str:
    return str(IPv4Address(value))


def _ipv6_text(value: bytes) -> str:
    return str(IPv6Address(value))


IPV4 = Record(
    version_and_length=("B", _version_4_text), ds_field=("B", traffic_class_text), total_length="H",
    identification=("H", hex16), fragment_offset=("H", _flags_text), ttl="B", protocol=("B", IpProtocol),
    checksum=("H", hex16), source=("I", _ipv4_text), destination=("I", _ipv4_text),
)  # fmt: skip
IPV6 = Record(
    version_and_flow=("I", _version_6_text), payload_length="H", next_header=("B", IpProtocol), hop_limit="B",
    source=("16s", _ipv6_text), destination=("16s", _ipv6_text),
)  # fmt: skip
ipv4_of = lru_cache(maxsize=8192)(IPv4Address)
ipv6_of = lru_cache(maxsize=8192)(IPv6Address)
"""Addresses by their number or bytes, kept while they are in use: the same ones come again and again, and equal
objects compare faster when they are one.
"""
NO_EXTENSIONS: tuple[Extension, ...] = ()


def read_ipv4(r: Reader, *, complete: bool = True) -> Ipv4Header:
    """The header at ``r``, which then stands behind it and ends with the packet.

    ``complete`` says whether the sender's bytes are all there: only then is a length beyond them a fault. Raises
    ``DissectError`` when the header itself is cut or says it is shorter than 20 bytes.
    """
    start = r.pos
    header_size = 4 * (r.peek(1)[0] & 15)
    if header_size < IPV4.size:
        raise r.error(f"an IPv4 header is at least 20 bytes, not {header_size}")
    part = r.part("ipv4", header_size)
    _, tos, size, identification, word, ttl, protocol, checksum, source, destination = part.read(IPV4)
    options = part.rest("options") if header_size > IPV4.size else b""
    fault = _bound(r, start, size, header_size, complete)
    return Ipv4Header(
        ipv4_of(source), ipv4_of(destination), protocol, ttl, identification, 8 * (word & 0x1FFF),
        bool(word & 0x2000), size or r.end - start, header_size, tos, bool(word & 0x4000), checksum, options, fault,
    )  # fmt: skip


def read_ipv6(r: Reader, *, complete: bool = True) -> Ipv6Header:
    """The header with its extension headers at ``r``, which then stands behind them and ends with the packet.

    A fault in the extension headers is in ``malformed``, and ``protocol`` is the header that could not be read.
    Raises ``DissectError`` only when the fixed header is cut.
    """
    start = r.pos
    word, length, following, hop_limit, source, destination = r.part("ipv6", IPV6.size).read(IPV6)
    fault = _bound(r, start, length + IPV6.size if length else 0, IPV6.size, complete)
    size = length + IPV6.size if length else r.end - start
    if following in PLAIN:
        return Ipv6Header(
            ipv6_of(source), ipv6_of(destination), following, following, hop_limit, size,
            IPV6.size, word >> 20 & 0xFF, word & 0xFFFFF, malformed=fault,
        )  # fmt: skip
    chain = read_chain(r, following)
    if chain.fault is not None:
        fault = Malformed(chain.fault.reason, chain.fault.offset)
    return Ipv6Header(
        ipv6_of(source), ipv6_of(destination), following, chain.protocol, hop_limit, size, r.pos - start,
        word >> 20 & 0xFF, word & 0xFFFFF, tuple(chain.extensions), chain.home_address, chain.routing_home_address,
        chain.jumbo_size, chain.fragment, fault,
    )  # fmt: skip


def _bound(r: Reader, start: int, size: int, header_size: int, complete: bool) -> Malformed | None:
    """Ends ``r`` with the packet; a size of 0 (segmentation offload, jumbogram) means all that is there."""
    if not size:
        return None
    if size < header_size:
        return _told(r, f"packet length {size} is under its header's {header_size}", start)
    if start + size <= r.end:
        r.end = start + size
        return None
    return _told(r, f"packet length says {size} bytes, {r.end - start} are there", start) if complete else None


def _told(r: Reader, reason: str, offset: int) -> Malformed:
    r.malformed(r.error(reason, offset))
    return Malformed(reason, offset)


PLAIN = frozenset({IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ESP, IpProtocol.ICMPV6, IpProtocol.MOBILITY})
"""Next headers that are not the beginning of a chain: the fast way for most packets."""

__all__ = ["Chain", "IpProtocol", "Ipv4Header", "Ipv6Header", "read_ipv4", "read_ipv6"]
