"""From an algorithm pair and its keys to a ``CipherSpec``, with the key lengths checked.

Reasons name byte counts and never bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from analyzer.keys.algorithms import BLOCK_MACS, CCM_BY_ICV, GCM_BY_ICV, Encryption, Integrity
from dissectors.ikev2.registry import EncryptionId, IntegrityId, PrfId
from dissectors.keymat import CipherSpec

NameT = TypeVar("NameT")


class UnusableError(ValueError):
    """A record of a key file cannot be used; the text says why without key bytes."""


def known(found: NameT | None, what: str) -> NameT:
    if found is None:
        raise UnusableError(f"the {what} algorithm is not a known name")
    return found


def ike_spec(
    encryption: Encryption,
    integrity: Integrity,
    encryption_keys: Sequence[bytes],
    integrity_keys: Sequence[bytes],
    prf: PrfId | None = None,
) -> CipherSpec:
    """The spec of an IKE SA. An empty key is one that the file does not give; each other must have its length."""
    if encryption.id is not EncryptionId.NULL and not any(encryption_keys):
        raise UnusableError("no encryption key is given")
    key_size = _key_size(encryption, encryption_keys)
    if not encryption.is_aead:
        _check_integrity_keys(integrity, integrity_keys, fixed=True)
    return _spec(encryption, integrity, key_size, integrity_keys, prf)


def esp_spec(encryption: Encryption, integrity: Integrity, key: bytes, integrity_key: bytes) -> CipherSpec:
    """The spec of an ESP SA. An HMAC takes a key of any length here, as in the Linux kernel and in Wireshark."""
    if encryption.id is not EncryptionId.NULL and not key:
        raise UnusableError("no encryption key is given")
    encryption = sized_by_icv(encryption, integrity.icv_size)
    key_size = _key_size(encryption, (key,))
    if not encryption.is_aead:
        _check_integrity_keys(integrity, (integrity_key,), fixed=False)
    return _spec(encryption, integrity, key_size, (integrity_key,), None)


def sized_by_icv(encryption: Encryption, icv_size: int | None) -> Encryption:
    """``AES-GCM [RFC4106]`` and its like become the number that goes with the ICV named beside them (RFC 4106)."""
    if not encryption.icv_open or icv_size is None:
        return encryption
    numbers = GCM_BY_ICV if encryption.id is EncryptionId.AES_GCM_16 else CCM_BY_ICV
    if icv_size not in numbers:
        raise UnusableError(f"an ICV of {icv_size} bytes does not go with this cipher: 8, 12 or 16 do")
    return Encryption(numbers[icv_size], encryption.key_size, icv_open=True)


def _spec(
    encryption: Encryption, integrity: Integrity, key_size: int, integrity_keys: Sequence[bytes], prf: PrfId | None
) -> CipherSpec:
    if encryption.is_aead:  # its ICV needs no key of its own, so it is always checked
        icv = integrity.icv_size if encryption.icv_open else None
        return CipherSpec(encryption.id, key_size, IntegrityId.NONE, prf, icv)
    checked = integrity.checked and (integrity.id is IntegrityId.NONE or any(integrity_keys))
    return CipherSpec(encryption.id, key_size, integrity.id, prf, integrity.icv_size, checked)


def _key_size(encryption: Encryption, keys: Sequence[bytes]) -> int:
    """The cipher key's bytes without salt; the same for all keys given."""
    sizes = {len(key) for key in keys if key} or {0}
    for size in sorted(sizes) if encryption.key_sizes else ():
        _expect("encryption", size, sorted(fits + encryption.salt_size for fits in encryption.key_sizes))
    if len(sizes) > 1:
        raise UnusableError("the two encryption keys differ in length")
    return sizes.pop() - encryption.salt_size


def _check_integrity_keys(integrity: Integrity, keys: Sequence[bytes], *, fixed: bool) -> None:
    expected = integrity.key_size
    if expected is None or not (fixed or integrity.id in BLOCK_MACS):
        return
    for key in keys:
        if key:
            _expect("integrity", len(key), [expected])


def _expect(what: str, found: int, expected: Sequence[int]) -> None:
    if found in expected:
        return
    all_of_them = " or ".join(str(size) for size in expected)
    wanted = all_of_them if len(expected) <= 3 else f"{expected[0]} to {expected[-1]}"
    raise UnusableError(f"the {what} key has {found} bytes where {wanted} are expected")
