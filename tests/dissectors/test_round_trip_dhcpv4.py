"""What scapy and the layers beside it build of DHCPv4, the dissector reads back, and so does scapy."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
from both_readers import read_both
from dhcpv4_layers import ANY_OPTIONS, IP4, MESSAGES, OPTIONS, OTHER, RELAY_NAMES, TEXT, U32, Meant, layer_of, padded
from hypothesis import given
from hypothesis import strategies as st
from scapy_reads import EACH, OFTEN, assert_scapy_reads_back

import dissectors.scapy_layers as build
from dissectors.dhcpv4 import Dhcpv4Message, Dhcpv4Option, OptionCode, decode_dhcpv4
from dissectors.dhcpv4.messages import RelaySuboption
from dissectors.dhcpv4.text import option_text


def read(layer: Any) -> Dhcpv4Message:
    return read_both(bytes(layer), decode_dhcpv4)[0]


@pytest.mark.parametrize("kind", [pytest.param(s, id=OptionCode(code).name) for code, s in OPTIONS.items()])
@EACH
@given(data=st.data())
def test_an_option_is_read_and_worded_as_it_was_built(kind: st.SearchStrategy[Meant], data: st.DataObject) -> None:
    meant = data.draw(kind)
    built = layer_of(Dhcpv4Message(1, 7), [meant.entry])
    assert read(built) == Dhcpv4Message(1, 7, options=(meant.option,))
    assert (
        option_text(meant.option)
        == f"{OptionCode(meant.option.code).name} ({meant.option.code}) {meant.words}".rstrip()
    )
    assert_scapy_reads_back(built)


@OFTEN
@given(MESSAGES)
def test_a_message_is_read_as_it_was_built(pair: tuple[Dhcpv4Message, list[Any]]) -> None:
    expected, entries = pair
    built = layer_of(expected, entries)
    assert read(built) == expected
    assert_scapy_reads_back(built)


@OFTEN
@given(meant=OTHER)
def test_an_option_of_no_known_kind_is_kept_as_it_was_built(meant: Meant) -> None:
    built = layer_of(Dhcpv4Message(1, 7), [meant.entry])
    assert read(built).options == (meant.option,)
    assert_scapy_reads_back(built)
    without_end = read(build.Dhcp4() / build.DHCP(options=[meant.entry]))
    assert (without_end.options, without_end.malformed) == ((meant.option,), None)


@OFTEN
@given(
    requested=IP4, server=IP4, lease=U32, names=st.lists(IP4, min_size=1, max_size=3), host=TEXT,
    asked=st.lists(st.integers(1, 254), min_size=1, max_size=9), kind=st.integers(1, 9),
)  # fmt: skip
def test_the_values_that_a_message_is_asked_for_are_those_that_were_built(
    requested: IPv4Address, server: IPv4Address, lease: int, names: list[IPv4Address], host: str, asked: list[int],
    kind: int,
) -> None:  # fmt: skip
    message = read(layer_of(Dhcpv4Message(1, 7), [
        ("message-type", kind), ("requested_addr", str(requested)), ("server_id", str(server)), ("lease_time", lease),
        ("name_server", *map(str, names)), ("param_req_list", asked), ("hostname", host.encode()),
        ("rapid_commit", b""),
    ]))  # fmt: skip
    assert (message.message_type, message.requested_address, message.server_identifier) == (kind, requested, server)
    assert (message.lease_time, message.dns_servers) == (lease, tuple(names))
    assert (message.requested_parameters, message.host_name, message.is_rapid) == (tuple(asked), host, True)


@OFTEN
@given(value=st.binary(max_size=700), size=st.integers(1, 255), between=st.booleans())
def test_an_option_in_parts_is_put_together_again(value: bytes, size: int, between: bool) -> None:
    parts: list[Any] = build.in_parts(OptionCode.HOST_NAME, value, size)
    other = ("message-type", "request")
    options = [parts[0], other, *parts[1:]] if between else [other, *parts]
    message = read(layer_of(Dhcpv4Message(1, 7), options))
    assert (message.option(OptionCode.HOST_NAME), message.message_type) == (value, 3)
    assert len(message.options) == 2 + max(0, (len(value) - 1) // size)


@OFTEN
@given(
    first=ANY_OPTIONS, in_file=st.lists(OTHER, max_size=2),
    in_name=OTHER, overload=st.integers(1, 3), texts=st.tuples(TEXT, TEXT),
)  # fmt: skip
def test_options_in_the_file_and_name_fields_are_read_and_are_no_names(
    first: list[Meant], in_file: list[Meant], in_name: Meant, overload: int, texts: tuple[str, str]
) -> None:
    """RFC 2131 section 4.1: the file field's first. A field that holds options names nothing (RFC 2132 section 9.3)."""
    name, file = texts
    built = layer_of(
        Dhcpv4Message(2, 7),
        [("dhcp-option-overload", overload), *(m.entry for m in first)],
        sname=build.overloading([in_name.entry]) if overload & 2 else padded(name, 64),
        file=build.overloading(m.entry for m in in_file) if overload & 1 else padded(file, 128),
    )
    expected = [Dhcpv4Option(52, bytes((overload,))), *(m.option for m in first)]
    expected += [m.option for m in in_file] if overload & 1 else []
    expected += [in_name.option] if overload & 2 else []
    message = read(built)
    assert (message.options, message.malformed) == (tuple(expected), None)
    assert message.server_name == ("" if overload & 2 else name)
    assert message.boot_file == ("" if overload & 1 else file)


@OFTEN
@given(address=st.binary(min_size=1, max_size=16))
def test_a_hardware_address_of_any_bytes_is_read_as_it_was_built(address: bytes) -> None:
    """Also one that spells hex digits; its length is filled in."""
    assert read(build.Dhcp4(chaddr=address) / build.DHCP(options=["end"])).hardware_address == address


def test_every_kind_that_can_be_read_is_tried_here() -> None:
    assert set(OPTIONS) == set(OptionCode) - {OptionCode.PAD, OptionCode.END, OptionCode.OVERLOAD}
    assert {code: kind.name for code, kind in zip(RELAY_NAMES, RelaySuboption, strict=True)} == RELAY_NAMES
