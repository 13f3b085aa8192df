"""Hostile and broken input, end to end: nothing crashes, hangs or grows; the message is one clear sentence."""

from __future__ import annotations

import random
import signal
import struct
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import (
    MILLISECOND,
    ROOT,
    SAMPLES,
    analyzed,
    findings_of,
    frames_of,
    ip_protocol,
    packets_of,
    sample,
    sample_keys,
    saved,
)

from analyzer.capture import CaptureError, CaptureSource
from analyzer.cli import trouble
from analyzer.describe import describe
from analyzer.field_tree import explain
from analyzer.pipeline import Run
from analyzer.sessions import correlator
from samples.generator.pcap import EPOCH, Frame

NAME = "attach-no-home-prefix"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010101006000600000ffdb0043") + bytes(range(256)) * 4
EMPTY_NAMES = ("nothing.pcap", "nothing.pcapng", "nothing.pcap.gz")


def test_a_file_of_no_bytes_is_no_capture(tmp_path: Path, dsmip: CommandLine) -> None:
    for name in EMPTY_NAMES:
        path = tmp_path / name
        path.write_bytes(b"")
        for command in ("analyze", "decode"):
            said = dsmip(command, path)
            assert (said.status, said.out) == (2, "")
            assert said.err.startswith(f"dsmip: {path}")
            assert said.err.count("\n") == 1


@pytest.mark.parametrize("what", [JPEG, b"hello\n", bytes(4096), b"\x7fELF" + bytes(100), b"\x1f\x8b broken gzip"])
def test_what_is_no_capture_is_told_in_one_sentence(tmp_path: Path, dsmip: CommandLine, what: bytes) -> None:
    path = tmp_path / "thing"
    path.write_bytes(what)
    said = dsmip("analyze", path)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"dsmip: {path}")
    assert said.err.count("\n") == 1
    assert "internal error" not in said.err


def test_a_capture_cut_at_every_byte_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    """The whole analysis on each prefix of a small capture; what was readable is never taken back."""
    data = saved(tmp_path / "small.pcap", frames_of(sample(NAME))[2:5]).read_bytes()
    path, frames = tmp_path / "cut.pcap", 0
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        try:
            results = analyzed(path, [sample_keys(NAME)])
        except CaptureError:
            assert size < 24  # the file header
            continue
        assert len(results.warnings) <= 1
        # Absence is never held against anyone who may have gone on behind the cut.
        assert {f.rule for f in results.failures} <= {"UE-5.1.2.2-12"}
        frames = max(frames, results.counts.frames)
    assert frames == 3


@pytest.mark.parametrize("name", [NAME, "attach-clean-ipv4"])
def test_flipped_bits_crash_nothing(tmp_path: Path, name: str) -> None:
    """One to eight bits anywhere in the file, frames and record headers alike; then everything is shown."""
    data = sample(name).read_bytes()
    path = tmp_path / "flipped.pcap"
    for seed in range(60):
        rng = random.Random(seed)
        flipped = bytearray(data)
        for _ in range(rng.randrange(1, 9)):
            flipped[rng.randrange(24, len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        packets, results = packets_of(path, [sample_keys(name)])
        for packet in packets:
            assert describe(packet).info.isprintable()
            explain(packet)
        crashed = [f for f in results.findings if "crashed" in f.reason]
        assert crashed == []


def test_random_bytes_behind_ike_and_esp_headers_crash_no_rule(tmp_path: Path) -> None:
    """Whole payloads of noise in place of what was there."""
    rng = random.Random(7)
    frames = []
    for frame in frames_of(sample("attach-clean-ipv4")):
        keep = rng.randrange(42, 100)
        noise = rng.randbytes(max(0, len(frame.data) - keep))
        frames.append(Frame(frame.at, frame.data[:keep] + noise))
    results = analyzed(saved(tmp_path / "noise.pcap", frames), [sample_keys("attach-clean-ipv4")])
    assert [f for f in results.findings if "crashed" in f.reason] == []


@pytest.mark.parametrize("name", sorted(p.parent.name for p in SAMPLES.glob("*/capture.pcap")))
def test_findings_do_not_depend_on_how_a_capture_is_cut_into_chunks(name: str) -> None:
    keys = [sample_keys(name)]
    whole = findings_of(analyzed(sample(name), keys))
    assert findings_of(analyzed(sample(name), keys, chunk_frames=1)) == whole
    assert findings_of(analyzed(sample(name), keys, chunk_frames=7)) == whole


def test_findings_on_a_real_capture_do_not_depend_on_chunks(captures: Path) -> None:
    for name in ("strongswan-ipv4/capture.pcapng", "ikev2-other/both-ends-start.pcap"):
        whole = findings_of(analyzed(captures / name))
        assert findings_of(analyzed(captures / name, chunk_frames=1)) == whole
        assert findings_of(analyzed(captures / name, chunk_frames=7)) == whole


@pytest.mark.parametrize("name", ["attach-redirect-not-followed", "attach-clean-ipv4"])
def test_a_rotated_capture_gives_the_findings_of_one_file(tmp_path: Path, name: str) -> None:
    frames = frames_of(sample(name))
    third = len(frames) // 3
    parts = [frames[:third], frames[third : 2 * third], frames[2 * third :]]
    paths = [saved(tmp_path / f"part{n}.pcap", part) for n, part in enumerate(parts)]
    whole = findings_of(analyzed(sample(name), [sample_keys(name)]))
    assert findings_of(analyzed(paths, [sample_keys(name)])) == whole
    assert findings_of(analyzed(paths[::-1], [sample_keys(name)])) == whole  # time decides, not the order given


def test_a_key_file_that_is_none_is_told_and_the_others_are_used(tmp_path: Path, dsmip: CommandLine) -> None:
    """In a folder, where captures and notes lie about, it is passed over without a word."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(JPEG)
    said = dsmip("analyze", sample(NAME), "--keys", photo, "--keys", sample_keys(NAME))
    assert said.status == 1
    assert "20 of 20 protected packets opened" in said.out
    assert "photo.jpg: not a key file" in said.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("analyze",), "no capture given"),
        (("analyze", "missing.pcap"), "missing.pcap"),
        (("analyze", "{capture}", "--keys", "missing"), "missing"),
        (("analyze", "{capture}", "--profile", "missing.toml"), "missing.toml: cannot be read"),
        (("analyze", "{capture}", "--csv", "/proc/nope/x.csv"), "/proc/nope/x.csv: cannot be written"),
        (("decode", "{capture}", "{tmp}"), "{tmp}"),
        (("analyze", "{tmp}"), "{tmp}"),
        (("explain", "UE-0.0.0-00"), "no requirement 'UE-0.0.0-00'"),
        (("rules", "--clause", "99"), "no requirement fits"),
        (("keys", "{photo}"), "no usable key was found"),
    ],
)
def test_every_trouble_is_one_sentence_and_status_2(
    tmp_path: Path, dsmip: CommandLine, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "p.jpg").write_bytes(JPEG)
    places = {"capture": sample(NAME), "tmp": tmp_path, "photo": tmp_path / "p.jpg"}
    said = dsmip(*(a.format(**places) for a in arguments))
    assert said.status == 2
    assert said.err.startswith("dsmip: ")
    assert sentence.format(**places) in said.err
    assert said.err.count("\n") == 1
    assert "internal error" not in said.err


def test_an_unknown_option_or_command_is_refused(dsmip: CommandLine) -> None:
    for arguments in (("analyze", "--colour"), ("fly",), ("decode", "-c", "0", "x"), ("decode", "--frame", "one", "x")):
        said = dsmip(*arguments)
        assert said.status == 2
        assert said.err.startswith("dsmip: ")
        assert said.err.endswith("--help\n")
        assert said.err.count("\n") == 1
        assert "internal error" not in said.err


def test_an_unreadable_file_name_is_shown_inert(tmp_path: Path, dsmip: CommandLine) -> None:
    said = dsmip("analyze", tmp_path / "\x1b[2Jx.pcap")
    assert said.status == 2
    assert "\x1b" not in said.err


def _flood(path: Path, count: int) -> Path:
    """IKE and ESP packets with a new SPI in each, from one pair of ends: the worst for anything kept per SPI."""
    frames = frames_of(sample(NAME))
    esp = next(f.data for f in frames if ip_protocol(f) == 50)
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, 1))
        for n in range(count):
            data = esp[:54] + struct.pack("!II", 0x10000 + n, 1) + esp[62:]
            seconds, rest = divmod(EPOCH + n * MILLISECOND, 10**9)
            out.write(struct.pack("<IIII", seconds, rest // 1000, len(data), len(data)) + data)
    return path


def test_memory_stays_bounded_when_every_esp_packet_has_a_new_spi(tmp_path: Path) -> None:
    """Three times as many packets must not take three times the memory."""
    peaks = []
    for count in (6000, 18000):
        path = _flood(tmp_path / f"{count}.pcap", count)
        tracemalloc.start()
        with CaptureSource([path], chunk_frames=1000) as source:
            run = Run(source)
            for _ in run.packets():
                pass
            results = run.results()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(results.sessions) == 1
        assert sum(c.packets for c in results.closed) == count
        assert len(results.closed) <= 1001
    assert peaks[1] < 1.7 * peaks[0]


def test_a_hundred_sessions_under_one_spi_are_kept_apart_in_linear_time(tmp_path: Path) -> None:
    """Work is counted, not timed: how many sessions are looked through for each packet."""
    looked = 0
    real = correlator.find_sa

    def counted(*arguments: object) -> object:
        nonlocal looked
        looked += 1
        return real(*arguments)  # type: ignore[arg-type]

    frame = next(f for f in frames_of(sample(NAME)) if ip_protocol(f) == 17 and f.data[56:58] == b"\x01\xf4")
    frames = [
        Frame(
            frame.at + n * MILLISECOND,
            frame.data[:22] + struct.pack("!QQ", 0x2001_0DB8 << 32, n) + frame.data[38:-2] + struct.pack("!H", n),
        )
        for n in range(400)
    ]
    correlator.find_sa, kept = counted, real  # type: ignore[assignment]
    try:
        results = analyzed(saved(tmp_path / "same.pcap", frames))
    finally:
        correlator.find_sa = kept
    assert len(results.sessions) == 400
    assert looked <= 400 * (correlator.MOST_ALIKE + 1)


def test_planted_keys_appear_in_no_output(tmp_path: Path, dsmip: CommandLine) -> None:
    """Every hex run of a key file that is as long as a key is looked for in everything a user may see."""
    name = "attach-clean"
    secrets = {
        word.strip('"').removeprefix("0x").lower()
        for path in sample_keys(name).iterdir()
        for line in path.read_text().splitlines()
        for word in line.split(",")
    }
    secrets = {s for s in secrets if len(s) > 16 and all(c in "0123456789abcdef" for c in s)}
    spis = {s for s in secrets if len(s) == 16}
    assert len(secrets) >= 8
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in sample_keys(name).iterdir():
        (broken / path.name).write_text(path.read_text().replace(",", ",x", 4) + path.read_text()[:-30])
    texts = []
    for keys in (sample_keys(name), broken):
        for command in (["analyze"], ["analyze", "--json", "--all-verdicts"], ["analyze", "--csv", "-"],
                        ["decode", "-V"], ["decode", "-T", "json", "-x"]):  # fmt: skip
            said = dsmip(command[0], sample(name), "--keys", keys, *command[1:])
            texts.append(said.out + said.err)
        said = dsmip("keys", keys)
        texts.append(said.out + said.err)
        packets, results = packets_of(sample(name), [keys])
        texts.append(repr(results.material) + repr(packets[5:8]) + repr(results.closed))
    for text in texts:
        assert not [s for s in secrets - spis if s in text.lower()]


def test_an_internal_error_shows_its_place_and_no_value(monkeypatch: pytest.MonkeyPatch, dsmip: CommandLine) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("deadbeefdeadbeef")

    monkeypatch.setattr(trouble, "load_keys", explode)
    said = dsmip("analyze", sample(NAME), "--keys", sample_keys(NAME))
    assert said.status == 2
    assert said.err.startswith("dsmip: internal error (RuntimeError in test_robustness.py:")
    assert "deadbeef" not in said.err


@pytest.mark.alone
def test_an_interrupt_ends_quietly() -> None:
    """Ctrl-C while standard input gives nothing: one word, no traceback."""
    with subprocess.Popen(
        [sys.executable, "-m", "analyzer", "analyze", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    ) as process:  # fmt: skip
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert b"Traceback" not in err
    assert out == b""
