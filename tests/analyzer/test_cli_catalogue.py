"""``dsmip rules``, ``explain``, ``keys``, ``doctor``, help and version."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import ROOT, sample_keys

from analyzer import __version__
from analyzer.cli import doctor as doctor_module

LEDGER = ROOT / "rules" / "requirements.csv"


def ledger_rows() -> list[dict[str, str]]:
    with LEDGER.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_catalogue_lists_every_row_of_the_ledger(dsmip: CommandLine) -> None:
    said = dsmip("rules")
    assert said.status == 0
    assert [line.split()[0] for line in said.lines[:-1]] == [row["id"] for row in ledger_rows()]
    assert said.lines[-1].startswith(f"{len(ledger_rows())} requirements, ")


@pytest.mark.parametrize("columns", [80, 120])
def test_the_catalogue_fits_the_terminal(dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = dsmip("rules").lines
    assert max(map(len, lines)) <= columns
    ids = {row["id"] for row in ledger_rows()}
    assert {line.split()[0] for line in lines if line[:1].isalpha() or line[:3] == "RFC"} >= ids


def test_the_catalogue_as_json_is_the_ledger(dsmip: CommandLine) -> None:
    entries = json.loads(dsmip("rules", "--json").out)
    for entry, row in zip(entries, ledger_rows(), strict=True):
        for name in ("id", "actor", "clause", "level", "requirement", "fails_when"):
            assert entry[name] == row[name]
        assert entry["needs"] == sorted(row["needs"].split("+"))
        assert (entry["state"] == "judged") == bool(entry["shapes"])


def test_the_catalogue_can_be_narrowed(dsmip: CommandLine) -> None:
    lines = dsmip("rules", "--actor", "ha", "--clause", "5.1.3.1").lines
    expected = [r["id"] for r in ledger_rows() if r["actor"] == "HA" and r["clause"].startswith("5.1.3.1")]
    assert [line.split()[0] for line in lines[:-1]] == expected


def test_the_catalogue_can_be_searched_and_narrowed_by_level_and_state(dsmip: CommandLine) -> None:
    def ids(*arguments: str) -> list[str]:
        return [entry["id"] for entry in json.loads(dsmip("rules", *arguments, "--json").out)]

    assert ids("--level", "shall-not") == [r["id"] for r in ledger_rows() if r["level"] == "SHALL NOT"]
    assert sorted(ids("--state", "judged") + ids("checksum")) != []
    assert "RFC3775-01" in ids("CHECKSUM", "mobility")
    assert all(row["state"] == "judged" for row in json.loads(dsmip("rules", "--state", "judged", "--json").out))
    for wrong in (("--level", "MUST"), ("--state", "ready"), ("no such word",)):
        assert dsmip("rules", *wrong).status == 2


def test_the_catalogue_as_csv_is_the_ledger_and_no_cell_runs_in_a_spreadsheet(
    dsmip: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "rules.csv"
    assert dsmip("rules", "--csv", path).status == 0
    raw = path.read_bytes().decode("utf-8")
    assert raw.endswith("\r\n")
    table = list(csv.DictReader(raw.splitlines()))
    assert [(r["id"], r["level"], r["requirement"]) for r in table] == [
        (r["id"], r["level"], r["requirement"]) for r in ledger_rows()
    ]
    assert not [cell for row in table for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert dsmip("rules", "--csv", tmp_path / "no" / "such.csv").status == 2


@pytest.mark.parametrize("columns", [80, 160])
def test_an_explanation_fits_the_terminal_and_shows_a_pass_and_a_fail(
    dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for rule in ("HA-5.1.3.2-08", "RFC7296-07", "UE-5.1.2.2-06"):
        lines = dsmip("explain", rule).lines
        assert max(map(len, lines)) <= columns
        assert [line for line in lines if line.startswith("  passes: ")]
        assert [line for line in lines if line.startswith("  fails: ")]
        assert [line for line in lines if " UE -> HA " in line]
    assert len(dsmip("explain", "HA-5.1.3.2-08", "--all").lines) > len(dsmip("explain", "HA-5.1.3.2-08").lines)


def test_no_color_is_honoured_where_a_terminal_would_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(**more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "analyzer", "explain", "UE-5.1.2.2-12"],
            capture_output=True, text=True, check=True, cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "FORCE_COLOR": "1", "TERM": "xterm-256color", **more},
        )  # fmt: skip
        return done.stdout

    colours = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    assert colours.search(shown())
    assert not colours.search(shown(NO_COLOR="1"))


def test_the_observations_of_the_machines_can_be_explained(dsmip: CommandLine) -> None:
    said = dsmip("explain", "X-MACHINE-UE")
    assert said.status == 0
    assert "fails no run" in said.out


@pytest.mark.parametrize(("arguments", "start"), [
    (("--machine", "ue"), "detached\n"),
    (("--machine", "HA", "--format", "mermaid"), "stateDiagram-v2\n"),
    (("--machine", "ha", "--format", "dot"), "digraph ha {\n"),
])  # fmt: skip
def test_a_machine_is_drawn(dsmip: CommandLine, arguments: tuple[str, ...], start: str) -> None:
    said = dsmip("rules", *arguments)
    assert said.status == 0
    assert said.out.startswith(start)


@pytest.mark.parametrize(
    "arguments", [("--machine", "nas"), ("--machine", "ue", "--format", "svg"), ("--format", "dot")]
)
def test_a_machine_or_form_that_does_not_exist_is_refused(dsmip: CommandLine, arguments: tuple[str, ...]) -> None:
    said = dsmip("rules", *arguments)
    assert said.status == 2
    assert "must be one of" in said.err


def test_explain_tells_what_the_ledger_says(dsmip: CommandLine) -> None:
    row = next(r for r in ledger_rows() if r["id"] == "UE-5.1.2.2-12")
    said = dsmip("explain", "ue-5.1.2.2-12")
    assert said.status == 0
    text = " ".join(said.out.split())
    for part in ("requirement", "fails_when", "applies_when"):
        assert " ".join(row[part].split()) in text
    assert "TS 24.303 clause 5.1.2.2" in text
    assert "Examples" in text


def test_every_requirement_can_be_explained(dsmip: CommandLine) -> None:
    for row in ledger_rows():
        said = dsmip("explain", row["id"])
        assert said.status == 0
        assert max(map(len, said.lines)) <= 200


def test_an_unknown_requirement_gets_near_ones(dsmip: CommandLine) -> None:
    said = dsmip("explain", "UE-5.1.2.2-112")
    assert said.status == 2
    assert "did you mean" in said.err
    assert "UE-5.1.2.2-12" in said.err
    assert "did you mean" not in dsmip("explain", "zzz").err


def test_keys_says_what_a_folder_holds_without_a_secret(dsmip: CommandLine) -> None:
    folder = sample_keys("attach-clean")
    said = dsmip("keys", folder)
    assert said.status == 0
    fields = (folder / "ikev2_decryption_table").read_text().strip().split(",")
    assert f"{fields[0]}/{fields[1]}" in said.out  # SPIs are no secret
    assert "has sk_ai, sk_ar, sk_ei, sk_er" in said.out
    assert fields[2] not in said.out
    assert "AES_CBC-256/HMAC_SHA2_256_128" in said.out


def test_keys_names_a_bad_line_by_its_number(dsmip: CommandLine, tmp_path: Path) -> None:
    table = (sample_keys("attach-clean") / "esp_sa").read_text()
    bad = tmp_path / "esp_sa"
    bad.write_text(table + '"IPv4","*","*","0x1","AES-CBC [RFC3602]","0xzz","NULL",""\n')
    said = dsmip("keys", bad)
    assert said.status == 0
    assert f"not used: {bad}:{len(table.splitlines()) + 1}: " in said.out


def test_doctor_names_what_is_missing_and_what_it_would_add(
    dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    said = dsmip("doctor")
    assert said.status == 0
    assert "missing  tshark" in said.out
    assert "would add: a second opinion" in said.out


def test_doctor_survives_a_tshark_that_hangs(
    dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging = tmp_path / "tshark"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(doctor_module, "PATIENCE", 0.2)
    monkeypatch.setattr("shutil.which", lambda _: str(hanging))
    said = dsmip("doctor")
    assert said.status == 0
    assert "broken   tshark" in said.out


def test_doctor_fails_only_where_a_library_is_missing(dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "zstandard":
            raise metadata.PackageNotFoundError
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    said = dsmip("doctor")
    assert said.status == 2
    assert "missing  zstandard" in said.out
    assert "would add: captures compressed with zstd" in said.out


@pytest.mark.parametrize("command", ["", "analyze", "decode", "rules", "explain", "diff", "keys", "doctor"])
def test_help_is_readable_at_80_columns(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", *([command] if command else []), "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT, env={"COLUMNS": "80", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Usage: dsmip")
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.endswith("...") and "Usage" not in line]
    assert "9223372036854775807" not in done.stdout


def test_version_is_the_packages(dsmip: CommandLine) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == f"dsmip {__version__}\n"
    assert dsmip("--version", "rules").out == done.stdout


def test_no_command_shows_help_and_status_2(dsmip: CommandLine) -> None:
    said = dsmip()
    assert said.status == 2
    assert "Usage: dsmip" in said.out + said.err
