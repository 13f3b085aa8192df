"""What SK (RFC 7296 section 3.14) and ESP (RFC 4303 section 3.4.4) share: check the ICV, then decrypt.

Both are a header in clear, then IV, ciphertext and ICV. With a separate integrity algorithm the ICV covers header, IV
and ciphertext; an AEAD takes the header as additional data (RFC 5282 section 5.1, RFC 4106 section 5).
"""

from __future__ import annotations

from dataclasses import field

from dissectors.events import Sealed, SealReason
from dissectors.ikev2.algorithms import Suite, UnsupportedAlgorithm, encryption_name, integrity_name
from dissectors.ikev2.crypto import decrypt, decrypt_aead, decrypt_unchecked
from dissectors.ikev2.crypto_mac import BLOCK_MACS, icv_matches
from dissectors.record import record


@record
class Secret:
    """One direction's keys, the cipher key with its salt. ``origin`` tells the user where they came from."""

    key: bytes = field(repr=False)
    integrity_key: bytes = field(repr=False)
    origin: str = ""


@record
class Unsealed:
    """The decrypted bytes, padding included. ``icv_ok`` is ``None`` where the ICV was not checked."""

    plain: bytes = field(repr=False)
    icv_ok: bool | None


def unseal(suite: Suite, secret: Secret, header: bytes, body: bytes, trailer: bytes = b"") -> Unsealed | Sealed:
    """``body`` (IV, ciphertext, ICV) opened, or why not. Never raises.

    ``trailer`` is authenticated behind the ciphertext, by a separate integrity algorithm only (ESN).
    """
    fault = key_fault(suite, secret)
    if fault:
        return Sealed(SealReason.NO_KEY, fault)
    if len(body) < suite.iv_size + suite.icv_size:
        need = suite.iv_size + suite.icv_size
        return Sealed(SealReason.MALFORMED, f"protected part has {len(body)} bytes, IV and ICV alone take {need}")
    try:
        if suite.encryption.is_aead:
            return _open_aead(suite, secret, header, body)
        return _open_separate(suite, secret, header, body, trailer)
    except UnsupportedAlgorithm as unsupported:
        return Sealed(SealReason.UNSUPPORTED, f"algorithm not supported: {unsupported}")


def _open_aead(suite: Suite, secret: Secret, header: bytes, body: bytes) -> Unsealed | Sealed:
    icv_at = len(body) - suite.icv_size
    iv, data, icv = body[: suite.iv_size], body[suite.iv_size : icv_at], body[icv_at:]
    plain = decrypt_aead(suite.encryption_id, secret.key, iv, data, icv, header)
    if plain is not None:
        return Unsealed(plain, True)
    if suite.check_icv:
        return _mismatch(suite, secret)
    return Unsealed(decrypt_unchecked(suite.encryption_id, secret.key, iv, data), None)


def _open_separate(suite: Suite, secret: Secret, header: bytes, body: bytes, trailer: bytes) -> Unsealed | Sealed:
    icv_at = len(body) - suite.icv_size
    checks = suite.checks
    if checks and not icv_matches(
        suite.integrity_id, secret.integrity_key, header + body[:icv_at] + trailer, body[icv_at:]
    ):
        return _mismatch(suite, secret)
    size = icv_at - suite.iv_size
    if size % suite.encryption.block:
        name, block = encryption_name(suite.encryption_id), suite.encryption.block
        return Sealed(SealReason.MALFORMED, f"ciphertext has {size} bytes, no multiple of the {block} of {name}")
    plain = decrypt(suite.encryption_id, secret.key, body[: suite.iv_size], body[suite.iv_size : icv_at])
    return Unsealed(plain, True if checks else None)


def key_fault(suite: Suite, secret: Secret) -> str:
    """Why these keys cannot be keys of these algorithms, or nothing. Tells sizes, never bytes."""
    encryption = suite.encryption
    if len(secret.key) - encryption.salt_size not in encryption.key_sizes:
        return _key_size_fault(suite, secret)
    if encryption.is_aead or not suite.checks:
        return ""
    if not secret.integrity_key:
        return f"no integrity key for {integrity_name(suite.integrity_id)}{_from(secret)}"
    if suite.integrity_id in BLOCK_MACS and len(secret.integrity_key) != 16:
        name = integrity_name(suite.integrity_id)
        return f"{name} takes a key of 16 bytes, {len(secret.integrity_key)} are given{_from(secret)}"
    return ""


def _key_size_fault(suite: Suite, secret: Secret) -> str:
    name = encryption_name(suite.encryption_id)
    if not secret.key:
        return f"no encryption key for {name}{_from(secret)}"
    sizes = sorted(suite.encryption.key_sizes)
    shown = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 3 else " or ".join(map(str, sizes))
    salt = suite.encryption.salt_size
    behind = f" and {salt} of salt" if salt else ""
    return f"{name} takes a key of {shown} bytes{behind}, {len(secret.key)} are given{_from(secret)}"


def _mismatch(suite: Suite, secret: Secret) -> Sealed:
    name = encryption_name(suite.encryption_id)
    if not suite.encryption.is_aead:
        name = integrity_name(suite.integrity_id)
    return Sealed(SealReason.ICV_MISMATCH, f"ICV does not match: {name}{_from(secret)}")


def _from(secret: Secret) -> str:
    return f" (keys: {secret.origin})" if secret.origin else ""
