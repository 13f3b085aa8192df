"""Traffic Selector payloads: RFC 7296 section 3.13; ports of ICMP and of the Mobility Header as RFC 4301 4.4.1.1."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from dissectors.buffer import Reader, Record, Show
from dissectors.detail import ipv4_text, ipv6_text, peek_length, word
from dissectors.events import Address
from dissectors.ikev2.messages import TrafficSelector, TrafficSelectors
from dissectors.ikev2.registry import TsType

ICMP, TCP, UDP, ICMPV6, MOBILITY = 1, 6, 17, 58, 135
PROTOCOLS = {0: "any", ICMP: "ICMP", TCP: "TCP", UDP: "UDP", 50: "ESP", ICMPV6: "ICMPv6", MOBILITY: "Mobility Header"}
MH_TYPES = {
    0: "Binding Refresh Request",
    1: "Home Test Init",
    2: "Care-of Test Init",
    3: "Home Test",
    4: "Care-of Test",
    5: "Binding Update",
    6: "Binding Acknowledgement",
    7: "Binding Error",
}
LAST_PORT = 0xFFFF


def protocol_text(protocol: int) -> str:
    return f"{PROTOCOLS[protocol]} ({protocol})" if protocol in PROTOCOLS else str(protocol)


def _mh_port(port: int) -> str:
    kind = port >> 8
    return f"{port} (MH type {kind}, {MH_TYPES.get(kind, 'unknown')})"


def _icmp_port(port: int) -> str:
    return f"{port} (type {port >> 8}, code {port & 0xFF})"


def _ports(show: Show | None) -> Record:
    return (
        Record(start_port="H", end_port="H") if show is None else Record(start_port=("H", show), end_port=("H", show))
    )


COUNT = Record(number_of_ts="B", reserved="3s")
SELECTOR = Record(ts_type=("B", TsType), ip_protocol_id=("B", protocol_text), selector_length="H")
PORTS = _ports(None)
PORTS_OF = {MOBILITY: _ports(_mh_port), ICMP: _ports(_icmp_port), ICMPV6: _ports(_icmp_port)}
IPV4_RANGE = Record(starting_address=("4s", ipv4_text), ending_address=("4s", ipv4_text))
IPV6_RANGE = Record(starting_address=("16s", ipv6_text), ending_address=("16s", ipv6_text))
RANGES: dict[int, Record] = {TsType.IPV4_ADDR_RANGE: IPV4_RANGE, TsType.IPV6_ADDR_RANGE: IPV6_RANGE}


def decode_traffic_selectors(r: Reader, critical: bool, *, initiator: bool) -> TrafficSelectors:
    """TSi or TSr; the bytes decide how many selectors there are, and the count has to agree."""
    count, _ = r.read(COUNT)
    selectors: list[TrafficSelector] = []
    while r.left:
        size = peek_length(r)
        if not SELECTOR.size <= size <= r.left:
            raise r.error(f"selector length {size} is outside {SELECTOR.size} to {r.left}")
        selectors.append(_selector(r.part("traffic_selector", size)))
    if len(selectors) != count:
        raise r.error(f"payload says {count} selectors, it holds {len(selectors)}")
    return TrafficSelectors(initiator, tuple(selectors), critical=critical)


def _selector(r: Reader) -> TrafficSelector:
    kind, protocol, _ = r.read(SELECTOR)
    addresses = RANGES.get(kind)
    if addresses is None:  # nothing behind the length has a place that is the same in every type
        r.rest("data")
        return TrafficSelector(kind, protocol, 0, 0, None, None)
    if r.left != PORTS.size + addresses.size:
        raise r.error(f"selector of type {kind} is {PORTS.size + addresses.size + 4} bytes, not {r.left + 4}")
    start_port, end_port = r.read(PORTS_OF.get(protocol, PORTS))
    start, end = r.read(addresses)
    family = IPv4Address if kind == TsType.IPV4_ADDR_RANGE else IPv6Address
    return word(r, TrafficSelector(kind, protocol, start_port, end_port, family(start), family(end)), selector_text)


def selector_text(selector: TrafficSelector) -> str:
    """A selector in one line: addresses, protocol and ports."""
    addresses = range_text(selector.start, selector.end)
    return f"{addresses}, protocol {protocol_text(selector.protocol)}, {ports_text(selector)}"


def range_text(start: Address | None, end: Address | None) -> str:
    """``192.0.2.0-192.0.2.255``, or one address where both ends are the same."""
    if start is None or end is None:
        return "unknown addresses"
    return str(start) if start == end else f"{start}-{end}"


def ports_text(selector: TrafficSelector) -> str:
    """The ports, or what stands in their place: MH types, ICMP types and codes, OPAQUE."""
    start, end = selector.start_port, selector.end_port
    if (start, end) == (0, LAST_PORT):
        return "any port"
    if (start, end) == (LAST_PORT, 0):
        return "opaque ports"
    if selector.protocol == MOBILITY:
        start, end, name = start >> 8, end >> 8, "MH type"
    elif selector.protocol in (ICMP, ICMPV6):
        return f"type {start >> 8} code {start & 0xFF} to type {end >> 8} code {end & 0xFF}"
    else:
        name = "port"
    return f"{name} {start}" if start == end else f"{name}s {start}-{end}"
