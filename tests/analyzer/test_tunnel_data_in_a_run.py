"""A run and user data in tunnels: handed on as sums, in order with what is decoded, one by one only where wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.packets import Packet
from analyzer.pipeline import SIGNALLING, Run
from dissectors.triage import FrameClass
from dissectors.tunnels import TunnelSegment
from samples.generator.frames import ethernet, ip, udp
from samples.generator.pcap import EPOCH, Frame, write_pcap

CARE_OF, AGENT, NOWHERE = IPv6Address("2001:db8:77::9"), IPv6Address("2001:db8:ff::1"), IPv6Address("2001:db8:ff::53")
HOMES = [IPv6Address("2001:db8:1::10"), IPv6Address("2001:db8:1::20")]
FAR = IPv6Address("2001:db8:5::80")
MACS = bytes(6), b"\2" * 6


def _data(home: int, size: int = 20) -> bytes:
    inner = ip(HOMES[home], FAR, 6, bytes(size))
    return ethernet(*MACS, ip(CARE_OF, AGENT, 41, inner))


def _udp(source: int, destination: int, data: bytes) -> bytes:
    return ethernet(*MACS, ip(CARE_OF, NOWHERE, 17, udp((CARE_OF, source), (NOWHERE, destination), data)))


KEEPALIVE = _udp(4500, 4500, b"\xff")
DNS = _udp(40000, 53, bytes.fromhex("123401000001000000000000 026861 0000 1c0001".replace(" ", "")))
DHCPV4 = _udp(68, 67, bytes(240))
OTHER = _udp(40000, 40001, b"other")
D0, D1 = _data(0), _data(1, 1000)
STREAM = [D0, D1, D0, OTHER, KEEPALIVE, D1, D1, DNS, DHCPV4, D0, OTHER, D0, KEEPALIVE, D1]
"""Frames 1 to 14."""


@dataclass
class Told:
    """What the decoder was told, in order: the number of a frame, home and frames of a sum, ``packet N`` of one."""

    run: Run
    log: list[object] = field(default_factory=list)
    yielded: list[int] = field(default_factory=list)

    @property
    def sums(self) -> list[tuple[int, list[int]]]:
        return [entry for entry in self.log if isinstance(entry, tuple)]


def _told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    chunk_frames: int = 65536,
    wants: IPv6Address | None = None,
    classes: tuple[FrameClass, ...] = SIGNALLING,
) -> Told:
    path = folder / "capture.pcap"
    write_pcap(path, [Frame(EPOCH + at * 1_000_000, data) for at, data in enumerate(STREAM)])
    with CaptureSource([path], chunk_frames=chunk_frames) as source:
        told = Told(Run(source, judge=False))
        decoder = told.run.decoder
        decode, tunnel_data = decoder.decode, decoder.tunnels.add

        def decoding(number: int, at: int, data: bytes, link_type: int, **more: int) -> Packet:
            told.log.append(number)
            return decode(number, at, data, link_type, **more)

        def summing(segment: TunnelSegment) -> None:
            assert segment.inner_source in HOMES
            told.log.append((HOMES.index(segment.inner_source), list(segment.frames)))
            tunnel_data(segment)

        monkeypatch.setattr(decoder, "decode", decoding)
        monkeypatch.setattr(decoder.tunnels, "add", summing)
        if wants is not None:
            monkeypatch.setattr(decoder.tunnels, "wants_packets", lambda segment: segment.inner_source == wants)

        def one_by_one(number: int, at: int, data: bytes, link_type: int, **more: int) -> None:
            told.log.append(f"packet {number}")

        monkeypatch.setattr(decoder.tunnels, "packet", one_by_one)
        told.yielded = [packet.number for packet in told.run.packets(classes)]
    return told


def test_sums_come_before_the_frame_that_ends_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(tmp_path, monkeypatch)
    assert told.log == [(0, [1, 3]), (1, [2]), 5, (1, [6, 7]), 8, 9, (0, [10, 12]), 13, (1, [14])]
    assert told.yielded == [5, 8, 9, 13]


def test_a_run_counts_what_passed_in_tunnels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _told(tmp_path, monkeypatch).run
    assert run.decoder.tunnels.packets == 8
    assert run.decoder.tunnels.bytes == 4 * (14 + 80 + 20) + 4 * (14 + 80 + 1000)


@pytest.mark.parametrize("chunk_frames", [1, 2, 3, 5, 7])
def test_chunks_part_sums_and_change_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_frames: int
) -> None:
    whole = _told(tmp_path, monkeypatch)
    told = _told(tmp_path, monkeypatch, chunk_frames=chunk_frames)
    assert told.yielded == whole.yielded
    assert _by_gap(told) == _by_gap(whole)


def _by_gap(told: Told) -> dict[tuple[int, int], list[int]]:
    """The frames of each home that were told before each frame that was decoded."""
    gap, found = 0, dict[tuple[int, int], list[int]]()
    for entry in told.log:
        if isinstance(entry, tuple):
            found.setdefault((gap, entry[0]), []).extend(entry[1])
        else:
            gap += 1
    return found


def test_data_that_is_wanted_is_told_behind_its_sum_and_not_among_the_packets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _told(tmp_path, monkeypatch, wants=HOMES[1])
    first = [(0, [1, 3]), (1, [2]), "packet 2", 5, (1, [6, 7]), "packet 6", "packet 7", 8, 9]
    assert told.log == [*first, (0, [10, 12]), 13, (1, [14]), "packet 14"]
    assert told.yielded == [5, 8, 9, 13]


def test_of_a_long_sum_the_first_packets_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.pipeline.MOST_PACKETS", 1)
    told = _told(tmp_path, monkeypatch, wants=HOMES[1])
    assert [entry for entry in told.log if isinstance(entry, str)] == ["packet 2", "packet 6", "packet 14"]


def test_data_among_the_packets_is_told_once_and_ends_no_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(tmp_path, monkeypatch, wants=HOMES[1], classes=(*SIGNALLING, FrameClass.TUNNEL_DATA))
    assert told.yielded == [1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13, 14]
    assert [entry for entry in told.log if isinstance(entry, int)] == told.yielded
    assert sorted(told.sums) == sorted([(0, [1, 3]), (1, [2]), (1, [6, 7]), (0, [10, 12]), (1, [14])])
