"""A mobility option in a few words, for the field tree and the one-line text."""

from __future__ import annotations

from dissectors.mobility.flow_text import describe_flow
from dissectors.mobility.flows import FlowIdentification, FlowSummary
from dissectors.mobility.options import (
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
    ServiceSelection,
    VendorSpecific,
)
from dissectors.mobility.registry import VENDOR_3GPP, BindingStatus, Ipv4AckStatus, OptionType, name_of


def describe_option(option: MobilityOption) -> str:
    """``BID 1 pri 5 CoA 2001:db8::99``; only that for padding."""
    if option.is_padding:
        return "padding"
    return _describe_dsmip(option) or _describe_base(option)


def _describe_dsmip(option: MobilityOption) -> str | None:
    """The options of RFC 5555, 5648 and 6089."""
    match option:
        case BindingIdentifier():
            return _describe_binding(option)
        case FlowIdentification():
            return describe_flow(option)
        case FlowSummary():
            return "Flow Summary FID " + "+".join(map(str, option.flow_ids))
        case Ipv4HomeAddress():
            asked = " P" if option.prefix_requested else ""
            return f"IPv4 HoA {option.address}/{option.prefix_length}{asked}"
        case Ipv4AddressAck():
            status = name_of(option.status, Ipv4AckStatus)
            return f"IPv4 Address Ack {option.address}/{option.prefix_length} {status}"
        case NatDetection():
            refresh = "no keepalive" if option.needs_no_keepalive else f"refresh {option.refresh_seconds} s"
            return f"NAT Detection {'F ' if option.force_udp else ''}{refresh}"
        case Ipv4CareOfAddress():
            return f"IPv4 CoA {option.address}"
    return None


def _describe_binding(option: BindingIdentifier) -> str:
    words = [f"BID {option.binding_id}"]
    words += [f"pri {option.priority}"] if option.priority else []
    words += ["H"] if option.simultaneous else []
    words += [f"CoA {option.care_of_address}"] if option.care_of_address is not None else []
    words += [name_of(option.status, BindingStatus)] if option.status else []
    return " ".join(words)


def _describe_base(option: MobilityOption) -> str:
    """The options of RFC 6275 and its older extensions, and those that are not known."""
    match option:
        case AlternateCareOfAddress():
            return f"Alternate CoA {option.address}"
        case BindingRefreshAdvice():
            return f"Refresh Advice {option.interval_seconds} s"
        case BindingAuthorizationData():
            return "Binding Authorization Data"
        case NonceIndices():
            return f"Nonce Indices {option.home}/{option.care_of}"
        case MobileNetworkPrefix():
            return f"MNP {option.prefix}/{option.prefix_length}"
        case MobileNodeIdentifier():
            return f"MN-ID {option.text}"
        case ServiceSelection():
            return f"Service {option.text}"
        case VendorSpecific():
            return f"Vendor {'3GPP' if option.vendor == VENDOR_3GPP else option.vendor} subtype {option.subtype}"
        case GreKey():
            return "GRE Key" + ("" if option.key is None else f" 0x{option.key:08x}")
        case MalformedOption():
            return f"malformed {name_of(option.type, OptionType)}"
    return name_of(option.type, OptionType)
