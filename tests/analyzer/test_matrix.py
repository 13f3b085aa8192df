"""The conformance matrix: signs, totals, coverage, as text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from command_line import CommandLine
from edited_captures import sample, sample_keys
from many_sessions import with_verdicts
from rich.console import Console

from analyzer.reports.layout import Page
from analyzer.reports.matrix import FIXED, Coverage, coverage_line, csv_rows, matrix_of
from analyzer.reports.matrix_text import print_matrix
from analyzer.results import Results
from rules.ledger import ledger, open_requirements
from rules.profile import Profile, Waiver

VIOLATED, MET, UNASKED, UNSEEN = "UE-5.1.2.2-01", "UE-5.1.2.2-02", "UE-5.1.2.2-10", "RFC7296-07"
FOUR = {VIOLATED: "PF?-", MET: "PP?P", UNASKED: "----", UNSEEN: "-??-"}


def shown(results: Results, width: int = 80, encoding: str = "utf-8") -> str:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace", newline="")
    print_matrix(matrix_of(results), Page(Console(file=out, width=width, force_terminal=False)))
    out.flush()
    return out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def test_a_session_has_a_column_of_signs() -> None:
    text = shown(with_verdicts(FOUR))
    assert re.search(r"^ +1 2 3 4$", text, re.MULTILINE)
    for rule, signs in ((VIOLATED, "✓ ✗ ? ·"), (MET, "✓ ✓ ? ✓"), (UNASKED, "· · · ·"), (UNSEEN, "· ? ? ·")):
        assert re.search(rf"^{re.escape(rule)} +{re.escape(signs)} ", text, re.MULTILINE)
    assert "session 2  ue2@example.org, " in text
    assert "✗ fail" in text


def test_a_terminal_without_the_signs_gets_letters_that_cannot_be_mistaken() -> None:
    text = shown(with_verdicts(FOUR), encoding="ascii")
    assert re.search(rf"^{VIOLATED} +P F \? \. ", text, re.MULTILINE)
    assert "P pass, F fail, ? inconclusive, . not applicable" in text


def test_coverage_is_what_the_sessions_did_together() -> None:
    matrix = matrix_of(with_verdicts(FOUR))
    coverage = {row.rule: row.coverage for row in matrix.rows}
    assert (coverage[VIOLATED], coverage[MET]) == (Coverage.VIOLATED, Coverage.EXERCISED)
    assert (coverage[UNASKED], coverage[UNSEEN]) == (Coverage.NOT_EXERCISED, Coverage.NOT_OBSERVABLE)
    still_open = len(open_requirements())
    unasked = len(ledger()) - 3 - still_open
    assert matrix.coverage() == {
        "requirements": 155, "exercised": 2, "violated": 1, "not_exercised": unasked, "not_observable": 1,
        "open": still_open,
    }  # fmt: skip
    line = f"155 requirements: 2 exercised, 1 of them violated; {unasked} not exercised; 1 not observable"
    assert coverage_line(matrix).startswith(line)


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("count", [1, 4, 30, 1000])
def test_it_fits_the_terminal_with_one_session_and_with_a_thousand(width: int, count: int) -> None:
    signs = ("PF?-" * count)[:count]
    lines = shown(with_verdicts({VIOLATED: signs, MET: "P" * count}), width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[-1].startswith(" ") or "requirements" in " ".join(lines[-3:])


def test_of_many_sessions_there_are_totals_and_the_first_that_fail() -> None:
    text = shown(with_verdicts({VIOLATED: "F" * 12 + "P" * 900 + "?" * 80 + "-" * 8}))
    assert re.search(rf"^{VIOLATED} +900 +12 +80 +8 ", text, re.MULTILINE)
    assert "fails in sessions 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more" in text
    assert "ue1@example.org" not in text


def test_a_waived_failure_has_a_sign_of_its_own() -> None:
    results = with_verdicts(FOUR)
    results.profile = Profile(waivers=(Waiver(VIOLATED, "ticket"),))
    assert re.search(rf"^{VIOLATED} +✓ w \? · ", shown(results), re.MULTILINE)
    assert "w fail, waived" in shown(results)


def test_the_csv_has_a_row_for_each_requirement_and_a_column_for_each_session() -> None:
    table = list(csv_rows(matrix_of(with_verdicts(FOUR))))
    assert tuple(table[0][: len(FIXED)]) == FIXED
    assert table[0][len(FIXED) :] == [f"session {n} ue{n}@example.org" for n in (1, 2, 3, 4)]
    assert {len(row) for row in table} == {len(FIXED) + 4}
    (row,) = (row for row in table if row[0] == VIOLATED)
    assert row[4:] == ["violated", "1", "1", "1", "1", "pass", "fail", "inconclusive", "not applicable"]
    assert [row[0] for row in table[1:]] == list(ledger())


def test_a_hostile_identity_runs_in_no_spreadsheet() -> None:
    results = with_verdicts(FOUR)
    results.sessions[0].identity = "a\r\n=1+1\x1b[2J"
    header = next(csv_rows(matrix_of(results)))
    assert header[len(FIXED)].isprintable()
    assert "\x1b" not in shown(results)


def test_the_command_prints_and_writes_it_and_json_holds_it(dsmip: CommandLine, tmp_path: object) -> None:
    name = "attach-no-home-prefix"
    common = ("analyze", sample(name), "--keys", sample_keys(name))
    said = dsmip(*common, "--matrix")
    assert said.status == 1
    assert re.search(r"^UE-5\.1\.2\.2-12 +✗ ", said.out, re.MULTILINE)
    raw = dsmip(*common, "--matrix-csv", "-").out
    (row,) = (row for row in csv.DictReader(io.StringIO(raw, newline="")) if row["rule"] == "UE-5.1.2.2-12")
    assert (row["coverage"], row["fail"]) == ("violated", "1")
    matrix = json.loads(dsmip(*common, "--json").out)["matrix"]
    assert matrix["rules"]["UE-5.1.2.2-12"] == {
        "coverage": "violated", "pass": 0, "fail": 1, "inconclusive": 0, "not_applicable": 0
    }  # fmt: skip
    assert matrix["coverage"]["violated"] == 1


def test_two_outputs_do_not_go_into_one_file(dsmip: CommandLine) -> None:
    said = dsmip("analyze", sample("attach-clean"), "--csv", "-", "--matrix-csv", "-")
    assert said.status == 2
    assert said.err == "dsmip: standard output can take only one output\n"
