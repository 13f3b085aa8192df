"""Typed views of notifications: RFC 5685, RFC 7427, RFC 7296 section 3.10.1, TS 24.303 annex B."""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Address, IPv6Address

import pytest

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.ikev2.decode import decode_chain
from dissectors.ikev2.messages import Notify
from dissectors.ikev2.notify import (
    Redirect,
    accepted_group,
    additional_address,
    auth_lifetime,
    critical_type,
    nat_detection_hash,
    notify_text,
    pdn_identifier,
    redirect,
    signature_hashes,
    window_size,
)
from dissectors.ikev2.notify_data import bcd_text
from dissectors.ikev2.registry import NotifyType
from dissectors.tree import Tracer

HA = IPv6Address("2001:db8:ffff::2")
PREFIX = IPv6Address("2001:db8:1:2::")


def _of(kind: int, data: bytes) -> Notify:
    return Notify(0, b"", kind, data)


def _from_wire(hexed: str) -> Notify:
    payloads, fault = decode_chain(Reader(bytes.fromhex(hexed)), 41)
    assert fault is None
    (notify,) = payloads
    assert isinstance(notify, Notify)
    return notify


@pytest.mark.parametrize("protocol", ["00", "01"])
def test_ifom_capability_of_appendix_a5(protocol: str) -> None:
    notify = _from_wire(f"00000008 {protocol} 00 402c")
    assert (notify.protocol, notify.spi, notify.type, notify.data) == (int(protocol), b"", 16428, b"")
    assert notify.type == NotifyType.IFOM_CAPABILITY


def test_redirect_of_appendix_a5() -> None:
    notify = _from_wire("0000001a 00004017 0210" + HA.packed.hex())
    assert notify.type == NotifyType.REDIRECT
    assert redirect(notify) == Redirect(2, HA, b"")


def test_redirect_in_ike_sa_init_repeats_the_nonce() -> None:
    nonce = bytes(range(32))
    assert redirect(_of(16407, b"\x01\x04\xc0\0\2\1" + nonce)) == Redirect(1, IPv4Address("192.0.2.1"), nonce)
    assert redirect(_of(16407, b"\x03\x07ha.test" + nonce)) == Redirect(3, "ha.test", nonce)


def test_a_redirect_to_a_hostile_name_is_inert() -> None:
    view = redirect(_of(16407, b"\x03\x05ha\x1b[m"))
    assert isinstance(view, Redirect)
    assert view.gateway == "ha\\x1b[m"


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"\x01", 0),
        (b"\x04\x01x", 0),  # no such type
        (b"\x01\x10" + bytes(16), 1),  # IPv4 with 16 bytes
        (b"\x03\x00", 1),  # no name
        (b"\x02\x10" + bytes(15), 2),  # cut
    ],
)
def test_a_redirect_that_cannot_be_is_malformed(data: bytes, offset: int) -> None:
    view = redirect(_of(16407, data))
    assert isinstance(view, Malformed)
    assert view.offset == offset


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (PREFIX.packed[:8], 64),
        (PREFIX.packed, None),
        (PREFIX.packed + b"\x40", 64),
        (b"\x40" + PREFIX.packed, 64),
    ],
)
def test_a_pdn_identifier_is_recognised_in_every_likely_layout(data: bytes, length: int | None) -> None:
    assert pdn_identifier(_of(40960, data)) == (PREFIX, length)


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(15), bytes(18), PREFIX.packed[:15] + b"\1\x40", b"\xff" * 17])
def test_other_data_is_no_pdn_identifier(data: bytes) -> None:
    assert isinstance(pdn_identifier(_of(40960, data)), Malformed)


def test_plain_numbers_are_read_and_wrong_sizes_named() -> None:
    assert signature_hashes(_of(16431, bytes.fromhex("0002000300040005"))) == (2, 3, 4, 5)
    assert signature_hashes(_of(16431, b"\0\2\0")) == Malformed("2 bytes needed, 1 left", 2)
    assert accepted_group(_of(17, b"\0\x0e")) == 14
    assert accepted_group(_of(17, b"\x0e")) == Malformed("2 bytes needed, 1 left", 0)
    assert window_size(_of(16385, b"\0\0\0\5")) == 5
    assert window_size(_of(16385, b"\0\0\0\5\0")) == Malformed("1 bytes more than expected", 4)
    assert auth_lifetime(_of(16403, b"\0\0\x0e\x10")) == 3600
    assert critical_type(_of(1, b"\xc8")) == 200


def test_additional_addresses_are_addresses() -> None:
    assert additional_address(_of(16397, b"\xc0\0\2\1")) == IPv4Address("192.0.2.1")
    assert additional_address(_of(16398, HA.packed)) == HA
    assert isinstance(additional_address(_of(16398, bytes(5))), Malformed)


def test_the_nat_detection_hash_is_sha1_over_spis_address_and_port() -> None:
    data = bytes.fromhex("0102030405060708") + bytes(8) + bytes([192, 0, 2, 1]) + bytes([0x01, 0xF4])
    assert nat_detection_hash(data[:8], bytes(8), IPv4Address("192.0.2.1"), 500) == hashlib.sha1(data).digest()


def test_types_without_a_name_say_what_range_they_are_in() -> None:
    assert notify_text(16407) == "REDIRECT (16407)"
    assert notify_text(8191) == "unknown error (8191)"
    assert notify_text(8194) == "unknown private error (8194)"
    assert notify_text(30000) == "unknown status (30000)"
    assert notify_text(65535) == "unknown private status (65535)"


def test_bcd_digits_end_at_the_filler() -> None:
    assert bcd_text(bytes.fromhex("532109a9785634f2")) == "3512909a876543" + "2"


def test_the_tree_takes_the_data_apart_and_names_what_does_not_fit() -> None:
    trace = Tracer(bytes.fromhex("0000001a 00004017 0210") + HA.packed)
    decode_chain(trace, 41)
    texts = {f.name: f.text for f in trace.field.walk()}
    assert texts["gw_identity"] == "2001:db8:ffff::2"
    assert texts["gw_identity_type"] == "IPV6 (2)"
    assert texts["notify_message_type"] == "REDIRECT (16407)"
    trace = Tracer(bytes.fromhex("0000000b 00004001 000001"))
    (notify,), fault = decode_chain(trace, 41)
    assert (notify, fault) == (Notify(0, b"", 16385, b"\0\0\1"), None)
    assert [f.fault for f in trace.field.walk() if f.fault] == ["4 bytes needed, 3 left at byte 8"]
