"""Ciphers, and with :mod:`dissectors.ikev2.crypto_mac` the only way to the ``cryptography`` package.

Keys come with their salt at the end, as key material has them (RFC 7296 section 2.13, RFC 4106 section 8.1). Cipher
objects are kept in small bounded caches, since an SA opens many messages and no secret should stay for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.exceptions import UnsupportedAlgorithm as NotInThisBuild
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from dissectors.ikev2.algorithms import ENCRYPTIONS, UnsupportedAlgorithm, encryption_name
from dissectors.ikev2.registry import EncryptionId

KEPT = 64
"""Cipher objects kept per kind."""

FULL_TAG = 16
CTR_START = (1).to_bytes(4)


def decrypt(encryption: int, key: bytes, iv: bytes, data: bytes) -> bytes:
    """``data`` in clear, for a cipher that does not authenticate. Raises :class:`UnsupportedAlgorithm`."""
    if encryption == EncryptionId.NULL:
        return data
    try:
        if encryption == EncryptionId.AES_CTR:
            return _counter_mode(key[:-4], key[-4:] + iv + CTR_START, data)
        return Cipher(_block_cipher(encryption, key), modes.CBC(iv)).decryptor().update(data)
    except NotInThisBuild:
        raise _not_in_this_build(encryption) from None


def decrypt_aead(encryption: int, key: bytes, iv: bytes, data: bytes, icv: bytes, aad: bytes) -> bytes | None:
    """``data`` in clear, or ``None`` where the ICV does not match. Raises :class:`UnsupportedAlgorithm`."""
    salt_size = ENCRYPTIONS[encryption].salt_size
    cipher_key, nonce = key[:-salt_size], key[-salt_size:] + iv
    try:
        return AEADS[encryption](cipher_key, nonce, data, icv, aad)
    except InvalidTag:
        return None
    except NotInThisBuild:
        raise _not_in_this_build(encryption) from None


def decrypt_unchecked(encryption: int, key: bytes, iv: bytes, data: bytes) -> bytes:
    """What an AEAD's key stream makes of ``data``, its ICV disregarded, as a key file may ask."""
    salt_size = ENCRYPTIONS[encryption].salt_size
    cipher_key, nonce = key[:-salt_size], key[-salt_size:] + iv
    if encryption == EncryptionId.NULL_AES_GMAC:
        return data
    try:
        if encryption == EncryptionId.CHACHA20_POLY1305:  # RFC 8439 section 2.8: counter 0 makes the Poly1305 key
            stream = algorithms.ChaCha20(cipher_key, (1).to_bytes(4, "little") + nonce)
            return Cipher(stream, None).decryptor().update(data)
        if salt_size == 3:  # CCM, RFC 3610 section 2.3: flags say a 4-byte counter, counter 0 masks the ICV
            return _counter_mode(cipher_key, b"\x03" + nonce + CTR_START, data)
        return _counter_mode(cipher_key, nonce + (2).to_bytes(4), data)  # GCM: counter 1 masks the ICV
    except NotInThisBuild:
        raise _not_in_this_build(encryption) from None


def _counter_mode(key: bytes, first_block: bytes, data: bytes) -> bytes:
    return Cipher(_block_cipher(EncryptionId.AES_CTR, key), modes.CTR(first_block)).decryptor().update(data)


def _gcm(key: bytes, nonce: bytes, data: bytes, icv: bytes, aad: bytes) -> bytes:
    if len(icv) == FULL_TAG:
        return _aesgcm(key).decrypt(nonce, data + icv, aad)
    # The one-shot interface takes full tags only.
    mode = modes.GCM(nonce, icv, min_tag_length=len(icv))
    context = Cipher(_block_cipher(EncryptionId.AES_CTR, key), mode).decryptor()
    context.authenticate_additional_data(aad)
    return context.update(data) + context.finalize()


def _gmac(key: bytes, nonce: bytes, data: bytes, icv: bytes, aad: bytes) -> bytes:
    """RFC 4543 section 3.3: header, IV and the clear payload are all additional data; nothing is encrypted."""
    _aesgcm(key).decrypt(nonce, icv, aad + nonce[4:] + data)
    return data


def _ccm(key: bytes, nonce: bytes, data: bytes, icv: bytes, aad: bytes) -> bytes:
    return _aesccm(key, len(icv)).decrypt(nonce, data + icv, aad)


def _chacha(key: bytes, nonce: bytes, data: bytes, icv: bytes, aad: bytes) -> bytes:
    return _chacha20_poly1305(key).decrypt(nonce, data + icv, aad)


Aead = Callable[[bytes, bytes, bytes, bytes, bytes], bytes]
AEADS: dict[int, Aead] = {
    **dict.fromkeys((EncryptionId.AES_GCM_8, EncryptionId.AES_GCM_12, EncryptionId.AES_GCM_16), _gcm),
    **dict.fromkeys((EncryptionId.AES_CCM_8, EncryptionId.AES_CCM_12, EncryptionId.AES_CCM_16), _ccm),
    EncryptionId.NULL_AES_GMAC: _gmac,
    EncryptionId.CHACHA20_POLY1305: _chacha,
}


@lru_cache(maxsize=KEPT)
def _aesgcm(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=KEPT)
def _aesccm(key: bytes, tag_size: int) -> AESCCM:
    return AESCCM(key, tag_length=tag_size)


@lru_cache(maxsize=KEPT)
def _chacha20_poly1305(key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(key)


OUTDATED = {
    EncryptionId.DES_CBC: "TripleDES",
    EncryptionId.TRIPLE_DES_CBC: "TripleDES",
    EncryptionId.CAST: "CAST5",
    EncryptionId.BLOWFISH: "Blowfish",
    EncryptionId.CAMELLIA_CBC: "Camellia",
}


@lru_cache(maxsize=KEPT)
def _block_cipher(encryption: int, key: bytes) -> Any:
    """The cipher object of ``cryptography``; an old one is of a class that has moved between its versions."""
    name = OUTDATED.get(EncryptionId(encryption))
    if name is None:
        return algorithms.AES(key)
    if encryption == EncryptionId.DES_CBC:
        key *= 3  # three equal keys make 3DES undo itself once, and leave DES
    return _outdated(encryption, name)(key)


def _outdated(encryption: int, name: str) -> Callable[[bytes], Any]:
    # The new place first: at the old one the newer versions warn.
    for module in (
        "cryptography.hazmat.decrepit.ciphers.algorithms",
        "cryptography.hazmat.primitives.ciphers.algorithms",
    ):
        try:
            found: Callable[[bytes], Any] | None = getattr(import_module(module), name, None)
        except ImportError:
            continue
        if found is not None:
            return found
    raise _not_in_this_build(encryption)


def _not_in_this_build(encryption: int) -> UnsupportedAlgorithm:
    return UnsupportedAlgorithm(f"{encryption_name(encryption)} (not in this build of cryptography)")
