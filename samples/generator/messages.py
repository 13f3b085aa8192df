"""IKEv2 messages: the header, SK (RFC 7296 section 3.14, RFC 5282) and SKF (RFC 7383)."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from samples.generator.codes import FLAG_INITIATOR, FLAG_RESPONSE, IKE_VERSION, Exchange, Kind
from samples.generator.keymat import IkeKeys
from samples.generator.payloads import Payload, chain, first_kind
from samples.generator.suites import Suite

HEADER_SIZE = 28


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the header says, but for next payload and length."""

    spis: bytes  # initiator, responder
    exchange: Exchange
    flags: int
    message_id: int

    def header(self, next_payload: int, size: int) -> bytes:
        fields = (self.spis, next_payload, IKE_VERSION, self.exchange, self.flags, self.message_id, size)
        return struct.pack("!16sBBBBII", *fields)


def clear_message(envelope: Envelope, payloads: Sequence[Payload]) -> bytes:
    """An IKE_SA_INIT message."""
    body = chain(payloads)
    return envelope.header(first_kind(payloads), HEADER_SIZE + len(body)) + body


@dataclass(slots=True)
class Sealer:
    """Seals what one end sends on an IKE SA."""

    suite: Suite
    keys: IkeKeys
    original_initiator: bool
    rng: random.Random

    def seal(self, envelope: Envelope, payloads: Sequence[Payload], limit: int | None = None) -> list[bytes]:
        """The messages that carry the payloads: one, or SKF fragments of at most ``limit`` bytes each."""
        inner = chain(payloads)
        if limit is None or self._sealed_size(len(inner), b"") <= limit:
            return [self._seal(envelope, Kind.SK, first_kind(payloads), b"", inner)]
        return self._fragments(envelope, first_kind(payloads), inner, limit)

    def _fragments(self, envelope: Envelope, kind: int, inner: bytes, limit: int) -> list[bytes]:
        room = next(size for size in range(limit, 0, -1) if self._sealed_size(size, bytes(4)) <= limit)
        pieces = [inner[start : start + room] for start in range(0, len(inner), room)]
        return [
            # Only the first fragment names the first payload inside (RFC 7383 section 2.5).
            self._seal(envelope, Kind.SKF, kind if n == 1 else 0, struct.pack("!HH", n, len(pieces)), piece)
            for n, piece in enumerate(pieces, start=1)
        ]

    def _padding(self, size: int) -> int:
        return -(size + 1) % self.suite.cipher.block_size

    def _sealed_size(self, inner: int, fragment: bytes) -> int:
        icv = self.suite.cipher.icv_size or self._icv_size()
        padded = inner + self._padding(inner) + 1
        return HEADER_SIZE + 4 + len(fragment) + self.suite.cipher.iv_size + padded + icv

    def _icv_size(self) -> int:
        return self.suite.integrity.icv_size if self.suite.integrity else 0

    def _seal(self, envelope: Envelope, kind: Kind, inner_kind: int, fragment: bytes, inner: bytes) -> bytes:
        cipher, integrity = self.suite.cipher, self.suite.integrity
        size = self._sealed_size(len(inner), fragment)
        head = envelope.header(kind, size) + struct.pack("!BxH", inner_kind, size - HEADER_SIZE) + fragment
        padding = self._padding(len(inner))
        iv = self.rng.randbytes(cipher.iv_size)
        key = self.keys.ei if self.original_initiator else self.keys.er
        message = head + iv + cipher.encrypt(key, iv, inner + bytes(padding) + bytes([padding]), head)
        if integrity and not cipher.icv_size:
            message += integrity.icv(self.keys.ai if self.original_initiator else self.keys.ar, message)
        return message


def flags_of(original_initiator: bool, response: bool) -> int:
    """The I and R flags."""
    return (FLAG_INITIATOR if original_initiator else 0) | (FLAG_RESPONSE if response else 0)
