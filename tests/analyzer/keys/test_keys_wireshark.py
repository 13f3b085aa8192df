"""Wireshark's tables: columns, quoting, names, lengths; tshark itself is asked which names it takes."""

from __future__ import annotations

import os
import shutil
import subprocess
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from analyzer.keys import load_keys
from dissectors.keymat import EspKeys, IkeKeys, KeyMaterial

SPIS = "4c37640e5e33b9aa,47e0c0b7ee67713f"
REFERENCES = {"AES-CBC": "RFC3602", "AES-CTR": "RFC5930", "AES-GCM": "RFC5282", "AES-CCM": "RFC5282"}
AEAD_BASE = {"AES-GCM": {8: 18, 12: 19, 16: 20}, "AES-CCM": {8: 14, 12: 15, 16: 16}}
SALTS = {"AES-CTR": 4, "AES-GCM": 4, "AES-CCM": 3}

# Name, IKEv2 number, cipher key bytes, bytes in the key columns: wire-formats 1.7 and 10.1.
IKE_CIPHERS = [
    ("3DES [RFC2451]", 3, 24, 24),
    ("NULL [RFC2410]", 11, 0, 0),
    *((f"AES-CBC-{8 * n} [RFC3602]", 12, n, n) for n in (16, 24, 32)),
    *((f"AES-CTR-{8 * n} [RFC5930]", 13, n, n + 4) for n in (16, 24, 32)),
    *(
        (f"{mode}-{8 * n} with {icv} octet ICV [RFC5282]", number, n, n + SALTS[mode])
        for mode, numbers in AEAD_BASE.items()
        for icv, number in numbers.items()
        for n in (16, 24, 32)
    ),
]
# Name, number, key bytes, ICV bytes where the name alone decides, whether it can be checked.
IKE_INTEGRITIES = [
    ("HMAC_MD5_96 [RFC2403]", 1, 16, None, True),
    ("HMAC_SHA1_96 [RFC2404]", 2, 20, None, True),
    ("HMAC_MD5_128 [RFC4595]", 6, 16, None, True),
    ("HMAC_SHA1_160 [RFC4595]", 7, 20, None, True),
    ("HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]", 1024, 32, None, True),
    ("HMAC_SHA2_256_128 [RFC4868]", 12, 32, None, True),
    ("HMAC_SHA2_384_192 [RFC4868]", 13, 48, None, True),
    ("HMAC_SHA2_512_256 [RFC4868]", 14, 64, None, True),
    ("NONE [RFC4306]", 0, 0, None, True),
    *((f"ANY {8 * n}-bits of Authentication [No Checking]", 0, 0, n, False) for n in (8, 12, 16, 20, 24, 32)),
]
ESP_CIPHERS = [
    ("NULL", 11, 0, 0),
    ("TripleDES-CBC [RFC2451]", 3, 24, 24),
    ("AES-CBC [RFC3602]", 12, 32, 32),
    ("AES-CTR [RFC3686]", 13, 16, 20),
    ("DES-CBC [RFC2405]", 2, 8, 8),
    ("CAST5-CBC [RFC2144]", 6, 16, 16),
    ("BLOWFISH-CBC [RFC2451]", 7, 16, 16),
    ("AES-GCM [RFC4106]", 20, 16, 20),
    ("AES-GCM with 8 octet ICV [RFC4106]", 18, 16, 20),
    ("AES-GCM with 12 octet ICV [RFC4106]", 19, 24, 28),
    ("AES-GCM with 16 octet ICV [RFC4106]", 20, 32, 36),
]
ESP_INTEGRITIES = [
    ("NULL", 0, 0, None, True),
    ("HMAC-SHA-1-96 [RFC2404]", 2, 20, None, True),
    ("HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", 1024, 32, None, True),
    ("HMAC-SHA-256-128 [RFC4868]", 12, 32, None, True),
    ("HMAC-SHA-384-192 [RFC4868]", 13, 48, None, True),
    ("HMAC-SHA-512-256 [RFC4868]", 14, 64, None, True),
    ("HMAC-MD5-96 [RFC2403]", 1, 16, None, True),
    ("MAC-RIPEMD-160-96 [RFC2857]", 1025, 20, None, True),
    *((f"ANY {8 * n} bit authentication [no checking]", 0, 0, n, False) for n in (8, 12, 16, 24, 32)),
]


def ike_row(cipher: str, size: int, mac: str = "NONE [RFC4306]", mac_size: int = 0) -> str:
    return f'{SPIS},{"11" * size},{"22" * size},"{cipher}",{"33" * mac_size},{"44" * mac_size},"{mac}"'


def esp_row(cipher: str, size: int, mac: str = "NULL", mac_size: int = 0, spi: str = "0x10", more: str = "") -> str:
    return f'"IPv6","*","*","{spi}","{cipher}","0x{"11" * size}","{mac}","0x{"33" * mac_size}"{more}'


def load(folder: Path, *lines: str, name: str = "table") -> KeyMaterial:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return load_keys([path])


def one_ike(folder: Path, line: str) -> IkeKeys:
    found = load(folder, line)
    assert (found.problems, len(found.ike)) == ([], 1)
    return found.ike[0]


def one_esp(folder: Path, line: str) -> EspKeys:
    found = load(folder, line)
    assert (found.problems, len(found.esp)) == ([], 1)
    return found.esp[0]


def reason(folder: Path, *lines: str) -> str:
    found = load(folder, *lines)
    assert not found.ike
    assert not found.esp
    (problem,) = found.problems
    assert problem.line == len(lines)
    return problem.reason


@pytest.mark.parametrize("case", [str, str.lower, str.upper, lambda name: name.partition(" [")[0]])
@pytest.mark.parametrize(("name", "number", "key_size", "size"), IKE_CIPHERS)
def test_every_ike_cipher_of_wireshark_is_known(tmp_path: Path, case, name, number, key_size, size) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    keys = one_ike(tmp_path, ike_row(case(name), size))
    assert keys.spec is not None
    assert (keys.spec.encryption, keys.spec.key_size, len(keys.sk_er)) == (number, key_size, size)


@pytest.mark.parametrize(("name", "number", "size", "icv", "checked"), IKE_INTEGRITIES)
def test_every_ike_integrity_of_wireshark_is_known(tmp_path: Path, name, number, size, icv, checked) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    keys = one_ike(tmp_path, ike_row("AES-CBC-128 [RFC3602]", 16, name, size))
    assert keys.spec is not None
    assert (keys.spec.integrity, keys.spec.icv_size, keys.spec.check_icv) == (number, icv, checked)
    assert len(keys.sk_ai) == size


@pytest.mark.parametrize("case", [str, str.lower, str.upper])
@pytest.mark.parametrize(("name", "number", "key_size", "size"), ESP_CIPHERS)
def test_every_esp_cipher_of_wireshark_is_known(tmp_path: Path, case, name, number, key_size, size) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    keys = one_esp(tmp_path, esp_row(case(name), size))
    assert (keys.spec.encryption, keys.spec.key_size, len(keys.key)) == (number, key_size, size)


@pytest.mark.parametrize(("name", "number", "size", "icv", "checked"), ESP_INTEGRITIES)
def test_every_esp_integrity_of_wireshark_is_known(tmp_path: Path, name, number, size, icv, checked) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    keys = one_esp(tmp_path, esp_row("AES-CBC [RFC3602]", 16, name, size))
    assert (keys.spec.integrity, keys.spec.icv_size, keys.spec.check_icv) == (number, icv, checked)


@pytest.mark.parametrize(("bits", "number"), [(64, 18), (96, 19), (128, 20)])
def test_the_old_gcm_name_of_save_keys_takes_its_icv_from_the_other_column(
    tmp_path: Path, bits: int, number: int
) -> None:
    keys = one_esp(tmp_path, esp_row("AES-GCM [RFC4106]", 36, f"ANY {bits} bit authentication [no checking]"))
    assert (keys.spec.encryption, keys.spec.icv_size, keys.spec.key_size) == (number, bits // 8, 32)
    assert keys.spec.check_icv  # GCM needs no second key for it


@pytest.mark.parametrize("columns", ["ike", "esp"])
def test_tshark_takes_a_table_of_all_these_names_and_refuses_a_wrong_one(tmp_path: Path, columns: str) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    if columns == "ike":
        table, good = "ikev2_decryption_table", [ike_row(name, size) for name, _, _, size in IKE_CIPHERS]
        good += [ike_row("AES-CBC-128 [RFC3602]", 16, name, size) for name, _, size, _, _ in IKE_INTEGRITIES]
    else:
        table, good = "esp_sa", [esp_row(name, size) for name, _, _, size in ESP_CIPHERS]
        good += [esp_row("AES-CBC [RFC3602]", 16, name, size) for name, _, size, _, _ in ESP_INTEGRITIES]
    assert "Error" not in _tshark_says(tmp_path, table, good)
    wrong = ike_row("no such name", 16) if columns == "ike" else esp_row("no such name", 16)
    assert "Error" in _tshark_says(tmp_path, table, [wrong])


def _tshark_says(folder: Path, table: str, lines: list[str]) -> str:
    profile = folder / "config" / "wireshark"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / table).write_text("\n".join(lines) + "\n")
    capture = folder / "empty.pcap"
    capture.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder)}
    done = subprocess.run(["tshark", "-r", str(capture)], capture_output=True, text=True, check=False, env=environment)
    return done.stdout + done.stderr


def test_comments_blank_lines_and_the_prefix_of_the_preferences_file_are_passed_over(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "# This file is automatically generated, DO NOT MODIFY.",
        "",
        "uat:ikev2_decryption_table:" + ike_row("AES-CBC-128 [RFC3602]", 16),
        "   # indented",
        "uat:esp_sa:" + esp_row("NULL", 0),
    )
    assert (len(found.ike), len(found.esp), found.problems) == (1, 1, [])
    assert (found.ike[0].origin, found.esp[0].origin) == ("table:3", "table:5")


def test_escapes_in_quotes_are_undone_byte_by_byte(tmp_path: Path) -> None:
    line = r'"IPv4","*","*","7","AES-CBC [RFC3602]","aes\x22cbc\x2cenc\xffti\\n","NULL",""'
    assert one_esp(tmp_path, line).key == b'aes"cbc,enc\xffti\\n'


def test_a_plain_text_key_keeps_the_bytes_of_a_latin_1_file(tmp_path: Path) -> None:
    path = tmp_path / "esp_sa"
    path.write_bytes(b'"IPv4","*","*","7","DES-CBC [RFC2405]","schl\xfcsse","HMAC-MD5-96","k\xf6"\n')
    (keys,) = load_keys([path]).esp
    assert (keys.key, keys.integrity_key) == (b"schl\xfcsse", b"k\xf6")


def test_an_odd_number_of_hex_digits_gets_a_leading_0(tmp_path: Path) -> None:
    line = '"IPv4","*","*","7","DES-CBC [RFC2405]","0x123456789abcdef","NULL","0x"'
    assert one_esp(tmp_path, line).key == bytes.fromhex("0123456789abcdef")


@pytest.mark.parametrize(
    ("text", "spi"),
    [
        ("0x1000a1b2", 0x1000A1B2),
        ("0X00000010", 16),
        ("10", 10),
        ("4294967295", 2**32 - 1),
        ("*", None),
        ("0x10**", None),
    ],
)
def test_an_spi_is_hex_decimal_or_a_wildcard(tmp_path: Path, text: str, spi: int | None) -> None:
    assert one_esp(tmp_path, esp_row("NULL", 0, spi=text)).spi == spi


@pytest.mark.parametrize("text", ["4294967296", "0x123456789", "a1b2", "", "-1"])
def test_an_spi_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    assert "SPI" in reason(tmp_path, esp_row("NULL", 0, spi=text))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("*", None),
        ("any", None),
        ("*.*.*.*", None),
        ("10.77.*.*", (IPv4Address("10.77.0.0"), 16)),
        ("10.77.0.10", (IPv4Address("10.77.0.10"), 32)),
        ("10.0.0.0/8", (IPv4Address("10.0.0.0"), 8)),
        ("0.0.0.0/0", None),
        ("2001:DB8::1", (IPv6Address("2001:db8::1"), 128)),
        ("2001:db8:12**:*:*:*:*:*", (IPv6Address("2001:db8:1200::"), 40)),
        ("2001:db8:*", (IPv6Address("2001:db8::"), 32)),
        ("2001:db8::*", (IPv6Address("2001:db8::"), 112)),
    ],
)
def test_an_address_is_whole_a_prefix_or_open(tmp_path: Path, text: str, hint: object) -> None:
    keys = one_esp(tmp_path, esp_row("NULL", 0).replace('"*"', f'"{text}"', 1))
    assert (keys.source, keys.destination) == (hint, None)


@pytest.mark.parametrize("text", ["10.0.0", "10.0.0.256", "300.*.*.*", "1:2:3", "2001::db8::*", "10.0.0.1/33", "host"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    assert "address" in reason(tmp_path, esp_row("NULL", 0).replace('"*"', f'"{text}"', 1))


@pytest.mark.parametrize(
    ("more", "esn"),
    [("", None), (',"32-bit","0"', False), (',"64-bit",00000001', True), (',"64-bit","0","later","still"', True)],
)
def test_more_columns_than_eight_tell_of_extended_sequence_numbers(tmp_path: Path, more: str, esn: bool | None) -> None:
    assert one_esp(tmp_path, esp_row("NULL", 0, more=more)).esn is esn


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (ike_row("AES-CBC-128 [RFC3602]", 15), "the encryption key has 15 bytes where 16 are expected"),
        (ike_row("AES-GCM-128 with 16 octet ICV", 16), "the encryption key has 16 bytes where 20 are expected"),
        (ike_row("AES-CCM-256 with 8 octet ICV", 36), "the encryption key has 36 bytes where 35 are expected"),
        (ike_row("3DES", 24, "HMAC_SHA1_96", 16), "the integrity key has 16 bytes where 20 are expected"),
        (esp_row("AES-CBC", 17), "the encryption key has 17 bytes where 16 or 24 or 32 are expected"),
        (esp_row("AES-CBC", 0), "no encryption key is given"),
        (esp_row("AES-GCM [RFC4106]", 20, "ANY 256 bit authentication"), "an ICV of 32 bytes does not go"),
        (esp_row("TWOFISH-CBC", 16), "the encryption algorithm is not a known name"),
        (esp_row("NULL", 0, "HMAC-SHA-3"), "the authentication algorithm is not a known name"),
        (ike_row("3DES", 24).replace("47e0", "47"), "the responder SPI has 7 bytes where 8 are expected"),
        (ike_row("3DES", 24).replace("1111", "11zz"), "the SK_ei has a character that is not a hex digit"),
        (ike_row("3DES", 24) + '"', "a quote is not closed"),
        (f'{SPIS},11,22,"3DES",,', "a row of ikev2_decryption_table has 8 columns, this has 7"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_lengths(tmp_path: Path, line: str, said: str) -> None:
    assert reason(tmp_path, "# a comment", line).startswith(said)


def test_the_lines_around_a_bad_one_are_used(tmp_path: Path) -> None:
    found = load(tmp_path, ike_row("3DES", 24), ike_row("3DES", 23), "rubbish", ike_row("3DES", 24), name="mine")
    assert [keys.origin for keys in found.ike] == ["mine:1", "mine:4"]
    assert [problem.line for problem in found.problems] == [2, 3]


def test_an_hmac_name_with_an_empty_key_skips_the_icv_without_checking_it(tmp_path: Path) -> None:
    keys = one_esp(tmp_path, esp_row("AES-CBC", 16, "HMAC-SHA-256-128", 0))
    assert (keys.spec.integrity, keys.spec.check_icv) == (12, False)
