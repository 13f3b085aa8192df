"""IPv4 and IPv6 headers with what stands in them, as scapy layers and as what is to be read: for round trips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from hypothesis import strategies as st
from scapy.layers.inet import UDP, IPOption_NOP, IPOption_Router_Alert
from scapy.packet import Raw

import dissectors.scapy_layers as build
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.ip_extensions import (
    AuthenticationHeader,
    Extension,
    FragmentHeader,
    Option,
    OptionsHeader,
    RoutingHeader,
)

U8, U16, U20 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 20))
U32 = st.integers(0, 2**32 - 1) | st.integers(2**31, 2**32 - 1)
"""The highest bit would be rare."""
IP4, IP6 = st.ip_addresses(v=4), st.ip_addresses(v=6)
DATA = st.binary(max_size=20)
EXPERIMENT = 253
"""A protocol that nothing reads on: RFC 3692."""
HOP_BY_HOP, ROUTING, FRAGMENT, AH, DESTINATION = 0, 43, 44, 51, 60


@dataclass(frozen=True)
class MeantOption:
    """An option: it is to stand at xn+y of its header (``alignment``)."""

    layer: Any
    kind: int
    data: bytes
    alignment: tuple[int, int] = (1, 0)


OPTIONS = st.one_of(
    U16.map(lambda n: MeantOption(build.RouterAlert(value=n), 5, n.to_bytes(2), (2, 0))),
    U32.map(lambda n: MeantOption(build.Jumbo(jumboplen=n), 0xC2, n.to_bytes(4), (4, 2))),
    IP6.map(lambda home: MeantOption(build.HAO(hoa=str(home)), 0xC9, home.packed, (8, 6))),
    st.builds(
        lambda kind, data: MeantOption(build.HBHOptUnknown(otype=kind, optdata=data), kind, data),
        st.integers(2, 255).filter(lambda kind: kind not in (4, 5, 0x63, 0xC2, 0xC9)), DATA,
    ),
)  # fmt: skip
LIMIT = U8.map(lambda n: MeantOption(build.TunnelLimit(limit=n), 4, bytes((n,))))
"""scapy reads this one as an unknown option."""


@dataclass(frozen=True)
class Part:
    """An extension header: ``read`` says what it is to be read as, from the next header, its offset and its size."""

    number: int
    layer: Any
    read: Callable[[int, int, int], Extension]
    home_address: IPv6Address | None = None
    routing_home_address: IPv6Address | None = None
    jumbo_size: int | None = None


def _options_part(number: int, options: list[MeantOption]) -> Part:
    kind = build.IPv6ExtHdrHopByHop if number == HOP_BY_HOP else build.IPv6ExtHdrDestOpt
    last = {option.kind: option.data for option in options}
    return Part(
        number,
        kind(options=[option.layer for option in options]),
        lambda following, at, size: OptionsHeader(number, following, at, size, _placed(options, at)),
        IPv6Address(last[0xC9]) if 0xC9 in last else None,
        jumbo_size=int.from_bytes(last[0xC2]) if 0xC2 in last else None,
    )


def _placed(options: list[MeantOption], start: int) -> tuple[Option, ...]:
    """Each option as far from the header's start as its alignment asks for: RFC 8200 section 4.2."""
    found, at = [], 2
    for option in options:
        x, y = option.alignment
        at += (y - at) % x
        found.append(Option(option.kind, start + at, option.data))
        at += 2 + len(option.data)
    return tuple(found)


def _routing(kind: int, left: int, reserved: int, addresses: list[IPv6Address]) -> Part:
    data = reserved.to_bytes(4) + b"".join(address.packed for address in addresses)
    layer = build.IPv6ExtHdrRouting(
        type=kind, segleft=left, reserved=reserved, addresses=[str(address) for address in addresses]
    )
    return Part(
        ROUTING,
        layer,
        lambda following, at, size: RoutingHeader(following, at, size, kind, left, data),
        routing_home_address=addresses[0] if kind == 2 else None,
    )


def _fragment(offset: int, more: int, number: int) -> Part:
    return Part(
        FRAGMENT,
        build.IPv6ExtHdrFragment(offset=offset, m=more, id=number),
        lambda following, at, size: FragmentHeader(following, at, size, 8 * offset, bool(more), number),
    )


def _authentication(units: int, spi: int, sequence: int) -> Part:
    return Part(
        AH,
        build.authentication_header(EXPERIMENT, bytes(12 + 8 * units), spi=spi, seq=sequence),
        lambda following, at, size: AuthenticationHeader(following, at, size, spi, sequence),
    )


def options_parts(options: st.SearchStrategy[MeantOption]) -> st.SearchStrategy[Part]:
    return st.builds(_options_part, st.sampled_from([HOP_BY_HOP, DESTINATION]), st.lists(options, max_size=3))


PLAIN_PARTS = st.one_of(
    options_parts(OPTIONS),
    st.builds(_routing, st.just(2), U8, U32, st.lists(IP6, min_size=1, max_size=1)),
    st.builds(_routing, st.sampled_from([0, 1, 3]), U8, U32, st.lists(IP6, max_size=2)),
    st.builds(_fragment, st.just(0), st.just(0), U32),
)
"""Headers that scapy reads back, a Fragment header that is atomic among them."""
PARTS = st.one_of(PLAIN_PARTS, options_parts(OPTIONS | LIMIT), st.builds(_authentication, st.integers(0, 3), U32, U32))
REAL_FRAGMENTS = st.builds(_fragment, st.integers(1, 2**13 - 1), st.integers(0, 1), U32)


@dataclass(frozen=True)
class Fixed:
    """What the fixed IPv6 header says beside lengths and next header."""

    source: IPv6Address
    destination: IPv6Address
    hop_limit: int
    traffic_class: int
    flow_label: int
    payload: bytes = field(repr=False)


FIXED = st.builds(Fixed, IP6, IP6, U8, U8, U20, st.binary(min_size=1, max_size=20))


def ipv6(fixed: Fixed, parts: list[Part]) -> tuple[Any, Ipv6Header]:
    """The packet as layers and its header as it is to be read; a real fragment is the last of ``parts``."""
    numbers = [*(part.number for part in parts), EXPERIMENT]
    packet = build.IPv6(
        src=str(fixed.source), dst=str(fixed.destination), hlim=fixed.hop_limit, tc=fixed.traffic_class,
        fl=fixed.flow_label, nh=numbers[0],
    )  # fmt: skip
    at, extensions = 40, []
    for part, following in zip(parts, numbers[1:], strict=True):
        layer = part.layer.copy()
        layer.nh = following
        packet /= layer
        size = len(bytes(layer))
        extensions.append(part.read(following, at, size))
        at += size
    last = extensions[-1] if extensions else None
    return packet / Raw(fixed.payload), Ipv6Header(
        fixed.source, fixed.destination, numbers[0], EXPERIMENT, fixed.hop_limit, at + len(fixed.payload), at,
        fixed.traffic_class, fixed.flow_label, tuple(extensions), _last(part.home_address for part in parts),
        _last(part.routing_home_address for part in parts), _last(part.jumbo_size for part in parts),
        last if isinstance(last, FragmentHeader) and not last.is_atomic else None,
    )  # fmt: skip


def _last(values: Any) -> Any:
    return next((value for value in reversed(list(values)) if value is not None), None)


IP_OPTIONS = {
    "router alert": (IPOption_Router_Alert, "94040000"),
    "no operation": (IPOption_NOP, "01"),
}
"""RFC 2113, RFC 791 section 3.1."""


def ipv4(meant: Ipv4Header, flags: int, options: list[str], payload: bytes) -> tuple[Any, Ipv4Header]:
    """The packet as layers and its header as it is to be read; ``flags`` are its three bits, the highest unused."""
    data = b"".join(bytes.fromhex(IP_OPTIONS[name][1]) for name in options)
    data += bytes(-len(data) % 4)
    packet = build.IP(
        src=str(meant.source), dst=str(meant.destination), proto=EXPERIMENT, ttl=meant.ttl, id=meant.identification,
        frag=meant.fragment_offset // 8, flags=flags, tos=meant.traffic_class,
        options=[IP_OPTIONS[name][0]() for name in options],
    )  # fmt: skip
    packet /= Raw(payload)
    size = 20 + len(data)
    expected = Ipv4Header(
        meant.source, meant.destination, EXPERIMENT, meant.ttl, meant.identification, meant.fragment_offset,
        bool(flags & 1), size + len(payload), size, meant.traffic_class, bool(flags & 2),
        int.from_bytes(bytes(packet)[10:12]), data,
    )  # fmt: skip
    return packet, expected


IPV4 = st.builds(
    ipv4,
    st.builds(
        Ipv4Header, IP4, IP4, st.just(EXPERIMENT), U8, U16, st.integers(0, 2**13 - 1).map(lambda n: 8 * n),
        st.just(False), st.just(0), traffic_class=U8,
    ),
    st.integers(0, 7),
    st.lists(st.sampled_from(sorted(IP_OPTIONS)), max_size=4),
    st.binary(min_size=1, max_size=20),
)  # fmt: skip
ENDS = st.one_of(st.tuples(IP4, IP4), st.tuples(IP6, IP6))
Ends = tuple[IPv4Address, IPv4Address] | tuple[IPv6Address, IPv6Address]


def nested(ends: list[Ends], payload: bytes, limit: int | None = None) -> Any:
    """A UDP packet between the last ``ends``, in as many tunnels as there are ends before them."""
    (source, destination), *outer = reversed(ends)
    packet = (build.IP if source.version == 4 else build.IPv6)(src=str(source), dst=str(destination))
    packet /= UDP(sport=1001, dport=1002) / payload
    for source, destination in outer:
        packet = build.ip_tunnel(packet, src=source, dst=destination, limit=limit)
    return packet
