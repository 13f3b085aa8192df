"""Neighbour discovery in a ladder: ``HA -> UE  NS target=HoA from=::``, ``HA -> UE  RA prefix=2001:db8:1:2::/64``.

``from=`` and ``to=`` are the packet's addresses where they are not the nodes' own: ``::`` is Duplicate Address
Detection (RFC 4862). The target of a solicitation is by default the UE's Home Address, ``HoA``; the prefix of an
advertisement the UE's home prefix, with ``foreign`` that of its care-of address, with ``both`` both in one message;
``life=0`` withdraws it.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from dissectors.events import Endpoint
from dissectors.neighbor.messages import (
    NeighborMessage,
    NeighborSolicitation,
    PrefixInformation,
    RouterAdvertisement,
)
from dissectors.neighbor.registry import PrefixFlag, RouterFlag
from rules.ladder.scene import UE_NETWORK, Node
from rules.ladder.script import Line

WORDS = ("NS", "RA")
ALL_NODES = IPv6Address("ff02::1")
SOLICITED_NODE = IPv6Network("ff02::1:ff00:0/104")
LIFETIME = 1800


def neighbor_message(line: Line, sender: Node, ue: Node) -> tuple[NeighborMessage, Endpoint, Endpoint]:
    """The message of an NS or RA line, and the ends of its packet."""
    message = _solicitation(line, ue) if line.what == "NS" else _advertisement(line, ue)
    target = message.target if isinstance(message, NeighborSolicitation) else None
    usual = SOLICITED_NODE[int(target) & 0xFFFFFF] if target is not None else ALL_NODES
    source = line.options.get("from", str(sender.address))
    return message, Endpoint(ip_address(source)), Endpoint(ip_address(line.options.get("to", str(usual))))


def _solicitation(line: Line, ue: Node) -> NeighborSolicitation:
    word = line.options.get("target", "HoA")
    return NeighborSolicitation(ue.home_address if word == "HoA" else IPv6Address(word))


def _advertisement(line: Line, ue: Node) -> RouterAdvertisement:
    usual = UE_NETWORK if "foreign" in line.options else ue.home_prefix
    networks = [IPv6Network(line.options.get("prefix", str(usual)))]
    if "both" in line.options:
        networks.append(UE_NETWORK)
    lifetime = int(line.options.get("life", LIFETIME))
    flags = PrefixFlag.ON_LINK | PrefixFlag.AUTONOMOUS
    prefixes = (PrefixInformation(n.prefixlen, flags, lifetime, lifetime, n.network_address) for n in networks)
    return RouterAdvertisement(64, RouterFlag(0), LIFETIME, 0, 0, tuple(prefixes))
