"""EAP (RFC 3748), EAP-AKA (RFC 4187) and EAP-AKA' (RFC 5448, RFC 9048)."""

from __future__ import annotations

from dissectors.eap.attributes import decode_attributes
from dissectors.eap.decode import decode_eap
from dissectors.eap.packets import AkaAttribute, AkaAttributeType, AkaSubtype, EapCode, EapPacket, EapType

__all__ = [
    "AkaAttribute",
    "AkaAttributeType",
    "AkaSubtype",
    "EapCode",
    "EapPacket",
    "EapType",
    "decode_attributes",
    "decode_eap",
]
