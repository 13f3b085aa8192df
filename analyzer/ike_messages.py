"""An IKE message as opening leaves it: inner payloads in place, or the reason why they are not."""

from __future__ import annotations

from dataclasses import replace

from dissectors.buffer import Reader
from dissectors.events import Sealed, SealReason
from dissectors.ikev2.decode import decode_chain
from dissectors.ikev2.messages import Encrypted, IkeMessage, MalformedPayload
from dissectors.ikev2.registry import ExchangeType, PayloadType


def hidden_if_broken(message: IkeMessage) -> IkeMessage:
    """A message whose SK or SKF cannot be found hides what it held: that is not the same as holding nothing."""
    last = message.payloads[-1] if message.payloads else None
    broken = isinstance(last, MalformedPayload) and last.type in (PayloadType.SK, PayloadType.SKF)
    if message.encrypted is not None or not (broken or message.malformed):
        return message
    if message.exchange_type == ExchangeType.IKE_SA_INIT:
        return message
    fault = last.fault if isinstance(last, MalformedPayload) and broken else message.malformed
    closed = Encrypted(0, b"", sealed=Sealed(SealReason.MALFORMED, f"the Encrypted payload is not readable: {fault}"))
    return replace(message, payloads=(*message.payloads, closed), malformed=message.malformed or fault)


def opened_message(
    message: IkeMessage, encrypted: Encrypted, plain: bytes | None, sealed: Sealed | None, first: int
) -> IkeMessage:
    """The message with its encrypted payload opened or sealed, and the inner payloads in place."""
    if plain is None or sealed is not None or (encrypted.total and not first):
        closed = replace(encrypted, plain=plain, sealed=sealed)
        return message.opened(closed)
    inner, fault = decode_chain(Reader(plain), first)
    return message.opened(encrypted.holding(plain, first), inner, fault)
