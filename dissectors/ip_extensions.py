"""IPv6 extension headers (RFC 8200 section 4), those of Mobile IPv6 (RFC 6275 sections 6.3, 6.4) and AH (RFC 4302).

A chain ends at the first header that is none of these, at ESP, or behind the Fragment header of a real fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import TypeAlias

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import ipv6_text
from dissectors.ip_numbers import Ip6Option, IpProtocol, RoutingType, hex32
from dissectors.record import record

MOST_EXTENSIONS = 16
"""Extension headers that are followed. Real packets have up to four, hostile ones hundreds."""


@record
class Option:
    """An option that is no padding; ``offset`` is where its type stands."""

    kind: int
    offset: int
    data: bytes


@record
class OptionsHeader:
    """Hop-by-hop options (``kind`` 0) or destination options (60)."""

    kind: int
    next_header: int
    offset: int
    size: int
    options: tuple[Option, ...] = ()


@record
class RoutingHeader:
    """``data`` is what follows the first four bytes."""

    next_header: int
    offset: int
    size: int
    routing_type: int
    segments_left: int
    data: bytes = b""


@record
class FragmentHeader:
    """``fragment_offset`` counts bytes of the fragmentable part."""

    next_header: int
    offset: int
    size: int
    fragment_offset: int
    more_fragments: bool
    identification: int

    @property
    def is_atomic(self) -> bool:
        """A whole packet that has a Fragment header nonetheless (RFC 6946)."""
        return not self.fragment_offset and not self.more_fragments


@record
class AuthenticationHeader:
    """AH, which is passed over: nothing here verifies it."""

    next_header: int
    offset: int
    size: int
    spi: int
    sequence: int


Extension: TypeAlias = OptionsHeader | RoutingHeader | FragmentHeader | AuthenticationHeader


@dataclass(slots=True)
class Chain:
    """The extension headers read so far; ``protocol`` is what the last of them announces."""

    protocol: int
    extensions: list[Extension] = field(default_factory=list)
    home_address: IPv6Address | None = None
    routing_home_address: IPv6Address | None = None
    jumbo_size: int | None = None
    fragment: FragmentHeader | None = None  # of a real fragment: the rest is not a header
    fault: DissectError | None = None


def _offset_text(value: int) -> str:
    return f"offset {value & 0xFFF8}" + (", more fragments" if value & 1 else ", last fragment")


def _units_text(value: int) -> str:
    return f"{8 * (value + 1)} bytes"


def _ah_units_text(value: int) -> str:
    return f"{4 * (value + 2)} bytes"


GENERIC = Record(next_header=("B", IpProtocol), length=("B", _units_text))
ROUTING = Record(
    next_header=("B", IpProtocol), length=("B", _units_text), routing_type=("B", RoutingType), segments_left="B"
)  # fmt: skip
FRAGMENT = Record(
    next_header=("B", IpProtocol), reserved="B", fragment_offset=("H", _offset_text), identification=("I", hex32)
)  # fmt: skip
AH = Record(
    next_header=("B", IpProtocol), length=("B", _ah_units_text), reserved="H", spi=("I", hex32), sequence="I"
)  # fmt: skip
OPTION = Record(type=("B", Ip6Option), length="B")
HOME_ADDRESS_SIZE = 16
ROUTING_2_SIZE = 24
JUMBO_SIZE = 4


def read_chain(r: Reader, protocol: int) -> Chain:
    """The extension headers that start at ``r``, the first being of type ``protocol``. Never raises.

    ``r`` is left behind the last header that could be read; ``fault`` says why reading stopped there.
    """
    chain = Chain(protocol)
    try:
        while chain.protocol in READERS and chain.fragment is None:
            if len(chain.extensions) == MOST_EXTENSIONS:
                raise r.error(f"more than {MOST_EXTENSIONS} extension headers")
            extension = READERS[chain.protocol](r, chain)
            chain.extensions.append(extension)
            chain.protocol = extension.next_header
    except DissectError as error:
        chain.fault = error
    return chain


def _ahead(r: Reader) -> tuple[int, int]:
    """Next header and length byte of the extension header ahead."""
    head = r.peek(2)
    if len(head) < 2:
        raise r.error(f"an extension header is at least 8 bytes, {r.left} are left")
    return head[0], head[1]


def _options_header(r: Reader, chain: Chain) -> OptionsHeader:
    kind, start = chain.protocol, r.pos
    size = 8 * (_ahead(r)[1] + 1)
    name = "hop_by_hop_options" if kind == IpProtocol.HOP_BY_HOP else "destination_options"
    part = r.part(name, size)
    following, _ = part.read(GENERIC)
    options: list[Option] = []
    while part.left:
        _option(part, chain, options)
    return OptionsHeader(kind, following, start, size, tuple(options))


def _option(r: Reader, chain: Chain, options: list[Option]) -> None:
    """One option of RFC 8200 section 4.2; padding is read and forgotten."""
    start = r.pos
    head = r.peek(2)
    if head[0] == Ip6Option.PAD1:
        r.number("padding", 1, Ip6Option)
        return
    if len(head) < 2 or head[1] + 2 > r.left:
        raise r.error("an option reaches beyond its header")
    part = r.part("option", 2 + head[1], OPTION_NAMES.get(head[0], head[0]))
    kind, size = part.read(OPTION)
    data = part.take("data", size, ipv6_text) if _is_home_address(kind, size) else part.rest("data")
    if kind != Ip6Option.PADN:
        options.append(Option(kind, start, data))
        _keep(r, chain, kind, data, start)


def _is_home_address(kind: int, size: int) -> bool:
    return kind == Ip6Option.HOME_ADDRESS and size == HOME_ADDRESS_SIZE


def _keep(r: Reader, chain: Chain, kind: int, data: bytes, start: int) -> None:
    """What an option means for the packet: Home Address (RFC 6275 section 6.3), jumbo size (RFC 2675 section 2)."""
    if kind == Ip6Option.HOME_ADDRESS:
        if len(data) != HOME_ADDRESS_SIZE:
            raise r.error(f"a Home Address option holds 16 bytes, not {len(data)}", start)
        chain.home_address = IPv6Address(data)
    elif kind == Ip6Option.JUMBO_PAYLOAD and len(data) == JUMBO_SIZE:
        chain.jumbo_size = int.from_bytes(data)


def _routing_header(r: Reader, chain: Chain) -> RoutingHeader:
    start = r.pos
    size = 8 * (_ahead(r)[1] + 1)
    part = r.part("routing_header", size)
    following, _, kind, left = part.read(ROUTING)
    if kind != RoutingType.HOME_ADDRESS:
        return RoutingHeader(following, start, size, kind, left, part.rest("data"))
    if size != ROUTING_2_SIZE:
        raise part.error(f"a type 2 routing header is {ROUTING_2_SIZE} bytes, not {size}", start)
    data = part.take("reserved", 4) + part.take("home_address", HOME_ADDRESS_SIZE, ipv6_text)
    chain.routing_home_address = IPv6Address(data[4:])
    return RoutingHeader(following, start, size, kind, left, data)


def _fragment_header(r: Reader, chain: Chain) -> FragmentHeader:
    start = r.pos
    following, _, word, identification = r.part("fragment_header", FRAGMENT.size).read(FRAGMENT)
    header = FragmentHeader(following, start, FRAGMENT.size, word & 0xFFF8, bool(word & 1), identification)
    if not header.is_atomic:
        chain.fragment = header
    return header


def _authentication_header(r: Reader, chain: Chain) -> AuthenticationHeader:
    start = r.pos
    size = 4 * (_ahead(r)[1] + 2)
    part = r.part("authentication_header", size)
    following, _, _, spi, sequence = part.read(AH)
    part.rest("icv")
    return AuthenticationHeader(following, start, size, spi, sequence)


OPTION_NAMES = {kind.value: kind for kind in Ip6Option}
READERS: dict[int, Callable[[Reader, Chain], Extension]] = {
    IpProtocol.HOP_BY_HOP: _options_header,
    IpProtocol.DESTINATION_OPTIONS: _options_header,
    IpProtocol.ROUTING: _routing_header,
    IpProtocol.FRAGMENT: _fragment_header,
    IpProtocol.AH: _authentication_header,
}
