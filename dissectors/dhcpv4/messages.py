"""DHCPv4 messages as values: RFC 2131 and RFC 2132; Rapid Commit is RFC 4039, split options RFC 3396."""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address

from dissectors.events import Malformed
from dissectors.inert import inert_text
from dissectors.record import record


class Operation(IntEnum):
    REQUEST = 1
    REPLY = 2


class MessageType(IntEnum):
    """Value of option 53."""

    DISCOVER = 1
    OFFER = 2
    REQUEST = 3
    DECLINE = 4
    ACK = 5
    NAK = 6
    RELEASE = 7
    INFORM = 8
    FORCERENEW = 9


class OptionCode(IntEnum):
    """Options that are put into words here."""

    PAD = 0
    SUBNET_MASK = 1
    ROUTER = 3
    DOMAIN_NAME_SERVER = 6
    HOST_NAME = 12
    DOMAIN_NAME = 15
    INTERFACE_MTU = 26
    BROADCAST_ADDRESS = 28
    VENDOR_SPECIFIC = 43
    REQUESTED_ADDRESS = 50
    LEASE_TIME = 51
    OVERLOAD = 52
    MESSAGE_TYPE = 53
    SERVER_IDENTIFIER = 54
    PARAMETER_REQUEST_LIST = 55
    MESSAGE = 56
    MAXIMUM_MESSAGE_SIZE = 57
    RENEWAL_TIME = 58
    REBINDING_TIME = 59
    VENDOR_CLASS = 60
    CLIENT_IDENTIFIER = 61
    RAPID_COMMIT = 80
    CLIENT_FQDN = 81
    RELAY_AGENT_INFORMATION = 82
    SUBNET_SELECTION = 118
    DOMAIN_SEARCH = 119
    CLASSLESS_ROUTES = 121
    END = 255


class RelaySuboption(IntEnum):
    """Inside option 82: RFC 3046 section 2.0, RFC 3527, RFC 3993, RFC 5107."""

    CIRCUIT_ID = 1
    REMOTE_ID = 2
    LINK_SELECTION = 5
    SUBSCRIBER_ID = 6
    SERVER_IDENTIFIER_OVERRIDE = 11


UNSPECIFIED = IPv4Address(0)


@record
class Dhcpv4Option:
    code: int
    value: bytes


@record
class Dhcpv4Message:
    """One message; addresses are 0.0.0.0 where they are not given. ``seconds`` is since the client began.

    ``server_name`` and ``boot_file`` are empty where their fields hold options.
    """

    operation: int
    transaction_id: int
    client_address: IPv4Address = UNSPECIFIED
    your_address: IPv4Address = UNSPECIFIED
    next_server: IPv4Address = UNSPECIFIED
    relay_agent: IPv4Address = UNSPECIFIED
    hardware_address: bytes = b""
    hops: int = 0
    seconds: int = 0
    flags: int = 0
    server_name: str = ""
    boot_file: str = ""
    options: tuple[Dhcpv4Option, ...] = ()
    malformed: Malformed | None = None

    def option(self, code: int) -> bytes | None:
        """The value of an option; what comes in parts is put together (RFC 3396 section 7)."""
        parts = [option.value for option in self.options if option.code == code]
        return b"".join(parts) if parts else None

    @property
    def message_type(self) -> int | None:
        """``None`` for BOOTP, which has none."""
        value = self.option(OptionCode.MESSAGE_TYPE)
        return value[0] if value else None

    @property
    def is_rapid(self) -> bool:
        """Rapid Commit: two messages instead of four (RFC 4039)."""
        return self.option(OptionCode.RAPID_COMMIT) is not None

    @property
    def requested_address(self) -> IPv4Address | None:
        return next(iter(self._addresses(OptionCode.REQUESTED_ADDRESS)), None)

    @property
    def server_identifier(self) -> IPv4Address | None:
        return next(iter(self._addresses(OptionCode.SERVER_IDENTIFIER)), None)

    @property
    def dns_servers(self) -> tuple[IPv4Address, ...]:
        return self._addresses(OptionCode.DOMAIN_NAME_SERVER)

    @property
    def lease_time(self) -> int | None:
        """In seconds; 0xffffffff is for ever."""
        value = self.option(OptionCode.LEASE_TIME)
        return int.from_bytes(value) if value and len(value) == 4 else None

    @property
    def requested_parameters(self) -> tuple[int, ...]:
        """Codes of the options that the client asks for."""
        return tuple(self.option(OptionCode.PARAMETER_REQUEST_LIST) or b"")

    @property
    def host_name(self) -> str | None:
        """What the client calls itself; inert text."""
        value = self.option(OptionCode.HOST_NAME)
        return None if value is None else inert_text(value)

    def _addresses(self, code: int) -> tuple[IPv4Address, ...]:
        value = self.option(code) or b""
        return tuple(IPv4Address(value[at : at + 4]) for at in range(0, len(value) - len(value) % 4, 4))
