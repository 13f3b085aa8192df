"""Our own TOML key file, as docs/key-files.md describes it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from analyzer.keys import load_keys, recognise
from dissectors.keymat import KeyMaterial

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "key-files.md"

WHOLE = """# from the lab
key_exchange_secrets = ["00:11:22:33", "0x4455"]

[[ike_sa]]
initiator_spi = "8b1a0647b2f7eb4d"
responder_spi = "0x1534a2169e3b1446"
encryption = "AES-GCM-128 with 16 octet ICV"
prf = "PRF_HMAC_SHA2_256"
sk_d = "aa aa"
sk_ei = "000102030405060708090a0b0c0d0e0f10111213"
sk_er = "000102030405060708090a0b0c0d0e0f10111213"
key_exchange_secret = "0xff"

[[esp_sa]]
spi = 0x1000a1b2
source = "2001:db8::1"
destination = "10.0.0.0/8"
encryption = "aes128"
key = "00112233445566778899aabbccddeeff"
integrity = "HMAC_SHA2_256_128"
integrity_key = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"
icv_bits = 96
esn = true

[[esp_sa]]
integrity = "HMAC_SHA1_96"
integrity_key = "0001020304050607080900010203040506070809"
"""


def load(folder: Path, text: str) -> KeyMaterial:
    path = folder / "keys.toml"
    path.write_text(text)
    return load_keys([path])


def test_every_entry_is_taken_over(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE)
    assert found.problems == []
    assert found.key_exchange_secrets == [b"\x00\x11\x22\x33", b"\x44\x55"]
    (ike,) = found.ike
    assert (ike.initiator_spi, ike.responder_spi) == (
        bytes.fromhex("8b1a0647b2f7eb4d"),
        bytes.fromhex("1534a2169e3b1446"),
    )
    assert ike.spec is not None
    assert (ike.spec.encryption, ike.spec.key_size, ike.spec.integrity, ike.spec.prf) == (20, 16, 0, 5)
    assert (ike.sk_d, ike.key_exchange_secret, ike.origin) == (b"\xaa\xaa", b"\xff", "keys.toml:4")
    esp, any_spi = found.esp
    assert (esp.spi, esp.esn, esp.spec.encryption, esp.spec.integrity, esp.spec.icv_size) == (
        0x1000A1B2,
        True,
        12,
        12,
        12,
    )
    assert (esp.source, esp.destination) == ((IPv6Address("2001:db8::1"), 128), (IPv4Address("10.0.0.0"), 8))
    assert (any_spi.spi, any_spi.esn, any_spi.spec.encryption, any_spi.spec.integrity) == (None, None, 11, 2)
    assert (esp.origin, any_spi.origin) == ("keys.toml:14", "keys.toml:25")


def test_an_ike_sa_needs_neither_spis_nor_algorithms(tmp_path: Path) -> None:
    (keys,) = load(tmp_path, '[[ike_sa]]\nsk_d = "aabb"\n').ike
    assert (keys.initiator_spi, keys.responder_spi, keys.spec, keys.sk_d) == (None, None, None, b"\xaa\xbb")


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("[[ike_sa]]\nsk_d = aabb\n", 2, "this is not valid TOML"),
        ('[[ike_sa]]\nsk_d = "xx"\n', 1, "the sk_d has a character"),
        ("[[ike_sa]]\nsk_d = 5\n", 1, "sk_d is not a string"),
        ("[[ike_sa]]\n", 1, "the table holds no secret"),
        ('[[ike_sa]]\nsk_d = "aa"\ninitiator_spi = "aabb"\n', 1, "the initiator SPI has 2 bytes"),
        ('[[ike_sa]]\nskd = "aa"\n', 1, "the table has an entry other than encryption"),
        ('[[ike_sa]]\nsk_ei = "aa"\nencryption = "AES_CBC"\n', 1, "the encryption key has 1 bytes"),
        ("[[esp_sa]]\nspi = true\n", 1, "spi is neither a number nor a string"),
        ("[[esp_sa]]\nicv_bits = 9\n", 1, "icv_bits is not a whole number of bytes"),
        ("[[esp_sa]]\nesn = 1\n", 1, "esn is neither true nor false"),
        ("[esp_sa]\nspi = 1\n", 1, "only [[ike_sa]], [[esp_sa]] and key_exchange_secrets"),
        ("[other]\na = 1\n", 1, "only [[ike_sa]], [[esp_sa]] and key_exchange_secrets"),
    ],
)
def test_a_mistake_costs_its_table_and_not_the_file(tmp_path: Path, table: str, line: int, said: str) -> None:
    found = load(tmp_path, WHOLE + table + WHOLE.partition("\n\n")[2])
    assert (len(found.ike), len(found.esp), len(found.key_exchange_secrets)) == (2, 4, 2)
    (problem,) = found.problems
    assert problem.reason.startswith(said)
    assert problem.line == WHOLE.count("\n") + line


def test_a_secret_that_is_no_hex_costs_itself_only(tmp_path: Path) -> None:
    found = load(tmp_path, 'key_exchange_secrets = ["aa", "zz", 5,\n  "", "bb"]\n')
    assert found.key_exchange_secrets == [b"\xaa", b"\xbb"]
    assert len(found.problems) == 3


def test_the_form_is_recognised() -> None:
    assert recognise(WHOLE) == recognise('key_exchange_secrets=[""]') == "dsmip keys (TOML)"


def test_the_example_in_the_document_is_read_without_a_problem(tmp_path: Path) -> None:
    example = DOCUMENT.read_text().split("```toml\n")[1].split("```")[0]
    found = load(tmp_path, example)
    assert found.problems == []
    assert (len(found.ike), len(found.esp), len(found.key_exchange_secrets)) == (1, 1, 1)
