"""Obligations: what meets them, when they are overdue, and when an absence proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dissectors.ikev2.registry import NotifyType
from rules.debts import MOST_DEBTS
from rules.engine import Engine
from rules.ladder import Played, play
from rules.ladder.scene import EPOCH
from rules.model import Finding, Verdict
from rules.registry import Kind, Obligation

UE_RULE, HA_RULE, CLEAR = "UE-5.1.2.2-11", "HA-5.1.3.1-13", "RFC7296-04"
"""A row of the UE and one of the HA that need opened IKE messages, one of either that needs none."""


def answers(request: object, response: object, context: object) -> bool:
    return request.message.message_id == response.message.message_id  # type: ignore[attr-defined]


def never(*_: object) -> bool:
    return False


def owed(rule: str = CLEAR, **more: object) -> Obligation:
    given = {
        "on": (Kind.INFORMATIONAL_REQUEST,),
        "met_by": (Kind.INFORMATIONAL_RESPONSE,),
        "within": "ike_response",
        "expected": "an answer",
        "match": answers,
    }
    return Obligation(rule, **(given | more))  # type: ignore[arg-type]


def run(ladder: str, rule: Obligation) -> Played:
    return play(ladder, {rule.id: [rule]})


def told(played: Played) -> list[Finding]:
    return [f for f in played.findings if not f.rule.startswith("X-")]


def only(ladder: str, rule: Obligation | None = None) -> Finding:
    (finding,) = told(run(ladder, rule or owed()))
    return finding


ASKED = "    0.0 UE -> HA INFORMATIONAL request 5\n"


def test_an_answer_in_time_is_a_pass_at_the_request() -> None:
    played = run(ASKED + "    29.9 HA -> UE INFORMATIONAL response 5\n    90.0 END\n", owed())
    assert played.engine.tally[1, CLEAR] == {Verdict.PASS: 1}
    assert played.engine.tally.first_pass(1, CLEAR) == 1
    assert told(played) == []


def test_an_answer_at_the_deadline_itself_is_in_time() -> None:
    assert told(run(ASKED + "    30.0 HA -> UE INFORMATIONAL response 5\n    90.0 END\n", owed())) == []


def test_no_answer_is_a_fail_at_the_frame_of_the_request() -> None:
    finding = only(ASKED + "    30.0 END\n")
    assert (finding.verdict, finding.frame, finding.at) == (Verdict.FAIL, 1, EPOCH)
    assert finding.expected == "an answer"
    assert finding.observed == "nothing within 30 s (until 22:13:50.000 UTC)"


def test_an_answer_to_something_else_or_too_late_does_not_help() -> None:
    ladder = ASKED + "    1.0 HA -> UE INFORMATIONAL response 4\n    30.1 HA -> UE INFORMATIONAL response 5\n"
    assert only(ladder).verdict is Verdict.FAIL


def test_the_deadline_is_the_profiles() -> None:
    ladder = "    PROFILE deadlines.ike_response=2\n" + ASKED + "    3.0 END\n"
    from rules.ladder import profile_of

    rule = owed()
    played = play(ladder, {rule.id: [rule]}, profile_of({"deadlines.ike_response": "2"}))
    assert told(played)[0].observed.startswith("nothing within 2 s ")


def test_any_event_of_any_session_lets_time_pass() -> None:
    ladder = ASKED + "    31.0 UE2 -> HA IKE_SA_INIT request\n    31.0 END\n"
    assert only(ladder).session == 1


def test_a_tick_settles_what_is_overdue_and_the_words_do_not_depend_on_it() -> None:
    rule = owed()
    played = run(ASKED, rule)
    engine = Engine(played.world, {rule.id: [rule]})
    event = played.events[0]
    from rules.history import place

    engine.feed(event, place(played.world.sessions[0], event))
    assert engine.tick(event.at + 30_000_000_000) == []
    (finding,) = engine.tick(event.at + 99_000_000_000)
    assert finding.observed == "nothing within 30 s (until 22:13:50.000 UTC)"


def test_what_was_owed_is_worded_as_the_records_stood_when_it_began() -> None:
    rule = owed(
        words=lambda e, c: (f"an answer to {e.message.message_id}, exchange {len(c.sa.exchanges) + 1}", "silence"),
    )
    finding = only(ASKED + "    1.0 HA -> UE CREATE_CHILD_SA request 0\n    90.0 END\n", rule)
    assert (finding.expected, finding.observed) == ("an answer to 5, exchange 1", "silence")


def test_a_wording_that_crashes_is_reported() -> None:
    def crash(*_: object) -> tuple[str, str]:
        raise KeyError("x")

    finding = only(ASKED + "    90.0 END\n", owed(words=crash))
    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, f"rule {CLEAR} crashed: KeyError")


# Retransmissions


def test_the_deadline_counts_from_the_last_copy_of_the_trigger() -> None:
    ladder = ASKED + "    20.0 repeat\n    49.0 HA -> UE INFORMATIONAL response 5\n    90.0 END\n"
    assert told(run(ladder, owed())) == []
    finding = only(ASKED + "    20.0 repeat\n    25.0 repeat\n    90.0 END\n")
    assert (finding.frame, finding.related) == (1, (3,))
    assert finding.observed == "nothing within 30 s after the last copy in frame 3 (until 22:14:15.000 UTC)"


def test_a_deadline_that_counts_from_the_first_copy_is_not_pushed() -> None:
    ladder = ASKED + "    20.0 repeat\n    49.0 HA -> UE INFORMATIONAL response 5\n    90.0 END\n"
    assert only(ladder, owed(from_last_copy=False)).verdict is Verdict.FAIL


def test_deadlines_are_settled_in_their_order_whatever_was_pushed() -> None:
    ladder = """
    0.0 UE -> HA INFORMATIONAL request 5
    1.0 UE2 -> HA INFORMATIONAL request 6
    2.0 UE -> HA INFORMATIONAL request 7
    2.5 UE3 -> HA INFORMATIONAL request 8
    3.0 repeat
    99.0 END
    """
    rule = owed(when=lambda e, c: e.message.message_id != 7)
    findings = told(play(ladder, {rule.id: [rule]}))
    assert [(f.session, f.verdict) for f in findings] == [
        (1, Verdict.INCONCLUSIVE),
        (2, Verdict.FAIL),
        (3, Verdict.FAIL),
    ]


# Absent is not unseen


def test_a_capture_that_ends_before_the_deadline_decides_nothing() -> None:
    finding = only(ASKED + "    12.5 END\n")
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.reason == "the capture ends 12.5 s after frame 1, before the deadline of 30 s"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("HA -> UE INFORMATIONAL response 9 sealed", Verdict.INCONCLUSIVE),
        ("HA -> UE INFORMATIONAL response 9", Verdict.FAIL),
        ("UE -> HA INFORMATIONAL response 9 sealed", Verdict.FAIL),  # the HA owes it
        ("HA -> UE CREATE_CHILD_SA response 9 sealed", Verdict.FAIL),  # cannot be it
    ],
)
def test_a_sealed_message_that_may_be_what_was_owed_hides_the_absence(line: str, verdict: Verdict) -> None:
    finding = only(f"{ASKED}    1.0 {line}\n    90.0 END\n", owed(HA_RULE, match=never))
    assert finding.verdict is verdict
    if verdict is Verdict.INCONCLUSIVE:
        assert finding.reason.startswith("what was owed may be in a message that stays closed: no key")


def test_a_rule_that_needs_no_inside_matches_sealed_answers() -> None:
    ladder = ASKED + "    1.0 HA -> UE INFORMATIONAL response 5 sealed\n    90.0 END\n"
    assert told(run(ladder, owed())) == []


def test_a_sealed_trigger_opens_nothing_and_says_so() -> None:
    ladder = "    0.0 UE -> HA INFORMATIONAL request 5 sealed\n    90.0 END\n"
    finding = only(ladder, owed(HA_RULE))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.reason.startswith("no key for the IKE SA")
    assert told(run(ladder, owed(HA_RULE, maybe=never))) == []


@pytest.mark.parametrize(
    "place", ["    0.0 DROPS 3\n" + ASKED, ASKED + "    50.0 UE2 -> HA INFORMATIONAL response 1\n    89.0 DROPS 3\n"]
)
def test_a_capture_that_lost_frames_proves_no_absence_even_if_it_says_so_at_its_end(place: str) -> None:
    played = run(place + "    90.0 END\n", owed())
    (finding,) = told(played)
    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, "the capture lost 3 frames")
    assert played.engine.tally[1, CLEAR] == {Verdict.INCONCLUSIVE: 1}


def test_who_asks_on_under_a_higher_message_id_had_the_answer() -> None:
    finding = only(ASKED + "    1.0 UE -> HA CREATE_CHILD_SA request 6\n    90.0 END\n")
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.reason == "UE went on with message ID 6: the answer was sent and not captured"


@pytest.mark.parametrize(
    "line",
    [
        "HA -> UE CREATE_CHILD_SA request 6",  # the other end counts for itself
        "UE -> HA CREATE_CHILD_SA request 4",
        "UE -> HA2 CREATE_CHILD_SA request 6",  # another IKE SA
    ],
)
def test_another_request_does_not_show_that_the_answer_came(line: str) -> None:
    assert only(f"{ASKED}    1.0 {line}\n    90.0 END\n").verdict is Verdict.FAIL


def test_who_repeats_the_question_after_going_on_did_not_have_the_answer() -> None:
    rule = owed()
    ladder = "    0.0 UE -> HA CREATE_CHILD_SA request 6\n" + ASKED
    played = run(ladder + "    90.0 END\n", rule)
    events = [played.events[1], played.events[0]]
    world = play("    90.0 END\n", {}).world
    world.evidence.last_at = EPOCH + 90_000_000_000
    engine, session = Engine(world, {rule.id: [rule]}), replace(played.world.sessions[0], ike_sas=[], sas_by_spi={})
    session.world = world
    world.sessions.append(session)
    from rules.history import place

    for event in [*events, replace(events[0], frame=9, at=EPOCH + 2_000_000_000, repeats=events[0].frame)]:
        engine.feed(event, place(session, event))
    engine.finish()
    assert [f.verdict for f in engine.findings if f.rule == CLEAR] == [Verdict.FAIL]


def test_going_on_means_nothing_where_no_answer_was_owed() -> None:
    rule = owed(UE_RULE, on=(Kind.INFORMATIONAL_RESPONSE,), met_by=(Kind.INFORMATIONAL_REQUEST,), match=never)
    ladder = """
    0.0 HA -> UE INFORMATIONAL response 5
    1.0 UE -> HA CREATE_CHILD_SA request 6
    90.0 END
    """
    assert only(ladder, rule).verdict is Verdict.FAIL


def test_a_trigger_that_the_capture_cut_proves_nothing() -> None:
    finding = only("    0.0 UE -> HA INFORMATIONAL request 5 cut\n    90.0 END\n")
    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, "the capture cut the packet")


# Voids, other sessions, bounds


def test_what_voids_an_obligation_ends_it_without_a_verdict() -> None:
    rule = owed(void_by=(Kind.IKE_SA_INIT_REQUEST,))
    played = run(ASKED + "    1.0 UE -> HA2 IKE_SA_INIT request\n    90.0 END\n", rule)
    assert played.engine.verdict_of(1, CLEAR) is Verdict.NOT_APPLICABLE
    choosy = owed(void_by=(Kind.IKE_SA_INIT_REQUEST,), voids=never)
    assert only(ASKED + "    1.0 UE -> HA2 IKE_SA_INIT request\n    90.0 END\n", choosy).verdict is Verdict.FAIL


def test_an_event_of_another_session_meets_only_an_obligation_that_looks_across() -> None:
    ladder = ASKED + "    1.0 UE2 -> HA IKE_SA_INIT request with N(REDIRECTED_FROM=HA)\n    90.0 END\n"

    def follows(trigger: object, event: object, context: object) -> bool:
        return event.message.notify(NotifyType.REDIRECTED_FROM) is not None  # type: ignore[attr-defined]

    rule = owed(met_by=(Kind.IKE_SA_INIT_REQUEST,), match=follows)
    assert only(ladder, rule).verdict is Verdict.FAIL
    assert told(run(ladder, replace(rule, across=True))) == []


def test_a_match_that_crashes_is_reported_and_ends_the_obligation() -> None:
    def crash(*_: object) -> bool:
        raise IndexError

    finding = only(ASKED + "    1.0 HA -> UE INFORMATIONAL response 5\n    90.0 END\n", owed(match=crash))
    assert (finding.verdict, finding.reason) == (Verdict.INCONCLUSIVE, f"rule {CLEAR} crashed: IndexError")


def test_open_obligations_of_a_session_are_bounded() -> None:
    lines = [f"    {n / 1000} UE -> HA INFORMATIONAL request {1000 - n}" for n in range(MOST_DEBTS + 20)]
    played = run("\n".join(lines) + "\n    90.0 END\n", owed())
    tally = played.engine.tally[1, CLEAR]
    assert tally == {Verdict.FAIL: MOST_DEBTS, Verdict.INCONCLUSIVE: 20}


def test_a_forgotten_session_keeps_its_findings_and_verdicts_and_owes_nothing_more() -> None:
    rule = owed()
    played = run(ASKED, rule)
    engine = Engine(played.world, {rule.id: [rule]})
    from rules.history import place

    engine.feed(played.events[0], place(played.world.sessions[0], played.events[0]))
    engine.forget(1)
    assert [f.verdict for f in engine.session_findings(1)] == [Verdict.INCONCLUSIVE]
    assert engine.tick(EPOCH + 90_000_000_000) == engine.finish() == []
    assert engine.verdict_of(1, CLEAR) is Verdict.INCONCLUSIVE
