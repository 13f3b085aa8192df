"""The worked Binding Updates and Acknowledgements: every value put down by hand, each checksum over the right ends."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from both_readers import read_both, texts
from ip_frames import HA4, HA6, HAO, UE4, UE6, ipv6, options_header
from mobility_bytes import A1_UPDATE, A2_ACK, A3_ACK, A3_PACKET, A3_UPDATE, HA, HOA, ROUTING_HEADER

from dissectors.buffer import Reader
from dissectors.esp import decode_esp
from dissectors.mobility import BindingAck, BindingUpdate, checksum, decode_mobility, describe_mobility
from dissectors.mobility.flows import BindingReference, FlowIdentification, TrafficSelectorOption
from dissectors.mobility.options import (
    BindingIdentifier,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    NatDetection,
    Pad1,
    PadN,
)
from dissectors.mobility.selectors import Ipv4Selector, Range
from dissectors.stack import Carried, dissect_frame, dissect_payload

RAW_IP = 101
ANY_IPV4 = Ipv4HomeAddress(32, False, IPv4Address(0))
A1 = BindingUpdate(
    0x0102,
    0xD440,
    900,
    (
        PadN(bytes(4)),
        BindingIdentifier(1, 0, False, 5, IPv6Address("2001:db8:77::99")),
        FlowIdentification(
            1,
            10,
            0,
            (
                BindingReference((1,)),
                TrafficSelectorOption(
                    1,
                    Ipv4Selector(source=Range(IPv4Address("198.51.100.7")), source_port=Range(443), protocol=Range(6)),
                ),
            ),
        ),
        Pad1(),
        ANY_IPV4,
        PadN(bytes(2)),
    ),
    header_len=9,
    checksum=0xB2AF,
    size=80,
)
A2 = BindingAck(
    0,
    0xC0,
    0x0102,
    900,
    (
        Ipv4AddressAck(0, 32, IPv4Address("10.64.0.9")),
        BindingIdentifier(1, 0, False, 5),
        FlowIdentification(1, 10, 0, (BindingReference((1,)),)),
        PadN(),
    ),
    header_len=4,
    checksum=0xE18E,
    size=40,
)
A3 = BindingUpdate(
    0x0103,
    0xD400,
    900,
    (ANY_IPV4, Ipv4CareOfAddress(IPv4Address("192.168.7.20")), PadN(bytes(2))),
    header_len=3,
    checksum=0x057C,
    size=32,
)
A3_ANSWER = BindingAck(
    0,
    0xC0,
    0x0103,
    900,
    (Ipv4AddressAck(0, 32, IPv4Address("10.64.0.9")), NatDetection(True, 110), PadN(bytes(2))),
    header_len=3,
    checksum=0x9442,
    size=32,
)
EXAMPLES = [(A1_UPDATE, A1), (A2_ACK, A2), (A3_UPDATE, A3), (A3_ACK, A3_ANSWER)]


@pytest.mark.parametrize(("data", "expected"), EXAMPLES)
def test_the_worked_examples_are_what_they_state(data: bytes, expected: BindingUpdate | BindingAck) -> None:
    message, _ = read_both(data, decode_mobility)
    assert message == expected
    assert (message.misaligned, message.dirty_padding, message.malformed) == ((), (), None)


def test_what_the_numbers_mean() -> None:
    assert (A1.lifetime_seconds, A1.is_deregistration) == (3600, False)
    assert (A2.lifetime_seconds, A2.is_refusal, A2.is_deregistration) == (3600, False, False)
    flow = A1.option(FlowIdentification)
    assert flow is not None
    assert (flow.binding_ids, len(flow.selectors)) == ((1,), 1)


@pytest.mark.parametrize(
    ("data", "source", "destination", "value"),
    [
        (A1_UPDATE, HOA, HA, 0xB2AF),
        (A1_UPDATE, UE6, HA, 0xB1B2),
        (A2_ACK, HA, HOA, 0xE18E),
        (A3_UPDATE, HOA, HA, 0x057C),
        (A3_ACK, HA, HOA, 0x9442),
    ],
)
def test_the_checksum_is_over_the_ends_that_are_given(
    data: bytes, source: IPv6Address, destination: IPv6Address, value: int
) -> None:
    assert checksum(data, source, destination) == value
    message = decode_mobility(Reader(data), source=source, destination=destination)
    assert message.checksum_ok is (message.checksum == value)


def test_the_checksum_is_verified_with_the_home_address_of_the_packet() -> None:
    for packet, good in (
        (ipv6(60, options_header(135, HAO) + A1_UPDATE), True),
        (ipv6(43, ROUTING_HEADER + A2_ACK, source=HA6, destination=UE6), True),
        (ipv6(135, A1_UPDATE), False),
        (ipv6(135, A2_ACK, source=HA6, destination=UE6), False),
    ):
        stack = dissect_frame(Reader(packet), RAW_IP)
        ends = stack.addressing
        message = decode_mobility(stack.body, source=ends.source, destination=ends.destination)
        assert message.checksum_ok is good


def test_a_message_inside_esp_is_verified_with_the_addresses_outside() -> None:
    outside = dissect_frame(Reader(A3_PACKET), RAW_IP)
    esp = decode_esp(Reader(outside.body.data, outside.body.pos, outside.body.end))
    assert (outside.carried, esp.spi) == (Carried.ESP, 0x1000A1B2)
    inside = dissect_payload(Reader(A3_PACKET[76:108]), 135, outer=outside)  # NULL encryption: it stands in clear
    ends = inside.addressing
    message = decode_mobility(inside.body, source=ends.source, destination=ends.destination)
    assert message == replace(A3, checksum_ok=True)
    hidden = dissect_frame(Reader(ipv6(60, options_header(50, HAO) + bytes(40))), RAW_IP)
    ends = dissect_payload(Reader(A1_UPDATE), 135, outer=hidden).addressing
    assert decode_mobility(Reader(A1_UPDATE), source=ends.source, destination=ends.destination).checksum_ok


@pytest.mark.parametrize("ends", [(None, None), (HOA, None), (HOA, IPv6Address(0)), (UE4, HA4)])
def test_without_known_ipv6_ends_the_checksum_is_not_judged(ends: tuple[IPv6Address | None, ...]) -> None:
    assert decode_mobility(Reader(A1_UPDATE), source=ends[0], destination=ends[1]).checksum_ok is None


def test_a_message_that_is_not_whole_is_not_judged_and_one_with_more_behind_it_is() -> None:
    ends = {"source": HOA, "destination": HA}
    assert decode_mobility(Reader(A1_UPDATE[:-1]), **ends).checksum_ok is None
    assert decode_mobility(Reader(A1_UPDATE[:7]), **ends).checksum_ok is None
    assert decode_mobility(Reader(A1_UPDATE + b"more"), **ends).checksum_ok is True
    assert decode_mobility(Reader(A1_UPDATE[:-1] + b"\1"), **ends).checksum_ok is False


def test_the_tree_says_whether_the_checksum_holds() -> None:
    _, tree = read_both(A1_UPDATE, lambda r: decode_mobility(r, source=HOA, destination=HA))
    assert texts(tree, "checksum_status") == ["correct"]
    _, tree = read_both(A1_UPDATE, lambda r: decode_mobility(r, source=UE6, destination=HA))
    assert texts(tree, "checksum_status") == ["incorrect"]
    _, tree = read_both(A1_UPDATE, decode_mobility)
    assert texts(tree, "checksum_status") == []


def test_a_line_tells_flags_lifetime_and_options() -> None:
    assert [describe_mobility(message) for message in (A1, A2, A3, replace(A3_ANSWER, checksum_ok=False))] == [
        "Binding Update seq 258 A H K R O lifetime 3600 s, BID 1 pri 5 CoA 2001:db8:77::99, "
        "FID 1 pri 10 BID 1 src 198.51.100.7 sport 443 proto 6, IPv4 HoA 0.0.0.0/32",
        "Binding Acknowledgement seq 258 accepted (0) K R lifetime 3600 s, "
        "IPv4 Address Ack 10.64.0.9/32 success (0), BID 1 pri 5, FID 1 pri 10 BID 1",
        "Binding Update seq 259 A H K R lifetime 3600 s, IPv4 HoA 0.0.0.0/32, IPv4 CoA 192.168.7.20",
        "Binding Acknowledgement seq 259 accepted (0) K R lifetime 3600 s, "
        "IPv4 Address Ack 10.64.0.9/32 success (0), NAT Detection F refresh 110 s [Checksum incorrect]",
    ]


def test_the_tree_names_the_fields_as_the_rfcs_do() -> None:
    _, tree = read_both(A1_UPDATE, decode_mobility)
    assert texts(tree, "sequence") == ["258"]
    assert texts(tree, "lifetime") == ["900 (3600 s)"]
    assert texts(tree, "flags") == [
        "ACKNOWLEDGE|HOME_REGISTRATION|KEY_MANAGEMENT|MOBILE_ROUTER|OVERWRITE (0xd440)", "AGM",
    ]  # fmt: skip
    assert texts(tree, "care_of_address") == ["2001:db8:77::99"]
    assert texts(tree, "source_start") == ["198.51.100.7"]
