"""Two runs compared by the fingerprints of their failures: what is new, what was fixed, what stayed.

A fingerprint is made of the rule, the two ends of the session and the kind of message, so that it stays where frames
and times move. Read is what ``dsmip analyze`` writes: its JSON, or its violations CSV.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from analyzer.reports.columns import FORMULA_STARTS, SCHEMA
from dissectors.record import record
from rules.ledger import OBSERVATION
from rules.model import Verdict

SPARED = ("waived", "ignore")
"""Severities of failures that fail no run."""
NEEDED = (
    "schema",
    "rule",
    "verdict",
    "severity",
    "ue",
    "ha",
    "frame",
    "summary",
    "expected",
    "observed",
    "fingerprint",
)


class NotAResult(Exception):
    """The text is not what ``dsmip analyze`` writes; the message completes "FILE: …"."""


@record
class Known:
    """Failures with one fingerprint: the first of them, and how many there are."""

    row: Mapping[str, str]
    times: int

    @property
    def counts(self) -> bool:
        """Whether it fails a run: no waiver, no "ignore", and a requirement behind it."""
        return self.row["severity"] not in SPARED and not self.row["rule"].startswith(OBSERVATION)


@record
class Difference:
    """What changed from an old run to a new one, each in the order of the rules."""

    new: tuple[Known, ...]
    fixed: tuple[Known, ...]
    unchanged: tuple[tuple[Known, Known], ...]  # as it was, as it is

    @property
    def is_worse(self) -> bool:
        """Whether a failure is new that no waiver covers."""
        return any(known.counts for known in self.new)


def compared(old: Iterable[Mapping[str, str]], new: Iterable[Mapping[str, str]]) -> Difference:
    """The failures of two runs side by side."""
    before, after = _by_fingerprint(old), _by_fingerprint(new)
    return Difference(
        new=tuple(after[name] for name in after if name not in before),
        fixed=tuple(before[name] for name in before if name not in after),
        unchanged=tuple((before[name], after[name]) for name in after if name in before),
    )


def _by_fingerprint(rows: Iterable[Mapping[str, str]]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for row in rows:
        if row["verdict"] == Verdict.FAIL.value:
            known = found.get(row["fingerprint"])
            found[row["fingerprint"]] = Known(known.row if known else row, known.times + 1 if known else 1)
    return dict(sorted(found.items(), key=lambda item: (item[1].row["rule"], item[1].row["ue"], item[0])))


def read_rows(text: str) -> list[dict[str, str]]:
    """The rows of findings in a JSON output or a violations CSV, told apart by their content."""
    text = text.removeprefix("\ufeff")  # a spreadsheet's mark
    rows = _from_json(text) if text.lstrip().startswith("{") else _from_csv(text)
    for row in rows:
        if row["schema"] != str(SCHEMA):
            raise NotAResult(f"schema {row['schema']} is not known, only {SCHEMA}")
    return rows


def _from_json(text: str) -> list[dict[str, str]]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAResult("looks like JSON and cannot be read") from None
    findings = data.get("findings")
    if not isinstance(findings, list) or not all(isinstance(row, dict) for row in findings):
        raise NotAResult("is JSON, but not what dsmip analyze --json prints")
    rows = [{str(name): str(value) for name, value in row.items()} for row in findings]
    if any(not row.keys() >= set(NEEDED) for row in rows):
        raise NotAResult("has findings without fingerprint or other columns")
    return rows


def _from_csv(text: str) -> list[dict[str, str]]:
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = set(table.fieldnames or ())
        if not columns >= set(NEEDED):
            raise NotAResult("is neither a violations CSV nor JSON of dsmip analyze")
        rows = list(table)
    except csv.Error as error:
        raise NotAResult(f"cannot be read as CSV: {error}") from None
    if any(None in row or None in row.values() for row in rows):
        raise NotAResult("has a row with more or fewer cells than columns")
    return [{name: _unguarded(value) for name, value in row.items()} for row in rows]


def _unguarded(cell: str) -> str:
    """Without the apostrophe that kept a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell


def as_data(difference: Difference) -> dict[str, Any]:
    """The difference as JSON can hold it."""
    return {
        "schema": SCHEMA,
        "new": [_entry(known) for known in difference.new],
        "fixed": [_entry(known) for known in difference.fixed],
        "unchanged": [_entry(after) | {"times_before": before.times} for before, after in difference.unchanged],
    }


def _entry(known: Known) -> dict[str, Any]:
    names = ("rule", "ue", "ha", "severity", "summary", "expected", "observed", "fingerprint")
    return {name: known.row[name] for name in names} | {"times": known.times, "fails_the_run": known.counts}
