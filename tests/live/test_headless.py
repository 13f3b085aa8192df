"""``dsmip live --headless`` as one runs it: a process of its own in the namespace, ended by a signal."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from wire import HEARS, Wire, eventually

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FAULTS = SAMPLES / "dsmip-attach-nat-faults"
DSMIP = (sys.executable, "-m", "analyzer")


@contextmanager
def live(wire: Wire, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    with wire.inside():
        process = subprocess.Popen(
            [*DSMIP, "live", "--headless", "-i", HEARS, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def violations(path: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """The last row of each, of those the ones that fail."""
    with path.open(newline="") as file:
        rows = {(r["session"], r["rule"], r["frame"], r["expected"], r["observed"]): r for r in csv.DictReader(file)}
    return {key: row for key, row in rows.items() if row["verdict"] == "fail"}


def has_begun(saved: Path) -> None:
    eventually(lambda: saved.exists() and saved.stat().st_size, "the capture file")


@pytest.mark.usefixtures("dumpcap")
@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_everything_written(wire: Wire, tmp_path: Path, request_to_end: signal.Signals) -> None:
    saved, live_csv, offline_csv = tmp_path / "saved.pcapng", tmp_path / "live.csv", tmp_path / "offline.csv"
    with live(wire, "--keys", FAULTS / "keys", "-w", saved, "--csv", live_csv) as process:
        has_begun(saved)
        wire.replay(FAULTS / "capture.pcap")
        eventually(lambda: live_csv.read_bytes().count(b"\r\n") > 1, "a violation, while the capture goes on")
        assert process.poll() is None
        process.send_signal(request_to_end)
        out, errors = process.communicate(timeout=20)
    assert process.returncode == 1, errors
    assert "16 of 16 protected packets opened" in out
    subprocess.run(
        [*DSMIP, "analyze", saved, "--keys", FAULTS / "keys", "--csv", offline_csv, "-q"], check=False, timeout=60
    )
    assert violations(live_csv) == violations(offline_csv) != {}


@pytest.mark.usefixtures("dumpcap")
def test_a_capture_without_a_failed_requirement_ends_with_0(wire: Wire, tmp_path: Path) -> None:
    sample = SAMPLES / "attach-clean"
    saved = tmp_path / "saved.pcapng"
    with live(wire, "--keys", sample / "keys", "--profile", sample / "profile.toml", "-w", saved, "-q") as process:
        has_begun(saved)
        wire.replay(sample / "capture.pcap")
        eventually(lambda: saved.stat().st_size > 5000, "packets in the file")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


@pytest.mark.usefixtures("dumpcap")
def test_an_interface_that_vanishes_ends_it_with_2_and_the_csv_is_whole(wire: Wire, tmp_path: Path) -> None:
    live_csv, saved = tmp_path / "live.csv", tmp_path / "saved.pcapng"
    with live(wire, "--keys", FAULTS / "keys", "--csv", live_csv, "-w", saved) as process:
        has_begun(saved)
        wire.replay(FAULTS / "capture.pcap")
        eventually(lambda: live_csv.read_bytes().count(b"\r\n") > 1, "a violation")
        wire.unplug()
        _, errors = process.communicate(timeout=20)
        wire.plug()
    assert process.returncode == 2
    assert errors == f"dsmip: the interface {HEARS} is gone\n"
    assert len(violations(live_csv)) == 5


@pytest.mark.usefixtures("dumpcap")
def test_a_killed_session_leaves_no_dumpcap_behind(wire: Wire, tmp_path: Path) -> None:
    saved = tmp_path / "saved.pcapng"
    with live(wire, "-w", saved) as process:
        has_begun(saved)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        process.wait()
    [dumpcap] = map(int, children)
    eventually(lambda: wire.replay(FAULTS / "capture.pcap") and not Path(f"/proc/{dumpcap}").exists(), "dumpcap's end")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--headless",), "no interface given: name one with -i; dsmip live --list shows those there are"),
        (("--headless", "-i", "x", "-w", "-"), "-w takes a file: what is captured is read from it"),
        (("--headless", "-i", "x", "-w", "a", "--ring", "b,1M,2"), "-w and --ring exclude each other"),
        (
            ("--headless", "-i", "x", "--ring", "b,1M"),
            "a ring is DIR,SIZE,FILES, as in /var/tmp/s2c,100M,20, not 'b,1M'",
        ),
        (("--headless", "-i", "x", "-w", "a", "--csv", "./a"), "a can take only one output"),
        (("--headless", "-i", "x", "--keys", "/nonexistent/keys"), "cannot read the key file /nonexistent/keys"),
    ],
)
def test_what_cannot_be_is_told_with_status_2(arguments: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run([*DSMIP, "live", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(f"dsmip: {sentence}")


@pytest.mark.usefixtures("dumpcap")
def test_interfaces_are_listed(wire: Wire) -> None:
    with wire.inside():
        done = subprocess.run([*DSMIP, "live", "--list"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert HEARS in [line.split()[0] for line in done.stdout.splitlines()]
