"""Numbers of IKEv2, EAP-AKA and ESP that the generator writes. Kept apart from those of the dissectors on purpose.

RFC 7296 section 3, RFC 4187 section 11, RFC 5026 section 8.2, RFC 5685 section 8, RFC 7383, RFC 7427, RFC 4739.
"""

from __future__ import annotations

from enum import IntEnum


class Exchange(IntEnum):
    IKE_SA_INIT = 34
    IKE_AUTH = 35
    CREATE_CHILD_SA = 36
    INFORMATIONAL = 37


class Kind(IntEnum):
    """Payload types."""

    SA = 33
    KE = 34
    IDI = 35
    IDR = 36
    CERT = 37
    CERTREQ = 38
    AUTH = 39
    NONCE = 40
    NOTIFY = 41
    DELETE = 42
    TSI = 44
    TSR = 45
    SK = 46
    CP = 47
    EAP = 48
    SKF = 53


class IdType(IntEnum):
    FQDN = 2
    RFC822_ADDR = 3
    KEY_ID = 11


class AuthMethod(IntEnum):
    SHARED_KEY = 2
    DIGITAL_SIGNATURE = 14


class Notice(IntEnum):
    """Notify message types."""

    INITIAL_CONTACT = 16384
    UNSUPPORTED_CRITICAL_PAYLOAD = 1
    NO_PROPOSAL_CHOSEN = 14
    AUTHENTICATION_FAILED = 24
    REKEY_SA = 16393
    NAT_DETECTION_SOURCE_IP = 16388
    NAT_DETECTION_DESTINATION_IP = 16389
    USE_TRANSPORT_MODE = 16391
    MULTIPLE_AUTH_SUPPORTED = 16404
    ANOTHER_AUTH_FOLLOWS = 16405
    REDIRECT_SUPPORTED = 16406
    REDIRECT = 16407
    REDIRECTED_FROM = 16408
    IKEV2_FRAGMENTATION_SUPPORTED = 16430
    IFOM_CAPABILITY = 16428  # TS 24.303 annex B
    PDN_IDENTIFIER = 40960  # TS 24.303 annex B, of the private range
    SIGNATURE_HASH_ALGORITHMS = 16431


class Attribute(IntEnum):
    """Configuration attributes."""

    INTERNAL_IP4_DNS = 3
    INTERNAL_IP6_ADDRESS = 8
    INTERNAL_IP6_DNS = 10
    MIP6_HOME_PREFIX = 16


class Transform(IntEnum):
    """Transform types."""

    ENCR = 1
    PRF = 2
    INTEG = 3
    DH = 4
    ESN = 5


class Protocol(IntEnum):
    """Protocol IDs of proposals and Delete payloads."""

    IKE = 1
    ESP = 3


class EapCode(IntEnum):
    REQUEST = 1
    RESPONSE = 2
    SUCCESS = 3
    FAILURE = 4


class Aka(IntEnum):
    """EAP-AKA subtypes."""

    CHALLENGE = 1
    IDENTITY = 5


class At(IntEnum):
    """EAP-AKA attributes."""

    RAND = 1
    AUTN = 2
    RES = 3
    PADDING = 6
    MAC = 11
    ANY_ID_REQ = 13
    IDENTITY = 14
    IV = 129
    ENCR_DATA = 130
    NEXT_PSEUDONYM = 132
    CHECKCODE = 134


EAP_MD5, EAP_AKA = 4, 23
CERT_X509_SIGNATURE = 4
CFG_REQUEST, CFG_REPLY = 1, 2
FLAG_INITIATOR, FLAG_RESPONSE = 0x08, 0x20
IKE_VERSION = 0x20
KEY_LENGTH = 0x800E  # TV form of the only transform attribute
SHA2_256, SHA2_384, SHA2_512 = 2, 3, 4  # RFC 7427 hash algorithms
NO_ESN = 0
IPPROTO_UDP, IPPROTO_ICMPV6, IPPROTO_ESP, IPPROTO_IPV6, IPPROTO_MH = 17, 58, 50, 41, 135
BINDING_UPDATE, BINDING_ACK = 5, 6  # Mobility Header types
IPPROTO_ICMP, IPPROTO_IPV4, IPPROTO_DESTINATION_OPTIONS, IPPROTO_ROUTING = 1, 4, 60, 43
IKE_PORT, NAT_PORT = 500, 4500
DSMIPV6_PORT = 4191  # RFC 5555 section 8
