"""PCO: bytes worked by hand (checked with tshark), tshark on NAS messages built here, and any bytes at all."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from beside_tshark import needs_tshark, rows
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.events import Malformed
from dissectors.pco import (
    Container,
    ContainerId,
    HomeNetworkPrefix,
    ProtocolConfigurationOptions,
    decode_pco,
    decode_pco_element,
    describe_pco,
)

HA = IPv6Address("2001:db8:ffff::1")
PREFIX = IPv6Address("2001:db8:1::")
REQUEST = bytes.fromhex("270a80 000700 000800 000f00")
ANSWER = bytes.fromhex(
    "273280 000710 20010db8ffff00000000000000000001 000811 20010db8000100000000000000000000 40 000904 c0000201 000f00"
)
USER_DLT = 'uat:user_dlts:"User 0 (DLT=147)","nas-eps","0","","0",""'


def element(data: bytes, *, is_uplink: bool) -> ProtocolConfigurationOptions:
    return read_both(data, partial(decode_pco_element, is_uplink=is_uplink))[0]


def contents(data: bytes, *, is_uplink: bool) -> ProtocolConfigurationOptions:
    return read_both(data, partial(decode_pco, is_uplink=is_uplink))[0]


def test_a_request_asks_for_home_agent_prefix_and_ifom() -> None:
    pco = element(REQUEST, is_uplink=True)
    assert pco == ProtocolConfigurationOptions(True, (Container(7), Container(8), Container(15)))
    assert pco.has(ContainerId.IFOM_SUPPORT)
    assert not pco.has(ContainerId.HOME_AGENT_IPV4)
    assert (pco.home_agents, pco.home_network_prefix) == ((), None)
    assert describe_pco(pco) == (
        "PCO asks for DSMIPv6 Home Agent IPv6 address, DSMIPv6 home network prefix, IFOM support"
    )


def test_an_answer_gives_home_agent_prefix_and_ifom() -> None:
    pco = element(ANSWER, is_uplink=False)
    assert pco.malformed is None
    assert pco.home_agents == (HA, IPv4Address("192.0.2.1"))
    assert pco.home_network_prefix == HomeNetworkPrefix(PREFIX, 64)
    assert pco.has(ContainerId.IFOM_SUPPORT)
    assert describe_pco(pco) == (
        "PCO gives DSMIPv6 Home Agent IPv6 address 2001:db8:ffff::1, DSMIPv6 home network prefix 2001:db8:1::/64, "
        "DSMIPv6 Home Agent IPv4 address 192.0.2.1, IFOM support"
    )


def test_the_tree_names_every_container() -> None:
    _, tree = read_both(ANSWER, partial(decode_pco_element, is_uplink=False))
    assert texts(tree, "id") == [
        "DSMIPv6 Home Agent IPv6 address (0x0007)",
        "DSMIPv6 home network prefix (0x0008)",
        "DSMIPv6 Home Agent IPv4 address (0x0009)",
        "IFOM support (0x000f)",
    ]
    assert texts(tree, "prefix_length") == ["64"]


def test_an_extended_element_has_a_length_of_two_bytes() -> None:
    assert element(b"\x7b\0" + REQUEST[1:], is_uplink=True) == element(REQUEST, is_uplink=True)


@pytest.mark.parametrize("code", [0x23, 0x24, 0x30, 0x31])
def test_some_containers_from_the_network_have_a_length_of_two_bytes(code: int) -> None:
    data = b"\x80" + struct.pack(">HH", code, 3) + b"abc" + bytes.fromhex("000f00")
    pco = contents(data, is_uplink=False)
    assert [(item.id, item.contents) for item in pco.containers] == [(code, b"abc"), (0x0F, b"")]
    data = b"\x80" + struct.pack(">HB", code, 3) + b"abc" + bytes.fromhex("000f00")
    assert contents(data, is_uplink=True).containers[1] == Container(0x0F)


def test_an_address_of_the_wrong_size_is_none_and_the_next_item_counts() -> None:
    pco = contents(bytes.fromhex("80 000703 aabbcc 000904 c0000201 000810") + PREFIX.packed, is_uplink=False)
    assert pco.home_agents == (IPv4Address("192.0.2.1"),)
    assert pco.home_network_prefix is None
    assert pco.containers[0].value == Malformed("16 bytes needed, 3 left", 4)
    assert pco.containers[2].value == Malformed("1 bytes needed, 0 left", 33)
    assert pco.malformed is None


def test_a_prefix_longer_than_an_address_is_none() -> None:
    pco = contents(bytes.fromhex("80 000811") + PREFIX.packed + b"\x81", is_uplink=False)
    assert pco.containers[0].value == Malformed("prefix length is 129", 20)


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        ("", "1 bytes needed, 0 left", 0),
        ("28 01 80", "element 0x28 is no PCO", 0),
        ("27", "1 bytes needed, 0 left", 1),
        ("27 05 80 0007", "5 bytes needed, 3 left", 2),
        ("27 00", "1 bytes needed, 0 left", 2),
        ("27 03 80 0007", "container header is 3 bytes, 2 left", 3),
        ("27 07 80 000f00 000704", "container is 7 bytes, 3 are left", 6),
    ],
)
def test_faults_are_named_with_their_place(data: str, reason: str, offset: int) -> None:
    pco = decoded(bytes.fromhex(data))
    assert pco.malformed == Malformed(reason, offset)
    assert describe_pco(pco).endswith(f"[Malformed: {reason} at byte {offset}]")


def decoded(data: bytes) -> ProtocolConfigurationOptions:
    from dissectors.buffer import Reader

    return decode_pco_element(Reader(data), is_uplink=False)


def test_what_stands_before_a_cut_is_kept() -> None:
    assert contents(ANSWER[2:40], is_uplink=False).home_agents == (HA,)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_decode_and_trace_alike(data: bytes, is_uplink: bool) -> None:
    assert describe_pco(contents(data, is_uplink=is_uplink)).isprintable()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([int(c) for c in ContainerId]), st.binary(max_size=20)), max_size=8))
def test_whole_containers_are_all_there(items: list[tuple[int, bytes]]) -> None:
    data = b"\x80" + b"".join(struct.pack(">HB", code, len(value)) + value for code, value in items)
    for is_uplink in (True, False):
        pco = contents(data, is_uplink=is_uplink)
        assert [(item.id, item.contents) for item in pco.containers] == items
        assert pco.malformed is None


FIELDS: dict[str, Callable[[ProtocolConfigurationOptions], list[object]]] = {
    "gsm_a.gm.sm.pco_pid": lambda p: [f"0x{item.id:04x}" for item in p.containers],
    "gsm_a.gm.sm.pco.length": lambda p: [f"0x{len(item.contents):02x}" for item in p.containers],
    "gsm_a.gm.sm.link_dir": lambda p: [0 if p.is_uplink else 1],
    "gsm_a.gm.sm.pco.dsmipv6_home_agent.ipv6": lambda p: list(p.home_agents[:1]),
    "gsm_a.gm.sm.pco.dsmipv6_home_agent.ipv4": lambda p: list(p.home_agents[1:]),
    "gsm_a.gm.sm.pco.dsmipv6_home_network.ipv6": lambda p: (
        [p.home_network_prefix.prefix] if p.home_network_prefix else []
    ),
    "gsm_a.gm.sm.pco.dsmipv6_home_network.ipv6_prefix_length": lambda p: (
        [p.home_network_prefix.length] if p.home_network_prefix else []
    ),
}


@needs_tshark
def test_worked_bytes_agree_with_tshark_field_by_field(tmp_path: Path) -> None:
    """PDN CONNECTIVITY REQUEST (TS 24.301 clause 8.3.20) and REJECT (8.3.19), integrity protected."""
    path = tmp_path / "nas.pcap"
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 147)
    for head, pco in (
        (bytes.fromhex("17 01020304 05 0201d031"), REQUEST),
        (bytes.fromhex("17 01020304 05 0201d11a"), ANSWER),
    ):
        out += struct.pack("<IIII", 0, 0, len(head + pco), len(head + pco)) + head + pco
    path.write_bytes(out)
    theirs = rows(path, list(FIELDS), "-o", USER_DLT)
    ours = [element(REQUEST, is_uplink=True), element(ANSWER, is_uplink=False)]
    for row, pco in zip(theirs, ours, strict=True):
        assert row == {name: [str(value) for value in read(pco)] for name, read in FIELDS.items()}
