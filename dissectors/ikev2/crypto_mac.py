"""Message authentication codes: HMAC by the standard library, AES-XCBC and AES-CMAC by ``cryptography``.

RFC 2104 (HMAC), RFC 3566 (AES-XCBC-MAC), RFC 4493 (AES-CMAC).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm as NotInThisBuild
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from dissectors.ikev2.algorithms import UnsupportedAlgorithm, integrity_name, integrity_of
from dissectors.ikev2.registry import IntegrityId

BLOCK = 16


def hmac_of(digest: str, key: bytes, data: bytes) -> bytes:
    """HMAC in full length. A build without the hash (MD5 under FIPS) is an :class:`UnsupportedAlgorithm`."""
    try:
        return hmac.digest(key, data, digest)
    except ValueError:
        raise UnsupportedAlgorithm(f"HMAC-{digest.upper()} (not in this Python's OpenSSL)") from None


def aes_cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC in full length; the key has 16 bytes."""
    try:
        code = CMAC(algorithms.AES(key))
    except NotInThisBuild:
        raise UnsupportedAlgorithm("AES-CMAC (not in this OpenSSL)") from None
    code.update(data)
    return code.finalize()


def aes_xcbc(key: bytes, data: bytes) -> bytes:
    """AES-XCBC-MAC in full length (RFC 3566 section 4); the key has 16 bytes."""
    first, whole, padded = _xcbc_keys(key)
    start = max(len(data) - 1, 0) // BLOCK * BLOCK
    last = data[start:]
    mask = whole if len(last) == BLOCK else padded
    if len(last) < BLOCK:
        last = (last + b"\x80").ljust(BLOCK, b"\0")
    masked = (int.from_bytes(last) ^ int.from_bytes(mask)).to_bytes(BLOCK)
    chain = Cipher(algorithms.AES(first), modes.CBC(bytes(BLOCK))).encryptor()
    return chain.update(data[:start] + masked)[-BLOCK:]


@lru_cache(maxsize=32)
def _xcbc_keys(key: bytes) -> tuple[bytes, bytes, bytes]:
    blocks = b"".join(bytes([n]) * BLOCK for n in (1, 2, 3))
    found = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305 (RFC 3566 asks for it)
    return found[:16], found[16:32], found[32:]


BLOCK_MACS: dict[int, Callable[[bytes, bytes], bytes]] = {
    IntegrityId.AES_XCBC_96: aes_xcbc,
    IntegrityId.AES_CMAC_96: aes_cmac,
}


def full_icv(integrity: int, key: bytes, data: bytes) -> bytes:
    """The code of an integrity algorithm before truncation. Raises :class:`UnsupportedAlgorithm`.

    An HMAC takes a key of any length (Linux and Wireshark do too); AES needs its 16 bytes.
    """
    algorithm = integrity_of(integrity)
    if algorithm.digest:
        return hmac_of(algorithm.digest, key, data)
    return BLOCK_MACS[integrity](key, data)


def icv_matches(integrity: int, key: bytes, data: bytes, icv: bytes) -> bool:
    """Whether ``icv`` is the code of ``data``, cut to its own length.

    Raises :class:`UnsupportedAlgorithm`, also where the code is shorter than the ICV.
    """
    code = full_icv(integrity, key, data)
    if len(icv) > len(code) or not icv:
        raise UnsupportedAlgorithm(f"{integrity_name(integrity)} with an ICV of {len(icv)} bytes")
    return hmac.compare_digest(code[: len(icv)], icv)
