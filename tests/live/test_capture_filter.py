"""The filter that is used unless one says otherwise, as libpcap understands it.

On a wire of our own it could not be seen: Linux takes VLAN tags off before it filters.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from pathlib import Path

import pytest

import analyzer.live.filters
from analyzer.live.filters import S2C, TAGGED, default_filter

ETHERNET = 1
IPV4, IPV6, VLAN_7 = b"\x08\x00", b"\x86\xdd", b"\x81\x00\x00\x07"
IKE = bytes.fromhex("4500001c000040004011 66cd 0a000001 0a000002 01f4 01f4 0008 0000")
"""UDP from port 500 to port 500."""
SECOND_FRAGMENT = bytes.fromhex("4500001c000100034011 66cd 0a000001 0a000002 1f90 0009 0008 0000")
"""UDP from byte 24 on: what would be ports is data."""
MOBILITY = bytes.fromhex("60000000 0008 3c40") + bytes(32) + bytes.fromhex("8700 0104 00000000")
"""IPv6 with destination options, behind which a Mobility Header (135) stands."""
UNRELATED = bytes.fromhex("4500001c000040004011 66cd 0a000001 0a000002 0009 1f90 0008 0000")
"""UDP from port 9 to port 8080."""


class Header(ctypes.Structure):
    """``struct pcap_pkthdr``."""

    _fields_ = (("s", ctypes.c_long), ("us", ctypes.c_long), ("caplen", ctypes.c_uint32), ("len", ctypes.c_uint32))


class Program(ctypes.Structure):
    """``struct bpf_program``."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


@pytest.fixture(scope="module")
def passes() -> Callable[[str, bytes], bool]:
    """Whether libpcap's filter lets a frame pass."""
    name = ctypes.util.find_library("pcap")
    if name is None:
        pytest.skip("libpcap is not installed")
    pcap = ctypes.CDLL(name)
    pcap.pcap_open_dead.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(pcap.pcap_open_dead(ETHERNET, 65535))

    def ask(text: str, packet: bytes) -> bool:
        program, frame = Program(), bytes(12) + packet
        assert pcap.pcap_compile(handle, ctypes.byref(program), text.encode(), 1, 0xFFFFFFFF) == 0
        header = Header(0, 0, len(frame), len(frame))
        return bool(pcap.pcap_offline_filter(ctypes.byref(program), ctypes.byref(header), frame))

    return ask


@pytest.mark.parametrize(
    "packet", [IPV4 + IKE, IPV4 + SECOND_FRAGMENT, IPV6 + MOBILITY], ids=["IKE", "fragment", "mobility"]
)
def test_signalling_passes_with_a_vlan_tag_and_without(passes: Callable[[str, bytes], bool], packet: bytes) -> None:
    assert passes(TAGGED, packet)
    assert passes(TAGGED, VLAN_7 + packet)
    assert passes(S2C, packet)


def test_what_is_unrelated_does_not_pass(passes: Callable[[str, bytes], bool]) -> None:
    assert not any(passes(text, tag + IPV4 + UNRELATED) for text in (S2C, TAGGED) for tag in (b"", VLAN_7))


def test_only_ethernet_is_asked_for_vlan_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libpcap refuses a filter with ``vlan`` on other links. 1 is ARPHRD_ETHER, 65534 the ARPHRD_NONE of a tunnel."""
    monkeypatch.setattr(analyzer.live.filters, "SYSFS", tmp_path / "net")
    for place, kind in (("net/eth0", "1"), ("net/eth1", "1"), ("net/tun0", "65534"), ("else", "1")):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "type").write_text(f"{kind}\n")
    assert default_filter(["eth0", "eth1"]) == TAGGED
    assert {default_filter(names) for names in (["tun0"], ["eth0", "tun0"], ["gone"], ["../else"], [""])} == {S2C}
