"""Sessions by the network their UE is in: whom a Router Advertisement of an access network concerns."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address

from dissectors.events import Address
from dissectors.neighbor.messages import RouterAdvertisement
from rules.session import Session, World

MOST_NETWORKS = 65536
MOST_IN_ONE = 16
"""Sessions of one network that are told of an advertisement, the newest."""
LENGTH = 64
"""Bits of the prefix of an access network: a host forms its address from so many (RFC 4291 section 2.5.1)."""


class AccessIndex:
    """The /64 networks in which UEs were seen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._in: OrderedDict[int, list[Session]] = OrderedDict()
        self._at: dict[int, Address] = {}  # by session number, where its UE was seen last

    def learn(self, address: Address | None, session: Session) -> None:
        """The UE of a session is at this address, as it mostly was before."""
        if address is None or self._at.get(session.number) is address:
            return
        self._at[session.number] = address
        if not isinstance(address, IPv6Address) or address.is_link_local:
            return
        network = int(address) >> LENGTH
        there = self._in.setdefault(network, [])
        if session in there:
            return
        there.append(session)
        del there[:-MOST_IN_ONE]
        if len(self._in) > MOST_NETWORKS:
            _, gone = self._in.popitem(last=False)
            for left in gone:
                self._at.pop(left.number, None)

    def forget(self, session: Session) -> None:
        """A session is over."""
        self._at.pop(session.number, None)

    def concerned(self, message: RouterAdvertisement) -> list[Session]:
        """The sessions in whose UE's network an advertisement is the first of its prefix."""
        new = [p for p in message.prefixes[:MOST_IN_ONE] if self._is_new(p.prefix, p.prefix_length)]
        found = (session for p in new for session in self._in.get(int(p.prefix) >> LENGTH, ()))
        return [session for session in found if not session.is_over]

    def _is_new(self, prefix: IPv6Address, length: int) -> bool:
        return length == LENGTH and self._world.advertisements.of(prefix, length) is None
