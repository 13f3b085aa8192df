"""DHCPv6 messages and options as values: RFC 8415; RFC 3646 (DNS); RFC 6610 and draft-ietf-mip6-hiopt (home agents).

All lifetimes and times are in seconds unless a comment says otherwise; 0xffffffff is for ever.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import TypeAlias, TypeVar

from dissectors.dhcpv6.registry import message_name
from dissectors.events import Address, Malformed
from dissectors.record import record

OptionT = TypeVar("OptionT")


class _HasOptions:
    """What carries options: a message, an identity association, home network information."""

    __slots__ = ()
    options: tuple[Option, ...]

    def all(self, kind: type[OptionT]) -> tuple[OptionT, ...]:
        """The options of one kind that stand here, not those inside them."""
        return tuple(option for option in self.options if isinstance(option, kind))

    def first(self, kind: type[OptionT]) -> OptionT | None:
        return next((option for option in self.options if isinstance(option, kind)), None)


@record
class ClientId:
    duid: bytes


@record
class ServerId:
    duid: bytes


@record
class IaNa(_HasOptions):
    """An identity association for addresses, with IaAddress inside."""

    iaid: int
    t1: int
    t2: int
    options: tuple[Option, ...] = ()


@record
class IaTa(_HasOptions):
    """An identity association for temporary addresses."""

    iaid: int
    options: tuple[Option, ...] = ()


@record
class IaPd(_HasOptions):
    """An identity association for prefixes, with IaPrefix inside."""

    iaid: int
    t1: int
    t2: int
    options: tuple[Option, ...] = ()


@record
class IaAddress(_HasOptions):
    address: IPv6Address
    preferred_lifetime: int
    valid_lifetime: int
    options: tuple[Option, ...] = ()


@record
class IaPrefix(_HasOptions):
    """``prefix`` and ``prefix_length`` as they stand; a client may ask for a length alone, with "::"."""

    prefix: IPv6Address
    prefix_length: int
    preferred_lifetime: int
    valid_lifetime: int
    options: tuple[Option, ...] = ()

    def __str__(self) -> str:
        return f"{self.prefix}/{self.prefix_length}"


@record
class OptionRequest:
    codes: tuple[int, ...]


@record
class Preference:
    value: int


@record
class ElapsedTime:
    hundredths: int  # of a second


@record
class RelayedMessage:
    message: Dhcpv6


@record
class StatusCode:
    """``text`` is inert."""

    code: int
    text: str = ""


@record
class RapidCommit:
    pass


@record
class VendorClass:
    enterprise: int
    data: tuple[bytes, ...]


@record
class VendorOptions:
    """``suboptions`` are pairs of code and data, whose meaning is the enterprise's."""

    enterprise: int
    suboptions: tuple[tuple[int, bytes], ...]


@record
class InterfaceId:
    data: bytes


@record
class DnsServers:
    addresses: tuple[IPv6Address, ...]


@record
class DomainList:
    names: tuple[str, ...]


@record
class InformationRefreshTime:
    seconds: int


@record
class HomeNetworkIdentifier:
    """HNIDF of RFC 6610 (49), or the draft's identifier: the HA-APN in 24.303's terms."""

    name: str


@record
class HomeNetworkInformation(_HasOptions):
    """VDINF (50), IDINF (69) or UDINF (70) of RFC 6610, told apart by ``code``."""

    code: int
    options: tuple[Option, ...] = ()


@record
class DraftHomeInformation(_HasOptions):
    """The draft's option 49, or its relay option 50, which has no ``id_type``. Sub-options that say the same as
    options of RFC 6610 are the same classes.
    """

    code: int
    id_type: int | None
    options: tuple[Option, ...] = ()


@record
class HomeNetworkPrefix:
    prefix: IPv6Address
    prefix_length: int

    @property
    def network(self) -> IPv6Network:
        return IPv6Network((self.prefix, self.prefix_length), strict=False)


@record
class HomeAgentAddress:
    """An IPv4 address comes as 64:ff9b::/96 (RFC 6610 section 3.2.5) and stands here as what it is."""

    address: Address


@record
class HomeAgentFqdn:
    name: str


@record
class OpaqueOption:
    """An option that is kept as bytes; ``malformed`` when it has not the form of its code."""

    code: int
    data: bytes
    malformed: Malformed | None = None


Option: TypeAlias = (
    ClientId
    | ServerId
    | IaNa
    | IaTa
    | IaPd
    | IaAddress
    | IaPrefix
    | OptionRequest
    | Preference
    | ElapsedTime
    | RelayedMessage
    | StatusCode
    | RapidCommit
    | VendorClass
    | VendorOptions
    | InterfaceId
    | DnsServers
    | DomainList
    | InformationRefreshTime
    | HomeNetworkIdentifier
    | HomeNetworkInformation
    | DraftHomeInformation
    | HomeNetworkPrefix
    | HomeAgentAddress
    | HomeAgentFqdn
    | OpaqueOption
)


@record
class Dhcpv6Message(_HasOptions):
    """A message between client and server. ``malformed`` is the first fault anywhere in it."""

    type: int
    transaction_id: int
    options: tuple[Option, ...] = ()
    malformed: Malformed | None = None

    @property
    def name(self) -> str:
        """The type in words."""
        return f"DHCPv6 {message_name(self.type)}"

    @property
    def requested_options(self) -> tuple[int, ...]:
        """Codes in the Option Request options."""
        return tuple(code for request in self.all(OptionRequest) for code in request.codes)

    @property
    def addresses(self) -> tuple[IaAddress, ...]:
        """The addresses of all identity associations."""
        return tuple(a for ia in self.options if isinstance(ia, IaNa | IaTa) for a in ia.all(IaAddress))

    @property
    def prefixes(self) -> tuple[IaPrefix, ...]:
        """The delegated or requested prefixes of all identity associations (RFC 8415 section 21.22)."""
        return tuple(prefix for ia in self.all(IaPd) for prefix in ia.all(IaPrefix))

    @property
    def status(self) -> int:
        """The status of the whole message, 0 (success) where none stands."""
        status = self.first(StatusCode)
        return status.code if status else 0

    @property
    def inner(self) -> Dhcpv6Message | None:
        """Itself: the same question can be put to a relay's message."""
        return self


@record
class RelayMessage(_HasOptions):
    """A message between relay agents and server: RFC 8415 section 9."""

    type: int
    hop_count: int
    link_address: IPv6Address
    peer_address: IPv6Address
    options: tuple[Option, ...] = ()
    malformed: Malformed | None = None

    @property
    def name(self) -> str:
        """The type in words."""
        return f"DHCPv6 {message_name(self.type)}"

    @property
    def inner(self) -> Dhcpv6Message | None:
        """The client's or server's message that the relays carry, however many they are."""
        message: Dhcpv6 = self
        while isinstance(message, RelayMessage):
            relayed = message.first(RelayedMessage)
            if relayed is None:
                return None
            message = relayed.message
        return message


Dhcpv6: TypeAlias = Dhcpv6Message | RelayMessage
