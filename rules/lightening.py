"""What is kept of a session's messages once nothing has happened in it for a while.

Rules go on asking what an old message held: which payloads, which notifications, who said so. They do not ask for the
bytes of ciphertext, of a public value or of a certificate; those are let go, with a digest that still tells a
retransmission. What many sessions have in common is kept once. Nothing here changes a verdict.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Any, TypeVar, cast

from dissectors.esp import OpenedEsp
from dissectors.events import Event
from dissectors.ikev2.messages import (
    Authentication,
    Eap,
    Encrypted,
    IkeMessage,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Payload,
    UnknownPayload,
)
from dissectors.mobility_packet import MobilityPacket
from dissectors.protected import EspMessage
from rules.bindings import HomeRegistration
from rules.session import IkeSa, Session

MOST_COMMON = 8192
"""Values that are kept once for all sessions."""
SHORT = 64
"""Bytes that are not worth a digest."""
OWN = (Nonce, Eap, UnknownPayload, MalformedPayload)
"""Payloads that no other session has alike."""
ValueT = TypeVar("ValueT", bound=Hashable)


class Remembered:
    """Bytes that were let go: it can still be told how many there were, and whether others are the same."""

    __slots__ = ("digest", "size")

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.digest = hash(data)  # keyed anew in every process, so that no two can be made alike on purpose

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.size > 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Remembered):
            return (self.size, self.digest) == (other.size, other.digest)
        return isinstance(other, bytes) and len(other) == self.size and hash(other) == self.digest

    def __hash__(self) -> int:
        return self.digest


def remembered(data: bytes) -> bytes:
    """A stand-in for bytes of which only size and sameness matter from here on."""
    if len(data) <= SHORT or isinstance(data, Remembered):
        return data
    return cast(bytes, Remembered(data))


class Lightener:
    """Makes the messages of quiet sessions lighter; holds what they have in common."""

    def __init__(self) -> None:
        self._common: dict[Hashable, Any] = {}

    def common(self, value: ValueT) -> ValueT:
        """The value that is kept for all that are equal to it."""
        known: ValueT | None = self._common.get(value)
        if known is not None and type(known) is type(value):
            return known
        if len(self._common) >= MOST_COMMON:
            self._common.clear()
        self._common[value] = value
        return value

    def lighten(self, session: Session) -> None:
        """Goes over the messages that a session keeps."""
        for event in messages_of(session):
            if isinstance(event.message, IkeMessage):
                if event.message.is_sorted:
                    self._lighten_ike(event.message)
                    self._share_ends(event)
            elif isinstance(event.message, MobilityPacket):
                self._lighten_mobility(event, event.message)
        for flow in session.esp_flows.values():
            if flow.last is not None and flow.last.message.packet.body:
                flow.last = replace(flow.last, message=_without_content(flow.last.message))
                self._share_ends(flow.last)

    def _share_ends(self, event: Event[Any]) -> None:
        _set(event, source=self.common(event.source), destination=self.common(event.destination))

    def _lighten_ike(self, message: IkeMessage) -> None:
        payloads, inner = (tuple(map(self._payload, of)) for of in (message.payloads, message.inner))
        _set(message, payloads=payloads, inner=inner, _contents=None)

    def _payload(self, payload: Payload) -> Payload:
        if isinstance(payload, Encrypted):
            plain = remembered(payload.plain) if payload.plain is not None else None
            return replace(payload, body=remembered(payload.body), plain=plain)
        if isinstance(payload, (KeyExchange, Authentication)):
            return replace(payload, data=remembered(payload.data))
        return payload if isinstance(payload, OWN) else self.common(payload)

    def _lighten_mobility(self, event: Event[Any], packet: MobilityPacket) -> None:
        if packet.esp is not None and packet.esp.packet.body:
            _set(packet, esp=_without_content(packet.esp), addressing=self.common(packet.addressing))
            _set(event, source=packet.addressing.outer_source, destination=packet.addressing.outer_destination)


def _without_content(message: EspMessage) -> EspMessage:
    """An ESP packet by its header; whether it was opened, and whether its ICV was right, is kept."""
    opened = message.opened
    if isinstance(opened, OpenedEsp):
        opened = replace(opened, payload=b"")
    return replace(message, packet=replace(message.packet, body=b""), opened=opened)


def messages_of(session: Session) -> Iterator[Event[Any]]:
    """Every IKE message and Mobility Header that a session keeps; some of them several times."""
    for sa in session.ike_sas:
        yield from messages_of_sa(sa)
    for child in session.children.values():
        yield from (event for event in (child.request, child.response, child.deleted) if event is not None)
    for home in session.homes.values():
        yield from _messages_of_home(home)


def messages_of_sa(sa: IkeSa) -> Iterator[Event[IkeMessage]]:
    """Those of one IKE SA."""
    yield from (*sa.init_requests, *sa.refusals, *sa.auth_requests, *sa.auth_responses)
    ends = (sa.init_response, sa.established, sa.failed, sa.redirect, sa.delete, sa.delete_answer)
    exchanged = (event for exchange in sa.exchanges.values() for event in (exchange.request, exchange.response))
    yield from (event for event in (*ends, *exchanged) if event is not None)


def _messages_of_home(home: HomeRegistration) -> Iterator[Event[MobilityPacket]]:
    yield from (*home.updates, *home.acks, *home.waiting.values())
    for binding in (*home.bindings.values(), *home.former):
        yield from (binding.update, binding.ack)


def _set(frozen: object, **fields: object) -> None:
    """Changes a record in place: others hold it too, and know it by identity."""
    for name, value in fields.items():
        object.__setattr__(frozen, name, value)
