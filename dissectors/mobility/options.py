"""Mobility options as values: RFC 6275 section 6.2, 3963, 4283, 5094, 5149, 5555, 5648; flows are in ``flows``.

Numbers stay numbers where the wire may hold one that the registry does not know. What does not concern DSMIPv6 stays
:class:`OtherOption`; the field tree takes it apart nonetheless.
"""

from __future__ import annotations

from dataclasses import field
from ipaddress import IPv4Address, IPv6Address

from dissectors.events import Address, Malformed
from dissectors.inert import inert_text
from dissectors.mobility.registry import OptionType
from dissectors.record import record

LIFETIME_UNIT = 4
"""Lifetimes and intervals of RFC 6275 count units of 4 s."""
NO_KEEPALIVE = 0xFFFF_FFFF


@record(kw_only=True)
class MobilityOption:
    """Any option. ``offset`` counts from the start of the Mobility Header, as alignment does."""

    type: int
    offset: int = field(default=0, compare=False)

    @property
    def fault(self) -> Malformed | None:
        """What in this option could not be read."""
        return None

    @property
    def alignment(self) -> tuple[int, int]:
        """``(x, y)``: the option belongs at xn+y from the start of the Mobility Header."""
        return ALIGNMENTS.get(self.type, (1, 0))

    @property
    def is_padding(self) -> bool:
        """Whether this is Pad1 or PadN."""
        return self.type in (OptionType.PAD1, OptionType.PADN)


@record
class Pad1(MobilityOption):
    """One byte without a length (section 6.2.2)."""

    type: int = field(default=OptionType.PAD1.value, kw_only=True)


@record
class PadN(MobilityOption):
    """Two bytes or more (section 6.2.3); ``data`` ought to be zero."""

    data: bytes = b""
    type: int = field(default=OptionType.PADN.value, kw_only=True)


@record
class BindingRefreshAdvice(MobilityOption):
    """How soon the Home Agent wants the next update (section 6.2.4), in units of 4 s."""

    interval: int
    type: int = field(default=OptionType.BINDING_REFRESH_ADVICE.value, kw_only=True)

    @property
    def interval_seconds(self) -> int:
        """The interval in seconds."""
        return LIFETIME_UNIT * self.interval


@record
class AlternateCareOfAddress(MobilityOption):
    """The care-of address where the IPv6 source does not say it safely (section 6.2.5)."""

    address: IPv6Address
    type: int = field(default=OptionType.ALTERNATE_CARE_OF_ADDRESS.value, kw_only=True)


@record
class NonceIndices(MobilityOption):
    """Which nonces the Binding Authorization Data rests on (section 6.2.6)."""

    home: int
    care_of: int
    type: int = field(default=OptionType.NONCE_INDICES.value, kw_only=True)


@record
class BindingAuthorizationData(MobilityOption):
    """The authenticator of a binding with a correspondent node (section 6.2.7)."""

    authenticator: bytes
    type: int = field(default=OptionType.BINDING_AUTHORIZATION_DATA.value, kw_only=True)


@record
class MobileNetworkPrefix(MobilityOption):
    """RFC 3963 section 4.3: the prefix of a mobile router in explicit mode."""

    prefix_length: int
    prefix: IPv6Address
    type: int = field(default=OptionType.MOBILE_NETWORK_PREFIX.value, kw_only=True)


@record
class MobileNodeIdentifier(MobilityOption):
    """RFC 4283 section 3."""

    subtype: int
    identifier: bytes
    type: int = field(default=OptionType.MOBILE_NODE_IDENTIFIER.value, kw_only=True)

    @property
    def text(self) -> str:
        """The identifier as text that cannot act on a terminal."""
        return inert_text(self.identifier)


@record
class VendorSpecific(MobilityOption):
    """RFC 5094 section 3; ``vendor`` is an enterprise number, 10415 being 3GPP's."""

    vendor: int
    subtype: int
    data: bytes
    type: int = field(default=OptionType.VENDOR_SPECIFIC.value, kw_only=True)


@record
class ServiceSelection(MobilityOption):
    """RFC 5149 section 3: the service, in 3GPP the APN."""

    identifier: bytes
    type: int = field(default=OptionType.SERVICE_SELECTION.value, kw_only=True)

    @property
    def text(self) -> str:
        """The identifier as text that cannot act on a terminal."""
        return inert_text(self.identifier)


@record
class Ipv4HomeAddress(MobilityOption):
    """RFC 5555 section 3.1.1, in an update; 0.0.0.0 asks for an address. ``prefix_requested`` is the P flag."""

    prefix_length: int
    prefix_requested: bool
    address: IPv4Address
    reserved: int = 0  # the bits that are to be zero
    type: int = field(default=OptionType.IPV4_HOME_ADDRESS.value, kw_only=True)

    @property
    def asks_for_any(self) -> bool:
        """Whether the Home Agent is to choose the address."""
        return not int(self.address)


@record
class Ipv4AddressAck(MobilityOption):
    """RFC 5555 section 3.2.1, in an acknowledgement."""

    status: int
    prefix_length: int
    address: IPv4Address
    reserved: int = 0  # the bits that are to be zero
    type: int = field(default=OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT.value, kw_only=True)

    @property
    def is_refusal(self) -> bool:
        """Whether no IPv4 address is bound."""
        return self.status >= REFUSED


@record
class NatDetection(MobilityOption):
    """RFC 5555 section 3.2.2. ``force_udp`` is the F flag; ``refresh_seconds`` really counts seconds."""

    force_udp: bool
    refresh_seconds: int
    reserved: int = 0  # the bits that are to be zero
    type: int = field(default=OptionType.NAT_DETECTION.value, kw_only=True)

    @property
    def needs_no_keepalive(self) -> bool:
        """All ones: there is no NAT to keep open."""
        return self.refresh_seconds == NO_KEEPALIVE


@record
class Ipv4CareOfAddress(MobilityOption):
    """RFC 5555 section 3.1.2."""

    address: IPv4Address
    reserved: int = 0  # the bits that are to be zero
    type: int = field(default=OptionType.IPV4_CARE_OF_ADDRESS.value, kw_only=True)


@record
class GreKey(MobilityOption):
    """RFC 5845 section 6.4; without ``key`` the sender asks for GRE only."""

    key: int | None = None
    type: int = field(default=OptionType.GRE_KEY.value, kw_only=True)


@record
class BindingIdentifier(MobilityOption):
    """RFC 5648 section 4.3, BID-PRI from RFC 6089 section 4.1: a lower ``priority`` goes first, 0 means none.

    ``simultaneous`` is the H flag: bindings at home and away at once.
    """

    binding_id: int
    status: int = 0
    simultaneous: bool = False
    priority: int = 0
    care_of_address: Address | None = None
    type: int = field(default=OptionType.BINDING_IDENTIFIER.value, kw_only=True)

    @property
    def is_refusal(self) -> bool:
        """Whether the Home Agent refuses this binding."""
        return self.status >= REFUSED

    @property
    def alignment(self) -> tuple[int, int]:
        """RFC 5648 section 4.3: 8n+2 with a care-of address, else 2n."""
        return (2, 0) if self.care_of_address is None else (8, 2)


@record
class OtherOption(MobilityOption):
    """An option that is not known here, or that no DSMIPv6 message needs."""

    type: int
    data: bytes


@record
class MalformedOption(MobilityOption):
    """An option that cannot be what its type says: its bytes behind the length, and why."""

    type: int
    data: bytes
    reason: Malformed
    overruns: bool = field(default=False, compare=False)  # it would leave the message

    @property
    def fault(self) -> Malformed | None:
        """Why."""
        return self.reason


REFUSED = 128
ALIGNMENTS: dict[int, tuple[int, int]] = {
    OptionType.BINDING_REFRESH_ADVICE: (2, 0),
    OptionType.ALTERNATE_CARE_OF_ADDRESS: (8, 6),
    OptionType.NONCE_INDICES: (2, 0),
    OptionType.BINDING_AUTHORIZATION_DATA: (8, 2),
    OptionType.MOBILE_NETWORK_PREFIX: (8, 4),
    OptionType.IPV4_HOME_ADDRESS: (4, 0),
    OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT: (4, 0),
    OptionType.NAT_DETECTION: (4, 0),
    OptionType.IPV4_CARE_OF_ADDRESS: (4, 0),
    OptionType.GRE_KEY: (4, 0),
    OptionType.BINDING_IDENTIFIER: (2, 0),
    OptionType.FLOW_SUMMARY: (2, 0),
    OptionType.FLOW_IDENTIFICATION: (2, 0),
}
"""xn+y as ``(x, y)``, from each option's RFC; an option that is not here may stand anywhere."""
