"""Reading mobility options: RFC 6275 section 6.2.1 for the form, each option's RFC for what is in it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import detailed, expect_end, ipv4_text, ipv6_text, seconds, word
from dissectors.events import Address, Malformed
from dissectors.inert import inert_text
from dissectors.mobility.flow_decode import decode_flow_identification, decode_flow_summary
from dissectors.mobility.option_details import DETAILS, vendor_detail
from dissectors.mobility.option_text import describe_option
from dissectors.mobility.options import (
    LIFETIME_UNIT,
    NO_KEEPALIVE,
    AlternateCareOfAddress,
    BindingAuthorizationData,
    BindingIdentifier,
    BindingRefreshAdvice,
    GreKey,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    MalformedOption,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityOption,
    NatDetection,
    NonceIndices,
    OtherOption,
    Pad1,
    PadN,
    ServiceSelection,
    VendorSpecific,
)
from dissectors.mobility.registry import BindingStatus, IdentifierSubtype, Ipv4AckStatus, OptionType

OptionDecoder: TypeAlias = Callable[[Reader, int], MobilityOption]


def _ipv4_home_text(value: int) -> str:
    return f"prefix /{value >> 10}" + (", prefix requested (P)" if value & 0x0200 else "")


def _bid_text(value: int) -> str:
    return f"priority {value & 0x7F}" + (", home and foreign at once (H)" if value & 0x80 else "")


def _nat_flags_text(value: int) -> str:
    return "F: UDP encapsulation required" if value & 0x8000 else "no F"


def _refresh_text(value: int) -> str:
    return "no keepalive needed" if value == NO_KEEPALIVE else f"{value} s"


TLV = Record(type=("B", OptionType), length="B")
TYPES = {kind.value: kind for kind in OptionType}
BID = Record(binding_id="H", status=("B", BindingStatus), priority=("B", _bid_text))
IPV4_HOME = Record(prefix_length=("H", _ipv4_home_text), address=("4s", ipv4_text))
IPV4_ACK = Record(
    status=("B", Ipv4AckStatus), prefix_length=("B", lambda value: f"/{value >> 2}"), address=("4s", ipv4_text)
)  # fmt: skip
NAT = Record(flags=("H", _nat_flags_text), refresh_time=("I", _refresh_text))
IPV4_CARE_OF = Record(reserved="H", address=("4s", ipv4_text))
NETWORK_PREFIX = Record(reserved="B", prefix_length="B", prefix=("16s", ipv6_text))
NONCES = Record(home_nonce_index="H", care_of_nonce_index="H")
VENDOR = Record(vendor="I", subtype="B")


def decode_options(r: Reader, start: int) -> tuple[MobilityOption, ...]:
    """The options that fill ``r``; the Mobility Header began at ``start``. Never raises.

    An option that cannot be read is a :class:`MalformedOption` and reading goes on behind it; one that would leave the
    message takes all that is left.
    """
    options: list[MobilityOption] = []
    while r.left:
        options.append(_option(r, r.pos - start))
    return tuple(options)


def _option(r: Reader, offset: int) -> MobilityOption:
    head, left = r.peek(2), r.left
    kind = head[0]
    if kind == OptionType.PAD1:
        r.number("padding", 1, OptionType)
        return Pad1(offset=offset)
    part = r.part("option", min(2 + head[1], left) if left > 1 else left, TYPES.get(kind, kind))
    if left < 2 or 2 + head[1] > left:
        return _overrun(part, kind, offset, head)
    part.read(TLV)
    value_at = part.pos
    try:
        option = DECODERS[kind](part, offset) if kind in DECODERS else _other(part, kind, offset)
        expect_end(part)
    except DissectError as error:
        part.malformed(error)
        part.rest("undissected")
        fault = Malformed(f"option {kind}: {error.reason}", error.offset)
        return MalformedOption(kind, part.data[value_at : part.end], fault, offset=offset)
    return word(part, option, describe_option)


def _overrun(part: Reader, kind: int, offset: int, head: bytes) -> MobilityOption:
    """RFC 6275 section 6.2.1: an option that leaves the message makes it malformed."""
    if len(head) < 2:
        error = part.error("option without a length")
        part.number("type", 1, OptionType)
    else:
        error = part.error(f"length says {head[1]} bytes, {part.left - 2} are left", part.pos + 1)
        part.read(TLV)
    data = part.rest("data")
    part.malformed(error)
    fault = Malformed(f"option {kind}: {error.reason}", error.offset)
    return MalformedOption(kind, data, fault, overruns=True, offset=offset)


def _other(r: Reader, kind: int, offset: int) -> MobilityOption:
    return OtherOption(kind, detailed(r, "data", r.left, DETAILS.get(kind)), offset=offset)


def _pad_n(r: Reader, offset: int) -> MobilityOption:
    return PadN(r.rest("padding"), offset=offset)


def _refresh_advice(r: Reader, offset: int) -> MobilityOption:
    interval = r.number("refresh_interval", 2, lambda units: seconds(LIFETIME_UNIT * units))
    return BindingRefreshAdvice(interval, offset=offset)


def _alternate_care_of(r: Reader, offset: int) -> MobilityOption:
    return AlternateCareOfAddress(IPv6Address(r.take("care_of_address", 16, ipv6_text)), offset=offset)


def _nonce_indices(r: Reader, offset: int) -> MobilityOption:
    home, care_of = r.read(NONCES)
    return NonceIndices(home, care_of, offset=offset)


def _authorization(r: Reader, offset: int) -> MobilityOption:
    return BindingAuthorizationData(r.rest("authenticator"), offset=offset)


def _network_prefix(r: Reader, offset: int) -> MobilityOption:
    _, length, prefix = r.read(NETWORK_PREFIX)
    return MobileNetworkPrefix(length, IPv6Address(prefix), offset=offset)


def _node_identifier(r: Reader, offset: int) -> MobilityOption:
    subtype = r.number("subtype", 1, IdentifierSubtype)
    return MobileNodeIdentifier(subtype, r.rest("identifier", inert_text), offset=offset)


def _vendor(r: Reader, offset: int) -> MobilityOption:
    vendor, subtype = r.read(VENDOR)
    data = detailed(r, "data", r.left, vendor_detail(vendor, subtype))
    return VendorSpecific(vendor, subtype, data, offset=offset)


def _service(r: Reader, offset: int) -> MobilityOption:
    if not r.left:
        raise r.error("empty service identifier")
    return ServiceSelection(r.rest("identifier", inert_text), offset=offset)


def _ipv4_home(r: Reader, offset: int) -> MobilityOption:
    bits, address = r.read(IPV4_HOME)
    return Ipv4HomeAddress(bits >> 10, bool(bits & 0x0200), IPv4Address(address), bits & 0x01FF, offset=offset)


def _ipv4_ack(r: Reader, offset: int) -> MobilityOption:
    status, bits, address = r.read(IPV4_ACK)
    return Ipv4AddressAck(status, bits >> 2, IPv4Address(address), bits & 0x03, offset=offset)


def _nat_detection(r: Reader, offset: int) -> MobilityOption:
    flags, refresh = r.read(NAT)
    return NatDetection(bool(flags & 0x8000), refresh, flags & 0x7FFF, offset=offset)


def _ipv4_care_of(r: Reader, offset: int) -> MobilityOption:
    reserved, address = r.read(IPV4_CARE_OF)
    return Ipv4CareOfAddress(IPv4Address(address), reserved, offset=offset)


def _gre_key(r: Reader, offset: int) -> MobilityOption:
    r.number("reserved", 2)
    return GreKey(r.number("key", 4) if r.left else None, offset=offset)


def _binding_identifier(r: Reader, offset: int) -> MobilityOption:
    at = r.pos
    binding_id, status, bits = r.read(BID)
    if r.left not in (0, 4, 16):
        raise r.error(f"{r.end - at} bytes; a Binding Identifier has 4, 8 or 20", at)
    address: Address | None = None
    if r.left == 4:
        address = IPv4Address(r.take("care_of_address", 4, ipv4_text))
    elif r.left:
        address = IPv6Address(r.take("care_of_address", 16, ipv6_text))
    return BindingIdentifier(binding_id, status, bool(bits & 0x80), bits & 0x7F, address, offset=offset)


_T = OptionType
DECODERS: dict[int, OptionDecoder] = {
    _T.PADN: _pad_n,
    _T.BINDING_REFRESH_ADVICE: _refresh_advice,
    _T.ALTERNATE_CARE_OF_ADDRESS: _alternate_care_of,
    _T.NONCE_INDICES: _nonce_indices,
    _T.BINDING_AUTHORIZATION_DATA: _authorization,
    _T.MOBILE_NETWORK_PREFIX: _network_prefix,
    _T.MOBILE_NODE_IDENTIFIER: _node_identifier,
    _T.VENDOR_SPECIFIC: _vendor,
    _T.SERVICE_SELECTION: _service,
    _T.IPV4_HOME_ADDRESS: _ipv4_home,
    _T.IPV4_ADDRESS_ACKNOWLEDGEMENT: _ipv4_ack,
    _T.NAT_DETECTION: _nat_detection,
    _T.IPV4_CARE_OF_ADDRESS: _ipv4_care_of,
    _T.GRE_KEY: _gre_key,
    _T.BINDING_IDENTIFIER: _binding_identifier,
    _T.FLOW_SUMMARY: decode_flow_summary,
    _T.FLOW_IDENTIFICATION: decode_flow_identification,
}
"""What reads an option's value, whole; a byte left over is a fault."""
