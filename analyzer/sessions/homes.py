"""Sessions found by what stays when the UE moves: its Home Addresses, and the home prefix that the HA assigned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from dissectors.addressing import Addressing
from dissectors.events import Address, Endpoint
from dissectors.mobility_packet import MobilityPacket
from dissectors.neighbor.messages import NeighborSolicitation, RouterAdvertisement
from dissectors.tunnels import TunnelSegment
from rules.bindings import HomeRegistration
from rules.session import HomePrefixGrant, Session, World

BITS = 128
MOST_CONCERNED = 16
"""Sessions that one advertisement is told to; a hostile one may hold any number of prefixes."""


class HomeIndex:
    """Home Addresses and prefixes of all sessions; the newest session that has one counts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_home: dict[Address, Session] = {}

    def learn(self, home_address: Address, session: Session) -> None:
        """A Mobility Header names this Home Address."""
        self._by_home[home_address] = session

    def sweep(self) -> None:
        """Drops what leads to sessions that are over."""
        self._by_home = {home: session for home, session in self._by_home.items() if not session.is_over}

    def of(self, addresses: Iterable[Address | None]) -> Session | None:
        """The session that one of the addresses is a Home Address of, else the one in whose prefix one lies."""
        known = [address for address in addresses if address is not None]
        for address in known:
            session = self._by_home.get(address)
            if session is not None and not session.is_over:
                return session
        for address in known:
            for session in self._holders(address, BITS):
                return session
        return None

    def _holders(self, address: Address, length: int) -> Iterator[Session]:
        if isinstance(address, IPv6Address) and 0 < length <= BITS:
            for holding in self._world.prefixes.overlapping(HomePrefixGrant(address, length, 0, 0, 0)):
                if not holding.session.is_over:
                    yield holding.session

    def of_mobility(self, packet: MobilityPacket) -> Session | None:
        """The session of a Mobility Header."""
        return self.of((packet.home_address, packet.addressing.home_address, packet.addressing.routing_home_address))

    def of_tunnel(self, segment: TunnelSegment) -> Session | None:
        """The session of tunnelled user data by its inner addresses."""
        inner = (segment.inner_source, segment.inner_destination)
        outer = (
            Endpoint(segment.outer_source, segment.outer_source_port),
            Endpoint(segment.outer_destination, segment.outer_destination_port),
        )
        return self.of(inner) or self._of_ipv4(inner, outer)

    def of_inside(self, ends: Addressing) -> Session | None:
        """The session of another packet by its innermost addresses."""
        inner = (ends.source, ends.destination)
        return self.of(inner) or self._of_ipv4(inner, (ends.outer_source, ends.outer_destination))

    def _of_ipv4(self, inner: Iterable[Address | None], outer: tuple[Endpoint, Endpoint]) -> Session | None:
        """IPv4 Home Addresses may be used again by another HA: one of the outer addresses is the session's HA.

        They may be used for another APN of the same HA as well: then the care-of address counts, and behind one NAT
        its port; else the newest session has it.
        """
        addresses = {end.address for end in outer}
        for address in inner:
            if isinstance(address, IPv4Address):
                holders = reversed(self._world.ipv4_home_addresses.get(address, ()))
                found = [(s, home) for s, home in holders if not s.is_over and addresses & set(s.ha_addresses)]
                if found:
                    return max(found, key=lambda holder: _nearness(holder[1], outer, addresses))[0]
        return None

    def concerned(self, message: object) -> list[Session]:
        """The sessions that neighbour discovery on some link concerns: their Home Address or home prefix is in it."""
        if isinstance(message, NeighborSolicitation):
            session = self.of((message.target,))
            return [session] if session else []
        if isinstance(message, RouterAdvertisement):
            found = [s for p in message.prefixes for s in self._holders(p.prefix, p.prefix_length)]
            return list(dict.fromkeys(found))[:MOST_CONCERNED]
        return []


def _nearness(home: HomeRegistration, outer: tuple[Endpoint, Endpoint], addresses: set[Address]) -> int:
    """2 where one of the ends is where the UE is bound, 1 where its address alone is, else 0."""
    bound = [binding.outer for binding in home.bindings.values()]
    return 2 if any(end in outer for end in bound) else int(any(end.address in addresses for end in bound))
