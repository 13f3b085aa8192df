"""Numbers and flags of neighbour discovery (RFC 4861) and of what Mobile IPv6 adds to it (RFC 6275)."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class NdOption(IntEnum):
    """Options of neighbour discovery, as far as they are met here; the IANA registry."""

    SOURCE_LINK_LAYER_ADDRESS = 1
    TARGET_LINK_LAYER_ADDRESS = 2
    PREFIX_INFORMATION = 3
    REDIRECTED_HEADER = 4
    MTU = 5
    ADVERTISEMENT_INTERVAL = 7
    HOME_AGENT_INFORMATION = 8
    CGA = 11
    RSA_SIGNATURE = 12
    TIMESTAMP = 13
    NONCE = 14
    MAP = 23
    ROUTE_INFORMATION = 24
    RECURSIVE_DNS_SERVER = 25
    FLAGS_EXTENSION = 26
    DNS_SEARCH_LIST = 31
    CAPTIVE_PORTAL = 37
    PREF64 = 38


class RouterFlag(IntFlag):
    """Flags of a Router Advertisement: RFC 4861 section 4.2, RFC 6275 section 7.1 (H), RFC 4389 (proxy)."""

    MANAGED = 0x80
    OTHER = 0x40
    HOME_AGENT = 0x20
    PROXY = 0x04


class RouterPreference(IntEnum):
    """Two bits, signed: RFC 4191 section 2.1; they stand between the flags of a Router Advertisement."""

    MEDIUM = 0
    HIGH = 1
    RESERVED = 2
    LOW = 3


class PrefixFlag(IntFlag):
    """Flags of a Prefix Information option; R is RFC 6275 section 7.2: the prefix field is the router's address."""

    ON_LINK = 0x80
    AUTONOMOUS = 0x40
    ROUTER_ADDRESS = 0x20


class NeighborFlag(IntFlag):
    """Flags of a Neighbor Advertisement: RFC 4861 section 4.4."""

    ROUTER = 0x80000000
    SOLICITED = 0x40000000
    OVERRIDE = 0x20000000


class MobilePrefixFlag(IntFlag):
    """Flags of a Mobile Prefix Advertisement: RFC 6275 section 6.8."""

    MANAGED = 0x8000
    OTHER = 0x4000
