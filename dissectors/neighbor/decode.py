"""Decoding neighbour discovery (RFC 4861 section 4) and Mobile IPv6's ICMPv6 messages (RFC 6275 section 6.5 to 6.8).

:func:`dissectors.icmp.decode_icmpv6` is the door; it leads here for the types in ``NEIGHBOR``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, TypedDict

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import ipv6_text, seconds
from dissectors.events import Malformed
from dissectors.icmp_messages import ICMPV6, Icmpv6Message, Icmpv6Type
from dissectors.ip_numbers import hex16
from dissectors.neighbor.messages import (
    HomeAgentDiscoveryReply,
    HomeAgentDiscoveryRequest,
    Icmpv6,
    MobilePrefixAdvertisement,
    MobilePrefixSolicitation,
    NeighborAdvertisement,
    NeighborMessage,
    NeighborSolicitation,
    Redirect,
    RouterAdvertisement,
    RouterSolicitation,
)
from dissectors.neighbor.options import decode_options
from dissectors.neighbor.registry import MobilePrefixFlag, NeighborFlag, RouterFlag, RouterPreference
from dissectors.tree import render

PREFERENCE = 0x18
"""Where the router preference stands between the flags."""


def _router_flags(bits: int) -> str:
    preference = render((bits & PREFERENCE) >> 3, RouterPreference)
    return f"{render(bits & ~PREFERENCE, RouterFlag)}, preference {preference}"


SOLICITATION = Record(reserved="4s")
ADVERTISEMENT = Record(
    hop_limit="B", flags=("B", _router_flags), router_lifetime=("H", seconds), reachable_time="I", retrans_timer="I"
)  # fmt: skip
NEIGHBOR_SOLICITATION = Record(reserved="4s", target=("16s", ipv6_text))
NEIGHBOR_ADVERTISEMENT = Record(flags=("I", NeighborFlag), target=("16s", ipv6_text))
REDIRECT = Record(reserved="4s", target=("16s", ipv6_text), destination=("16s", ipv6_text))
IDENTIFIED = Record(identifier=("H", hex16), flags=("H", hex16))
MOBILE_PREFIXES = Record(identifier=("H", hex16), flags=("H", MobilePrefixFlag))


class _Head(TypedDict):
    code: int
    checksum: int


def decode_neighbor(r: Reader) -> Icmpv6:
    """The ICMPv6 message at ``r``, to its end; its type is one of ``NEIGHBOR`` and its header is there. Never raises.

    A message that is cut before its options comes out as ``Icmpv6Message``, marked malformed; a fault in an option
    marks the message, which keeps the others.
    """
    kind, code, checksum = r.read(ICMPV6)
    start = r.pos
    try:
        return DECODERS[kind](r, {"code": code, "checksum": checksum})
    except DissectError as error:
        r.malformed(error)
        r.pos = start
        fault = Malformed(error.reason, error.offset)
        return Icmpv6Message(kind, code, checksum, data=r.rest("data"), malformed=fault)


def _router_solicitation(r: Reader, head: _Head) -> RouterSolicitation:
    r.read(SOLICITATION)
    options, fault = decode_options(r)
    return RouterSolicitation(options, **head, malformed=fault)


def _router_advertisement(r: Reader, head: _Head) -> RouterAdvertisement:
    hop_limit, bits, lifetime, reachable, retrans = r.read(ADVERTISEMENT)
    options, fault = decode_options(r)
    flags, preference = RouterFlag(bits & ~PREFERENCE), RouterPreference((bits & PREFERENCE) >> 3)
    return RouterAdvertisement(
        hop_limit, flags, lifetime, reachable, retrans, options, preference, **head, malformed=fault
    )


def _neighbor_solicitation(r: Reader, head: _Head) -> NeighborSolicitation:
    _, target = r.read(NEIGHBOR_SOLICITATION)
    options, fault = decode_options(r)
    return NeighborSolicitation(IPv6Address(target), options, **head, malformed=fault)


def _neighbor_advertisement(r: Reader, head: _Head) -> NeighborAdvertisement:
    flags, target = r.read(NEIGHBOR_ADVERTISEMENT)
    options, fault = decode_options(r)
    return NeighborAdvertisement(NeighborFlag(flags), IPv6Address(target), options, **head, malformed=fault)


def _redirect(r: Reader, head: _Head) -> Redirect:
    _, target, destination = r.read(REDIRECT)
    options, fault = decode_options(r)
    return Redirect(IPv6Address(target), IPv6Address(destination), options, **head, malformed=fault)


def _discovery_request(r: Reader, head: _Head) -> HomeAgentDiscoveryRequest:
    identifier, flags = r.read(IDENTIFIED)
    r.rest("unused")
    return HomeAgentDiscoveryRequest(identifier, flags, **head)


def _discovery_reply(r: Reader, head: _Head) -> HomeAgentDiscoveryReply:
    identifier, flags = r.read(IDENTIFIED)
    home_agents: list[IPv6Address] = []
    while r.left >= 16:
        home_agents.append(IPv6Address(r.take("home_agent", 16, ipv6_text)))
    reply = HomeAgentDiscoveryReply(identifier, flags, tuple(home_agents), **head)
    return _with_rest(r, reply) if r.left else reply


def _with_rest(r: Reader, reply: HomeAgentDiscoveryReply) -> HomeAgentDiscoveryReply:
    error = r.error(f"Home Agent address is 16 bytes, {r.left} are left")
    r.malformed(error)
    r.rest("undissected")
    return replace(reply, malformed=Malformed(error.reason, error.offset))


def _prefix_solicitation(r: Reader, head: _Head) -> MobilePrefixSolicitation:
    identifier, _ = r.read(IDENTIFIED)
    options, fault = decode_options(r)
    return MobilePrefixSolicitation(identifier, options, **head, malformed=fault)


def _prefix_advertisement(r: Reader, head: _Head) -> MobilePrefixAdvertisement:
    identifier, flags = r.read(MOBILE_PREFIXES)
    options, fault = decode_options(r)
    return MobilePrefixAdvertisement(identifier, MobilePrefixFlag(flags), options, **head, malformed=fault)


DECODERS: dict[int, Callable[[Reader, Any], NeighborMessage]] = {
    Icmpv6Type.ROUTER_SOLICITATION: _router_solicitation,
    Icmpv6Type.ROUTER_ADVERTISEMENT: _router_advertisement,
    Icmpv6Type.NEIGHBOR_SOLICITATION: _neighbor_solicitation,
    Icmpv6Type.NEIGHBOR_ADVERTISEMENT: _neighbor_advertisement,
    Icmpv6Type.REDIRECT: _redirect,
    Icmpv6Type.HOME_AGENT_DISCOVERY_REQUEST: _discovery_request,
    Icmpv6Type.HOME_AGENT_DISCOVERY_REPLY: _discovery_reply,
    Icmpv6Type.MOBILE_PREFIX_SOLICITATION: _prefix_solicitation,
    Icmpv6Type.MOBILE_PREFIX_ADVERTISEMENT: _prefix_advertisement,
}
NEIGHBOR = frozenset(DECODERS)
"""ICMPv6 types that are read here."""
