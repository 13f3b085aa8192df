"""A Mobility Header as a session sees it: the message, who it is really from and for, and how it was protected."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TypeVar

from dissectors.addressing import Addressing
from dissectors.events import Address
from dissectors.mobility.messages import BindingAck, BindingError, BindingUpdate, MobilityMessage
from dissectors.mobility.registry import MhType
from dissectors.protected import EspMessage
from dissectors.record import record
from dissectors.tunnels import Encapsulation

OptionT = TypeVar("OptionT")
FROM_HOME_AGENT = (BindingAck, BindingError)
"""Messages that only a Home Agent sends on S2c; Binding Refresh Requests and revocations go by type."""
HOME_AGENT_TYPES = frozenset({MhType.BINDING_REFRESH_REQUEST.value, MhType.HOME_TEST.value, MhType.CARE_OF_TEST.value})


@record
class MobilityPacket:
    """The event of a Mobility Header. ``esp`` is the opened ESP packet it stood in, ``None`` outside ESP.

    ``checksum_ok`` is ``None`` where the message is not whole.
    """

    message: MobilityMessage
    addressing: Addressing
    checksum_ok: bool | None = None
    esp: EspMessage | None = None

    @property
    def sealed(self) -> None:
        """A Mobility Header that is known is open."""
        return

    @property
    def name(self) -> str:
        """What kind of message it is, for the fingerprint of a finding."""
        return NAMES.get(self.message.type, f"Mobility Header {self.message.type}")

    @property
    def from_home_agent(self) -> bool:
        """Whether its kind tells that a Home Agent sent it, or of other kinds a type 2 routing header."""
        if isinstance(self.message, FROM_HOME_AGENT) or self.message.type in HOME_AGENT_TYPES:
            return True
        return self.addressing.routing_home_address is not None and not isinstance(self.message, BindingUpdate)

    @property
    def tells_roles(self) -> bool:
        """Whether it shows who is the UE and who the Home Agent; a Heartbeat, say, may come from either."""
        return isinstance(self.message, BindingUpdate) or self.from_home_agent

    @property
    def home_address(self) -> Address:
        """The UE's Home Address: of what the UE sends the final source, of what the HA sends the final destination."""
        return self.addressing.destination if self.from_home_agent else self.addressing.source

    @property
    def home_agent(self) -> Address:
        """The address at which the Home Agent is spoken to, inside any tunnel."""
        return self.addressing.source if self.from_home_agent else self.addressing.destination

    @property
    def care_of_address(self) -> Address:
        """Where the UE is, as the outermost header has it: behind a NAT, the NAT's address; at home, its own."""
        ends = self.addressing
        return ends.outer_destination.address if self.from_home_agent else ends.outer_source.address

    @property
    def is_from_ipv4(self) -> bool:
        """The care-of address is an IPv4 address."""
        return self.care_of_address.version == 4

    @property
    def encapsulation(self) -> Encapsulation:
        """What it was put into."""
        return self.addressing.encapsulation

    @property
    def home_address_option(self) -> IPv6Address | None:
        """What the Home Address destination option holds."""
        return self.addressing.home_address

    @property
    def spi(self) -> int:
        """Of the ESP packet it stood in, else 0."""
        return self.esp.spi if self.esp else 0

    def option(self, kind: type[OptionT]) -> OptionT | None:
        """The first well-formed mobility option of that class."""
        return next(iter(self.options_of(kind)), None)

    def options_of(self, kind: type[OptionT]) -> tuple[OptionT, ...]:
        """All well-formed mobility options of that class, in order."""
        return tuple(o for o in getattr(self.message, "options", ()) if isinstance(o, kind))


NAMES: dict[int, str] = {
    MhType.BINDING_UPDATE: "Binding Update",
    MhType.BINDING_ACKNOWLEDGEMENT: "Binding Acknowledgement",
    MhType.BINDING_ERROR: "Binding Error",
    MhType.BINDING_REFRESH_REQUEST: "Binding Refresh Request",
}

__all__ = ["Addressing", "BindingAck", "BindingUpdate", "Encapsulation", "MobilityPacket"]
