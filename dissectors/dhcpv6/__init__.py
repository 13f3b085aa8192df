"""DHCPv6 (RFC 8415) with Home Agent discovery: RFC 6610, and the draft that 24.303 Rel-10 cites."""

from dissectors.dhcpv6.decode import decode_dhcpv6
from dissectors.dhcpv6.information import HomeInformation, asks_for_home_information, home_information, is_discovery
from dissectors.dhcpv6.messages import Dhcpv6, Dhcpv6Message, IaPd, IaPrefix, RelayMessage
from dissectors.dhcpv6.registry import HomeForm, IdType, MessageType, OptionCode
from dissectors.dhcpv6.text import describe_dhcpv6

__all__ = [
    "Dhcpv6",
    "Dhcpv6Message",
    "HomeForm",
    "HomeInformation",
    "IaPd",
    "IaPrefix",
    "IdType",
    "MessageType",
    "OptionCode",
    "RelayMessage",
    "asks_for_home_information",
    "decode_dhcpv6",
    "describe_dhcpv6",
    "home_information",
    "is_discovery",
]
