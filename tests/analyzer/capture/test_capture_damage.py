"""Damaged files: whatever is readable is used, and nothing but CaptureError comes out."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import CaptureError, CaptureSource
from tests.analyzer.capture.capture_files import (
    Frame,
    block,
    frames_of,
    interface,
    old_packet,
    option,
    packet,
    pcap,
    read_bytes,
    section,
    simple_packet,
)

PCAP = pcap([(1_000_000 + n, bytes(range(n))) for n in (0, 5, 33, 60)], ">")
PCAPNG = (
    section()
    + interface(options=option(2, b"eth0") + option(9, b"\x09"))
    + packet(b"abcde", 1, options=option(4, struct.pack("<Q", 2)))
    + block(4, option(1, b"\xc0\0\2\1ha\0"))
    + old_packet(b"fgh", 2)
    + simple_packet(b"ijklmn")
    + section(">")
    + interface(">", link=228)
    + packet(b"opqr", 3, order=">")
    + block(5, struct.pack(">III", 0, 0, 0) + option(5, bytes(7) + b"\1", ">"), ">")
    + packet(b"", 4, order=">")
)
SAMPLES = pytest.mark.parametrize("data", [PCAP, PCAPNG], ids=["pcap", "pcapng"])


def attempt(folder: Path, data: bytes, chunk_frames: int = 65536) -> tuple[list[Frame], CaptureSource | None]:
    try:
        return read_bytes(folder, data, chunk_frames)
    except CaptureError:
        return [], None


@SAMPLES
def test_a_file_cut_at_every_byte_gives_a_prefix_of_its_frames(tmp_path: Path, data: bytes) -> None:
    whole, _ = read_bytes(tmp_path, data)
    for size in range(len(data)):
        frames, source = attempt(tmp_path, data[:size])
        assert frames[:-1] == whole[: max(len(frames) - 1, 0)]
        if frames:
            full = whole[len(frames) - 1]
            assert full.data.startswith(frames[-1].data)
            assert (frames[-1].length, frames[-1].at) == (full.length, full.at)
            assert source is not None
            assert frames[-1] == full or [warning.stopped for warning in source.warnings][-1]


@SAMPLES
def test_a_cut_is_told_once_unless_it_falls_between_records(tmp_path: Path, data: bytes) -> None:
    quiet = [
        size
        for size in range(24, len(data) + 1)
        if (source := attempt(tmp_path, data[:size])[1]) is not None
        and not any(warning.stopped for warning in source.warnings)
    ]
    assert quiet == _ends(data)


def _ends(data: bytes) -> list[int]:
    """Where records or blocks end, by a walk of the test's own."""
    if data is PCAP:
        return [24, 40, 61, 110, 186]
    ends, at, order = [], 0, "<"
    while at < len(data):
        order = "<" if at < PCAPNG.index(section(">")) else ">"
        at += struct.unpack_from(order + "I", data, at + 4)[0]
        ends.append(at)
    return ends


@SAMPLES
def test_the_size_of_chunks_changes_no_frame(tmp_path: Path, data: bytes) -> None:
    whole, _ = read_bytes(tmp_path, data)
    for chunk_frames in range(1, 7):
        assert read_bytes(tmp_path, data, chunk_frames)[0] == whole


@given(
    st.sampled_from([PCAP, PCAPNG]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4),
    st.integers(1, 6),
)
@settings(max_examples=200, deadline=None)
def test_flipped_bits_give_frames_or_a_sentence_alike_for_every_way_of_reading(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, flips: list[tuple[float, int]], chunk_frames: int
) -> None:
    damaged = bytearray(data)
    for where, mask in flips:
        damaged[int(where * len(data))] ^= mask
    folder = tmp_path_factory.getbasetemp()
    frames, _ = attempt(folder, bytes(damaged))
    assert sum(len(frame.data) for frame in frames) <= len(damaged)
    assert attempt(folder, bytes(damaged), chunk_frames)[0] == frames
    assert _by_stream(folder, bytes(damaged)) == frames


def _by_stream(folder: Path, data: bytes) -> list[Frame]:
    """The same bytes through the streaming window, which gets them in small pieces."""
    reading, writing = os.pipe()

    def write() -> None:
        for at in range(0, len(data), 50):
            os.write(writing, data[at : at + 50])
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        with CaptureSource([f"/dev/fd/{reading}"]) as source:
            return list(frames_of(source))
    except CaptureError:
        return []
    finally:
        thread.join()
        os.close(reading)


def test_many_small_sections_are_read_in_linear_steps(tmp_path: Path) -> None:
    count = 3000
    data = (section() + interface() + packet(b"x")) * count
    frames, source = read_bytes(tmp_path, data)
    assert len(frames) == len(source.interfaces) == count


def test_options_that_lie_end_where_the_block_ends(tmp_path: Path) -> None:
    lying = struct.pack("<HH", 1, 0xFFFF) + struct.pack("<HH", 4, 8)
    data = section() + interface(options=lying) + packet(b"ok", options=lying) + block(4, lying) + block(10, lying)
    frames, source = read_bytes(tmp_path, data)
    assert [frame.data for frame in frames] == [b"ok"]
    assert (source.drops, source.names) == (0, {})
