"""Compressed files, pipes and standard input."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from analyzer.capture import CaptureError, CaptureSource
from tests.analyzer.capture.capture_files import frames_of, interface, packet, pcap, pcap_header, read, record, section

PCAP = pcap([(n * 1000, os.urandom(n % 700)) for n in range(3000)])
PCAPNG = section() + interface() + b"".join(packet(os.urandom(n % 700), n * 1000) for n in range(3000))


def _two_members(data: bytes) -> bytes:
    return gzip.compress(data[:5000]) + gzip.compress(data[5000:]) + bytes(512)


def _two_frames(data: bytes) -> bytes:
    return zstandard.compress(data[:5000]) + zstandard.compress(data[5000:])


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, _two_members, _two_frames])
@pytest.mark.parametrize("data", [PCAP, PCAPNG], ids=["pcap", "pcapng"])
def test_a_compressed_file_gives_the_frames_of_the_plain_one(tmp_path: Path, data: bytes, pack) -> None:  # type: ignore[no-untyped-def]
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(data)
    packed.write_bytes(pack(data))
    with CaptureSource([packed], chunk_frames=1000) as source:
        assert list(frames_of(source)) == read(plain)
        assert source.warnings == []
        assert source.bytes_read == source.bytes_total == packed.stat().st_size


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_compressed_file_that_is_cut_gives_what_can_be_unpacked(tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(PCAP)
    packed.write_bytes(pack(PCAP)[:700_000])
    with CaptureSource([packed]) as source:
        frames = list(frames_of(source))
    assert 1000 < len(frames) < 3000
    assert frames[:-1] == read(plain)[: len(frames) - 1]
    (warning,) = source.warnings
    assert warning.stopped


def test_corrupt_gzip_data_are_named(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(PCAP))
    packed[600_000:600_100] = bytes(100)
    path = tmp_path / "x.gz"
    path.write_bytes(packed)
    with CaptureSource([path]) as source:
        assert len(list(frames_of(source))) > 100
    assert [("gzip" in w.sentence, w.stopped) for w in source.warnings] == [(True, True)]


def test_corrupt_zstd_data_are_named(tmp_path: Path) -> None:
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(PCAP))
    packed[-1] ^= 0xFF
    path = tmp_path / "x.zst"
    path.write_bytes(packed)
    with CaptureSource([path]) as source:
        list(frames_of(source))
    assert ["zstd" in warning.sentence for warning in source.warnings] == [True]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_decompression_bomb_is_read_in_small_pieces(tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "bomb"
    path.write_bytes(pack(pcap_header() + bytes(16 * 2_000_000)))
    with CaptureSource([path]) as source:
        sizes = [(len(chunk), len(chunk.data)) for chunk in source]
    assert sum(frames for frames, _ in sizes) == 2_000_000
    assert max(size for _, size in sizes) < 8 << 20


def _fed(parts: list[bytes]) -> Iterator[int]:
    reading, writing = os.pipe()
    yield reading
    for part in parts:
        os.write(writing, part)
        yield reading
    os.close(writing)
    yield reading


@pytest.mark.parametrize("packer", [None, "gzip", "zstd"])
def test_frames_come_out_of_a_pipe_before_the_next_ones_go_in(packer: str | None) -> None:
    """The reader would wait for ever if it wanted the end of the pipe, or even one frame more."""
    texts = [b"first", b"second" * 1000, b"third"]
    parts = [pcap_header() + record(texts[0]), record(texts[1]), record(texts[2])]
    if packer:
        flush = _gzip_flusher() if packer == "gzip" else _zstd_flusher()
        parts = [flush(part) for part in parts]
    feed = _fed(parts)
    descriptor = next(feed)
    next(feed)
    with CaptureSource([f"/dev/fd/{descriptor}"]) as source:
        assert source.bytes_total is None
        chunks = iter(source)
        for number, text in enumerate(texts):
            chunk = next(chunks)
            assert (chunk.first, len(chunk), chunk.frame(0)) == (number + 1, 1, text)
            next(feed)
        assert next(chunks, None) is None
    os.close(descriptor)


def test_a_frame_comes_out_of_a_pipe_with_its_last_byte() -> None:
    for header, frame in ((pcap_header(), record(b"halved!!")), (section() + interface(), packet(b"halved!!"))):
        feed = _fed([header + frame[:20], frame[20:]])
        descriptor = next(feed)
        next(feed)
        with CaptureSource([f"/dev/fd/{descriptor}"]) as source:
            next(feed)
            assert next(iter(source)).frame(0) == b"halved!!"
        next(feed)
        os.close(descriptor)


def _gzip_flusher():  # type: ignore[no-untyped-def]
    import zlib

    packer = zlib.compressobj(wbits=31)
    return lambda part: packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)


def _zstd_flusher():  # type: ignore[no-untyped-def]
    packer = zstandard.ZstdCompressor().compressobj()
    return lambda part: packer.compress(part) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


@pytest.mark.parametrize("data", [PCAP[:60_000], PCAPNG[:60_000]], ids=["pcap", "pcapng"])
def test_a_stream_of_single_bytes_gives_the_same_frames(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "plain"
    path.write_bytes(data)
    reading, writing = os.pipe()

    def write() -> None:
        for at in range(0, len(data), 7):
            os.write(writing, data[at : at + 7])
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    with CaptureSource([f"/dev/fd/{reading}"]) as source:
        assert list(frames_of(source)) == read(path)
    writer.join()
    os.close(reading)


LIVE = """
import sys
from analyzer.capture import CaptureSource
for chunk in CaptureSource(["-"]):
    for i in range(len(chunk)):
        print(chunk.first + i, chunk.frame(i).decode(), flush=True)
"""


def test_standard_input_is_read_as_it_comes() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LIVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pcap([(0, b"one")]))
        process.stdin.flush()
        assert process.stdout.readline() == b"1 one\n"
        process.stdin.write(record(b"two"))
        process.stdin.close()
        assert process.stdout.readline() == b"2 two\n"
        assert process.wait() == 0


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_as_standard_input_is_read_like_the_file(tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x"
    path.write_bytes(pack(pcap([(0, b"one"), (1, b"two")])))
    with path.open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-c", LIVE], stdin=stdin, capture_output=True, cwd=Path(__file__).parents[3], check=True
        )
    assert done.stdout == b"1 one\n2 two\n"


def test_what_is_packed_twice_or_no_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(gzip.compress(PCAP)))
    with pytest.raises(CaptureError, match=r"what .*x.gz unpacks to is not .*a gzip file again"):
        CaptureSource([path])
    path.write_bytes(zstandard.compress(b"\xff\xd8\xff\xe0"))
    with pytest.raises(CaptureError, match="JPEG"):
        CaptureSource([path])
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(CaptureError, match="empty"):
        CaptureSource([path])
    path.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(CaptureError, match="end early"):
        CaptureSource([path])
