"""Algorithms that the endpoints can negotiate, with their numbers on the wire and their names in Wireshark's tables.

RFC 7296 section 3.3.2; RFC 2410, 3602, 3686, 4106, 5282, 4868, 5930, 7634.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher as CbcCipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR

from samples.generator.groups import ECP_256, MODP_2048, X25519, Group

Encrypt = Callable[[bytes, bytes, bytes, bytes], bytes]
"""Key (salt at its end), IV, plaintext, additional data; gives the ciphertext, with the ICV if it makes one."""


@dataclass(frozen=True, slots=True)
class Cipher:
    """An ENCR transform. ``icv_size`` is 0 where another algorithm protects; names are "" where Wireshark has none."""

    transform: int
    key_bits: int | None  # the key length attribute
    key_size: int  # bytes in the key material, salt included
    iv_size: int
    block_size: int
    icv_size: int
    encrypt: Encrypt
    ike_name: str
    esp_name: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """An INTEG transform: HMAC, truncated."""

    transform: int
    digest: str
    key_size: int
    icv_size: int
    ike_name: str
    esp_name: str

    def icv(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, self.digest)[: self.icv_size]


@dataclass(frozen=True, slots=True)
class Prf:
    """A PRF transform: HMAC."""

    transform: int
    digest: str
    size: int

    def __call__(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, self.digest)


@dataclass(frozen=True, slots=True)
class Suite:
    """What the two ends agree on. ``esp`` is the cipher of CHILD SAs, where it is not that of the IKE SA."""

    cipher: Cipher
    integrity: Integrity | None
    prf: Prf
    group: Group
    esp: Cipher | None = None
    esp_protected: bool = True  # False: CHILD SAs without integrity, which is a fault

    @property
    def esp_cipher(self) -> Cipher:
        return self.esp or self.cipher

    @property
    def esp_integrity(self) -> Integrity | None:
        if self.esp_cipher.icv_size or not self.esp_protected:
            return None
        return self.integrity or HMAC_SHA2_256_128


def _encrypt_cbc(key: bytes, iv: bytes, plaintext: bytes, _aad: bytes) -> bytes:
    encryptor = CbcCipher(AES(key), CBC(iv)).encryptor()
    return encryptor.update(plaintext) + encryptor.finalize()


def _encrypt_gcm(key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
    return AESGCM(key[:-4]).encrypt(key[-4:] + iv, plaintext, aad)


def _encrypt_ctr(key: bytes, iv: bytes, plaintext: bytes, _aad: bytes) -> bytes:
    # Nonce, IV, and a block counter that begins at 1 (RFC 3686 section 4).
    encryptor = CbcCipher(AES(key[:-4]), CTR(key[-4:] + iv + bytes([0, 0, 0, 1]))).encryptor()
    return encryptor.update(plaintext) + encryptor.finalize()


def _encrypt_nothing(_key: bytes, _iv: bytes, plaintext: bytes, _aad: bytes) -> bytes:
    return plaintext


def _encrypt_chacha20(key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
    return ChaCha20Poly1305(key[:-4]).encrypt(key[-4:] + iv, plaintext, aad)


def aes_cbc(bits: int) -> Cipher:
    """ENCR_AES_CBC."""
    return Cipher(12, bits, bits // 8, 16, 16, 0, _encrypt_cbc, f"AES-CBC-{bits} [RFC3602]", "AES-CBC [RFC3602]")


def aes_gcm_16(bits: int) -> Cipher:
    """ENCR_AES_GCM_16."""
    ike_name = f"AES-GCM-{bits} with 16 octet ICV [RFC5282]"
    esp_name = "AES-GCM with 16 octet ICV [RFC4106]"
    return Cipher(20, bits, bits // 8 + 4, 8, 1, 16, _encrypt_gcm, ike_name, esp_name)


def aes_ctr(bits: int) -> Cipher:
    """ENCR_AES_CTR: RFC 3686, and RFC 5930 for IKE."""
    ike_name = f"AES-CTR-{bits} [RFC5930]"
    return Cipher(13, bits, bits // 8 + 4, 8, 1, 0, _encrypt_ctr, ike_name, "AES-CTR [RFC3686]")


NULL = Cipher(11, None, 0, 0, 1, 0, _encrypt_nothing, "", "NULL")
"""ENCR_NULL, for ESP alone: RFC 2410."""
CHACHA20_POLY1305 = Cipher(28, None, 36, 8, 1, 16, _encrypt_chacha20, "", "")
HMAC_SHA2_256_128 = Integrity(12, "sha256", 32, 16, "HMAC_SHA2_256_128 [RFC4868]", "HMAC-SHA-256-128 [RFC4868]")
HMAC_SHA1_96 = Integrity(2, "sha1", 20, 12, "HMAC_SHA1_96 [RFC2404]", "HMAC-SHA-1-96 [RFC2404]")
PRF_HMAC_SHA2_256 = Prf(5, "sha256", 32)
PRF_HMAC_SHA1 = Prf(2, "sha1", 20)

CBC_SUITE = Suite(aes_cbc(256), HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, ECP_256)
GCM_SUITE = Suite(aes_gcm_16(256), None, PRF_HMAC_SHA2_256, X25519)
CTR_SUITE = Suite(aes_ctr(256), HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, ECP_256)
NULL_SUITE = Suite(aes_cbc(256), HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, ECP_256, esp=NULL)
CHACHA20_SUITE = Suite(CHACHA20_POLY1305, None, PRF_HMAC_SHA2_256, X25519)
LEGACY_SUITE = Suite(aes_cbc(128), HMAC_SHA1_96, PRF_HMAC_SHA1, MODP_2048)
