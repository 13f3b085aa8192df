"""Waivers: a known deviation stays in sight and fails nothing, until its last day is over."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from many_sessions import results_of
from rich.console import Console

from analyzer.reports.layout import Page
from analyzer.reports.plain import as_data
from analyzer.reports.summary import print_summary
from analyzer.reports.violations import rows
from analyzer.results import Results
from rules.profile import Profile, Waiver

RULE, BAD = "UE-5.1.2.2-12", "attach-no-home-prefix"
DATED = Waiver(RULE, "ticket 4711", "2027-01-31")


def on(day: str, *waivers: Waiver) -> Results:
    return replace(results_of(BAD, Profile(waivers=waivers)), today=date.fromisoformat(day))


def summary(results: Results) -> str:
    screen = io.StringIO()
    print_summary(results, Page(Console(file=screen, width=100, force_terminal=False)))
    return " ".join(screen.getvalue().split())


@pytest.mark.parametrize("day", ["2026-01-01", "2027-01-31"])
def test_until_its_last_day_a_waiver_keeps_a_failure_from_failing_the_run(day: str) -> None:
    results = on(day, DATED)
    assert results.counted_failures == []
    assert [f.rule for f in results.failures] == [RULE]
    assert [row.severity for row in rows(results)] == ["waived"]
    assert "- waived UE-5.1.2.2-12" in summary(results)
    assert "ticket 4711, until 2027-01-31" in summary(results)
    assert "1 violation of 1 requirement in 1 of 1 session; 1 waived or ignored" in summary(results)


def test_a_day_later_it_fails_again_and_the_summary_says_so() -> None:
    results = on("2027-02-01", DATED)
    assert [f.rule for f in results.counted_failures] == [RULE]
    assert [row.severity for row in rows(results)] == ["error"]
    assert "✗ FAIL UE-5.1.2.2-12" in summary(results)
    assert "expired on 2027-01-31, so that this fails the run again: ticket 4711" in summary(results)


def test_a_waiver_without_a_last_day_does_not_expire() -> None:
    assert on("9999-12-31", Waiver(RULE, "for ever")).counted_failures == []


def test_of_two_waivers_of_a_requirement_one_in_force_is_enough() -> None:
    results = on("2027-02-01", DATED, Waiver(RULE, "prolonged", "2028-01-31"))
    assert results.counted_failures == []
    assert "prolonged, until 2028-01-31" in summary(results)
    assert results.expired_waivers == {}


def test_a_waiver_of_one_requirement_spares_no_other() -> None:
    results = on("2026-01-01", Waiver("HA-5.1.3.1-04", "another"))
    assert [f.rule for f in results.counted_failures] == [RULE]
    assert "waiver of HA-5.1.3.1-04: nothing in this run needs it" in summary(results)


def test_json_lists_the_waivers_with_their_state() -> None:
    in_force = Waiver("HA-5.1.3.1-04", "another")
    assert as_data(on("2027-02-01", DATED, in_force))["waivers"] == [
        {"rule": "HA-5.1.3.1-04", "reason": "another", "expires": None, "state": "in force", "failures": 0},
        {"rule": RULE, "reason": "ticket 4711", "expires": "2027-01-31", "state": "expired", "failures": 1},
    ]
