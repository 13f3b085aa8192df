"""SK, SKF and ESP of the real captures: opened with their key tables, compared with tshark byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from captured import (
    Frame,
    key_of,
    key_rows,
    needs_tshark,
    protected_frames,
    tshark_decrypted_ike,
    tshark_rows,
)

from dissectors.buffer import Reader
from dissectors.esp import EspPacket, OpenedEsp, decode_esp, guess_null, open_esp
from dissectors.events import Sealed, SealReason
from dissectors.ikev2.decode import decode_ike
from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.protection import Opened, open_with_padding
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IntegrityId as Integ
from dissectors.keymat import CipherSpec, EspKeys, IkeKeys

IKE_SPECS = {
    ("AES-CBC-128 [RFC3602]", "HMAC_SHA2_256_128 [RFC4868]"): CipherSpec(Encr.AES_CBC, 16, Integ.HMAC_SHA2_256_128),
    ("AES-CBC-256 [RFC3602]", "HMAC_SHA2_256_128 [RFC4868]"): CipherSpec(Encr.AES_CBC, 32, Integ.HMAC_SHA2_256_128),
    ("AES-GCM-256 with 16 octet ICV [RFC5282]", "NONE [RFC4306]"): CipherSpec(Encr.AES_GCM_16, 32),
    ("AES-CCM-128 with 12 octet ICV [RFC5282]", "NONE [RFC4306]"): CipherSpec(Encr.AES_CCM_12, 16),
}
ESP_CIPHERS = {
    "AES-CBC [RFC3602]": Encr.AES_CBC,
    "TripleDES-CBC [RFC2451]": Encr.TRIPLE_DES_CBC,
    "DES-CBC [RFC2405]": Encr.DES_CBC,
    "NULL": Encr.NULL,
}
ESP_MACS = {
    "HMAC-SHA-1-96 [RFC2404]": Integ.HMAC_SHA1_96,
    "HMAC-MD5-96 [RFC2403]": Integ.HMAC_MD5_96,
    "HMAC-SHA-256-128 [RFC4868]": Integ.HMAC_SHA2_256_128,
    "NULL": Integ.NONE,
}


def ike_row(row: list[str]) -> tuple[IkeKeys, CipherSpec]:
    spi_i, spi_r, sk_ei, sk_er, sk_ai, sk_ar = (bytes.fromhex(row[at]) for at in (0, 1, 2, 3, 5, 6))
    return IkeKeys(spi_i, spi_r, sk_ei, sk_er, sk_ai, sk_ar), IKE_SPECS[row[4], row[7]]


def esp_row(row: list[str]) -> EspKeys:
    cipher, key, key_size = ESP_CIPHERS[row[4]], key_of(row[5]), len(key_of(row[5]))
    return EspKeys(int(row[3], 0), CipherSpec(cipher, key_size, ESP_MACS[row[6]]), key, key_of(row[7]))


def protected_ike(path: Path) -> list[tuple[Frame, IkeMessage]]:
    messages = [(f, decode_ike(Reader(f.data))) for f in protected_frames(path) if f.kind == "ike"]
    return [(f, message) for f, message in messages if message.encrypted is not None]


def opened_by(frame: Frame, message: IkeMessage, rows: list[list[str]]) -> Opened | None:
    """Opened with the first key of the table that fits."""
    for row in rows:
        found = open_with_padding(frame.data, 0, message, *ike_row(row))
        if isinstance(found, Opened):
            return found
        # Another SA's algorithms may also need more bytes than an empty message has.
        assert found.reason in (SealReason.ICV_MISMATCH, SealReason.MALFORMED)
    return None


CAPTURES = {
    "wireshark/ikev2-decrypt-aes256cbc.pcapng": 2,
    "wireshark/ikev2-decrypt-aes256gcm16.pcap": 4,
    "wireshark/ikev2-decrypt-aes128ccm12.pcap": 4,
    "strongswan-ipv4/capture.pcapng": 21,
}


@pytest.mark.parametrize("name", CAPTURES)
def test_every_sk_and_skf_of_a_capture_opens_with_its_table(captures: Path, name: str) -> None:
    path = captures / name
    rows = key_rows(path.parent / "ikev2_decryption_table")
    found = [opened_by(frame, message, rows) for frame, message in protected_ike(path)]
    assert [opened is not None and opened.icv_ok for opened in found] == [True] * CAPTURES[name]


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_decrypted_ike_bytes_are_those_of_tshark(captures: Path, name: str) -> None:
    path = captures / name
    rows = key_rows(path.parent / "ikev2_decryption_table")
    # strongSwan wrote the keys of the rekeyed IKE SA under the SPIs of the old one: tshark would take the last row.
    theirs = tshark_decrypted_ike(path, rows[:1] if "strongswan" in name else rows)
    ours = {}
    for frame, message in protected_ike(path):
        opened = opened_by(frame, message, rows)
        if opened is not None:
            ours[frame.number] = (opened.plain + opened.padding + bytes([len(opened.padding)])).hex()
    if "strongswan" in name:
        assert set(ours) - set(theirs) == {39, 40}
        ours = {number: data for number, data in ours.items() if number in theirs}
    assert ours == theirs


def test_in_the_gcm_capture_the_original_responder_starts_an_exchange_and_the_flag_still_decides(
    captures: Path,
) -> None:
    path = captures / "wireshark/ikev2-decrypt-aes256gcm16.pcap"
    rows = key_rows(path.parent / "ikev2_decryption_table")
    by_responder = [(f, m) for f, m in protected_ike(path) if not m.from_initiator and m.is_request]
    assert by_responder
    assert all(opened_by(frame, message, rows) for frame, message in by_responder)


def test_the_two_fragments_join_to_payloads_that_begin_with_idr(captures: Path) -> None:
    path = captures / "strongswan-ipv4/capture.pcapng"
    rows = key_rows(path.parent / "ikev2_decryption_table")
    fragments = [(f, m) for f, m in protected_ike(path) if m.encrypted and m.encrypted.total]
    assert [(m.encrypted.number, m.encrypted.total, m.encrypted.first) for _, m in fragments if m.encrypted] == [
        (1, 2, 36), (2, 2, 0),
    ]  # fmt: skip
    joined = b"".join(opened.plain for f, m in fragments if (opened := opened_by(f, m, rows)))
    assert joined[4:5] == b"\x02"  # ID_FQDN
    assert joined[8 : int.from_bytes(joined[2:4])] == b"internet.apn.epc.mnc001.mcc001.3gppnetwork.org"


def test_the_keys_of_one_sa_are_an_icv_mismatch_on_another(captures: Path) -> None:
    path = captures / "strongswan-ipv4/capture.pcapng"
    old, new = (ike_row(row) for row in key_rows(path.parent / "ikev2_decryption_table"))
    frame, message = protected_ike(path)[0]
    assert isinstance(open_with_padding(frame.data, 0, message, *old), Opened)
    outcome = open_with_padding(frame.data, 0, message, *new)
    assert isinstance(outcome, Sealed)
    assert outcome.reason is SealReason.ICV_MISMATCH


ESP_CAPTURES = {
    "strongswan-ipv4/capture.pcapng": ("esp_sa", 12),
    "wireshark/esp-24-sas.pcap": ("esp-24-sas.esp_sa", 240),
    "dsmipv6-scapy/mip6_home_reg_esp_aescbc128-sha1.pcap": ("esp_sa", 6),
    "dsmipv6-scapy/mip6_home_reg_esp_null-sha256.pcap": ("esp_sa", 6),
    "dsmipv6-scapy/dsmip6_udp4191_nonat.pcap": ("esp_sa", 4),
}


def esp_candidates(rows: list[list[str]], packet: EspPacket, destination: str) -> list[EspKeys]:
    """By SPI, those for this destination first: the 24-SA file has one SPI for several."""
    fitting = [row for row in rows if int(row[3], 0) == packet.spi]
    fitting.sort(key=lambda row: row[2] != destination)
    return [esp_row(row) for row in fitting]


def opened_esp(path: Path, table: Path) -> dict[int, tuple[EspPacket, OpenedEsp]]:
    rows, found = key_rows(table), {}
    for frame in protected_frames(path):
        if frame.kind != "esp":
            continue
        packet = decode_esp(Reader(frame.data))
        for keys in esp_candidates(rows, packet, frame.destination)[:1]:
            opened = open_esp(packet, keys)
            assert isinstance(opened, OpenedEsp), (frame.number, opened)
            found[frame.number] = packet, opened
    return found


@pytest.mark.parametrize("name", ESP_CAPTURES)
def test_every_esp_packet_of_a_capture_opens(captures: Path, name: str) -> None:
    table, count = ESP_CAPTURES[name]
    found = opened_esp(captures / name, (captures / name).parent / table)
    assert len(found) == count
    for _, opened in found.values():
        assert opened.padding_ok
        assert opened.icv_ok is (None if opened.icv_size == 0 else True)


@needs_tshark
@pytest.mark.parametrize("name", ESP_CAPTURES)
def test_the_inside_of_esp_is_that_of_tshark(captures: Path, name: str) -> None:
    path, table = captures / name, (captures / name).parent / ESP_CAPTURES[name][0]
    fields = ["esp.spi", "esp.sequence", "esp.pad_len", "esp.protocol"]
    theirs = {
        int(row["frame.number"]): tuple(int(row[name], 0) for name in fields)
        for row in tshark_rows(path, "esp_sa", key_rows(table), fields)
    }
    found = opened_esp(path, table)
    ours = {n: (p.spi, p.sequence, o.pad_length, o.next_header) for n, (p, o) in found.items()}
    assert ours == theirs


@needs_tshark
@pytest.mark.parametrize("name", ["strongswan-ipv4/capture.pcapng", "wireshark/esp-24-sas.pcap"])
def test_the_decrypted_bytes_of_esp_are_those_of_tshark(captures: Path, name: str) -> None:
    path, table = captures / name, (captures / name).parent / ESP_CAPTURES[name][0]
    rows = tshark_rows(path, "esp_sa", key_rows(table), ["esp.decrypted_data"])
    theirs = {int(row["frame.number"]): row["esp.decrypted_data"].replace(":", "") for row in rows}
    found = opened_esp(path, table)
    ours = {n: (o.payload + o.padding + bytes([o.pad_length, o.next_header])).hex() for n, (_, o) in found.items()}
    assert theirs
    assert {n: data for n, data in ours.items() if n in theirs} == theirs
    # tshark shows no decrypted bytes where nothing was encrypted; all else it does.
    assert {found[n][1].iv_size for n in set(ours) - set(theirs)} <= {0}


def test_null_encryption_in_the_captures_is_seen_without_keys_and_ciphertext_is_not(captures: Path) -> None:
    path = captures / "dsmipv6-scapy/mip6_home_reg_esp_null-sha256.pcap"
    opened = opened_esp(path, path.parent / "esp_sa")
    for packet, known in opened.values():
        guessed = guess_null(packet)
        assert guessed is not None
        assert (guessed.payload, guessed.next_header, guessed.icv_size) == (known.payload, known.next_header, 16)
    path = captures / "strongswan-ipv4/capture.pcapng"
    assert all(guess_null(p) is None for p, _ in opened_esp(path, path.parent / "esp_sa").values())
