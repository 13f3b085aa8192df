"""What cannot be opened is refused with one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzer.capture import CaptureError, CaptureSource
from tests.analyzer.capture.capture_files import pcap, pcap_header


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "is empty"),
        (b"\xd4", "only 1 byte"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG picture"),
        (b"%PDF-1.7", "PDF"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0", "an xz file"),
        (b"snoop\0\0\0", "snoop"),
        (b"\x7fELF\x02", "a program"),
        (b"12:00:01 IP 192.0.2.1 > 192.0.2.2\n", "text"),
        (b"\x01\x02\x03\x04", "begins with 01 02 03 04"),
        (pcap_header()[:23], "ends within its file header, after 23 of 24 bytes"),
    ],
)
def test_what_is_no_capture_is_named(tmp_path: Path, data: bytes, word: str) -> None:
    path = tmp_path / "thing.pcap"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match=word) as caught:
        CaptureSource([path])
    assert str(caught.value).count("\n") == 0
    assert "thing.pcap" in str(caught.value)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="does not exist"):
        CaptureSource([tmp_path / "none"])
    with pytest.raises(CaptureError, match="is a folder"):
        CaptureSource([tmp_path])
    with pytest.raises(CaptureError, match="no capture file"):
        CaptureSource([])
    with pytest.raises(CaptureError, match="cannot be opened"):
        CaptureSource(["a\0b"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([]))
    path.chmod(0)
    with pytest.raises(CaptureError, match="permission denied"):
        CaptureSource([path])


def test_one_bad_file_among_good_ones_is_told_before_anything_is_read(tmp_path: Path) -> None:
    good = tmp_path / "good.pcap"
    good.write_bytes(pcap([(0, b"x")]))
    with pytest.raises(CaptureError, match="bad"):
        CaptureSource([good, tmp_path / "bad"])
