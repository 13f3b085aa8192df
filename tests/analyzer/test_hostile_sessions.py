"""Sessions that make it hard: endless ones, ones that come back, packets that come when all is over."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from edited_captures import SECOND, analyzed, findings_of, frames_of, later, packets_of, sample, sample_keys, saved

from analyzer.results import Results
from analyzer.sessions import lifetimes
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import KEPT_MESSAGES, MobilityEvent
from rules.history import observe, place
from rules.ladder import play
from rules.ladder.play import Played
from rules.model import Verdict
from rules.session import Session
from samples.generator.pcap import Frame

HOUR = 3600 * SECOND
APART = (
    "attach-clean",
    "attach-idr-changed",
    "dsmip-attach-ipv4",
    "dsmip-attach-ipv6",
    "dsmip-attach-nat-faults",
    "dsmip-handover",
    "dsmip-ifom",
    "dsmip-refresh",
)
OF_EARLIER_ATTACHES = {
    "HA-5.1.3.1-07",  # somebody else was assigned a prefix before
    "UE-5.1.2.2-07",  # the UE was given a pseudonym before, and begins with its IMSI again
    "UE-5.1.2.3-02",  # the home prefix was advertised before
}


def one_after_another(names: Iterable[str], gap: int) -> Iterator[list[Frame]]:
    """Samples, the start of each ``gap`` ns behind the end of the one before."""
    end = None
    for name in names:
        frames = frames_of(sample(name))
        yield later(frames, 0 if end is None else end + gap - frames[0].at)
        end = frames[-1].at if end is None else end + gap - frames[0].at + frames[-1].at


def judged(path: Path, frames: Iterable[Frame], names: Iterable[str]) -> Results:
    return analyzed(saved(path, frames), [sample_keys(name) for name in names])


# When all is over


def test_the_same_ue_attaching_hours_later_is_judged_as_if_it_were_alone(tmp_path: Path) -> None:
    together = [frame for frames in one_after_another(APART, HOUR) for frame in frames]
    results = judged(tmp_path / "all.pcap", together, APART)
    assert [session.is_over for session in results.sessions] == [True] * (len(APART) - 1) + [False]
    for session, name in zip(results.sessions, APART, strict=True):
        alone = analyzed(sample(name), [sample_keys(name)])
        told, expected = results.verdicts_of(session), alone.verdicts_of(alone.sessions[0])
        differing = {rule for rule in told.keys() | expected.keys() if told.get(rule) != expected.get(rule)}
        assert differing <= OF_EARLIER_ATTACHES, name


def test_a_ue_that_comes_back_with_its_imsi_is_told_from_its_earlier_session(tmp_path: Path) -> None:
    names = ("attach-clean", "attach-clean-ipv4")
    frames = [frame for frames in one_after_another(names, 2 * HOUR) for frame in frames]
    results = judged(tmp_path / "twice.pcap", frames, names)
    assert results.sessions[0].is_over
    assert results.verdicts[2, "UE-5.1.2.2-07"] is Verdict.FAIL
    (finding,) = [f for f in results.failures if f.rule == "UE-5.1.2.2-07"]
    assert finding.session == 2
    assert all(related < results.sessions[1].first_frame for related in finding.related)


def test_packets_that_come_when_a_session_is_long_over_open_no_other(tmp_path: Path) -> None:
    first = frames_of(sample("dsmip-attach-ipv6"))
    other = frames_of(sample("dsmip-attach-nat"))
    after = later(other, first[-1].at + HOUR - other[0].at)
    late = later(first[:4], after[-1].at + HOUR - first[0].at)  # IKE_SA_INIT and the first IKE_AUTH
    names = ("dsmip-attach-ipv6", "dsmip-attach-nat")
    path = saved(tmp_path / "late.pcap", [*first, *after, *late])
    packets, results = packets_of(path, [sample_keys(name) for name in names])
    assert len(results.sessions) == 2
    ghosts = [p for p in packets if p.number > len(first) + len(after) and p.note]
    assert results.counts.late == len(ghosts) > 0
    assert all("session 1 was over" in packet.note for packet in ghosts)
    before = judged(tmp_path / "before.pcap", [*first, *after], names)
    assert results.verdicts_of(results.sessions[0]) == before.verdicts_of(before.sessions[0])


def test_reports_tell_of_a_session_that_is_over_what_they_tell_of_a_living_one(tmp_path: Path) -> None:
    from analyzer.reports.plain import as_data

    names = ("dsmip-handover", "attach-clean")
    frames = [frame for frames in one_after_another(names, HOUR) for frame in frames]
    over = as_data(judged(tmp_path / "over.pcap", frames, names))["sessions"][0]
    living = as_data(analyzed(sample("dsmip-handover"), [sample_keys("dsmip-handover")]))["sessions"][0]
    assert over == living


@pytest.mark.parametrize("name", ["dsmip-handover", "dsmip-refresh", "attach-clean-ipv4", "attach-redirected"])
def test_no_verdict_depends_on_how_soon_messages_are_made_lighter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for quiet in (1, HOUR):  # at the next packet of another session or time, and never
        monkeypatch.setattr(lifetimes, "QUIET", quiet)
        told.append(findings_of(analyzed(sample(name), [sample_keys(name)])))
    assert told[0] == told[1]


def test_a_single_packet_with_a_wrong_time_ends_no_session(tmp_path: Path) -> None:
    frames = frames_of(sample("dsmip-attach-ipv6"))
    middle = len(frames) // 2
    astray = [replace(f, at=f.at + 400 * 24 * HOUR) if n == middle else f for n, f in enumerate(frames)]
    results = judged(tmp_path / "astray.pcap", astray, ["dsmip-attach-ipv6"])
    assert len(results.sessions) == 1
    assert not results.sessions[0].is_over
    untouched = analyzed(sample("dsmip-attach-ipv6")).sessions[0]
    assert results.sessions[0].last_frame == untouched.last_frame > middle


# Without end


def registered() -> tuple[Played, Session, MobilityEvent, MobilityEvent]:
    """A session with one binding, and the two messages that made it."""
    played = play(
        """
        0.0 ATTACH
        1.0 UE -> HA BU seq=1 life=150
        1.1 HA -> UE BA seq=1 life=150
        1.2 END
        """
    )
    update, ack = (e for e in played.events if isinstance(e.message, MobilityPacket))
    return played, played.world.sessions[0], update, ack


def again(event: MobilityEvent, number: int, frame: int, at: int) -> MobilityEvent:
    packet = event.message
    message = packet.message
    assert isinstance(message, (BindingUpdate, BindingAck))
    esp = packet.esp
    if esp is not None:
        esp = replace(esp, packet=replace(esp.packet, sequence=esp.sequence + number))
    packet = replace(packet, message=replace(message, sequence=number), esp=esp)
    return replace(event, frame=frame, at=at, message=packet)


def register_again(played: Played, session: Session, pair: tuple[MobilityEvent, MobilityEvent], times: range) -> None:
    """A new update and its answer for each number, every 100 s; the number is 16 bits wide and wraps."""
    for n in times:
        at = pair[0].at + n * 100 * SECOND
        for place_in_pair, event in enumerate(pair):
            told = again(event, (1 + n) % 65536, frame=10 + 2 * n + place_in_pair, at=at + place_in_pair * SECOND // 10)
            played.world.evidence.last_at = told.at
            context = place(session, told)
            played.engine.feed(told, context)
            observe(told, context)


def test_registrations_without_end_are_judged_in_bounded_memory() -> None:
    """The sequence number wraps on the way."""
    played, session, update, ack = registered()
    register_again(played, session, (update, ack), range(62_000, 63_000))
    gc.collect()
    before = sys.getallocatedblocks()
    register_again(played, session, (update, ack), range(63_000, 67_000))
    gc.collect()
    grown_by = sys.getallocatedblocks() - before
    (home,) = session.homes.values()
    assert home.update_count == 5_001
    assert len(home.updates) == len(home.acks) == KEPT_MESSAGES
    assert home.bindings[0].refreshes == 5_000
    assert grown_by < 1_000  # objects, of 4,000 registrations: the newest messages take the place of the oldest
    assert not [f for f in played.findings if f.rule.startswith("RFC3775") and f.verdict is Verdict.FAIL]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (65535, 0, Verdict.PASS),  # it wraps: RFC 6275 section 9.5.1 compares modulo 2^16
        (40000, 7231, Verdict.PASS),  # 32767 ahead: the last number that is newer
        (40000, 7232, Verdict.FAIL),  # 32768 ahead is not newer any more
        (7, 7, Verdict.FAIL),
        (7, 6, Verdict.FAIL),
    ],
)
def test_a_sequence_number_is_newer_up_to_half_of_all_numbers_ahead(before: int, after: int, verdict: Verdict) -> None:
    played = play(
        f"""
        0.0 ATTACH
        1.0 UE -> HA BU seq={before} life=150
        1.1 HA -> UE BA seq={before} life=150
        50.0 UE -> HA BU seq={after} life=151
        90.0 END
        """
    )
    assert played.verdict_of("RFC3775-06") is verdict
