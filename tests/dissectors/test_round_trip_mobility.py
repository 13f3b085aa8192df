"""What the scapy layers build, the dissectors read back: two descriptions of the same RFCs, written apart."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any, get_args

import pytest
from both_readers import read_both
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mobility_bytes import HA, HOA
from mobility_layers import LAYERS, layer_of
from mobility_values import IP4, IP6, MESSAGES, OPTIONS, SUB_OPTIONS, U8
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6

import dissectors.scapy_layers as build
from dissectors.addressing import Encapsulation
from dissectors.buffer import Reader
from dissectors.dsmipv6 import Dsmipv6Encapsulation, InnerKind, TlvHeader, read_encapsulation
from dissectors.events import Endpoint
from dissectors.mobility import checksum_ok, decode_mobility, flows, further_messages, messages, options, selectors
from dissectors.stack import Carried, dissect_frame

RAW_IP = 101
OFTEN = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _without_padding(option: Any) -> Any:
    if not isinstance(option, flows.FlowIdentification):
        return option
    padding = (flows.FlowPad1, flows.FlowPadN)
    return replace(option, sub_options=tuple(sub for sub in option.sub_options if not isinstance(sub, padding)))


def _bare(message: Any) -> Any:
    """The message as it was meant: no padding, and nothing that only its header tells."""
    kept = tuple(_without_padding(option) for option in message.options if not option.is_padding)
    return replace(message, options=kept, header_len=0, checksum=0, size=0)


def _read(data: bytes) -> Any:
    message, _ = read_both(data, decode_mobility)
    assert message.malformed is None
    assert message.size == message.declared_size == len(data)
    return message


@pytest.mark.parametrize("meant", [pytest.param(s, id=str(s).split("(")[1].split(",")[0]) for s in MESSAGES])
@OFTEN
@given(data=st.data(), source=IP6, destination=IP6)
def test_a_message_is_read_as_it_was_built(
    meant: st.SearchStrategy[Any], data: st.DataObject, source: IPv6Address, destination: IPv6Address
) -> None:
    expected = data.draw(meant)
    built = build.with_checksum(layer_of(expected), source, destination)
    read = _read(built)
    assert _bare(read) == expected
    assert read.misaligned == ()
    assert checksum_ok(built, source, destination)


@pytest.mark.parametrize("at", range(len(OPTIONS)))
@OFTEN
@given(data=st.data())
def test_an_option_is_read_as_it_was_built_wherever_it_stands(at: int, data: st.DataObject) -> None:
    expected = data.draw(OPTIONS[at])
    before = options.OtherOption(type=255, data=data.draw(st.binary(max_size=7)))
    read = _read(bytes(build.MipBindingUpdate(options=[layer_of(before), layer_of(expected)])))
    assert _bare(read).options == (before, expected)
    assert read.misaligned == ()


@pytest.mark.parametrize("sub_option", SUB_OPTIONS)
@OFTEN
@given(data=st.data())
def test_a_flow_sub_option_is_read_as_it_was_built(sub_option: st.SearchStrategy[Any], data: st.DataObject) -> None:
    expected = flows.FlowIdentification(1, 2, 0, tuple(data.draw(st.lists(sub_option, min_size=1, max_size=2))))
    read = _read(bytes(build.MipBindingUpdate(options=[layer_of(expected)])))
    assert _bare(read).options == (expected,)
    assert read.misaligned == ()


def test_every_kind_that_can_be_read_is_tried_here() -> None:
    """Malformed values and padding aside, which nobody means."""
    aside = {"MobilityMessage", "MobilityOption", "FlowSubOption", "MalformedOption", "MalformedSubOption"}
    aside |= {"Pad1", "PadN", "FlowPad1", "FlowPadN"}
    kinds = (options.MobilityOption, flows.FlowSubOption, messages.MobilityMessage)
    named = {
        value
        for module in (options, flows, messages, further_messages)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, kinds) and name not in aside
    }
    assert named == set(LAYERS)
    assert {kind.__name__ for kind in get_args(selectors.Selector)} == {
        "Ipv4Selector",
        "Ipv6Selector",
        "UnknownSelector",
    }


@OFTEN
@given(next_header=U8, reserved=st.integers(0, 15), payload=st.binary(max_size=40))
def test_a_tlv_header_is_read_as_it_was_built(next_header: int, reserved: int, payload: bytes) -> None:
    r = Reader(bytes(build.DsmipTlv(nh=next_header, reserved=reserved) / payload))
    tlv = TlvHeader(next_header, len(payload), reserved=reserved)
    assert read_encapsulation(r) == Dsmipv6Encapsulation(InnerKind.TLV, tlv)
    assert r.rest("payload") == payload


@OFTEN
@given(inner=st.sampled_from([4, 6]), tlv=st.booleans(), ends=st.tuples(IP4, IP4), port=st.integers(1, 65535))
def test_an_encapsulated_packet_is_read_as_it_was_built(
    inner: int, tlv: bool, ends: tuple[IPv4Address, IPv4Address], port: int
) -> None:
    packet = (IP(src="10.64.0.9", dst="10.0.0.2") if inner == 4 else IPv6(src=str(HOA), dst=str(HA))) / UDP() / b"user"
    tunnel = build.udp_tunnel(packet, src=str(ends[0]), dst=str(ends[1]), sport=port, tlv=tlv)
    found = dissect_frame(Reader(bytes(tunnel)), RAW_IP).addressing
    assert (found.outer_source, found.outer_destination) == (Endpoint(ends[0], port), Endpoint(ends[1], 4191))
    assert found.encapsulation is (Encapsulation.UDP_TLV if tlv else Encapsulation.UDP)
    assert (str(found.source), str(found.destination)) == (packet.src, packet.dst)


@OFTEN
@given(home=IP6, care_of=IP6, agent=IP6, answer=st.booleans())
def test_the_final_addresses_are_the_same_for_builder_and_reader(
    home: IPv6Address, care_of: IPv6Address, agent: IPv6Address, answer: bool
) -> None:
    if answer:
        packet = IPv6(src=str(agent), dst=str(care_of)) / build.type_2_routing(home) / build.MipBindingAck()
    else:
        packet = IPv6(src=str(care_of), dst=str(agent)) / build.home_address_option(home) / build.MipBindingUpdate()
    stack = dissect_frame(Reader(bytes(packet)), RAW_IP)
    assert stack.carried is Carried.MOBILITY
    found = stack.addressing
    assert (found.source, found.destination) == ((agent, home) if answer else (home, agent))
    assert checksum_ok(bytes(packet)[-16:], found.source, found.destination)
