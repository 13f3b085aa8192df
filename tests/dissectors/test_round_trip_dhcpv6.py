"""What scapy and the home network layers build, the DHCPv6 dissector reads back, in both forms of options 49 and 50."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Any, get_args

import pytest
from both_readers import read_both
from dhcpv6_layers import LAYERS, layer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dissectors.scapy_layers as build
from dissectors.buffer import Reader
from dissectors.dhcpv6 import HomeForm, HomeInformation, decode_dhcpv6, home_information
from dissectors.dhcpv6 import messages as m

OFTEN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
U8, U16, U24, U32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 24, 32))
IP4, IP6 = st.ip_addresses(v=4), st.ip_addresses(v=6)
NOT_MAPPED = IP6.filter(lambda address: address not in IPv6Network("64:ff9b::/96"))
DATA = st.binary(max_size=30)
NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True), min_size=2, max_size=5).map(".".join)
DUIDS = st.binary(min_size=3, max_size=130)
REGISTERED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 16, 17, 18, 23, 24, 25, 26, 32, 49, 50, 69, 70, 71, 72, 73}


def one(kind: type[Any], *fields: Any, **named: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, *fields, **named)


def some(options: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(options, min_size=least, max_size=3).map(tuple)


STATUS = one(m.StatusCode, U16, st.from_regex(r"[A-Za-z ]{0,20}", fullmatch=True))
PREFIX = one(m.HomeNetworkPrefix, IP6, st.integers(0, 128))
IDENTIFIER, FQDN = one(m.HomeNetworkIdentifier, NAMES), one(m.HomeAgentFqdn, NAMES)
HOME = st.one_of(IDENTIFIER, FQDN, PREFIX, one(m.HomeAgentAddress, IP4 | NOT_MAPPED))
CONTAINER = one(m.HomeNetworkInformation, st.sampled_from([50, 69, 70]), some(HOME, 1))
DRAFT = one(m.DraftHomeInformation, st.just(49), st.integers(0, 2), some(HOME, 1))
DRAFT_RELAY = one(m.DraftHomeInformation, st.just(50), st.none(), some(HOME, 1))
ADDRESS = one(m.IaAddress, IP6, U32, U32, some(STATUS))
DELEGATED = one(m.IaPrefix, IP6, st.integers(0, 128), U32, U32, some(STATUS))
OPTIONS = [
    one(m.ClientId, DUIDS),
    one(m.ServerId, DUIDS),
    one(m.IaNa, U32, U32, U32, some(ADDRESS | STATUS)),
    one(m.IaTa, U32, some(ADDRESS)),
    one(m.IaPd, U32, U32, U32, some(DELEGATED | STATUS)),
    one(m.OptionRequest, st.lists(U16, max_size=8).map(tuple)),
    one(m.Preference, U8),
    one(m.ElapsedTime, U16),
    STATUS,
    one(m.RapidCommit),
    one(m.VendorClass, U32, st.lists(DATA, max_size=3).map(tuple)),
    one(m.VendorOptions, U32, st.lists(st.tuples(U16, DATA), max_size=3).map(tuple)),
    one(m.InterfaceId, DATA),
    one(m.DnsServers, st.lists(IP6, max_size=3).map(tuple)),
    one(m.DomainList, st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    one(m.InformationRefreshTime, U32),
    HOME,
    CONTAINER,
    DRAFT,
    DRAFT_RELAY,
    one(m.OpaqueOption, U16.filter(lambda code: code not in REGISTERED), DATA),
]
ANY_OPTIONS = some(st.one_of(OPTIONS))
MESSAGE = one(m.Dhcpv6Message, st.sampled_from([*range(1, 12), 36]), U24, ANY_OPTIONS)
RELAY = one(
    m.RelayMessage, st.sampled_from([12, 13]), U8, IP6, IP6, MESSAGE.map(lambda message: (m.RelayedMessage(message),))
)


@pytest.mark.parametrize("option", OPTIONS)
@OFTEN
@given(data=st.data())
def test_an_option_is_read_as_it_was_built(option: st.SearchStrategy[Any], data: st.DataObject) -> None:
    expected = m.Dhcpv6Message(7, 0xA0B0C, (data.draw(option),))
    read, _ = read_both(bytes(layer_of(expected)), decode_dhcpv6)
    assert read == expected


@OFTEN
@given(expected=MESSAGE | RELAY)
def test_a_message_is_read_as_it_was_built(expected: m.Dhcpv6) -> None:
    read, _ = read_both(bytes(layer_of(expected)), decode_dhcpv6)
    assert read == expected


@OFTEN
@given(
    name=NAMES, agents=st.lists(IP4 | NOT_MAPPED, max_size=3), form=st.sampled_from([HomeForm.RFC6610, HomeForm.DRAFT])
)
def test_both_forms_say_the_same_of_a_home_network(
    name: str, agents: list[IPv4Address | IPv6Address], form: HomeForm
) -> None:
    told = (m.HomeNetworkIdentifier(name), *map(m.HomeAgentAddress, agents))
    draft = form is HomeForm.DRAFT
    option = m.DraftHomeInformation(49, 1, told) if draft else m.HomeNetworkInformation(69, told)
    read = decode_dhcpv6(Reader(bytes(layer_of(m.Dhcpv6Message(7, 1, (option,))))))
    assert home_information(read) == HomeInformation(name, 1 if draft else None, tuple(agents), form=form)


@OFTEN
@given(name=NAMES, id_type=st.integers(0, 2))
def test_the_identifier_of_older_drafts_is_read_as_it_was_built(name: str, id_type: int) -> None:
    built = bytes(layer_of(m.Dhcpv6Message(11, 1)) / build.Dhcp6DraftIdentifier(idtype=id_type, fqdn=name))
    read = decode_dhcpv6(Reader(built))
    assert read.options == (m.DraftHomeInformation(49, id_type, (m.HomeNetworkIdentifier(name),)),)


def test_every_kind_that_can_be_read_is_tried_here() -> None:
    assert {*get_args(m.Option), *get_args(m.Dhcpv6)} == set(LAYERS)
