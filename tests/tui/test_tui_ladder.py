"""Ladders without a screen: what goes up and down, what folds, what text and picture say."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from tui_driver import FAULTS, SAMPLES

from analyzer.tui.follow import Follow
from analyzer.tui.ladder.compare import Change, compare, differences
from analyzer.tui.ladder.draw import draw, layout_of, line_text
from analyzer.tui.ladder.ladder import Ladder
from analyzer.tui.ladder.rung import Kind, Rung
from analyzer.tui.ladder.rungs import Folding, rungs_of
from analyzer.tui.ladder.svg import svg_lines
from analyzer.tui.ladder.text import text_lines
from analyzer.tui.trail import Course, Mark, Trail
from dissectors.tree import Field
from rules.machines.reached import Reached
from rules.machines.ue import UeState
from rules.model import Finding, Role, Verdict

UE, HA = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
ELSEWHERE = IPv6Address("2001:db8:9::1")


def ladder_of(folder: Path, session: int = 1) -> Ladder:
    follow = Follow([folder / "capture.pcap"], [folder / "keys"])
    follow.start()
    follow.wait()
    run = follow.run
    assert run is not None
    assert run.engine is not None
    machines = run.engine.machines_of(session)
    assert machines is not None
    ladder = Ladder(follow.model, run.world.sessions[session - 1], lambda: list(machines.reached))
    assert ladder.catch_up(at_once=True)
    return ladder


def course_of(*messages: tuple[int, int, int, IPv6Address], wholes: dict[int, tuple[int, ...]] | None = None) -> Course:
    """Messages by frame, marks, frame of the first sending, address of the UE."""
    course = Course()
    for frame, marks, repeats, ue in messages:
        course.marks.append(marks)
        course.repeats.append(repeats)
        course.ues.append(0 if ue == UE else 1)
        course.peers.append(0)
        course.frames.append(frame)
    course.wholes = wholes or {}
    return course


def trail() -> Trail:
    made = Trail()
    made.addresses, made.peers = [UE, ELSEWHERE], [("HA", HA)]
    return made


def shown(rungs: list[Rung]) -> list[tuple[str, int]]:
    return [(rung.kind.value, rung.frame) for rung in rungs]


UP, DOWN = int(Mark.UPWARD), 0


def test_retransmissions_and_fragments_fold_into_their_message_and_unfold() -> None:
    piece = UP | int(Mark.PIECE)
    course = course_of((1, UP, 0, UE), (2, UP, 1, UE), (3, piece, 0, UE), (4, UP, 0, UE), (5, DOWN, 0, UE),
                       wholes={4: (3, 4)})  # fmt: skip
    folding = Folding(set())
    rungs = rungs_of(course, trail(), [], [], folding)
    assert shown(rungs) == [("message", 1), ("message", 4), ("message", 5)]
    assert [rung.parts for rung in rungs] == [(2,), (3,), ()]
    folding.turn(4)
    assert shown(rungs_of(course, trail(), [], [], folding)) == [
        ("message", 1), ("message", 4), ("message", 3), ("message", 5),
    ]  # fmt: skip
    folding.turn_all()
    assert {frame for _, frame in shown(rungs_of(course, trail(), [], [], folding))} == {1, 2, 3, 4, 5}


def test_a_run_of_data_is_one_rung_unless_something_is_wrong_in_it() -> None:
    data = int(Mark.DATA)
    course = course_of(*((n, data | n % 2, 0, UE) for n in range(1, 10)))
    assert [(r.kind, r.entry, r.last) for r in rungs_of(course, trail(), [], [], Folding(set()))] == [(Kind.DATA, 0, 8)]
    wrong = Finding("UE-5.1.2.4-26", 1, Verdict.FAIL, 5, 0)
    assert shown(rungs_of(course, trail(), [], [wrong], Folding(set()))) == [
        ("data", 1), ("message", 5), ("violation", 5), ("data", 6),
    ]  # fmt: skip


def test_states_and_violations_stand_behind_the_message_that_led_to_them() -> None:
    course = course_of((1, UP, 0, UE), (4, DOWN, 0, UE))
    reached = [Reached(1, 0, Role.UE, UeState.INIT_SENT, 1), Reached(4, 0, Role.UE, UeState.INIT_DONE, 1)]
    findings = [Finding("a", 1, Verdict.FAIL, 1, 0), Finding("b", 1, Verdict.FAIL, 2, 0)]
    assert shown(rungs_of(course, trail(), reached, findings, Folding(set()))) == [
        ("message", 1), ("violation", 1), ("state", 1), ("violation", 2), ("message", 4), ("state", 4),
    ]  # fmt: skip


def test_a_ue_that_moves_is_told_before_its_first_message_from_there() -> None:
    course = course_of((1, UP, 0, UE), (2, DOWN, 0, UE), (3, UP, 0, ELSEWHERE))
    wrong = Finding("a", 1, Verdict.FAIL, 3, 0)
    rungs = rungs_of(course, trail(), [], [wrong], Folding(set()))
    assert shown(rungs) == [("message", 1), ("message", 2), ("move", 3), ("message", 3), ("violation", 3)]
    assert rungs[2].text == "UE now at 2001:db8:9::1"


def test_a_packet_captured_twice_folds_into_the_first() -> None:
    course = course_of((1, UP, 0, UE), (2, UP | int(Mark.COPY), 0, UE))
    assert shown(rungs_of(course, trail(), [], [], Folding(set()), {2: 1})) == [("message", 1)]


def test_the_rungs_of_an_attach_are_its_messages_in_order() -> None:
    ladder = ladder_of(FAULTS)
    frames = [rung.frame for rung in ladder.rungs if rung.kind is Kind.MESSAGE]
    assert frames == [*range(1, 14), 15, 24, 25, 26, 27]  # as the story of the sample tells it
    assert [node.name for node in ladder.nodes.all] == ["UE", "HA"]
    assert [ladder.ends(rung) for rung in ladder.rungs if rung.frame in (1, 2) and rung.kind is Kind.MESSAGE] == [
        (0, 1), (1, 0),
    ]  # fmt: skip
    rules = [rung.finding.rule for rung in ladder.rungs if rung.finding is not None]
    assert rules == ["UE-5.1.2.4-14", "UE-5.1.2.4-15", "UE-5.1.2.4-26", "HA-5.1.3.2-03", "HA-5.1.3.2-08"]


def test_a_redirect_leads_to_a_second_home_agent_and_its_states_stand_there() -> None:
    ladder = ladder_of(SAMPLES / "attach-redirected")
    assert [node.name for node in ladder.nodes.all] == ["UE", "HA", "HA 2"]
    ends = {ladder.ends(rung) for rung in ladder.rungs if rung.kind is Kind.MESSAGE}
    assert ends == {(0, 1), (1, 0), (0, 2), (2, 0)}
    columns = [ladder.agent(rung) for rung in ladder.rungs if rung.kind is Kind.STATE]
    assert columns == sorted(columns)
    assert set(columns) == {1, 2}


def test_discovery_has_nodes_of_its_own() -> None:
    ladder = ladder_of(SAMPLES / "dsmip-discovery-fqdn")
    assert [node.name for node in ladder.nodes.all] == ["DHCPv6", "DNS", "UE", "HA"]


def test_a_handover_says_where_the_ue_is_now() -> None:
    ladder = ladder_of(SAMPLES / "dsmip-handover")
    moves = [rung.text for rung in ladder.rungs if rung.kind is Kind.MOVE]
    assert moves == ["UE now at 203.0.113.5", "UE now at 2001:db8:77::99"]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_every_line_has_all_lifelines_and_no_more_room_than_there_is(width: int) -> None:
    ladder = ladder_of(SAMPLES / "attach-redirected")
    layout = layout_of(ladder, width)
    for rung in ladder.rungs:
        text = line_text(draw(ladder, rung, layout))
        assert len(text) <= max(width, layout.columns[-1] + 1)
        if rung.kind is Kind.MESSAGE:
            low, high = sorted(layout.columns[place] for place in ladder.ends(rung))
            assert text[low] in "├│"
            assert text[high] in "┤│"
            assert ("►" in text) != ("◄" in text)


def test_the_text_names_session_nodes_messages_states_and_violations() -> None:
    text = "\n".join(text_lines(ladder_of(FAULTS)))
    for words in ("Session 1: 0001010123456789@nai", "UE 203.0.113.5", "HA 192.0.2.1", "IKE_SA_INIT request 0",
                  "◆ registered", "✖E UE-5.1.2.4-14 SHALL: expected flag F = 0"):  # fmt: skip
        assert words in text


def test_the_picture_is_well_formed_the_same_each_time_and_fetches_nothing() -> None:
    picture = "\n".join(svg_lines(ladder_of(FAULTS)))
    assert picture == "\n".join(svg_lines(ladder_of(FAULTS)))
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    arrows = [e for e in root.iter(f"{space}line") if e.get("marker-end")]
    assert len(arrows) == 18
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in picture


def field(name: str, value: object = None, *children: Field) -> Field:
    return Field(name, 0, 1, value, children=list(children))


def test_fields_are_compared_with_those_of_the_same_name_and_place() -> None:
    left = field("frame", None, field("a", 1), field("b", 2), field("b", 3), field("only_left", 9))
    right = field("frame", None, field("a", 1), field("b", 2), field("b", 4), field("new", None, field("inside", 5)))
    lines = compare(left, right)
    assert [(line.label, line.left, line.right, line.change) for line in lines] == [
        ("A", "1", "1", Change.SAME),
        ("B", "2", "2", Change.SAME),
        ("B", "3", "4", Change.CHANGED),
        ("Only left", "9", "", Change.ONLY_LEFT),
        ("New", "", "", Change.ONLY_RIGHT),
        ("Inside", "", "5", Change.ONLY_RIGHT),
    ]
    assert [line.label for line in differences(lines)] == ["B", "Only left", "New", "Inside"]


def test_two_updates_differ_in_what_makes_one_a_deregistration() -> None:
    ladder = ladder_of(FAULTS)
    lines = differences(compare(ladder.model.explain(13).root, ladder.model.explain(24).root))
    changed = {line.label: (line.left, line.right) for line in lines if line.change is Change.CHANGED}
    assert changed["Sequence"] == ("39997", "39998")
    assert "Lifetime" in changed
