"""Every requirement passes in one scenario, fails in one, and stays open in one, unless it cannot."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

from samples.build import SHIPPED
from samples.coverage import FAIL, INCONCLUSIVE, PASS, claims
from samples.unseen import NEVER_OPEN

LEDGER = Path(__file__).resolve().parents[2] / "rules" / "requirements.csv"


def _covered(verdict: str) -> set[str]:
    shipped = [tomllib.loads(path.read_text("utf-8"))["verdicts"] for path in SHIPPED.glob("*/expected.toml")]
    found = {rule for verdicts in shipped for rule, told in verdicts.items() if told == verdict}
    return found | {rule for rule, told, _ in claims() if told == verdict}


def _ledger() -> list[dict[str, str]]:
    with LEDGER.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_requirement_passes_somewhere() -> None:
    assert {row["id"] for row in _ledger()} - _covered(PASS) == set()


def test_every_requirement_that_can_be_broken_fails_somewhere() -> None:
    broken = _covered(FAIL)
    unbroken = [row for row in _ledger() if row["id"] not in broken]
    assert {row["level"] for row in unbroken} == {"MAY"}
    assert all(row["fails_when"].startswith("(an observation") for row in unbroken)


def test_every_requirement_stays_open_somewhere_or_it_is_told_why_it_never_does() -> None:
    assert {row["id"] for row in _ledger()} - _covered(INCONCLUSIVE) == set(NEVER_OPEN)


def test_what_is_claimed_is_of_the_ledger_and_named_once() -> None:
    told = list(claims())
    assert {rule for rule, _, _ in told} <= {row["id"] for row in _ledger()}
    assert len(told) == len(set(told))
