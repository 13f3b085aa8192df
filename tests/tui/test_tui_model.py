"""What screens are drawn from: the index of all frames, packets made again, rows, marks, times, filters."""

from __future__ import annotations

import gzip
import os
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import dpkt
import numpy as np
import pytest
from tui_driver import FAULTS, SAMPLES

from analyzer.capture import CaptureSource
from analyzer.capture.chunk import Chunk
from analyzer.describe import describe
from analyzer.keys import load_keys
from analyzer.packets import Packet
from analyzer.pipeline import Run
from analyzer.reports.packets import bytes_text, tree_text
from analyzer.tui.filtering import Compiled, Filtering, compile_matcher, completed
from analyzer.tui.follow import Follow, Stage
from analyzer.tui.frame_index import ROOM, FrameIndex
from analyzer.tui.marks import Marks, Severity
from analyzer.tui.model import Model
from analyzer.tui.spool import GoneError
from analyzer.tui.times import TimeForm, time_text
from analyzer.tui.view import View
from dissectors.stack import Carried
from rules.model import Finding, Verdict

CAPTURES = sorted(SAMPLES.glob("**/capture.pcap"))


def loaded(*files: Path, keys: tuple[Path, ...] = ()) -> Follow:
    follow = Follow(list(files), list(keys))
    follow.start()
    follow.wait()
    assert follow.stage is Stage.DONE, follow.trouble
    return follow


def keys_beside(capture: Path) -> tuple[Path, ...]:
    keys = capture.parent / "keys"
    return (keys,) if keys.exists() else ()


def run_packets(capture: Path) -> Iterator[Packet]:
    with CaptureSource([capture]) as source:
        yield from Run(source, load_keys(keys_beside(capture))).packets()


def same(again: Packet, packet: Packet) -> None:
    """A packet made again shows what the run showed."""
    assert tree_text(again) == tree_text(packet)
    assert bytes_text(again) == bytes_text(packet)
    assert describe(again).info == describe(packet).info
    assert (again.sealed, again.copy_of, again.note) == (packet.sealed, packet.copy_of, packet.note)
    if packet.inner is not None:
        assert again.inner is not None
        assert (again.inner.copy_of, again.inner.note) == (packet.inner.copy_of, packet.inner.note)


@pytest.mark.parametrize("capture", CAPTURES[::4], ids=lambda path: path.parent.name)
def test_a_packet_made_again_is_the_one_that_the_run_saw(capture: Path) -> None:
    model = loaded(capture, keys=keys_beside(capture)).model
    for packet in run_packets(capture):
        same(model.packet(packet.number), packet)


def test_joined_ike_fragments_are_made_again(captures: Path) -> None:
    capture = captures / "strongswan-ipv4" / "capture.pcapng"
    model = loaded(capture, keys=(capture.parent,)).model
    joined = 0
    with CaptureSource([capture]) as source:
        for packet in Run(source, load_keys([capture.parent])).packets():
            same(model.packet(packet.number), packet)
            encrypted = getattr(packet.message, "encrypted", None)
            joined += encrypted is not None and encrypted.joined
    assert joined


def test_fragments_and_second_sightings_are_made_again(tmp_path: Path) -> None:
    """An IKE message in IP fragments, a packet captured twice, and what is in ESP in clear before and behind it."""
    sample = SAMPLES / "attach-clean-ipv4"
    with (sample / "capture.pcap").open("rb") as file:
        frames = list(dpkt.pcap.Reader(file))
    packets = run_packets(sample / "capture.pcap")
    first, second = [p for p in packets if p.inner and p.inner.stack.carried is Carried.ICMPV6][:2]
    edited: list[tuple[float, bytes]] = []
    for number, (at, data) in enumerate(frames, 1):
        ethernet = dpkt.ethernet.Ethernet(data)
        large = isinstance(ethernet.data, dpkt.ip.IP) and len(data) > 600
        edited += [(at, part) for part in halves(ethernet)] if large else [(at, data)]
        if number == 2:
            edited.append((at + 1e-5, data))
        for early, packet in ((True, first), (False, second)):
            if number == packet.number and packet.inner is not None:
                clear = data[:12] + b"\x86\xdd" + packet.inner.data
                edited.insert(len(edited) - early, (at, clear))
    capture = tmp_path / "capture.pcap"
    with capture.open("wb") as out:
        writer = dpkt.pcap.Writer(out)
        for at, data in edited:
            writer.writepkt(data, at)
    model = loaded(capture, keys=(sample / "keys",)).model
    kinds = set()
    with CaptureSource([capture]) as source:
        for packet in Run(source, load_keys([sample / "keys"])).packets():
            same(model.packet(packet.number), packet)
            kinds |= {"fragments"} if packet.stack.frames else set()
            kinds |= {packet.note.split(" frame")[0]} if packet.copy_of else set()
            kinds |= {packet.inner.note.split(" frame")[0]} if packet.inner and packet.inner.copy_of else set()
    assert kinds == {
        "fragments",
        "captured twice: the same packet as",
        "captured twice: the same packet as in ESP in",
        "captured twice: the same packet as outside ESP in",
    }


def halves(ethernet: dpkt.ethernet.Ethernet) -> list[bytes]:
    """An IPv4 packet as two fragments, RFC 791 section 3.2."""
    packet = ethernet.data
    body = bytes(packet.data)
    cut = len(body) // 16 * 8
    parts = []
    for start, end, more in ((0, cut, 0x2000), (cut, len(body), 0)):
        header = bytearray(bytes(packet)[:20])
        header[2:4] = (20 + end - start).to_bytes(2, "big")
        header[6:8] = (more | start // 8).to_bytes(2, "big")
        header[10:12] = bytes(2)
        total = sum(int.from_bytes(header[n : n + 2], "big") for n in range(0, 20, 2))
        total = (total & 0xFFFF) + (total >> 16)
        header[10:12] = (0xFFFF - (total & 0xFFFF) - (total >> 16)).to_bytes(2, "big")
        parts.append(bytes(ethernet)[:14] + bytes(header) + body[start:end])
    return parts


def test_every_frame_is_listed_with_its_bytes_and_time() -> None:
    model = loaded(FAULTS / "capture.pcap").model
    with (FAULTS / "capture.pcap").open("rb") as file:
        frames = list(dpkt.pcap.Reader(file))
    assert len(model) == len(frames) == 31
    for number, (at, data) in enumerate(frames, 1):
        assert model.index.data(number) == data
        assert model.index.at(number) == pytest.approx(at * 1e9, abs=1000)


def test_an_unpacked_file_is_read_again_from_its_copy(tmp_path: Path) -> None:
    packed = tmp_path / "capture.pcap.gz"
    packed.write_bytes(gzip.compress((FAULTS / "capture.pcap").read_bytes()))
    plain, unpacked = loaded(FAULTS / "capture.pcap").model, loaded(packed).model
    for number in range(1, 32):
        assert unpacked.index.data(number) == plain.index.data(number)


def test_two_files_are_one_list_by_time() -> None:
    one = FAULTS / "capture.pcap"
    model = loaded(one, one).model
    assert len(model) == 62
    assert [model.index.data(n) for n in (1, 2)] == [loaded(one).model.index.data(1)] * 2


def test_a_file_that_is_cut_while_open_says_so(tmp_path: Path) -> None:
    copy = tmp_path / "capture.pcap"
    copy.write_bytes((FAULTS / "capture.pcap").read_bytes())
    model = loaded(copy).model
    assert model.row(2).protocol == "IKEv2"
    os.truncate(copy, 500)
    with pytest.raises(GoneError):
        model.packet(31)
    assert "cut while it was open" in model.row(31).info


def test_a_deleted_file_stays_readable(tmp_path: Path) -> None:
    copy = tmp_path / "capture.pcap"
    copy.write_bytes((FAULTS / "capture.pcap").read_bytes())
    model = loaded(copy).model
    copy.unlink()
    assert model.row(31).protocol == "DNS"


def test_a_million_frames_cost_a_few_bytes_each() -> None:
    index, step = FrameIndex(), 100_000
    offset = np.arange(step, dtype=np.int64)
    for first in range(1, 1_000_000, step):
        small = np.ones(step, np.int64)
        chunk = Chunk(
            bytes(2 * step), first, offset, small, small, offset + first, small.astype(np.uint16),
            small.astype(np.uint32), small.astype(np.uint16),
        )  # fmt: skip
        index.add(chunk, np.zeros(step, np.uint8))
    assert index.count == 1_000_000
    assert index.at(1_000_000) == 999_999 - 900_000 + 900_001
    assert index.bytes_held / index.count < 32


def chunk_of(count: int, first: int, size: int = 100) -> Chunk:
    """Frames of their own number each, as a pipe gives them."""
    data = b"".join(first.to_bytes(4, "big") + bytes(size - 4) for first in range(first, first + count))
    sizes, numbers = np.full(count, size), np.ones(count, np.int64)
    small = numbers.astype(np.uint16)
    return Chunk(
        data, first, size * np.arange(count), sizes, sizes, numbers * first, small, small.astype(np.uint32), small
    )


@pytest.mark.parametrize(("bytes_", "frames", "least"), [(100_000, 1 << 30, 1000), (1 << 40, 5000, 4000)])
def test_a_long_capture_keeps_what_its_room_holds(bytes_: int, frames: int, least: int) -> None:
    model = Model(index=FrameIndex(bytes_, frames))
    view, most = View(model), 0
    view.chosen = array("q", range(1, 120_001, 7))
    for first in range(1, 120_001, 500):
        model.add_chunk(chunk_of(500, first), np.zeros(500, np.uint8))
        most = max(most, model.index.bytes_held)
    index, first = model.index, model.first
    assert least <= index.count - first + 1 <= 1.1 * max(least, 5000)
    assert most <= 3 * ROOM * 32
    assert [int.from_bytes(index.data(n)[:4], "big") for n in (first, index.count)] == [first, 120_000]
    with pytest.raises(GoneError):
        index.data(first - 1)
    assert (model.at(first - 1), model.start, "no longer kept" in model.row(first - 1).info) == (None, 1, True)
    assert view.trim() > 0
    assert view.number(0) == min(n for n in range(1, 120_001, 7) if n >= first)
    view.chosen = None
    assert (view.number(0), view.number(len(view) - 1), view.line(first), view.line(1)) == (first, 120_000, 0, 0)
    assert not view.shows(first - 1)


def test_other_frames_are_decoded_when_shown() -> None:
    row = loaded(FAULTS / "capture.pcap").model.row(20)  # tunnelled user data, which the run only counts
    assert (row.source, row.destination, row.protocol) == ("10.64.0.9", "198.51.100.7", "ICMP")
    assert row.session == 0


def test_roles_stand_beside_addresses() -> None:
    row = loaded(FAULTS / "capture.pcap", keys=(FAULTS / "keys",)).model.row(13)
    assert (row.source, row.source_role) == ("2001:db8:1:2::10", "HoA")
    assert row.destination_role == "HA"


def test_without_keys_the_reason_is_kept() -> None:
    model = loaded(FAULTS / "capture.pcap").model
    assert model.row(13).sealed
    assert "no key" in str(model.packet(13).sealed)


def test_a_load_that_is_stopped_keeps_what_it_read() -> None:
    follow = Follow([FAULTS / "capture.pcap"], chunk_frames=4)
    follow.stop()
    follow.start()
    follow.wait()
    assert follow.stage is Stage.STOPPED
    assert follow.results is not None
    assert follow.frames < 31


def test_a_load_that_fails_says_why(tmp_path: Path) -> None:
    follow = Follow([FAULTS / "capture.pcap"], [tmp_path / "missing"])
    follow.start()
    follow.wait()
    assert follow.stage is Stage.FAILED
    assert "missing" in follow.trouble


def test_marks_lead_from_one_failure_to_the_next() -> None:
    marks = Marks({"X-B": "ignore", "X-C": "warning"})
    for rule, frame in (("X-A", 7), ("X-A", 3), ("X-B", 5), ("X-C", 9)):
        marks.add([Finding(rule, 1, Verdict.FAIL, frame, 0)])
    marks.add([Finding("X-A", 1, Verdict.INCONCLUSIVE, 4, 0)])
    assert (marks.next_after(0), marks.next_after(3), marks.next_after(9)) == (3, 7, None)
    assert (marks.last_before(9), marks.last_before(3)) == (7, None)
    assert marks.worst[9] is Severity.WARNING
    assert marks.fails == 3


def test_each_severity_has_a_sign_and_a_letter_of_its_own() -> None:
    marks = {severity.mark for severity in Severity}
    assert len({mark[0] for mark in marks}) == len({mark[1] for mark in marks}) == len(Severity)


def test_times_are_shown_in_four_forms() -> None:
    start, at = 1_600_000_000_000_000_000, 1_600_000_012_345_678_901  # 2020-09-13 12:26:40 UTC
    assert time_text(at, TimeForm.START, start=start, before=start) == "12.345678"
    assert time_text(start, TimeForm.DELTA, start=start, before=at) == "-12.345678"
    assert time_text(at, TimeForm.UTC, start=start, before=start) == "12:26:52.345678"
    local = time.localtime(at // 10**9)
    assert time_text(at, TimeForm.LOCAL, start=start, before=start).startswith(f"{local.tm_hour:02}:")
    assert time_text(2**62, TimeForm.UTC, start=0, before=0)


def test_a_filter_lists_the_frames_that_match() -> None:
    model = loaded(FAULTS / "capture.pcap", keys=(FAULTS / "keys",)).model
    filtering = Filtering(model, compile_matcher("dns", model))
    filtering.start()
    filtering.wait()
    assert list(filtering.chosen) == [28, 29, 30, 31]
    view = View(model)
    view.chosen = filtering.chosen
    assert [view.number(0), view.line(29), view.line(5), len(view)] == [28, 1, 0, 4]
    assert view.shows(30)
    assert not view.shows(5)


def test_a_filter_may_ask_for_verdicts() -> None:
    model = loaded(FAULTS / "capture.pcap", keys=(FAULTS / "keys",)).model
    compiled = compile_matcher('rule.id == "UE-5.1.2.4-14" and verdict == fail', model)
    assert compiled.needs_verdicts
    assert [number for number in range(1, 32) if compiled.matches(number)] == [13]


def test_a_filter_that_asks_for_verdicts_waits_for_them() -> None:
    model = Model()
    filtering = Filtering(model, Compiled(lambda number: number > 0, needs_verdicts=True))
    model._reached = 5
    filtering.start()
    time.sleep(0.1)
    assert filtering.reached == 0
    model.complete = True
    filtering.wait(5)
    assert list(filtering.chosen) == [1, 2, 3, 4, 5]


def test_field_names_are_spelled_out() -> None:
    assert completed("ip.src == 1.2.3.4 and isakmp.exch") == "ip.src == 1.2.3.4 and isakmp.exchangetype"
    assert completed("nothing.begins.so") is None
    assert completed("ip.src == ") is None


def test_a_filter_follows_a_load() -> None:
    model = Model()
    filtering = Filtering(model, Compiled(lambda number: number % 2 == 0))
    filtering.start()
    assert filtering.busy
    model.complete = True
    filtering.wait(5)
    assert not filtering.busy
