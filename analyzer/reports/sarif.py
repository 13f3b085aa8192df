"""SARIF 2.1.0 (OASIS), for code scanning dashboards: violations as results, requirements as rules, waivers as
suppressions. A capture has no lines: a place is a logical one, session and frame."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from analyzer import __version__
from analyzer.reports.catalogue import cited, why
from analyzer.reports.violations import Row, rows
from analyzer.results import Results
from dissectors.inert import inert
from rules.ledger import requirement
from rules.model import Verdict

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "note": "note"}
KINDS = {
    Verdict.FAIL.value: "fail",
    Verdict.PASS.value: "pass",
    Verdict.INCONCLUSIVE.value: "open",
    Verdict.NOT_APPLICABLE.value: "notApplicable",
}


def as_sarif(results: Results, *, all_verdicts: bool = False) -> dict[str, Any]:
    """The log file as plain data."""
    table = list(rows(results, all_verdicts=all_verdicts))
    rules = sorted({row.rule for row in table})
    places = {rule: n for n, rule in enumerate(rules)}
    artifacts = [{"location": {"uri": quote(inert(str(name)))}} for name in results.files]
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {"driver": {"name": "dsmip", "version": __version__, "rules": [_rule(r) for r in rules]}},
                "artifacts": artifacts,
                "columnKind": "unicodeCodePoints",
                "results": [_result(row, places[row.rule], results) for row in table],
            }
        ],
    }


def _rule(rule: str) -> dict[str, Any]:
    row = requirement(rule)
    entry: dict[str, Any] = {
        "id": rule,
        "shortDescription": {"text": row.requirement},
        "defaultConfiguration": {"level": row.level.severity},
        "properties": {"actor": row.actor.value, "level": row.level.value, "clause": cited(row) if row.clause else ""},
    }
    reason = why(rule)
    if reason:
        entry["fullDescription"] = {"text": reason}
    if row.fails_when:
        entry["help"] = {"text": f"Fails when: {row.fails_when}"}
    return entry


def _result(row: Row, place: int, results: Results) -> dict[str, Any]:
    failed = row.verdict == Verdict.FAIL.value
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "ruleIndex": place,
        "kind": KINDS[row.verdict],
        "level": LEVELS.get(row.severity, "none" if row.severity == "ignore" else _level(row)) if failed else "none",
        "message": {"text": _message(row)},
        "locations": [_location(row.session, row.frame, results)],
        "partialFingerprints": {"dsmip/v1": row.fingerprint},
        "properties": {
            "session": row.session,
            "frame": row.frame,
            "time": row.time,
            "ue": row.ue,
            "ha": row.ha,
            "clause": row.clause,
            "expected": row.expected,
            "observed": row.observed,
        },
    }
    related = [int(frame) for frame in row.related_frames.split()]
    if related:
        result["relatedLocations"] = [
            {"id": n, **_location(row.session, frame, results)} for n, frame in enumerate(related)
        ]
    waiver = results.waivers.get(row.rule)
    if failed and waiver is not None:
        until = f" (until {waiver.expires})" if waiver.expires else ""
        result["suppressions"] = [{"kind": "external", "justification": inert(waiver.reason) + until}]
    return result


def _level(row: Row) -> str:
    """Of a waived failure: what it would have been."""
    return requirement(row.rule).level.severity


def _message(row: Row) -> str:
    parts = [row.summary]
    parts += [f"{name}: {text}" for name, text in (("expected", row.expected), ("observed", row.observed)) if text]
    return ". ".join(parts) or row.verdict


def _location(session: int, frame: int, results: Results) -> dict[str, Any]:
    """Where: the capture, if there is only one, and in it session and frame."""
    name = f"session {session}/frame {frame}" if frame else f"session {session}"
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": name, "kind": "frame"}]}
    if len(results.files) == 1:
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(inert(str(results.files[0]))), "index": 0}}
    return location
