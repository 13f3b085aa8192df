"""pcapng files: every block type, built by hand after the draft."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from pathlib import Path

import pytest

from analyzer.capture import Block
from tests.analyzer.capture.capture_files import (
    SECOND,
    Frame,
    block,
    interface,
    old_packet,
    option,
    packet,
    read_bytes,
    section,
    simple_packet,
)

ORDERS = pytest.mark.parametrize("order", ["<", ">"])


@ORDERS
def test_all_packet_blocks_are_read(tmp_path: Path, order: str) -> None:
    data = section(order) + interface(order, link=1) + interface(order, link=228)
    data += packet(b"enhanced", 5_000_001, 1, order=order, length=99)
    data += old_packet(b"old", 7_000_002, 1, order=order)
    data += simple_packet(b"simple", order=order, length=6)
    data += packet(b"", 2**32 * 3, 0, order=order)
    frames, source = read_bytes(tmp_path, data)
    assert frames == [
        Frame(b"enhanced", 99, 5_000_001_000, 228),
        Frame(b"old", 3, 7_000_002_000, 228),
        Frame(b"simple", 6, 7_000_002_000, 1),
        Frame(b"", 0, 2**32 * 3000, 1),
    ]
    assert ["simple packet" in warning.sentence for warning in source.warnings] == [True]


def test_a_simple_packet_is_bounded_by_the_snapshot_length_of_the_first_interface(tmp_path: Path) -> None:
    data = section() + interface(snaplen=5) + simple_packet(b"12345678"[:5], length=1000)
    frames, _ = read_bytes(tmp_path, data)
    assert frames == [Frame(b"12345", 1000, 0)]


def test_a_simple_packet_as_the_last_block_is_smaller_than_other_headers(tmp_path: Path) -> None:
    frames, source = read_bytes(tmp_path, section() + interface() + simple_packet(b""))
    assert frames == [Frame(b"", 0, 0)]
    assert not any(warning.stopped for warning in source.warnings)


def test_simple_packets_take_the_time_of_the_frame_before_over_chunks_and_sections(tmp_path: Path) -> None:
    data = section() + interface() + packet(b"a", 9) + simple_packet(b"b") + simple_packet(b"c")
    data += section(">") + interface(">") + simple_packet(b"d", order=">")
    for chunk_frames in (1, 2, 100):
        frames, _ = read_bytes(tmp_path, data, chunk_frames)
        assert [(frame.data, frame.at) for frame in frames] == [(b"a", 9000), (b"b", 9000), (b"c", 9000), (b"d", 9000)]


def test_sections_of_either_byte_order_number_their_interfaces_anew(tmp_path: Path) -> None:
    data = section("<") + interface("<", link=1) + interface("<", link=113) + packet(b"a", 1, 1)
    data += section(">") + interface(">", link=276) + packet(b"b", 2, 0, order=">")
    data += section("<") + interface("<", link=101) + packet(b"c", 3, 0)
    frames, source = read_bytes(tmp_path, data)
    assert [(frame.data, frame.link_type) for frame in frames] == [(b"a", 113), (b"b", 276), (b"c", 101)]
    assert [found.link_type for found in source.interfaces] == [1, 113, 276, 101]


@pytest.mark.parametrize(
    ("resolution", "units", "nanoseconds"),
    [
        (6, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
        (0, 1_700_000_000, 1_700_000_000 * SECOND),
        (12, 1_700_000_000_123_456_789 * 10 + 9, 17_000_000_001_234_567),
        (0x80 | 10, 1_700_000_000 * 1024 + 512, 1_700_000_000_500_000_000),
        (0x80 | 20, 1_700_000_000 * 2**20 + 1, 1_700_000_000 * SECOND + 953),
        (0x80 | 32, 1_700_000_000 * 2**32 + 2**31 + 1, 1_700_000_000_500_000_000),
    ],
)
def test_timestamps_are_exact_in_every_resolution(
    tmp_path: Path, resolution: int, units: int, nanoseconds: int
) -> None:
    data = section() + interface(options=option(9, bytes([resolution])) + option(0, b"")) + packet(b"x", units)
    frames, source = read_bytes(tmp_path, data)
    assert frames[0].at == nanoseconds
    assert source.interfaces[0].resolution == resolution


def test_interfaces_of_different_clocks_are_converted_each_by_its_own(tmp_path: Path) -> None:
    data = section() + interface() + interface(options=option(9, b"\x09"))
    data += interface(options=option(14, struct.pack("<q", -2)))
    data += packet(b"a", 5_000_000, 0) + packet(b"b", 5, 1) + packet(b"c", 5_000_000, 2) + packet(b"d", 6_000_000, 0)
    frames, _ = read_bytes(tmp_path, data)
    assert [frame.at for frame in frames] == [5 * SECOND, 5, 3 * SECOND, 6 * SECOND]


def test_a_time_beyond_int64_is_clamped_and_told_once(tmp_path: Path) -> None:
    data = section() + interface() + packet(b"x", 2**64 - 1) * 2
    frames, source = read_bytes(tmp_path, data)
    assert frames[0].at <= 2**63 - 1
    assert frames[0].at > 2**63 - 2000
    assert len(source.warnings) == 1


@ORDERS
def test_an_interface_says_what_it_is(tmp_path: Path, order: str) -> None:
    options = option(2, b"eth0", order) + option(3, "Gl\u00fchbirne\x1b[31m".encode(), order)
    options += option(11, b"\0udp port 500", order) + option(0, b"", order)
    _, source = read_bytes(tmp_path, section(order) + interface(order, snaplen=96, options=options))
    (found,) = source.interfaces
    assert (found.name, found.filter, found.snaplen) == ("eth0", "udp port 500", 96)
    assert found.description == "Gl\u00fchbirne\ufffd[31m"


@ORDERS
def test_names_secrets_and_unknown_blocks_are_kept_and_listed(tmp_path: Path, order: str) -> None:
    names = option(1, ip_address("192.0.2.1").packed + b"ha.example\0other\0", order)
    names += option(2, ip_address("2001:db8::1").packed + b"ue.example\0", order) + option(0, b"", order)
    secret = struct.pack(order + "II", 0x544C534B, 9) + b"CLIENT_RA"
    data = section(order) + interface(order)
    parts = [(4, names), (10, secret), (0xBAD, struct.pack(order + "I", 32473) + b"custom"), (0x7777, b"")]
    places = [Block(0, 0, 0x0A0D0D0A), Block(0, 28, 1)]
    for kind, body in parts:
        places.append(Block(0, len(data), kind))
        data += block(kind, body, order) + packet(b"x", order=order)
    frames, source = read_bytes(tmp_path, data)
    assert len(frames) == 4
    assert source.names == {ip_address("192.0.2.1"): "ha.example", ip_address("2001:db8::1"): "ue.example"}
    assert [(found.type, found.data) for found in source.secrets] == [(0x544C534B, b"CLIENT_RA")]
    assert "CLIENT" not in repr(source.secrets)
    assert source.blocks == places


@ORDERS
def test_lost_frames_are_the_larger_of_what_statistics_and_packets_report(tmp_path: Path, order: str) -> None:
    def lost(code: int, count: int) -> bytes:
        return option(code, struct.pack(order + "Q", count), order)

    def statistics(number: int, *options: bytes) -> bytes:
        return block(5, struct.pack(order + "III", number, 0, 0) + b"".join(options), order)

    data = section(order) + interface(order) * 3
    data += statistics(0, lost(5, 1), lost(7, 1)) + statistics(0, lost(4, 100), lost(5, 2), lost(7, 3))
    comment = option(1, b"a comment", order)
    data += packet(b"abc", order=order, options=comment + lost(4, 3) + option(0, b"", order))
    data += packet(b"abc", 0, 1, order=order, options=lost(4, 7))
    data += packet(b"abc", 0, 1, order=order, options=option(2, bytes(4), order))
    data += old_packet(b"", 0, 2, 11, order=order) + old_packet(b"", 0, 2, order=order)
    _, source = read_bytes(tmp_path, data)
    assert [found.drops for found in source.interfaces] == [5, 7, 11]
    assert source.drops == 23


@ORDERS
def test_when_capturing_ended_is_believed_of_a_file_that_holds_all_that_was_captured(
    tmp_path: Path, order: str
) -> None:
    """In units of the interface, but dumpcap 4.0 counts microseconds always. What is filtered is not believed."""

    def statistics(end: int, received: int, *, dumpcap: bool = False) -> bytes:
        times = option(3, struct.pack(order + "II", end >> 32, end & 0xFFFFFFFF), order)
        comment = option(1, b"Counters provided by dumpcap", order) if dumpcap else b""
        counts = option(4, struct.pack(order + "Q", received), order)
        return block(5, struct.pack(order + "III", 0, 0, 0) + comment + times + counts, order)

    seconds = 1_700_000_000
    frames = packet(b"a", seconds * 10**9, order=order) + packet(b"b", seconds * 10**9, order=order)
    data = section(order) + interface(order, options=option(9, b"\x09", order)) + frames
    for end, received, dumpcap, ended_at in (
        ((seconds + 60) * 10**9, 2, False, (seconds + 60) * 10**9),
        ((seconds + 60) * 10**6, 2, True, (seconds + 60) * 10**9),
        ((seconds + 60) * 10**9, 2, True, (seconds + 60) * 10**9),
        ((seconds + 60) * 10**9, 3, False, 0),
        (0, 2, False, 0),
    ):
        _, source = read_bytes(tmp_path, data + statistics(end, received, dumpcap=dumpcap))
        assert source.ended_at == ended_at
    assert read_bytes(tmp_path, data)[1].ended_at == 0


def test_frames_of_an_interface_nobody_described_are_left_out(tmp_path: Path) -> None:
    data = section() + packet(b"early") + interface() + packet(b"a", 1) + packet(b"stray", 2, 1) + packet(b"b", 3)
    data += interface() + packet(b"c", 4, 1)
    for chunk_frames in (1, 3, 100):
        frames, source = read_bytes(tmp_path, data, chunk_frames)
        assert [frame.data for frame in frames] == [b"a", b"b", b"c"]
        assert len(source.warnings) == 1
        assert not source.warnings[0].stopped


IMPOSSIBLE = (0, 4, 8, 11, 13, 33, (64 << 20) + 4, 0xFFFFFFFC)


@pytest.mark.parametrize(("kind", "size"), [(kind, size) for kind in (6, 5, 1) for size in IMPOSSIBLE] + [(6, 28)])
def test_a_block_length_that_cannot_be_true_ends_the_file(tmp_path: Path, kind: int, size: int) -> None:
    good = section() + interface() + packet(b"good")
    lie = struct.pack("<II", kind, size) + bytes(40) + packet(b"never")
    frames, source = read_bytes(tmp_path, good + lie)
    assert [frame.data for frame in frames] == [b"good"]
    (warning,) = source.warnings
    assert warning.stopped
    assert (warning.offset, warning.frame) == (len(good), 1)
    assert len(source.interfaces) == 1


@pytest.mark.parametrize("bad", [packet(b"lies"), block(5, bytes(12)), interface()])
def test_lengths_that_differ_end_the_file(tmp_path: Path, bad: bytes) -> None:
    good = section() + interface() + packet(b"good")
    frames, source = read_bytes(tmp_path, good + bad[:-4] + b"\x30\0\0\0" + interface() + packet(b"never"))
    assert [frame.data for frame in frames] == [b"good"]
    assert [(warning.offset, warning.stopped) for warning in source.warnings] == [(len(good), True)]
    assert len(source.interfaces) == 1


def test_a_frame_larger_than_its_block_ends_the_file(tmp_path: Path) -> None:
    bad = bytearray(packet(b"abcd"))
    struct.pack_into("<I", bad, 20, 5)
    frames, source = read_bytes(tmp_path, section() + interface() + packet(b"good") + bytes(bad))
    assert [frame.data for frame in frames] == [b"good"]
    assert "claims to hold 5 bytes" in source.warnings[0].sentence


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4E, 1, 0, -1)), "byte order"),
        (section(version=2), "version 2.0"),
    ],
)
def test_a_section_that_cannot_be_read_ends_the_file(tmp_path: Path, bad: bytes, word: str) -> None:
    frames, source = read_bytes(tmp_path, section() + interface() + packet(b"good") + bad + packet(b"never"))
    assert [frame.data for frame in frames] == [b"good"]
    assert word in source.warnings[0].sentence


def test_many_interfaces_and_many_clocks_do_not_take_quadratic_time(tmp_path: Path) -> None:
    """Twenty thousand interfaces with a clock each and a frame each; a pass for each would take minutes."""
    count = 20_000
    data = section() + b"".join(interface(options=option(14, struct.pack("<q", n))) for n in range(count))
    data += b"".join(packet(b"x", 0, n) for n in range(count))
    frames, _ = read_bytes(tmp_path, data)
    assert [frame.at for frame in frames] == [n * SECOND for n in range(count)]
