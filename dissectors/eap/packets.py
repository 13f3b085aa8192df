"""EAP packets as values: RFC 3748, EAP-AKA (RFC 4187), EAP-AKA' (RFC 5448, RFC 9048) and EAP-SIM (RFC 4186)."""

from __future__ import annotations

from enum import IntEnum

from dissectors.events import Malformed
from dissectors.inert import inert_text
from dissectors.record import record


class EapCode(IntEnum):
    """EAP codes, RFC 3748 section 4."""

    REQUEST = 1
    RESPONSE = 2
    SUCCESS = 3
    FAILURE = 4


class EapType(IntEnum):
    """EAP method types, as far as they are met here."""

    IDENTITY = 1
    NOTIFICATION = 2
    NAK = 3
    MD5_CHALLENGE = 4
    GTC = 6
    TLS = 13
    SIM = 18
    TTLS = 21
    AKA = 23
    PEAP = 25
    MSCHAPV2 = 26
    FAST = 43
    PSK = 47
    AKA_PRIME = 50
    TEAP = 55
    EXPANDED = 254
    EXPERIMENTAL = 255


class AkaSubtype(IntEnum):
    """EAP-AKA subtypes, RFC 4187 section 11; 10 and 11 are EAP-SIM's."""

    CHALLENGE = 1
    AUTHENTICATION_REJECT = 2
    SYNCHRONIZATION_FAILURE = 4
    IDENTITY = 5
    SIM_START = 10
    SIM_CHALLENGE = 11
    NOTIFICATION = 12
    REAUTHENTICATION = 13
    CLIENT_ERROR = 14


class AkaAttributeType(IntEnum):
    """EAP-AKA attributes, RFC 4187 section 10, RFC 5448 section 3 and the registry; 128 and up may be skipped."""

    AT_RAND = 1
    AT_AUTN = 2
    AT_RES = 3
    AT_AUTS = 4
    AT_PADDING = 6
    AT_NONCE_MT = 7
    AT_PERMANENT_ID_REQ = 10
    AT_MAC = 11
    AT_NOTIFICATION = 12
    AT_ANY_ID_REQ = 13
    AT_IDENTITY = 14
    AT_VERSION_LIST = 15
    AT_SELECTED_VERSION = 16
    AT_FULLAUTH_ID_REQ = 17
    AT_COUNTER = 19
    AT_COUNTER_TOO_SMALL = 20
    AT_NONCE_S = 21
    AT_CLIENT_ERROR_CODE = 22
    AT_KDF_INPUT = 23
    AT_KDF = 24
    AT_IV = 129
    AT_ENCR_DATA = 130
    AT_NEXT_PSEUDONYM = 132
    AT_NEXT_REAUTH_ID = 133
    AT_CHECKCODE = 134
    AT_RESULT_IND = 135
    AT_BIDDING = 136
    AT_IPMS_IND = 137
    AT_IPMS_RES = 138
    AT_TRUST_IND = 139
    AT_SHORT_NAME_FOR_NETWORK = 140
    AT_FULL_NAME_FOR_NETWORK = 141
    AT_RQSI_IND = 142
    AT_RQSI_RES = 143
    AT_TWAN_CONN_MODE = 144
    AT_VIRTUAL_NETWORK_ID = 145
    AT_VIRTUAL_NETWORK_REQ = 146
    AT_CONNECTIVITY_TYPE = 147
    AT_HANDOVER_INDICATION = 148
    AT_HANDOVER_SESSION_ID = 149
    AT_MN_SERIAL_ID = 150
    AT_DEVICE_IDENTITY = 151


@record
class AkaAttribute:
    """One attribute; ``value`` is what it means (RAND, RES, identity …), without reserved bytes, inner length and
    padding. Where the value does not have its attribute's form, ``value`` is all of it and the packet is malformed.
    """

    type: int
    value: bytes


@record
class EapPacket:
    """One EAP packet.

    ``type`` is ``None`` for Success and Failure. ``subtype`` and ``attributes`` belong to the AKA, AKA' and SIM
    methods; ``data`` is the type-data of every other method (the identity for Identity, wanted types for Nak).
    """

    code: int
    identifier: int
    size: int
    type: int | None = None
    data: bytes = b""
    subtype: int | None = None
    attributes: tuple[AkaAttribute, ...] = ()
    malformed: Malformed | None = None

    @property
    def is_aka(self) -> bool:
        """EAP-AKA or EAP-AKA'."""
        return self.type in (EapType.AKA, EapType.AKA_PRIME)

    def attribute(self, kind: int) -> bytes | None:
        """The value of the first attribute of one type."""
        return next((a.value for a in self.attributes if a.type == kind), None)

    @property
    def identity(self) -> str | None:
        """The identity a Response gives: EAP-Response/Identity or AT_IDENTITY; ``None`` where it gives none."""
        if self.code != EapCode.RESPONSE:
            return None
        value = self.data if self.type == EapType.IDENTITY else self.attribute(AkaAttributeType.AT_IDENTITY)
        return None if value is None else inert_text(value)
