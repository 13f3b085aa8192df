"""Spellings of strongSwan (proposal_keywords_static.txt, enum names) and libreswan beside Wireshark's."""

from __future__ import annotations

import pytest

from analyzer.keys.algorithms import encryption, integrity, prf


@pytest.mark.parametrize(
    ("name", "number", "key_size"),
    [
        ("AES_CBC_128", 12, 16),
        ("AES_CBC", 12, None),
        ("aes256", 12, 32),
        ("ENCR_AES_CBC", 12, None),
        ("aes192ctr", 13, 24),
        ("AES_CTR_256", 13, 32),
        ("aes128gcm16", 20, 16),
        ("aes128gcm128", 20, 16),
        ("aes256gcm64", 18, 32),
        ("AES_GCM_16_256", 20, 32),
        ("AES_GCM_12", 19, None),
        ("AES-GCM-ICV16-128", 20, 16),
        ("aes192ccm96", 15, 24),
        ("AES_CCM_8_128", 14, 16),
        ("aes128gmac", 21, 16),
        ("NULL_AES_GMAC_256", 21, 32),
        ("NULL_AUTH_AES_GMAC", 21, None),
        ("chacha20poly1305", 28, None),
        ("ChaCha20 with Poly1305 [RFC7634]", 28, None),
        ("CHACHA20_POLY1305_256", 28, None),
        ("TripleDes", 3, None),
        ("3DES_CBC", 3, None),
        ("camellia256", 23, 32),
        ("CAMELLIA_CTR_128", 24, 16),
        ("camellia192ccm16", 27, 24),
        ("blowfish256", 7, 32),
        ("cast128", 6, None),
        ("null", 11, None),
    ],
)
def test_a_cipher_is_known_in_every_spelling(name: str, number: int, key_size: int | None) -> None:
    for spelled in (name, name.upper(), name.lower(), name.replace("_", "-")):
        found = encryption(spelled)
        assert found is not None
        assert (found.id, found.key_size) == (number, key_size)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("sha1", 2),
        ("sha1_160", 7),
        ("sha256", 12),
        ("sha2_256", 12),
        ("sha256_96", 1024),
        ("HMAC_SHA2_256_96", 1024),
        ("sha384", 13),
        ("AUTH_HMAC_SHA2_512_256", 14),
        ("md5_128", 6),
        ("AES_XCBC_96", 5),
        ("AES-XCBC-MAC-96 [RFC3566]", 5),
        ("aesxcbc", 5),
        ("aescmac", 8),
        ("AES_CMAC_96", 8),
        ("NONE", 0),
    ],
)
def test_an_integrity_algorithm_is_known_in_every_spelling(name: str, number: int) -> None:
    for spelled in (name, name.upper(), name.lower(), name.replace("_", "-")):
        found = integrity(spelled)
        assert found is not None
        assert found.id == number


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("PRF_HMAC_MD5", 1),
        ("PRF_HMAC_SHA1", 2),
        ("PRF_AES128_XCBC", 4),
        ("PRF_HMAC_SHA2_256", 5),
        ("prfsha384", 6),
        ("HMAC_SHA2_512", 7),
        ("PRF_AES128_CMAC", 8),
        ("prfaescmac", 8),
    ],
)
def test_a_prf_is_known_in_every_spelling(name: str, number: int) -> None:
    assert prf(name) == prf(name.lower()) == number


@pytest.mark.parametrize(
    "name", ["", "AES-CBC-129", "AES_GCM_10", "AES-GCM with IIV and 16 octet ICV", "[[[", "SERPENT"]
)
def test_a_name_of_no_algorithm_is_not_guessed_at(name: str) -> None:
    assert encryption(name) is None
    assert integrity(name) is None
    assert prf(name) is None
