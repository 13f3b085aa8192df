"""Counts of verdicts, also of sessions whose counts are packed away."""

from __future__ import annotations

import sys

import pytest

from rules.model import Verdict
from rules.tally import Tallies

RULES = [f"RULE-{n}" for n in range(150)]
PASS, FAIL, UNSURE, IDLE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE


def counted() -> Tallies:
    tallies = Tallies(RULES)
    tallies.add_pass(7, "RULE-3", frame=11)
    tallies.add_pass(7, "RULE-3", frame=12)
    tallies.add(7, "RULE-3", FAIL)
    tallies.add(7, "RULE-4", UNSURE, count=3)
    tallies.add(9, "RULE-149", IDLE)
    return tallies


def test_what_is_packed_reads_as_before() -> None:
    plain, packed = counted(), counted()
    packed.pack(7)
    packed.pack(9)
    assert dict(packed.items()) == dict(plain.items())
    assert dict(packed.items()) == {
        (7, "RULE-3"): {PASS: 2, FAIL: 1},
        (7, "RULE-4"): {UNSURE: 3},
        (9, "RULE-149"): {IDLE: 1},
    }
    assert packed[7, "RULE-3"] == {PASS: 2, FAIL: 1}
    assert packed.verdict_of(7, "RULE-4") is UNSURE
    assert packed.first_pass(7, "RULE-3") == 11
    assert packed.standing(7) == plain.standing(7)
    assert "RULE-3" not in packed.unjudged(7)
    assert len(packed.unjudged(7)) == 148


def test_what_is_packed_can_be_counted_on() -> None:
    tallies = counted()
    tallies.pack(7)
    tallies.add_pass(7, "RULE-3", frame=90)
    tallies.add(7, "RULE-3", FAIL, count=-1)
    tallies.pack(7)
    tallies.pack(7)
    assert tallies[7, "RULE-3"] == {PASS: 3}
    assert tallies.first_pass(7, "RULE-3") == 11


def test_a_packed_session_takes_a_fraction_of_the_room() -> None:
    tallies = Tallies(RULES)
    for n, rule in enumerate(RULES):
        tallies.add(1, rule, IDLE if n % 3 else PASS, frame=1_000_000 + n)
    tallies.pack(1)
    size = sum(map(sys.getsizeof, (value for table in vars(tallies).values() for value in table.values())))
    assert size - len(RULES) * sys.getsizeof(1) < 700


def test_the_worst_verdicts_are_a_table_that_is_read_when_asked() -> None:
    tallies = counted()
    tallies.pack(9)
    worst = tallies.worst()
    assert dict(worst) == {(7, "RULE-3"): FAIL, (7, "RULE-4"): UNSURE, (9, "RULE-149"): IDLE}
    assert worst == dict(worst.items())
    assert worst.of_session(7) == {"RULE-3": FAIL, "RULE-4": UNSURE}
    assert worst.of_session(8) == {}
    assert worst.get((7, "RULE-5")) is None
    assert len(worst) == 3
    with pytest.raises(KeyError):
        worst[8, "RULE-3"]
