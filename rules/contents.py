"""What a message holds, told by payload type, so that a payload that cannot be read still counts as there."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.ikev2.messages import (
    Authentication,
    Certificate,
    CertificateRequest,
    Configuration,
    Delete,
    Eap,
    Encrypted,
    Identification,
    IkeMessage,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Notify,
    Payload,
    SecurityAssociation,
    TrafficSelectors,
    UnknownPayload,
    VendorId,
)
from dissectors.ikev2.registry import AttributeType, CfgType, NotifyType, PayloadType, ProtocolId

TYPES: dict[type[Payload], PayloadType] = {
    SecurityAssociation: PayloadType.SA,
    KeyExchange: PayloadType.KE,
    Certificate: PayloadType.CERT,
    CertificateRequest: PayloadType.CERTREQ,
    Authentication: PayloadType.AUTH,
    Nonce: PayloadType.NONCE,
    Notify: PayloadType.NOTIFY,
    Delete: PayloadType.DELETE,
    VendorId: PayloadType.VENDOR_ID,
    Configuration: PayloadType.CP,
    Eap: PayloadType.EAP,
}


def type_of(payload: Payload) -> int:
    """The payload type in the chain."""
    match payload:
        case UnknownPayload() | MalformedPayload():
            return payload.type
        case Identification():
            return PayloadType.IDi if payload.initiator else PayloadType.IDr
        case TrafficSelectors():
            return PayloadType.TSi if payload.initiator else PayloadType.TSr
        case Encrypted():
            return PayloadType.SKF if payload.total else PayloadType.SK
    return TYPES[type(payload)]


def payloads_of(message: IkeMessage) -> Iterator[Payload]:
    """All payloads, the clear ones first."""
    yield from message.payloads
    yield from message.inner


def types_in(message: IkeMessage) -> frozenset[int]:
    """The types of all payloads."""
    return frozenset(map(type_of, payloads_of(message)))


def type_name(kind: int) -> str:
    """A payload type as a person names it: ``CP``, ``payload type 200``."""
    try:
        return PayloadType(kind).name
    except ValueError:
        return f"payload type {kind}"


def cut_notify(message: IkeMessage, kind: int) -> MalformedPayload | None:
    """A notification of one type that could not be read, as its SPI would leave the payload."""
    data = kind.to_bytes(2)
    bad = (p for p in message.each(MalformedPayload) if p.type == PayloadType.NOTIFY)
    return next((p for p in bad if p.data[2:4] == data), None)


def notifies(message: IkeMessage, kind: int) -> list[Notify]:
    """All notifications of one type."""
    return [n for n in message.each(Notify) if n.type == kind]


def deletes_ike_sa(message: IkeMessage) -> bool:
    return any(d.protocol == ProtocolId.IKE for d in message.each(Delete))


def configured(message: IkeMessage, kind: CfgType, attribute: AttributeType) -> list[bytes]:
    """The values of an attribute in CFG_REQUEST or CFG_REPLY."""
    return [v for cfg in message.each(Configuration) if cfg.cfg_type == kind for v in cfg.values(attribute)]


def refuses_outside_sa(message: IkeMessage) -> bool:
    """An unprotected message that needs no IKE SA: INVALID_IKE_SPI, INVALID_SPI or INVALID_MAJOR_VERSION.

    RFC 7296 sections 1.5 and 2.5. It belongs to no exchange, whatever its header says.
    """
    if message.encrypted is not None:
        return False
    kinds = (NotifyType.INVALID_IKE_SPI, NotifyType.INVALID_SPI, NotifyType.INVALID_MAJOR_VERSION)
    return any(message.notify(kind) for kind in kinds)
