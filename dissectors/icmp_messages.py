"""ICMP (RFC 792) and ICMPv6 (RFC 4443) as values: types, headers, and messages with no class of their own."""

from __future__ import annotations

from enum import IntEnum

from dissectors.buffer import Record, Show
from dissectors.events import Malformed
from dissectors.ip_numbers import hex16
from dissectors.record import record


class IcmpType(IntEnum):
    """ICMP types."""

    ECHO_REPLY = 0
    DESTINATION_UNREACHABLE = 3
    SOURCE_QUENCH = 4
    REDIRECT = 5
    ECHO_REQUEST = 8
    ROUTER_ADVERTISEMENT = 9
    ROUTER_SOLICITATION = 10
    TIME_EXCEEDED = 11
    PARAMETER_PROBLEM = 12
    TIMESTAMP = 13
    TIMESTAMP_REPLY = 14


class Icmpv6Type(IntEnum):
    """ICMPv6 types: errors, echo, multicast listeners, neighbour discovery, Mobile IPv6 (RFC 6275 section 6.5)."""

    DESTINATION_UNREACHABLE = 1
    PACKET_TOO_BIG = 2
    TIME_EXCEEDED = 3
    PARAMETER_PROBLEM = 4
    ECHO_REQUEST = 128
    ECHO_REPLY = 129
    MULTICAST_LISTENER_QUERY = 130
    MULTICAST_LISTENER_REPORT = 131
    MULTICAST_LISTENER_DONE = 132
    ROUTER_SOLICITATION = 133
    ROUTER_ADVERTISEMENT = 134
    NEIGHBOR_SOLICITATION = 135
    NEIGHBOR_ADVERTISEMENT = 136
    REDIRECT = 137
    MULTICAST_LISTENER_REPORT_V2 = 143
    HOME_AGENT_DISCOVERY_REQUEST = 144
    HOME_AGENT_DISCOVERY_REPLY = 145
    MOBILE_PREFIX_SOLICITATION = 146
    MOBILE_PREFIX_ADVERTISEMENT = 147


@record
class IcmpMessage:
    """``identifier`` and ``sequence`` are an echo's; ``data`` is what follows the fields that were read."""

    type: int
    code: int = 0
    checksum: int = 0
    identifier: int | None = None
    sequence: int | None = None
    data: bytes = b""
    malformed: Malformed | None = None

    @property
    def name(self) -> str:
        """The type in words."""
        return type_name(self.type, IcmpType)


@record
class Icmpv6Message:
    """``identifier`` and ``sequence`` are an echo's; ``data`` is what follows the fields that were read."""

    type: int
    code: int = 0
    checksum: int = 0
    identifier: int | None = None
    sequence: int | None = None
    data: bytes = b""
    malformed: Malformed | None = None

    @property
    def name(self) -> str:
        """The type in words."""
        return type_name(self.type, Icmpv6Type)


def type_name(value: int, registry: type[IntEnum]) -> str:
    """``router advertisement``, or ``type 200``."""
    try:
        return registry(value).name.lower().replace("_", " ")
    except ValueError:
        return f"type {value}"


def _header(registry: Show) -> Record:
    return Record(type=("B", registry), code="B", checksum=("H", hex16))


ICMP = _header(IcmpType)
ICMPV6 = _header(Icmpv6Type)
ECHO = Record(identifier=("H", hex16), sequence="H")
ECHOES = frozenset({IcmpType.ECHO_REQUEST, IcmpType.ECHO_REPLY})
ECHOES_V6 = frozenset({Icmpv6Type.ECHO_REQUEST, Icmpv6Type.ECHO_REPLY})
