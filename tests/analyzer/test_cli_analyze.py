"""``dsmip analyze``: exit status, summary, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import ROOT, SAMPLES, SECOND, frames_of, later, sample, sample_keys, saved

from analyzer.reports.violations import COLUMNS
from samples.generator.pcap import Frame

BAD, CLEAN = "attach-no-home-prefix", "attach-clean"
# design.md, "What users hold"
DESIGN = (
    "schema,capture,session,ue,ha,rule,clause,level,verdict,severity,actor,frame,time,epoch_ns,"
    "related_frames,summary,expected,observed,fingerprint"
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_exit_status_tells_whether_a_requirement_failed(dsmip: CommandLine) -> None:
    assert dsmip("analyze", sample(CLEAN), "--keys", sample_keys(CLEAN)).status == 0
    assert dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD)).status == 1
    assert dsmip("analyze", "nowhere.pcap").status == 2


def test_the_summary_names_rule_frame_clause_and_reason(dsmip: CommandLine) -> None:
    out = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD)).out
    assert "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org" in out
    assert re.search(r"FAIL  UE-5\.1\.2\.2-12  frame 5, 0\.\d{3} s, IKE_AUTH  TS 24\.303 5\.1\.2\.2, SHALL", out)
    assert "INTERNAL_IP6_ADDRESS" in out
    assert out.rstrip().endswith("1 violation of 1 requirement in 1 of 1 session")


def test_no_line_of_the_summary_has_trailing_blanks_or_exceeds_the_columns(
    dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in (BAD, "attach-redirected", "attach-clean-ipv4"):
        for line in dsmip("analyze", sample(name), "--keys", sample_keys(name)).lines:
            assert line == line.rstrip()
            assert len(line) <= 80


def test_a_pipe_gets_no_escape_codes(dsmip: CommandLine) -> None:
    assert "\x1b" not in dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD)).out


def test_a_terminal_without_unicode_gets_substitutes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "analyze", str(sample(BAD)), "--keys", str(sample_keys(BAD))],
        capture_output=True, check=False, cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 1
    assert b"? FAIL  UE-5.1.2.2-12" in done.stdout
    assert done.stderr == b""


def test_the_csv_is_rfc_4180_with_the_columns_of_the_design(dsmip: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "violations.csv"
    assert dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--csv", path).status == 1
    raw = path.read_bytes()
    assert ",".join(COLUMNS) == DESIGN
    assert raw.split(b"\r\n")[0].decode() == DESIGN
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 2
    (row,) = rows(raw.decode("utf-8"))
    assert (row["rule"], row["verdict"], row["frame"], row["level"]) == ("UE-5.1.2.2-12", "fail", "5", "SHALL")
    assert (row["clause"], row["actor"], row["severity"]) == ("TS 24.303 5.1.2.2", "UE", "error")
    assert row["ue"] == "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"


def test_time_is_iso_8601_in_utc_with_nine_digits_and_the_same_as_epoch_ns(dsmip: CommandLine) -> None:
    (row,) = rows(dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--csv", "-").out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", row["time"])
    whole, fraction = row["time"][:-1].split(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    assert seconds * 10**9 + int(fraction) == int(row["epoch_ns"])


def test_a_csv_on_standard_output_is_all_that_is_printed(dsmip: CommandLine) -> None:
    said = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--csv", "-")
    assert said.out.startswith("schema,capture,")
    assert len(rows(said.out)) == 1


def test_a_clean_capture_has_a_csv_with_a_header_only(dsmip: CommandLine) -> None:
    said = dsmip("analyze", sample(CLEAN), "--keys", sample_keys(CLEAN), "--csv", "-")
    assert said.out.splitlines() == [DESIGN]


def test_all_verdicts_add_the_others(dsmip: CommandLine) -> None:
    table = rows(dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--csv", "-", "--all-verdicts").out)
    verdicts = {(row["rule"], row["verdict"]) for row in table}
    assert ("UE-5.1.2.2-12", "fail") in verdicts
    assert ("UE-5.1.2.2-02", "pass") in verdicts
    assert {verdict for _, verdict in verdicts} >= {"pass", "fail", "not applicable"}


def test_fingerprints_are_stable_and_free_of_frames_and_times(dsmip: CommandLine, tmp_path: Path) -> None:
    """The same attach behind two more frames, a day later."""

    frames = later(frames_of(sample(BAD)), 86400 * SECOND)
    moved = saved(tmp_path / "later.pcap", [Frame(frames[0].at, bytes(60)), Frame(frames[0].at, bytes(60)), *frames])
    (first,) = rows(dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--csv", "-").out)
    (second,) = rows(dsmip("analyze", moved, "--keys", sample_keys(BAD), "--csv", "-").out)
    assert (first["frame"], second["frame"]) == ("5", "7")
    assert first["fingerprint"] == second["fingerprint"]
    other = rows(dsmip("analyze", sample("attach-idr-changed"), "--keys", sample_keys("attach-idr-changed"),
                       "--csv", "-").out)  # fmt: skip
    assert first["fingerprint"] not in {row["fingerprint"] for row in other}


def test_json_holds_sessions_and_findings(dsmip: CommandLine) -> None:
    data = json.loads(dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--json").out)
    (session,) = data["sessions"]
    assert session["apn"] == "internet"
    assert session["ue_states"][-1] == "closed"
    assert [f["rule"] for f in data["findings"]] == ["UE-5.1.2.2-12"]
    assert list(data["findings"][0]) == DESIGN.split(",")
    assert data["counts"]["frames"] == 34


def test_quiet_prints_nothing(dsmip: CommandLine) -> None:
    said = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--quiet")
    assert (said.status, said.out, said.err) == (1, "", "")


def test_a_csv_that_cannot_be_written_is_one_sentence(dsmip: CommandLine, tmp_path: Path) -> None:
    said = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--csv", tmp_path / "no" / "such.csv")
    assert said.status == 2
    assert said.err == f"dsmip: {tmp_path}/no/such.csv: cannot be written: No such file or directory\n"


def test_a_waived_failure_stays_in_sight_and_fails_nothing(dsmip: CommandLine, tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('[[waiver]]\nrule = "UE-5.1.2.2-12"\nreason = "ticket 4711"\nexpires = 2999-01-01\n')
    said = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--profile", profile)
    assert said.status == 0
    assert "waived  UE-5.1.2.2-12" in said.out
    assert "ticket 4711, until 2999-01-01" in said.out
    (row,) = rows(dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--profile", profile, "--csv", "-").out)
    assert (row["verdict"], row["severity"]) == ("fail", "waived")
    profile.write_text('[[waiver]]\nrule = "UE-5.1.2.2-12"\nreason = "ticket 4711"\nexpires = 2020-01-01\n')
    assert dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--profile", profile).status == 1


def test_severities_come_from_the_profile(dsmip: CommandLine, tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('[severity]\n"UE-5.1.2.2-12" = "ignore"\n')
    assert dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--profile", profile).status == 0
    profile.write_text('[severity]\n"UE-5.1.2.2-12" = "warning"\n')
    said = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--profile", profile)
    assert said.status == 1
    assert "! FAIL  UE-5.1.2.2-12" in said.out


@pytest.mark.parametrize("name", sorted(p.parent.name for p in SAMPLES.glob("*/expected.toml")))
def test_shipped_samples_get_the_verdicts_written_by_hand(dsmip: CommandLine, name: str) -> None:
    """As far as the rules are there; a rule that is still open says nothing."""
    folder = SAMPLES / name
    if name == "dsmip-pco" and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    expected = tomllib.loads((folder / "expected.toml").read_text())
    profile = ["--profile", folder / "profile.toml"] if (folder / "profile.toml").exists() else []
    said = dsmip("analyze", sample(name), "--keys", sample_keys(name), *profile, "--csv", "-", "--all-verdicts")
    worst: dict[str, str] = {}
    order = ["not applicable", "pass", "inconclusive", "fail"]
    for row in rows(said.out):
        known = worst.get(row["rule"], "not applicable")
        worst[row["rule"]] = max(known, row["verdict"], key=order.index)
    wrong = {r: (worst[r], v) for r, v in expected["verdicts"].items() if r in worst and worst[r] != v}
    assert wrong == {}
    planted = {rule: frames for rule, frames in expected.get("frames", {}).items() if rule in worst}
    blamed = {(row["rule"], int(row["frame"])) for row in rows(said.out) if row["verdict"] == "fail"}
    assert blamed == {(rule, frame) for rule, frames in planted.items() for frame in frames}
    assert said.status == (1 if planted else 0)
