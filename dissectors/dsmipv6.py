"""What stands in UDP port 4191: RFC 5555 section 4.1, and the TLV header of RFC 5845 section 7.

The first four bits tell an IPv4 or IPv6 packet, which follows the UDP header at once, from a TLV header. ESP is never
told from them: it stands inside the inner IPv6 packet, or on port 4500.
"""

from __future__ import annotations

from enum import Enum

from dissectors.buffer import Reader, Record
from dissectors.events import Malformed
from dissectors.ip_numbers import IpProtocol
from dissectors.record import record
from dissectors.tree import render


class InnerKind(Enum):
    """What the first byte behind the UDP header begins."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"
    TLV = "TLV header"
    UNKNOWN = "neither IPv4 nor IPv6 nor a TLV header"


KINDS: dict[int, InnerKind] = {4: InnerKind.IPV4, 6: InnerKind.IPV6, 0: InnerKind.TLV}
PROTOCOLS: dict[InnerKind, int] = {InnerKind.IPV4: IpProtocol.IPV4, InnerKind.IPV6: IpProtocol.IPV6}


def _type_text(value: int) -> str:
    return f"{value >> 4}" + (f", reserved bits {value & 15:#x}" if value & 15 else "")


TLV = Record(type=("B", _type_text), next_header=("B", IpProtocol), length="H")


@record
class TlvHeader:
    """``size`` is what the sender says follows the four bytes; ``reserved`` are the low four bits of the first."""

    next_header: int
    size: int
    type: int = 0
    reserved: int = 0
    malformed: Malformed | None = None

    def __str__(self) -> str:
        return f"TLV header, next header {render(self.next_header, IpProtocol)}, {self.size} bytes"


@record
class Dsmipv6Encapsulation:
    """How a packet is put into UDP 4191. ``malformed`` is the TLV header's fault."""

    kind: InnerKind
    tlv: TlvHeader | None = None
    malformed: Malformed | None = None

    @property
    def is_vanilla(self) -> bool:
        """The IP packet follows the UDP header at once; 24.303 asks for this form."""
        return self.kind in PROTOCOLS

    @property
    def protocol(self) -> int | None:
        """The IP protocol number of what stands inside (4 and 41 are IP itself), ``None`` when it is not known."""
        return self.tlv.next_header if self.tlv else PROTOCOLS.get(self.kind)

    def __str__(self) -> str:
        return f"DSMIPv6 UDP encapsulation, {self.tlv or self.kind.value}"


SIGNALLING = frozenset({IpProtocol.ESP.value, IpProtocol.MOBILITY.value})
IPV6_HEADER = 40


def is_astray(ahead: bytes, size: int) -> bool:
    """Whether ``size`` bytes of UDP data are an IPv6 packet with ESP or a Mobility Header at once, and nothing else.

    On another port than 4191 that is signalling which its sender put into the wrong datagram; ``ahead`` are its first
    seven bytes.
    """
    if len(ahead) < 7 or ahead[0] >> 4 != 6 or ahead[6] not in SIGNALLING:
        return False
    return int.from_bytes(ahead[4:6]) + IPV6_HEADER == size


def inner_kind(first: int) -> InnerKind:
    """What a datagram on port 4191 holds, by its first byte."""
    return KINDS.get(first >> 4, InnerKind.UNKNOWN)


def read_encapsulation(r: Reader, *, complete: bool = True) -> Dsmipv6Encapsulation:
    """The encapsulation of the datagram whose data ``r`` reads; ``r`` then stands at what is inside.

    An inner IP header is left unread, a TLV header is read; with a length that holds, ``r`` ends where it says.
    ``complete`` is false where the capture cut the packet, which excuses a length beyond the end. Raises
    ``DissectError`` where neither stands there.
    """
    ahead = r.peek(1)
    if not ahead:
        raise r.error("nothing inside UDP")
    kind = inner_kind(ahead[0])
    if kind is InnerKind.UNKNOWN:
        raise r.error(f"first four bits are {ahead[0] >> 4}: {kind.value}")
    if kind is InnerKind.TLV:
        tlv = _tlv(r, complete)
        return Dsmipv6Encapsulation(kind, tlv, tlv.malformed)
    r.note("encapsulation", kind.value)
    return Dsmipv6Encapsulation(kind)


def _tlv(r: Reader, complete: bool) -> TlvHeader:
    start = r.pos
    first, next_header, size = r.part("tlv_header", TLV.size).read(TLV)
    if size <= r.left:
        r.end = r.pos + size
    elif complete:
        error = r.error(f"TLV length says {size} bytes, {r.left} are there", start + 2)
        r.malformed(error)
        return TlvHeader(next_header, size, first >> 4, first & 15, Malformed(error.reason, error.offset))
    return TlvHeader(next_header, size, first >> 4, first & 15)
