"""The judge's question: captures of an encoder not written for the analyzer. What is found, what invented?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.independent import (
    broken_base,
    broken_data,
    broken_ha,
    broken_ike,
    broken_ike_ha,
    broken_more,
    broken_updates,
    compliant,
)
from tests.independent.chains import chain, chosen
from tests.independent.judge import judged, said
from tests.independent.run import Run
from tests.independent.violations import ALL, Violation
from tests.independent.wandering import crowd, cut, wander

assert broken_base
assert broken_data
assert broken_ha
assert broken_ike
assert broken_ike_ha
assert broken_more
assert broken_updates

POINTS: dict[str, dict[str, Any]] = {
    "as declared": {},
    "no profile": {"capture_point": None},
    "ue": {"capture_point": "ue"},
}
SPLIT = {
    "rekeys and reauthentication at once",
    "no keys at all",
    "attaches again with its pseudonym",
    "the ike sa anew, with a pdn identifier",
}
"""Runs of one UE that are known to come out as two sessions; no verdict suffers."""
Noted = Callable[[str, object], None]


def own_failures(results: Any) -> list[tuple[str, int]]:
    """Failed rows of the ledger; observations (X-) fail no run."""
    return [(f.rule, f.frame) for f in results.failures if not f.rule.startswith("X-")]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", compliant.RUNS)
def test_a_run_that_does_everything_right_fails_nothing(name: str, point: str, record_property: Noted) -> None:
    run = compliant.RUNS[name]()
    run.profile.update(POINTS[point])
    if point == "ue" and any(b"\xcb\x00\x71" in s.packet for s in run.sent):
        pytest.skip("captured behind the NAT")
    run.profile = {key: value for key, value in run.profile.items() if value is not None}
    results = judged(run)
    record_property("compliant", {"inventing": bool(results.failures)})
    assert said(results) == []
    assert results.warnings == []
    if name not in SPLIT:
        assert len(results.sessions) == getattr(run, "sessions", 1)
    if not any(word in name for word in ("middle", "no keys")):
        assert results.counts.opened == results.counts.protected


@pytest.mark.parametrize(("names", "gap"), chosen(40), ids=str)
def test_runs_of_one_ue_one_after_the_other_fail_nothing(names: list[str], gap: float, record_property: Noted) -> None:
    results = judged(chain(names, gap))
    record_property("compliant", {"inventing": bool(results.failures)})
    assert said(results) == []
    assert results.warnings == []


@pytest.mark.parametrize("seed", range(60))
def test_a_ue_that_does_allowed_things_in_any_order_fails_nothing(seed: int, record_property: Noted) -> None:
    results = judged(wander(seed))
    record_property("compliant", {"inventing": bool(results.failures)})
    assert said(results) == []
    assert results.warnings == []
    assert len(results.sessions) == 1
    assert results.counts.opened == results.counts.protected


@pytest.mark.parametrize("seed", range(6))
def test_a_crowd_of_such_ues_is_told_apart(seed: int, record_property: Noted) -> None:
    run = crowd(seed, 6)
    results = judged(run)
    record_property("compliant", {"inventing": bool(results.failures)})
    assert said(results) == []
    assert len(results.sessions) == 6
    assert results.counts.opened == results.counts.protected


@pytest.mark.parametrize("start", [True, False], ids=["no start", "no end"])
@pytest.mark.parametrize("seed", [1008, 1019, 1026, 1027, 1040, 1122, *range(2000, 2020)])
def test_part_of_such_a_run_fails_nothing(seed: int, start: bool, record_property: Noted) -> None:
    """The first six are those that found faults: fragments of an unknown IKE SA, and one that the Home Agent began."""
    results = judged(cut(seed, start=start))
    record_property("compliant", {"inventing": bool(results.failures)})
    assert said(results) == []
    assert results.warnings == []


def where(violation: Violation, run: Run) -> set[int]:
    """The frames that may be blamed; of a message in fragments each is right."""
    first = run.frame(violation.at, violation.nth)
    if "fragments" not in violation.label:
        return {first}
    return {n for n, sent in enumerate(run.ordered(), 1) if sent.tag == violation.at and n >= first}


@pytest.mark.parametrize("violation", ALL, ids=lambda v: v.label)
def test_a_planted_violation_is_found_where_it_is_and_nothing_else(
    violation: Violation, record_property: Noted
) -> None:
    run = violation.play()
    results = judged(run)
    failures = own_failures(results)
    frames = {frame for rule, frame in failures if rule == violation.rule}
    found = bool(frames & where(violation, run)) if violation.at else bool(frames)
    invented = [f for f in failures if f[0] != violation.rule and f[0] not in violation.also]
    record_property("planted", {"found": found, "inventing": bool(invented)})
    told = "\n".join(said(results))
    assert found, told
    assert not invented, told
    assert not results.warnings
