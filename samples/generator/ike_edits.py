"""Edits of IKE messages, to plant faults with: of payloads before they are sealed, and of octets as they go out."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from samples.generator.codes import At, Kind, Notice
from samples.generator.knobs import Edit, replaced
from samples.generator.payloads import Payload


def _is(payload: Payload, notice: Notice) -> bool:
    return payload.kind == Kind.NOTIFY and payload.body[2:4] == struct.pack("!H", notice)


def without_notice(notice: Notice) -> Edit:
    """Leaves notifies of one type out."""
    return lambda payloads: [payload for payload in payloads if not _is(payload, notice)]


def with_notice_data(notice: Notice, data: Callable[[bytes], bytes]) -> Edit:
    """Rewrites what stands behind the type of a notify without SPI."""

    def edit(payloads: list[Payload]) -> list[Payload]:
        return [
            replace(payload, body=payload.body[:4] + data(payload.body[4:])) if _is(payload, notice) else payload
            for payload in payloads
        ]

    return edit


def critical(*kinds: int) -> Edit:
    """Sets the critical bit of payloads of some kinds."""
    return lambda payloads: [replace(payload, critical=payload.kind in kinds) for payload in payloads]


def one_after_the_other(*edits: Edit) -> Edit:
    """All of them."""

    def edit(payloads: list[Payload]) -> list[Payload]:
        for each in edits:
            payloads = each(payloads)
        return payloads

    return edit


def without_aka(*kinds: At) -> Edit:
    """Leaves attributes out of an EAP-AKA packet, whose length is told anew (RFC 4187 section 8.1)."""

    def strip(packet: bytes) -> bytes:
        kept, at = packet[:8], 8
        while at < len(packet):
            size = 4 * packet[at + 1]
            if packet[at] not in kinds:
                kept += packet[at : at + size]
            at += size
        return kept[:2] + struct.pack("!H", len(kept)) + kept[4:]

    return replaced(Kind.EAP, strip)


def wrong_icv(message: bytes) -> bytes:
    """The last octet of a sealed message is another one."""
    return message[:-1] + bytes([message[-1] ^ 0xFF])


def with_responder_spi(message: bytes) -> bytes:
    """A responder SPI where there can be none yet."""
    return message[:8] + bytes.fromhex("1122334455667788") + message[16:]
