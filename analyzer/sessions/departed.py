"""SPIs of sessions that are over: a packet that comes late opens no session that would seem to have started unseen."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from dissectors.events import Address, Event
from dissectors.ikev2.messages import IkeMessage, Nonce
from dissectors.ikev2.registry import ExchangeType
from dissectors.protected import EspMessage
from rules.session import NO_SPI, IkeEvent, IkeSa, Session

MOST_IKE = 8192
MOST_ESP = 16384
Key: TypeAlias = tuple[bytes, bytes] | tuple[int, Address]


class Departed:
    """The newest of them, each with the number of its session."""

    def __init__(self) -> None:
        self._ike: OrderedDict[Key, int] = OrderedDict()
        self._attempts: OrderedDict[Key, int] = OrderedDict()  # by initiator's SPI and nonce
        self._esp: OrderedDict[Key, int] = OrderedDict()

    def enter(self, session: Session) -> None:
        """Takes note of a session, before it is stripped."""
        for sa in session.ike_sas[-8:]:
            if sa.responder_spi != NO_SPI:
                _put(self._ike, (sa.initiator_spi, sa.responder_spi), session.number, MOST_IKE)
            nonce = _nonce(sa)
            if nonce:
                _put(self._attempts, (sa.initiator_spi, nonce), session.number, MOST_IKE)
        for spi, destination in list(session.esp_flows)[-16:]:
            _put(self._esp, (spi, destination), session.number, MOST_ESP)

    def session_of(self, event: Event[IkeMessage] | Event[EspMessage]) -> int:
        """The number of the session that a packet comes too late for, else 0."""
        message = event.message
        if isinstance(message, EspMessage):
            return self._esp.get((message.spi, event.destination.address), 0)
        number = self._ike.get((message.initiator_spi, message.responder_spi), 0)
        if number or message.exchange_type != ExchangeType.IKE_SA_INIT:
            return number
        nonce = message.first(Nonce)
        return self._attempts.get((message.initiator_spi, nonce.data), 0) if nonce and message.is_request else 0


def _nonce(sa: IkeSa) -> bytes:
    """The nonce of the last request: an initiator that begins anew has another, even under the same SPI."""
    request: IkeEvent | None = sa.init_request
    nonce = request.message.first(Nonce) if request else None
    return nonce.data if nonce else b""


def _put(newest: OrderedDict[Key, int], key: Key, number: int, most: int) -> None:
    newest[key] = number
    newest.move_to_end(key)
    if len(newest) > most:
        newest.popitem(last=False)
