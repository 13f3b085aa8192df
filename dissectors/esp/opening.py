"""Opening ESP with the keys of its SA, RFC 4303 sections 3.4.4 and 2.2.1 (extended sequence numbers)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dissectors.esp.packets import EspPacket, OpenedEsp, is_default_padding, split_trailer
from dissectors.events import Sealed, SealReason
from dissectors.ikev2.algorithms import Suite, UnsupportedAlgorithm, suite_of
from dissectors.ikev2.unseal import Secret, Unsealed, unseal
from dissectors.keymat import EspKeys

HIGHEST = 0xFFFFFFFF

_HEADER = struct.Struct(">II")
_EXTENDED = struct.Struct(">III")
_HIGH = struct.Struct(">I")


def open_esp(packet: EspPacket, keys: EspKeys, *, sequence_high: int = 0) -> OpenedEsp | Sealed:
    """The packet's inside, or why it stays closed. Never raises.

    ``sequence_high`` are the high bits of the SA's last good packet, if extended sequence numbers are in use. The
    SPI is not compared: which keys to try is the caller's choice.
    """
    if packet.malformed is not None:
        return Sealed(SealReason.MALFORMED, f"the ESP header is malformed: {packet.malformed}")
    try:
        suite = suite_of(keys.spec)
    except UnsupportedAlgorithm as unsupported:
        return Sealed(SealReason.UNSUPPORTED, f"algorithm not supported: {unsupported}")
    secret = Secret(keys.key, keys.integrity_key, keys.origin)
    return _open(packet, suite, secret, _high_parts(suite, keys.esn, sequence_high))


def _open(packet: EspPacket, suite: Suite, secret: Secret, highs: Iterator[int | None]) -> OpenedEsp | Sealed:
    first: Sealed | None = None
    for high in highs:
        unsealed = _unseal(packet, suite, secret, high)
        if isinstance(unsealed, Unsealed):
            return _inside(unsealed, suite, high or 0)
        if unsealed.reason is not SealReason.ICV_MISMATCH:
            return unsealed
        first = first or unsealed
    return first or Sealed(SealReason.ICV_MISMATCH, "ICV does not match")


def _high_parts(suite: Suite, esn: bool | None, last: int) -> Iterator[int | None]:
    """The high sequence bits to try, likeliest first; ``None`` stands for 32-bit sequence numbers.

    Around a wrap of the low bits a packet may be of the next or, late, of the previous high part (RFC 4303
    appendix A2.1). A capture that starts late does not know the high bits: 0 is tried last.
    """
    if not esn or not suite.checks:
        yield None
    if esn is False or not suite.checks:
        return
    tried = dict.fromkeys((last, last + 1, last - 1, 0))
    yield from (high for high in tried if 0 <= high <= HIGHEST)


def _unseal(packet: EspPacket, suite: Suite, secret: Secret, high: int | None) -> Unsealed | Sealed:
    """ESN widens an AEAD's additional data (RFC 4106 section 5), or goes behind the ciphertext (RFC 4303 2.2.1)."""
    if high is not None and suite.encryption.is_aead:
        return unseal(suite, secret, _EXTENDED.pack(packet.spi, high, packet.sequence), packet.body)
    header = _HEADER.pack(packet.spi, packet.sequence)
    return unseal(suite, secret, header, packet.body, b"" if high is None else _HIGH.pack(high))


def _inside(unsealed: Unsealed, suite: Suite, high: int) -> OpenedEsp | Sealed:
    parts = split_trailer(unsealed.plain)
    if parts is None:
        shown = f"{len(unsealed.plain)} bytes decrypted"
        if len(unsealed.plain) >= 2:
            shown += f", pad length {unsealed.plain[-2]}"
        return Sealed(SealReason.MALFORMED, f"no ESP trailer: {shown}")
    payload, padding, next_header = parts
    return OpenedEsp(
        payload,
        next_header,
        len(padding),
        padding,
        is_default_padding(padding),
        unsealed.icv_ok,
        high,
        suite.iv_size,
        suite.icv_size,
    )
