"""DHCPv4 (RFC 2131), as far as the procedures of 24.303 touch it: who asks what of whom."""

from dissectors.dhcpv4.decode import decode_dhcpv4
from dissectors.dhcpv4.messages import Dhcpv4Message, Dhcpv4Option, MessageType, Operation, OptionCode
from dissectors.dhcpv4.text import describe_dhcpv4

__all__ = [
    "Dhcpv4Message",
    "Dhcpv4Option",
    "MessageType",
    "Operation",
    "OptionCode",
    "decode_dhcpv4",
    "describe_dhcpv4",
]
