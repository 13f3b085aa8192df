"""The violations CSV with text an attacker chose: it stays text."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from edited_captures import ROOT, analyzed, packets_of, sample, sample_keys, saved
from rich.console import Console

from analyzer.describe import describe
from analyzer.reports.layout import Page, amount, size_text
from analyzer.reports.packets import line, tree_text
from analyzer.reports.summary import print_summary
from analyzer.reports.violations import guarded, iso_time, rows, write_csv
from analyzer.results import Results
from rules.model import Finding, Verdict
from samples.generator.attach import Attach
from samples.generator.codes import Attribute
from samples.generator.knobs import DNS_ATTRIBUTES, HaKnobs, UeKnobs, replaced
from samples.generator.network import IPV6_ACCESS
from samples.scenarios import Scenario

IDI, IDR = 35, 36
HOSTILE = [
    "=cmd|' /C calc'!A0@x",
    "+1+1@x",
    "-2+3@x",
    "@SUM(1+1)@x",
    "\tx@y",
    'a\r\nb,c"d@x',
    "\x1b[2J\x1b[31mred@x",
    "[red]markup[/red][link=x]@x",
    "\u202eright to left@x",
    "nul\0in@x",
]


def hostile_run(tmp_path: Path, text: str) -> tuple[list[object], Results]:
    """An attach without a home prefix by a UE whose NAI is ``text``."""
    body = b"\x03\0\0\0" + text.encode()
    ue = UeKnobs(
        asks_for=(Attribute.INTERNAL_IP6_ADDRESS, *DNS_ATTRIBUTES),
        edits={"IKE_AUTH 1": replaced(IDI, lambda _: body)},
    )
    attach: Attach = Scenario("hostile", "text", ue=ue, ha=HaKnobs(asks_identity=False), network=IPV6_ACCESS).play()
    attach.tables.write(tmp_path / "keys")
    packets, results = packets_of(saved(tmp_path / "hostile.pcap", attach.wire.frames), [tmp_path / "keys"])
    return list(packets), results


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_identities_are_inert_in_every_output(tmp_path: Path, text: str) -> None:
    packets, results = hostile_run(tmp_path, text)
    out = io.StringIO(newline="")
    write_csv(results, out)
    table = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert {len(row) for row in table} == {19}
    assert len(table) > 1
    for cell in (cell for row in table for cell in row):
        assert cell.isprintable()
        assert not cell.startswith(("=", "+", "-", "@"))
    screen = io.StringIO()
    print_summary(results, Page(Console(file=screen, width=100, force_terminal=False)))
    shown = screen.getvalue()
    assert all(row.isprintable() for row in shown.split("\n"))
    if "[red]" in text:
        assert "[red]markup[/red]" in shown
    for packet in packets:
        assert line(packet, 0).isprintable()  # type: ignore[arg-type]
        assert all(row.isprintable() for row in tree_text(packet).split("\n"))  # type: ignore[arg-type]


def test_a_capture_whose_name_is_a_formula_is_neutralised(tmp_path: Path) -> None:
    path = tmp_path / "=1+1\x1b.pcap"
    path.write_bytes(sample("attach-no-home-prefix").read_bytes())
    results = analyzed(path, [sample_keys("attach-no-home-prefix")])
    out = io.StringIO(newline="")
    write_csv(results, out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert row["capture"] == "'=1+1\\x1b.pcap"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_run_gets_an_apostrophe(start: str) -> None:
    assert guarded(start + "x") == "'" + start + "x"
    assert guarded("x" + start) == "x" + start
    assert guarded(7) == 7


def test_quotes_commas_and_line_breaks_survive_a_csv_reader(tmp_path: Path) -> None:
    results = analyzed(sample("attach-no-home-prefix"), [sample_keys("attach-no-home-prefix")])
    (failure,) = results.failures
    results.findings[results.findings.index(failure)] = replace(failure, observed='a "b", c')
    out = io.StringIO(newline="")
    write_csv(results, out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert row["observed"] == 'a "b", c'


def test_times_keep_nine_digits() -> None:
    assert iso_time(1_768_464_000_000_000_001) == "2026-01-15T08:00:00.000000001Z"
    assert iso_time(0) == "1970-01-01T00:00:00.000000000Z"
    assert iso_time(2**63 - 1).startswith("2262-04-11T23:47:16")


def test_folded_findings_tell_their_count() -> None:
    results = analyzed(sample("attach-no-home-prefix"), [sample_keys("attach-no-home-prefix")])
    finding = replace(results.failures[0], count=12)
    results.findings[:] = [finding]
    (row,) = rows(results)
    assert row.summary.endswith("(12 times)")


def test_a_finding_of_a_rule_outside_the_ledger_has_a_row_too() -> None:
    results = analyzed(sample("attach-clean"), [sample_keys("attach-clean")])
    results.findings.append(Finding("X-MACHINE-HA", 1, Verdict.FAIL, 3, 0, observed="x"))
    (row,) = rows(results)
    assert (row.rule, row.actor, row.severity, row.clause, row.time) == ("X-MACHINE-HA", "HA", "note", "", "")
    assert results.counted_failures == []


def test_the_docs_name_every_column() -> None:
    columns = (
        "schema, capture, session, ue, ha, rule, clause, level, verdict, severity, actor, frame, time, epoch_ns, "
        "related_frames, summary, expected, observed, fingerprint"
    )
    text = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    assert [column for column in columns.split(", ") if f"`{column}`" not in text] == []


def test_amounts_and_sizes_read_well() -> None:
    assert [amount(n, "frame") for n in (0, 1, 2, 12345)] == ["0 frames", "1 frame", "2 frames", "12 345 frames"]
    assert [size_text(n) for n in (0, 999, 1000, 9449, 5 * 10**8, 10**13)] == [
        "0 bytes", "999 bytes", "1.0 kB", "9.4 kB", "500.0 MB", "10000.0 GB",
    ]  # fmt: skip


def test_an_identity_of_64_kb_does_not_flood_the_line(tmp_path: Path) -> None:
    packets, _ = hostile_run(tmp_path, "a" * 900 + "@x")
    assert max(len(describe(packet).info) for packet in packets) < 1000  # type: ignore[arg-type]
