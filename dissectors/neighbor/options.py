"""The options of neighbour discovery: RFC 4861 section 4.6, RFC 6275 section 7, RFC 4191, RFC 8106."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import expect_end, ipv6_text, seconds, word
from dissectors.domain_names import take_name
from dissectors.events import Malformed
from dissectors.neighbor.messages import (
    AdvertisementInterval,
    DnsSearchList,
    HomeAgentInformation,
    LinkLayerAddress,
    Mtu,
    NeighborOption,
    OpaqueOption,
    PrefixInformation,
    RecursiveDnsServers,
    RouteInformation,
)
from dissectors.neighbor.registry import NdOption, PrefixFlag, RouterPreference
from dissectors.tree import render

INFINITE = 0xFFFFFFFF
UNIT = 8
"""Options count their length in units of 8 bytes, type and length included."""


def lifetime_text(value: int) -> str:
    return "infinite" if value == INFINITE else seconds(value)


def _milliseconds(value: int) -> str:
    return f"{value} ms"


def _link_layer_text(data: bytes) -> str:
    return data.hex(":")


OPTION = Record(option_type=("B", NdOption), length="B")
PREFIX = Record(
    prefix_length="B", flags=("B", PrefixFlag), valid_lifetime=("I", lifetime_text),
    preferred_lifetime=("I", lifetime_text), reserved="4s", prefix=("16s", ipv6_text),
)  # fmt: skip
MTU = Record(reserved="2s", mtu="I")
INTERVAL = Record(reserved="2s", interval=("I", _milliseconds))
HOME_AGENT = Record(reserved="2s", preference="H", lifetime=("H", seconds))
ROUTE = Record(prefix_length="B", preference="B", lifetime=("I", lifetime_text))
DNS = Record(reserved="2s", lifetime=("I", lifetime_text))


def decode_options(r: Reader) -> tuple[tuple[NeighborOption, ...], Malformed | None]:
    """The options up to the end of ``r``, and the first fault in them.

    An option without its type's form is kept as bytes; a length that is zero or overruns ends the list, as nothing
    behind it can be told apart (RFC 4861 section 4.6).
    """
    options: list[NeighborOption] = []
    faults: list[Malformed] = []
    while r.left:
        try:
            part = _part(r)
        except DissectError as error:
            r.malformed(error)
            faults.append(Malformed(error.reason, error.offset))
            r.rest("undissected")
            break
        options.append(option := _option(part))
        if isinstance(option, OpaqueOption) and option.malformed:
            faults.append(option.malformed)
    return tuple(options), faults[0] if faults else None


def _part(r: Reader) -> Reader:
    ahead = r.peek(2)
    if len(ahead) < 2:
        raise r.error(f"option header is 2 bytes, {r.left} left")
    size = UNIT * ahead[1]
    if not size:
        raise r.error("option of length 0")
    if size > r.left:
        raise r.error(f"option is {size} bytes, {r.left} are left")
    return r.part("option", size)


def _option(part: Reader) -> NeighborOption:
    kind, _ = part.read(OPTION)
    start = part.pos
    option: NeighborOption
    try:
        option = DECODERS.get(kind, _opaque)(part, kind)
        expect_end(part)
    except DissectError as error:
        part.malformed(error)
        part.rest("undissected")
        option = OpaqueOption(kind, part.data[start : part.end], Malformed(error.reason, error.offset))
    return word(part, option, lambda o: f"{render(kind, NdOption)} {o}".rstrip())


def _opaque(r: Reader, kind: int) -> OpaqueOption:
    return OpaqueOption(kind, r.rest("data"))


def _link_layer(r: Reader, kind: int) -> LinkLayerAddress:
    """The whole value: on links with addresses of 6 bytes it is exactly that."""
    return LinkLayerAddress(kind, r.rest("address", _link_layer_text))


def _prefix(r: Reader, _: int) -> PrefixInformation:
    at = r.pos
    length, flags, valid, preferred, _reserved, prefix = r.read(PREFIX)
    if length > 128:
        raise r.error(f"prefix length {length}", at)
    return PrefixInformation(length, PrefixFlag(flags), valid, preferred, IPv6Address(prefix))


def _mtu(r: Reader, _: int) -> Mtu:
    _reserved, mtu = r.read(MTU)
    return Mtu(mtu)


def _interval(r: Reader, _: int) -> AdvertisementInterval:
    _reserved, interval = r.read(INTERVAL)
    return AdvertisementInterval(interval)


def _home_agent(r: Reader, _: int) -> HomeAgentInformation:
    _reserved, preference, lifetime = r.read(HOME_AGENT)
    return HomeAgentInformation(preference, lifetime)


def _route(r: Reader, _: int) -> RouteInformation:
    """The prefix takes 0, 8 or 16 bytes; what is not there is zero."""
    at = r.pos
    length, preference, lifetime = r.read(ROUTE)
    if length > 128 or length > 8 * r.left:
        raise r.error(f"prefix length {length}, {r.left} bytes of prefix", at)
    prefix = r.take("prefix", min(r.left, 16), lambda data: ipv6_text(data.ljust(16, b"\0")))
    network = IPv6Network((prefix.ljust(16, b"\0"), length), strict=False)
    return RouteInformation(network, RouterPreference(preference >> 3 & 3), lifetime)


def _dns_servers(r: Reader, _: int) -> RecursiveDnsServers:
    _reserved, lifetime = r.read(DNS)
    addresses: list[IPv6Address] = []
    while r.left:
        addresses.append(IPv6Address(r.take("address", 16, ipv6_text)))
    return RecursiveDnsServers(lifetime, tuple(addresses))


def _search_list(r: Reader, _: int) -> DnsSearchList:
    """Names, then zeros up to the option's length."""
    _reserved, lifetime = r.read(DNS)
    names: list[str] = []
    while r.left and r.peek(1) != b"\0":
        names.append(take_name(r, "name"))
    r.rest("padding")
    return DnsSearchList(lifetime, tuple(names))


DECODERS: dict[int, Callable[[Reader, int], NeighborOption]] = {
    NdOption.SOURCE_LINK_LAYER_ADDRESS: _link_layer,
    NdOption.TARGET_LINK_LAYER_ADDRESS: _link_layer,
    NdOption.PREFIX_INFORMATION: _prefix,
    NdOption.MTU: _mtu,
    NdOption.ADVERTISEMENT_INTERVAL: _interval,
    NdOption.HOME_AGENT_INFORMATION: _home_agent,
    NdOption.ROUTE_INFORMATION: _route,
    NdOption.RECURSIVE_DNS_SERVER: _dns_servers,
    NdOption.DNS_SEARCH_LIST: _search_list,
}
