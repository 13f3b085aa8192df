"""What scapy and the layers beside it build of ICMPv6, the dissector reads back, and so does scapy."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, get_args

import dns.name
import pytest
from both_readers import read_both
from hypothesis import given
from hypothesis import strategies as st
from neighbor_layers import IP6, LAYERS, OPTIONS, OWN_OPTIONS, PLAIN_OPTIONS, U32, layer_of, messages
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy_reads import EACH, OFTEN, assert_scapy_reads_back

import dissectors.scapy_layers as build
from dissectors.icmp import Icmpv6, decode_icmpv6
from dissectors.neighbor import messages as m

ALL_MESSAGES = messages(st.one_of(OPTIONS))
PLAIN_MESSAGES = messages(st.one_of(PLAIN_OPTIONS))
"""The last is of a type that scapy leaves as raw bytes."""
PEER = "2001:db8::2"


def read(packet: Any) -> Icmpv6:
    """The message behind an IPv6 header of 40 bytes."""
    return read_both(bytes(packet)[40:], decode_icmpv6)[0]


@pytest.mark.parametrize("kind", ALL_MESSAGES)
@OFTEN
@given(data=st.data(), source=IP6)
def test_a_message_is_read_as_it_was_built(
    kind: st.SearchStrategy[Any], data: st.DataObject, source: IPv6Address
) -> None:
    expected = data.draw(kind)
    packet = IPv6(src=str(source), dst=PEER) / layer_of(expected)
    message = read(packet)
    assert replace(message, checksum=0) == expected
    assert message.checksum == int.from_bytes(bytes(packet)[42:44])
    assert in6_chksum(58, packet, bytes(packet)[40:]) == 0


@pytest.mark.parametrize("kind", PLAIN_MESSAGES[:-1])
@EACH
@given(data=st.data())
def test_scapy_reads_back_a_message_with_the_options_it_knows(
    kind: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    packet = IPv6(src=PEER, dst=PEER) / layer_of(data.draw(kind))
    assert_scapy_reads_back(packet if build.MobilePrefixSolicitation not in packet else packet.payload)


@pytest.mark.parametrize("kind", OPTIONS)
@EACH
@given(data=st.data())
def test_an_option_is_read_as_it_was_built_between_others(kind: st.SearchStrategy[Any], data: st.DataObject) -> None:
    expected = data.draw(kind)
    mtu = m.Mtu(1400)
    layer = layer_of(m.RouterSolicitation((mtu, expected, mtu)))
    assert read(IPv6(dst=PEER) / layer).options == (mtu, expected, mtu)


@pytest.mark.parametrize("kind", OWN_OPTIONS)
@EACH
@given(data=st.data(), more=st.binary(max_size=20))
def test_a_layer_of_our_own_reads_the_bytes_of_one_option(
    kind: st.SearchStrategy[Any], data: st.DataObject, more: bytes
) -> None:
    built = layer_of(data.draw(kind))
    found = type(built)(bytes(built) + more)
    assert (found.fields | built.fields, bytes(found.payload)) == (found.fields, more)


@OFTEN
@given(
    lists=st.lists(st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=3), max_size=3), lifetime=U32
)  # fmt: skip
def test_a_search_list_of_any_labels_is_read_as_it_was_built(lists: list[list[bytes]], lifetime: int) -> None:
    layer = build.NdSearchList(lifetime=lifetime, searchlist=[build.encoded_name(labels) for labels in lists])
    names = tuple(dns.name.Name(labels).to_text() for labels in lists)
    assert read(IPv6(dst=PEER) / build.ICMPv6ND_RS() / layer).options == (m.DnsSearchList(lifetime, names),)


@OFTEN
@given(address=st.binary(min_size=1, max_size=30))
def test_a_link_layer_address_of_any_size_fills_its_option_with_zeros(address: bytes) -> None:
    [option] = read(IPv6(dst=PEER) / build.ICMPv6ND_RS() / build.NdLinkLayer(lladdr=address)).options
    assert option == m.LinkLayerAddress(1, address + bytes(-(2 + len(address)) % 8))


def test_every_kind_that_can_be_read_is_tried_here() -> None:
    assert {*get_args(m.NeighborOption), *get_args(m.Icmpv6)} | set(get_args(m.NeighborMessage)) >= set(LAYERS)
    assert set(LAYERS) >= {*get_args(m.NeighborOption), *get_args(m.NeighborMessage)}
