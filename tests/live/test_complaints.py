"""What a capturing child says, and what the user is told. The child's words are dumpcap 4.0.17's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from wire import eventually

import analyzer.live.dumpcap
import analyzer.live.trouble
from analyzer.live.child import Child, ChildError
from analyzer.live.dumpcap import capture_command, interfaces
from analyzer.live.ring import Ring, RingError, parse_ring
from analyzer.live.trouble import LiveError, meaning

NO_RIGHTS = """\
dumpcap: cap_set_proc() fail return: Operation not permitted
Capturing on 'Loopback: lo'
dumpcap: You do not have permission to capture on device "lo".
(socket: Operation not permitted)
Please check to make sure you have sufficient permissions.
"""
GONE = """\
Capturing on 'v1'
File: /tmp/x_00001_20261126004337.pcapng
\rPackets: 31 dumpcap: The network adapter "v1" is no longer attached; the capture has stopped.
\rPackets captured: 31
Packets received/dropped on interface 'v1': 31/4 (pcap:3/dumpcap:1/flushed:0/ps_ifdrop:0) (88.6%)
"""


def said_by(tmp_path: Path, text: str, status: int = 1) -> Child:
    """A child that says this and ends."""
    script = tmp_path / "dumpcap"
    script.write_text(f"import sys\nsys.stderr.write({text!r})\nsys.exit({status})\n")
    child = Child([sys.executable, str(script)])
    eventually(lambda: child.listen(0.1) or child.ended, "the end of the child")
    child.close()
    return child


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyzer.live.trouble.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(analyzer.live.trouble, "user", lambda: "ann")


@pytest.mark.usefixtures("debian")
def test_missing_rights_come_with_the_commands_that_give_them(tmp_path: Path) -> None:
    child = said_by(tmp_path, NO_RIGHTS)
    assert meaning(list(child.said.complaints), child.status, "/usr/bin/dumpcap") == (
        "this user may not capture on lo; remedy: sudo dpkg-reconfigure wireshark-common (answer yes), "
        "then sudo usermod -aG wireshark ann, then log in again"
    )


def test_a_dumpcap_of_no_package_is_given_capabilities(tmp_path: Path) -> None:
    child = said_by(tmp_path, NO_RIGHTS)
    assert meaning(list(child.said.complaints), child.status, "/opt/my tools/dumpcap").endswith(
        "remedy: sudo setcap cap_net_raw,cap_net_admin=eip '/opt/my tools/dumpcap'"
    )


def test_files_counts_drops_and_complaints_are_told_apart(tmp_path: Path) -> None:
    said = said_by(tmp_path, GONE).said
    assert said.files == [Path("/tmp/x_00001_20261126004337.pcapng")]
    assert (said.captured, said.drops) == (31, 4)
    assert meaning(list(said.complaints), 0, "/usr/bin/dumpcap") == "the interface v1 is gone"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ('dumpcap: There is no device named "x0".\n(No such device exists)', "there is no interface x0; dsmip live"),
        (
            'dumpcap: Device "lo" is not up.\n(That device is not up)\n',
            "the interface lo is down; remedy: sudo ip link set lo up",
        ),
        ("dumpcap: the flux is out of order\n", "dumpcap ended: the flux is out of order"),
        ("", "dumpcap ended without a reason (exit status 1)"),
        ("dumpcap: \x1b[31m[bold]red\n", "dumpcap ended: \\x1b[31m[bold]red"),
        (
            'dumpcap: The file to which the capture would be saved ("/nonexist/x") could not be opened: '
            "No such file or directory.\n",
            "/nonexist/x cannot be written: No such file or directory",
        ),
    ],
)
def test_a_complaint_becomes_a_sentence(tmp_path: Path, words: str, sentence: str) -> None:
    child = said_by(tmp_path, words)
    assert meaning(list(child.said.complaints), child.status, "/usr/bin/dumpcap").startswith(sentence)


def test_a_child_that_does_not_end_when_asked_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.live.child.PATIENCE", 0.5)
    script = tmp_path / "deaf.py"
    script.write_text(
        "import signal, subprocess, sys, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "other = subprocess.Popen(['sleep', '600'])\nsys.stderr.write(f'File: {other.pid}\\n')\ntime.sleep(600)\n"
    )
    child = Child([sys.executable, str(script)])
    eventually(lambda: child.listen(0.1) or child.said.files, "its first words")
    child.stop()
    eventually(lambda: child.listen(0.1) or child.ended, "its end, and that of what it started")
    child.close()
    assert (child.status, child.was_killed) == (-9, True)
    [other] = child.said.files
    eventually(lambda: not _is_running(other.name), "the end of what it started")


def _is_running(pid: str) -> bool:
    """One that has ended and that nobody has asked about yet has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(ChildError, match=r"^/nonexistent/dumpcap is not installed$"):
        Child(["/nonexistent/dumpcap"])


@pytest.mark.usefixtures("debian")
def test_without_dumpcap_and_rights_both_commands_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyzer.live.dumpcap, "find_dumpcap", lambda: None)
    monkeypatch.setattr(analyzer.live.dumpcap, "may_sniff", lambda: False)
    with pytest.raises(LiveError, match="remedy: sudo apt install wireshark-common, then sudo dpkg-reconfigure"):
        capture_command(["eth0"], "", Path("x"), None)


def test_a_dumpcap_that_only_its_group_may_run_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = tmp_path / "dumpcap"
    closed.touch(mode=0o640)
    monkeypatch.setattr(analyzer.live.dumpcap, "find_dumpcap", lambda: str(closed))
    monkeypatch.setattr(analyzer.live.trouble, "user", lambda: "ann")
    with pytest.raises(LiveError, match=r"remedy: sudo usermod -aG wireshark ann, then log in again$"):
        capture_command(["eth0"], "", Path("x"), None)
    with pytest.raises(LiveError, match=r"remedy: sudo usermod -aG wireshark ann, then log in again$"):
        interfaces()


def test_the_filter_stands_before_the_interfaces_so_that_it_is_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyzer.live.dumpcap, "find_dumpcap", lambda: "/bin/true")
    command = capture_command(["a", "b"], "udp", Path("/x/s2c.pcapng"), Ring(None, 5_000_000, 3))
    assert command[1:] == [
        *("-f", "udp", "-i", "a", "-i", "b"),
        *("-b", "filesize:5000", "-b", "files:3", "-w", "/x/s2c.pcapng"),
    ]


@pytest.mark.parametrize(
    ("text", "ring"),
    [
        ("/var/tmp/s2c,100M,20", Ring(Path("/var/tmp/s2c"), 100_000_000, 20)),
        ("a,b,500k,2", Ring(Path("a,b"), 500_000, 2)),
        ("x,1G,3", Ring(Path("x"), 1_000_000_000, 3)),
    ],
)
def test_a_ring_is_described_by_folder_size_and_number(text: str, ring: Ring) -> None:
    assert parse_ring(text) == ring


@pytest.mark.parametrize("text", ["x", "x,1M", ",1M,2", "x,1T,2", "x,10,2", "x,3G,2", "x,1M,1", "x,1M,-2", "x,1M,many"])
def test_a_ring_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(RingError):
        parse_ring(text)
