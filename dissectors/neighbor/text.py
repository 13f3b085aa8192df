"""ICMPv6 in one line, as tshark words it, with what Home Agent discovery turns on beside it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag

from dissectors.icmp_messages import Icmpv6Message
from dissectors.neighbor.messages import (
    HomeAgentDiscoveryReply,
    HomeAgentDiscoveryRequest,
    Icmpv6,
    MobilePrefixAdvertisement,
    MobilePrefixSolicitation,
    NeighborAdvertisement,
    NeighborOption,
    NeighborSolicitation,
    PrefixInformation,
    Redirect,
    RouterAdvertisement,
    RouterSolicitation,
    link_layer,
)
from dissectors.neighbor.registry import NeighborFlag, PrefixFlag, RouterFlag

MOST_SHOWN = 8
PREFIX_LETTERS = {PrefixFlag.ON_LINK: "L", PrefixFlag.AUTONOMOUS: "A", PrefixFlag.ROUTER_ADDRESS: "R"}
ROUTER_LETTERS = {RouterFlag.MANAGED: "M", RouterFlag.OTHER: "O", RouterFlag.HOME_AGENT: "H"}
NEIGHBOR_WORDS = {NeighborFlag.ROUTER: "rtr", NeighborFlag.SOLICITED: "sol", NeighborFlag.OVERRIDE: "ovr"}


def describe_icmpv6(message: Icmpv6) -> str:
    """``Router Advertisement prefix 2001:db8:77::/64 LA from 00:11:22:33:44:55``; inert text, of bounded length."""
    text = _text(message)
    return f"{text} [Malformed: {message.malformed}]" if message.malformed else text


def _text(message: Icmpv6) -> str:
    match message:
        case RouterSolicitation():
            return "Router Solicitation" + _from(message.options)
        case RouterAdvertisement():
            return "Router Advertisement" + _advertised(message) + _from(message.options)
        case NeighborSolicitation():
            return f"Neighbor Solicitation for {message.target}" + _from(message.options)
        case NeighborAdvertisement():
            return f"Neighbor Advertisement {message.target}{_flags(message.flags)}" + _is_at(message.options)
        case Redirect():
            return f"Redirect of {message.destination} to {message.target}"
        case Icmpv6Message():
            return _other(message)
        case _:
            return _mobile(message)


def _mobile(
    message: (
        HomeAgentDiscoveryRequest | HomeAgentDiscoveryReply | MobilePrefixSolicitation | MobilePrefixAdvertisement
    ),
) -> str:
    """RFC 6275's four messages."""
    identifier = f" id=0x{message.identifier:04x}"
    match message:
        case HomeAgentDiscoveryRequest():
            return "Home Agent Address Discovery Request" + identifier
        case HomeAgentDiscoveryReply():
            agents = _listed(" HA ", map(str, message.home_agents))
            return "Home Agent Address Discovery Reply" + identifier + agents
        case MobilePrefixSolicitation():
            return "Mobile Prefix Solicitation" + identifier
        case MobilePrefixAdvertisement():
            return "Mobile Prefix Advertisement" + identifier + _prefixes(message.prefixes)


def _other(message: Icmpv6Message) -> str:
    """``echo request id=0x6d08 seq=1``."""
    text = message.name + (f" code={message.code}" if message.code else "")
    return text if message.identifier is None else f"{text} id=0x{message.identifier:04x} seq={message.sequence}"


def _advertised(message: RouterAdvertisement) -> str:
    """A router with lifetime 0 gives prefixes and is no default router (RFC 4861 section 4.2)."""
    letters = _letters(message.flags, ROUTER_LETTERS)
    default = "" if message.lifetime else " no default router"
    return (f" ({letters})" if letters else "") + _prefixes(message.prefixes) + default


def _prefixes(prefixes: tuple[PrefixInformation, ...]) -> str:
    return _listed(" prefix ", map(_prefix, prefixes))


def _prefix(prefix: PrefixInformation) -> str:
    """``2001:db8:77::/64 LA``; a valid lifetime of 0 takes the prefix back."""
    text = f"{prefix} {_letters(prefix.flags, PREFIX_LETTERS)}".rstrip()
    return text if prefix.valid_lifetime else f"{text} withdrawn"


def _letters(flags: IntFlag, letters: dict[PrefixFlag, str] | dict[RouterFlag, str]) -> str:
    return "".join(letter for flag, letter in letters.items() if flag & flags)


def _listed(before: str, texts: Iterable[str]) -> str:
    shown = list(texts)
    more = ", …" if len(shown) > MOST_SHOWN else ""
    return before + ", ".join(shown[:MOST_SHOWN]) + more if shown else ""


def _from(options: tuple[NeighborOption, ...]) -> str:
    address = link_layer(options)
    return f" from {address}" if address else ""


def _is_at(options: tuple[NeighborOption, ...]) -> str:
    address = link_layer(options)
    return f" is at {address}" if address else ""


def _flags(flags: NeighborFlag) -> str:
    words = [word for flag, word in NEIGHBOR_WORDS.items() if flag in flags]
    return f" ({', '.join(words)})" if words else ""
