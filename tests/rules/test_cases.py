"""Every worked example gets the verdict it shows."""

from __future__ import annotations

import pytest

from rules.ladder import Case, all_cases, play_case, render

CASES = list(all_cases())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_worked_example_gets_the_verdict_it_shows(case: Case) -> None:
    played = play_case(case)
    got = played.verdict_of(case.rule)
    told = "\n".join(f"    frame {f.frame}: {f.expected or f.reason} / {f.observed}" for f in played.findings)
    assert got is case.verdict, f"{case}: got {got.value}\n{render(played.events, played.names)}\n{told}"


def test_data_on_an_answer_that_does_not_verify_is_told_once() -> None:
    case = next(c for c in CASES if c.rule == "UE-5.1.2.4-25" and c.title.startswith("told once"))
    told = [f for f in play_case(case).findings if f.rule == case.rule and f.verdict is case.verdict]
    assert len(told) == 1
