"""Numbers of DHCPv6: RFC 8415 sections 7.3, 11, 21 and 24, the IANA registry, RFC 6610 section 6."""

from __future__ import annotations

from enum import Enum, IntEnum


class MessageType(IntEnum):
    SOLICIT = 1
    ADVERTISE = 2
    REQUEST = 3
    CONFIRM = 4
    RENEW = 5
    REBIND = 6
    REPLY = 7
    RELEASE = 8
    DECLINE = 9
    RECONFIGURE = 10
    INFORMATION_REQUEST = 11
    RELAY_FORW = 12
    RELAY_REPL = 13
    LEASEQUERY = 14
    LEASEQUERY_REPLY = 15


def message_name(kind: int) -> str:
    """``Information-request``, as RFC 8415 and tshark have it."""
    names = {known.value: known.name for known in MessageType}
    return names[kind].capitalize().replace("_", "-") if kind in names else f"Message type {kind}"


RELAYED = frozenset({MessageType.RELAY_FORW.value, MessageType.RELAY_REPL.value})


class OptionCode(IntEnum):
    """49 and 50 were first given to draft-ietf-mip6-hiopt (HNINF and RELAY), then to RFC 6610."""

    CLIENTID = 1
    SERVERID = 2
    IA_NA = 3
    IA_TA = 4
    IAADDR = 5
    ORO = 6
    PREFERENCE = 7
    ELAPSED_TIME = 8
    RELAY_MSG = 9
    AUTH = 11
    UNICAST = 12
    STATUS_CODE = 13
    RAPID_COMMIT = 14
    USER_CLASS = 15
    VENDOR_CLASS = 16
    VENDOR_OPTS = 17
    INTERFACE_ID = 18
    RECONF_MSG = 19
    RECONF_ACCEPT = 20
    SIP_SERVER_D = 21
    SIP_SERVER_A = 22
    DNS_SERVERS = 23
    DOMAIN_LIST = 24
    IA_PD = 25
    IAPREFIX = 26
    SNTP_SERVERS = 31
    INFORMATION_REFRESH_TIME = 32
    REMOTE_ID = 37
    SUBSCRIBER_ID = 38
    CLIENT_FQDN = 39
    MIP6_HNIDF = 49
    MIP6_VDINF = 50
    NTP_SERVER = 56
    AFTR_NAME = 64
    PD_EXCLUDE = 67
    MIP6_IDINF = 69
    MIP6_UDINF = 70
    MIP6_HNP = 71
    MIP6_HAA = 72
    MIP6_HAF = 73
    CLIENT_LINKLAYER_ADDR = 79
    SOL_MAX_RT = 82
    INF_MAX_RT = 83


class StatusCodeValue(IntEnum):
    SUCCESS = 0
    UNSPEC_FAIL = 1
    NO_ADDRS_AVAIL = 2
    NO_BINDING = 3
    NOT_ON_LINK = 4
    USE_MULTICAST = 5
    NO_PREFIX_AVAIL = 6


class DuidType(IntEnum):
    """RFC 8415 section 11, RFC 6355."""

    LLT = 1
    EN = 2
    LL = 3
    UUID = 4


class IdType(IntEnum):
    """draft-ietf-mip6-hiopt: which home network is asked about. 24.303 asks for 1; 2 is from memory."""

    VISITED = 0
    TARGET = 1
    NO_PREFERENCE = 2


class DraftParameter(IntEnum):
    """Sub-options of the draft's Home Network Information option; from memory but for the first."""

    HOME_NETWORK_IDENTIFIER = 1
    HOME_NETWORK_PREFIX = 2
    HOME_AGENT_ADDRESS = 3
    HOME_AGENT_FQDN = 4


class HomeForm(Enum):
    """Which of the two meanings options 49 and 50 have."""

    BY_EVIDENCE = "by evidence"
    RFC6610 = "RFC 6610"
    DRAFT = "draft-ietf-mip6-hiopt"
