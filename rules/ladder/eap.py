"""``EAP(…)``: EAP packets with their AKA attributes."""

from __future__ import annotations

from dissectors.eap import AkaAttribute, AkaAttributeType, AkaSubtype, EapCode, EapPacket, EapType
from rules.ladder.scene import Place, filler
from rules.ladder.script import LadderError
from rules.ladder.values import plain_bytes
from rules.model import Role

METHODS = {"AKA": EapType.AKA, "AKA'": EapType.AKA_PRIME, "SIM": EapType.SIM}
SIZES = {
    AkaAttributeType.AT_RES: 8,
    AkaAttributeType.AT_AUTS: 14,
    AkaAttributeType.AT_ENCR_DATA: 32,
    AkaAttributeType.AT_NOTIFICATION: 2,
    AkaAttributeType.AT_CLIENT_ERROR_CODE: 2,
    AkaAttributeType.AT_KDF: 2,
    AkaAttributeType.AT_COUNTER: 2,
    AkaAttributeType.AT_PERMANENT_ID_REQ: 0,
    AkaAttributeType.AT_ANY_ID_REQ: 0,
    AkaAttributeType.AT_FULLAUTH_ID_REQ: 0,
    AkaAttributeType.AT_RESULT_IND: 0,
}
ANSWERS = {
    "Request/Identity": "EAP(Response/Identity={identity})",
    "Request/AKA-Identity": "EAP(Response/AKA-Identity AT_IDENTITY={identity})",
    "Request/AKA-Challenge": "EAP(Response/AKA-Challenge AT_RES AT_MAC)",
    "Request/AKA'-Challenge": "EAP(Response/AKA'-Challenge AT_RES AT_MAC)",
    "Request/AKA-Reauthentication": "EAP(Response/AKA-Reauthentication AT_IV AT_ENCR_DATA AT_MAC)",
    "Request/AKA-Notification": "EAP(Response/AKA-Notification)",
}
CHALLENGE = "EAP(Request/AKA-Challenge AT_RAND AT_AUTN AT_MAC)"


def eap_packet(args: str, place: Place) -> EapPacket:
    """``Request/Identity``, ``Response/AKA-Challenge AT_RES AT_MAC``, ``Success``, ``Response/Nak=0x17``, ``id=9``."""
    head, *rest = args.split()
    name, _, value = head.partition("=")
    code_name, _, kind = name.partition("/")
    code = EapCode[code_name.upper()]
    identifier = int(next((w[3:] for w in rest if w.startswith("id=")), place.message_id))
    if not kind:
        return EapPacket(code, identifier, 4)
    method, _, subtype = kind.partition("-")
    if method not in METHODS:
        data = _type_data(value, kind, place)
        return EapPacket(code, identifier, 5 + len(data), _type(kind), data)
    attributes = tuple(_attribute(w, place) for w in rest if w.startswith("AT_"))
    size = 8 + sum(4 * -(-(4 + len(a.value)) // 4) for a in attributes)
    return EapPacket(code, identifier, size, METHODS[method], b"", _subtype(method, subtype), attributes)


def _type(kind: str) -> int:
    name = kind.upper().replace("-", "_")
    if name not in EapType.__members__:
        raise LadderError(f"not an EAP type: {kind}")
    return EapType[name]


def _subtype(method: str, name: str) -> int:
    known = f"SIM_{name}".upper() if method == "SIM" else name.upper().replace("-", "_")
    return int(name) if name.isdigit() else AkaSubtype[known]


def _type_data(value: str, kind: str, place: Place) -> bytes:
    if value or kind != "Identity" or place.role is not Role.UE:
        return plain_bytes(value, place)
    return place.ue.identity.encode()


def _attribute(word: str, place: Place) -> AkaAttribute:
    name, _, value = word.partition("=")
    kind = AkaAttributeType[name]
    if value:
        return AkaAttribute(kind, plain_bytes(value, place))
    if kind == AkaAttributeType.AT_IDENTITY:
        return AkaAttribute(kind, place.ue.identity.encode())
    return AkaAttribute(kind, filler(place.sa.label(name, place.message_id), SIZES.get(kind, 16)))


def answer_to(request: str, place: Place) -> str:
    """The EAP payload with which a compliant UE answers the HA's last one."""
    for asked, answer in ANSWERS.items():
        if request.startswith((f"EAP({asked} ", f"EAP({asked})")):
            return answer.format(identity=place.ue.identity)
    return ANSWERS["Request/AKA-Challenge"]


def next_request(response: str) -> str:
    """The EAP payload with which the HA goes on after the UE's last one."""
    return (
        "EAP(Success)"
        if response.startswith(("EAP(Response/AKA-C", "EAP(Response/AKA'-C", "EAP(Response/AKA-R"))
        else CHALLENGE
    )
