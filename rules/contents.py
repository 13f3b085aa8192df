"""What a message holds, told by payload type, so that a payload that cannot be read still counts as there."""

from __future__ import annotations

from dissectors.ikev2.contents import type_of
from dissectors.ikev2.messages import Configuration, Delete, IkeMessage, MalformedPayload, Notify, Payload
from dissectors.ikev2.registry import AttributeType, CfgType, NotifyType, PayloadType, ProtocolId

__all__ = [
    "configured",
    "cut_notify",
    "deletes_ike_sa",
    "notifies",
    "payloads_of",
    "refuses_outside_sa",
    "type_name",
    "type_of",
    "types_in",
]

OUTSIDE_SA = frozenset({NotifyType.INVALID_IKE_SPI, NotifyType.INVALID_SPI, NotifyType.INVALID_MAJOR_VERSION})


def payloads_of(message: IkeMessage) -> tuple[Payload, ...]:
    """All payloads, the clear ones first."""
    return message.payloads + message.inner


def types_in(message: IkeMessage) -> frozenset[int]:
    """The types of all payloads."""
    return message.contents.types


def type_name(kind: int) -> str:
    """A payload type as a person names it: ``CP``, ``payload type 200``."""
    try:
        return PayloadType(kind).name
    except ValueError:
        return f"payload type {kind}"


def cut_notify(message: IkeMessage, kind: int) -> MalformedPayload | None:
    """A notification of one type that could not be read, as its SPI would leave the payload."""
    bad = message.each(MalformedPayload)
    if not bad:
        return None
    data = kind.to_bytes(2)
    return next((p for p in bad if p.type == PayloadType.NOTIFY and p.data[2:4] == data), None)


def notifies(message: IkeMessage, kind: int) -> list[Notify]:
    """All notifications of one type."""
    return [n for n in message.each(Notify) if n.type == kind] if message.notify(kind) else []


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
    return not OUTSIDE_SA.isdisjoint(message.contents.notifies)
