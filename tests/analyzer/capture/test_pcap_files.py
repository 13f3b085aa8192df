"""pcap files, built by hand after the draft."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from tests.analyzer.capture.capture_files import SECOND, Frame, pcap, pcap_header, read_bytes, record


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_both_byte_orders_and_resolutions_give_exact_times(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    data = pcap_header(order, magic=magic, link=101)
    data += record(b"abc", 1_700_000_000, 123_456, order=order)
    data += record(b"", 4_294_967_295, 999_999, order=order, length=60)
    frames, source = read_bytes(tmp_path, data)
    assert frames == [
        Frame(b"abc", 3, 1_700_000_000 * SECOND + 123_456 * unit, 101),
        Frame(b"", 60, 4_294_967_295 * SECOND + 999_999 * unit, 101),
    ]
    assert source.warnings == []
    assert (source.bytes_read, source.bytes_total) == (len(data), len(data))


def test_the_modified_form_has_eight_more_bytes_in_each_record(tmp_path: Path) -> None:
    more = struct.pack("<IHBB", 2, 0x0800, 4, 0)
    data = pcap_header(magic=0xA1B2CD34)
    for text in (b"one", b"three"):
        data += struct.pack("<IIII", 5, 7, len(text), len(text)) + more + text
    frames, _ = read_bytes(tmp_path, data)
    assert [frame.data for frame in frames] == [b"one", b"three"]
    assert frames[0].at == 5 * SECOND + 7000
    frames, source = read_bytes(tmp_path, data[:-2])
    assert [frame.data for frame in frames] == [b"one", b"thr"]
    assert source.warnings[0].offset == 24 + 24 + 3


def test_a_frame_check_sequence_flag_is_no_part_of_the_link_type(tmp_path: Path) -> None:
    frames, source = read_bytes(tmp_path, pcap_header(link=0x54000071) + record(b"x"))
    assert frames[0].link_type == 0x71
    assert source.interfaces[0].link_type == 0x71
    assert source.interfaces[0].snaplen == 65535


def test_an_unknown_version_is_read_with_a_warning(tmp_path: Path) -> None:
    data = bytearray(pcap([(0, b"x")]))
    data[4] = 7
    frames, source = read_bytes(tmp_path, bytes(data))
    assert len(frames) == 1
    assert "version 7.4" in source.warnings[0].sentence


def test_a_capture_without_frames_is_no_fault(tmp_path: Path) -> None:
    frames, source = read_bytes(tmp_path, pcap_header())
    assert frames == []
    assert source.warnings == []


def test_a_frame_that_the_file_cuts_keeps_what_is_there(tmp_path: Path) -> None:
    frames, source = read_bytes(tmp_path, pcap([(0, b"whole"), (1, b"cut here")])[:-5])
    assert frames == [Frame(b"whole", 5, 0), Frame(b"cut", 8, 1000)]
    (warning,) = source.warnings
    assert warning.stopped
    assert (warning.offset, warning.frame) == (24 + 16 + 5, 2)
    assert "cut" in warning.sentence


def test_a_file_that_ends_within_a_record_header_is_told_with_the_place(tmp_path: Path) -> None:
    frames, source = read_bytes(tmp_path, pcap([(0, b"whole"), (1, b"")])[:-3])
    assert [frame.data for frame in frames] == [b"whole"]
    (warning,) = source.warnings
    assert (warning.offset, warning.frame) == (24 + 16 + 5, 1)
    assert str(warning).endswith("(byte 45, after frame 1)")


@pytest.mark.parametrize(
    ("snaplen", "claimed", "believed"),
    [
        (96, 256 << 10, True),
        (96, (256 << 10) + 1, False),
        (300_000, 300_000, True),
        (300_000, 300_001, False),
        (0xFFFFFFFF, 16 << 20, True),
        (0xFFFFFFFF, (16 << 20) + 1, False),
    ],
)
def test_a_length_beyond_reason_ends_the_file(tmp_path: Path, snaplen: int, claimed: int, *, believed: bool) -> None:
    lie = struct.pack("<IIII", 0, 0, claimed, claimed) + b"rest"
    frames, source = read_bytes(tmp_path, pcap_header(snaplen=snaplen) + record(b"good") + lie)
    assert [frame.data for frame in frames] == ([b"good", b"rest"] if believed else [b"good"])
    (warning,) = source.warnings
    assert warning.offset == 24 + 16 + 4
    assert ("claims" not in warning.sentence) == believed


def test_an_original_length_is_passed_on_as_it_is(tmp_path: Path) -> None:
    frames, _ = read_bytes(tmp_path, pcap_header() + record(b"abc", length=1500) + record(b"abc", length=2))
    assert [frame.length for frame in frames] == [1500, 2]


def test_chunks_stay_readable_after_the_source_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(0, b"kept")]))
    with CaptureSource([path]) as source:
        (chunk,) = source
    assert chunk.frame(0) == b"kept"


def test_a_part_of_a_chunk_keeps_numbers_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(n, bytes([n])) for n in range(10)]))
    (chunk,) = CaptureSource([path])
    part = chunk.part(3, 6)
    assert (part.first, len(part), part.frame(0)) == (4, 3, b"\x03")
