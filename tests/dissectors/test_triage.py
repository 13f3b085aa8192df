"""Triage: the classes by hand-built frames, the vector way against the scalar one, and both against the walk."""

from __future__ import annotations

import mmap
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import HAO, ethernet, fragment_header, ipv4, ipv6, options_header, udp

from dissectors.buffer import Reader
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.stack import Carried, dissect_frame
from dissectors.triage import FrameClass, triage, triage_frame

Frame = tuple[bytes, int]
MARKED = bytes(4) + b"\1" * 28
ESP = b"\xc0" + bytes(31)
TLV_IPV6 = bytes.fromhex("00290000")  # RFC 5845 section 7: type 0, next header 41
BROKEN_CHAIN = options_header(50, b"\xc9\x04" + bytes(4))

PACKETS: dict[str, tuple[bytes, FrameClass]] = {
    "IKE": (udp(500, 500, b"\1" * 28), FrameClass.IKE),
    "IKE behind the marker": (udp(4500, 4500, MARKED), FrameClass.IKE),
    "IKE from a NAT's port": (udp(40001, 4500, MARKED), FrameClass.IKE),
    "marker only": (udp(4500, 4500, bytes(4)), FrameClass.IKE),
    "3 zero bytes": (udp(4500, 4500, bytes(3)), FrameClass.ESP),
    "ESP in UDP": (udp(4500, 1234, ESP), FrameClass.ESP),
    "keepalive": (udp(4500, 4500, b"\xff"), FrameClass.KEEPALIVE),
    "keepalive without a length": (udp(4500, 4500, b"\xff", length=0), FrameClass.KEEPALIVE),
    "a byte that is no keepalive": (udp(4500, 4500, b"\xfe"), FrameClass.ESP),
    "two bytes ff": (udp(4500, 4500, b"\xff\xff"), FrameClass.ESP),
    "a keepalive of which more is said": (udp(4500, 4500, b"\xff", length=50), FrameClass.ESP),
    "empty 4500": (udp(4500, 4500, b""), FrameClass.OTHER),
    "empty 500": (udp(500, 500, b""), FrameClass.OTHER),
    "to 500 from 4500": (udp(4500, 500, b"\xff"), FrameClass.IKE),
    "to 4500 from 500": (udp(500, 4500, b"\xff"), FrameClass.KEEPALIVE),
    "IKE from the DNS port": (udp(500, 53, b"\1" * 28), FrameClass.IKE),
    "UDP length under 8": (udp(500, 500, b"\1" * 28, length=5), FrameClass.IKE),
    "UDP length beyond": (udp(4500, 4500, MARKED, length=500), FrameClass.IKE),
    "DNS": (udp(53, 33333, b"dns"), FrameClass.DNS),
    "DHCPv4 to a server": (udp(68, 67, b"\1"), FrameClass.DHCPV4),
    "DHCPv4 between relay and server": (udp(40000, 67, b"\1"), FrameClass.DHCPV4),
    "DHCPv6": (udp(546, 547, b"\x0b\0\0\1"), FrameClass.DHCPV6),
    "GTP-C": (udp(40000, 2123, b"gtp"), FrameClass.PCO),
    "other UDP": (udp(1, 2, b"x"), FrameClass.OTHER),
    "UDP header cut": (bytes.fromhex("01f401f400"), FrameClass.OTHER),
    "4191 IPv6 ESP": (udp(40001, 4191, ipv6(50, ESP)), FrameClass.DSMIPV6_SIGNALLING),
    "4191 IPv6 MH": (udp(4191, 40001, ipv6(135, bytes(8))), FrameClass.DSMIPV6_SIGNALLING),
    "4191 IPv6 options ESP": (udp(4191, 1, ipv6(60, options_header(50, HAO) + ESP)), FrameClass.DSMIPV6_SIGNALLING),
    "4191 IPv6 options TCP": (udp(4191, 1, ipv6(60, options_header(6, HAO) + ESP)), FrameClass.TUNNEL_DATA),
    "4191 IPv6 fragment ESP": (udp(4191, 1, ipv6(44, fragment_header(50, 0, True) + ESP)), FrameClass.FRAGMENT),
    "4191 IPv6 fragment TCP": (udp(4191, 1, ipv6(44, fragment_header(6, 0, True) + ESP)), FrameClass.TUNNEL_DATA),
    "4191 IPv6 UDP": (udp(4191, 4191, ipv6(17, udp(5000, 6000, b"x"))), FrameClass.TUNNEL_DATA),
    "4191 IPv6 IKE of the user": (udp(4191, 4191, ipv6(17, udp(500, 500, b"x"))), FrameClass.TUNNEL_DATA),
    "4191 IPv6 DHCPv6": (udp(4191, 4191, ipv6(17, udp(546, 547, b"x"))), FrameClass.DHCPV6),
    "4191 IPv6 DHCPv6 behind options": (
        udp(4191, 4191, ipv6(0, options_header(17, bytes(6)) + udp(1, 547, b"x"))), FrameClass.DHCPV6),
    "4191 IPv6 TCP": (udp(4191, 4191, ipv6(6, bytes(20))), FrameClass.TUNNEL_DATA),
    "4191 IPv6 cut before the next header": (udp(4191, 4191, ipv6(50, ESP)[:6]), FrameClass.TUNNEL_DATA),
    "4191 IPv4": (udp(4191, 4191, ipv4(6, bytes(20))), FrameClass.TUNNEL_DATA),
    "4191 IPv4 DHCPv4": (udp(4191, 4191, ipv4(17, udp(68, 67, b"x"))), FrameClass.DHCPV4),
    "4191 IPv4 DHCPv4 behind options": (
        udp(4191, 4191, ipv4(17, udp(67, 68, b"x"), options=b"\x94\4\0\0")), FrameClass.DHCPV4),
    "4191 IPv4 DHCPv4 fragment": (udp(4191, 4191, ipv4(17, udp(68, 67, b"x"), flags=0x2000)), FrameClass.TUNNEL_DATA),
    "4191 IPv4 DHCPv4 cut in the ports": (udp(4191, 4191, ipv4(17, udp(68, 67, b"")[:3])), FrameClass.TUNNEL_DATA),
    "4191 IPv4 DHCPv6": (udp(4191, 4191, ipv4(17, udp(546, 547, b"x"))), FrameClass.TUNNEL_DATA),
    "4191 IPv6 DHCPv4": (udp(4191, 4191, ipv6(17, udp(68, 67, b"x"))), FrameClass.TUNNEL_DATA),
    "4191 IPv4 TCP with DHCPv4's ports": (udp(4191, 4191, ipv4(6, udp(68, 67, b"x"))), FrameClass.TUNNEL_DATA),
    "4191 IPv4 short header": (udp(4191, 4191, b"\x44" + ipv4(17, udp(68, 67, b"x"))[1:]), FrameClass.TUNNEL_DATA),
    "4191 IPv4 ESP": (udp(4191, 4191, ipv4(50, ESP)), FrameClass.TUNNEL_DATA),
    "4191 TLV ESP": (udp(4191, 4191, TLV_IPV6 + ipv6(50, ESP)), FrameClass.DSMIPV6_SIGNALLING),
    "4191 TLV in which nothing is": (udp(4191, 4191, TLV_IPV6), FrameClass.TUNNEL_DATA),
    "4191 TLV that was cut": (udp(4191, 4191, TLV_IPV6[:3]), FrameClass.DSMIPV6_SIGNALLING),
    "4191 TLV IPv4 where IPv6 was announced": (
        udp(4191, 4191, TLV_IPV6 + ipv4(17, udp(68, 67, b"x"))), FrameClass.TUNNEL_DATA),
    "4191 TLV DHCPv6": (udp(4191, 4191, TLV_IPV6 + ipv6(17, udp(546, 547, b"x"))), FrameClass.DHCPV6),
    "4191 TLV data": (udp(4191, 4191, TLV_IPV6 + ipv6(6, ESP)), FrameClass.TUNNEL_DATA),
    "4191 TLV GRE that looks like IPv6 but for the version": (
        udp(4191, 4191, b"\0\x2f\0\0" + b"\0" + ipv6(50, ESP)[1:]), FrameClass.TUNNEL_DATA),
    "4191 TLV DHCPv4": (udp(4191, 4191, b"\0\4\0\0" + ipv4(17, udp(68, 67, b"x"))), FrameClass.DHCPV4),
    "4191 TLV GRE": (udp(4191, 4191, b"\0\x2f\0\0" + bytes(20)), FrameClass.TUNNEL_DATA),
    "4191 empty": (udp(4191, 4191, b""), FrameClass.DSMIPV6_SIGNALLING),
    "4191 junk": (udp(4191, 4191, b"\x90junk"), FrameClass.DSMIPV6_SIGNALLING),
}  # fmt: skip
PROTOCOLS: dict[str, tuple[int, bytes, FrameClass]] = {
    "ESP": (50, ESP, FrameClass.ESP),
    "Mobility Header": (135, bytes(8), FrameClass.MOBILITY),
    "ICMPv6": (58, bytes(8), FrameClass.ICMPV6),
    "TCP": (6, bytes(20), FrameClass.OTHER),
    "AH before IKE": (51, bytes.fromhex("1104000000000001") + bytes(16) + udp(500, 500, b"\1" * 28), FrameClass.IKE),
    "S1AP": (132, struct.pack(">HH", 36412, 5) + bytes(8), FrameClass.PCO),
    "other SCTP": (132, struct.pack(">HH", 1, 2) + bytes(8), FrameClass.OTHER),
    "SCTP cut": (132, b"\x8e", FrameClass.OTHER),
    "IPv4 in IP": (4, ipv4(17, udp(500, 500, b"x")), FrameClass.TUNNEL_DATA),
    "DHCPv4 in IP": (4, ipv4(17, udp(68, 67, b"x")), FrameClass.DHCPV4),
    "IPv6 with DHCPv4's ports where IPv4 was announced": (4, ipv6(17, udp(68, 67, b"x")), FrameClass.TUNNEL_DATA),
    "IPv6 in IP": (41, ipv6(6, bytes(20)), FrameClass.TUNNEL_DATA),
    "IPv6 ESP in IP": (41, ipv6(50, ESP), FrameClass.DSMIPV6_SIGNALLING),
    "IPv6 MH in IP": (41, ipv6(60, options_header(135, HAO) + bytes(8)), FrameClass.DSMIPV6_SIGNALLING),
    "IPv6 DHCPv6 in IP": (41, ipv6(17, udp(546, 547, b"")), FrameClass.DHCPV6),
    "IPv6 UDP cut in IP": (41, ipv6(17, b"\2\x22"), FrameClass.TUNNEL_DATA),
    "nothing in IP": (41, b"", FrameClass.TUNNEL_DATA),
    "junk in IP": (41, bytes(60), FrameClass.TUNNEL_DATA),
    "what would be ESP if it were IPv6": (41, b"\x40" + ipv6(50, ESP)[1:], FrameClass.TUNNEL_DATA),
    "IPv6 where IPv4 was announced": (4, ipv6(50, ESP), FrameClass.TUNNEL_DATA),
}
V6_CHAINS: dict[str, tuple[bytes, FrameClass]] = {
    "options before ESP": (ipv6(60, options_header(50, HAO) + ESP), FrameClass.ESP),
    "routing before MH": (ipv6(43, b"\x87\2\2\1" + bytes(20) + bytes(8)), FrameClass.MOBILITY),
    "fragment of UDP": (ipv6(44, fragment_header(17, 0, True) + bytes(16)), FrameClass.FRAGMENT),
    "fragment of TCP": (ipv6(44, fragment_header(6, 0, True) + bytes(16)), FrameClass.OTHER),
    "atomic fragment": (ipv6(44, fragment_header(17, 0, False) + udp(500, 500, b"x")), FrameClass.IKE),
    "broken chain": (ipv6(60, BROKEN_CHAIN), FrameClass.OTHER),
    "255 headers": (ipv6(60, options_header(60, bytes(6)) * 255), FrameClass.OTHER),
    "payload length 0": (ipv6(17, udp(500, 500, b"x"), length=0), FrameClass.IKE),
    "payload length beyond": (ipv6(17, udp(500, 500, b"x"), length=999), FrameClass.IKE),
    "payload length short": (ipv6(17, udp(4500, 4500, b"\xff") + b"\xff", length=9), FrameClass.KEEPALIVE),
}
V4_ODD: dict[str, tuple[bytes, FrameClass]] = {
    "IPv4 options": (ipv4(17, udp(500, 500, b"x"), options=bytes(4)), FrameClass.IKE),
    "first fragment": (ipv4(17, bytes(16), flags=0x2000), FrameClass.FRAGMENT),
    "last fragment": (ipv4(50, bytes(16), flags=5), FrameClass.FRAGMENT),
    "fragment of TCP": (ipv4(6, bytes(16), flags=5), FrameClass.OTHER),
    "total length 0": (ipv4(17, udp(500, 500, b"x"), length=0), FrameClass.IKE),
    "total length 19": (ipv4(17, udp(500, 500, b"x"), length=19), FrameClass.IKE),
    "total length 20": (ipv4(17, udp(500, 500, b"x"), length=20), FrameClass.OTHER),
    "total length leaves padding": (ipv4(17, udp(4500, 4500, b""), length=28) + bytes(18), FrameClass.OTHER),
    "header of 16 bytes": (b"\x44" + ipv4(17, b"")[1:], FrameClass.OTHER),
    "version 5": (b"\x55" + ipv4(17, b"")[1:], FrameClass.OTHER),
}


def _all_packets() -> dict[str, tuple[bytes, FrameClass]]:
    found = {}
    for name, (payload, kind) in PACKETS.items():
        found[f"IPv4, {name}"] = ipv4(17, payload), kind
        found[f"IPv6, {name}"] = ipv6(17, payload), kind
    for name, (protocol, payload, kind) in PROTOCOLS.items():
        found[f"IPv4, {name}"] = ipv4(protocol, payload), kind
        found[f"IPv6, {name}"] = ipv6(protocol, payload), kind
    return found | {f"IPv6, {n}": v for n, v in V6_CHAINS.items()} | {f"IPv4, {n}": v for n, v in V4_ODD.items()}


ALL = _all_packets()


def _framed(packet: bytes) -> list[Frame]:
    """The packet behind every link layer."""
    six = packet[0] >> 4 == 6
    kind = 0x86DD if six else 0x0800
    tag = struct.pack(">H", kind)
    return [
        (ethernet(packet, kind), 1),
        (ethernet(packet, kind, (0x8100, 5)), 1),
        (ethernet(packet, kind, (0x88A8, 5), (0x8100, 6)), 1),
        (ethernet(packet, kind, (0x88A8, 5), (0x9100, 6), (0x8100, 7)), 1),
        (bytes(14) + tag + packet, 113),
        (bytes(14) + b"\x81\0\0\1" + tag + packet, 113),
        (tag + bytes(18) + packet, 276),
        ((30 if six else 2).to_bytes(4, "little") + packet, 0),
        ((24 if six else 2).to_bytes(4) + packet, 108),
        (b"\xff\x03\0" + (b"\x57" if six else b"\x21") + packet, 9),
        ((b"\x57" if six else b"\x21") + packet, 9),
        (b"\x0f\0" + tag + packet, 50),
        (packet, 101),
        (packet, 12),
        (packet, 229 if six else 228),
    ]


def _in_bulk(frames: list[Frame], gap: bytes = b"\xa5" * 7) -> list[int]:
    """All frames through the vector way, out of one buffer with junk between them."""
    data, offsets = bytearray(gap), []
    for frame, _ in frames:
        offsets.append(len(data))
        data += frame + gap
    sizes = np.array([len(frame) for frame, _ in frames], np.int64)
    types = np.array([kind for _, kind in frames], np.uint16)
    return triage(bytes(data), np.array(offsets, np.int64), sizes, types).tolist()


def _one_by_one(frames: list[Frame]) -> list[int]:
    return [int(triage_frame(*frame)) for frame in frames]


@pytest.mark.parametrize("name", ALL)
def test_a_packet_is_in_its_class_behind_every_link_layer(name: str) -> None:
    packet, expected = ALL[name]
    frames = _framed(packet)
    if name != "IPv4, version 5":
        assert {FrameClass(kind) for kind in _one_by_one(frames)} == {expected}
    assert _in_bulk(frames) == _one_by_one(frames)


def test_every_frame_cut_at_every_byte_is_the_same_both_ways() -> None:
    """The gap after a cut frame is what it lost: nothing behind the captured bytes may count."""
    for name, (packet, _) in ALL.items():
        for whole, link_type in _framed(packet[:120]):
            data = np.frombuffer(whole + bytes(64), np.uint8).tobytes()
            sizes = np.arange(len(whole) + 1, dtype=np.int64)
            found = triage(data, np.zeros_like(sizes), sizes, np.full(len(sizes), link_type, np.uint16))
            assert found.tolist() == [int(triage_frame(whole[:size], link_type)) for size in sizes], name


def test_frames_at_the_very_end_of_the_buffer_are_read_no_further() -> None:
    for packet, expected in ALL.values():
        for frame, link_type in _framed(packet)[:1]:
            one = (np.zeros(1, np.int64), np.array([len(frame)], np.int64), np.array([link_type], np.uint16))
            assert triage(frame, *one)[0] == triage_frame(frame, link_type)
            assert triage(frame, *one)[0] == expected or packet[0] >> 4 == 5


def test_frames_that_are_said_to_be_outside_the_buffer_are_cut_to_it() -> None:
    frame = ethernet(ipv4(17, udp(500, 500, b"x" * 28)))
    offset = np.array([0, 0, -5, 10**12, len(frame), 3], np.int64)
    captured = np.array([len(frame), 10**12, 20, 60, 60, -7], np.int64)
    found = triage(frame, offset, captured, np.ones(6, np.uint16)).tolist()
    assert found[:2] == [FrameClass.IKE, FrameClass.IKE]
    assert len(found) == 6


def test_any_buffer_will_do(tmp_path: Path) -> None:
    data = ethernet(ipv4(17, udp(500, 500, b"x" * 28)))
    arrays = (np.zeros(1, np.int64), np.array([len(data)], np.int64), np.ones(1, np.uint16))
    path = tmp_path / "capture"
    path.write_bytes(data)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for buffer in (data, bytearray(data), memoryview(data), mapped):
            assert triage(buffer, *arrays).tolist() == [FrameClass.IKE]


def test_nothing_gives_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert triage(b"", none, none, np.zeros(0, np.uint16)).tolist() == []
    assert triage(b"", np.zeros(2, np.int64), np.zeros(2, np.int64), np.ones(2, np.uint16)).tolist() == [0, 0]


def test_more_frames_than_a_block_of_mixed_kinds_keep_their_places() -> None:
    frames = [frame for packet, _ in ALL.values() for frame in _framed(packet)]
    chance = random.Random(1)
    many = [chance.choice(frames) for _ in range(70_000)]
    data = b"".join(frame for frame, _ in frames)
    starts = dict(zip(frames, np.cumsum([0] + [len(frame) for frame, _ in frames]).tolist(), strict=False))
    expected = dict(zip(frames, _one_by_one(frames), strict=True))
    found = triage(
        data,
        np.array([starts[frame] for frame in many], np.int64),
        np.array([len(frame) for frame, _ in many], np.int64),
        np.array([kind for _, kind in many], np.uint16),
    )
    assert found.tolist() == [expected[frame] for frame in many]


BASES = [frame for packet, _ in ALL.values() for frame in _framed(packet)]
CHANGES = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(BASES), CHANGES, st.integers(0, 200)), min_size=1, max_size=30))
@settings(max_examples=200)
def test_changed_and_cut_frames_of_all_kinds_are_the_same_both_ways(
    picked: list[tuple[Frame, list[tuple[int, int]], int]],
) -> None:
    frames = []
    for (base, link_type), changes, size in picked:
        changed = bytearray(base)
        for at, value in changes:
            changed[at % len(changed)] = value
        frames.append((bytes(changed[:size]), link_type))
    assert _in_bulk(frames) == _one_by_one(frames)


@given(st.lists(st.tuples(st.binary(max_size=100), st.sampled_from([0, 1, 9, 14, 50, 101, 108, 113, 147, 228, 276]))))
@settings(max_examples=100)
def test_random_bytes_are_the_same_both_ways(frames: list[Frame]) -> None:
    assert _in_bulk(frames) == _one_by_one(frames)


SAME = {
    Carried.IKE: FrameClass.IKE,
    Carried.ESP: FrameClass.ESP,
    Carried.KEEPALIVE: FrameClass.KEEPALIVE,
    Carried.MOBILITY: FrameClass.MOBILITY,
    Carried.ICMPV6: FrameClass.ICMPV6,
    Carried.DHCPV4: FrameClass.DHCPV4,
    Carried.DHCPV6: FrameClass.DHCPV6,
    Carried.DNS: FrameClass.DNS,
    Carried.FRAGMENT: FrameClass.FRAGMENT,
}


BY_PORT = {FrameClass.DHCPV4, FrameClass.DHCPV6, FrameClass.DNS}
"""Triage goes by the port, be the datagram empty."""


def _agree(data: bytes, link_type: int) -> None:
    """Triage and the walk have to say the same of a packet that is in no tunnel; a fragment of TCP apart."""
    stack = dissect_frame(Reader(data), link_type)
    packets = [layer.message for layer in stack.layers if isinstance(layer.message, Ipv4Header | Ipv6Header)]
    if len(packets) != 1 or 4191 in stack.ports:
        return
    found = triage_frame(data, link_type)
    if stack.carried is Carried.FRAGMENT and found is FrameClass.OTHER:
        fragment = getattr(packets[0], "fragment", None)
        assert (fragment.next_header if fragment else packets[0].protocol) == 6
    elif stack.carried in SAME:
        assert found is SAME[stack.carried]
    elif stack.body.left or found not in BY_PORT:
        assert found not in SAME.values()


def test_triage_and_the_walk_agree_on_every_frame() -> None:
    for base in BASES:
        for size in (len(base[0]), len(base[0]) - 1, 60):
            _agree(base[0][:size], base[1])


@given(st.sampled_from(BASES), CHANGES, st.integers(0, 200))
@settings(max_examples=200)
def test_triage_and_the_walk_agree_on_changed_and_cut_frames(
    base: Frame, changes: list[tuple[int, int]], size: int
) -> None:
    changed = bytearray(base[0])
    for at, value in changes:
        changed[at % len(changed)] = value
    _agree(bytes(changed[:size]), base[1])
