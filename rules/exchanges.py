"""How messages of one IKE SA hang together: request and response, Message IDs, what was seen of each end."""

from __future__ import annotations

from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.registry import ExchangeType
from rules.history import same_message
from rules.learning import is_refusal
from rules.session import KEPT, NO_SPI, Exchange, IkeEvent, IkeSa


def same_sa(one: IkeMessage, other: IkeMessage) -> bool:
    """By the SPIs; the responder's may not be chosen yet."""
    if one.initiator_spi != other.initiator_spi:
        return False
    return one.responder_spi == other.responder_spi or NO_SPI in (one.responder_spi, other.responder_spi)


def asker_is_initiator(message: IkeMessage) -> bool:
    """Whether the exchange was begun by the original initiator of the IKE SA."""
    return message.from_initiator ^ message.is_response


def answers(request: IkeEvent, response: IkeEvent) -> bool:
    """Whether a response is to this request."""
    asked, told = request.message, response.message
    if not told.is_response or asked.message_id != told.message_id or asked.from_initiator == told.from_initiator:
        return False
    if ExchangeType.IKE_SA_INIT not in (asked.exchange_type, told.exchange_type):
        return same_sa(asked, told)
    same_peer = request.destination.address == response.source.address
    return asked.exchange_type == told.exchange_type and same_peer and same_sa(asked, told)


def numbers_seen(sa: IkeSa, from_initiator: bool) -> list[int]:
    """Message IDs of one end's requests; that of a response without a captured request counts as well."""
    return [number for initiator, number in sa.exchanges if initiator is from_initiator]


def begins_in_sight(sa: IkeSa) -> bool:
    """Whether every exchange of the IKE SA since its first is known."""
    return not sa.partial and len(sa.exchanges) < KEPT


def highest_before(event: IkeEvent, sa: IkeSa) -> int | None:
    """The highest Message ID this end's requests had before ``event``, -1 for none; ``None`` where it is unknown."""
    initiator, own = asker_is_initiator(event.message), event.message.message_id
    before = [n for n in numbers_seen(sa, initiator) if n != own and _came_before(sa.exchanges[initiator, n], event)]
    if before:
        return max(before)
    return -1 if begins_in_sight(sa) else None


def _came_before(exchange: Exchange, event: IkeEvent) -> bool:
    first = exchange.request or exchange.response
    return first is not None and first.frame < event.frame


def skips(event: IkeEvent, sa: IkeSa) -> tuple[int, int] | None:
    """The Message IDs that a request leaves out, first and last; ``None`` if it leaves out none."""
    previous = sa.exchanges.get((asker_is_initiator(event.message), event.message.message_id - 1))
    if previous is not None and _came_before(previous, event):
        return None
    highest = highest_before(event, sa)
    if highest is None or event.message.message_id <= highest + 1:
        return None
    return highest + 1, event.message.message_id - 1


def conflict(event: IkeEvent, sa: IkeSa) -> IkeEvent | None:
    """The earlier message with the same Message ID, direction and R flag, but other content.

    RFC 7296 lets an IKE_SA_INIT request change after a refusal (sections 1.2, 2.6; RFC 5685 section 3), and refusals
    are stateless: two of them may differ, and the answer to a new request differs from a refusal.
    """
    exchange = sa.exchange(event)
    if exchange is None:
        return None
    first = exchange.response if event.message.is_response else exchange.request
    if first is None or same_message(first.message, event.message):
        return None
    return None if _follows_refusal(event, first, exchange, sa) else first


def _follows_refusal(event: IkeEvent, first: IkeEvent, exchange: Exchange, sa: IkeSa) -> bool:
    if {event.message.exchange_type, first.message.exchange_type} != {ExchangeType.IKE_SA_INIT}:
        return False
    if event.message.is_response:
        return is_refusal(event.message) or is_refusal(first.message)
    if any(same_message(known.message, event.message) for known in sa.init_requests):
        return True
    return exchange.response is not None and is_refusal(exchange.response.message)
