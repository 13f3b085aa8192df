"""Checks: which events reach a rule, and what the engine makes of what could not be seen."""

from __future__ import annotations

import logging

import pytest

from dissectors.ikev2.messages import Notify
from dissectors.ikev2.registry import NotifyType
from rules.ladder import Played, play
from rules.model import PASSED, Finding, Outcome, Verdict, failed, inconclusive, noted
from rules.registry import Check, Kind, Rule

IKE, CLEAR, ESP, BOTH = "UE-5.1.2.2-12", "UE-5.1.2.2-02", "RFC4303-02", "RFC7296-10"
"""Rows of the ledger that need opened IKE messages, nothing, opened ESP, opened IKE messages."""


def run(ladder: str, *rules: Rule) -> Played:
    declared: dict[str, list[Rule]] = {}
    for rule in rules:
        declared.setdefault(rule.id, []).append(rule)
    return play(ladder, declared)


def bad(event: object, context: object) -> Outcome:
    return failed(expected="good", observed="bad")


def passed(event: object, context: object) -> Outcome:
    return PASSED


def seen(rule: str, kind: Kind, **more: object) -> tuple[list[int], Check]:
    """A check that passes and notes which frames it was asked about."""
    frames: list[int] = []

    def judge(event: object, context: object) -> Outcome:
        frames.append(event.frame)  # type: ignore[attr-defined]
        return PASSED

    return frames, Check(rule, (kind,), judge, **more)  # type: ignore[arg-type]


def told(played: Played) -> list[Finding]:
    return [f for f in played.findings if not f.rule.startswith("X-")]


TALK = """
    0.0 UE -> HA IKE_SA_INIT request
    0.1 HA -> UE IKE_SA_INIT response
    0.2 UE -> HA IKE_AUTH request 1
    0.3 HA -> UE IKE_AUTH response 1
    0.4 UE -> HA CREATE_CHILD_SA request 2
    0.5 HA -> UE INFORMATIONAL request 0
    0.6 UE -> HA EXCHANGE_44 request 3
    0.7 UE -> HA ESP spi=0x1001
"""


@pytest.mark.parametrize(
    ("kind", "frames"),
    [
        (Kind.IKE, [1, 2, 3, 4, 5, 6, 7]),
        (Kind.REQUEST, [1, 3, 5, 6, 7]),
        (Kind.RESPONSE, [2, 4]),
        (Kind.IKE_SA_INIT_REQUEST, [1]),
        (Kind.IKE_SA_INIT_RESPONSE, [2]),
        (Kind.IKE_AUTH_REQUEST, [3]),
        (Kind.IKE_AUTH_RESPONSE, [4]),
        (Kind.CREATE_CHILD_SA_REQUEST, [5]),
        (Kind.INFORMATIONAL_REQUEST, [6]),
        (Kind.OTHER_REQUEST, [7]),
        (Kind.ESP, [8]),
    ],
)
def test_a_rule_sees_the_events_of_its_kind_and_no_others(kind: Kind, frames: list[int]) -> None:
    asked, rule = seen(CLEAR, kind)
    run(TALK, rule)
    assert asked == frames


def test_a_rule_on_two_overlapping_kinds_judges_an_event_once() -> None:
    asked, _ = seen(CLEAR, Kind.IKE)
    rule = Check(CLEAR, (Kind.IKE, Kind.REQUEST), lambda e, c: asked.append(e.frame) or PASSED)
    run(TALK, rule)
    assert asked == [1, 2, 3, 4, 5, 6, 7]


def test_a_guard_that_says_no_leaves_the_rule_not_applicable() -> None:
    played = run(TALK, Check(CLEAR, (Kind.IKE,), bad, when=lambda e, c: False))
    assert played.engine.verdict_of(1, CLEAR) is Verdict.NOT_APPLICABLE
    assert played.engine.tally[1, CLEAR] == {Verdict.NOT_APPLICABLE: 1}


def test_passes_are_counted_with_the_first_frame_and_its_observation() -> None:
    rule = Check(CLEAR, (Kind.REQUEST,), lambda e, c: noted(f"frame {e.frame}"), when=lambda e, c: e.frame > 1)
    played = run(TALK, rule)
    tally = played.engine.tally
    assert tally[1, CLEAR] == {Verdict.PASS: 4}
    assert (tally.first_pass(1, CLEAR), tally.note_of(1, CLEAR)) == (3, "frame 3")
    assert told(played) == []


def test_a_fail_is_a_finding_with_frame_time_and_texts() -> None:
    rule = Check(CLEAR, (Kind.IKE_AUTH_REQUEST,), lambda e, c: failed(expected="a", observed="b", related=(1,)))
    (finding,) = told(run(TALK, rule))
    assert (finding.rule, finding.session, finding.verdict, finding.frame) == (CLEAR, 1, Verdict.FAIL, 3)
    assert (finding.expected, finding.observed, finding.related) == ("a", "b", (1,))
    assert finding.subject == "IKE_AUTH"
    assert finding.at % 1_000_000_000 == 200_000_000


def test_an_outcome_may_blame_another_frame() -> None:
    rule = Check(CLEAR, (Kind.IKE_AUTH_REQUEST,), lambda e, c: failed(expected="", observed="", frame=1, at=77))
    (finding,) = told(run(TALK, rule))
    assert (finding.frame, finding.at) == (1, 77)


def test_the_worst_verdict_of_a_rule_counts() -> None:
    by_frame = {1: PASSED, 3: inconclusive("dark"), 5: failed(expected="", observed="x")}
    rule = Check(CLEAR, (Kind.REQUEST,), lambda e, c: by_frame.get(e.frame, PASSED))
    assert run(TALK, rule).engine.verdict_of(1, CLEAR) is Verdict.FAIL
    by_frame.pop(5)
    assert run(TALK, rule).engine.verdict_of(1, CLEAR) is Verdict.INCONCLUSIVE
    by_frame.pop(3)
    assert run(TALK, rule).engine.verdict_of(1, CLEAR) is Verdict.PASS


def test_two_declarations_of_one_requirement_add_their_verdicts() -> None:
    played = run(TALK, Check(CLEAR, (Kind.REQUEST,), passed), Check(CLEAR, (Kind.RESPONSE,), bad))
    assert played.engine.tally[1, CLEAR] == {Verdict.PASS: 5, Verdict.FAIL: 2}


# Sealed messages

SEALED = """
    0.0 UE -> HA IKE_AUTH request 1 sealed
    0.1 HA -> UE IKE_AUTH response 1 sealed
    0.2 UE -> HA IKE_AUTH request 2 sealed
    0.3 UE -> HA ESP spi=0x1001 sealed
"""


def test_a_sealed_message_makes_a_rule_on_its_inside_inconclusive_with_the_reason_once() -> None:
    played = run(SEALED, Check(IKE, (Kind.IKE_AUTH_REQUEST,), bad))
    (finding,) = told(played)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.reason.startswith("no key for the IKE SA ")
    assert (finding.frame, finding.count) == (1, 2)
    assert played.engine.tally[1, IKE] == {Verdict.INCONCLUSIVE: 2}


def test_where_even_the_header_rules_it_out_a_sealed_message_says_nothing() -> None:
    rule = Check(IKE, (Kind.IKE_AUTH_REQUEST,), bad, maybe=lambda e, c: e.message.message_id == 2)
    (finding,) = told(run(SEALED, rule))
    assert (finding.frame, finding.count) == (3, 1)


def test_a_rule_that_needs_no_inside_judges_sealed_messages() -> None:
    assert run(SEALED, Check(CLEAR, (Kind.REQUEST,), bad)).engine.verdict_of(1, CLEAR) is Verdict.FAIL


def test_a_rule_about_the_sealing_gets_sealed_messages() -> None:
    asked, rule = seen(IKE, Kind.IKE, sealed=True)
    run(SEALED, rule)
    assert asked == [1, 2, 3]


def test_esp_is_hidden_from_rules_that_need_esp_only() -> None:
    hidden = run(SEALED, Check(ESP, (Kind.ESP,), bad))
    assert hidden.engine.verdict_of(1, ESP) is Verdict.INCONCLUSIVE
    assert told(hidden)[0].reason == "no key for SPI 0x00001001"
    assert run(SEALED, Check(BOTH, (Kind.ESP,), bad)).engine.verdict_of(1, BOTH) is Verdict.FAIL


def test_a_rule_that_needs_esp_is_hidden_by_a_sealed_ike_message_as_well() -> None:
    assert run(SEALED, Check(ESP, (Kind.REQUEST,), bad)).engine.verdict_of(1, ESP) is Verdict.INCONCLUSIVE


def test_an_opened_message_is_judged_by_a_rule_on_its_inside() -> None:
    assert run(TALK, Check(IKE, (Kind.IKE_AUTH_REQUEST,), bad)).engine.verdict_of(1, IKE) is Verdict.FAIL


# What the capture did


def test_a_fail_on_a_packet_that_the_capture_cut_is_inconclusive() -> None:
    ladder = "    0.0 UE -> HA IKE_SA_INIT request cut\n"
    played = run(ladder, Check(CLEAR, (Kind.IKE,), bad))
    assert [(f.verdict, f.reason) for f in told(played)] == [(Verdict.INCONCLUSIVE, "the capture cut the packet")]


def test_what_the_sender_malformed_stays_judged() -> None:
    ladder = "    0.0 UE -> HA IKE_SA_INIT request with BAD(KE)\n"
    assert run(ladder, Check(CLEAR, (Kind.IKE,), bad)).engine.verdict_of(1, CLEAR) is Verdict.FAIL


def test_a_retransmission_is_judged_only_by_rules_that_ask_for_it() -> None:
    ladder = "    0.0 UE -> HA IKE_SA_INIT request\n    1.0 repeat\n    2.0 repeat\n"
    once, plain = seen(CLEAR, Kind.IKE)
    each, asking = seen(IKE, Kind.IKE, retransmissions=True)
    run(ladder, plain, asking)
    assert (once, each) == ([1], [1, 2, 3])


@pytest.mark.parametrize(
    ("kind", "verdict", "reason"),
    [
        (Kind.IKE_SA_INIT_REQUEST, Verdict.INCONCLUSIVE, "IKE_AUTH of this session was not captured"),
        (Kind.IKE_AUTH_RESPONSE, Verdict.INCONCLUSIVE, "IKE_AUTH of this session was not captured"),
        (Kind.CREATE_CHILD_SA_REQUEST, Verdict.NOT_APPLICABLE, ""),
        (Kind.REQUEST, Verdict.PASS, ""),
    ],
)
def test_a_capture_that_starts_late_leaves_the_beginning_undecided(kind: Kind, verdict: Verdict, reason: str) -> None:
    played = run("    0.0 UE -> HA INFORMATIONAL request 7\n", Check(CLEAR, (kind,), passed))
    assert played.engine.verdict_of(1, CLEAR) is verdict
    assert [f.reason for f in told(played)] == ([reason] if reason else [])


def test_a_capture_that_starts_in_ike_auth_leaves_only_ike_sa_init_undecided() -> None:
    ladder = "    0.0 UE -> HA IKE_AUTH request 2\n"
    played = run(
        ladder, Check(CLEAR, (Kind.IKE_SA_INIT_RESPONSE,), passed), Check(IKE, (Kind.IKE_AUTH_RESPONSE,), passed)
    )
    assert played.engine.verdict_of(1, CLEAR) is Verdict.INCONCLUSIVE
    assert played.engine.verdict_of(1, IKE) is Verdict.NOT_APPLICABLE


def test_a_session_captured_from_its_start_leaves_uncalled_rules_not_applicable() -> None:
    ladder = "    0.0 UE -> HA IKE_SA_INIT request\n"
    played = run(ladder, Check(CLEAR, (Kind.IKE_SA_INIT_RESPONSE,), passed))
    assert played.engine.verdict_of(1, CLEAR) is Verdict.NOT_APPLICABLE


# Our own faults


def test_a_rule_that_crashes_is_reported_and_blinds_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def crash(event: object, context: object) -> Outcome:
        raise KeyError("0x5ec2e7")

    with caplog.at_level(logging.ERROR):
        played = run(TALK, Check(CLEAR, (Kind.REQUEST,), crash), Check(IKE, (Kind.REQUEST,), passed))
    (finding,) = told(played)
    assert (finding.verdict, finding.count) == (Verdict.INCONCLUSIVE, 5)
    assert finding.reason == f"rule {CLEAR} crashed: KeyError"
    assert played.engine.tally[1, IKE] == {Verdict.PASS: 5}
    assert "crashed" in caplog.text
    assert "0x5ec2e7" not in caplog.text


@pytest.mark.parametrize("guard", ["when", "maybe"])
def test_a_guard_that_crashes_is_reported_too(guard: str) -> None:
    def crash(event: object, context: object) -> bool:
        raise ZeroDivisionError

    played = run(SEALED if guard == "maybe" else TALK, Check(IKE, (Kind.REQUEST,), passed, **{guard: crash}))
    assert told(played)[0].reason == f"rule {IKE} crashed: ZeroDivisionError"


# Folding


def many(count: int) -> str:
    lines = (f"    {n / 10} UE -> HA INFORMATIONAL request {n + 5}" for n in range(count))
    return "\n".join(lines) + "\n"


def test_the_same_fail_is_told_five_times_and_then_counted() -> None:
    played = run(many(12), Check(IKE, (Kind.IKE,), bad))
    findings = told(played)
    assert [f.count for f in findings] == [1, 1, 1, 1, 8]
    assert sum(f.count for f in findings) == played.engine.tally[1, IKE][Verdict.FAIL] == 12


def test_fails_that_say_different_things_are_kept_apart_up_to_a_bound() -> None:
    rule = Check(IKE, (Kind.IKE,), lambda e, c: failed(expected="", observed=str(e.frame)))
    findings = told(run(many(200), rule))
    assert len(findings) == 50
    assert sum(f.count for f in findings) == 200


def test_a_fail_is_never_folded_into_an_inconclusive() -> None:
    def judge(event: object, context: object) -> Outcome:
        text = str(event.frame)  # type: ignore[attr-defined]
        return bad(event, context) if text == "100" else inconclusive(text)

    findings = told(run(many(120), Check(IKE, (Kind.IKE,), judge)))
    assert [f.frame for f in findings if f.verdict is Verdict.FAIL] == [100]


def test_findings_are_kept_apart_by_session() -> None:
    ladder = many(7) + "    1.0 UE2 -> HA INFORMATIONAL request 3\n"
    played = run(ladder, Check(IKE, (Kind.IKE,), bad))
    assert len(played.engine.session_findings(1)) == 5
    assert [f.session for f in played.engine.session_findings(2)] == [2]


def test_feeding_gives_the_new_findings() -> None:
    rule = Check(CLEAR, (Kind.IKE,), lambda e, c: bad(e, c) if e.message.first(Notify) else PASSED)
    played = run("    0.0 UE -> HA IKE_SA_INIT request\n", rule)
    event = played.events[0]
    session = played.world.sessions[0]
    from rules.history import place

    again = played.engine.feed(event, place(session, event))
    assert [f.rule for f in again if not f.rule.startswith("X-")] == [CLEAR]
    assert event.message.notify(NotifyType.REDIRECT_SUPPORTED) is not None
