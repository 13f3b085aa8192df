"""Prohibitions: in force from their opening to their closing, kept or broken."""

from __future__ import annotations

from rules.ladder import Played, play
from rules.model import PASSED, Finding, Outcome, Verdict, failed, inconclusive
from rules.registry import Kind, Prohibition
from rules.watch import MOST_BANS

RULE = "HA-5.1.3.1-12"
"""A row that needs opened IKE messages."""


def offends(opening: object, event: object, context: object) -> Outcome:
    return failed(expected="none", observed=f"after frame {opening.frame}")  # type: ignore[attr-defined]


def banned(**more: object) -> Prohibition:
    given = {
        "opens": (Kind.IKE_AUTH_RESPONSE,),
        "offence": (Kind.CREATE_CHILD_SA_REQUEST,),
        "judge": offends,
        "closes": (Kind.INFORMATIONAL_REQUEST,),
    }
    return Prohibition(RULE, **(given | more))  # type: ignore[arg-type]


def run(ladder: str, rule: Prohibition) -> Played:
    return play(ladder, {rule.id: [rule]})


def told(played: Played) -> list[Finding]:
    return [f for f in played.findings if not f.rule.startswith("X-")]


OPENED = "    0.0 HA -> UE IKE_AUTH response 1\n"
OFFENCE = "    {at} UE -> HA CREATE_CHILD_SA request {id}{more}\n"


def offence(at: float, id_: int = 7, more: str = "") -> str:
    return OFFENCE.format(at=at, id=id_, more=more)


def test_an_offence_while_it_is_in_force_fails_at_the_offence() -> None:
    (finding,) = told(run(OPENED + offence(1.0), banned()))
    assert (finding.verdict, finding.frame, finding.observed) == (Verdict.FAIL, 2, "after frame 1")


def test_before_it_opens_and_after_it_closes_nothing_offends() -> None:
    ladder = offence(0.0) + OPENED.replace("0.0", "1.0") + "    2.0 UE -> HA INFORMATIONAL request 8\n" + offence(3.0)
    played = run(ladder, banned())
    assert told(played) == []
    assert played.engine.tally[1, RULE] == {Verdict.PASS: 1}


def test_it_is_kept_when_the_capture_ends_without_an_offence() -> None:
    played = run(OPENED, banned())
    assert played.engine.tally[1, RULE] == {Verdict.PASS: 1}
    assert played.engine.tally.first_pass(1, RULE) == 1


def test_a_broken_one_does_not_pass_at_its_end() -> None:
    played = run(OPENED + offence(1.0) + offence(2.0, 8), banned())
    assert played.engine.tally[1, RULE] == {Verdict.FAIL: 2}


def test_only_what_closing_accepts_lifts_it() -> None:
    ladder = OPENED + "    2.0 UE -> HA INFORMATIONAL request 8\n" + offence(3.0, 9)
    assert run(ladder, banned(closing=lambda o, e, c: False)).engine.verdict_of(1, RULE) is Verdict.FAIL
    assert run(ladder, banned(closing=lambda o, e, c: True)).engine.verdict_of(1, RULE) is Verdict.PASS


def test_a_harmless_event_of_an_offending_kind_is_no_offence() -> None:
    played = run(OPENED + offence(1.0), banned(judge=lambda o, e, c: PASSED))
    assert played.engine.tally[1, RULE] == {Verdict.PASS: 1}


def test_an_offence_that_cannot_be_told_is_inconclusive() -> None:
    played = run(OPENED + offence(1.0), banned(judge=lambda o, e, c: inconclusive("who knows")))
    assert played.engine.tally[1, RULE] == {Verdict.INCONCLUSIVE: 1}


def test_a_sealed_message_that_may_be_an_offence_leaves_it_undecided() -> None:
    played = run(OPENED + offence(1.0, more=" sealed"), banned())
    (finding,) = told(played)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.reason.startswith("an offence may be in a message that stays closed: no key")
    assert finding.frame == 1


def test_after_a_sealed_message_that_may_have_lifted_it_an_offence_is_undecided() -> None:
    ladder = OPENED + "    1.0 UE -> HA INFORMATIONAL request 8 sealed\n" + offence(2.0, 9)
    (finding,) = told(run(ladder, banned()))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.reason.startswith("a message that stays closed may have lifted it")


def test_a_rule_that_judges_sealed_messages_gets_them() -> None:
    assert run(OPENED + offence(1.0, more=" sealed"), banned(sealed=True)).engine.verdict_of(1, RULE) is Verdict.FAIL


def test_a_retransmitted_offence_is_not_judged_again() -> None:
    played = run(OPENED + offence(1.0) + "    2.0 repeat\n", banned())
    assert played.engine.tally[1, RULE] == {Verdict.FAIL: 1}


def test_a_judge_that_crashes_is_reported_once_and_ends_the_prohibition() -> None:
    def crash(*_: object) -> Outcome:
        raise AttributeError

    played = run(OPENED + offence(1.0) + offence(2.0, 8), banned(judge=crash))
    assert [f.reason for f in told(played)] == [f"rule {RULE} crashed: AttributeError"]
    assert played.engine.tally[1, RULE] == {Verdict.INCONCLUSIVE: 1}


def test_prohibitions_in_force_are_bounded() -> None:
    lines = [f"    {n / 1000} HA -> UE IKE_AUTH response {n + 1}" for n in range(MOST_BANS + 10)]
    played = run("\n".join(lines) + "\n" + offence(1.0), banned())
    assert played.engine.tally[1, RULE] == {Verdict.FAIL: MOST_BANS, Verdict.PASS: 10}
