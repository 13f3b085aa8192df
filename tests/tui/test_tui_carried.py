"""How much of user data and PCO is kept for ladders, and what is left out."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from test_tui_ladder import ladder_of
from tui_driver import FAULTS

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from analyzer.tui import carried
from analyzer.tui.carried import PcoNotes, UserData, Way
from analyzer.tui.ladder.tunnels import session_of_data
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.trail import Trail
from dissectors.events import Endpoint, Event
from dissectors.pco_carriers import Gtpv2Message, PcoMessage
from dissectors.tunnels import Encapsulation, TunnelSegment

COA, HA = IPv4Address("203.0.113.5"), IPv4Address("192.0.2.1")
UP = Way(True, COA, 40191, HA, 4191, Encapsulation.UDP, 6)
DOWN = Way(False, HA, 4191, COA, 40191, Encapsulation.UDP, 6)


def segment(first: int, last: int, packets: int, *, port: int = 40191, upward: bool = True) -> TunnelSegment:
    ends = (COA, HA, port, 4191) if upward else (HA, COA, 4191, port)
    return TunnelSegment(*ends, Encapsulation.UDP, None, None, 6, first, last, first, last, packets, 100 * packets)


def test_segments_between_two_messages_are_one_sum_for_each_way() -> None:
    data = UserData()
    for n in range(0, 3000, 2):
        data.note(segment(n + 1, n + 1, 1), 1, upward=True, after=5)
        data.note(segment(n + 2, n + 2, 1, upward=False), 1, upward=False, after=5)
    data.note(segment(3001, 3001, 1), 1, upward=True, after=6)
    assert [(s.way, s.first, s.last, s.packets, s.bytes) for s in data.sums(1)] == [
        (UP, 1, 2999, 1500, 150_000), (DOWN, 2, 3000, 1500, 150_000), (UP, 3001, 3001, 1, 100),
    ]  # fmt: skip


def test_what_is_kept_is_bounded_and_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MOST_OF_SESSION", 3)
    monkeypatch.setattr(carried, "MOST_SUMS", 4)
    data = UserData()
    for n in range(1, 6):
        data.note(segment(n, n, 2, port=n), 1, upward=True, after=n)
        data.note(segment(10 + n, 10 + n, 1, port=n), 2, upward=True, after=n)
    assert [len(data.sums(session)) for session in (1, 2)] == [2, 2]
    assert [data.flows[session].left for session in (1, 2)] == [6, 3]
    assert [len(flow.ways) for flow in data.flows.values()] == [2, 2]
    data.forget(9)  # session 1 ended before
    assert list(data.flows) == [2]


def test_of_a_session_that_goes_on_the_data_of_frames_that_are_gone_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a long live capture: else the room would fill with what nobody can look at, and the newest be left out."""
    monkeypatch.setattr(carried, "MOST_SUMS", 100)
    data = UserData()
    for n in range(1, 1001):
        data.note(segment(10 * n, 10 * n + 5, 2), 1, upward=True, after=n)
        data.forget(10 * n - 400)
    data.note(segment(10_006, 10_009, 2), 1, upward=True, after=1000)
    kept = data.sums(1)
    assert [(s.first, s.last, s.packets) for s in kept[-2:]] == [(9990, 9995, 2), (10_000, 10_009, 4)]
    assert kept[0].first <= 9600  # a frame that is still there
    assert [s.first for s in kept] == list(range(kept[0].first, 10_001, 10))
    assert data.flows[1].left == 0


def test_where_a_session_sent_from_is_kept_no_longer_than_what_it_sent() -> None:
    """Behind a NAT that gives another port every time; what goes on is added to, whatever went before it."""
    data = UserData()
    for n in range(1, 1001):
        data.note(segment(2 * n, 2 * n, 1, port=n), 1, upward=True, after=n)
        data.forget(2 * n - 200)
        data.note(segment(2 * n + 1, 2 * n + 1, 1, port=n), 1, upward=True, after=n)
    kept = data.sums(1)
    assert len(data.flows[1].ways) == len(kept) < 300
    assert [(s.first, s.last, s.packets) for s in kept] == [
        (2 * s.way.source_port, 2 * s.way.source_port + 1, 2) for s in kept
    ]


def test_messages_with_pco_of_frames_that_are_gone_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MOST_PCO", 10)
    kept, end = Trail(), Endpoint(COA, 2123)
    notes = kept.pco
    for n in range(1, 101):
        message = PcoMessage(Gtpv2Message.DELETE_SESSION_REQUEST, imsi=f"{n % 20}")
        notes.note(Event(n, n, end, end, message))
        kept.forget(n - 3)
    frames = sorted(note.frame for known in notes.by_imsi.values() for note in known)
    assert frames == list(range(96, 101)), "half of what there is room for"
    assert (len(notes.by_imsi), notes.left) == (5, {})


def test_messages_with_pco_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MOST_OF_UE", 2)
    monkeypatch.setattr(carried, "MOST_PCO", 5)
    notes, end = PcoNotes(), Endpoint(COA, 2123)
    for n in range(8):
        message = PcoMessage(Gtpv2Message.DELETE_SESSION_REQUEST, imsi="001" if n < 4 else f"00{n}")
        notes.note(Event(n, n, end, end, message))
    notes.forget(0)  # all frames are still there
    assert {imsi: len(known) for imsi, known in notes.by_imsi.items()} == {"001": 2, "004": 1, "005": 1, "006": 1}
    assert notes.left == {"001": 2}


def test_what_is_left_out_is_said() -> None:
    ladder = ladder_of(FAULTS)
    ladder.flow.left = 1234
    ladder.flow.told += 1
    assert ladder.catch_up(at_once=True)
    assert ladder.rungs[-1].text.startswith("1,234 more packets of user data")


def test_the_session_of_a_packet_of_user_data_is_the_one_that_sent_it() -> None:
    """With a session of another UE beside that has data from frame 14 to 30; frame 26 is signalling."""
    model = ladder_of(FAULTS).model
    other = TunnelSegment(
        IPv4Address("203.0.113.9"), HA, 0, 0, Encapsulation.IPV6_IN_IPV4, None, None, 6, 14, 30, 0, 0, 3, 300
    )
    model.trail.data.note(other, 2, upward=True, after=1)
    assert {session for session, _ in model.trail.data.around(18)} == {1, 2}
    assert [session_of_data(model, frame) for frame in (14, 18, 23, 26, 31, 0, 99)] == [1, 1, 1, 0, 0, 0, 0]


def test_a_live_capture_keeps_them_too() -> None:
    follow = LiveFollow()
    with CaptureSource([FAULTS / "capture.pcap"]) as source:
        run = Run(source, load_keys([FAULTS / "keys"]))
        follow._on_run(run)
        for packet in run.packets():
            follow._on_packet(packet)
    follow.look()
    assert [arrow.first for arrow in follow.model.trail.data.sums(1)] == [14, 16, 17, 20, 21]
    follow.close()
