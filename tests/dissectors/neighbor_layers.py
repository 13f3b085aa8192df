"""The scapy layer that holds what a decoded ICMPv6 message or option holds, and what that may be: for round trips."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from ipaddress import IPv6Network
from operator import truediv
from typing import Any

from hypothesis import strategies as st

import dissectors.scapy_layers as build
from dissectors.icmp import Icmpv6Message, Icmpv6Type
from dissectors.neighbor import messages as m
from dissectors.neighbor.registry import MobilePrefixFlag, NeighborFlag, PrefixFlag, RouterFlag, RouterPreference

U8, U16 = (st.integers(0, 2**bits - 1) for bits in (8, 16))
U32 = st.integers(0, 2**32 - 1) | st.integers(2**31, 2**32 - 1)
"""The highest bit would be rare."""
IP6 = st.ip_addresses(v=6)
NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,9}[a-z0-9])?(\.[a-z][a-z0-9]{0,9}){0,3}", fullmatch=True)


def layer_of(value: Any) -> Any:
    """The layer that is built to the bytes which decode to ``value``."""
    return LAYERS[type(value)](value)


def one(kind: type[Any], *fields: Any, **named: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, *fields, **named)


def _with_options(layer: Any, options: tuple[Any, ...]) -> Any:
    """scapy has a message's options as payloads of one another."""
    return reduce(truediv, map(layer_of, options), layer)


def _prefix(o: m.PrefixInformation) -> Any:
    return build.ICMPv6NDOptPrefixInfo(
        prefixlen=o.prefix_length, L=o.flags >> 7, A=o.flags >> 6 & 1, R=o.flags >> 5 & 1, res1=o.flags & 31,
        validlifetime=o.valid_lifetime, preferredlifetime=o.preferred_lifetime, prefix=str(o.prefix),
    )  # fmt: skip


def _route(o: m.RouteInformation) -> Any:
    """In as few bytes as hold the prefix: RFC 4191 section 2.3."""
    return build.ICMPv6NDOptRouteInfo(
        len=1 + (o.network.prefixlen + 63) // 64, plen=o.network.prefixlen, prf=int(o.preference),
        rtlifetime=o.lifetime, prefix=str(o.network.network_address),
    )  # fmt: skip


def _router(r: m.RouterAdvertisement) -> Any:
    flags = r.flags
    return build.ICMPv6ND_RA(
        code=r.code, chlim=r.hop_limit, M=flags >> 7, O=flags >> 6 & 1, H=flags >> 5 & 1, P=flags >> 2 & 1,
        res=flags & 3, prf=int(r.preference), routerlifetime=r.lifetime, reachabletime=r.reachable_time,
        retranstimer=r.retrans_timer,
    )  # fmt: skip


def _advertised(n: m.NeighborAdvertisement) -> Any:
    flags = n.flags
    return build.ICMPv6ND_NA(
        code=n.code, R=flags >> 31, S=flags >> 30 & 1, O=flags >> 29 & 1, res=flags & (1 << 29) - 1, tgt=str(n.target)
    )


def _identified(d: m.HomeAgentDiscoveryRequest | m.HomeAgentDiscoveryReply) -> dict[str, int]:
    return {"code": d.code, "id": d.identifier, "R": d.flags >> 15, "res": d.flags & 0x7FFF}


def _prefixes(p: m.MobilePrefixAdvertisement) -> Any:
    return build.ICMPv6MPAdv(code=p.code, id=p.identifier, flags=p.flags >> 14, res=p.flags & 0x3FFF)


def _other(message: Icmpv6Message) -> Any:
    if message.identifier is None:
        return build.ICMPv6Unknown(type=message.type, code=message.code, msgbody=message.data)
    layer = build.ICMPv6EchoRequest if message.type == Icmpv6Type.ECHO_REQUEST else build.ICMPv6EchoReply
    return layer(code=message.code, id=message.identifier, seq=message.sequence, data=message.data)


OPTION_LAYERS: dict[type[Any], Callable[[Any], Any]] = {
    m.LinkLayerAddress: lambda o: build.NdLinkLayer(type=o.type, lladdr=o.address),
    m.PrefixInformation: _prefix,
    m.Mtu: lambda o: build.ICMPv6NDOptMTU(mtu=o.mtu),
    m.AdvertisementInterval: lambda o: build.ICMPv6NDOptAdvInterval(advint=o.interval),
    m.HomeAgentInformation: lambda o: build.ICMPv6NDOptHAInfo(pref=o.preference, lifetime=o.lifetime),
    m.RouteInformation: _route,
    m.RecursiveDnsServers: lambda o: build.ICMPv6NDOptRDNSS(lifetime=o.lifetime, dns=[str(a) for a in o.addresses]),
    m.DnsSearchList: lambda o: build.NdSearchList(lifetime=o.lifetime, searchlist=list(o.names)),
    m.OpaqueOption: lambda o: build.ICMPv6NDOptUnknown(type=o.type, data=o.data),
}
MESSAGE_LAYERS: dict[type[Any], Callable[[Any], Any]] = {
    m.RouterSolicitation: lambda r: build.ICMPv6ND_RS(code=r.code),
    m.RouterAdvertisement: _router,
    m.NeighborSolicitation: lambda n: build.ICMPv6ND_NS(code=n.code, tgt=str(n.target)),
    m.NeighborAdvertisement: _advertised,
    m.Redirect: lambda r: build.ICMPv6ND_Redirect(code=r.code, tgt=str(r.target), dst=str(r.destination)),
    m.HomeAgentDiscoveryRequest: lambda d: build.ICMPv6HAADRequest(**_identified(d)),
    m.HomeAgentDiscoveryReply: lambda d: build.ICMPv6HAADReply(
        **_identified(d), addresses=[str(a) for a in d.home_agents]
    ),
    m.MobilePrefixSolicitation: lambda p: build.MobilePrefixSolicitation(code=p.code, id=p.identifier),
    m.MobilePrefixAdvertisement: _prefixes,
    Icmpv6Message: _other,
}
LAYERS: dict[type[Any], Callable[[Any], Any]] = {
    **OPTION_LAYERS,
    **{
        kind: lambda message, build_it=build_it: _with_options(build_it(message), getattr(message, "options", ()))
        for kind, build_it in MESSAGE_LAYERS.items()
    },
}
"""How each decoded kind is built."""

NETWORKS = st.integers(0, 128).flatmap(
    lambda length: IP6.map(lambda address: IPv6Network((address, length), strict=False))
)
KNOWN = {1, 2, 3, 5, 7, 8, 24, 25, 31}
OTHER_OPTIONS = st.integers(0, 255).filter(lambda kind: kind not in KNOWN)
WHOLE = st.integers(0, 4).flatmap(lambda units: st.binary(min_size=6 + 8 * units, max_size=6 + 8 * units))
"""Bytes that fill an option."""
PLAIN_OPTIONS: list[st.SearchStrategy[Any]] = [
    one(m.PrefixInformation, st.integers(0, 128), U8.map(PrefixFlag), U32, U32, IP6),
    one(m.Mtu, U32),
    one(m.AdvertisementInterval, U32),
    one(m.HomeAgentInformation, U16, U16),
    one(m.RouteInformation, NETWORKS, st.sampled_from(RouterPreference), U32),
    one(m.RecursiveDnsServers, U32, st.lists(IP6, max_size=3).map(tuple)),
]
"""What scapy builds and reads by itself."""
OWN_OPTIONS: list[st.SearchStrategy[Any]] = [
    one(m.LinkLayerAddress, st.sampled_from([1, 2]), WHOLE),
    one(m.DnsSearchList, U32, st.lists(NAMES, max_size=3).map(tuple)),
]
"""What scapy has no right layer for."""
OPTIONS = [*PLAIN_OPTIONS, *OWN_OPTIONS, one(m.OpaqueOption, OTHER_OPTIONS, WHOLE)]


def messages(options: st.SearchStrategy[Any]) -> list[st.SearchStrategy[Any]]:
    """Every kind of message, with some of these options where it has any."""
    some = st.lists(options, max_size=3).map(tuple)
    router_flags = U8.map(lambda bits: RouterFlag(bits & ~0x18))
    return [
        one(m.RouterSolicitation, some, code=U8),
        one(
            m.RouterAdvertisement, U8, router_flags, U16, U32, U32, some, st.sampled_from(RouterPreference), code=U8
        ),
        one(m.NeighborSolicitation, IP6, some, code=U8),
        one(m.NeighborAdvertisement, U32.map(NeighborFlag), IP6, some, code=U8),
        one(m.Redirect, IP6, IP6, some, code=U8),
        one(m.HomeAgentDiscoveryRequest, U16, U16, code=U8),
        one(m.HomeAgentDiscoveryReply, U16, U16, st.lists(IP6, max_size=3).map(tuple), code=U8),
        one(m.MobilePrefixSolicitation, U16, some, code=U8),
        one(m.MobilePrefixAdvertisement, U16, U16.map(MobilePrefixFlag), some, code=U8),
        one(Icmpv6Message, st.sampled_from([128, 129]), U8, st.just(0), U16, U16, st.binary(max_size=40)),
        one(Icmpv6Message, st.integers(148, 255), U8, data=st.binary(max_size=40)),
    ]  # fmt: skip
