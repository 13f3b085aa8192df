"""RFC 5555 sections 3.1 and 3.2: the options of DSMIPv6."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import (
    Ipv4AddressAck,
    Ipv4HomeAddress,
    MalformedOption,
    MobilityOption,
)
from dissectors.mobility.registry import OptionType
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import Context

NAMES: dict[int, str] = {
    OptionType.IPV4_HOME_ADDRESS: "IPv4 Home Address",
    OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT: "IPv4 Address Acknowledgement",
    OptionType.NAT_DETECTION: "NAT Detection",
    OptionType.IPV4_CARE_OF_ADDRESS: "IPv4 Care-of Address",
}
OF_UPDATES = (OptionType.IPV4_HOME_ADDRESS, OptionType.IPV4_CARE_OF_ADDRESS)
OF_ACKS = (OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT, OptionType.NAT_DETECTION)
ADDRESS_BITS = 32


def _options(packet: MobilityPacket) -> Iterator[MobilityOption]:
    return (option for option in getattr(packet.message, "options", ()) if option.type in NAMES)


def _has_any(event: AnyEvent, context: Context) -> bool:
    return any(True for _ in _options(event.message))


@check("RFC5555-01", on=Kind.MOBILITY, when=_has_any)
def dsmipv6_option_that_is_wrong(event: MobilityEvent, context: Context) -> Outcome:
    """The receiver skips what it cannot read or does not look for there: the UE stays without its IPv4 address, or
    without a way through the NAT.
    """
    for option in _options(event.message):
        fault = _fault(option) or _misplacement(option, event.message)
        if fault:
            name = f"{NAMES[option.type]} option ({option.type})"
            return failed(expected=f"{name}: {fault[0]}", observed=fault[1])
    return PASSED


def _fault(option: MobilityOption) -> tuple[str, str] | None:
    if isinstance(option, MalformedOption):
        return "6 bytes that can be read", str(option.reason)
    reserved = getattr(option, "reserved", 0)
    if reserved:
        return "reserved bits 0", f"reserved bits 0x{reserved:x}"
    if isinstance(option, Ipv4HomeAddress) and not 1 <= option.prefix_length <= ADDRESS_BITS:
        return "a prefix length from 1 to 32", f"prefix length {option.prefix_length} of {option.address}"
    if isinstance(option, Ipv4AddressAck):
        return _fault_of_length(option)
    return None


def _fault_of_length(option: Ipv4AddressAck) -> tuple[str, str] | None:
    observed = f"prefix length {option.prefix_length} with status {option.status}"
    if option.is_refusal and option.prefix_length:
        return "prefix length 0 in a refusal", observed
    return ("a prefix length up to 32", observed) if option.prefix_length > ADDRESS_BITS else None


def _misplacement(option: MobilityOption, packet: MobilityPacket) -> tuple[str, str] | None:
    """Only updates and acknowledgements are judged: a revocation may name an IPv4 Home Address (RFC 5846)."""
    misplaced = (isinstance(packet.message, BindingAck) and option.type in OF_UPDATES) or (
        isinstance(packet.message, BindingUpdate) and option.type in OF_ACKS
    )
    where = "a Binding Update" if option.type in OF_UPDATES else "a Binding Acknowledgement"
    return (f"only in {where}", f"in a {packet.name}") if misplaced else None
