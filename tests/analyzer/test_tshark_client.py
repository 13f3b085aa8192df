"""tshark asked through its worker process: answers, trouble in a sentence, and nothing left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.tshark import Question, TsharkError, TsharkNode, TsharkPacket, ask, find_tshark, workspace
from analyzer.tshark.workspace import Workspace

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
RAW_IP = 101
UDP_PACKET = (
    bytes.fromhex("45000020 0000 0000 40 11 0000 c0000201 c6336407") + struct.pack(">HHHI", 7, 9, 12, 0) + b"hi"
)
PORTS = Question(("udp.srcport", "udp.dstport"), "udp")


@pytest.fixture
def space() -> Iterator[Workspace]:
    with workspace() as made:
        for number in (5, 17):
            made.add(number, number * 10**9, UDP_PACKET, RAW_IP, len(UDP_PACKET))
        yield made


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program called tshark that says the version and then does something else."""
    path = folder / "tshark"
    path.write_text(f'#!/bin/sh\n[ "$1" = -v ] && echo "TShark (Wireshark) 4.0.17" && exit\n{script}\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def processes_of(group: int) -> list[int]:
    """Processes of a group, zombies included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group:
                found.append(int(entry.name))
    return found


def children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@needs_tshark
def test_fields_come_with_our_frame_numbers_and_their_bytes(space: Workspace) -> None:
    packets = list(ask(PORTS, space))
    assert [packet.number for packet in packets] == [5, 17]
    (layer,) = packets[0].layers
    assert layer.name == "udp"
    assert [(field.name, field.show, field.data) for field in layer.fields] == [
        ("udp.srcport", "7", b"\0\7"),
        ("udp.dstport", "9", b"\0\x09"),
    ]


@needs_tshark
def test_the_filter_leaves_packets_out_and_numbers_stay(space: Workspace) -> None:
    space.add(30, 0, bytes.fromhex("4500001400000000402f0000c0000201c6336407"), RAW_IP, 20)
    assert [packet.number for packet in ask(Question(("ip.proto",), "ip.proto == 47"), space)] == [30]


def tree_lines(nodes: Sequence[TsharkNode], depth: int = 0) -> Iterator[str]:
    for node in nodes:
        yield "    " * depth + node.text
        yield from tree_lines(node.below, depth + 1)


def bare(line: str) -> str:
    """Without the brackets around what no byte says: the XML has none."""
    return re.sub(r"^( *)\[(.*)\]$", r"\1\2", line)


@needs_tshark
@pytest.mark.parametrize(
    ("name", "number"),
    [("dsmip-attach-nat-faults", 1), ("dsmip-attach-nat-faults", 28), ("dsmip-discovery-addresses", 3)],
)
def test_the_tree_is_that_of_tshark_itself(name: str, number: int) -> None:
    """Line by line what ``tshark -V`` prints, but for the frame's own section."""
    capture = Path(__file__).parents[2] / "samples" / name / "capture.pcap"
    with CaptureSource([capture]) as source, workspace() as made:
        data = bytes(next(iter(source)).frame(number - 1))
        made.add(number, 0, data, 1, len(data))
        (packet,) = ask(Question((), "", tree=True), made)
        command = ["tshark", "-n", "-r", made.capture, "-V"]
        printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    assert packet.number == number
    first = next(n for n, line in enumerate(printed) if n and line[:1].strip())
    found = list(tree_lines(packet.tree))
    assert len(found) > 20
    assert found == [bare(line) for line in printed[first:] if line.strip()]


@needs_tshark
def test_a_config_ini_in_the_working_directory_is_not_read(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyshark takes the program named there for tshark."""
    (tmp_path / "config.ini").write_text("[tshark]\ntshark_path = /bin/false\n")
    monkeypatch.chdir(tmp_path)
    assert len(list(ask(PORTS, space))) == 2


@needs_tshark
def test_settings_of_the_user_do_not_change_the_answer(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / ".config" / "wireshark"
    settings.mkdir(parents=True)
    (settings / "disabled_protos").write_text("udp\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setenv("WIRESHARK_CONFIG_DIR", str(settings))
    assert len(list(ask(PORTS, space))) == 2


@needs_tshark
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc")
def test_twenty_questions_leave_no_process_and_no_descriptor_behind(space: Workspace) -> None:
    """Every other one is given up after its first packet."""
    space.finish()
    before = (children(), descriptors())
    for turn in range(20):
        answers = ask(PORTS, space)
        assert isinstance(next(answers), TsharkPacket)
        if turn % 2:
            answers.close()  # type: ignore[attr-defined]
        else:
            assert len(list(answers)) == 1
    assert (children(), descriptors()) == before


def test_without_tshark_one_sentence_says_so(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TsharkError, match=r"^tshark is not installed \(Debian: apt install tshark\)$"):
        next(ask(PORTS, space))


def test_a_tshark_that_fails_is_quoted(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, r"echo first >&2; printf 'no \033[31mmemory\n' >&2; exit 3", monkeypatch)
    assert find_tshark() == str(tmp_path / "tshark")
    with pytest.raises(TsharkError, match=r"^tshark ended with status 3: no \\x1b\[31mmemory$"):
        list(ask(PORTS, space))


def test_a_tshark_that_is_killed_is_no_end(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "kill -SEGV $$", monkeypatch)
    with pytest.raises(TsharkError, match=r"^tshark ended with status -11: no word$"):
        list(ask(PORTS, space))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc")
def test_a_tshark_that_says_nothing_is_ended(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "group"
    stand_in(tmp_path, f"ps -o pgid= -p $$ > {told}; exec sleep 1000", monkeypatch)
    with pytest.raises(TsharkError, match=r"^tshark has not answered for 2 seconds$"):
        list(ask(PORTS, space, patience=2))
    assert processes_of(int(told.read_text())) == []


def test_a_worker_that_cannot_start_leaves_its_last_word(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, "exit 0", monkeypatch)
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'cannot load library' >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(TsharkError, match=r"^the tshark worker ended unexpectedly: cannot load library$"):
        list(ask(PORTS, space))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc")
def test_when_the_asker_is_killed_the_worker_goes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "group"
    stand_in(tmp_path, f"ps -o pgid= -p $$ > {told}.new; mv {told}.new {told}; exec sleep 1000", monkeypatch)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    script = """
        from analyzer.tshark import Question, ask, workspace
        with workspace() as space:
            list(ask(Question((), "udp"), space))
    """
    asker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    try:
        eventually(told.exists)
    finally:
        asker.send_signal(signal.SIGKILL)
        asker.wait()
    group = int(told.read_text())
    eventually(lambda: all(is_zombie(process) for process in processes_of(group)))


def is_zombie(process: int) -> bool:
    """Ended, and not yet fetched by whoever inherited it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def eventually(true: object) -> None:
    assert callable(true)
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def test_a_workspace_is_its_owners_alone_and_goes(space: Workspace) -> None:
    assert stat.S_IMODE(space.directory.stat().st_mode) == 0o700
    with workspace() as other:
        other.setting("esp_sa", "secret")
        kept = other.directory
        assert (kept / ".config" / "wireshark" / "esp_sa").read_text() == "secret"
    assert not kept.exists()


def test_the_capture_in_a_workspace_is_pcapng_with_times_to_the_nanosecond(space: Workspace) -> None:
    import dpkt

    space.add(18, 1_700_000_000_123_456_789, b"abc", 1, 60)
    space.finish()
    data = space.capture.read_bytes()
    assert data.count(struct.pack("<II", 1, 32)) == 2  # an interface for each link type
    with space.capture.open("rb") as file:
        frames = list(dpkt.pcapng.Reader(file))
    assert [frame for _, frame in frames] == [UDP_PACKET, UDP_PACKET, b"abc"]
    assert [round(float(at), 3) for at, _ in frames] == [5.0, 17.0, 1_700_000_000.123]
