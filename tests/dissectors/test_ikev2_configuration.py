"""The Configuration payload: RFC 7296 section 3.15, RFC 5026 section 8.2."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.ikev2.configuration import HomePrefix, attribute_text, home_prefix, value_text
from dissectors.ikev2.decode import decode_chain
from dissectors.ikev2.messages import Configuration, ConfigurationAttribute, MalformedPayload
from dissectors.tree import Tracer

REPLY = bytes.fromhex("02000000 00100015 00015180 20010db8000100020000000000000000 40")


def _decoded(body: bytes) -> Configuration | MalformedPayload:
    data = b"\0\0" + (4 + len(body)).to_bytes(2) + body
    payloads, fault = decode_chain(Reader(data), 47)
    assert (payloads, fault) == decode_chain(Tracer(data), 47)
    (payload,) = payloads
    assert fault is None
    assert isinstance(payload, Configuration | MalformedPayload)
    return payload


def test_the_home_prefix_reply_of_appendix_a5() -> None:
    payload = _decoded(REPLY)
    assert isinstance(payload, Configuration)
    assert payload.cfg_type == 2
    (value,) = payload.values(16)
    assert home_prefix(value) == HomePrefix(86400, IPv6Address("2001:db8:1:2::"), 64)


def test_the_home_prefix_request_of_appendix_a5_asks_with_an_empty_value() -> None:
    payload = _decoded(bytes.fromhex("01000000 00100000"))
    assert payload == Configuration(1, (ConfigurationAttribute(16, b""),))
    assert home_prefix(b"") is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (bytes(20), Malformed("21 bytes needed, 20 left", 0)),
        (bytes(22), Malformed("1 bytes more than expected", 21)),
        (bytes(20) + b"\x81", Malformed("prefix length 129", 20)),
    ],
)
def test_a_home_prefix_of_the_wrong_form_is_malformed(value: bytes, fault: Malformed) -> None:
    assert home_prefix(value) == fault


def test_the_reserved_bit_is_no_part_of_the_type() -> None:
    assert _decoded(bytes.fromhex("01000000 80080000")) == Configuration(1, (ConfigurationAttribute(8, b""),))


@pytest.mark.parametrize("body", ["01000000 0010", "01000000 00100001", "01000000 00100000 00", "010000"])
def test_attributes_beyond_the_payload_are_malformed(body: str) -> None:
    assert isinstance(_decoded(bytes.fromhex(body)), MalformedPayload)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (1, "0a000009", "10.0.0.9"),
        (2, "ffffff00", "255.255.255.0"),
        (3, "c0000235", "192.0.2.53"),
        (5, "00000e10", "3600 s"),
        (7, "686f6d65", "home"),
        (7, "1b5b6d", "\\x1b[m"),
        (8, "20010db800010002000000000000001040", "2001:db8:1:2::10/64"),
        (8, "20010db8000100020000000000000010", "2001:db8:1:2::10"),
        (10, "20010db8005300000000000000000053", "2001:db8:53::53"),
        (13, "0a000000ff000000", "10.0.0.0 mask 255.0.0.0"),
        (14, "00010010", "INTERNAL_IP4_ADDRESS (1), MIP6_HOME_PREFIX (16)"),
        (15, "20010db800010000000000000000000030", "2001:db8:1::/48"),
        (16, REPLY[8:].hex(), "2001:db8:1:2::/64, lifetime 86400 s"),
        (16, "ffffffff" + REPLY[12:].hex(), "2001:db8:1:2::/64, lifetime infinite"),
        (17, "0102030405060708aabb", "interface 0102030405060708, link aabb"),
        (19, "20010db8ffff00000000000000000001", "2001:db8:ffff::1"),
        (19, "20010db8ffff00000000000000000001c0000201", "2001:db8:ffff::1 and 192.0.2.1"),
        (25, "6578616d706c652e6f7267", "example.org"),
        (26, "04d20d02aabb", "1234 13 2 aabb"),
        (1, "0a0000", "0a0000"),  # not an address
        (9999, "0a00", "0a00"),
        (3, "", ""),
    ],
)
def test_values_read_as_what_they_are(kind: int, value: str, text: str) -> None:
    assert value_text(ConfigurationAttribute(kind, bytes.fromhex(value))) == text


def test_an_attribute_reads_with_its_name() -> None:
    assert attribute_text(ConfigurationAttribute(3, bytes([192, 0, 2, 53]))) == "INTERNAL_IP4_DNS (3) 192.0.2.53"
    assert attribute_text(ConfigurationAttribute(3, b"")) == "INTERNAL_IP4_DNS (3)"
    assert attribute_text(ConfigurationAttribute(9999, b"\1")) == "unknown (9999) 01"


def test_the_tree_shows_the_home_prefix() -> None:
    trace = Tracer(b"\0\0" + (4 + len(REPLY)).to_bytes(2) + REPLY)
    decode_chain(trace, 47)
    fields = {f.name: f for f in trace.field.walk()}
    assert fields["home_prefix"].text == "2001:db8:1:2::"
    assert (fields["home_prefix"].offset, fields["home_prefix"].size) == (16, 16)
    assert fields["prefix_lifetime"].text == "86400 s"
    assert fields["attribute"].text == "MIP6_HOME_PREFIX (16) 2001:db8:1:2::/64, lifetime 86400 s"
