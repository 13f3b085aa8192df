"""Real captures on a cable of our own: what is found live is what is found in the saved file."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from wire import HEARS, Wire, eventually, ip

import analyzer.live.dumpcap
from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.live.dumpcap import Traffic, interfaces
from analyzer.live.ring import Ring
from analyzer.live.session import LiveSession
from analyzer.live.update import LiveState
from analyzer.pipeline import Run, analyze
from analyzer.profile import load_profile
from analyzer.results import Results
from rules.model import Finding, Verdict
from rules.profile import DEADLINES, Profile

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FAULTS = SAMPLES / "dsmip-attach-nat-faults"


def told(findings: Iterable[Finding]) -> list[tuple[object, ...]]:
    return sorted((f.session, f.rule, f.frame, f.expected, f.observed, f.count, f.related) for f in findings)


def fails(results: Results | None) -> list[tuple[object, ...]]:
    assert results is not None
    return told(f for f in results.findings if f.verdict is Verdict.FAIL)


def started(session: LiveSession, wire: Wire) -> LiveSession:
    """Capturing has begun: what is sent from now on is captured."""
    with wire.inside():
        session.start()
    eventually(lambda: session.files or not session.state.is_running, "the first file")
    assert session.state is LiveState.WAITING, session.reason
    return session


def heard(session: LiveSession, frames: int) -> None:
    """So many frames have come, and have been looked at: they are counted before that."""
    eventually(lambda: session.counters().frames >= frames, f"{frames} frames")
    before, now = None, _looked_at(session)
    while now != before:
        time.sleep(0.3)
        before, now = now, _looked_at(session)


def _looked_at(session: LiveSession) -> tuple[int, int, int]:
    counters = session.counters()
    return counters.frames, counters.signalling, counters.sealed


def ended(session: LiveSession) -> Results:
    session.stop()
    assert session.join(20)
    assert session.results is not None, session.reason
    return session.results


@pytest.mark.usefixtures("dumpcap")
@pytest.mark.parametrize(
    "sample",
    ["dsmip-attach-nat-faults", "attach-redirect-not-followed", "dsmip-handover", "dsmip-ifom", "dsmip-discovery-fqdn"],
)
def test_a_replayed_capture_is_judged_live_as_it_is_from_the_file(wire: Wire, tmp_path: Path, sample: str) -> None:
    folder, saved = SAMPLES / sample, tmp_path / "saved.pcapng"
    profile = load_profile(folder / "profile.toml") if (folder / "profile.toml").exists() else None
    with LiveSession([HEARS], "", keys=[folder / "keys"], profile=profile, save=saved) as session:
        started(session, wire)
        heard(session, wire.replay(folder / "capture.pcap"))
        live = ended(session)
        assert session.state is LiveState.STOPPED
    offline = analyze([saved], load_keys([folder / "keys"]), profile)
    assert fails(live) == fails(offline)
    assert live.verdicts == offline.verdicts
    assert live.counts == offline.counts
    assert live.counts.opened == live.counts.protected > 0


@pytest.mark.usefixtures("dumpcap")
def test_a_ring_goes_from_file_to_file_with_sessions_and_frame_numbers(wire: Wire, tmp_path: Path) -> None:
    with LiveSession([HEARS], "", Ring(tmp_path / "ring", 1000, 100), [FAULTS / "keys"]) as session:
        started(session, wire)
        sent = wire.replay(FAULTS / "capture.pcap", pause=0.02)
        heard(session, sent)
        live = ended(session)
        assert len(session.files) > 2
        session.save(tmp_path / "saved.pcapng")
    offline = analyze([tmp_path / "saved.pcapng"], load_keys([FAULTS / "keys"]))
    assert live.counts.frames == sent
    assert fails(live) == fails(offline) != []
    assert len(list((tmp_path / "ring").iterdir())) > 2, "files in a folder that the user named stay"


@pytest.mark.usefixtures("dumpcap")
def test_the_disk_that_a_ring_takes_is_bounded(wire: Wire, tmp_path: Path) -> None:
    with LiveSession([HEARS], "", Ring(tmp_path, 10_000, 3)) as session:
        started(session, wire)
        sent = 0
        for _ in range(8):
            sent += wire.replay(FAULTS / "capture.pcap")
            heard(session, sent)
            assert len(list(tmp_path.iterdir())) <= 3
        assert len(session._work.child.said.files) > 3  # type: ignore[union-attr]
        assert ended(session).counts.frames == sent


@pytest.mark.usefixtures("dumpcap")
def test_temporary_files_go_with_the_session(wire: Wire) -> None:
    with LiveSession([HEARS], "") as session:
        started(session, wire)
        folder = session.files[0].parent
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


@pytest.mark.usefixtures("namespaces")
def test_without_dumpcap_scapy_captures_into_the_same_ring(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyzer.live.dumpcap, "find_dumpcap", lambda: None)
    with LiveSession([HEARS], "ip or ip6", Ring(tmp_path / "ring", 1000, 100), [FAULTS / "keys"]) as session:
        started(session, wire)
        sent = wire.replay(FAULTS / "capture.pcap", pause=0.02)
        heard(session, sent)
        live = ended(session)
        assert session.state is LiveState.STOPPED
        assert len(session.files) > 2
    assert fails(live) == [
        (*rest, tuple(related))
        for *rest, related in fails(analyze([FAULTS / "capture.pcap"], load_keys([FAULTS / "keys"])))
    ]


@pytest.mark.usefixtures("dumpcap")
def test_keys_that_come_later_open_what_stayed_closed(wire: Wire) -> None:
    with LiveSession([HEARS], "") as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        assert session.counters().sealed == session.run.counts.protected > 0  # type: ignore[union-attr]
        before = session.poll().generation
        assert session.add_keys([FAULTS / "keys"]) == []
        eventually(lambda: session.counters().sealed == 0 and session.counters().frames > 30, "packets to open")
        assert session.poll().generation > before
        live = ended(session)
    assert fails(live) == fails(analyze([FAULTS / "capture.pcap"], load_keys([FAULTS / "keys"])))


@pytest.mark.usefixtures("dumpcap")
def test_keys_open_packets_after_the_capture_has_stopped(wire: Wire) -> None:
    with LiveSession([HEARS], "") as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        assert ended(session).counts.opened == 0
        session.add_keys([FAULTS / "keys"])
        assert session.join(20)
        assert session.state is LiveState.STOPPED
        assert session.results is not None
        assert session.results.counts.opened == session.results.counts.protected > 0


@pytest.mark.usefixtures("dumpcap")
def test_fifty_captures_leave_no_child_and_no_descriptor(wire: Wire) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def children() -> list[str]:
        return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()

    with LiveSession([HEARS], "") as session, wire.inside():
        session.start()
        session.restart()
        eventually(lambda: session.files, "the first file")
        first_children, first_descriptors = len(children()), descriptors()
        for _ in range(48):
            session.restart()
            eventually(lambda: session.files, "a file")
        assert len(children()) == first_children
        assert descriptors() <= first_descriptors
        session.stop()
        session.join()
    assert len(children()) == first_children - 1


@pytest.mark.usefixtures("dumpcap")
def test_a_dumpcap_that_is_killed_is_told_and_what_there_is_is_kept(wire: Wire, tmp_path: Path) -> None:
    with LiveSession([HEARS], "", keys=[FAULTS / "keys"], save=tmp_path / "saved.pcapng") as session:
        started(session, wire)
        sent = wire.replay(FAULTS / "capture.pcap")
        heard(session, sent)
        os.kill(session._work.child.pid, signal.SIGKILL)  # type: ignore[union-attr]
        assert session.join(20)
        update = session.poll()
        assert update.status == "failed: dumpcap was ended from outside (SIGKILL)"
        assert update.counters.frames == sent
        assert session.results is not None
        assert fails(session.results) == fails(analyze([tmp_path / "saved.pcapng"], load_keys([FAULTS / "keys"])))
        with wire.inside():
            session.start()
        assert session.state is LiveState.WAITING, "it can be started again"


@pytest.mark.usefixtures("dumpcap")
def test_a_file_that_is_deleted_while_it_grows_is_read_to_its_end(wire: Wire, tmp_path: Path) -> None:
    saved = tmp_path / "saved.pcapng"
    with LiveSession([HEARS], "", keys=[FAULTS / "keys"], save=saved) as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        saved.unlink()
        heard(session, 2 * wire.replay(FAULTS / "capture.pcap"))
        assert ended(session).counts.frames == 62
        assert session.state is LiveState.STOPPED


@pytest.mark.usefixtures("dumpcap")
def test_a_file_that_is_cut_while_it_grows_ends_the_capture_with_a_sentence(wire: Wire, tmp_path: Path) -> None:
    saved = tmp_path / "saved.pcapng"
    with LiveSession([HEARS], "", save=saved) as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        os.truncate(saved, 100)
        assert session.join(20)
        assert session.poll().status == "failed: reading stopped: saved.pcapng was cut while it was read"
        assert session.results is not None
        assert session.results.counts.frames == 31


@pytest.mark.usefixtures("dumpcap")
def test_an_interface_that_goes_down_and_up_is_captured_on(wire: Wire) -> None:
    with LiveSession([HEARS], "") as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        ip("-n", wire.far, "link", "set", HEARS, "down")
        time.sleep(0.3)  # whoever looks at it now and then sees it down
        ip("-n", wire.far, "link", "set", HEARS, "up")
        heard(session, 2 * wire.replay(FAULTS / "capture.pcap"))
        assert ended(session).counts.frames == 62


@pytest.mark.usefixtures("dumpcap")
def test_an_interface_that_vanishes_is_told(wire: Wire) -> None:
    with LiveSession([HEARS], "") as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        wire.unplug()
        assert session.join(20)
        assert session.poll().status == f"failed: the interface {HEARS} is gone"
        assert session.results is not None
        assert session.results.counts.frames == 31
        wire.plug()
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))


@pytest.mark.usefixtures("dumpcap")
@pytest.mark.parametrize(
    ("interface", "capture_filter", "sentence"),
    [
        ("none0", "", "there is no interface none0; dsmip live --list shows those there are"),
        (HEARS, "udp prt 500", "the capture filter is not valid: .*syntax error.*; man pcap-filter tells the language"),
    ],
)
def test_what_keeps_dumpcap_from_capturing_is_told(
    wire: Wire, interface: str, capture_filter: str, sentence: str
) -> None:
    with LiveSession([interface], capture_filter) as session:
        with wire.inside():
            session.start()
        assert session.join(20)
        assert session.state is LiveState.FAILED
        assert re.fullmatch(sentence, session.reason)


@pytest.mark.usefixtures("dumpcap")
def test_several_interfaces_are_one_capture(wire: Wire, tmp_path: Path) -> None:
    """A second cable is listened at on both ends: what is sent there comes twice."""
    saved = tmp_path / "saved.pcapng"
    ip("-n", wire.far, "link", "add", "t0", "type", "veth", "peer", "name", "t1")
    for end in ("t0", "t1"):
        ip("-n", wire.far, "link", "set", end, "up")
    with LiveSession([HEARS, "t0", "t1"], "", keys=[FAULTS / "keys"], save=saved) as session:
        started(session, wire)
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        with wire.inside(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind(("t0", 0))
            sender.send(bytes(12) + b"\x08\x00" + UNRELATED)
        heard(session, 33)
        live = ended(session)
    assert live.counts == analyze([saved], load_keys([FAULTS / "keys"])).counts
    assert live.counts.frames == 33


@pytest.mark.usefixtures("dumpcap")
def test_interfaces_and_their_traffic_are_listed(wire: Wire) -> None:
    with wire.inside():
        assert HEARS in [one.name for one in interfaces()]
        traffic = Traffic()
    with traffic:
        eventually(lambda: HEARS in traffic.poll(), "the first counts")
        sent = wire.replay(FAULTS / "capture.pcap")
        eventually(lambda: traffic.poll()[HEARS] == (sent, 0), "their traffic")


@pytest.mark.usefixtures("dumpcap")
def test_it_says_no_packets_yet_then_capturing_then_stopped(wire: Wire) -> None:
    with LiveSession([HEARS]) as session:
        assert session.poll().status == "not started"
        started(session, wire)
        assert session.poll().status == "no packets yet"
        assert session.poll().counters.silence is None
        heard(session, wire.replay(FAULTS / "capture.pcap"))
        update = session.poll()
        assert update.status == "capturing"
        assert update.counters.silence is not None
        assert [packet.number for packet in update.packets] == sorted({packet.number for packet in update.packets})
        assert update.counters.frames == 31, "the default filter lets all of it pass"
        assert ended(session).counts.drops == 0
        assert session.poll().status == "stopped"
        assert session.poll().counters.drops == 0


@pytest.mark.usefixtures("dumpcap")
def test_silence_at_the_end_is_silence_live_and_in_the_saved_file(wire: Wire, tmp_path: Path) -> None:
    """An IKE_SA_INIT request that nobody answers: the file says itself how long the capture went on after it."""
    saved, profile = tmp_path / "saved.pcapng", Profile(deadlines=dict.fromkeys(DEADLINES, 1.0))
    with CaptureSource([SAMPLES / "attach-clean" / "capture.pcap"]) as source:
        frames = [chunk.frame(index) for chunk in source for index in range(len(chunk))]
    request = next(frame for frame in frames if b"\x01\xf4\x01\xf4" in frame)
    with LiveSession([HEARS], "", profile=profile, save=saved) as session:
        started(session, wire)
        wire.send(request)
        eventually(lambda: "RFC7296-04" in {debt.owed.rule.id for debt in session.owed()}, "what is owed")
        eventually(lambda: session.counters().fails, "the deadline, without a packet")
        eventually(lambda: not session.owed(), "what falls due at the same time")
        live = ended(session)
    assert "RFC7296-04" in {finding.rule for finding in live.failures}
    assert fails(live) == fails(analyze([saved], profile=profile))


@pytest.mark.usefixtures("dumpcap")
def test_the_default_filter_lets_all_signalling_of_the_samples_pass(wire: Wire) -> None:
    captures = sorted(SAMPLES.glob("*/capture.pcap"))
    expected: Counter[str] = Counter()
    for capture in captures:
        with CaptureSource([capture]) as source:
            run = Run(source, judge=False)
            list(run.packets())
            expected.update(run.counts.by_class)
    with LiveSession([HEARS]) as session:
        started(session, wire)
        for capture in captures:
            wire.replay(capture, pause=0)
        found = session.counters
        eventually(lambda: found().frames >= expected.total() - expected["OTHER"], "all but what is not ours")
        live = ended(session)
    other = {"OTHER": 0}
    assert live.counts.by_class | other == dict(expected) | other


@pytest.mark.usefixtures("dumpcap")
def test_the_default_filter_lets_fragments_and_vlans_pass_and_nothing_unrelated(wire: Wire, tmp_path: Path) -> None:
    saved = tmp_path / "saved.pcapng"
    wanted = [bytes(12) + VLAN_7 + IPV4 + IKE, bytes(12) + IPV4 + SECOND_FRAGMENT, bytes(12) + IPV4 + IKE]
    with LiveSession([HEARS], save=saved) as session:
        started(session, wire)
        for frame in (bytes(12) + IPV4 + UNRELATED, bytes(12) + VLAN_7 + IPV4 + UNRELATED, *wanted):
            wire.send(frame)
        eventually(lambda: session.counters().frames >= len(wanted), "what is wanted")
        ended(session)
    with CaptureSource([saved]) as source:
        frames = [chunk.frame(index) for chunk in source for index in range(len(chunk))]
    assert [frame[: len(sent)] for frame, sent in zip(frames, wanted, strict=True)] == wanted


IPV4, VLAN_7 = b"\x08\x00", b"\x81\x00\x00\x07"
IKE = bytes.fromhex("4500001c00004000401166cd0a0000010a00000201f401f4 0008 0000")
"""UDP from port 500 to port 500."""
SECOND_FRAGMENT = bytes.fromhex("4500001c00010003401166cd0a0000010a000002 1f900009 0008 0000")
"""UDP from byte 24 on: what would be ports is data."""
UNRELATED = bytes.fromhex("4500001c00004000401166cd0a0000010a00000200091f900008 0000")
"""UDP from port 9 to port 8080."""
