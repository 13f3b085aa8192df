"""Tunnel segments: sums beside plain Python's over what was built, and both ways of reading beside each other."""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import ethernet, fragment_header, ipv4, ipv6, options_header, udp
from numpy.typing import NDArray
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether

from dissectors.triage import FrameClass, segments, triage, tunnel_segments
from dissectors.tunnels import Encapsulation, TunnelSegment

Address: TypeAlias = IPv4Address | IPv6Address
Ints: TypeAlias = NDArray[np.int64]
CARE_OF_4, CARE_OF_6 = ip_address("198.51.100.7"), ip_address("2001:db8:77::99")
AGENT_4, AGENT_6 = ip_address("192.0.2.1"), ip_address("2001:db8:ffff::1")
HOME_4, HOME_6 = ip_address("10.0.0.5"), ip_address("2001:db8:1:2::10")
FAR_4, FAR_6 = ip_address("203.0.113.80"), ip_address("2001:db8:5::80")
IN_IP = {
    (6, 6): Encapsulation.IPV6_IN_IPV6,
    (6, 4): Encapsulation.IPV4_IN_IPV6,
    (4, 6): Encapsulation.IPV6_IN_IPV4,
    (4, 4): Encapsulation.IPV4_IN_IPV4,
}
"""By outer and inner version."""
IKE = ethernet(ipv4(17, udp(500, 500, b"\1" * 28)))
TCP = ethernet(ipv4(6, bytes(20)))


@dataclass(frozen=True)
class Sent:
    """A packet in a tunnel: ``ports`` in UDP, ``tlv`` with RFC 5845's header, ``odd`` with more than plain headers."""

    outer: tuple[Address, Address]
    inner: tuple[Address, Address]
    ports: tuple[int, int] = (0, 0)
    tlv: bool = False
    odd: bool = False
    link: int = 0
    size: int = 40  # of the user's data

    @property
    def key(self) -> tuple[Any, ...]:
        """What it is summed by."""
        versions = self.outer[0].version, self.inner[0].version
        in_udp = Encapsulation.UDP_TLV if self.tlv else Encapsulation.UDP
        kind = in_udp if any(self.ports) else IN_IP[versions]
        return (*self.outer, *self.ports, kind, *self.inner, versions[1])

    def packet(self) -> bytes:
        data = _ip(self.inner, 6, bytes(self.size))
        protocol = 4 if self.inner[0].version == 4 else 41
        if not any(self.ports):
            return _ip(self.outer, protocol, data, odd=self.odd)
        header = struct.pack(">BBH", 0, protocol, 0) if self.tlv else b""
        return _ip(self.outer, 17, udp(*self.ports, header + data), odd=self.odd)

    def frame(self) -> tuple[bytes, int]:
        """With its link type."""
        packet = self.packet()
        kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        tags = ((0x88A8, 5), (0x8100, 6), (0x9100, 7))
        if self.link < 4:
            return ethernet(packet, kind, *tags[: self.link]), 1
        return [(packet, 101), (bytes(14) + struct.pack(">H", kind) + packet, 113)][self.link - 4]


def _ip(addresses: tuple[Address, Address], protocol: int, data: bytes, *, odd: bool = False) -> bytes:
    source, destination = addresses
    if isinstance(source, IPv4Address) and isinstance(destination, IPv4Address):
        return ipv4(protocol, data, options=bytes(4 * odd), source=source, destination=destination)
    assert isinstance(source, IPv6Address)
    assert isinstance(destination, IPv6Address)
    if odd:
        protocol, data = 60, options_header(protocol, bytes((1, 4, 0, 0, 0, 0))) + data
    return ipv6(protocol, data, source=source, destination=destination)


@dataclass
class Capture:
    """Frames as a chunk holds them. ``first`` is the number of the first of them."""

    data: bytes
    first: int
    offset: Ints
    captured: Ints
    length: Ints
    at: Ints
    link_type: NDArray[np.uint16]

    @classmethod
    def of(cls, frames: list[tuple[bytes, int]], *, lost: int = 0, times: list[int] | None = None) -> Capture:
        """One ns from frame to frame if no ``times`` are given; of each frame ``lost`` bytes were not captured."""
        sizes = np.array([len(frame) for frame, _ in frames], np.int64)
        at = np.array(times if times is not None else range(len(frames)), np.int64)
        types = np.array([kind for _, kind in frames], np.uint16)
        data = b"".join(frame for frame, _ in frames) + bytes(64)
        return cls(data, 1, np.cumsum(sizes) - sizes, np.maximum(sizes - lost, 0), sizes, at, types)

    def part(self, low: int, high: int) -> Capture:
        rows = slice(low, high)
        return Capture(self.data, self.first + low, self.offset[rows], self.captured[rows], self.length[rows],
                       self.at[rows], self.link_type[rows])  # fmt: skip

    def segments(self, *, scalar: bool = False) -> list[TunnelSegment]:
        """IKE ends a segment. ``scalar`` sends every frame the way of odd ones."""
        network = np.full(len(self.offset), -1, np.int16)
        classes = triage(self.data, self.offset, self.captured, self.link_type, network=network)
        if scalar:
            network[:] = -1
        return tunnel_segments(self, classes, network, np.flatnonzero(classes == FrameClass.IKE))


def _key(segment: TunnelSegment) -> tuple[Any, ...]:
    return (
        segment.outer_source, segment.outer_destination, segment.outer_source_port, segment.outer_destination_port,
        segment.encapsulation, segment.inner_source, segment.inner_destination, segment.inner_family,
    )  # fmt: skip


def _everything(segment: TunnelSegment) -> tuple[Any, ...]:
    return segment, tuple(segment.frames), tuple(segment.times), segment.in_order


UPLINK = Sent((CARE_OF_6, AGENT_6), (HOME_6, FAR_6))
ALL_KINDS = {
    "IPv6 in IPv6": UPLINK,
    "IPv4 in IPv6": Sent((CARE_OF_6, AGENT_6), (HOME_4, FAR_4)),
    "IPv6 in IPv4": Sent((CARE_OF_4, AGENT_4), (HOME_6, FAR_6)),
    "IPv4 in IPv4": Sent((CARE_OF_4, AGENT_4), (HOME_4, FAR_4)),
    "IPv6 in UDP": Sent((CARE_OF_4, AGENT_4), (HOME_6, FAR_6), (40001, 4191)),
    "IPv4 in UDP": Sent((AGENT_4, CARE_OF_4), (FAR_4, HOME_4), (4191, 40001)),
    "IPv4 in UDP over IPv6": Sent((CARE_OF_6, AGENT_6), (HOME_4, FAR_4), (4191, 4191)),
    "IPv6 in UDP with TLV": Sent((CARE_OF_4, AGENT_4), (HOME_6, FAR_6), (4191, 4191), tlv=True),
    "IPv4 in UDP with TLV": Sent((CARE_OF_4, AGENT_4), (HOME_4, FAR_4), (4191, 4191), tlv=True),
}


@pytest.mark.parametrize("name", ALL_KINDS)
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("link", range(6))
def test_a_tunnel_packet_is_a_segment_of_one(name: str, odd: bool, link: int) -> None:
    sent = replace(ALL_KINDS[name], odd=odd, link=link)
    frame, link_type = sent.frame()
    for scalar in (False, True):
        (segment,) = Capture.of([(frame, link_type)], times=[77]).segments(scalar=scalar)
        assert _key(segment) == sent.key
        assert (segment.first_frame, segment.last_frame, segment.first_at, segment.last_at) == (1, 1, 77, 77)
        assert (segment.packets, segment.bytes) == (1, len(frame))


def test_what_scapy_builds_is_read_as_what_scapy_was_told() -> None:
    inner = IPv6(src=str(HOME_6), dst=str(FAR_6)) / UDP(sport=5000, dport=6000) / bytes(30)
    inner_4 = IP(src=str(HOME_4), dst=str(FAR_4)) / UDP(sport=5000, dport=6000) / bytes(30)
    frames = [
        Ether() / IPv6(src=str(CARE_OF_6), dst=str(AGENT_6)) / inner,
        Ether() / Dot1Q(vlan=7) / IP(src=str(CARE_OF_4), dst=str(AGENT_4)) / UDP(sport=40001, dport=4191) / inner,
        Ether() / IP(src=str(CARE_OF_4), dst=str(AGENT_4)) / inner_4,
    ]
    found = Capture.of([(bytes(frame), 1) for frame in frames]).segments()
    assert [_key(segment) for segment in found] == [
        (CARE_OF_6, AGENT_6, 0, 0, Encapsulation.IPV6_IN_IPV6, HOME_6, FAR_6, 6),
        (CARE_OF_4, AGENT_4, 40001, 4191, Encapsulation.UDP, HOME_6, FAR_6, 6),
        (CARE_OF_4, AGENT_4, 0, 0, Encapsulation.IPV4_IN_IPV4, HOME_4, FAR_4, 4),
    ]


def test_signalling_ends_a_segment_and_other_frames_do_not() -> None:
    data = UPLINK.frame()
    found = Capture.of([data, (TCP, 1), data, (IKE, 1), data, data]).segments()
    assert [(s.first_frame, s.last_frame, list(s.frames)) for s in found] == [(1, 3, [1, 3]), (5, 6, [5, 6])]


def test_user_data_of_an_inner_fragment_is_summed_too() -> None:
    inner = ipv6(44, fragment_header(17, 0, True) + bytes(64), source=HOME_6, destination=FAR_6)
    frame = ethernet(ipv6(41, inner, source=CARE_OF_6, destination=AGENT_6), 0x86DD)
    (segment,) = Capture.of([(frame, 1)]).segments()
    assert _key(segment) == UPLINK.key


def test_bytes_are_those_on_the_wire_though_the_capture_cut_them() -> None:
    (segment,) = Capture.of([replace(UPLINK, size=1000).frame()] * 2, lost=900).segments()
    assert (segment.packets, segment.bytes) == (2, 2 * (14 + 40 + 40 + 1000))


@pytest.mark.parametrize("scalar", [False, True])
def test_an_inner_header_that_was_cut_leaves_the_inner_addresses_open(scalar: bool) -> None:
    found = Capture.of([UPLINK.frame(), ALL_KINDS["IPv4 in UDP"].frame()], lost=41).segments(scalar=scalar)
    assert [(s.inner_source, s.inner_destination, s.inner_family) for s in found] == [(None, None, 6), (None, None, 4)]
    assert [s.outer_source for s in found] == [CARE_OF_6, AGENT_4]


def test_padding_of_a_short_packet_is_not_taken_for_an_inner_header() -> None:
    inner = ipv6(59, b"", source=HOME_6, destination=FAR_6)[:20]
    frame = ethernet(ipv4(41, inner, source=CARE_OF_4, destination=AGENT_4) + b"\x11" * 46)
    for scalar in (False, True):
        (segment,) = Capture.of([(frame, 1)]).segments(scalar=scalar)
        assert (segment.inner_source, segment.inner_family) == (None, 6)


def test_what_is_behind_the_udp_length_is_not_taken_for_an_inner_header() -> None:
    inner = ipv6(59, b"", source=HOME_6, destination=FAR_6)
    packet = ipv4(17, udp(4191, 4191, inner, length=8 + 30), source=CARE_OF_4, destination=AGENT_4)
    for scalar in (False, True):
        (segment,) = Capture.of([(ethernet(packet), 1)]).segments(scalar=scalar)
        assert (segment.inner_source, segment.inner_family) == (None, 6)


@pytest.mark.parametrize("scalar", [False, True])
def test_ipv4_where_ipv6_was_announced_is_not_read(scalar: bool) -> None:
    frame = ethernet(ipv4(41, ipv4(6, bytes(40), source=HOME_4, destination=FAR_4)))
    (segment,) = Capture.of([(frame, 1)]).segments(scalar=scalar)
    assert (segment.encapsulation, segment.inner_family) == (Encapsulation.IPV6_IN_IPV4, 6)
    assert (segment.inner_source, segment.inner_destination) == (None, None)


@pytest.mark.parametrize("name", ALL_KINDS)
def test_the_last_frame_of_the_buffer_is_read_as_any_other(name: str) -> None:
    sent = replace(ALL_KINDS[name], size=0)
    capture = Capture.of([sent.frame()] * 2)
    capture.data = capture.data[:-64]
    (segment,) = capture.segments()
    assert (_key(segment), segment.packets) == (sent.key, 2)


def test_an_inner_packet_of_no_ip_version_has_family_0() -> None:
    gre = udp(4191, 4191, b"\0\x2f\0\0" + bytes(40))
    (segment,) = Capture.of([(ethernet(ipv4(17, gre)), 1)]).segments()
    assert (segment.encapsulation, segment.inner_family) == (Encapsulation.UDP_TLV, 0)
    assert segment.inner_source is None


def test_frames_that_follow_a_moment_are_found_exactly() -> None:
    times = [10, 20, 20, 30]
    (segment,) = Capture.of([UPLINK.frame()] * 4, times=times).segments()
    assert [segment.first_at_or_after(at) for at in (0, 10, 11, 20, 21, 30)] == [
        (1, 10), (1, 10), (2, 20), (2, 20), (4, 30), (4, 30),
    ]  # fmt: skip
    assert segment.first_at_or_after(31) is None
    assert list(segment.each()) == [(1, 10), (2, 20), (3, 20), (4, 30)]
    assert segment.sum_only() == segment
    assert segment.sum_only().first_at_or_after(0) is None


def test_times_that_go_backwards_are_searched_in_the_order_of_frames() -> None:
    other = ALL_KINDS["IPv4 in IPv4"].frame()
    frames = [UPLINK.frame(), UPLINK.frame(), other, UPLINK.frame(), other]
    segment, calm = Capture.of(frames, times=[50, 10, 20, 60, 30]).segments()
    assert (segment.in_order, calm.in_order) == (False, True)
    assert segment.first_at_or_after(40) == (1, 50)
    assert segment.first_at_or_after(55) == (4, 60)


SENDERS = st.sampled_from([sent for kind in ALL_KINDS.values() for sent in (
    kind, replace(kind, odd=True), replace(kind, inner=kind.inner[::-1]), replace(kind, outer=kind.outer[::-1]),
    replace(kind, link=3), replace(kind, link=4), replace(kind, link=1, size=1200),
)])  # fmt: skip
STREAMS = st.lists(st.one_of(SENDERS, SENDERS, st.sampled_from([IKE, TCP])), max_size=60)


def _frames(stream: list[Sent | bytes]) -> list[tuple[bytes, int]]:
    return [(item, 1) if isinstance(item, bytes) else item.frame() for item in stream]


Sum: TypeAlias = list[tuple[int, int, int]]


def _expected(stream: list[Sent | bytes]) -> dict[tuple[Any, ...], Sum]:
    """Number, time and size of each packet, by gap and key: one after the other."""
    gap, sums = 0, defaultdict(list)
    for number, item in enumerate(stream, 1):
        gap += item == IKE
        if isinstance(item, Sent):
            sums[gap, *item.key].append((number, number - 1, len(item.frame()[0])))
    return dict(sums)


def _gathered(found: list[TunnelSegment], stream: list[Sent | bytes]) -> dict[tuple[Any, ...], tuple[int, int, Any]]:
    """Packets, bytes, and the frames with their times, by gap and key."""
    sums: dict[tuple[Any, ...], tuple[int, int, Any]] = {}
    for segment in found:
        gap = sum(item == IKE for item in stream[: segment.first_frame])
        assert gap == sum(item == IKE for item in stream[: segment.last_frame])
        packets, size, each = sums.get((gap, *_key(segment)), (0, 0, ()))
        each = (*each, *segment.each())
        sums[gap, *_key(segment)] = packets + segment.packets, size + segment.bytes, each
    return sums


def _as_sums(expected: dict[tuple[Any, ...], Sum]) -> dict[tuple[Any, ...], tuple[int, int, Any]]:
    return {
        key: (len(each), sum(size for _, _, size in each), tuple((frame, at) for frame, at, _ in each))
        for key, each in expected.items()
    }


@given(STREAMS)
@settings(max_examples=100)
def test_segments_are_the_sums_of_what_was_sent_between_signalling(stream: list[Sent | bytes]) -> None:
    found = Capture.of(_frames(stream)).segments()
    expected = _expected(stream)
    assert len(found) == len(expected)
    assert _gathered(found, stream) == _as_sums(expected)
    assert [s.first_frame for s in found] == sorted(each[0][0] for each in expected.values())
    for segment in found:
        assert (segment.first_frame, segment.last_frame) == (segment.frames[0], segment.frames[-1])
        assert (segment.first_at, segment.last_at) == (segment.times[0], segment.times[-1])


@given(STREAMS, st.lists(st.integers(0, 60), max_size=8))
@settings(max_examples=100)
def test_however_a_capture_is_cut_into_chunks_the_sums_are_the_same(
    stream: list[Sent | bytes], edges: list[int]
) -> None:
    capture = Capture.of(_frames(stream))
    places = sorted({0, len(stream), *(edge for edge in edges if edge < len(stream))})
    found = [segment for low, high in pairwise(places) for segment in capture.part(low, high).segments()]
    assert _gathered(found, stream) == _as_sums(_expected(stream))


CHANGES = st.lists(st.tuples(st.integers(0, 110), st.integers(0, 255)), max_size=3)


@given(st.lists(st.tuples(SENDERS, CHANGES), min_size=1, max_size=30), st.integers(0, 90))
@settings(max_examples=300)
def test_changed_and_cut_frames_are_summed_alike_both_ways(
    picked: list[tuple[Sent, list[tuple[int, int]]]], lost: int
) -> None:
    frames = []
    for sent, changes in picked:
        frame, link_type = sent.frame()
        changed = bytearray(frame)
        for at, value in changes:
            changed[at % len(changed)] = value
        frames.append((bytes(changed), link_type))
    capture = Capture.of(frames, lost=lost)
    found = capture.segments()
    assert [_everything(s) for s in found] == [_everything(s) for s in capture.segments(scalar=True)]
    classes = triage(capture.data, capture.offset, capture.captured, capture.link_type)
    assert sum(s.packets for s in found) == np.count_nonzero(classes == FrameClass.TUNNEL_DATA)


@given(STREAMS)
@settings(max_examples=50)
def test_keys_with_the_same_hash_are_told_apart(stream: list[Sent | bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "_hashes", lambda words: np.zeros(len(words), np.uint64))
        found = Capture.of(_frames(stream)).segments()
    assert _gathered(found, stream) == _as_sums(_expected(stream))


def test_a_chunk_of_more_frames_than_are_summed_at_once_gives_the_same_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    stream: list[Sent | bytes] = [IKE, *ALL_KINDS.values(), IKE, *ALL_KINDS.values(), *ALL_KINDS.values()]
    monkeypatch.setattr(segments, "MOST", 4)
    monkeypatch.setattr(segments, "BLOCK", 3)
    found = Capture.of(_frames(stream)).segments()
    assert _gathered(found, stream) == _as_sums(_expected(stream))


def test_many_flows_at_once_are_each_a_segment() -> None:
    flows = [replace(UPLINK, inner=(HOME_6 + number % 251, FAR_6 + number // 251)) for number in range(5000)]
    found = Capture.of(_frames([*flows, *flows])).segments()
    assert {_key(s): s.packets for s in found} == {flow.key: 2 for flow in flows}
    assert len(found) == len(flows)


def test_nothing_gives_nothing() -> None:
    assert Capture.of([]).segments() == []
    assert Capture.of([(TCP, 1)]).segments() == []
