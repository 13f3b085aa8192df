"""What is captured when nobody says otherwise: the signalling of S2c, and what a UE does before and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

S2C = " or ".join(
    (
        "udp port 500 or udp port 4500 or udp port 4191",  # IKEv2, NAT traversal, DSMIPv6 (RFC 5555)
        "proto 50",  # ESP
        "proto 4 or proto 41",  # IP in IP: user data, and signalling inside of it
        "ip6 proto 135",  # Mobility Header
        # It may stand behind other headers: hop-by-hop 0, routing 43, fragment 44, destination options 60.
        "ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60",
        "icmp6",  # router and neighbour discovery, Home Agent discovery, errors
        "udp port 53 or tcp port 53",  # DNS: the HA by name
        "udp port 546 or udp port 547 or udp port 67 or udp port 68",  # DHCPv6, DHCPv4
        "ip[6:2] & 0x1fff != 0",  # further fragments, which have no ports
        "udp port 2123 or sctp port 36412",  # GTP-C and S1AP, which carry PCO
    )
)
"""In the language of libpcap (pcap-filter(7))."""

TAGGED = f"({S2C}) or (vlan and ({S2C}))"
"""The same behind a VLAN tag as well. ``vlan`` moves what follows it, so it comes last."""

SYSFS = Path("/sys/class/net")
ARPHRD_ETHER = "1"
"""Linux's number for Ethernet, the link on which libpcap knows VLANs."""


def default_filter(interfaces: Sequence[str]) -> str:
    """The filter for these interfaces; only Ethernet can be asked for VLAN tags."""
    return TAGGED if all(map(_is_ethernet, interfaces)) else S2C


def _is_ethernet(interface: str) -> bool:
    if not interface or "/" in interface or interface in (".", ".."):
        return False
    try:
        return (SYSFS / interface / "type").read_text().strip() == ARPHRD_ETHER
    except OSError:
        return False
