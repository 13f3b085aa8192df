"""A file that is cut while it is read: what was there is used, one warning says so, and the process lives."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analyzer.capture.source
import analyzer.capture.window
from analyzer.capture import CaptureSource
from analyzer.pipeline import Run
from tests.analyzer.capture.capture_files import frames_of, interface, packet, pcap, section

COUNT, SIZE = 6000, 100
FRAMES = [(n, b"%06d" % n + bytes(SIZE - 6)) for n in range(COUNT)]


def plain() -> bytes:
    return pcap(FRAMES)


def blocks() -> bytes:
    return section() + interface() + b"".join(packet(data, at) for at, data in FRAMES)


KINDS = pytest.mark.parametrize("make", [plain, blocks])


@KINDS
@pytest.mark.parametrize("left", [0, 30, 5000, 300_000])
def test_a_file_that_is_cut_between_chunks_ends_there_with_one_warning(
    tmp_path: Path, make: Callable[[], bytes], left: int
) -> None:
    path = tmp_path / "cut"
    path.write_bytes(make())
    with CaptureSource([path], chunk_frames=300) as source:
        chunks = iter(source)
        first = next(chunks)
        os.truncate(path, left)
        rest = list(chunks)
        found = [chunk.frame(n) for chunk in (first, *rest) for n in range(len(chunk))]
    assert 300 <= len(found) < COUNT
    assert found[:-1] == [data for _, data in FRAMES[: len(found) - 1]]
    assert FRAMES[len(found) - 1][1].startswith(found[-1])
    assert [warning.stopped for warning in source.warnings] == [True]
    assert "the file was cut while it was open" in source.warnings[0].sentence


@KINDS
def test_a_run_over_a_file_that_is_cut_on_the_way_ends_with_results(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "cut"
    path.write_bytes(make())
    with CaptureSource([path], chunk_frames=300) as source:
        run = Run(source)
        run.on_chunk = lambda chunk, kinds: os.truncate(path, 1000)
        assert list(run.packets()) == []
        results = run.results()
    assert 300 <= results.counts.frames < COUNT
    assert ["was cut while it was open" in warning for warning in results.warnings] == [True]


def test_what_is_appended_while_a_file_is_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "grows"
    path.write_bytes(plain())
    with CaptureSource([path], chunk_frames=300) as source:
        chunks = iter(source)
        count = len(next(chunks))
        with path.open("ab") as out:
            out.write(bytes(7))
        assert count + sum(map(len, chunks)) == COUNT
        assert source.warnings == []


@settings(max_examples=60, deadline=None)
@given(first=st.integers(4, 400), block=st.integers(1, 1500), limit=st.integers(1, 40), kind=st.booleans())
def test_blocks_of_any_size_give_the_same_frames(
    tmp_path_factory: pytest.TempPathFactory, first: int, block: int, limit: int, kind: bool
) -> None:
    frames = FRAMES[:50]
    path = tmp_path_factory.mktemp("blocks") / "any"
    path.write_bytes(pcap(frames) if kind else section() + interface() + b"".join(packet(d, at) for at, d in frames))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analyzer.capture.window, "FIRST", first)
        patch.setattr(analyzer.capture.source, "BLOCK", block)
        with CaptureSource([path], chunk_frames=limit) as source:
            assert [frame.data for frame in frames_of(source)] == [data for _, data in frames]
            assert source.bytes_read == source.bytes_total == path.stat().st_size
            assert source.warnings == []
