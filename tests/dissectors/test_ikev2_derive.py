"""Key derivation: the arithmetic by hand, and against the secrets that strongSwan logged."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from pathlib import Path

import pytest
from captured import Dump, dumps, key_of, key_rows, protected_frames

from dissectors.buffer import Reader
from dissectors.ikev2.algorithms import ENCRYPTIONS, INTEGRITIES, PRFS
from dissectors.ikev2.decode import decode_ike
from dissectors.ikev2.derive import (
    UnsupportedAlgorithm,
    child_keymat,
    child_keys,
    cipher_spec_of,
    ike_keys,
    prf_plus,
    rekeyed_skeyseed,
    skeyseed,
)
from dissectors.ikev2.messages import IkeMessage, Nonce, Proposal, SecurityAssociation, Transform
from dissectors.ikev2.protection import open_encrypted
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IntegrityId as Integ
from dissectors.ikev2.registry import PrfId, ProtocolId, TransformType
from dissectors.keymat import CipherSpec, IkeKeys

CBC_128 = CipherSpec(Encr.AES_CBC, 16, Integ.HMAC_SHA2_256_128, PrfId.HMAC_SHA2_256)
NI, NR = bytes(range(32)), bytes(range(100, 140))


def sha256(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def test_prf_plus_chains_blocks_and_numbers_them_from_1() -> None:
    first = sha256(b"key", b"seed\x01")
    second = sha256(b"key", first + b"seed\x02")
    third = sha256(b"key", second + b"seed\x03")
    assert prf_plus(PrfId.HMAC_SHA2_256, b"key", b"seed", 80) == (first + second + third)[:80]
    assert prf_plus(PrfId.HMAC_SHA2_256, b"key", b"seed", 32) == first
    assert prf_plus(PrfId.HMAC_SHA2_256, b"key", b"seed", 0) == b""


def test_prf_plus_refuses_what_one_counter_byte_cannot_number() -> None:
    assert len(prf_plus(PrfId.HMAC_MD5, b"key", b"seed", 255 * 16)) == 255 * 16
    with pytest.raises(ValueError, match="at most"):
        prf_plus(PrfId.HMAC_MD5, b"key", b"seed", 255 * 16 + 1)


def test_skeyseed_takes_both_nonces_whole_with_an_hmac() -> None:
    assert skeyseed(PrfId.HMAC_SHA2_256, NI, NR, b"secret") == sha256(NI + NR, b"secret")


@pytest.mark.parametrize("number", [PrfId.AES128_XCBC, PrfId.AES128_CMAC])
def test_skeyseed_takes_8_octets_of_each_nonce_with_a_prf_of_fixed_key_size(number: PrfId) -> None:
    expected = skeyseed(number, NI[:8], NR[:8], b"secret")
    assert skeyseed(number, NI, NR, b"secret") == expected
    assert skeyseed(number, b"\xff" + NI[1:], NR, b"secret") != expected


def test_an_aead_takes_no_integrity_keys_and_its_salt_with_the_cipher_key() -> None:
    spec = CipherSpec(Encr.AES_GCM_16, 32, 0, PrfId.HMAC_SHA2_384)
    keys = ike_keys(PrfId.HMAC_SHA2_384, b"seed", NI, NR, b"i" * 8, b"r" * 8, spec, "test")
    assert [len(k) for k in (keys.sk_d, keys.sk_ai, keys.sk_ar, keys.sk_ei, keys.sk_er, keys.sk_pi, keys.sk_pr)] == [
        48, 0, 0, 36, 36, 48, 48,
    ]  # fmt: skip
    (key_i2r, integrity_i2r), (key_r2i, integrity_r2i) = child_keys(PrfId.HMAC_SHA2_384, b"d", NI, NR, spec)
    keymat = child_keymat(PrfId.HMAC_SHA2_384, b"d", NI, NR, 72)
    assert (key_i2r + key_r2i, integrity_i2r, integrity_r2i) == (keymat, b"", b"")


def test_keys_keep_the_negotiated_prfs_size_when_the_old_prf_makes_the_stream() -> None:
    spec = replace(CBC_128, prf=PrfId.HMAC_SHA2_512)
    keys = ike_keys(PrfId.HMAC_SHA1, b"seed", NI, NR, b"i" * 8, b"r" * 8, spec, "test")
    assert (len(keys.sk_d), len(keys.sk_pi), len(keys.sk_pr)) == (64, 64, 64)


def test_pfs_puts_the_new_secret_before_the_nonces() -> None:
    expected = sha256(b"d", b"secret" + NI + NR + b"\x01")
    assert child_keymat(PrfId.HMAC_SHA2_256, b"d", NI, NR, 32, b"secret") == expected
    (key, _), _ = child_keys(PrfId.HMAC_SHA2_256, b"d", NI, NR, CBC_128, b"secret")
    assert key == expected[:16]


def transforms(*kinds: tuple[TransformType, int] | tuple[TransformType, int, int]) -> tuple[Transform, ...]:
    return tuple(Transform(*kind) for kind in kinds)


def proposal(*kinds: tuple[TransformType, int] | tuple[TransformType, int, int]) -> Proposal:
    return Proposal(1, ProtocolId.ESP, b"", transforms(*kinds))


def test_a_proposal_becomes_a_spec_with_its_key_length_in_bytes() -> None:
    chosen = proposal(
        (TransformType.ENCR, Encr.AES_CBC, 256),
        (TransformType.PRF, PrfId.HMAC_SHA1),
        (TransformType.INTEG, Integ.HMAC_SHA1_96),
        (TransformType.KE, 14),
    )
    assert cipher_spec_of(chosen) == CipherSpec(Encr.AES_CBC, 32, Integ.HMAC_SHA1_96, PrfId.HMAC_SHA1)


def test_an_integrity_transform_beside_an_aead_is_ignored() -> None:
    chosen = proposal((TransformType.ENCR, Encr.AES_GCM_16, 128), (TransformType.INTEG, Integ.HMAC_SHA2_256_128))
    assert cipher_spec_of(chosen) == CipherSpec(Encr.AES_GCM_16, 16)


@pytest.mark.parametrize(
    ("number", "size"),
    [(Encr.TRIPLE_DES_CBC, 24), (Encr.CHACHA20_POLY1305, 32), (Encr.NULL, 0), (Encr.DES_CBC, 8), (Encr.AES_CBC, 16)],
)
def test_without_a_key_length_the_algorithms_own_size_is_meant(number: Encr, size: int) -> None:
    assert cipher_spec_of(proposal((TransformType.ENCR, number))).key_size == size


@pytest.mark.parametrize(
    ("kinds", "named"),
    [
        ([(TransformType.ENCR, Encr.CAMELLIA_CTR, 128)], "CAMELLIA_CTR"),
        ([(TransformType.ENCR, 9999)], "encryption algorithm 9999"),
        ([(TransformType.ENCR, Encr.AES_CBC, 100)], "AES_CBC with a key of 100 bits"),
        ([(TransformType.ENCR, Encr.AES_CBC, 65535)], "AES_CBC with a key of 65535 bits"),
        ([(TransformType.ENCR, Encr.NULL), (TransformType.INTEG, Integ.DES_MAC)], "DES_MAC"),
        ([(TransformType.ENCR, Encr.NULL), (TransformType.INTEG, 777)], "integrity algorithm 777"),
        ([(TransformType.ENCR, Encr.NULL), (TransformType.PRF, PrfId.HMAC_TIGER)], "HMAC_TIGER"),
        ([(TransformType.INTEG, Integ.HMAC_SHA1_96)], "no encryption algorithm"),
    ],
)
def test_what_cannot_be_done_is_named(kinds: list, named: str) -> None:
    with pytest.raises(UnsupportedAlgorithm, match=named):
        cipher_spec_of(proposal(*kinds))


# Sizes as wire-formats section 1.7 has them, from RFC 7296, 2451, 3602, 3686, 4309, 4106, 4543, 7634, 4868, 4434.
def test_the_tables_hold_the_sizes_of_the_rfcs() -> None:
    salts = {n: e.salt_size for n, e in ENCRYPTIONS.items() if e.salt_size}
    assert salts == {13: 4, 14: 3, 15: 3, 16: 3, 18: 4, 19: 4, 20: 4, 21: 4, 28: 4}
    assert {n: e.iv_size for n, e in ENCRYPTIONS.items()} == {
        2: 8, 3: 8, 6: 8, 7: 8, 11: 0, 12: 16, 13: 8, 14: 8, 15: 8, 16: 8, 18: 8, 19: 8, 20: 8, 21: 8, 23: 16, 28: 8,
    }  # fmt: skip
    icvs = {n: e.icv_sizes[0] for n, e in ENCRYPTIONS.items() if e.is_aead}
    assert icvs == {14: 8, 15: 12, 16: 16, 18: 8, 19: 12, 20: 16, 21: 16, 28: 16}
    assert {n: (i.key_size, i.icv_size) for n, i in INTEGRITIES.items()} == {
        1: (16, 12), 2: (20, 12), 5: (16, 12), 6: (16, 16), 7: (20, 20), 8: (16, 12), 12: (32, 16), 13: (48, 24),
        14: (64, 32), 1024: (32, 12), 1025: (20, 12),
    }  # fmt: skip
    assert {n: p.size for n, p in PRFS.items()} == {1: 16, 2: 20, 4: 16, 5: 32, 6: 48, 7: 64, 8: 16}


# strongSwan 5.9.8: its DH secret, the capture's nonces and SPIs, and what it logged and wrote to the key tables.

SK_NAMES = ("Sk_d", "Sk_ai", "Sk_ar", "Sk_ei", "Sk_er", "Sk_pi", "Sk_pr")


def block(log: list[Dump], number: int) -> dict[str, bytes]:
    """The DH secret and the derived secrets of the ``number``-th IKE SA in the log."""
    starts = [at for at, dump in enumerate(log) if dump.name == "shared Diffie Hellman secret"]
    return {dump.name.removesuffix(" secret"): dump.data for dump in log[starts[number] : starts[number] + 9]}


def child_block(log: list[Dump], number: int) -> dict[str, bytes]:
    starts = [at for at, dump in enumerate(log) if dump.name == "seed"]
    return {dump.name: dump.data for dump in log[starts[number] : starts[number] + 5]}


def logged(keys: IkeKeys) -> dict[str, bytes]:
    return {name: getattr(keys, name.lower()) for name in SK_NAMES}


@pytest.fixture(scope="module")
def lab(captures: Path) -> Path:
    return captures / "strongswan-ipv4"


@pytest.fixture(scope="module")
def messages(lab: Path) -> dict[int, tuple[bytes, IkeMessage]]:
    frames = [f for f in protected_frames(lab / "capture.pcapng") if f.kind == "ike"]
    return {f.number: (f.data, decode_ike(Reader(f.data))) for f in frames}


def nonce(message: IkeMessage, inner: bytes = b"") -> bytes:
    if inner:
        return inner_payload(inner, message.encrypted.first, 40)  # type: ignore[union-attr]
    found = message.first(Nonce)
    assert found
    return found.data


def inner_payload(data: bytes, kind: int, wanted: int) -> bytes:
    """The first payload of one type in decrypted bytes, its generic header off."""
    while kind:
        size = int.from_bytes(data[2:4])
        if kind == wanted:
            return data[4:size]
        kind, data = data[0], data[size:]
    raise AssertionError("not there")


def first_keys(lab: Path, messages: dict[int, tuple[bytes, IkeMessage]]) -> IkeKeys:
    secrets = block(dumps(lab / "charon.log"), 0)
    request, response = messages[1][1], messages[2][1]
    spec = cipher_spec_of(response.first(SecurityAssociation).proposals[0])  # type: ignore[union-attr]
    assert spec == CBC_128
    ni, nr = nonce(request), nonce(response)
    seed = skeyseed(PrfId.HMAC_SHA2_256, ni, nr, secrets["shared Diffie Hellman"])
    assert seed == secrets["SKEYSEED"]
    spis = response.initiator_spi, response.responder_spi
    return ike_keys(PrfId.HMAC_SHA2_256, seed, ni, nr, *spis, spec, "derived")


def test_the_dh_secret_gives_the_skeyseed_and_keys_that_strongswan_logged(lab: Path, messages: dict) -> None:
    secrets = block(dumps(lab / "charon.log"), 0)
    keys = first_keys(lab, messages)
    assert logged(keys) == {name: secrets[name] for name in SK_NAMES}
    row = key_rows(lab / "ikev2_decryption_table")[0]
    assert [keys.sk_ei.hex(), keys.sk_er.hex(), keys.sk_ai.hex(), keys.sk_ar.hex()] == [row[2], row[3], row[5], row[6]]


def test_sk_d_and_the_nonces_give_the_child_keys_of_esp_sa(lab: Path, messages: dict) -> None:
    keys = first_keys(lab, messages)
    rows = {row[3]: (key_of(row[5]), key_of(row[7])) for row in key_rows(lab / "esp_sa")}
    ni, nr = nonce(messages[1][1]), nonce(messages[2][1])
    to_responder, to_initiator = child_keys(PrfId.HMAC_SHA2_256, keys.sk_d, ni, nr, CBC_128)
    assert (to_responder, to_initiator) == (rows["0xe00a37dc"], rows["0x5fa230c5"])


def opened(messages: dict[int, tuple[bytes, IkeMessage]], number: int, keys: IkeKeys) -> bytes:
    data, message = messages[number]
    plain = open_encrypted(data, 0, message, keys, CBC_128)
    assert isinstance(plain, bytes), plain
    return plain


def test_a_rekeyed_child_takes_the_nonces_of_its_own_exchange(lab: Path, messages: dict) -> None:
    keys = first_keys(lab, messages)
    child = child_block(dumps(lab / "charon.log"), 1)
    ni = nonce(messages[31][1], opened(messages, 31, keys))
    nr = nonce(messages[32][1], opened(messages, 32, keys))
    assert child["seed"] == ni + nr
    to_responder, to_initiator = child_keys(PrfId.HMAC_SHA2_256, keys.sk_d, ni, nr, CBC_128)
    assert to_responder == (child["encryption initiator key"], child["integrity initiator key"])
    assert to_initiator == (child["encryption responder key"], child["integrity responder key"])
    rows = {row[3]: (key_of(row[5]), key_of(row[7])) for row in key_rows(lab / "esp_sa")}
    assert (to_responder, to_initiator) == (rows["0x3cfd1337"], rows["0x14aa5b87"])


def rekeyed_keys(lab: Path, messages: dict[int, tuple[bytes, IkeMessage]]) -> IkeKeys:
    old = first_keys(lab, messages)
    secret = block(dumps(lab / "charon.log"), 1)["shared Diffie Hellman"]
    request, response = opened(messages, 35, old), opened(messages, 36, old)
    ni, nr = nonce(messages[35][1], request), nonce(messages[36][1], response)
    # The SA payload is first; its only proposal has the new 8-byte SPI behind 8 bytes of header.
    spi_i, spi_r = (inner_payload(plain, 33, 33)[8:16] for plain in (request, response))
    seed = rekeyed_skeyseed(PrfId.HMAC_SHA2_256, old.sk_d, secret, ni, nr)
    assert seed == block(dumps(lab / "charon.log"), 1)["SKEYSEED"]
    return ike_keys(PrfId.HMAC_SHA2_256, seed, ni, nr, spi_i, spi_r, CBC_128, "derived by rekey")


def test_an_ike_rekey_gives_the_keys_that_strongswan_logged_and_opens_the_new_sa(lab: Path, messages: dict) -> None:
    keys = rekeyed_keys(lab, messages)
    secrets = block(dumps(lab / "charon.log"), 1)
    assert logged(keys) == {name: secrets[name] for name in SK_NAMES}
    assert (keys.initiator_spi, keys.responder_spi) == (
        messages[39][1].initiator_spi,
        messages[39][1].responder_spi,
    )
    delete = opened(messages, 39, keys)
    assert inner_payload(delete, 42, 42) == bytes.fromhex("01000000")  # Delete of the IKE SA itself
    assert opened(messages, 40, keys) == b""


def test_no_repr_shows_a_key(lab: Path, messages: dict) -> None:
    keys = first_keys(lab, messages)
    for value in logged(keys).values():
        assert value.hex() not in repr(keys)
        assert repr(value) not in repr(keys)
