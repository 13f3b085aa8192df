"""Where evidence is missing, requirements stay open, and nobody is accused of what a part of the capture would show."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from judging import judged_folder, verdicts_of

from rules.model import Verdict
from samples.build import SHIPPED
from samples.generator.pcap import write_pcap
from samples.planted.catalogue import FACTS
from samples.scenarios import SCENARIOS, Scenario
from samples.unseen import UNSEEN, Unseen, begins, ends

LEDGER = Path(__file__).resolve().parents[2] / "rules" / "requirements.csv"
ALL = pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
SOUND = [name for name in SCENARIOS if '= "fail"' not in (SHIPPED / name / "expected.toml").read_text("utf-8")]
STEPS = ("IKE_AUTH 1 request", "CREATE_CHILD_SA request", "BU 1", "BA 1", "BU 2", "data 1 up", "leave request")


@ALL
def test_what_cannot_be_seen_stays_open(unseen: Unseen, tmp_path: Path) -> None:
    if unseen.needs_tshark and shutil.which("tshark") is None:
        pytest.skip("PCO is read through tshark, which is not installed")
    unseen.write(tmp_path)
    results = judged_folder(tmp_path)
    verdicts = verdicts_of(results)
    assert {rule: verdicts.get(rule) for rule in unseen.rules} == dict.fromkeys(unseen.rules, Verdict.INCONCLUSIVE)
    assert [f.rule for f in results.failures if not f.rule.startswith("X-")] == []
    assert [rule for rule in unseen.settled if verdicts.get(rule) is Verdict.INCONCLUSIVE] == []
    told = {f.rule: f.reason for f in results.findings if f.verdict is Verdict.INCONCLUSIVE}
    assert all(told[rule] for rule in unseen.rules)
    assert not [reason for reason in told.values() if "crashed" in reason]


@ALL
def test_what_is_left_open_is_of_the_ledger(unseen: Unseen) -> None:
    with LEDGER.open(encoding="utf-8") as file:
        assert {*unseen.rules, *unseen.settled} <= {row["id"] for row in csv.DictReader(file)}


def _parts(scenario: Scenario, folder: Path) -> list[Path]:
    """What is left of a scenario that begins or ends at one of the steps, and all of it without keys."""
    attach = scenario.play()
    takings = [(step, take(step)) for step in STEPS if step in attach.wire.frame_of for take in (begins, ends)]
    made = []
    for number, (_, taking) in enumerate(takings):
        part = folder / str(number)
        part.mkdir()
        write_pcap(part / "capture.pcap", taking(attach))
        attach.tables.write(part / "keys")
        made.append(part)
    blind = folder / "blind"
    blind.mkdir()
    write_pcap(blind / "capture.pcap", attach.wire.frames)
    for part in (*made, blind):
        (part / "profile.toml").write_text("".join(f"{name} = {value}\n" for name, value in FACTS.items()), "utf-8")
    return [*made, blind]


@pytest.mark.parametrize("name", SOUND)
def test_a_part_of_a_sound_capture_accuses_nobody(name: str, tmp_path: Path) -> None:
    for part in _parts(SCENARIOS[name], tmp_path):
        failures = [f for f in judged_folder(part).failures if not f.rule.startswith("X-")]
        assert failures == [], [(part.name, f.rule, f.frame, f.expected, f.observed) for f in failures]
