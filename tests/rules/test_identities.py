"""NAIs, EAP-AKA usernames and APNs against the examples of the documents that define them."""

from __future__ import annotations

import pytest

from dissectors.ikev2.messages import Identification
from dissectors.ikev2.registry import IdType
from rules.ts24303.identities import Username, apn_fault, nai_fault, same_apn, same_nai, username_form
from rules.ts24303.places import quoted

REALM = "nai.epc.mnc001.mcc001.3gppnetwork.org"

# RFC 4282 section 2.8; "bob" and "@privatecorp.example.net" are valid NAIs there, but not of the form username@realm.
VALID = [
    "joe@example.com",
    "fred@foo-9.example.com",
    "jack@3rd.depts.example.com",
    "fred.smith@example.com",
    "fred_smith@example.com",
    "fred$@example.com",
    "fred=?#$&*+-/^smith@example.com",
    "nancy@eng.example.net",
    "eng.example.net!nancy@example.net",
    "eng%nancy@example.net",
    "\\(user\\)@example.net",
    "alice@xn--tmonesimerkki-bfbb.example.net",
]
INVALID = [
    "fred@example",
    "fred@example_9.com",
    "fred@example.net@example.net",
    "fred.@example.net",
    "eng:nancy@example.net",
    "eng;nancy@example.net",
    "(user)@example.net",
    "<nancy>@example.net",
    "bob",
    "@privatecorp.example.net",
]


@pytest.mark.parametrize("nai", VALID)
def test_the_valid_nais_of_rfc_4282_are_nais(nai: str) -> None:
    assert nai_fault(nai.encode()) == ""


@pytest.mark.parametrize("nai", INVALID)
def test_the_invalid_nais_of_rfc_4282_are_none(nai: str) -> None:
    assert nai_fault(nai.encode()) != ""


@pytest.mark.parametrize("data", [b"", b"@", b"\xff\xfe@example.net", b"us er@example.net", b"user\0@example.net"])
def test_what_is_no_text_is_no_nai(data: bytes) -> None:
    assert nai_fault(data) != ""


def test_a_realm_has_no_letter_case_and_a_username_has() -> None:
    assert same_nai(b"0123@Example.NET", b"0123@example.net")
    assert same_nai(b"0123@example.net\0", b"0123@example.net")
    assert not same_nai(b"abc@example.net", b"ABC@example.net")
    assert not same_nai(b"0123@example.net", b"0123@example.org")


@pytest.mark.parametrize(
    ("username", "form"),
    [
        ("0234150999999999", Username.IMSI),  # the IMSI of TS 23.003 clause 19.3.2's example
        ("0" + "1" * 6, Username.IMSI),
        ("2a1b2c3d", Username.PSEUDONYM),
        ("4a1b2c3d", Username.REAUTHENTICATION),
        ("1234150999999999", None),
        ("3a1b2c3d", None),
        ("6234150999999999", None),
        ("0", None),
        ("2", None),
        ("", None),
        ("0" + "1" * 16, None),
        ("0" + "1" * 5, None),
        ("023415099999999x", None),
        ("alice", None),
    ],
)
def test_the_first_digit_and_the_shape_tell_the_form(username: str, form: Username | None) -> None:
    found, fault = username_form(f"{username}@nai.epc.mnc015.mcc234.3gppnetwork.org")
    assert found is form
    assert bool(fault) is (form is None)


def test_a_decorated_nai_is_judged_by_its_home_realm() -> None:
    assert username_form(f"{REALM}!0001010123456789@nai.epc.mnc015.mcc234.3gppnetwork.org")[0] is Username.IMSI
    assert username_form(f"{REALM}!001010123456789@nai.epc.mnc015.mcc234.3gppnetwork.org")[0] is None


def test_an_imsi_may_begin_with_0_under_a_realm_that_does_not_name_the_mcc() -> None:
    assert username_form("001010123456789@operator.example")[0] is Username.IMSI
    assert username_form(f"001010123456789@{REALM}")[0] is None
    assert username_form(f"0001010123456789@{REALM}")[0] is Username.IMSI


def apn(data: bytes, kind: int = IdType.FQDN) -> str:
    return apn_fault(Identification(initiator=False, id_type=kind, data=data))


@pytest.mark.parametrize(
    "text",
    ["internet", "ims.mnc015.mcc234.gprs", "a", "3gpp", "x" * 63, "corp-1.apn.epc.mnc015.mcc234.3gppnetwork.org"],
)
def test_labels_of_letters_digits_and_hyphens_are_an_apn(text: str) -> None:
    assert apn(text.encode()) == ""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"internet.",
        b".internet",
        b"a..b",
        b"my_apn",
        b"my apn",
        b"-a",
        b"a-",
        b"x" * 64,
        b"\xe4pn",
        b"*",
        b"a\0",
    ],
)
def test_anything_else_is_none(data: bytes) -> None:
    assert apn(data) != ""


def test_an_apn_has_at_most_100_octets_with_a_length_before_each_label() -> None:
    assert apn(b".".join([b"a" * 49, b"b" * 49])) == ""
    assert "101 octets" in apn(b".".join([b"a" * 49, b"b" * 50]))


def test_the_form_of_an_information_element_is_an_apn_as_key_id_alone() -> None:
    assert apn(b"\x03ims\x06mnc015\x06mcc234\x04gprs", IdType.KEY_ID) == ""
    assert apn(b"\x03ims", IdType.FQDN) != ""
    assert apn(b"\x04ims", IdType.KEY_ID) != ""
    assert apn(b"\x03ims\x00", IdType.KEY_ID) != ""


def test_the_operator_s_part_and_letter_case_do_not_make_another_apn() -> None:
    assert same_apn("Internet", "internet.mnc015.mcc234.gprs")
    assert same_apn("internet.apn.epc.mnc015.mcc234.3gppnetwork.org", "internet")
    assert same_apn("internet.ha-apn.mnc015.mcc234.pub.3gppnetwork.org", "INTERNET")
    assert not same_apn("internet", "internet.corp")
    assert not same_apn("ims", "internet")


def test_what_the_peer_wrote_is_quoted_short_and_harmless() -> None:
    assert quoted("x" * 64) == f"'{'x' * 64}'"
    assert quoted("x" * 65) == f"'{'x' * 64}…'"
    assert quoted(b"\x1b[31m\n") == "'\\x1b[31m\\n'"
    assert len(quoted(b"\xff" * 60_000)) < 80
