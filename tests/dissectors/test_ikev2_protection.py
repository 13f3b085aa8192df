"""Opening SK and SKF: examples of RFCs, round trips with every algorithm, and bytes that lie."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealing import CCM, GCM, HMACS, Sealer, sk_message

from dissectors.buffer import Reader
from dissectors.events import Sealed, SealReason
from dissectors.ikev2.algorithms import ENCRYPTIONS, encryption_name, integrity_name
from dissectors.ikev2.decode import decode_ike
from dissectors.ikev2.messages import Encrypted, IkeMessage
from dissectors.ikev2.protection import Opened, explain_encrypted, open_encrypted, open_with_padding
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IkeFlag
from dissectors.ikev2.registry import IntegrityId as Integ
from dissectors.keymat import CipherSpec, IkeKeys
from dissectors.tree import Tracer

INNER = bytes.fromhex("0000000c0000400100000000")  # a Notify without following payload
NOTIFY = 41
KEY = bytes(range(0x80, 0xC0))
MAC_KEY = bytes(range(0xC0, 0x100))


def ike_secrets(sealer: Sealer, flags: int = 0x08) -> IkeKeys:
    """The sealer's keys for the direction of ``flags``, other bytes for the way back."""
    other, other_mac = bytes(len(sealer.key)), bytes(len(sealer.integrity_key))
    if flags & 0x08:
        keys = (sealer.key, other, sealer.integrity_key, other_mac)
    else:
        keys = (other, sealer.key, other_mac, sealer.integrity_key)
    sk_ei, sk_er, sk_ai, sk_ar = keys
    return IkeKeys(b"\x11" * 8, b"\x22" * 8, sk_ei=sk_ei, sk_er=sk_er, sk_ai=sk_ai, sk_ar=sk_ar, origin="table:3")


def spec_of(sealer: Sealer) -> CipherSpec:
    salt = ENCRYPTIONS[sealer.encryption].salt_size
    return CipherSpec(sealer.encryption, len(sealer.key) - salt, sealer.integrity)


def opened(data: bytes, sealer: Sealer, flags: int = 0x08, start: int = 0) -> bytes | Sealed:
    message = decode_ike(Reader(data, start))
    return open_encrypted(data, start, message, ike_secrets(sealer, flags), spec_of(sealer))


def sealer_of(encryption: int, size: int, integrity: int) -> Sealer:
    key = KEY[: size + ENCRYPTIONS[encryption].salt_size]
    mac_key = MAC_KEY[: HMACS[integrity][1] if integrity in HMACS else 16]
    if ENCRYPTIONS[encryption].is_aead or not integrity:
        mac_key = b""
    return Sealer(encryption, integrity, key, mac_key)


CBC = sealer_of(Encr.AES_CBC, 16, Integ.HMAC_SHA2_256_128)
CIPHERS = [(n, size) for n, e in ENCRYPTIONS.items() for size in sorted(e.key_sizes)[-3:] if n != Encr.NULL_AES_GMAC]
MACS = [*HMACS, Integ.AES_CMAC_96, Integ.AES_XCBC_96]


@pytest.mark.parametrize(("encryption", "size"), CIPHERS, ids=lambda v: str(int(v)))
def test_every_cipher_opens_what_it_sealed(encryption: int, size: int) -> None:
    sealer = sealer_of(encryption, size, Integ.HMAC_SHA2_256_128)
    assert opened(sk_message(sealer, INNER, NOTIFY), sealer) == INNER
    assert opened(sk_message(sealer, b""), sealer) == b""


@pytest.mark.parametrize("integrity", MACS, ids=integrity_name)
def test_every_integrity_algorithm_verifies(integrity: int) -> None:
    sealer = sealer_of(Encr.AES_CBC, 24, integrity)
    try:
        data = sk_message(sealer, INNER, NOTIFY)
    except ValueError:
        pytest.skip("this OpenSSL has no such hash")
    assert opened(data, sealer) == INNER
    wrong = replace(sealer, integrity_key=bytes(len(sealer.integrity_key)))
    outcome = opened(data, wrong)
    assert isinstance(outcome, Sealed)
    assert outcome.reason is SealReason.ICV_MISMATCH


def test_the_ike_example_of_rfc_7634_opens() -> None:
    data = bytes.fromhex(
        "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029"
        "1011121314151617"
        "610394701f8d017f7c12924889"
        "6b71bfe25236efd7cdc67066906315b2"
    )
    key = bytes.fromhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3")
    keys = IkeKeys(data[:8], data[8:16], sk_er=key)
    message = decode_ike(Reader(data))
    assert not message.from_initiator
    spec = CipherSpec(Encr.CHACHA20_POLY1305, 32)
    assert open_encrypted(data, 0, message, keys, spec) == bytes.fromhex("0000000c000040010000000a")


@pytest.mark.parametrize("flags", [0x08, 0x20, 0x00, 0x28])
def test_the_i_flag_chooses_the_direction(flags: int) -> None:
    data = sk_message(CBC, INNER, NOTIFY, flags=flags)
    assert opened(data, CBC, flags) == INNER
    outcome = opened(data, CBC, flags ^ 0x08)
    assert isinstance(outcome, Sealed)


@pytest.mark.parametrize("encryption", [Encr.AES_CBC, Encr.AES_GCM_16, Encr.AES_CCM_8, Encr.CHACHA20_POLY1305])
def test_fragment_number_and_total_are_authenticated(encryption: int) -> None:
    sealer = sealer_of(encryption, 32, Integ.HMAC_SHA1_96)
    data = bytearray(sk_message(sealer, INNER, NOTIFY, fragment=(1, 2)))
    message = decode_ike(Reader(bytes(data)))
    assert message.encrypted is not None
    assert (message.encrypted.number, message.encrypted.total) == (1, 2)
    assert opened(bytes(data), sealer) == INNER
    data[35] = 3  # total
    outcome = opened(bytes(data), sealer)
    assert isinstance(outcome, Sealed)
    assert outcome.reason is SealReason.ICV_MISMATCH


@pytest.mark.parametrize("encryption", [Encr.AES_CBC, Encr.AES_GCM_12])
def test_clear_payloads_before_sk_are_authenticated(encryption: int) -> None:
    sealer = sealer_of(encryption, 16, Integ.HMAC_SHA1_96)
    clear = bytes.fromhex("2e00000800004001")  # a Notify that SK follows
    data = sk_message(sealer, INNER, NOTIFY, clear=clear, clear_type=NOTIFY)
    assert opened(data, sealer) == INNER
    outcome = opened(data.replace(clear, bytes.fromhex("2e00000800004002")), sealer)
    assert isinstance(outcome, Sealed)
    assert outcome.reason is SealReason.ICV_MISMATCH


def test_a_message_inside_a_larger_buffer_opens_and_what_follows_is_left_aside() -> None:
    data = sk_message(CBC, INNER, NOTIFY)
    assert opened(bytes(42) + data + b"garbage", CBC, start=42) == INNER


@pytest.mark.parametrize("more", [0, 1, 15])
def test_padding_of_any_length_and_content_is_taken_off(more: int) -> None:
    data = sk_message(CBC, INNER, NOTIFY, extra_padding=more)
    found = open_with_padding(data, 0, decode_ike(Reader(data)), ike_secrets(CBC), spec_of(CBC))
    assert isinstance(found, Opened)
    assert (found.plain, len(found.padding)) == (INNER, 3 + 16 * more)


def test_a_pad_length_beyond_the_bytes_is_malformed() -> None:
    sealer = Sealer(Encr.AES_CTR, Integ.HMAC_SHA1_96, KEY[:20], MAC_KEY[:20])
    data = sk_message(sealer, b"", 0)
    # With nothing inside, the only byte is the pad length; in counter mode its bits can be turned from outside.
    header, body = data[:32], bytearray(data[32:-12])
    body[-1] ^= 1
    forged = header + bytes(body) + sealer.icv(header + bytes(body))
    outcome = opened(forged, sealer)
    assert outcome == Sealed(SealReason.MALFORMED, "pad length 1 exceeds the 1 bytes decrypted")


def test_without_the_directions_key_it_says_so() -> None:
    data = sk_message(CBC, INNER, NOTIFY)
    message = decode_ike(Reader(data))
    for missing, named in (("sk_ei", "no encryption key for AES_CBC"), ("sk_ai", "no integrity key for HMAC_SHA2")):
        keys = replace(ike_secrets(CBC), **{missing: b""})
        outcome = open_encrypted(data, 0, message, keys, spec_of(CBC))
        assert isinstance(outcome, Sealed)
        assert outcome.reason is SealReason.NO_KEY
        assert named in outcome.detail
        assert "table:3" in outcome.detail


def test_a_key_of_the_wrong_size_is_no_key() -> None:
    data = sk_message(CBC, INNER, NOTIFY)
    keys = replace(ike_secrets(CBC), sk_ei=KEY[:15])
    outcome = open_encrypted(data, 0, decode_ike(Reader(data)), keys, spec_of(CBC))
    assert outcome == Sealed(
        SealReason.NO_KEY, "AES_CBC takes a key of 16 or 24 or 32 bytes, 15 are given (keys: table:3)"
    )


def test_an_icv_that_need_not_be_checked_is_skipped() -> None:
    data = sk_message(CBC, INNER, NOTIFY)
    keys = replace(ike_secrets(CBC), sk_ai=b"")
    spec = CipherSpec(Encr.AES_CBC, 16, 0, icv_size=16, check_icv=False)
    found = open_with_padding(data, 0, decode_ike(Reader(data)), keys, spec)
    assert isinstance(found, Opened)
    assert (found.plain, found.icv_ok) == (INNER, None)


@pytest.mark.parametrize("encryption", [*GCM, *CCM, Encr.CHACHA20_POLY1305], ids=encryption_name)
def test_an_aead_opens_unchecked_if_the_key_file_asks_for_it(encryption: int) -> None:
    sealer = sealer_of(encryption, 32, 0)
    data = bytearray(sk_message(sealer, INNER, NOTIFY))
    spec = replace(spec_of(sealer), check_icv=False)
    message = decode_ike(Reader(bytes(data)))
    right = open_with_padding(bytes(data), 0, message, ike_secrets(sealer), spec)
    assert isinstance(right, Opened)
    assert (right.plain, right.icv_ok) == (INNER, True)
    data[-1] ^= 1
    wrong = open_with_padding(bytes(data), 0, decode_ike(Reader(bytes(data))), ike_secrets(sealer), spec)
    assert isinstance(wrong, Opened)
    assert (wrong.plain, wrong.icv_ok) == (INNER, None)


def test_an_algorithm_we_cannot_do_is_named() -> None:
    data = sk_message(CBC, INNER, NOTIFY)
    spec = CipherSpec(Encr.CAMELLIA_CTR, 16)
    outcome = open_encrypted(data, 0, decode_ike(Reader(data)), ike_secrets(CBC), spec)
    assert outcome == Sealed(SealReason.UNSUPPORTED, "algorithm not supported: CAMELLIA_CTR")


def test_a_library_without_the_hash_leaves_the_message_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> bytes:
        raise ValueError("unsupported hash type")

    sealer = sealer_of(Encr.AES_CBC, 16, Integ.HMAC_MD5_96)
    data = sk_message(sealer, INNER, NOTIFY)
    monkeypatch.setattr("dissectors.ikev2.crypto_mac.hmac.digest", refuses)
    outcome = opened(data, sealer)
    assert isinstance(outcome, Sealed)
    assert outcome.reason is SealReason.UNSUPPORTED
    assert "HMAC-MD5" in outcome.detail


SEALERS = [
    CBC,
    sealer_of(Encr.TRIPLE_DES_CBC, 24, Integ.HMAC_SHA1_96),
    sealer_of(Encr.AES_CTR, 32, Integ.AES_XCBC_96),
    sealer_of(Encr.AES_GCM_8, 16, 0),
    sealer_of(Encr.AES_GCM_16, 32, 0),
    sealer_of(Encr.AES_CCM_12, 16, 0),
    sealer_of(Encr.CHACHA20_POLY1305, 32, 0),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SEALERS), st.booleans(), st.data())
def test_a_flipped_bit_anywhere_never_opens_and_never_raises(
    sealer: Sealer, fragment: bool, data: st.DataObject
) -> None:
    whole = bytearray(sk_message(sealer, INNER * 3, NOTIFY, fragment=(1, 1) if fragment else None))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 0x80 >> bit % 8
    outcome = opened(bytes(whole), sealer)
    assert isinstance(outcome, Sealed)
    # Behind the headers the structure is whole, so that only the ICV can tell.
    if bit // 8 >= 36:
        assert outcome.reason is SealReason.ICV_MISMATCH


@pytest.mark.parametrize("sealer", SEALERS, ids=lambda s: encryption_name(s.encryption))
def test_a_message_cut_at_any_byte_stays_sealed(sealer: Sealer) -> None:
    data = sk_message(sealer, INNER, NOTIFY)
    message = decode_ike(Reader(data))
    for size in range(len(data)):
        outcome = open_encrypted(data[:size], 0, message, ike_secrets(sealer), spec_of(sealer))
        assert isinstance(outcome, Sealed)
        assert outcome.reason is SealReason.TRUNCATED
        assert isinstance(opened(data[:size], sealer), Sealed)


@pytest.mark.parametrize("sealer", SEALERS, ids=lambda s: encryption_name(s.encryption))
def test_a_body_of_any_short_length_is_sealed(sealer: Sealer) -> None:
    message = decode_ike(Reader(sk_message(sealer, INNER, NOTIFY)))
    for size in range(40):
        body = bytes(size)
        header = bytes(32)
        lying = replace(message, size=32 + size, payloads=(Encrypted(NOTIFY, body, 32),))
        outcome = open_encrypted(header + body, 0, lying, ike_secrets(sealer), spec_of(sealer))
        assert isinstance(outcome, Sealed)
        assert outcome.reason in (SealReason.MALFORMED, SealReason.ICV_MISMATCH)


def test_ciphertext_that_is_no_multiple_of_the_block_is_malformed_though_its_icv_is_right() -> None:
    header = sk_message(CBC, INNER, NOTIFY)[:32]
    covered = bytes(16) + bytes(20)
    body = covered + CBC.icv(header + covered)
    message = replace(decode_ike(Reader(header)), size=32 + len(body), payloads=(Encrypted(NOTIFY, body, 32),))
    outcome = open_encrypted(header + body, 0, message, ike_secrets(CBC), spec_of(CBC))
    assert outcome == Sealed(SealReason.MALFORMED, "ciphertext has 20 bytes, no multiple of the 16 of AES_CBC")


def test_a_message_without_sk_or_with_an_impossible_place_is_sealed() -> None:
    plain = IkeMessage(bytes(8), bytes(8), 0, 0x20, 37, IkeFlag.INITIATOR, 0, 28)
    assert isinstance(open_encrypted(bytes(28), 0, plain, ike_secrets(CBC), spec_of(CBC)), Sealed)
    misplaced = replace(plain, payloads=(Encrypted(0, bytes(64), 0),))
    outcome = open_encrypted(bytes(92), 0, misplaced, ike_secrets(CBC), spec_of(CBC))
    assert outcome == Sealed(SealReason.MALFORMED, "the Encrypted payload is not behind its IKE header")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120), st.sampled_from(SEALERS), st.integers(0, 40), st.binary(max_size=80))
def test_any_bytes_stay_sealed_without_an_exception(data: bytes, sealer: Sealer, start: int, body: bytes) -> None:
    message = replace(decode_ike(Reader(data)), payloads=(Encrypted(0, body, start),))
    assert isinstance(open_encrypted(data, start, message, ike_secrets(sealer), spec_of(sealer)), Sealed)


@pytest.mark.parametrize("sealer", SEALERS, ids=lambda s: encryption_name(s.encryption))
def test_neither_a_sealed_text_nor_a_repr_shows_a_key(sealer: Sealer) -> None:
    data = sk_message(sealer, INNER, NOTIFY)
    wrong = replace(sealer, key=sealer.key[::-1], integrity_key=sealer.integrity_key[::-1])
    short = replace(sealer, key=sealer.key[:5])
    for keys in (wrong, short):
        message = decode_ike(Reader(data))
        secrets = ike_secrets(keys)
        outcome = open_encrypted(data, 0, message, secrets, spec_of(keys))
        shown = repr(outcome) + str(outcome) + repr(secrets)
        for secret in (keys.key, keys.integrity_key):
            if secret:
                assert secret.hex()[:8] not in shown
                assert repr(secret)[2:12] not in shown


@pytest.mark.parametrize("sealer", SEALERS, ids=lambda s: encryption_name(s.encryption))
def test_the_tree_shows_iv_ciphertext_icv_and_padding_with_their_bytes(sealer: Sealer) -> None:
    data = sk_message(sealer, INNER, NOTIFY)
    message = decode_ike(Reader(data))
    encrypted = message.encrypted
    assert encrypted is not None
    found = open_with_padding(data, 0, message, ike_secrets(sealer), spec_of(sealer))
    assert isinstance(found, Opened)
    tracer = Tracer(data, encrypted.offset, encrypted.offset + len(encrypted.body))
    payloads = explain_encrypted(tracer, found)
    plain = explain_encrypted(Reader(data, encrypted.offset, encrypted.offset + len(encrypted.body)), found)
    assert payloads.peek(1000) == plain.peek(1000) == INNER
    clear = [f for f in tracer.field.children if f.size and f.buffer == 0]
    assert [f.offset for f in clear] == [32, 32 + found.iv_size, len(data) - found.icv_size]
    assert clear[-1].offset + clear[-1].size == len(data)
    branch = tracer.field.children[-1]
    assert [f.name for f in branch.children] == (
        ["payloads", "padding", "pad_length"] if found.padding else ["payloads", "pad_length"]
    )
    assert branch.children[-1].value == len(found.padding)
