"""The numbers of Mobile IPv6, each enum after its IANA registry ("Mobile IPv6 parameters") or its RFC's figure."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class MhType(IntEnum):
    """Mobility Header types (RFC 6275 section 6.1.1 and its extensions)."""

    BINDING_REFRESH_REQUEST = 0
    HOME_TEST_INIT = 1
    CARE_OF_TEST_INIT = 2
    HOME_TEST = 3
    CARE_OF_TEST = 4
    BINDING_UPDATE = 5
    BINDING_ACKNOWLEDGEMENT = 6
    BINDING_ERROR = 7
    FAST_BINDING_UPDATE = 8
    FAST_BINDING_ACKNOWLEDGEMENT = 9
    FAST_NEIGHBOR_ADVERTISEMENT = 10
    EXPERIMENTAL = 11
    HOME_AGENT_SWITCH = 12
    HEARTBEAT = 13
    HANDOVER_INITIATE = 14
    HANDOVER_ACKNOWLEDGE = 15
    BINDING_REVOCATION = 16
    LOCALIZED_ROUTING_INITIATION = 17
    LOCALIZED_ROUTING_ACKNOWLEDGEMENT = 18
    UPDATE_NOTIFICATION = 19
    UPDATE_NOTIFICATION_ACKNOWLEDGEMENT = 20
    FLOW_BINDING = 21
    SUBSCRIPTION_QUERY = 22
    SUBSCRIPTION_RESPONSE = 23


class UpdateFlag(IntFlag):
    """Flags of a Binding Update.

    RFC 6275 section 6.1.7; M RFC 4140, R RFC 3963, P RFC 5213, F RFC 5555, T RFC 5845, O RFC 5648. IANA gave the bit of
    O to RFC 6602 as B (bulk), which is how Wireshark prints it.
    """

    ACKNOWLEDGE = 0x8000
    HOME_REGISTRATION = 0x4000
    LINK_LOCAL = 0x2000
    KEY_MANAGEMENT = 0x1000
    MAP_REGISTRATION = 0x0800
    MOBILE_ROUTER = 0x0400
    PROXY = 0x0200
    FORCE_UDP = 0x0100
    TLV_HEADER = 0x0080
    OVERWRITE = 0x0040
    MULTICAST = 0x0020
    DISTRIBUTED = 0x0010


class AckFlag(IntFlag):
    """Flags of a Binding Acknowledgement (RFC 6275 section 6.1.8, RFC 3963, 5213, 5845, 6602)."""

    KEY_MANAGEMENT = 0x80
    MOBILE_ROUTER = 0x40
    PROXY = 0x20
    TLV_HEADER = 0x10
    BULK = 0x08
    MULTICAST = 0x04
    DISTRIBUTED = 0x02


UPDATE_LETTERS = "AHLKMRPFTOSD"
"""The letters of :class:`UpdateFlag`, from the top bit of 16 down."""
ACK_LETTERS = "KRPTBSD"
"""The letters of :class:`AckFlag`, from the top bit of 8 down."""
REVOCATION_LETTERS = "PVG"
"""The letters of :class:`RevocationFlag`, from the top bit of 16 down."""
FLOW_BINDING_LETTERS = "A"
"""The letter of :class:`FlowBindingFlag`, the top bit of 8."""


class BindingStatus(IntEnum):
    """Status of a Binding Acknowledgement and of a Binding Identifier option; 128 and up refuse.

    144 is also what RFC 5555 sections 4.4.2 and 4.5 call "cannot force UDP encapsulation", without an IANA entry.
    """

    ACCEPTED = 0
    ACCEPTED_PREFIX_DISCOVERY_NECESSARY = 1
    GRE_KEY_OPTION_NOT_REQUIRED = 2
    TLV_HEADER_NOT_SUPPORTED = 3
    MCOA_NOTCOMPLETE = 4
    MCOA_RETURNHOME_WO_NDP = 5
    TRANSIENT_BINDING_IGNORED = 6
    REASON_UNSPECIFIED = 128
    ADMINISTRATIVELY_PROHIBITED = 129
    INSUFFICIENT_RESOURCES = 130
    HOME_REGISTRATION_NOT_SUPPORTED = 131
    NOT_HOME_SUBNET = 132
    NOT_HOME_AGENT_FOR_THIS_MOBILE_NODE = 133
    DUPLICATE_ADDRESS_DETECTION_FAILED = 134
    SEQUENCE_NUMBER_OUT_OF_WINDOW = 135
    EXPIRED_HOME_NONCE_INDEX = 136
    EXPIRED_CARE_OF_NONCE_INDEX = 137
    EXPIRED_NONCES = 138
    REGISTRATION_TYPE_CHANGE_DISALLOWED = 139
    MOBILE_ROUTER_OPERATION_NOT_PERMITTED = 140
    INVALID_PREFIX = 141
    NOT_AUTHORIZED_FOR_PREFIX = 142
    FORWARDING_SETUP_FAILED = 143
    MIPV6_ID_MISMATCH = 144
    MIPV6_MESG_ID_REQD = 145
    MIPV6_AUTH_FAIL = 146
    PERMANENT_HOME_KEYGEN_TOKEN_UNAVAILABLE = 147
    CGA_AND_SIGNATURE_VERIFICATION_FAILED = 148
    PERMANENT_HOME_KEYGEN_TOKEN_EXISTS = 149
    NON_NULL_HOME_NONCE_INDEX_EXPECTED = 150
    SERVICE_AUTHORIZATION_FAILED = 151
    PROXY_REG_NOT_ENABLED = 152
    NOT_LMA_FOR_THIS_MOBILE_NODE = 153
    MAG_NOT_AUTHORIZED_FOR_PROXY_REG = 154
    NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX = 155
    TIMESTAMP_MISMATCH = 156
    TIMESTAMP_LOWER_THAN_PREV_ACCEPTED = 157
    MISSING_HOME_NETWORK_PREFIX_OPTION = 158
    BCE_PBU_PREFIX_SET_DO_NOT_MATCH = 159
    MISSING_MN_IDENTIFIER_OPTION = 160
    MISSING_HANDOFF_INDICATOR_OPTION = 161
    MISSING_ACCESS_TECH_TYPE_OPTION = 162
    GRE_KEY_OPTION_REQUIRED = 163
    MCOA_MALFORMED = 164
    MCOA_NON_MCOA_BINDING_EXISTS = 165
    MCOA_PROHIBITED = 166
    MCOA_UNKNOWN_COA = 167
    MCOA_BULK_REGISTRATION_PROHIBITED = 168
    MCOA_SIMULTANEOUS_HOME_AND_FOREIGN_PROHIBITED = 169
    NOT_AUTHORIZED_FOR_IPV4_MOBILITY_SERVICE = 170
    NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS = 171
    NOT_AUTHORIZED_FOR_IPV6_MOBILITY_SERVICE = 172
    MULTIPLE_IPV4_HOME_ADDRESS_ASSIGNMENT_NOT_SUPPORTED = 173
    INVALID_CARE_OF_ADDRESS = 174
    INVALID_MOBILE_NODE_GROUP_IDENTIFIER = 175
    REINIT_SA_WITH_HAC = 176
    NOT_AUTHORIZED_FOR_DELEGATED_MNP = 177
    REQUESTED_DMNP_IN_USE = 178


class BindingErrorStatus(IntEnum):
    """Status of a Binding Error (RFC 6275 section 6.1.9)."""

    UNKNOWN_BINDING_FOR_HOME_ADDRESS_OPTION = 1
    UNRECOGNIZED_MH_TYPE = 2


class RevocationType(IntEnum):
    """What a Binding Revocation message is (RFC 5846 section 5)."""

    INDICATION = 1
    ACKNOWLEDGEMENT = 2


class RevocationTrigger(IntEnum):
    """Why a binding is revoked (RFC 5846 section 5.1)."""

    UNSPECIFIED = 0
    ADMINISTRATIVE_REASON = 1
    INTER_MAG_HANDOVER_SAME_ACCESS_TYPE = 2
    INTER_MAG_HANDOVER_DIFFERENT_ACCESS_TYPE = 3
    INTER_MAG_HANDOVER_UNKNOWN = 4
    USER_INITIATED_SESSION_TERMINATION = 5
    ACCESS_NETWORK_SESSION_TERMINATION = 6
    POSSIBLE_OUT_OF_SYNC_BCE_STATE = 7
    PER_PEER_POLICY = 128
    REVOKING_MOBILITY_NODE_LOCAL_POLICY = 129


class RevocationStatus(IntEnum):
    """Status of a Binding Revocation Acknowledgement (RFC 5846 section 5.2)."""

    SUCCESS = 0
    PARTIAL_SUCCESS = 1
    BINDING_DOES_NOT_EXIST = 128
    IPV4_HOME_ADDRESS_OPTION_REQUIRED = 129
    GLOBAL_REVOCATION_NOT_AUTHORIZED = 130
    REVOKED_MOBILE_NODES_IDENTITY_REQUIRED = 131
    REVOCATION_FAILED_MN_IS_ATTACHED = 132
    REVOCATION_TRIGGER_NOT_SUPPORTED = 133
    REVOCATION_FUNCTION_NOT_SUPPORTED = 134
    PROXY_BINDING_REVOCATION_NOT_SUPPORTED = 135


class RevocationFlag(IntFlag):
    """Flags of BRI and BRA (RFC 5846 section 5.1)."""

    PROXY = 0x8000
    IPV4_HOME_ADDRESS_ONLY = 0x4000
    GLOBAL = 0x2000


class FlowBindingType(IntEnum):
    """What a Flow Binding message is (RFC 7109 section 6.1)."""

    INDICATION = 1
    ACKNOWLEDGEMENT = 2


class FlowBindingTrigger(IntEnum):
    """Why a Flow Binding Indication is sent (RFC 7109 section 6.1.1)."""

    UNSPECIFIED = 1
    ADMINISTRATIVE_REASON = 2
    POSSIBLE_OUT_OF_SYNC_STATE = 3


class FlowBindingFlag(IntFlag):
    """Flags of a Flow Binding Indication (RFC 7109 section 6.1.1)."""

    ACKNOWLEDGE = 0x80


class HeartbeatFlag(IntFlag):
    """Flags of a Heartbeat (RFC 5847 section 3.3)."""

    UNSOLICITED = 0x0002
    RESPONSE = 0x0001


class OptionType(IntEnum):
    """Mobility options (RFC 6275 section 6.2 and its extensions)."""

    PAD1 = 0
    PADN = 1
    BINDING_REFRESH_ADVICE = 2
    ALTERNATE_CARE_OF_ADDRESS = 3
    NONCE_INDICES = 4
    BINDING_AUTHORIZATION_DATA = 5
    MOBILE_NETWORK_PREFIX = 6
    LINK_LAYER_ADDRESS = 7
    MOBILE_NODE_IDENTIFIER = 8
    MESSAGE_AUTHENTICATION = 9
    MESSAGE_IDENTIFICATION = 10
    CGA_PARAMETERS_REQUEST = 11
    CGA_PARAMETERS = 12
    SIGNATURE = 13
    PERMANENT_HOME_KEYGEN_TOKEN = 14
    CARE_OF_TEST_INIT = 15
    CARE_OF_TEST = 16
    DNS_UPDATE = 17
    EXPERIMENTAL = 18
    VENDOR_SPECIFIC = 19
    SERVICE_SELECTION = 20
    BINDING_AUTHORIZATION_DATA_FMIPV6 = 21
    HOME_NETWORK_PREFIX = 22
    HANDOFF_INDICATOR = 23
    ACCESS_TECHNOLOGY_TYPE = 24
    MOBILE_NODE_LINK_LAYER_IDENTIFIER = 25
    LINK_LOCAL_ADDRESS = 26
    TIMESTAMP = 27
    RESTART_COUNTER = 28
    IPV4_HOME_ADDRESS = 29
    IPV4_ADDRESS_ACKNOWLEDGEMENT = 30
    NAT_DETECTION = 31
    IPV4_CARE_OF_ADDRESS = 32
    GRE_KEY = 33
    IPV6_ADDRESS_PREFIX = 34
    BINDING_IDENTIFIER = 35
    IPV4_HOME_ADDRESS_REQUEST = 36
    IPV4_HOME_ADDRESS_REPLY = 37
    IPV4_DEFAULT_ROUTER_ADDRESS = 38
    IPV4_DHCP_SUPPORT_MODE = 39
    CONTEXT_REQUEST = 40
    LOCAL_MOBILITY_ANCHOR_ADDRESS = 41
    MOBILE_NODE_LINK_LOCAL_ADDRESS_INTERFACE_IDENTIFIER = 42
    TRANSIENT_BINDING = 43
    FLOW_SUMMARY = 44
    FLOW_IDENTIFICATION = 45
    REDIRECT_CAPABILITY = 46
    REDIRECT = 47
    LOAD_INFORMATION = 48
    ALTERNATE_IPV4_CARE_OF_ADDRESS = 49
    MOBILE_NODE_GROUP_IDENTIFIER = 50
    MAG_IPV6_ADDRESS = 51
    ACCESS_NETWORK_IDENTIFIER = 52
    IPV4_TRAFFIC_OFFLOAD_SELECTOR = 53
    DYNAMIC_IP_MULTICAST_SELECTOR = 54
    DELEGATED_MOBILE_NETWORK_PREFIX = 55


class Ipv4AckStatus(IntEnum):
    """Status of an IPv4 Address Acknowledgement option (RFC 5555 section 3.2.1); 128 and up refuse."""

    SUCCESS = 0
    REASON_UNSPECIFIED = 128
    ADMINISTRATIVELY_PROHIBITED = 129
    INCORRECT_IPV4_HOME_ADDRESS = 130
    INVALID_IPV4_ADDRESS = 131
    DYNAMIC_ASSIGNMENT_NOT_AVAILABLE = 132
    PREFIX_ALLOCATION_UNAUTHORIZED = 133


class FlowStatus(IntEnum):
    """Status of a Flow Identification option (RFC 6089 section 4.2); 128 and up refuse."""

    SUCCESS = 0
    ADMINISTRATIVELY_PROHIBITED = 128
    REASON_UNSPECIFIED = 129
    MALFORMED = 130
    BID_NOT_FOUND = 131
    FID_NOT_FOUND = 132
    TRAFFIC_SELECTOR_FORMAT_NOT_SUPPORTED = 133


class FlowSubOptionType(IntEnum):
    """Sub-options of a Flow Identification option (RFC 6089 section 4.2.1, RFC 7109 section 6.2)."""

    PAD1 = 0
    PADN = 1
    BINDING_REFERENCE = 2
    TRAFFIC_SELECTOR = 3
    FLOW_BINDING_ACTION = 4
    TARGET_CARE_OF_ADDRESS = 5


class FlowAction(IntEnum):
    """What a Home Agent asks to be done with a flow (RFC 7109 section 6.2.1)."""

    ADD = 11
    DELETE = 12
    MODIFY = 13
    REFRESH = 14
    MOVE = 15
    REVOKE = 16


class SelectorFormat(IntEnum):
    """TS format of a traffic selector (RFC 6088 section 3)."""

    IPV4_BINARY = 1
    IPV6_BINARY = 2


class IdentifierSubtype(IntEnum):
    """Subtype of a Mobile Node Identifier option (RFC 4283 section 3)."""

    NAI = 1


VENDOR_3GPP = 10415


def name_of(value: int, registry: type[IntEnum]) -> str:
    """``value`` in words: ``sequence number out of window (135)``."""
    try:
        return f"{registry(value).name.lower().replace('_', ' ')} ({value})"
    except ValueError:
        return str(value)


def letters_of(flags: int, letters: str, width: int) -> str:
    """The letters of the flags that are set, and the bits that have none in hex; ``width`` is the field's in bits."""
    text = "".join(letter for at, letter in enumerate(letters) if flags >> (width - 1 - at) & 1)
    unknown = flags & ((1 << width - len(letters)) - 1)
    return text + (f"+0x{unknown:x}" if unknown else "")
