"""Link layers, on bytes built by hand after the LINKTYPE_ descriptions."""

from __future__ import annotations

import pytest
from ip_frames import ethernet

from dissectors.buffer import DissectError, Reader
from dissectors.link import LinkHeader, read_link
from dissectors.tree import Tracer

MAC_A, MAC_B = bytes.fromhex("66778899aabb"), bytes.fromhex("001122334455")


def _read(data: bytes, link_type: int) -> tuple[LinkHeader | None, int]:
    r = Reader(data)
    return read_link(r, link_type), r.pos


def test_ethernet_gives_both_addresses_and_the_ethertype() -> None:
    assert _read(ethernet(b"x"), 1) == (LinkHeader(1, 0x0800, MAC_A, MAC_B), 14)


@pytest.mark.parametrize("tpid", [0x8100, 0x88A8, 0x9100])
def test_a_vlan_tag_of_any_kind_is_passed_and_its_id_kept(tpid: int) -> None:
    header, end = _read(ethernet(b"x", 0x86DD, (tpid, 0xE864)), 1)
    assert header is not None
    assert (header.protocol, header.vlans, end) == (0x86DD, (0x864,), 18)


def test_stacked_tags_are_kept_outer_to_inner() -> None:
    header, end = _read(ethernet(b"x", 0x0800, (0x88A8, 5), (0x8100, 6), (0x8100, 7)), 1)
    assert header is not None
    assert (header.vlans, end) == ((5, 6, 7), 26)


def test_eight_tags_are_followed_and_nine_are_refused() -> None:
    assert _read(ethernet(b"x", 0x0800, *[(0x8100, 1)] * 8), 1)[1] == 46
    with pytest.raises(DissectError, match="more than 8 VLAN tags"):
        _read(ethernet(b"x", 0x0800, *[(0x8100, 1)] * 9), 1)


def test_an_802_3_length_is_no_ethertype() -> None:
    header, _ = _read(ethernet(b"x", 0x05FF), 1)
    assert header is not None
    assert header.protocol is None


def test_linux_cooked_gives_the_sender_by_its_own_length() -> None:
    header, end = _read(bytes.fromhex("0000 0001 0006 66778899aabb 0000 86dd"), 113)
    assert (header, end) == (LinkHeader(113, 0x86DD, MAC_A), 16)


def test_linux_cooked_v2_gives_the_same() -> None:
    header, end = _read(bytes.fromhex("0800 0000 00000002 0001 00 06 66778899aabb 0000"), 276)
    assert (header, end) == (LinkHeader(276, 0x0800, MAC_A), 20)


def test_a_vlan_tag_behind_linux_cooked_is_passed() -> None:
    header, end = _read(bytes.fromhex("0000 0001 0006 66778899aabb 0000 8100 0064 0800"), 113)
    assert header is not None
    assert (header.protocol, header.vlans, end) == (0x0800, (100,), 20)


@pytest.mark.parametrize(
    ("family", "ethertype"),
    [("02000000", 0x0800), ("00000002", 0x0800), ("1e000000", 0x86DD), ("0000001c", 0x86DD), ("18000000", 0x86DD),
     ("0a000000", 0x86DD), ("07000000", None)],
)  # fmt: skip
def test_a_bsd_loopback_family_is_read_in_either_byte_order(family: str, ethertype: int | None) -> None:
    assert _read(bytes.fromhex(family), 0) == (LinkHeader(0, ethertype), 4)


@pytest.mark.parametrize(
    ("data", "ethertype", "size"),
    [("ff030021", 0x0800, 4), ("ff030057", 0x86DD, 4), ("0021", 0x0800, 2), ("57", 0x86DD, 1), ("ff0321", 0x0800, 3),
     ("ff03c021", None, 4)],
)  # fmt: skip
def test_ppp_is_read_with_and_without_address_and_compression(data: str, ethertype: int | None, size: int) -> None:
    for link_type in (9, 50):
        assert _read(bytes.fromhex(data), link_type) == (LinkHeader(link_type, ethertype), size)


def test_cisco_hdlc_behind_link_type_50_names_an_ethertype() -> None:
    assert _read(bytes.fromhex("0f0086dd"), 50) == (LinkHeader(50, 0x86DD), 4)


def test_an_unknown_link_type_has_no_header() -> None:
    assert _read(b"abc", 147) == (None, 0)


@pytest.mark.parametrize(
    ("data", "link_type"),
    [(ethernet(b"", 0x0800, (0x8100, 1)), 1), (bytes(12) + b"\x08\x00" + bytes(2), 113), (bytes(20), 276),
     (bytes(4), 0), (bytes.fromhex("ff030021"), 9), (bytes.fromhex("0f000800"), 50)],
)  # fmt: skip
def test_a_link_header_cut_anywhere_is_refused_by_name(data: bytes, link_type: int) -> None:
    for size in range(len(data)):
        if size == 1 and link_type in (9, 50):
            assert _read(data[:size], link_type) == (LinkHeader(link_type, None), 1)  # a compressed protocol by itself
            continue
        with pytest.raises(DissectError, match="bytes needed"):
            _read(data[:size], link_type)


def test_the_tree_names_addresses_types_and_tags() -> None:
    tracer = Tracer(ethernet(b"", 0x0800, (0x8100, 0xE064)))
    read_link(tracer, 1)
    texts = [(field.label, field.text) for field in tracer.field.walk()]
    assert ("Source", "66:77:88:99:aa:bb") in texts
    assert ("Type", "VLAN (0x8100)") in texts
    assert ("Tag", "VLAN 100, priority 7") in texts
    assert ("Type", "IPV4 (0x0800)") in texts
