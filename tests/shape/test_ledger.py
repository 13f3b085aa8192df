"""Ledger, registry and worked examples agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rules.cases import case_files
from rules.ladder import all_cases
from rules.ledger import OBSERVATION, ledger, load_rules, open_requirements, requirement
from rules.model import Level, Role, Verdict
from rules.registry import DOCS, RULES
from rules.unobservable import UNOBSERVABLE

load_rules()


def numbered(prefix: str, *parts: range) -> set[str]:
    return {f"{prefix}-{n:02d}" for part in parts for n in part}


SPINE = (
    numbered("UE-5.1.2.2", range(1, 9), range(10, 14), range(17, 21), range(23, 27))
    | {"HA-5.1.2.2-09"}
    | numbered("HA-5.1.3.1", range(1, 5), range(7, 10), range(11, 16))
    | numbered("NET-B.x", range(1, 3))
    | numbered("RFC7296", range(1, 12))
    | numbered("RFC4303", range(1, 4))
    | {"RFC4187-01", "RFC5685-01", "RFC5026-01"}
)
"""The requirements that IKEv2, EAP-AKA and ESP alone decide."""


def test_the_ledger_is_whole() -> None:
    rows = ledger()
    lines = Path(sys.modules["rules"].__path__[0], "requirements.csv").read_text().splitlines()
    assert len(rows) == len(lines) - 1 == 155
    assert {row.actor for row in rows.values()} == set(Role)
    assert rows["UE-5.1.2.2-18"].level is Level.SHALL_NOT
    assert rows["UE-5.1.2.2-20"].needs == {"ike", "esp"}


def test_every_registered_rule_is_in_the_ledger_or_an_observation() -> None:
    assert [rule for rule in RULES if rule not in ledger() and not rule.startswith(OBSERVATION)] == []


def test_an_observation_has_a_row_of_its_own_and_a_stray_id_has_none() -> None:
    assert requirement("X-SOMETHING").level.severity == "note"
    with pytest.raises(KeyError):
        requirement("UE-9.9.9-99")


def test_every_requirement_of_the_spine_is_judged() -> None:
    assert sorted(SPINE - set(RULES)) == []


def test_what_is_still_open_is_listed() -> None:
    """Run with ``-s`` for the list: what Mobility Header, DSMIPv6, DHCPv6, DNS and PCO decide."""
    still_open = open_requirements()
    assert sorted({*still_open, *(rule for rule in RULES if rule in ledger())}) == sorted(ledger())
    assert not set(still_open) & SPINE
    print(f"\n{len(still_open)} requirements are still open: {', '.join(still_open)}")  # noqa: T201


def test_what_no_packet_shows_is_in_the_ledger_has_no_rule_and_tells_why() -> None:
    assert [rule for rule in UNOBSERVABLE if rule not in ledger() or rule in RULES] == []
    assert [rule for rule, entry in UNOBSERVABLE.items() if not entry.why] == []


def test_every_rule_tells_why_it_matters() -> None:
    assert [rule for rule in RULES if not DOCS.get(rule)] == []


@pytest.mark.parametrize("rule", sorted(rule for rule in RULES if not rule.startswith(OBSERVATION)))
def test_every_rule_has_worked_examples_of_pass_and_fail(rule: str) -> None:
    shown = {case.verdict for case in all_cases([rule])} if rule in case_files() else set()
    needed = {Verdict.PASS} if requirement(rule).level is Level.MAY else {Verdict.PASS, Verdict.FAIL}
    assert needed <= shown


def test_every_case_file_belongs_to_a_rule() -> None:
    assert [rule for rule in case_files() if rule not in RULES] == []


def test_the_rules_load_from_any_working_directory(tmp_path: Path) -> None:
    code = "from rules.ledger import ledger, load_rules; load_rules(); print(len(ledger()))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(root)}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"155"
