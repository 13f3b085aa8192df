"""User data and PCO in ladders. Rows are those of the samples' stories: frames, lengths, who sent them in what."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ElementTree
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from screen_driver import press
from test_tui_ladder import UE, course_of, ladder_of, shown, trail
from tui_driver import FAULTS, SAMPLES, Driver, app_of, drive, screen_text
from tui_driver import packets_of as packet_screen_of

from analyzer.tui.carried import PcoNote, Sum, Way
from analyzer.tui.ladder.asides import Beside
from analyzer.tui.ladder.ladder import Ladder
from analyzer.tui.ladder.pco import PcoNodes
from analyzer.tui.ladder.rung import Kind, Rung
from analyzer.tui.ladder.rungs import Folding, rungs_of
from analyzer.tui.ladder.svg import svg_lines
from analyzer.tui.ladder.text import text_lines
from analyzer.tui.ladder.tunnels import packets_of, sum_words_within, whose
from analyzer.tui.screens.ladder import LadderScreen
from analyzer.tui.trail import Mark
from dissectors.events import Endpoint
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.model import Finding, Verdict
from samples.planted import PLANTED

COA, HA = IPv4Address("203.0.113.5"), IPv4Address("192.0.2.1")
UP = Way(True, COA, 40191, HA, 4191, Encapsulation.UDP, 6)
DOWN = Way(False, HA, 4191, COA, 40191, Encapsulation.UDP, 6)
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def rows(ladder: Ladder, *kinds: Kind) -> list[tuple[int, str, str, str]]:
    """Frame, from whom, to whom and words of the arrows of some kinds."""
    names = [node.name for node in ladder.nodes.all]
    found = []
    for rung in ladder.rungs:
        if rung.kind in kinds:
            begin, end = ladder.ends(rung)
            found.append((rung.frame, names[begin], names[end], ladder.words(rung)))
    return found


def segment(first: int, last: int, packets: int, *, port: int = 40191, upward: bool = True) -> TunnelSegment:
    ends = (COA, HA, port, 4191) if upward else (HA, COA, 4191, port)
    return TunnelSegment(*ends, Encapsulation.UDP, None, None, 6, first, last, first, last, packets, 100 * packets)


# What is drawn


def test_user_data_is_an_arrow_for_each_way_between_two_messages() -> None:
    assert rows(ladder_of(FAULTS), Kind.TUNNEL) == [
        (14, "UE", "HA", "1 packet, 106 bytes IPv6 in IPv4, frame 14"),
        (16, "UE", "HA", "2 packets, 212 bytes IPv6 in IPv4, frames 16 to 18"),
        (17, "HA", "UE", "2 packets, 228 bytes IPv6 in UDP 4191, frames 17 to 19"),
        (20, "UE", "HA", "2 packets, 172 bytes IPv4 in IPv4, frames 20 to 22"),
        (21, "HA", "UE", "2 packets, 188 bytes IPv4 in UDP 4191, frames 21 to 23"),
    ]


def test_where_the_ue_is_is_said_of_data_from_another_access_than_the_message_before() -> None:
    """In the story frames 22 and 23 stay on the IPv6 access after an update from the other, 27 and 28 the other way."""
    said = {frame: words for frame, _, _, words in rows(ladder_of(SAMPLES / "dsmip-ifom"), Kind.TUNNEL)}
    assert list(said) == [16, 17, 20, 21, 22, 23, 27, 28, 29, 30]
    assert {frame: words.split(", ")[2] for frame, words in said.items() if "UE at" in words} == {
        22: "UE at 2001:db8:77::99", 23: "UE at 2001:db8:77::99", 27: "UE at 203.0.113.5", 28: "UE at 203.0.113.5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "arrow"),
    [(17, 17), (18, 16), (19, 17), (21, 21), (22, 20)],  # the UE sent the even frames, the Home Agent the odd ones
)
def test_a_violation_stands_below_the_arrow_whose_frame_it_names(frame: int, arrow: int) -> None:
    ladder = ladder_of(FAULTS)
    ladder.model.marks.add([Finding("HA-5.1.3.2-14", 1, Verdict.FAIL, frame, 0)])
    assert ladder.catch_up(at_once=True)
    place = next(n for n, rung in enumerate(ladder.rungs) if rung.finding and rung.frame == frame)
    above = ladder.rungs[place - 1]
    assert (above.kind, above.frame) == (Kind.TUNNEL, arrow)
    assert ladder.severity(above) is not None
    assert ladder.place(frame) == place - 1


def test_of_arrows_between_the_same_ends_the_one_of_the_right_kind_has_the_frame() -> None:
    """In the story the UE sends frame 18 as IPv6 in IPv4 and frame 20 as IPv4 in IPv4; frame 15 comes from the HA."""
    model = ladder_of(FAULTS).model
    six = Sum(Way(True, COA, 0, HA, 0, Encapsulation.IPV6_IN_IPV4, 6), 14, 22, 5, 500)
    four = Sum(Way(True, COA, 0, HA, 0, Encapsulation.IPV4_IN_IPV4, 4), 14, 22, 5, 500)
    assert [whose(model, frame, [six, four]) for frame in (18, 20, 15)] == [six, four, None]
    assert [whose(model, frame, [four, six]) for frame in (18, 20, 15)] == [six, four, None]
    assert packets_of(model, four) == ([20, 22], 3)


def test_what_the_sample_does_wrong_with_user_data_stands_below_frame_14() -> None:
    ladder = ladder_of(FAULTS)
    place = next(n for n, r in enumerate(ladder.rungs) if r.finding and r.finding.rule == "UE-5.1.2.4-26")
    assert (ladder.rungs[place - 1].kind, ladder.rungs[place - 1].frame) == (Kind.TUNNEL, 14)


@pytest.mark.parametrize(
    ("rule", "ends", "words"),
    [
        ("HA-5.1.3.2-14", ("HA", "UE"), "IPv6 in IPv6, UE at 2001:db8:77::66, frame"),
        ("HA-5.1.3.2-15", ("HA", "UE"), "IPv6 in IPv4, frame"),
        ("UE-5.1.2.4-30", ("UE", "HA"), "IPv4 in IPv6, frame"),
    ],
)
def test_a_planted_mistake_with_user_data_stands_below_its_arrow(
    tmp_path: Path, rule: str, ends: tuple[str, str], words: str
) -> None:
    blamed = PLANTED[rule].write(tmp_path)
    ladder = ladder_of(tmp_path)
    place = next(n for n, rung in enumerate(ladder.rungs) if rung.finding and rung.finding.rule == rule)
    arrow = ladder.rungs[place - 1]
    assert (arrow.frame, *ends) in [row[:3] for row in rows(ladder, Kind.TUNNEL)]
    assert arrow.sum is not None
    assert arrow.sum.first <= blamed[0] <= arrow.sum.last
    assert words in ladder.words(arrow)


def test_without_user_data_its_violations_stay() -> None:
    ladder = ladder_of(FAULTS)
    ladder.shows_data = False
    assert ladder.catch_up(at_once=True)
    assert not rows(ladder, Kind.TUNNEL)
    assert [rung.frame for rung in ladder.rungs if rung.finding] == [13, 13, 14, 15, 15]


def test_an_arrow_unfolds_into_its_packets() -> None:
    ladder = ladder_of(FAULTS)
    ladder.folding.turn(17)
    assert ladder.catch_up(at_once=True)
    parts = [(rung.frame, ladder.words(rung)) for rung in ladder.rungs if rung.is_part]
    assert parts == [
        (17, "2001:db8:cafe::7 → 2001:db8:1:2::10 ICMPv6 echo reply id=0x4453 seq=1"),
        (19, "2001:db8:cafe::7 → 2001:db8:1:2::10 ICMPv6 echo reply id=0x4453 seq=2"),
    ]
    assert ladder.rungs[ladder.place(19)].frame == 19


@needs_tshark
def test_pco_goes_between_the_nodes_that_it_names() -> None:
    ladder = ladder_of(SAMPLES / "dsmip-pco")
    assert [node.title for node in ladder.nodes.all] == [
        "SGW 198.51.100.3", "MME 198.51.100.2", "UE 2001:db8:77::99", "HA 2001:db8:ffff::1",
    ]  # fmt: skip
    request, response = rows(ladder, Kind.PCO)
    assert request[:3] == (1, "MME", "SGW")
    assert request[3].startswith("Create Session Request, PCO asks for")
    assert response[:3] == (2, "SGW", "MME")
    assert "2001:db8:1:2::/64" in response[3]


def test_text_and_picture_show_user_data_as_double_arrows() -> None:
    ladder = ladder_of(FAULTS)
    lines = [line for line in text_lines(ladder) if "packet" in line and "frame" in line and "═" in line]
    assert len(lines) == 5
    assert [("╞" in line, "►" in line) for line in lines] == [(n in (14, 16, 20),) * 2 for n in (14, 16, 17, 20, 21)]
    space = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring("\n".join(svg_lines(ladder)))
    assert len([e for e in root.iter(f"{space}line") if e.get("class") == "core"]) == 5
    assert any("frames 16 to 18" in (e.text or "") for e in root.iter(f"{space}text"))


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (80, "1 234 packets, 180.0 kB IPv6 in UDP 4191, UE at 203.0.113.5, frames 120 to 1431"),
        (79, "1 234 packets, 180.0 kB IPv6 in UDP 4191, UE at 203.0.113.5, frames 120 to 1431"),
        (78, "1 234 packets, 180.0 kB IPv6 in UDP 4191, UE at 203.0.113.5…"),
        (59, "1 234 packets, 180.0 kB IPv6 in UDP 4191…"),
        (40, "1 234 packets, 180.0 kB…"),
        (23, "1 234 pkts, 180.0 kB…"),
        (20, "1 234 pkts…"),
        (10, "…"),
    ],
)
def test_user_data_that_has_no_room_for_all_its_words_loses_whole_parts(room: int, words: str) -> None:
    assert sum_words_within(Sum(UP, 120, 1431, 1234, 180_000), None, room) == words


def test_bytes_are_shortened_with_the_packets() -> None:
    assert sum_words_within(Sum(UP, 7, 7, 1, 98), COA, 18) == "1 pkt, 98 B…"


# How it is arranged


def sums(*parts: tuple[Way, int, int]) -> list[Sum]:
    return [Sum(way, first, last, last - first + 1, 100) for way, first, last in parts]


def test_only_rungs_that_are_shown_part_an_arrow() -> None:
    """Frame 4 is a retransmission, which folds into its first sending: the data around it are one arrow."""
    course = course_of((1, int(Mark.UPWARD), 0, UE), (4, int(Mark.UPWARD), 1, UE), (7, 0, 0, UE))
    beside = Beside(sums((UP, 2, 2), (DOWN, 3, 3), (UP, 5, 6), (UP, 8, 8)))
    folding = Folding(set())
    rungs = rungs_of(course, trail(), [], [], folding, beside=beside)
    assert shown(rungs) == [("message", 1), ("tunnel", 2), ("tunnel", 3), ("message", 7), ("tunnel", 8)]
    first = rungs[1].sum
    assert first is not None
    assert (first.first, first.last, first.packets, first.bytes) == (2, 6, 3, 200)


def test_a_violation_of_a_message_never_stands_below_an_arrow() -> None:
    course = course_of((1, int(Mark.UPWARD), 0, UE), (4, int(Mark.UPWARD), 1, UE))
    beside = Beside(sums((UP, 2, 2), (UP, 5, 6)))
    wrong = Finding("a", 1, Verdict.FAIL, 4, 0)
    rungs = rungs_of(course, trail(), [], [wrong], Folding(set()), beside=beside)
    assert [rung.failed for rung in rungs if rung.kind is Kind.TUNNEL] == [()]
    assert shown(rungs)[-1] == ("violation", 4)


def test_of_two_messages_with_pco_in_a_frame_the_last_one_has_the_violations() -> None:
    end = Endpoint(COA, 2123)
    notes = [PcoNote(3, end, end, ("", ""), text) for text in ("one", "two")]
    wrong = Finding("a", 1, Verdict.FAIL, 3, 0)
    rungs = rungs_of(course_of(), trail(), [], [wrong], Folding(set()), beside=Beside((), notes))
    assert shown(rungs) == [("pco", 3), ("pco", 3), ("violation", 3)]
    assert [rung.failed for rung in rungs[:2]] == [(), (3,)]


def test_a_node_that_one_message_names_has_that_name_in_all() -> None:
    mme, sgw, pgw = (Endpoint(IPv4Address(f"127.0.0.{n}"), 2123) for n in (2, 3, 4))
    none = Endpoint(IPv6Address("::"))
    notes = [
        PcoNote(1, none, none, ("UE", "MME"), ""),
        PcoNote(2, mme, sgw, ("MME", "SGW"), ""),
        PcoNote(3, sgw, pgw, ("SGW", "PGW"), ""),
        PcoNote(4, pgw, sgw, ("", ""), ""),
        PcoNote(5, sgw, Endpoint(IPv4Address("127.0.0.9"), 2123), ("", ""), ""),
    ]
    nodes = PcoNodes(notes)
    assert [nodes.ends(note) for note in notes[3:]] == [("PGW", "SGW"), ("SGW", "GTP-C")]
    assert list(nodes.addresses) == ["MME", "SGW", "PGW", "GTP-C"]
    assert nodes.addresses["MME"] == [mme.address]


# On the screen


def screen_of(pilot: Driver) -> LadderScreen:
    screen = app_of(pilot).screen_stack[0]
    assert isinstance(screen, LadderScreen)
    return screen


def rung_of(pilot: Driver) -> Rung:
    rung = screen_of(pilot).lines.rung
    assert rung is not None
    return rung


def test_a_key_hides_user_data_and_shows_it_again() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "G")
        assert "u User data" in screen_text(pilot)
        assert "2 packets, 212 bytes IPv6 in IPv4" in screen_text(pilot)
        await press(pilot, "u")
        assert "212 bytes" not in screen_text(pilot)
        await press(pilot, "u")
        assert "212 bytes" in screen_text(pilot)

    drive(scenario, size=(120, 30))


def test_enter_on_an_arrow_goes_to_its_first_packet_and_back_to_the_arrow() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4")
        screen = screen_of(pilot)
        assert screen.ladder is not None
        screen.lines.place(screen.ladder.place(16))
        await press(pilot, "enter")
        assert packet_screen_of(pilot).packets.number == 16
        await press(pilot, "j", "j", "j", "4")  # frame 19, which the Home Agent sent
        assert (rung_of(pilot).kind, rung_of(pilot).frame) == (Kind.TUNNEL, 17)
        await press(pilot, "space", "j", "j")
        assert (rung_of(pilot).is_part, rung_of(pilot).frame) == (True, 19)
        assert "echo reply id=0x4453 seq=2" in screen_text(pilot)
        await press(pilot, "space")
        assert (rung_of(pilot).is_part, rung_of(pilot).frame) == (False, 17)

    drive(scenario)


def test_the_next_violation_of_user_data_leads_to_its_frame() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "n", "n", "n")
        finding = rung_of(pilot).finding
        assert finding is not None
        assert (finding.rule, finding.frame) == ("UE-5.1.2.4-26", 14)
        await press(pilot, "k")
        assert (rung_of(pilot).kind, rung_of(pilot).frame) == (Kind.TUNNEL, 14)
        assert "✖E  14" in screen_text(pilot)
        await press(pilot, "j", "enter")
        assert packet_screen_of(pilot).packets.number == 14

    drive(scenario)


@needs_tshark
def test_enter_on_pco_goes_to_its_packet() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "less_than_sign")
        assert (rung_of(pilot).kind, rung_of(pilot).frame) == (Kind.PCO, 1)
        assert "DSMIPv6 home network prefix" in screen_text(pilot)
        await press(pilot, "j", "enter")
        assert packet_screen_of(pilot).packets.number == 2
        await press(pilot, "4")
        assert (rung_of(pilot).kind, rung_of(pilot).frame) == (Kind.PCO, 2)

    drive(scenario, sample=SAMPLES / "dsmip-pco", size=(140, 30))


@needs_tshark
def test_beside_the_3gpp_access_80_columns_tell_which_way_how_much_went_in_what() -> None:
    """The sample's story has the ways, ``tshark -T fields -e frame.len`` the lengths."""

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "G")
        told = re.findall(r"(\d+) [ .\d│]+([╞◄])═? (.+?)…? ═+([►╡])", screen_text(pilot))
        assert [(int(frame), begin + end, words) for frame, begin, words, end in told] == [
            (27, "◄╡", "1 packet, 110 bytes IPv6 in IPv6"),
            (31, "╞►", "1 packet, 98 bytes IPv6 in UDP 4191"),
            (32, "◄╡", "1 packet, 98 bytes IPv6 in UDP 4191"),
            (33, "╞►", "1 packet, 126 bytes IPv6 in IPv6"),
            (34, "◄╡", "1 packet, 126 bytes IPv6 in IPv6"),
        ]
        screen = screen_of(pilot)
        assert screen.ladder is not None
        screen.lines.place(screen.ladder.place(31))
        await pilot.pause()
        assert "1 packet, 98 bytes IPv6 in UDP 4191, UE at 203.0.113.5, frame 31" in screen_text(pilot)

    drive(scenario, sample=SAMPLES / "dsmip-pco")
