"""Flow Identification, its sub-options, and binary traffic selectors: bytes after the figures of RFC 6089 and 6088."""

from __future__ import annotations

import struct
from dataclasses import fields
from ipaddress import IPv4Address, IPv6Address

import pytest
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from mobility_bytes import BU, UPDATE, mobility, option

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.mobility import BindingUpdate, decode_mobility, describe_mobility
from dissectors.mobility.flow_text import describe_selector
from dissectors.mobility.flows import (
    BindingReference,
    FlowBindingAction,
    FlowIdentification,
    FlowPad1,
    FlowPadN,
    FlowSubOption,
    MalformedSubOption,
    OtherSubOption,
    TargetCareOfAddress,
    TrafficSelectorOption,
)
from dissectors.mobility.options import Ipv4CareOfAddress, MalformedOption
from dissectors.mobility.selector_decode import decode_selector
from dissectors.mobility.selectors import Ipv4Selector, Ipv6Selector, PacketFacts, Range, Selector, UnknownSelector

FLOW = bytes.fromhex("0001 000a 00 00")
CN4, HOA4 = IPv4Address("198.51.100.7"), IPv4Address("10.64.0.9")
CN6, HOA6 = IPv6Address("2001:db8:9::7"), IPv6Address("2001:db8:1:2::10")


def _flow(*sub_options: bytes) -> FlowIdentification:
    data = mobility(BU, UPDATE, option(45, FLOW + b"".join(sub_options)))
    message, _ = read_both(data, decode_mobility)
    assert isinstance(message, BindingUpdate)
    flow = message.option(FlowIdentification)
    assert flow is not None
    assert message.malformed == flow.fault
    return flow


def _selector(form: int, data: bytes) -> Selector:
    return decode_selector(form, Reader(data))


SUB_OPTIONS: list[tuple[bytes, FlowSubOption, str]] = [
    (option(2, "0001"), BindingReference((1,)), "BID 1"),
    (option(2, "0001 0102"), BindingReference((1, 258)), "BID 1+258"),
    (option(3, "01 00 00000000"), TrafficSelectorOption(1, Ipv4Selector()), "any packet"),
    (option(3, "02 00 0000 0000"), TrafficSelectorOption(2, Ipv6Selector()), "any packet"),
    (option(3, "09 00 0102"), TrafficSelectorOption(9, UnknownSelector(9, b"\1\2")), "format 9, 2 bytes"),
    (option(4, "00 0f"), FlowBindingAction(15), "action move (15)"),
    (option(5, "0000 c0a80714"), TargetCareOfAddress(IPv4Address("192.168.7.20")), "to 192.168.7.20"),
    (option(5, "0000" + CN6.packed.hex()), TargetCareOfAddress(CN6), "to 2001:db8:9::7"),
    (option(77, "0102"), OtherSubOption(77, b"\1\2"), "sub-option 77"),
]


@pytest.mark.parametrize(("data", "expected", "text"), SUB_OPTIONS, ids=[text for *_, text in SUB_OPTIONS])
def test_a_sub_option_is_read_and_worded(data: bytes, expected: FlowSubOption, text: str) -> None:
    message, tree = read_both(mobility(BU, UPDATE, option(45, FLOW + data)), decode_mobility)
    assert message.options[0] == FlowIdentification(1, 10, 0, (expected,))
    assert texts(tree, "sub_option") == [text]
    assert describe_mobility(message) == f"Binding Update seq 7 A H lifetime 600 s, FID 1 pri 10 {text}"


def test_the_numbers_of_a_flow() -> None:
    data = mobility(BU, UPDATE, option(45, "fffe 0102 00 83"))
    flow = decode_mobility(Reader(data)).options[0]
    assert flow == FlowIdentification(0xFFFE, 0x0102, 131)
    assert isinstance(flow, FlowIdentification)
    assert (flow.is_refusal, flow.binding_ids, flow.selectors) == (True, (), ())


def test_padding_in_a_flow_counts_as_everywhere_its_length_without_type_and_length() -> None:
    flow = _flow(b"\0", option(1), option(1, "0000"), option(2, "0001"))
    assert flow.sub_options == (FlowPad1(), FlowPadN(), FlowPadN(b"\0\0"), BindingReference((1,)))


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (option(2), "no Binding Identifier in a Binding Reference", 22),
        (option(2, "0001 02"), "3 bytes do not hold whole identifiers", 22),
        (option(3), "2 bytes needed, 0 left", 22),
        (option(3, "01 00 800000"), "4 bytes needed, 3 left", 24),
        (option(3, "01 00 80000000 c63364"), "4 bytes needed, 3 left", 28),
        (option(3, "01 00 00000000 c6"), "1 bytes more than expected", 28),
        (option(3, "02 00 8000 0000 2001"), "16 bytes needed, 2 left", 28),
        (option(4, "00"), "2 bytes needed, 1 left", 22),
        (option(4, "00 0b 00"), "1 bytes more than expected", 24),
        (option(5, "0000 0102"), "16 bytes needed, 2 left", 24),
    ],
)
def test_a_sub_option_of_a_wrong_size_is_told_and_the_next_is_read(data: bytes, reason: str, offset: int) -> None:
    flow = _flow(data, option(2, "0005"))
    fault = Malformed(f"flow sub-option {data[0]}: {reason}", offset)
    assert flow.sub_options == (MalformedSubOption(data[0], data[2:], fault), BindingReference((5,)))
    assert flow.fault == fault


def test_a_sub_option_that_leaves_its_flow_takes_what_is_left_of_the_flow() -> None:
    data = mobility(BU, UPDATE, option(45, FLOW + option(2, "0001", length=9)), option(32, "0000 c0a80714"))
    message, _ = read_both(data, decode_mobility)
    fault = Malformed("flow sub-option 2: length says 9 bytes, 2 are left", 21)
    assert message.options[:2] == (
        FlowIdentification(1, 10, 0, (MalformedSubOption(2, b"\0\1", fault),)),
        Ipv4CareOfAddress(IPv4Address("192.168.7.20")),
    )
    assert message.malformed == fault
    assert _flow(b"\2").fault == Malformed("flow sub-option 2: sub-option without a length", 20)


def test_an_update_cut_in_the_middle_of_a_traffic_selector_keeps_what_came_before() -> None:
    selector = option(3, "01 00 82080000 c6336407 01bb 06")
    whole = mobility(BU, UPDATE, option(32, "0000 c0a80714"), option(45, FLOW + option(2, "0001") + selector))
    message, _ = read_both(whole[:42], decode_mobility)
    assert isinstance(message, BindingUpdate)
    assert message.malformed == Malformed("header says 48 bytes, 42 are there", 1)
    assert message.options[0] == Ipv4CareOfAddress(IPv4Address("192.168.7.20"))
    last = message.options[1]
    assert isinstance(last, MalformedOption)
    assert last.reason == Malformed("option 45: length says 25 bytes, 20 are left", 21)
    assert last.data == whole[22:42]


def test_a_binding_reference_off_its_place_is_told() -> None:
    message = decode_mobility(Reader(mobility(BU, UPDATE, option(45, FLOW + b"\0" + option(2, "0001")))))
    assert [str(bad) for bad in message.misaligned] == ["sub-option 2 at 21, wanted 2n"]


# RFC 6088 section 3.1: bit, field, bound, bytes, value.
IPV4_BITS = [
    ("source", 4, CN4), ("destination", 4, HOA4), ("spi", 4, 0x01020304), ("source_port", 2, 443),
    ("destination_port", 2, 50000), ("ds", 1, 0xB8), ("protocol", 1, 17),
]  # fmt: skip
IPV6_BITS = [
    ("source", 16, CN6), ("destination", 16, HOA6), ("spi", 4, 0x01020304), ("flow_label", 4, 0xABCDE),
    ("source_port", 2, 443), ("destination_port", 2, 50000), ("ds", 1, 0xB8), ("protocol", 1, 17),
]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "width", "table", "kind"), [(1, 32, IPV4_BITS, Ipv4Selector), (2, 16, IPV6_BITS, Ipv6Selector)]
)
def test_each_flag_of_a_selector_brings_its_field(form, width, table, kind) -> None:  # type: ignore[no-untyped-def]
    reserved = b"" if form == 1 else b"\0\0"
    for at, (name, size, value) in enumerate(table):
        top = 1 << width - 1 - 2 * at
        both = int(value).to_bytes(size) + (int(value) + 1).to_bytes(size)
        one = _selector(form, top.to_bytes(width // 8) + reserved + both[:size])
        assert one == kind(**{name: Range(value)})
        two = _selector(form, (top | top >> 1).to_bytes(width // 8) + reserved + both)
        assert two == kind(**{name: Range(value, value + 1)})
        end = _selector(form, (top >> 1).to_bytes(width // 8) + reserved + both[:size])
        assert end.problems == (f"{name.replace('_', ' ')}: end without start",)
    flags = (1 << width) - (1 << width - 2 * len(table))
    packed = b"".join(2 * int(value).to_bytes(size) for _, size, value in table)
    whole = _selector(form, flags.to_bytes(width // 8) + reserved + packed)
    assert whole == kind(**{name: Range(value, value) for name, _, value in table})
    assert whole.problems == ()
    assert {field.name for field in fields(whole)} - {"reserved"} == {name for name, *_ in table}


def test_a_flow_label_has_20_bits_whatever_stands_above() -> None:
    assert _selector(2, bytes.fromhex("0200 0000 fffabcde")) == Ipv6Selector(flow_label=Range(0xABCDE))


def test_problems_of_a_selector_are_told_and_do_not_make_the_message_malformed() -> None:
    data = option(3, "01 00 c3000001 c6336407 c6336401 01bb 01bb")
    flow = _flow(data)
    assert flow.fault is None
    (selector,) = flow.selectors
    assert selector.problems == ("source: end below start", "reserved bits 0x1")
    assert describe_selector(selector) == (
        "src 198.51.100.7-198.51.100.1 sport 443-443 (source: end below start; reserved bits 0x1)"
    )
    assert _selector(2, bytes.fromhex("0000 0003")).problems == ("reserved bits 0x3",)


def test_a_selector_is_worded_with_its_numbers_as_people_write_them() -> None:
    six = Ipv6Selector(spi=Range(0x1F), flow_label=Range(0x2, 0x3), ds=Range(0xB8), protocol=Range(6, 17))
    assert describe_selector(six) == "spi 0x0000001f label 0x00002-0x00003 ds 0xb8 proto 6-17"


DOWN = PacketFacts(CN4, HOA4, 6, 443, 50000, ds=0xB9)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        (Ipv4Selector(), True),
        (Ipv4Selector(source=Range(CN4)), True),
        (Ipv4Selector(source=Range(HOA4)), False),
        (Ipv4Selector(source=Range(CN4 - 1, CN4 + 1), destination=Range(HOA4)), True),
        (Ipv4Selector(source=Range(CN4 + 1, CN4 + 9)), False),
        (Ipv4Selector(source_port=Range(443, 443), protocol=Range(6)), True),
        (Ipv4Selector(source_port=Range(444, 500)), False),
        (Ipv4Selector(destination_port=Range(443)), False),
        (Ipv4Selector(ds=Range(0xBB)), True),
        (Ipv4Selector(ds=Range(0xBC)), False),
        (Ipv4Selector(spi=Range(1)), False),
        (Ipv4Selector(protocol=Range(None, 17)), False),
        (Ipv6Selector(), False),
        (UnknownSelector(3, b""), False),
    ],
)
def test_a_selector_matches_packets_from_the_correspondent(selector: Selector, matches: bool) -> None:
    assert selector.matches(DOWN) is matches
    up = PacketFacts(HOA4, CN4, 6, 50000, 443, ds=0xB9)
    assert selector.matches(up.reversed()) is matches


def test_an_ipv6_selector_looks_at_the_flow_label() -> None:
    packet = PacketFacts(CN6, HOA6, 50, spi=7, flow_label=0x12345)
    assert Ipv6Selector(flow_label=Range(0x12345), spi=Range(7)).matches(packet)
    assert not Ipv6Selector(flow_label=Range(0x12346)).matches(packet)
    assert not Ipv4Selector().matches(packet)


@given(st.sampled_from([1, 2, 3]), st.binary(max_size=70))
@settings(max_examples=300)
def test_any_bytes_in_a_selector_decode_and_trace_alike(form: int, data: bytes) -> None:
    whole = mobility(BU, UPDATE, option(45, FLOW + option(3, struct.pack(">BB", form, 0) + data)))
    message, tree = read_both(whole, decode_mobility)
    assert isinstance(message.options[0], FlowIdentification)
    assert describe_mobility(message).isprintable()
    assert message.options[0].sub_options[0].type == 3
    assert tree.children


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_in_a_flow_decode_and_trace_alike(data: bytes) -> None:
    message, _ = read_both(mobility(BU, UPDATE, option(45, data)), decode_mobility)
    assert isinstance(message.options[0], MalformedOption if len(data) < 6 else FlowIdentification)
    assert describe_mobility(message).isprintable()
