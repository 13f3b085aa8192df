"""ESP: hand-built and RFC packets, scapy as an independent encoder, extended sequence numbers, guesses, the tree."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealing import Sealer, esp_packet

from dissectors.buffer import Reader
from dissectors.esp import EspPacket, OpenedEsp, decode_esp, explain_esp, guess_null, open_esp
from dissectors.events import Malformed, Sealed, SealReason
from dissectors.ikev2.algorithms import ENCRYPTIONS, encryption_name, integrity_name
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IntegrityId as Integ
from dissectors.keymat import CipherSpec, EspKeys
from dissectors.tree import Tracer

KEY = bytes(range(0x80, 0xC0))
MAC_KEY = bytes(range(0xC0, 0x100))
PAYLOAD = b"\x08\x00" + bytes(range(62))

# wire-formats appendix A3: IPv4, UDP 4191, IPv6, then this ESP packet; NULL, HMAC-SHA1-96, key 00 01 … 13.
A3 = bytes.fromhex(
    "1000a1b2000000013b030500057c0103d40003841d0680000000000020060000c0a8071401020000010202 87"
    "109ead7096990afcb1aeb328".replace(" ", "")
)
A3_KEYS = EspKeys(0x1000A1B2, CipherSpec(Encr.NULL, 0, Integ.HMAC_SHA1_96), integrity_key=bytes(range(20)))


def keys_of(sealer: Sealer, *, esn: bool | None = None) -> EspKeys:
    salt = ENCRYPTIONS[sealer.encryption].salt_size
    spec = CipherSpec(sealer.encryption, len(sealer.key) - salt, sealer.integrity)
    return EspKeys(0x1000, spec, key=sealer.key, integrity_key=sealer.integrity_key, esn=esn, origin="esp_sa:4")


def packet_of(data: bytes) -> EspPacket:
    return decode_esp(Reader(data))


def inside(data: bytes, keys: EspKeys, high: int = 0) -> OpenedEsp:
    outcome = open_esp(packet_of(data), keys, sequence_high=high)
    assert isinstance(outcome, OpenedEsp), outcome
    return outcome


def sealed(data: bytes, keys: EspKeys, high: int = 0) -> Sealed:
    outcome = open_esp(packet_of(data), keys, sequence_high=high)
    assert isinstance(outcome, Sealed), outcome
    return outcome


def test_the_worked_packet_opens_to_a_binding_update() -> None:
    found = inside(A3, A3_KEYS)
    assert found.payload == A3[8:40]
    assert (found.next_header, found.pad_length, found.padding, found.padding_ok) == (135, 2, b"\x01\x02", True)
    assert (found.icv_ok, found.sequence_high, found.iv_size, found.icv_size) == (True, 0, 0, 12)


def test_the_rfc_3602_ping_opens_without_integrity() -> None:
    data = bytes.fromhex(
        "0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4"
        "898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6"
    )
    key = bytes.fromhex("90d382b410eeba7ad938c46cec1a82bf")
    found = inside(data, EspKeys(0x4321, CipherSpec(Encr.AES_CBC, 16), key=key))
    assert found.payload[:16] == bytes.fromhex("08000ebda70a00008e9c083db95b0700")
    assert (found.next_header, found.pad_length, found.padding_ok, found.icv_ok) == (1, 14, True, None)


def test_the_gcm_packet_with_extended_sequence_number_of_draft_mcgrew_opens() -> None:
    # draft-mcgrew-gcm-test-01, first packet: SPI 4321, sequence number 8765432100000000.
    data = bytes.fromhex(
        "0000432100000000" + "4956ed7e3b244cfe"
        "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d"
        "15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732" + "459018148f6cbe722fd04796562dfdb4"
    )
    key = bytes.fromhex("4c80cdefbb5d10da906ac73c3613a6342e443b68")
    keys = EspKeys(0x4321, CipherSpec(Encr.AES_GCM_16, 16), key=key, esn=True)
    found = inside(data, keys, 0x87654321)
    assert found.payload[:20].hex() == "45000048699a000080114db7c0a80102c0a80101"
    assert (found.next_header, found.padding, found.sequence_high) == (1, b"\x01\x02", 0x87654321)
    assert inside(data, keys, 0x87654320).sequence_high == 0x87654321
    assert inside(data, replace(keys, esn=None), 0x87654322).sequence_high == 0x87654321
    assert sealed(data, replace(keys, esn=False), 0x87654321).reason is SealReason.ICV_MISMATCH
    assert sealed(data, keys, 0).reason is SealReason.ICV_MISMATCH


def test_the_chacha20_packet_of_rfc_7634_opens() -> None:
    data = bytes.fromhex(
        "0102030400000005" + "1011121314151617"
        "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7"
        "2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e0"
        "76aaa8266b7fb0f7b11b369907e1ad43"
    )
    key = bytes.fromhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3")
    found = inside(data, EspKeys(None, CipherSpec(Encr.CHACHA20_POLY1305, 32), key=key))
    assert (len(found.payload), found.next_header, found.padding, found.icv_ok) == (84, 4, b"\x01\x02", True)
    assert found.payload[:4].hex() == "45000054"


# scapy seals: every cipher it has with every integrity algorithm it has, with and without ESN.

SCAPY_CIPHERS = {
    "NULL": (Encr.NULL, 0),
    "DES": (Encr.DES_CBC, 8),
    "3DES": (Encr.TRIPLE_DES_CBC, 24),
    "CAST": (Encr.CAST, 16),
    "Blowfish": (Encr.BLOWFISH, 16),
    "AES-CBC": (Encr.AES_CBC, 32),
    "AES-CTR": (Encr.AES_CTR, 24),
}
SCAPY_AEADS = {
    "AES-GCM": (Encr.AES_GCM_16, 16),
    "AES-CCM": (Encr.AES_CCM_16, 32),
    "AES-NULL-GMAC": (Encr.NULL_AES_GMAC, 16),
    "CHACHA20-POLY1305": (Encr.CHACHA20_POLY1305, 32),
}
SCAPY_MACS = {
    "NULL": (Integ.NONE, 0),
    "HMAC-SHA1-96": (Integ.HMAC_SHA1_96, 20),
    "SHA2-256-128": (Integ.HMAC_SHA2_256_128, 32),
    "SHA2-384-192": (Integ.HMAC_SHA2_384_192, 48),
    "SHA2-512-256": (Integ.HMAC_SHA2_512_256, 64),
    "HMAC-MD5-96": (Integ.HMAC_MD5_96, 16),
    "AES-CMAC-96": (Integ.AES_CMAC_96, 16),
}
SUITES = [(c, m) for c in SCAPY_CIPHERS for m in SCAPY_MACS] + [(c, "NULL") for c in SCAPY_AEADS]


def scapy_sealed(cipher: str, mac: str, key: bytes, mac_key: bytes, high: int | None) -> tuple[bytes, bytes]:
    """An ESP packet in transport mode, and the UDP datagram that scapy put in."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.ipsec import ESP, SecurityAssociation
    from scapy.packet import Raw

    # scapy names no integrity algorithm for an AEAD; it takes CAST and Blowfish only where the OpenSSL has them.
    extra: dict[str, Any] = {"esn_en": True, "esn": high} if high is not None else {}
    association = SecurityAssociation(
        ESP, spi=0x1000A1B2, seq_num=7, crypt_algo=cipher, crypt_key=key, auth_algo=mac, auth_key=mac_key, **extra
    )
    clear = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / Raw(PAYLOAD)
    outer = bytes(association.encrypt(IP(bytes(clear))))
    return outer[20:], bytes(clear)[20:]


@pytest.mark.parametrize("high", [None, 0, 5], ids=["32-bit", "esn-0", "esn-5"])
@pytest.mark.parametrize(("cipher", "mac"), SUITES)
def test_what_scapy_seals_opens(cipher: str, mac: str, high: int | None) -> None:
    number, size = (SCAPY_CIPHERS | SCAPY_AEADS)[cipher]
    key = KEY[: size + ENCRYPTIONS[number].salt_size]
    integrity, mac_size = SCAPY_MACS[mac]
    data, clear = scapy_sealed(cipher, mac, key, MAC_KEY[:mac_size], high)
    spec = CipherSpec(number, size, integrity)
    keys = EspKeys(None, spec, key=key, integrity_key=MAC_KEY[:mac_size])
    found = inside(data, replace(keys, esn=None if high is None else True), high or 0)
    checked = ENCRYPTIONS[number].is_aead or mac != "NULL"
    assert (found.payload, found.next_header, found.padding_ok) == (clear, 17, True)
    assert (found.icv_ok, found.sequence_high) == (True if checked else None, (high or 0) if checked else 0)
    if checked and high is not None:
        assert sealed(data, replace(keys, esn=False)).reason is SealReason.ICV_MISMATCH
        assert inside(data, keys, high).sequence_high == high  # esn unknown: found out


# Round trips with our own sealer, where scapy has no such algorithm.

OWN = [
    Sealer(Encr.CAMELLIA_CBC, Integ.HMAC_SHA2_256_96, KEY[:32], MAC_KEY[:32]),
    Sealer(Encr.AES_CBC, Integ.AES_XCBC_96, KEY[:16], MAC_KEY[:16]),
    Sealer(Encr.AES_GCM_8, 0, KEY[:20]),
    Sealer(Encr.AES_GCM_12, 0, KEY[:36]),
    Sealer(Encr.AES_CCM_8, 0, KEY[:19]),
    Sealer(Encr.AES_CCM_12, 0, KEY[:35]),
    Sealer(Encr.NULL, Integ.HMAC_SHA1_160, b"", MAC_KEY[:20]),
    Sealer(Encr.NULL_AES_GMAC, 0, KEY[:28]),
]
NAMES = [f"{encryption_name(s.encryption)}-{integrity_name(s.integrity)}" for s in OWN]


@pytest.mark.parametrize("sealer", OWN, ids=NAMES)
@pytest.mark.parametrize("size", range(20))
def test_a_payload_of_any_size_comes_out_without_its_padding(sealer: Sealer, size: int) -> None:
    found = inside(esp_packet(sealer, PAYLOAD[:size], 135), keys_of(sealer))
    assert (found.payload, found.next_header, found.icv_ok) == (PAYLOAD[:size], 135, True)
    assert found.padding == bytes(range(1, found.pad_length + 1))


@pytest.mark.parametrize("sealer", OWN, ids=NAMES)
def test_a_wrap_of_the_low_bits_is_followed(sealer: Sealer) -> None:
    keys = keys_of(sealer, esn=True)
    before = esp_packet(sealer, PAYLOAD, 135, sequence=0xFFFFFFFF, high=7)
    after = esp_packet(sealer, PAYLOAD, 135, sequence=0, high=8)
    assert inside(before, keys, 7).sequence_high == 7
    assert inside(after, keys, 7).sequence_high == 8
    assert inside(before, keys, 8).sequence_high == 7  # late
    assert sealed(after, keys, 5).reason is SealReason.ICV_MISMATCH
    fresh = esp_packet(sealer, PAYLOAD, 135, high=0)
    assert inside(fresh, keys, 99).sequence_high == 0  # a new SA under an old SPI


def test_the_highest_sequence_number_is_no_overflow() -> None:
    sealer = OWN[2]
    data = esp_packet(sealer, PAYLOAD, 135, sequence=0xFFFFFFFF, high=0xFFFFFFFF)
    assert inside(data, keys_of(sealer, esn=True), 0xFFFFFFFF).sequence_high == 0xFFFFFFFF
    assert sealed(data, keys_of(sealer, esn=True), 5).reason is SealReason.ICV_MISMATCH


def test_extended_numbers_without_integrity_open_as_there_is_nothing_to_check() -> None:
    sealer = Sealer(Encr.AES_CBC, Integ.NONE, KEY[:16])
    found = inside(esp_packet(sealer, PAYLOAD, 4), keys_of(sealer, esn=True))
    assert (found.payload, found.icv_ok, found.sequence_high) == (PAYLOAD, None, 0)


@pytest.mark.parametrize("size", [8, 12, 16])
def test_an_icv_length_of_its_own_replaces_that_of_the_name(size: int) -> None:
    sealer = Sealer(Encr.AES_CBC, Integ.HMAC_SHA2_512_256, KEY[:16], MAC_KEY)
    data = esp_packet(sealer, PAYLOAD, 4)[: -(32 - size)]
    keys = keys_of(sealer)
    assert inside(data, replace(keys, spec=replace(keys.spec, icv_size=size))).payload == PAYLOAD
    gcm = {8: OWN[2], 12: OWN[3]}.get(size)
    if gcm:
        keys = keys_of(gcm)
        named = CipherSpec(Encr.AES_GCM_16, keys.spec.key_size, icv_size=size)
        assert inside(esp_packet(gcm, PAYLOAD, 4), replace(keys, spec=named)).icv_ok is True


@pytest.mark.parametrize("size", [8, 12, 16, 20, 24, 32])
def test_an_icv_of_an_unknown_algorithm_is_skipped(size: int) -> None:
    sealer = Sealer(Encr.AES_CBC, Integ.HMAC_SHA2_512_256, KEY[:16], MAC_KEY)
    data = esp_packet(sealer, PAYLOAD, 4)
    data = data[: len(data) - 32 + size]
    keys = EspKeys(None, CipherSpec(Encr.AES_CBC, 16, 0, icv_size=size, check_icv=False), key=KEY[:16])
    found = inside(data, keys)
    assert (found.payload, found.icv_ok, found.icv_size) == (PAYLOAD, None, size)


def test_an_hmac_key_of_unusual_length_works_as_in_linux() -> None:
    sealer = Sealer(Encr.NULL, Integ.HMAC_SHA1_96, b"", MAC_KEY[:7])
    assert inside(esp_packet(sealer, PAYLOAD, 4), keys_of(sealer)).icv_ok is True


def test_padding_that_is_not_1_2_3_is_told() -> None:
    header, plain = struct.pack(">II", 5, 1), PAYLOAD[:3] + b"\x01\x02\x04\x03\x29"
    found = inside(header + plain, EspKeys(5, CipherSpec(Encr.NULL, 0)))
    assert (found.payload, found.padding, found.padding_ok) == (PAYLOAD[:3], b"\x01\x02\x04", False)


@pytest.mark.parametrize("plain", [b"", b"\x00", b"\x01\x29", b"abc\xff\x29"])
def test_a_trailer_that_cannot_be_is_malformed(plain: bytes) -> None:
    outcome = sealed(struct.pack(">II", 5, 1) + plain, EspKeys(5, CipherSpec(Encr.NULL, 0)))
    assert outcome.reason is SealReason.MALFORMED


def test_missing_and_misfitting_keys_are_told_apart_from_wrong_ones() -> None:
    sealer = Sealer(Encr.AES_CBC, Integ.HMAC_SHA1_96, KEY[:16], MAC_KEY[:20])
    data, keys = esp_packet(sealer, PAYLOAD, 4), keys_of(sealer)
    assert sealed(data, replace(keys, key=b"")) == Sealed(
        SealReason.NO_KEY, "no encryption key for AES_CBC (keys: esp_sa:4)"
    )
    assert sealed(data, replace(keys, integrity_key=b"")).detail == (
        "no integrity key for HMAC_SHA1_96 (keys: esp_sa:4)"
    )
    assert sealed(data, replace(keys, key=KEY[:17])).reason is SealReason.NO_KEY
    assert sealed(data, replace(keys, integrity_key=KEY[:20])) == Sealed(
        SealReason.ICV_MISMATCH, "ICV does not match: HMAC_SHA1_96 (keys: esp_sa:4)"
    )
    unknown = replace(keys, spec=CipherSpec(Encr.IDEA, 16))
    assert sealed(data, unknown) == Sealed(SealReason.UNSUPPORTED, "algorithm not supported: IDEA")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(OWN), st.data(), st.sampled_from([None, False, True]))
def test_a_flipped_bit_anywhere_is_an_icv_mismatch(sealer: Sealer, data: st.DataObject, esn: bool | None) -> None:
    whole = bytearray(esp_packet(sealer, PAYLOAD, 41, high=0 if esn else None))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 0x80 >> bit % 8
    assert sealed(bytes(whole), keys_of(sealer, esn=esn)).reason is SealReason.ICV_MISMATCH


@pytest.mark.parametrize("sealer", OWN, ids=NAMES)
def test_a_packet_cut_at_any_byte_stays_sealed(sealer: Sealer) -> None:
    data = esp_packet(sealer, PAYLOAD, 41)
    for size in range(len(data)):
        assert sealed(data[:size], keys_of(sealer)).reason in (SealReason.MALFORMED, SealReason.ICV_MISMATCH)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100), st.sampled_from([*ENCRYPTIONS]), st.sampled_from([0, *Integ]), st.binary(max_size=40))
def test_any_bytes_with_any_keys_open_or_stay_sealed(data: bytes, encryption: int, integrity: int, key: bytes) -> None:
    packet = packet_of(data)
    keys = EspKeys(None, CipherSpec(encryption, len(key), integrity), key=key, integrity_key=key)
    outcome = open_esp(packet, keys)
    assert isinstance(outcome, (OpenedEsp, Sealed))
    for opened in (outcome, guess_null(packet), None):
        tracer = Tracer(data)
        again = explain_esp(tracer, packet, opened)
        assert (again is None) == (not isinstance(opened, OpenedEsp))


@given(st.binary(max_size=40), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_a_header_decodes_alike_with_and_without_a_tree(data: bytes, start: int) -> None:
    start = min(start, len(data))
    packet = decode_esp(Reader(data, start))
    assert decode_esp(Tracer(data, start)) == packet
    assert packet.offset == start
    if len(data) - start >= 8:
        assert (packet.spi, packet.sequence) == struct.unpack_from(">II", data, start)
        assert packet.body == data[start + 8 :]


@pytest.mark.parametrize(("size", "spi"), [(0, 0), (3, 0), (4, 0x1000A1B2), (7, 0x1000A1B2)])
def test_a_cut_header_gives_what_is_there_and_is_marked(size: int, spi: int) -> None:
    packet = packet_of(A3[:size])
    assert packet == EspPacket(spi, 0, b"", 0, Malformed(f"an ESP header has 8 bytes, {size} are there", 0))
    assert sealed(A3[:size], A3_KEYS).reason is SealReason.MALFORMED


# Guesses.


def test_null_encryption_is_seen_without_a_key() -> None:
    found = guess_null(packet_of(A3))
    assert found is not None
    assert (found.payload, found.next_header, found.icv_ok, found.icv_size) == (A3[8:40], 135, None, 12)


@pytest.mark.parametrize(
    ("integrity", "mac_size", "icv_size"), [(Integ.HMAC_SHA1_96, 20, 12), (Integ.HMAC_SHA2_256_128, 32, 16)]
)
@pytest.mark.parametrize("kind", ["ipv4", "ipv6", "udp", "icmpv6", "mobility"])
def test_each_kind_of_clear_payload_is_recognised(kind: str, integrity: int, mac_size: int, icv_size: int) -> None:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import ICMPv6ND_NS, IPv6
    from scapy.packet import Raw

    payload, next_header = {
        "ipv4": (bytes(IP() / UDP() / Raw(b"abcde")), 4),
        "ipv6": (bytes(IPv6() / UDP() / Raw(b"abc")), 41),
        "udp": (bytes(IP() / UDP() / Raw(b"ab"))[20:], 17),
        "icmpv6": (bytes(IPv6() / ICMPv6ND_NS(tgt="2001:db8::1"))[40:], 58),
        "mobility": (A3[8:40], 135),
    }[kind]
    sealer = Sealer(Encr.NULL, integrity, b"", MAC_KEY[:mac_size])
    found = guess_null(packet_of(esp_packet(sealer, payload, next_header)))
    assert found is not None
    assert (found.payload, found.next_header, found.icv_size) == (payload, next_header, icv_size)


def test_ciphertext_is_never_taken_for_null_encryption() -> None:
    for number in range(3000):
        sealer = Sealer(Encr.AES_CBC, Integ.HMAC_SHA1_96, number.to_bytes(16), MAC_KEY[:20])
        assert guess_null(packet_of(esp_packet(sealer, A3[8:40], 135))) is None


@pytest.mark.parametrize("data", [b"", A3[:5], A3[:8], A3[:-1], A3[:40], bytes(100)])
def test_what_does_not_fit_is_not_guessed(data: bytes) -> None:
    assert guess_null(packet_of(data)) is None


@pytest.mark.parametrize(
    ("at", "value"),
    [(8, 6), (9, 4), (10, 20), (11, 1), (40, 2), (41, 3), (42, 1), (43, 136)],
    ids=["payload proto", "length", "MH type", "reserved", "padding 1", "padding 2", "pad length", "next header"],
)
def test_each_thing_that_does_not_fit_forbids_the_guess(at: int, value: int) -> None:
    changed = bytearray(A3)
    changed[at] = value
    assert guess_null(packet_of(bytes(changed))) is None


# The tree.


def names(tracer: Tracer) -> list[tuple[str, int, int]]:
    return [(f.name, f.offset, f.size) for f in tracer.field.children if f.size]


def test_the_tree_shows_every_part_with_its_bytes() -> None:
    sealer = OWN[0]
    data = esp_packet(sealer, PAYLOAD[:20], 135)
    packet, tracer = packet_of(data), Tracer(data)
    payload = explain_esp(tracer, packet, inside(data, keys_of(sealer)))
    assert payload is not None
    assert payload.peek(100) == PAYLOAD[:20]
    assert names(tracer) == [
        ("spi", 0, 4),
        ("sequence_number", 4, 4),
        ("initialization_vector", 8, 16),
        ("encrypted_data", 24, 32),
        ("integrity_check_value", 56, 12),
        ("decrypted_esp", 0, 32),
    ]
    assert [(f.name, f.offset, f.size, f.buffer) for f in tracer.field.children[-1].children] == [
        ("payload", 0, 20, 1),
        ("padding", 20, 10, 1),
        ("pad_length", 30, 1, 1),
        ("next_header", 31, 1, 1),
    ]
    assert tracer.field.children[0].text == "0x00001000"


def test_the_tree_of_a_sealed_packet_says_why() -> None:
    outcome = Sealed(SealReason.NO_KEY, "no key for SPI 0x1000a1b2")
    tracer = Tracer(A3)
    assert explain_esp(tracer, packet_of(A3), outcome) is None
    assert names(tracer) == [("spi", 0, 4), ("sequence_number", 4, 4), ("encrypted_data", 8, len(A3) - 8)]
    assert tracer.field.children[-1].value == outcome.detail


def test_no_repr_or_reason_shows_a_key() -> None:
    for sealer in OWN:
        keys = keys_of(sealer)
        wrong = replace(keys, key=sealer.key[::-1], integrity_key=sealer.integrity_key[::-1])
        outcome = sealed(esp_packet(sealer, PAYLOAD, 4), wrong)
        shown = repr(outcome) + repr(keys) + repr(wrong)
        for secret in (sealer.key, sealer.integrity_key, wrong.key, wrong.integrity_key):
            assert not secret or (secret.hex()[:8] not in shown and repr(secret)[2:12] not in shown)
