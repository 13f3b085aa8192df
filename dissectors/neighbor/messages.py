"""Neighbour discovery (RFC 4861) and the ICMPv6 messages of Mobile IPv6 (RFC 6275 sections 6.5 to 6.8) as values."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import ClassVar, TypeAlias

from dissectors.events import Malformed
from dissectors.icmp_messages import Icmpv6Message, Icmpv6Type, type_name
from dissectors.neighbor.registry import MobilePrefixFlag, NeighborFlag, PrefixFlag, RouterFlag, RouterPreference
from dissectors.record import record

LONGEST_ADDRESS = 22
"""Bytes; InfiniBand's 20 are the longest there are, and an option has room for 6 + 8n."""


class _Named:
    """What every ICMPv6 message has: its type, and that in words."""

    __slots__ = ()
    type: ClassVar[Icmpv6Type]

    @property
    def name(self) -> str:
        """The type in words."""
        return type_name(self.type, Icmpv6Type)


@record
class LinkLayerAddress:
    """Source (type 1) or target (type 2) link-layer address."""

    type: int
    address: bytes

    def __str__(self) -> str:
        return self.address.hex(":")


@record
class PrefixInformation:
    """A prefix, RFC 4861 section 4.6.2. Lifetimes are in seconds; a valid lifetime of 0 withdraws the prefix."""

    prefix_length: int
    flags: PrefixFlag
    valid_lifetime: int
    preferred_lifetime: int
    prefix: IPv6Address

    @property
    def network(self) -> IPv6Network:
        """The prefix alone. The field may hold the router's whole address, so only its first bits are compared."""
        return IPv6Network((self.prefix, self.prefix_length), strict=False)

    @property
    def router_address(self) -> IPv6Address | None:
        """The router's global address, where the R flag says the field holds it."""
        return self.prefix if PrefixFlag.ROUTER_ADDRESS in self.flags else None

    def __str__(self) -> str:
        return str(self.network)


@record
class Mtu:
    mtu: int

    def __str__(self) -> str:
        return str(self.mtu)


@record
class AdvertisementInterval:
    """RFC 6275 section 7.3, in milliseconds."""

    interval: int

    def __str__(self) -> str:
        return f"{self.interval} ms"


@record
class HomeAgentInformation:
    """RFC 6275 section 7.4; of ``preference`` the higher is preferred; ``lifetime`` is in seconds."""

    preference: int
    lifetime: int

    def __str__(self) -> str:
        return f"preference {self.preference}, lifetime {self.lifetime} s"


@record
class RouteInformation:
    """RFC 4191 section 2.3; ``lifetime`` is in seconds."""

    network: IPv6Network
    preference: RouterPreference
    lifetime: int

    def __str__(self) -> str:
        return str(self.network)


@record
class RecursiveDnsServers:
    """RFC 8106 section 5.1; ``lifetime`` is in seconds."""

    lifetime: int
    addresses: tuple[IPv6Address, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.addresses))


@record
class DnsSearchList:
    """RFC 8106 section 5.2; ``lifetime`` is in seconds."""

    lifetime: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.names)


@record
class OpaqueOption:
    """An option that is kept as bytes (all of it behind type and length), or that has not its type's form."""

    type: int
    data: bytes
    malformed: Malformed | None = None

    def __str__(self) -> str:
        return self.data.hex()


NeighborOption: TypeAlias = (
    LinkLayerAddress
    | PrefixInformation
    | Mtu
    | AdvertisementInterval
    | HomeAgentInformation
    | RouteInformation
    | RecursiveDnsServers
    | DnsSearchList
    | OpaqueOption
)


def link_layer(options: tuple[NeighborOption, ...]) -> str | None:
    """The first link-layer address among ``options``, in words; of one that is longer than any link's, the start."""
    first = next((o.address for o in options if isinstance(o, LinkLayerAddress)), None)
    return None if first is None else first[:LONGEST_ADDRESS].hex(":") + ("…" if len(first) > LONGEST_ADDRESS else "")


def prefix_options(options: tuple[NeighborOption, ...]) -> tuple[PrefixInformation, ...]:
    """The prefixes among ``options``."""
    return tuple(o for o in options if isinstance(o, PrefixInformation))


@record
class RouterSolicitation(_Named):
    type = Icmpv6Type.ROUTER_SOLICITATION
    options: tuple[NeighborOption, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class RouterAdvertisement(_Named):
    """``lifetime`` is in seconds, 0 for a router that is no default router; the two timers are in milliseconds."""

    type = Icmpv6Type.ROUTER_ADVERTISEMENT
    hop_limit: int
    flags: RouterFlag
    lifetime: int
    reachable_time: int
    retrans_timer: int
    options: tuple[NeighborOption, ...] = ()
    preference: RouterPreference = RouterPreference.MEDIUM
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None

    @property
    def prefixes(self) -> tuple[PrefixInformation, ...]:
        return prefix_options(self.options)


@record
class NeighborSolicitation(_Named):
    """With "::" as its packet's source this is Duplicate Address Detection (RFC 4862 section 5.4.2)."""

    type = Icmpv6Type.NEIGHBOR_SOLICITATION
    target: IPv6Address
    options: tuple[NeighborOption, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class NeighborAdvertisement(_Named):
    type = Icmpv6Type.NEIGHBOR_ADVERTISEMENT
    flags: NeighborFlag
    target: IPv6Address
    options: tuple[NeighborOption, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class Redirect(_Named):
    type = Icmpv6Type.REDIRECT
    target: IPv6Address
    destination: IPv6Address
    options: tuple[NeighborOption, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class HomeAgentDiscoveryRequest(_Named):
    """``flags`` are the 16 bits behind the identifier; RFC 3963 section 5.1 has R in the highest."""

    type = Icmpv6Type.HOME_AGENT_DISCOVERY_REQUEST
    identifier: int
    flags: int = 0
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class HomeAgentDiscoveryReply(_Named):
    """``home_agents`` stand in order of preference."""

    type = Icmpv6Type.HOME_AGENT_DISCOVERY_REPLY
    identifier: int
    flags: int = 0
    home_agents: tuple[IPv6Address, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class MobilePrefixSolicitation(_Named):
    type = Icmpv6Type.MOBILE_PREFIX_SOLICITATION
    identifier: int
    options: tuple[NeighborOption, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None


@record
class MobilePrefixAdvertisement(_Named):
    type = Icmpv6Type.MOBILE_PREFIX_ADVERTISEMENT
    identifier: int
    flags: MobilePrefixFlag
    options: tuple[NeighborOption, ...] = ()
    code: int = 0
    checksum: int = 0
    malformed: Malformed | None = None

    @property
    def prefixes(self) -> tuple[PrefixInformation, ...]:
        return prefix_options(self.options)


NeighborMessage: TypeAlias = (
    RouterSolicitation
    | RouterAdvertisement
    | NeighborSolicitation
    | NeighborAdvertisement
    | Redirect
    | HomeAgentDiscoveryRequest
    | HomeAgentDiscoveryReply
    | MobilePrefixSolicitation
    | MobilePrefixAdvertisement
)
Icmpv6: TypeAlias = NeighborMessage | Icmpv6Message
"""``Icmpv6Message`` stands for every other type, and for a message that is cut in its fixed part."""
