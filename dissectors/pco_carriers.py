"""The messages that carry PCO between a UE and the network: TS 24.301 (NAS) and TS 29.274 (GTPv2-C).

tshark reads the carriers; what it tells of one message is put here into a typed value, the PCO decoded by us.
"""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum
from typing import TypeAlias

from dissectors.pco import ProtocolConfigurationOptions, describe_pco
from dissectors.record import record


class EsmMessage(IntEnum):
    """Session management in NAS: TS 24.301 table 9.8.2."""

    ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_REQUEST = 0xC1
    ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_ACCEPT = 0xC2
    ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_REJECT = 0xC3
    ACTIVATE_DEDICATED_EPS_BEARER_CONTEXT_REQUEST = 0xC5
    ACTIVATE_DEDICATED_EPS_BEARER_CONTEXT_ACCEPT = 0xC6
    ACTIVATE_DEDICATED_EPS_BEARER_CONTEXT_REJECT = 0xC7
    MODIFY_EPS_BEARER_CONTEXT_REQUEST = 0xC9
    MODIFY_EPS_BEARER_CONTEXT_ACCEPT = 0xCA
    MODIFY_EPS_BEARER_CONTEXT_REJECT = 0xCB
    DEACTIVATE_EPS_BEARER_CONTEXT_REQUEST = 0xCD
    DEACTIVATE_EPS_BEARER_CONTEXT_ACCEPT = 0xCE
    PDN_CONNECTIVITY_REQUEST = 0xD0
    PDN_CONNECTIVITY_REJECT = 0xD1
    PDN_DISCONNECT_REQUEST = 0xD2
    PDN_DISCONNECT_REJECT = 0xD3
    BEARER_RESOURCE_ALLOCATION_REQUEST = 0xD4
    BEARER_RESOURCE_ALLOCATION_REJECT = 0xD5
    BEARER_RESOURCE_MODIFICATION_REQUEST = 0xD6
    BEARER_RESOURCE_MODIFICATION_REJECT = 0xD7
    ESM_INFORMATION_RESPONSE = 0xDA


class EmmMessage(IntEnum):
    """Mobility management in NAS, as far as it ends PDN connections: TS 24.301 table 9.8.1."""

    DETACH_REQUEST = 0x45


class Gtpv2Message(IntEnum):
    """TS 29.274 table 6.1-1."""

    CREATE_SESSION_REQUEST = 32
    CREATE_SESSION_RESPONSE = 33
    MODIFY_BEARER_REQUEST = 34
    MODIFY_BEARER_RESPONSE = 35
    DELETE_SESSION_REQUEST = 36
    DELETE_SESSION_RESPONSE = 37
    BEARER_RESOURCE_COMMAND = 68
    CREATE_BEARER_REQUEST = 95
    CREATE_BEARER_RESPONSE = 96
    UPDATE_BEARER_REQUEST = 97
    UPDATE_BEARER_RESPONSE = 98
    DELETE_BEARER_REQUEST = 99
    DELETE_BEARER_RESPONSE = 100


class FTeidInterface(IntEnum):
    """Control-plane interface types of an F-TEID, between the nodes that PCO goes through: TS 29.274 table 8.22-1."""

    S5_S8_SGW_GTP_C = 6
    S5_S8_PGW_GTP_C = 7
    S11_MME_GTP_C = 10
    S11_S4_SGW_GTP_C = 11
    S4_SGSN_GTP_C = 17
    S2B_EPDG_GTP_C = 30
    S2B_PGW_GTP_C = 32
    S2A_TWAN_GTP_C = 35
    S2A_PGW_GTP_C = 36


NODES: dict[FTeidInterface, tuple[str, str]] = {
    FTeidInterface.S5_S8_SGW_GTP_C: ("SGW", "PGW"),
    FTeidInterface.S5_S8_PGW_GTP_C: ("PGW", "SGW"),
    FTeidInterface.S11_MME_GTP_C: ("MME", "SGW"),
    FTeidInterface.S11_S4_SGW_GTP_C: ("SGW", ""),  # an MME or an SGSN
    FTeidInterface.S4_SGSN_GTP_C: ("SGSN", "SGW"),
    FTeidInterface.S2B_EPDG_GTP_C: ("ePDG", "PGW"),
    FTeidInterface.S2B_PGW_GTP_C: ("PGW", "ePDG"),
    FTeidInterface.S2A_TWAN_GTP_C: ("TWAN", "PGW"),
    FTeidInterface.S2A_PGW_GTP_C: ("PGW", "TWAN"),
}
"""The node whose F-TEID it is, and the one it speaks with."""

CarrierMessage: TypeAlias = EsmMessage | EmmMessage | Gtpv2Message

UPLINK: frozenset[CarrierMessage] = frozenset(
    {
        EsmMessage.ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_ACCEPT,
        EsmMessage.ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_REJECT,
        EsmMessage.ACTIVATE_DEDICATED_EPS_BEARER_CONTEXT_ACCEPT,
        EsmMessage.ACTIVATE_DEDICATED_EPS_BEARER_CONTEXT_REJECT,
        EsmMessage.MODIFY_EPS_BEARER_CONTEXT_ACCEPT,
        EsmMessage.MODIFY_EPS_BEARER_CONTEXT_REJECT,
        EsmMessage.DEACTIVATE_EPS_BEARER_CONTEXT_ACCEPT,
        EsmMessage.PDN_CONNECTIVITY_REQUEST,
        EsmMessage.PDN_DISCONNECT_REQUEST,
        EsmMessage.BEARER_RESOURCE_ALLOCATION_REQUEST,
        EsmMessage.BEARER_RESOURCE_MODIFICATION_REQUEST,
        EsmMessage.ESM_INFORMATION_RESPONSE,
        Gtpv2Message.CREATE_SESSION_REQUEST,
        Gtpv2Message.MODIFY_BEARER_REQUEST,
        Gtpv2Message.DELETE_SESSION_REQUEST,
        Gtpv2Message.BEARER_RESOURCE_COMMAND,
        Gtpv2Message.CREATE_BEARER_RESPONSE,
        Gtpv2Message.UPDATE_BEARER_RESPONSE,
        Gtpv2Message.DELETE_BEARER_RESPONSE,
    }
)
"""Messages whose PCO comes from the UE."""

CONNECTS: frozenset[CarrierMessage] = frozenset(
    {
        EsmMessage.PDN_CONNECTIVITY_REQUEST,
        EsmMessage.ESM_INFORMATION_RESPONSE,
        Gtpv2Message.CREATE_SESSION_REQUEST,
    }
)
"""Messages that carry what a UE asks for when it sets up a PDN connection. In an ESM INFORMATION RESPONSE it sends what
it kept back from the PDN CONNECTIVITY REQUEST until it is ciphered (TS 24.301 clause 6.6.1.2); GTP carries both on."""

RELEASES: frozenset[CarrierMessage] = frozenset(
    {
        EsmMessage.DEACTIVATE_EPS_BEARER_CONTEXT_REQUEST,
        EsmMessage.PDN_DISCONNECT_REQUEST,
        EmmMessage.DETACH_REQUEST,
        Gtpv2Message.DELETE_SESSION_REQUEST,
    }
)
"""Messages after which a PDN connection may be gone."""


@record
class PcoMessage:
    """A message of the 3GPP access, as far as PCO and the life of a PDN connection go.

    ``transaction`` is the same for a request and its answer. ``imsi`` and ``apn`` are those of the message, or, where
    it names none, of the UE it is known to be about. ``nodes`` are the sender and the receiver as far as messages tell
    which nodes they are, else empty.
    """

    kind: CarrierMessage
    pco: ProtocolConfigurationOptions | None = None
    imsi: str | None = None
    apn: str | None = None
    pdn_type: int | None = None  # 1 IPv4, 2 IPv6, 3 both
    transaction: tuple[object, ...] = ()
    nodes: tuple[str, str] = field(default=("", ""), compare=False)

    @property
    def is_uplink(self) -> bool:
        """Sent by the UE, or passing on what it sent."""
        return self.kind in UPLINK

    @property
    def name(self) -> str:
        """``PDN CONNECTIVITY REQUEST``, ``Create Session Request``: as their specifications write them."""
        words = self.kind.name.replace("_", " ")
        return words.title() if isinstance(self.kind, Gtpv2Message) else words

    @property
    def malformed(self) -> object:
        """The fault of the PCO, if it has one."""
        return self.pco.malformed if self.pco else None


def describe_pco_message(message: PcoMessage) -> str:
    """One line: the message, and what its PCO asks for or gives."""
    return f"{message.name}, {describe_pco(message.pco)}" if message.pco else message.name
