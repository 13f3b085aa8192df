"""The mutation run of ``make mutants`` notices a rule that is broken, and leaves the rules as they were."""

from __future__ import annotations

import sys

import pytest

from bench.arena import Arena
from bench.broken_rules import broken_rules
from rules.ladder import Case, all_cases, play_case

RULE = "UE-5.1.2.4-04"
HOME = "rules/ts24303/registering.py"
REST = ("rules/ts24303/clause_5_1_2_4_ipv6.py", HOME)


@pytest.fixture(scope="module")
def arena() -> Arena:
    return Arena([RULE])


def _shows(case: Case) -> bool:
    return play_case(case).verdict_of(case.rule) is case.verdict


def test_a_changed_flag_condition_is_killed_by_an_example_that_shows_it(arena: Arena) -> None:
    killers = {m.key: arena.is_killed(m) for m in arena.mutants() if m.module == HOME and m.function == "with_h_and_a"}
    broken = "return failed(expected='flags H = 1 and A = 1', observed=f'flags set: {flags_shown(event)}')"
    killer = next(killer for key, killer in killers.items() if broken in key)
    assert killer.startswith(f"{RULE}, fail")


def test_a_change_that_no_example_runs_survives(arena: Arena) -> None:
    lines = [m for m in arena.mutants() if m.module == HOME and m.function == "registers_from_ipv4"]
    assert lines
    assert not any(map(arena.is_killed, lines))


def test_a_judge_that_passes_all_is_noticed(arena: Arena) -> None:
    lax = next(broken for broken in broken_rules() if broken.id == RULE and "judge" in broken.changed)
    assert arena.is_noticed(lax).startswith(f"{RULE}, fail")


def test_what_only_words_a_finding_is_not_broken(arena: Arena) -> None:
    assert not [m for m in arena.mutants() if m.function == "flags_shown"]


def test_after_all_mutants_the_examples_show_what_they_did(arena: Arena) -> None:
    for mutant in arena.mutants():
        if mutant.module in REST:
            arena.is_killed(mutant)
    assert sys.gettrace() is None
    assert all(map(_shows, all_cases([RULE])))
