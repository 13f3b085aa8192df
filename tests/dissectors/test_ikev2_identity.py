"""Identities as text; distinguished names are compared with what cryptography prints."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.ikev2.distinguished_name import name_text
from dissectors.ikev2.identity import identity_text

OVERRIDES = {NameOID.EMAIL_ADDRESS: "emailAddress", NameOID.SERIAL_NUMBER: "serialNumber", NameOID.TITLE: "title"}


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (1, b"\xc0\0\2\1", "192.0.2.1"),
        (1, b"\xc0\0\2", "c00002"),
        (2, b"internet.apn.epc.mnc001.mcc001.3gppnetwork.org", "internet.apn.epc.mnc001.mcc001.3gppnetwork.org"),
        (3, b"0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org", None),
        (5, bytes.fromhex("20010db8ffff00000000000000000001"), "2001:db8:ffff::1"),
        (5, b"\1", "01"),
        (10, bytes.fromhex("8208") + b"ha.test!", "DNS:ha.test!"),
        (10, bytes.fromhex("8704c0000201"), "IP:192.0.2.1"),
        (10, bytes.fromhex("8703c00002"), "8703c00002"),
        (10, b"", ""),
        (11, b"internet", "internet"),
        (11, b"\x08internet", "08696e7465726e6574"),
        (12, bytes(8), "00" * 8),
        (13, b"", ""),
        (99, b"?", "3f"),
    ],
)
def test_an_identity_reads_by_its_type(kind: int, data: bytes, text: str | None) -> None:
    assert identity_text(kind, data) == (data.decode() if text is None else text)


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\nb", "a\\nb"),
        (b"\x1b[31mred", "\\x1b[31mred"),
        ("user\u202egro.elpmaxe".encode(), "user\\u202egro.elpmaxe"),
        ("a\u200fb".encode(), "a\\u200fb"),
        ("a\u2028b".encode(), "a\\u2028b"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"a\0b", "a\\x00b"),
        ("m\u00fcller@example.org".encode(), "m\u00fcller@example.org"),
    ],
)
def test_hostile_text_comes_out_inert(kind: int, data: bytes, text: str) -> None:
    assert identity_text(kind, data) == text


NAMES = [
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ha.example.org")]),
    x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "AT"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'Comma, "quote" + plus; <angle> \\ Ltd'),
            x509.NameAttribute(NameOID.COMMON_NAME, "#sharp and trailing "),
            x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "example"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "ha@example.org"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "42"),
            x509.NameAttribute(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), "own type"),
        ]
    ),
    x509.Name(
        [
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "two"),
                    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "in one"),
                ]
            ),
            x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.LOCALITY_NAME, " W\u00fcrzburg")]),
        ]
    ),
    x509.Name(  # long enough for lengths of two and three bytes
        [x509.NameAttribute(kind, "x" * 64) for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.TITLE)]
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_distinguished_name_reads_as_rfc_4514_has_it(name: x509.Name) -> None:
    text = identity_text(9, name.public_bytes())
    assert text == name.rfc4514_string(OVERRIDES)


def test_other_string_types_are_read_and_other_values_stay_hex() -> None:
    bmp = bytes.fromhex("300d310b300906035504031e02 0041")
    assert name_text(bmp) == "CN=A"
    assert name_text(bytes.fromhex("300c310a3008060355040302 0105")) == "CN=#020105"
    assert name_text(bytes.fromhex("300d310b300906035504030c02 ff41")) == "CN=#0c02ff41"


def test_escape_sequences_in_a_name_are_inert() -> None:
    assert name_text(bytes.fromhex("300f310d300b06035504030c04") + b"\x1b[1m") == "CN=\\x1b[1m"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        b"\x30\x80",
        bytes.fromhex("3003310100"),
        bytes.fromhex("30053103300106"),
        bytes.fromhex("300d310b300906035504030c0241") + b"A" + b"trailing",
        bytes.fromhex("3084ffffffff"),
    ],
)
def test_what_is_no_name_stays_hex(data: bytes) -> None:
    assert name_text(data) is None
    assert identity_text(9, data) == data.hex()


def test_a_name_cut_at_every_byte_does_not_raise() -> None:
    data = NAMES[1].public_bytes()
    assert all(name_text(data[:end]) is None for end in range(len(data)))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 20), st.binary(max_size=80))
def test_any_identity_is_printable_text(kind: int, data: bytes) -> None:
    assert identity_text(kind, data).isprintable()
