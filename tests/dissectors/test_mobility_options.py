"""Mobility options: each one's bytes after its RFC's figure, and what is told of those that lie."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from mobility_bytes import ACK, BA, BU, UPDATE, mobility, option

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.mobility import BindingAck, BindingUpdate, decode_mobility, describe_mobility
from dissectors.mobility.flows import FlowSummary
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingAuthorizationData,
    BindingIdentifier,
    BindingRefreshAdvice,
    GreKey,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    MalformedOption,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityOption,
    NatDetection,
    NonceIndices,
    OtherOption,
    Pad1,
    PadN,
    ServiceSelection,
    VendorSpecific,
)

A6, A4 = IPv6Address("2001:db8:77::99"), IPv4Address("192.168.7.20")
HEX6, HEX4 = A6.packed.hex(), A4.packed.hex()
OPTIONS_AT = 12

# Bytes of the option, what it means, and how it reads.
KNOWN: list[tuple[bytes, MobilityOption, str]] = [
    (option(2, "00 c8"), BindingRefreshAdvice(200), "Refresh Advice 800 s"),
    (option(3, HEX6), AlternateCareOfAddress(A6), "Alternate CoA 2001:db8:77::99"),
    (option(4, "0102 0304"), NonceIndices(0x102, 0x304), "Nonce Indices 258/772"),
    (option(5, bytes(range(12))), BindingAuthorizationData(bytes(range(12))), "Binding Authorization Data"),
    (option(6, "00 38" + HEX6), MobileNetworkPrefix(56, A6), "MNP 2001:db8:77::99/56"),
    (option(8, b"\1ue@home"), MobileNodeIdentifier(1, b"ue@home"), "MN-ID ue@home"),
    (option(19, "000028af 05 6162"), VendorSpecific(10415, 5, b"ab"), "Vendor 3GPP subtype 5"),
    (option(20, b"internet"), ServiceSelection(b"internet"), "Service internet"),
    (option(29, "8000" + HEX4), Ipv4HomeAddress(32, False, A4), "IPv4 HoA 192.168.7.20/32"),
    (option(29, "6200" + HEX4), Ipv4HomeAddress(24, True, A4), "IPv4 HoA 192.168.7.20/24 P"),
    (option(29, "81ff" + HEX4), Ipv4HomeAddress(32, False, A4, 0x1FF), "IPv4 HoA 192.168.7.20/32"),
    (option(30, "00 83" + HEX4), Ipv4AddressAck(0, 32, A4, 3), "IPv4 Address Ack 192.168.7.20/32 success (0)"),
    (option(31, "ffff 0000006e"), NatDetection(True, 110, 0x7FFF), "NAT Detection F refresh 110 s"),
    (option(32, "0102" + HEX4), Ipv4CareOfAddress(A4, 0x102), "IPv4 CoA 192.168.7.20"),
    (option(30, "00 80" + HEX4), Ipv4AddressAck(0, 32, A4), "IPv4 Address Ack 192.168.7.20/32 success (0)"),
    (option(30, "84 00 00000000"), Ipv4AddressAck(132, 0, IPv4Address(0)),
     "IPv4 Address Ack 0.0.0.0/0 dynamic assignment not available (132)"),
    (option(31, "8000 0000006e"), NatDetection(True, 110), "NAT Detection F refresh 110 s"),
    (option(31, "0000 ffffffff"), NatDetection(False, 0xFFFFFFFF), "NAT Detection no keepalive"),
    (option(32, "0000" + HEX4), Ipv4CareOfAddress(A4), "IPv4 CoA 192.168.7.20"),
    (option(33, "0000"), GreKey(), "GRE Key"),
    (option(33, "0000 000000ff"), GreKey(255), "GRE Key 0x000000ff"),
    (option(35, "0001 00 00"), BindingIdentifier(1), "BID 1"),
    (option(35, "0002 a4 81"), BindingIdentifier(2, 164, True, 1), "BID 2 pri 1 H mcoa malformed (164)"),
    (option(35, "0003 00 7f" + HEX4), BindingIdentifier(3, 0, False, 127, A4), "BID 3 pri 127 CoA 192.168.7.20"),
    (option(35, "0004 00 05" + HEX6), BindingIdentifier(4, 0, False, 5, A6), "BID 4 pri 5 CoA 2001:db8:77::99"),
    (option(44, "0001 0002 ffff"), FlowSummary((1, 2, 65535)), "Flow Summary FID 1+2+65535"),
    (option(23, "00 04"), OtherOption(23, b"\0\4"), "handoff indicator (23)"),
    (option(200, "0102"), OtherOption(200, b"\1\2"), "200"),
]  # fmt: skip


def _update(*options: bytes, units: int | None = None) -> BindingUpdate:
    message, _ = read_both(mobility(BU, UPDATE, *options, units=units), decode_mobility)
    assert isinstance(message, BindingUpdate)
    return message


@pytest.mark.parametrize(("data", "expected", "text"), KNOWN, ids=[text for *_, text in KNOWN])
def test_an_option_is_read_and_worded(data: bytes, expected: MobilityOption, text: str) -> None:
    message, tree = read_both(mobility(BU, UPDATE, data), decode_mobility)
    assert (message.options[0], message.malformed) == (expected, None)
    assert texts(tree, "option")[0] == text
    assert describe_mobility(message) == f"Binding Update seq 7 A H lifetime 600 s, {text}"


# Options of which the tree alone tells the parts: RFC 4285, 5026, 5213, 5844, 5949, 6058, 6463, 6602, 7148.
TAKEN_APART = [
    (option(9, "01 00000102 abcd"), {"mobility_spi": ["258"], "authentication_data": ["abcd"]}),
    (option(17, b"\0\x80host"), {"fqdn": ["host"]}),
    (option(22, "00 40" + HEX6), {"prefix_length": ["64"], "prefix": [str(A6)]}),
    (option(23, "00 04"), {"handoff_indicator": ["UNKNOWN (4)"]}),
    (option(24, "00 08"), {"access_technology": ["E_UTRAN (8)"]}),
    (option(27, "0000 5f5e1000 8000"), {"timestamp": ["1600000000.500000 s since 1970"]}),
    (option(37, "80 60" + HEX4), {"status": ["REASON_UNSPECIFIED (128)"], "address": [str(A4)]}),
    (option(41, "01 00" + HEX6), {"address": [str(A6)]}),
    (option(41, "02 00" + HEX4), {"address": [str(A4)]}),
    (option(43, "00 0f"), {"lifetime": ["150 (600 s)", "1.5 s"]}),
    (option(47, "8000" + HEX6), {"flags": ["K"], "address": [str(A6)]}),
    (option(50, "01 00 00000102"), {"group_identifier": ["258"]}),
    (option(55, "80 18" + HEX4), {"prefix_length": ["24"], "prefix": [str(A4)]}),
    (option(19, "000028af 03" + HEX4), {"address": [str(A4)]}),
]


@pytest.mark.parametrize(("data", "parts"), TAKEN_APART, ids=[str(data[0]) for data, _ in TAKEN_APART])
def test_the_tree_takes_apart_what_the_message_keeps_as_bytes(data: bytes, parts: dict[str, list[str]]) -> None:
    message, tree = read_both(mobility(BU, UPDATE, data), decode_mobility)
    assert message.options[0].type == data[0]
    assert message.malformed is None
    assert not any(field.fault for field in tree.walk())
    assert {name: texts(tree, name)[-len(shown) :] for name, shown in parts.items()} == parts


def test_padding_is_kept_and_not_shown() -> None:
    message = _update(b"\0", option(1, "0000"), option(1), option(1, "00 07"))
    assert message.options == (Pad1(), PadN(b"\0\0"), PadN(), PadN(b"\0\7"), Pad1())
    assert message.dirty_padding == (PadN(b"\0\7"),)
    assert describe_mobility(message) == "Binding Update seq 7 A H lifetime 600 s"


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (option(2), "option 2: 2 bytes needed, 0 left", 14),
        (option(2, "0001 02"), "option 2: 1 bytes more than expected", 16),
        (option(3, HEX4), "option 3: 16 bytes needed, 4 left", 14),
        (option(4, "0001"), "option 4: 4 bytes needed, 2 left", 14),
        (option(6, HEX6), "option 6: 18 bytes needed, 16 left", 14),
        (option(8), "option 8: 1 bytes needed, 0 left", 14),
        (option(19, "000028af"), "option 19: 5 bytes needed, 4 left", 14),
        (option(20), "option 20: empty service identifier", 14),
        (option(29, HEX4), "option 29: 6 bytes needed, 4 left", 14),
        (option(31, "8000"), "option 31: 6 bytes needed, 2 left", 14),
        (option(33, "0000 00"), "option 33: 4 bytes needed, 1 left", 16),
        (option(35), "option 35: 4 bytes needed, 0 left", 14),
        (option(35, "0001 00 00 0102"), "option 35: 6 bytes; a Binding Identifier has 4, 8 or 20", 14),
        (option(44), "option 44: no Flow Identifier in a Flow Summary", 14),
        (option(44, "0001 02"), "option 44: 3 bytes do not hold whole identifiers", 14),
        (option(45, "0001"), "option 45: 6 bytes needed, 2 left", 14),
    ],
)
def test_an_option_of_a_wrong_size_makes_the_message_malformed_and_the_rest_is_kept(
    data: bytes, reason: str, offset: int
) -> None:
    message = _update(data, option(32, "0000" + HEX4))
    fault = Malformed(reason, offset)
    assert message.malformed == fault
    assert message.options[:2] == (MalformedOption(data[0], data[2:], fault), Ipv4CareOfAddress(A4))
    assert (message.sequence, message.options[0].fault) == (7, fault)
    assert describe_mobility(message).endswith(f", IPv4 CoA 192.168.7.20 [Malformed: {fault}]")


def test_an_option_that_leaves_the_message_takes_what_is_left() -> None:
    message = _update(option(32, "0000" + HEX4), option(35, "0001 00 05", length=20), b"\0\0", units=3)
    assert isinstance(message.options[0], Ipv4CareOfAddress)
    fault = Malformed("option 35: length says 20 bytes, 10 are left", 21)
    assert message.options[1:] == (MalformedOption(35, bytes.fromhex("00010005") + bytes(6), fault),)
    assert message.malformed == fault


def test_a_type_without_a_length_at_the_very_end_is_told() -> None:
    message = _update(option(1, "00"), b"\x23")
    assert message.options == (PadN(b"\0"), MalformedOption(35, b"", message.malformed))  # type: ignore[arg-type]
    assert message.malformed == Malformed("option 35: option without a length", 15)


@pytest.mark.parametrize("data", [option(35, "0001 00 05", length=255), b"\x23"])
def test_the_tree_shows_type_and_length_of_an_option_that_lies(data: bytes) -> None:
    padding = option(1, bytes(4 - len(data))) if len(data) == 1 else b""
    _, tree = read_both(mobility(BU, UPDATE, padding, data)[:18], decode_mobility)
    assert texts(tree, "type")[-1] == "BINDING_IDENTIFIER (35)"
    assert any(field.fault for field in tree.walk())


def test_255_options_and_1000_of_no_size_are_read() -> None:
    many = _update(*[option(35, n.to_bytes(2) + b"\0\5") for n in range(1, 256)])
    assert [bid.binding_id for bid in many.options_of(BindingIdentifier)] == list(range(1, 256))
    assert describe_mobility(many).endswith("BID 40 pri 5 … 215 more")
    empty = _update(*[option(1)] * 1000)
    assert (empty.options_of(PadN), empty.malformed) == ((PadN(),) * 1000, None)
    zero, _ = read_both(mobility(BU, UPDATE, bytes(2036)), decode_mobility)
    assert (len(zero.options), zero.malformed) == (2036, None)


def test_the_first_fault_is_the_messages_and_each_option_has_its_own() -> None:
    message = _update(option(2), option(4))
    assert message.malformed == message.options[0].fault
    assert message.options[1].fault == Malformed("option 4: 4 bytes needed, 0 left", 16)


# RFC 6275 section 6.2, 3963, 5555, 5648, 6089: where each may stand, in bytes from the Mobility Header.
@pytest.mark.parametrize(
    ("data", "x", "y"),
    [
        (option(2, bytes(2)), 2, 0),
        (option(3, bytes(16)), 8, 6),
        (option(4, bytes(4)), 2, 0),
        (option(5, bytes(12)), 8, 2),
        (option(6, bytes(18)), 8, 4),
        (option(8, b"\1ab"), 1, 0),
        (option(29, bytes(6)), 4, 0),
        (option(30, bytes(6)), 4, 0),
        (option(31, bytes(6)), 4, 0),
        (option(32, bytes(6)), 4, 0),
        (option(35, bytes(4)), 2, 0),
        (option(35, bytes(8)), 8, 2),
        (option(35, bytes(20)), 8, 2),
        (option(44, bytes(2)), 2, 0),
        (option(45, bytes(6)), 2, 0),
    ],
)
def test_an_option_off_its_place_is_told(data: bytes, x: int, y: int) -> None:
    for pads in range(8):
        place = OPTIONS_AT + pads
        found = _update(bytes(pads), data).misaligned
        wanted = f"{x}n+{y}" if y else f"{x}n"
        assert [str(bad) for bad in found] == (
            [] if place % x == y else [f"option {data[0]} at {place}, wanted {wanted}"]
        )


def test_options_are_found_by_their_class() -> None:
    message = _update(option(35, "0001 00 00"), option(35, "0002 00 00"))
    assert message.option(BindingIdentifier) == BindingIdentifier(1)
    assert message.option(NatDetection) is None
    assert len(message.options_of(BindingIdentifier)) == 2


def test_text_from_the_wire_cannot_act_on_a_terminal() -> None:
    hostile = b"\x1b[31m[red]evil[/red]\n\xff"
    message, tree = read_both(mobility(BU, UPDATE, option(8, b"\1" + hostile), option(20, hostile)), decode_mobility)
    for text in (describe_mobility(message), *texts(tree, "identifier"), *texts(tree, "option")):
        assert text.isprintable()
        assert "\x1b" not in text


STATUSES = [(0, False), (1, False), (127, False), (128, True), (255, True)]


@pytest.mark.parametrize(("status", "refused"), STATUSES)
def test_128_and_up_refuse(status: int, refused: bool) -> None:
    options = (option(30, bytes((status,)) + bytes(5)), option(35, bytes((0, 1, status, 0))))
    message, _ = read_both(mobility(BA, bytes((status,)) + ACK[1:], *options), decode_mobility)
    assert isinstance(message, BindingAck)
    found: list[Any] = [message, *message.options[:2]]
    assert [part.is_refusal for part in found] == [refused] * 3


@given(st.lists(st.sampled_from([data for data, *_ in KNOWN]), max_size=6), st.integers(0, 300))
@settings(max_examples=200)
def test_a_message_cut_anywhere_keeps_the_options_before_the_cut(options: list[bytes], cut: int) -> None:
    whole = mobility(BU, UPDATE, *options)
    data = whole[: max(12, len(whole) - cut)]
    message, _ = read_both(data, decode_mobility)
    full = decode_mobility(Reader(whole))
    assert isinstance(message, BindingUpdate)
    kept = [one for one in message.options if not one.fault]
    assert kept == list(full.options[: len(kept)])
    assert len(message.options) - len(kept) <= 1
    assert (message.malformed is not None) == (len(data) < len(whole))
