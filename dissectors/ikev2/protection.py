"""Opening the Encrypted payload SK (RFC 7296 section 3.14) and its fragments SKF (RFC 7383 section 2.5)."""

from __future__ import annotations

from dataclasses import field

from dissectors.buffer import Reader
from dissectors.detail import byte_count
from dissectors.events import Sealed, SealReason
from dissectors.ikev2.algorithms import Suite, UnsupportedAlgorithm, suite_of
from dissectors.ikev2.messages import Encrypted, IkeMessage
from dissectors.ikev2.unseal import Secret, unseal
from dissectors.keymat import CipherSpec, IkeKeys
from dissectors.record import record

HEADER_SIZE = 28


@record
class Opened:
    """What SK or one SKF held. ``plain`` are the inner payloads, without padding and pad length.

    ``icv_ok`` is ``None`` where the ICV was not checked; ``iv_size`` and ``icv_size`` are those of the algorithms.
    """

    plain: bytes = field(repr=False)
    padding: bytes
    icv_ok: bool | None
    iv_size: int
    icv_size: int


def open_encrypted(data: bytes, start: int, message: IkeMessage, keys: IkeKeys, spec: CipherSpec) -> bytes | Sealed:
    """The inner payloads' bytes, or why the message stays closed. Never raises.

    ``message`` was decoded from ``data`` and begins there at ``start`` with its header; what follows
    ``message.size`` bytes is left aside. One SKF is opened by itself.
    """
    opened = open_with_padding(data, start, message, keys, spec)
    return opened if isinstance(opened, Sealed) else opened.plain


def open_with_padding(data: bytes, start: int, message: IkeMessage, keys: IkeKeys, spec: CipherSpec) -> Opened | Sealed:
    """As :func:`open_encrypted`, with what the field tree shows besides the payloads."""
    encrypted = message.encrypted
    if encrypted is None:
        return Sealed(SealReason.MALFORMED, "the message has no Encrypted payload that could be read")
    there = len(data) - start
    if message.size > there:
        return Sealed(SealReason.TRUNCATED, f"the message has {message.size} bytes, {max(there, 0)} are there")
    try:
        suite = suite_of(spec)
    except UnsupportedAlgorithm as unsupported:
        return Sealed(SealReason.UNSUPPORTED, f"algorithm not supported: {unsupported}")
    return _open(data, start, message, encrypted, _secret(message, keys), suite)


def _secret(message: IkeMessage, keys: IkeKeys) -> Secret:
    """The keys of the direction; the I flag tells it, whoever began this exchange (RFC 7296 section 2.2)."""
    if message.from_initiator:
        return Secret(keys.sk_ei, keys.sk_ai, keys.origin)
    return Secret(keys.sk_er, keys.sk_ar, keys.origin)


def _open(
    data: bytes, start: int, message: IkeMessage, encrypted: Encrypted, secret: Secret, suite: Suite
) -> Opened | Sealed:
    header = data[start : encrypted.offset]  # up to the IV, so an SKF's number and total are in it
    if len(header) < HEADER_SIZE:
        return Sealed(SealReason.MALFORMED, "the Encrypted payload is not behind its IKE header")
    unsealed = unseal(suite, secret, header, encrypted.body)
    if isinstance(unsealed, Sealed):
        return unsealed
    return _unpadded(unsealed.plain, unsealed.icv_ok, suite)


def _unpadded(plain: bytes, icv_ok: bool | None, suite: Suite) -> Opened | Sealed:
    if not plain:
        return Sealed(SealReason.MALFORMED, "decrypted to nothing, not even a pad length")
    end = len(plain) - 1 - plain[-1]
    if end < 0:
        return Sealed(SealReason.MALFORMED, f"pad length {plain[-1]} exceeds the {len(plain)} bytes decrypted")
    return Opened(plain[:end], plain[end:-1], icv_ok, suite.iv_size, suite.icv_size)


def explain_encrypted(r: Reader, opened: Opened) -> Reader:
    """Reads IV, ciphertext and ICV off ``r`` (over :attr:`Encrypted.body`), and the padding off the decrypted bytes.

    Over a Tracer all of them stand in its tree. Gives the reader of the inner payloads.
    """
    r.take("initialization_vector", opened.iv_size)
    r.take("encrypted_data", r.left - opened.icv_size, byte_count)
    if opened.icv_size:
        r.take("integrity_checksum_data", opened.icv_size)
    r.note("icv_ok", opened.icv_ok, icv_text)
    inner = r.branch("decrypted", opened.plain + opened.padding + bytes([len(opened.padding)]))
    payloads = inner.part("payloads", len(opened.plain))
    if opened.padding:
        inner.take("padding", len(opened.padding))
    inner.number("pad_length", 1)
    return payloads


def icv_text(icv_ok: bool | None) -> str:
    return "not checked" if icv_ok is None else "correct"
