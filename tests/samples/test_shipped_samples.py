"""What is shipped is what the generator makes, and each sample says what it is about."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from samples.__main__ import main
from samples.build import SHIPPED, build
from samples.scenarios import SCENARIOS, Scenario

LEDGER = Path(__file__).resolve().parents[2] / "rules" / "requirements.csv"
VERDICTS = {"pass", "fail", "inconclusive", "not applicable"}
MADE = ("capture.pcap", "keys/ikev2_decryption_table", "keys/esp_sa")
PLANTED = {
    "attach-no-home-prefix": ["UE-5.1.2.2-12"],
    "attach-idr-changed": ["HA-5.1.3.1-01"],
    "attach-ha-shared-key": ["HA-5.1.2.2-09"],
    "attach-dns-forgotten": ["HA-5.1.3.1-04"],
    "attach-redirect-not-followed": ["UE-5.1.2.2-10"],
    "attach-prefix-lifetime-zero": ["RFC5026-01"],
    "dsmip-attach-nat-faults": [
        *("UE-5.1.2.4-14", "UE-5.1.2.4-15", "UE-5.1.2.4-26"),
        *("HA-5.1.3.2-03", "HA-5.1.3.2-08"),
    ],
}
DATA_IN_ESP = {"UE-5.1.2.4-26", "HA-5.1.3.2-14"}
"""Left out where user data go through ESP of their own, which these requirements do not look into."""
ALL = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda scenario: scenario.name)


def _expected(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((SHIPPED / name / "expected.toml").read_text())


@ALL
def test_a_shipped_sample_can_be_made_again_byte_for_byte(scenario: Scenario, tmp_path: Path) -> None:
    build(scenario, tmp_path)
    for made in MADE:
        assert (tmp_path / scenario.name / made).read_bytes() == (SHIPPED / scenario.name / made).read_bytes()


@ALL
def test_a_verdict_is_expected_for_every_requirement(scenario: Scenario) -> None:
    verdicts = _expected(scenario.name)["verdicts"]
    with LEDGER.open(encoding="utf-8") as file:
        rules = {row["id"] for row in csv.DictReader(file)}
    assert set(verdicts) <= rules
    assert rules - set(verdicts) in (set(), DATA_IN_ESP)
    assert set(verdicts.values()) <= VERDICTS


@ALL
def test_a_sample_fails_in_what_was_planted_and_in_nothing_else(scenario: Scenario) -> None:
    expected = _expected(scenario.name)
    failed = [rule for rule, verdict in expected["verdicts"].items() if verdict == "fail"]
    assert failed == PLANTED.get(scenario.name, [])
    assert list(expected.get("frames", {})) == failed


@ALL
def test_the_story_names_the_requirement_and_the_frame_to_blame(scenario: Scenario) -> None:
    story = (SHIPPED / scenario.name / "story.md").read_text()
    for rule, frames in _expected(scenario.name).get("frames", {}).items():
        assert rule in story
        assert isinstance(frames, list)
        assert all(re.search(rf"[Ff]rame {frame}\b", story) for frame in frames)


def test_every_folder_has_its_scenario_and_every_scenario_its_line_in_the_readme() -> None:
    assert {path.parent.name for path in SHIPPED.glob("*/story.md")} == set(SCENARIOS)
    readme = (SHIPPED / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in SCENARIOS)


def test_the_command_lists_builds_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("attach-clean ")
    assert main(["build", "attach-clean", "--out", str(tmp_path)]) == 0
    assert {path.name for path in (tmp_path / "attach-clean").iterdir()} == {
        *("capture.pcap", "keys", "story.md", "expected.toml", "profile.toml")
    }
    assert main(["build", "no-such-thing", "--out", str(tmp_path)]) == 2
    assert "no-such-thing" in capsys.readouterr().err


def test_what_builds_packets_shares_nothing_with_what_reads_them() -> None:
    code = "import sys, samples.__main__, samples.generator.bulk; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = run.stdout.split()
    packages = {name.split(".")[0] for name in names}
    assert "samples" in packages
    assert not packages & {"rules", "analyzer"}
    ours = {name for name in names if name.startswith("dissectors.")}
    assert all(name.startswith("dissectors.scapy_layers") for name in ours)
