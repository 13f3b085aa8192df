"""Several files in one stream: against a plain merge by heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import CaptureSource, Chunk
from analyzer.capture.merge import merged
from tests.analyzer.capture.capture_files import frames_of, interface, packet, pcap, read, section

Times = list[int]


def by_heads(files: list[Times]) -> list[tuple[int, int]]:
    """File and number in it of each frame: always the earliest head, the first file when equal."""
    heads = [0] * len(files)
    order = []
    while True:
        live = [(times[heads[which]], which) for which, times in enumerate(files) if heads[which] < len(times)]
        if not live:
            return order
        _, which = min(live)
        order.append((which, heads[which]))
        heads[which] += 1


def chunks_of(which: int, times: Times, cuts: list[int]):  # type: ignore[no-untyped-def]
    """One file as chunks of the given sizes, over and over; a frame's bytes say where it comes from."""
    data = b"".join(b"%d:%d;" % (which, number) for number in range(len(times)))
    sizes = np.array([len(b"%d:%d;" % (which, number)) for number in range(len(times))], np.int64)
    begin = np.cumsum(sizes) - sizes
    low = turn = 0
    while low < len(times):
        high = min(low + cuts[turn % len(cuts)], len(times))
        rows = slice(low, high)
        count = high - low
        yield Chunk(
            data,
            0,
            begin[rows],
            sizes[rows],
            sizes[rows],
            np.array(times[rows], np.int64),
            np.ones(count, np.uint16),
            np.full(count, which, np.uint32),
            np.full(count, which, np.uint16),
        )
        low, turn = high, turn + 1


@given(
    st.lists(st.lists(st.integers(-5, 30), max_size=25), min_size=1, max_size=4),
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.integers(1, 40),
)
@settings(max_examples=200, deadline=None)
def test_any_files_in_any_chunks_are_merged_by_their_heads(files: list[Times], cuts: list[int], limit: int) -> None:
    chunks = list(merged([chunks_of(which, times, cuts) for which, times in enumerate(files)], limit))
    found = [(int(chunk.file[n]), chunk.frame(n)) for chunk in chunks for n in range(len(chunk))]
    assert found == [(which, b"%d:%d;" % (which, number)) for which, number in by_heads(files)]
    times = [int(at) for chunk in chunks for at in chunk.at]
    assert times == [files[which][number] for which, number in by_heads(files)]
    assert all(len(chunk) <= max(limit, *cuts) for chunk in chunks)


def test_three_rotated_files_come_in_order_of_time_without_a_copy(tmp_path: Path) -> None:
    paths = []
    for number in (2, 0, 1):  # as a shell would not sort them
        path = tmp_path / f"part{number}.pcap"
        path.write_bytes(pcap([(number * 10**6 + n, b"%d/%d" % (number, n)) for n in range(1000)]))
        paths.append(path)
    with CaptureSource(paths, chunk_frames=400) as source:
        chunks = list(source)
        frames = [chunk.frame(n) for chunk in chunks for n in range(len(chunk))]
    assert frames == [b"%d/%d" % (number, n) for number in range(3) for n in range(1000)]
    assert [source.files[chunk.file[0]][-6] for chunk in chunks] == sorted("0" * 4 + "1" * 4 + "2" * 4)
    assert all(chunk.disk is not None for chunk in chunks)
    assert [chunk.first for chunk in chunks[:3]] == [1, 2, 402]


def test_finely_interleaved_files_are_gathered_into_large_chunks(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    first.write_bytes(pcap([(2 * n, b"a%d" % n) for n in range(5000)]))
    second.write_bytes(section() + interface(link=228) + b"".join(packet(b"b%d" % n, 2 * n + 1) for n in range(5000)))
    with CaptureSource([first, second]) as source:
        chunks = list(source)
    assert [f"{name}{n}".encode() for n in range(5000) for name in "ab"] == [
        chunk.frame(n) for chunk in chunks for n in range(len(chunk))
    ]
    assert len(chunks) <= 6
    largest = max(chunks, key=len)
    assert set(zip(largest.file.tolist(), largest.link_type.tolist(), strict=True)) == {(0, 1), (1, 228)}


def test_a_long_run_between_interleaved_frames_stays_where_it_is(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pcap", tmp_path / "b.pcap"
    lull = 600
    first.write_bytes(pcap([(2 * n, b"a%d" % n) for n in range(900)]))
    second.write_bytes(pcap([(2 * n + 1, b"b%d" % n) for n in (*range(50), *range(50 + lull, 900))]))
    with CaptureSource([first, second]) as source:
        frames = list(frames_of(source))
        assert [frame.at for frame in frames] == sorted(frame.at for frame in frames)
    kept = [chunk for chunk in CaptureSource([first, second]) if chunk.disk is not None]
    assert max(len(chunk) for chunk in kept) >= lull


def test_equal_times_keep_the_order_of_the_command_line(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("z", "a", "m")]
    for path in paths:
        path.write_bytes(pcap([(5, path.name.encode())] * 2))
    assert [frame.data for frame in read(*paths)] == [b"z", b"z", b"a", b"a", b"m", b"m"]


def test_one_file_alone_is_never_sorted(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(9, b"late"), (1, b"early")]))
    assert [frame.data for frame in read(path)] == [b"late", b"early"]


def test_warnings_and_drops_of_all_files_come_together(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(pcap([(1, b"x"), (2, b"yz")])[:-1])
    with CaptureSource(paths) as source:
        assert len(list(frames_of(source))) == 4
    assert [warning.path for warning in source.warnings] == [str(path) for path in paths]
    assert [found.file for found in source.interfaces] == [0, 1]
