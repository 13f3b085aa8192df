"""Fields of the Mobility Header and its options (Wireshark's ``mip6``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analyzer.filters.fields_network import carried
from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Table, bit, each, many, messages, options
from dissectors.mobility.flows import BindingReference, FlowIdentification
from dissectors.mobility.further_messages import BindingRevocation, BindingRevocationAck, HomeAgentSwitch
from dissectors.mobility.messages import (
    BindingAck,
    BindingError,
    BindingUpdate,
    CareOfTest,
    HomeTest,
    MobilityMessage,
)
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingAuthorizationData,
    BindingIdentifier,
    BindingRefreshAdvice,
    GreKey,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityOption,
    NatDetection,
    NonceIndices,
    ServiceSelection,
    VendorSpecific,
)
from dissectors.mobility.registry import (
    BindingErrorStatus,
    BindingStatus,
    FlowStatus,
    Ipv4AckStatus,
    MhType,
    OptionType,
    RevocationStatus,
    RevocationTrigger,
    RevocationType,
    UpdateFlag,
)
from dissectors.walk import Carried

TABLE = Table()
NUMBER, BOOLEAN = Kind.NUMBER, Kind.BOOLEAN
MH_NAMES = {
    "Fast Binding Acknowledgment": 9,
    "Experimental Mobility Header": 11,
    "Localized Routing Acknowledgment": 18,
}
UPDATE_FLAGS = (
    ("mip6.bu.a_flag", UpdateFlag.ACKNOWLEDGE, "A: an acknowledgement is asked for"),
    ("mip6.bu.h_flag", UpdateFlag.HOME_REGISTRATION, "H: home registration"),
    ("mip6.bu.l_flag", UpdateFlag.LINK_LOCAL, "L: link-local address compatibility"),
    ("mip6.bu.k_flag", UpdateFlag.KEY_MANAGEMENT, "K: key management mobility capability"),
    ("mip6.bu.m_flag", UpdateFlag.MAP_REGISTRATION, "M: MAP registration"),
    ("mip6.nemo.bu.r_flag", UpdateFlag.MOBILE_ROUTER, "R: mobile router"),
    ("mip6.bu.p_flag", UpdateFlag.PROXY, "P: proxy registration"),
    ("mip6.bu.f_flag", UpdateFlag.FORCE_UDP, "F: force UDP encapsulation"),
    ("mip6.bu.t_flag", UpdateFlag.TLV_HEADER, "T: TLV header"),
    ("mip6.bu.b_flag", UpdateFlag.OVERWRITE, "O of RFC 5648, that IANA has as B of RFC 6602"),
)
ACK_FLAGS = (
    ("mip6.ba.k_flag", 0x80, "K: key management mobility capability"),
    ("mip6.nemo.ba.r_flag", 0x40, "R: mobile router"),
    ("mip6.ba.p_flag", 0x20, "P: proxy registration"),
    ("mip6.ba.t_flag", 0x10, "T: TLV header"),
    ("mip6.ba.b_flag", 0x08, "B: bulk binding update"),
)


def _header() -> None:
    row = TABLE.of(messages, MobilityMessage)
    TABLE.add("mipv6", Kind.PROTOCOL, carried(Carried.MOBILITY), "A Mobility Header")
    TABLE.add("mip6", Kind.PROTOCOL, carried(Carried.MOBILITY), "The same, by the name its fields have", ours=True)
    row("mip6.mhtype", NUMBER, lambda m: m.type, "MH type", registry=MhType, aliases=MH_NAMES)
    row("mip6.proto", NUMBER, lambda m: m.payload_proto, "Payload protocol: 59, nothing follows")
    row("mip6.hlen", NUMBER, lambda m: m.header_len, "Length in units of 8 bytes, the first 8 not counted")
    row("mip6.csum", NUMBER, lambda m: m.checksum, "Checksum, as on the wire")
    row(
        "mip6.checksum_ok",
        BOOLEAN,
        lambda m: m.checksum_ok,
        "The checksum is right for the Home Address, or whatever the final addresses are",
        ours=True,
    )


def _registration() -> None:
    row = TABLE.of(messages, BindingUpdate)
    row("mip6.bu", Kind.PROTOCOL, lambda m: b"", "A Binding Update", ours=True)
    row("mip6.bu.seqnr", NUMBER, lambda m: m.sequence, "Sequence number of a Binding Update")
    row("mip6.bu.lifetime", NUMBER, lambda m: m.lifetime, "Lifetime asked for, in units of 4 s")
    for name, flag, about in UPDATE_FLAGS:
        row(name, BOOLEAN, bit(int(flag), lambda m: m.flags), about)
    row = TABLE.of(messages, BindingAck)
    row("mip6.ba", Kind.PROTOCOL, lambda m: b"", "A Binding Acknowledgement", ours=True)
    row("mip6.ba.status", NUMBER, lambda m: m.status, "Status; 128 and up refuse", registry=BindingStatus)
    row("mip6.ba.seqnr", NUMBER, lambda m: m.sequence, "Sequence number of a Binding Acknowledgement")
    row("mip6.ba.lifetime", NUMBER, lambda m: m.lifetime, "Lifetime granted, in units of 4 s")
    for name, mask, about in ACK_FLAGS:
        row(name, BOOLEAN, bit(mask, lambda m: m.flags), about)
    row = TABLE.of(messages, BindingError)
    row("mip6.be.status", NUMBER, lambda m: m.status, "Status of a Binding Error", registry=BindingErrorStatus)
    row("mip6.be.haddr", Kind.IPV6, lambda m: m.home_address, "Home Address in a Binding Error")


def _others() -> None:
    for name, kind in (("hot", HomeTest), ("cot", CareOfTest)):
        index = each(messages, kind, lambda m: m.nonce_index)
        TABLE.add(f"mip6.{name}.nindex", NUMBER, index, f"Nonce index of a {kind.__name__}")
    addresses = many(messages, HomeAgentSwitch, lambda m: m.addresses)
    TABLE.add("mip6.has.address", Kind.IPV6, addresses, "Home Agents to switch to")
    both = TABLE.of(messages, (BindingRevocation, BindingRevocationAck))
    both(
        "mip6.bri_br.type",
        NUMBER,
        lambda m: 1 if isinstance(m, BindingRevocation) else 2,
        "What a Binding Revocation message is",
        registry=RevocationType,
    )
    both("mip6.bri_seqnr", NUMBER, lambda m: m.sequence, "Sequence number of a revocation")
    trigger = each(messages, BindingRevocation, lambda m: m.trigger)
    TABLE.add("mip6.bri_r.trigger", NUMBER, trigger, "Why a binding is revoked", registry=RevocationTrigger)
    status = each(messages, BindingRevocationAck, lambda m: m.status)
    TABLE.add("mip6.bri_status", NUMBER, status, "Status of a revocation", registry=RevocationStatus)


def _option(
    name: str, kind: type | tuple[type, ...], holds: Kind, get: Callable[[Any], Any], about: str, **more: Any
) -> None:
    TABLE.add(f"mip6.{name}", holds, each(options, kind, get), about, **more)


def _options() -> None:
    _option(
        "mobility_opt",
        MobilityOption,
        NUMBER,
        lambda o: o.type,
        "Type of each option",
        registry=OptionType,
        differs="Wireshark 4.0 declares the field and leaves it empty",
    )
    _option("bra.interval", BindingRefreshAdvice, NUMBER, lambda o: o.interval, "Refresh Advice, in units of 4 s")
    _option("acoa.acoa", AlternateCareOfAddress, Kind.IPV6, lambda o: o.address, "Alternate Care-of Address")
    _option("ni.hni", NonceIndices, NUMBER, lambda o: o.home, "Home nonce index")
    _option("ni.cni", NonceIndices, NUMBER, lambda o: o.care_of, "Care-of nonce index")
    _option("bad.auth", BindingAuthorizationData, Kind.BYTES, lambda o: o.authenticator, "Binding Authorization Data")
    _option("nemo.mnp.pfl", MobileNetworkPrefix, NUMBER, lambda o: o.prefix_length, "Mobile Network Prefix length")
    _option("nemo.mnp.mnp", MobileNetworkPrefix, Kind.IPV6, lambda o: o.prefix, "Mobile Network Prefix")
    _option("mnid.subtype", MobileNodeIdentifier, NUMBER, lambda o: o.subtype, "Mobile Node Identifier: subtype")
    _option("mnid.identifier", MobileNodeIdentifier, Kind.STRING, lambda o: o.text, "Mobile Node Identifier, the NAI")
    _option("vsm.vendorId", VendorSpecific, NUMBER, lambda o: o.vendor, "Vendor Specific: enterprise (3GPP: 10415)")
    _option("vsm.subtype", VendorSpecific, NUMBER, lambda o: o.subtype, "Vendor Specific: subtype")
    _option("ss.identifier", ServiceSelection, Kind.STRING, lambda o: o.text, "Service Selection, the APN")
    _option("gre_key", GreKey, NUMBER, lambda o: o.key, "GRE key")


def _dual_stack() -> None:
    asked_or_given = (Ipv4HomeAddress, Ipv4AddressAck)
    _option("ipv4ha.preflen", asked_or_given, NUMBER, lambda o: o.prefix_length, "IPv4 Home Address: prefix length")
    _option("ipv4ha.p_flag", Ipv4HomeAddress, BOOLEAN, lambda o: o.prefix_requested, "IPv4 Home Address: P")
    _option(
        "ipv4ha.ha",
        asked_or_given,
        Kind.IPV4,
        lambda o: o.address,
        "IPv4 Home Address, asked for or acknowledged",
    )
    _option("ipv4aa.sts", Ipv4AddressAck, NUMBER, lambda o: o.status, "IPv4 address status", registry=Ipv4AckStatus)
    _option("natd.f_flag", NatDetection, BOOLEAN, lambda o: o.force_udp, "NAT Detection: F")
    _option("natd.refresh_t", NatDetection, NUMBER, lambda o: o.refresh_seconds, "NAT Detection: keepalive in seconds")
    _option("ipv4coa.addr", Ipv4CareOfAddress, Kind.IPV4, lambda o: o.address, "IPv4 Care-of Address")
    _option("bi.bid", BindingIdentifier, NUMBER, lambda o: o.binding_id, "Binding Identifier (BID)")
    _option("bi.status", BindingIdentifier, NUMBER, lambda o: o.status, "Status of a BID", registry=BindingStatus)
    _option("bi.h_flag", BindingIdentifier, BOOLEAN, lambda o: o.simultaneous, "BID: H, at home and away at once")
    _option("bi.coa_ipv4", BindingIdentifier, Kind.IPV4, _care_of(4), "Care-of address of a BID")
    _option("bi.coa_ipv6", BindingIdentifier, Kind.IPV6, _care_of(6), "Care-of address of a BID")
    _option("flow.id", FlowIdentification, NUMBER, lambda o: o.flow_id, "Flow identifier (FID)", ours=True)
    _option("flow.priority", FlowIdentification, NUMBER, lambda o: o.priority, "Priority of a flow", ours=True)
    flows: dict[str, Any] = {"registry": FlowStatus, "ours": True}
    _option("flow.status", FlowIdentification, NUMBER, lambda o: o.status, "Status of a flow", **flows)
    bids = many(options, FlowIdentification, lambda o: [b for r in o.all(BindingReference) for b in r.binding_ids])
    TABLE.add("mip6.flow.bid", NUMBER, bids, "BIDs that a flow may use", ours=True)


def _care_of(version: int) -> Callable[[BindingIdentifier], Any]:
    def get(option: BindingIdentifier) -> Any:
        address = option.care_of_address
        return address if address is not None and address.version == version else None

    return get


_header()
_registration()
_others()
_options()
_dual_stack()
