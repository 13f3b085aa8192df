"""Files that grow, keys that come late, time without packets: with a child that only pretends, so at any speed."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.live.child import Said
from analyzer.live.keyring import Keyring
from analyzer.live.pcapng_writer import PcapngFile, SniffedInterface
from analyzer.live.ring import Storage
from analyzer.live.source import MARGIN, CaptureClock, LiveSource
from analyzer.live.update import LiveState
from analyzer.live.work import Work
from analyzer.pipeline import Run, analyze
from rules.model import Verdict
from rules.profile import Profile

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FAULTS = SAMPLES / "dsmip-attach-nat-faults"
SECOND = 1_000_000_000


class Script:
    """A child whose every moment a test decides: each ``listen`` that may wait plays the next step."""

    command = ("dumpcap",)
    asked_to_stop, was_killed, status = True, False, 0

    def __init__(self, steps: Iterator[object]) -> None:
        self.said = Said(drops=0)
        self.ended = False
        self._steps = steps

    def listen(self, seconds: float) -> None:
        if seconds and next(self._steps, self) is self:
            self.ended = True

    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


def pcapng(path: Path, capture: Path) -> bytes:
    """A capture as dumpcap would write it."""
    with CaptureSource([capture]) as source:
        chunks = list(source)
        out = PcapngFile(path, [SniffedInterface("h0", "", int(chunks[0].link_type[0]))])
        for chunk in chunks:
            for index in range(len(chunk)):
                out.packet(0, int(chunk.at[index]), chunk.frame(index))
        out.close()
    return path.read_bytes()


def frames(source: CaptureSource) -> list[tuple[int, int, bytes]]:
    return [
        (chunk.first + index, int(chunk.at[index]), chunk.frame(index))
        for chunk in source
        for index in range(len(chunk))
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return pcapng(tmp_path_factory.mktemp("whole") / "whole.pcapng", FAULTS / "capture.pcap")


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 9000), max_size=40), files=st.integers(1, 3))
def test_a_file_that_grows_piece_by_piece_gives_the_frames_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, cuts: list[int], files: int
) -> None:
    folder = tmp_path_factory.mktemp("grows")

    def steps() -> Iterator[None]:
        for number in range(files):
            path = folder / f"{number}.pcapng"
            path.touch()
            child.said.files.append(path)
            places = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
            for low, high in pairwise(places):
                with path.open("ab") as out:
                    out.write(whole[low:high])
                if high < len(whole) or number == files - 1:
                    yield

    child = Script(steps())
    source = LiveSource(child, "h0")  # type: ignore[arg-type]
    live = frames(source)
    once = frames(CaptureSource([FAULTS / "capture.pcap"]))
    assert [frame for _, *frame in live] == [frame for _, *frame in once] * files
    assert [number for number, *_ in live] == list(range(1, files * len(once) + 1))
    assert not source.warnings


def test_a_file_that_the_ring_overtook_is_counted_and_doubts_absences(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "2.pcapng").write_bytes(whole)
    child = Script(iter(()))
    child.said.files += [tmp_path / "1.pcapng", tmp_path / "2.pcapng"]
    source = LiveSource(child, "h0")  # type: ignore[arg-type]
    assert len(frames(source)) == 31
    assert (source.tail.lost_files, source.drops) == (1, 1)


def test_a_block_that_never_came_whole_is_told_as_cut(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "1.pcapng").write_bytes(whole[:-7])
    child = Script(iter(()))
    child.said.files.append(tmp_path / "1.pcapng")
    source = LiveSource(child, "h0")  # type: ignore[arg-type]
    assert len(frames(source)) == 31, "30 whole ones, and what there is of the last"
    assert [warning.sentence for warning in source.warnings] == ["the last block is cut by the end of the file"]


def test_capture_time_runs_on_in_silence_and_never_ahead_of_packets_on_their_way() -> None:
    now = [0]
    clock = CaptureClock(lambda: now[0])
    assert (clock.at, clock.silence) == (0, None)
    clock.saw(100 * SECOND)
    now[0] += SECOND
    assert (clock.at, clock.silence) == (100 * SECOND, SECOND)
    now[0] += 10 * SECOND
    assert clock.at == 111 * SECOND - MARGIN
    clock.saw(100 * SECOND)  # read again from the beginning
    assert clock.at == 111 * SECOND - MARGIN


def test_an_obligation_is_settled_in_silence(tmp_path: Path) -> None:
    """The last frame is an IKE_SA_INIT request that nobody answers: 30 s of silence make it a fail."""
    unanswered = tmp_path / "unanswered.pcapng"
    data = pcapng(unanswered, SAMPLES / "attach-clean" / "capture.pcap")
    first = first_ike_request(data)
    unanswered.write_bytes(first)
    now, meanwhile = [0], set[str]()

    def steps() -> Iterator[None]:
        child.said.files.append(unanswered)
        for _ in range(3):
            yield
            assert work.run is not None
            assert work.run.engine is not None
            meanwhile.update(f.rule for f in work.run.engine.findings if f.verdict is Verdict.FAIL)
            now[0] += 20 * SECOND

    child = Script(steps())
    work = Work(child, "h0", Keyring(), Profile())  # type: ignore[arg-type]
    work.clock = CaptureClock(lambda: now[0])
    work.start()
    assert work.join(20)
    assert work.state is LiveState.STOPPED
    assert work.results is not None
    assert "RFC7296-04" in meanwhile, "told while the capture goes on"
    failed = {finding.rule for finding in work.results.failures}
    assert failed - {finding.rule for finding in analyze([unanswered]).failures} == {"RFC7296-04", "HA-5.1.3.1-14"}


def first_ike_request(data: bytes) -> bytes:
    """The file up to and with the first frame of IKE."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        at += size
        if kind == 6 and b"\x01\xf4\x01\xf4" in data[at - size : at]:
            return data[:at]
    raise AssertionError


def test_the_ring_of_a_session_that_was_killed_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, running, unrelated = Storage(), Storage(), tmp_path / "dsmip-live-other"
    unrelated.mkdir()
    folders = [storage.prepare().parent for storage in (killed, running)]
    assert killed._lock is not None
    os.close(killed._lock)  # as the system does when a process ends
    for folder in (*folders, unrelated):
        os.utime(folder, (0, 0))
    new = Storage()
    mine = new.prepare().parent
    assert sorted(tmp_path.iterdir()) == sorted([folders[1], unrelated, mine])
    for storage in (running, new):
        storage.clear()
    assert list(tmp_path.iterdir()) == [unrelated]


# Keys


def test_keys_that_are_written_while_we_run_are_found_and_told_once(tmp_path: Path) -> None:
    log, now = tmp_path / "ikev2_decryption_table", [0.0]
    text = next(path for path in sorted((FAULTS / "keys").rglob("*")) if "ikev2" in path.name).read_text()
    log.write_text("")
    ring = Keyring([log], lambda: now[0])
    assert ring.changed() is None
    log.write_text(text)
    now[0] += 1
    found = ring.changed()
    assert found is not None
    assert found.ike == load_keys([log]).ike != []
    with log.open("a") as out:
        out.write("\n")
    now[0] += 1
    assert ring.changed() is None, "nothing new in it"
    assert ring.material.ike == found.ike


def test_an_ike_sa_that_is_half_written_waits_for_its_other_half(captures: Path, tmp_path: Path) -> None:
    whole = (captures / "strongswan-ipv4" / "charon.log").read_text()
    log, now = tmp_path / "charon.log", [0.0]
    log.write_text("")
    ring = Keyring([log], lambda: now[0])
    half = whole.index("Sk_er secret")
    for end in (half, half + 40, len(whole)):
        log.write_text(whole[:end])
        now[0] += 1
        ring.changed()
        assert all(keys.sk_ei and keys.sk_er for keys in ring.material.ike)
    assert len(ring.material.ike) == len([k for k in load_keys([log]).ike if k.sk_ei and k.sk_er]) > 0


def work_with_late_keys(tmp_path: Path, whole: bytes, most_files: int | None, runs: list[Run]) -> Work:
    """A capture of which half is read when the keys come."""
    keys, capture = tmp_path / "keys", tmp_path / "1.pcapng"
    keys.mkdir()

    def steps() -> Iterator[None]:
        child.said.files.append(capture)
        capture.write_bytes(whole[:5000])
        yield
        for path in (FAULTS / "keys").iterdir():
            (keys / path.name).write_bytes(path.read_bytes())
        capture.write_bytes(whole)
        ring._look_at = 0.0
        yield

    child = Script(steps())
    ring = Keyring([keys])
    work = Work(child, "h0", ring, Profile(), most_files=most_files, on_run=runs.append)  # type: ignore[arg-type]
    work.start()
    assert work.join(20)
    assert work.results is not None, work.reason
    return work


def test_keys_that_come_in_the_midst_of_a_file_open_it_from_the_beginning(tmp_path: Path, whole: bytes) -> None:
    runs: list[Run] = []
    work = work_with_late_keys(tmp_path, whole, None, runs)
    assert len(runs) == 2 == work.generation
    assert work.results is not None
    assert work.results.counts.opened == work.results.counts.protected == 16
    fails = [(f.rule, f.frame) for f in work.results.failures]
    assert fails == [
        (f.rule, f.frame) for f in analyze([FAULTS / "capture.pcap"], load_keys([FAULTS / "keys"])).failures
    ]


def test_keys_open_what_is_still_to_come_where_the_beginning_is_overwritten(tmp_path: Path, whole: bytes) -> None:
    runs: list[Run] = []
    work = work_with_late_keys(tmp_path, whole, 1, runs)
    assert len(runs) == 1 == work.generation
    assert work.results is not None
    assert 0 < work.results.counts.opened < work.results.counts.protected == 16
