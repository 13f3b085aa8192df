"""Real captures against dpkt, capinfos and tshark."""

from __future__ import annotations

import csv
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import dpkt
import pytest

from analyzer.capture import CaptureSource
from tests.analyzer.capture.capture_files import Frame, frames_of

DAMAGED = {
    "crash-81dba690a3f67ee41a41390a625db732fa1413a1": (12, "the last frame is cut"),
    "crash-8534c61cdf5987482365d7877ade12eef5aaf8b7": (2, "ends within a record header"),
    "crash-eec28dafde1f1ac2299674a75a914ae16d4046fa": (1, "claims to hold 4,294,967,295 bytes"),
    "crash-exception-cast-constructed-record": (2, "claims to hold 167,776,960 bytes"),
    "crash-invalid-asn-record-len": (1, "ends within a record header"),
    "crash-pcapng-epb-unbounded-length": (0, "claims to hold 65,536 bytes"),
}
"""Frames and the word for the damage. Wireshark stops at the same places but for two: it leaves out the cut
frame of the first, and takes the fourth, whose records have slipped by a byte, for another kind of pcap."""

NO_CAPTURE = "crash-null-deref-pcapng-shb"


def _read(path: Path) -> tuple[list[Frame], CaptureSource]:
    with CaptureSource([path]) as source:
        return list(frames_of(source)), source


def _sound(captures: Path) -> list[Path]:
    files = [*captures.rglob("*.pcap"), *captures.rglob("*.pcapng"), *captures.rglob("crash-*")]
    return sorted(path for path in files if path.name not in DAMAGED and path.name != NO_CAPTURE)


def test_every_capture_gives_the_frames_that_dpkt_reads(captures: Path) -> None:
    assert len(_sound(captures)) > 25
    for path in _sound(captures):
        frames, source = _read(path)
        with path.open("rb") as file:
            reader = dpkt.pcapng.Reader(file) if path.suffix == ".pcapng" else dpkt.pcap.Reader(file)
            assert [frame.data for frame in frames] == [data for _, data in reader], path
        assert source.warnings == []


def test_damaged_captures_give_what_is_readable_and_one_warning(captures: Path) -> None:
    for name, (count, word) in DAMAGED.items():
        frames, source = _read(captures / "robustness" / name)
        assert len(frames) == count
        (warning,) = source.warnings
        assert word in warning.sentence
        assert warning.stopped


@pytest.mark.skipif(shutil.which("capinfos") is None, reason="capinfos is not here")
def test_every_capture_has_the_sums_that_capinfos_counts(captures: Path) -> None:
    paths = _sound(captures)
    run = ["capinfos", "-TmQrcdae", "-S", *map(str, paths)]
    table = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    for name, count, size, first, last in csv.reader(table.splitlines()):
        frames, _ = _read(Path(name))
        assert (len(frames), sum(frame.length for frame in frames)) == (int(count), int(size)), name
        if frames:
            begin, end = min(frame.at for frame in frames), max(frame.at for frame in frames)
            assert (begin, end) == (int(Decimal(first) * 10**9), int(Decimal(last) * 10**9)), name


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
@pytest.mark.parametrize(
    "name",
    [
        "strongswan-ipv4/capture.pcapng",
        "wireshark/ikev2-decrypt-aes256cbc.pcapng",
        "carriers/testattach.pcapng",
        "tcpdump/ipv6_mobility_1.pcap",
        "robustness/mobility_opt_asan.pcap",
    ],
)
def test_tshark_sees_the_same_frames_at_the_same_nanoseconds(captures: Path, name: str) -> None:
    path = captures / name
    fields = ("frame.number", "frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_id")
    run = ["tshark", "-r", str(path), "-T", "fields", *(part for field in fields for part in ("-e", field))]
    lines = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()
    with CaptureSource([path]) as source:
        ours = [(chunk, index) for chunk in source for index in range(len(chunk))]
    assert len(lines) == len(ours)
    for line, (chunk, index) in zip(lines, ours, strict=True):
        number, epoch, captured, length, interface = line.split("\t")
        assert chunk.first + index == int(number)
        assert int(chunk.at[index]) == int(Decimal(epoch) * 10**9)
        assert (chunk.captured[index], chunk.length[index]) == (int(captured), int(length))
        assert chunk.interface[index] == int(interface or 0)
