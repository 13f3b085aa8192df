"""Options that no DSMIPv6 message needs, taken apart for the field tree: fast handovers, CGA, PMIPv6.

RFC 5568 section 6.4, 4285, 4866, 5026 section 8.1, 5213 section 8, 5844, 5845, 6602, 6463, 7109; names as there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from dissectors.buffer import Reader, Record
from dissectors.detail import Detail, ipv4_text, ipv6_text, seconds
from dissectors.inert import inert_text
from dissectors.mobility.registry import VENDOR_3GPP, Ipv4AckStatus, OptionType


class Vendor3gppSubtype(IntEnum):
    """Subtypes of 3GPP's Vendor-Specific option (TS 29.282)."""

    PROTOCOL_CONFIGURATION_OPTIONS = 1
    PMIPV6_ERROR_CODE = 2
    PDN_GW_IP_ADDRESS = 3
    DHCPV4_ADDRESS_ALLOCATION_PROCEDURE = 4
    FULLY_QUALIFIED_CONNECTION_SET_ID = 5
    PDN_TYPE_INDICATION = 6
    CHARGING_ID = 7
    SELECTION_MODE = 8
    I_WLAN_MOBILITY_ACCESS_POINT = 9
    CHARGING_CHARACTERISTICS = 10
    MOBILE_EQUIPMENT_IDENTITY = 11
    MSISDN = 12
    SERVING_NETWORK = 13
    APN_RESTRICTION = 14
    MAXIMUM_APN_RESTRICTION = 15
    UNAUTHENTICATED_IMSI = 16
    PDN_CONNECTION_ID = 17


class HandoffIndicator(IntEnum):
    """RFC 5213 section 8.4."""

    NEW_INTERFACE = 1
    BETWEEN_INTERFACES = 2
    BETWEEN_ACCESS_GATEWAYS = 3
    UNKNOWN = 4
    NO_CHANGE = 5


class AccessTechnology(IntEnum):
    """RFC 5213 section 8.5 and IANA."""

    VIRTUAL = 1
    PPP = 2
    IEEE_802_3 = 3
    IEEE_802_11 = 4
    IEEE_802_16E = 5
    GERAN = 6
    UTRAN = 7
    E_UTRAN = 8
    EHRPD = 9
    HRPD = 10
    CDMA2000_1X = 11
    UMB = 12


def _record(**fields: str | tuple[str, Callable[..., str]] | tuple[str, type[IntEnum]]) -> Detail:
    layout = Record(**fields)
    return lambda r: r.read(layout)


def _record_then(rest: str, show: Callable[[bytes], str] | None = None, **fields: str | tuple[str, object]) -> Detail:
    """Fixed fields, then the rest under the name ``rest``."""
    layout = Record(**fields)  # type: ignore[arg-type]  # the codes are those of Record

    def read(r: Reader) -> None:
        r.read(layout)
        r.rest(rest, show)

    return read


def _rest(name: str, show: Callable[[bytes], str] | None = None) -> Detail:
    return lambda r: r.rest(name, show)


def _local_mobility_anchor(r: Reader) -> None:
    if r.number("option_code", 1) == 1:
        r.number("reserved", 1)
        r.take("address", 16, ipv6_text)
    else:
        r.number("reserved", 1)
        r.take("address", 4, ipv4_text)


def _redirect(r: Reader) -> None:
    r.number("flags", 2, lambda flags: ("K" if flags & 0x8000 else "") + ("N" if flags & 0x4000 else "") or "none")
    show = ipv4_text if r.left == 4 else ipv6_text
    r.take("address", r.left if r.left in (4, 16) else 16, show)


def _delegated_prefix(r: Reader) -> None:
    is_ipv4 = r.number("flags", 1, lambda flags: "V: IPv4" if flags & 0x80 else "IPv6") & 0x80
    r.number("prefix_length", 1)
    r.take("prefix", 4 if is_ipv4 else 16, ipv4_text if is_ipv4 else ipv6_text)


def _alternate_ipv4(r: Reader) -> None:
    r.number("reserved", 2)
    r.take("address", 4, ipv4_text)


def _ipv4_prefix_text(value: int) -> str:
    return f"prefix /{value >> 10}"


def vendor_detail(vendor: int, subtype: int) -> Detail | None:
    """How the data of a Vendor-Specific option is shown."""
    return VENDOR_3GPP_DETAILS.get(subtype) if vendor == VENDOR_3GPP else None


_V = Vendor3gppSubtype
VENDOR_3GPP_DETAILS: dict[int, Detail] = {
    _V.PDN_GW_IP_ADDRESS: lambda r: r.rest("address", lambda data: ipv4_text(data) if len(data) == 4 else data.hex()),
    _V.CHARGING_ID: _record(charging_id="I"),
    _V.CHARGING_CHARACTERISTICS: _record(charging_characteristics="H"),
    _V.PDN_CONNECTION_ID: _record(pdn_connection_id="B"),
    _V.APN_RESTRICTION: _record(apn_restriction="B"),
    _V.MAXIMUM_APN_RESTRICTION: _record(maximum_apn_restriction="B"),
}
_T = OptionType
DETAILS: dict[int, Detail] = {
    _T.LINK_LAYER_ADDRESS: _record_then("link_layer_address", option_code="B"),
    _T.MESSAGE_AUTHENTICATION: _record_then("authentication_data", subtype="B", mobility_spi="I"),
    _T.MESSAGE_IDENTIFICATION: _record(timestamp="Q"),
    _T.CGA_PARAMETERS: _rest("cga_parameters"),
    _T.SIGNATURE: _rest("signature"),
    _T.PERMANENT_HOME_KEYGEN_TOKEN: _rest("permanent_home_keygen_token"),
    _T.CARE_OF_TEST: _rest("care_of_keygen_token"),
    _T.DNS_UPDATE: _record_then("fqdn", inert_text, status="B", flags="B"),
    _T.BINDING_AUTHORIZATION_DATA_FMIPV6: _record_then("authenticator", spi="I"),
    _T.HOME_NETWORK_PREFIX: _record(reserved="B", prefix_length="B", prefix=("16s", ipv6_text)),
    _T.HANDOFF_INDICATOR: _record(reserved="B", handoff_indicator=("B", HandoffIndicator)),
    _T.ACCESS_TECHNOLOGY_TYPE: _record(reserved="B", access_technology=("B", AccessTechnology)),
    _T.MOBILE_NODE_LINK_LAYER_IDENTIFIER: _record_then("identifier", reserved="H"),
    _T.LINK_LOCAL_ADDRESS: _record(address=("16s", ipv6_text)),
    _T.TIMESTAMP: _record(timestamp=("Q", lambda value: f"{value / 65536:.6f} s since 1970")),
    _T.RESTART_COUNTER: _record(restart_counter="I"),
    _T.IPV6_ADDRESS_PREFIX: _record(option_code="B", prefix_length="B", prefix=("16s", ipv6_text)),
    _T.IPV4_HOME_ADDRESS_REQUEST: _record(prefix_length=("H", _ipv4_prefix_text), address=("4s", ipv4_text)),
    _T.IPV4_HOME_ADDRESS_REPLY: _record(
        status=("B", Ipv4AckStatus), prefix_length=("B", lambda value: f"/{value >> 2}"), address=("4s", ipv4_text)
    ),
    _T.IPV4_DEFAULT_ROUTER_ADDRESS: _record(reserved="H", address=("4s", ipv4_text)),
    _T.IPV4_DHCP_SUPPORT_MODE: _record(flags=("H", lambda flags: "server" if flags & 1 else "relay")),
    _T.CONTEXT_REQUEST: _record_then("requests", reserved="H"),
    _T.LOCAL_MOBILITY_ANCHOR_ADDRESS: _local_mobility_anchor,
    _T.MOBILE_NODE_LINK_LOCAL_ADDRESS_INTERFACE_IDENTIFIER: _record(reserved="H", interface_identifier="8s"),
    _T.TRANSIENT_BINDING: _record(reserved="B", lifetime=("B", lambda units: seconds(units / 10))),
    _T.REDIRECT_CAPABILITY: _record(reserved="H"),
    _T.REDIRECT: _redirect,
    _T.LOAD_INFORMATION: _record(
        priority="H", sessions_in_use="I", maximum_sessions="I", used_capacity="I", maximum_capacity="I"
    ),
    _T.ALTERNATE_IPV4_CARE_OF_ADDRESS: _alternate_ipv4,
    _T.MOBILE_NODE_GROUP_IDENTIFIER: _record(subtype="B", reserved="B", group_identifier="I"),
    _T.MAG_IPV6_ADDRESS: _record(reserved="B", address_length="B", address=("16s", ipv6_text)),
    _T.DELEGATED_MOBILE_NETWORK_PREFIX: _delegated_prefix,
}
"""What reads an option's value into the tree. A wrong length is a fault of the tree only: nothing rests on these."""
