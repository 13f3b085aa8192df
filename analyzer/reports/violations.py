"""Rows of findings: the violations CSV (RFC 4180) and the same as plain data.

The columns are the fields of :class:`Row`, in their order; ``schema`` changes when they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, TextIO

from analyzer.reports.columns import FORMULA_STARTS, SCHEMA
from analyzer.results import Results
from dissectors.inert import inert
from dissectors.record import record
from rules.model import Finding, Requirement, Role, Verdict
from rules.session import Session


@record
class Row:
    """One finding as users hold it. ``time`` is ISO 8601 in UTC with ns, ``epoch_ns`` the same as an integer."""

    schema: int
    capture: str
    session: int
    ue: str
    ha: str
    rule: str
    clause: str
    level: str
    verdict: str
    severity: str
    actor: str
    frame: int
    time: str
    epoch_ns: int
    related_frames: str
    summary: str
    expected: str
    observed: str
    fingerprint: str


COLUMNS = tuple(f.name for f in fields(Row))


def iso_time(at: int) -> str:
    """Nanoseconds since 1970 as ISO 8601 in UTC with nine digits."""
    seconds, nanoseconds = divmod(at, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def rows(results: Results, *, all_verdicts: bool = False) -> Iterator[Row]:
    """Failed requirements in the order of their frames; with ``all_verdicts`` every verdict of every session."""
    sessions = {s.number: s for s in results.sessions}
    for finding in results.failures:
        yield row_of(finding, sessions[finding.session], results)
    if all_verdicts:
        for finding in _others(results):
            yield row_of(finding, sessions[finding.session], results)


def _others(results: Results) -> Iterator[Finding]:
    told = set()
    for finding in results.findings:
        if finding.verdict is not Verdict.FAIL:
            told.add((finding.session, finding.rule, finding.verdict))
            yield finding
    for (session, rule), tally in results.tallies.items():
        for verdict, count in tally.items():
            if count and verdict is not Verdict.FAIL and (session, rule, verdict) not in told:
                yield Finding(rule, session, verdict, frame=0, at=0, count=count)


def row_of(finding: Finding, session: Session, results: Results) -> Row:
    """One finding as users hold it."""
    requirement = results.ledger.get(finding.rule)
    return Row(
        schema=SCHEMA,
        capture=";".join(inert(Path(f).name) for f in results.files),
        session=finding.session,
        ue=inert(session.identity or str(session.ue or "")),
        ha=str(session.ha or ""),
        rule=finding.rule,
        clause=clause_of(finding.rule, requirement),
        level=requirement.level.value if requirement else "",
        verdict=finding.verdict.value,
        severity=severity_of(finding.rule, requirement, results),
        actor=requirement.actor.value if requirement else _actor_of(finding.rule),
        frame=finding.frame,
        time=iso_time(finding.at) if finding.at else "",
        epoch_ns=finding.at,
        related_frames=" ".join(map(str, finding.related)),
        summary=summary_of(finding, requirement),
        expected=inert(finding.expected),
        observed=inert(finding.observed or finding.reason),
        fingerprint=fingerprint(finding, session),
    )


def clause_of(rule: str, requirement: Requirement | None) -> str:
    """The clause as one cites it: ``TS 24.303 5.1.2.2``, or the RFC."""
    if requirement is None:
        return ""
    return requirement.clause if requirement.clause.startswith("RFC") else f"TS 24.303 {requirement.clause}"


def severity_of(rule: str, requirement: Requirement | None, results: Results) -> str:
    """By the profile, else by the level of the requirement; "waived" while a waiver is in force."""
    if rule in results.waivers:
        return "waived"
    given = results.profile.severity.get(rule)
    return given or (requirement.level.severity if requirement else "note")


def _actor_of(rule: str) -> str:
    return Role.HA.value if "-HA" in rule else Role.UE.value


def summary_of(finding: Finding, requirement: Requirement | None) -> str:
    """What is required, and how often it was seen broken when like findings were folded."""
    text = requirement.requirement if requirement else finding.reason
    return f"{text} ({finding.count} times)" if finding.count > 1 else text


def fingerprint(finding: Finding, session: Session) -> str:
    """Stable from run to run: rule, the ends of the session and the kind of message; no frame, no time."""
    parts = (finding.rule, session.identity or str(session.ue), session.apn or "", str(session.ha), finding.subject)
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def write_csv(results: Results, out: TextIO, *, all_verdicts: bool = False) -> int:
    """Writes the violations CSV with its header; gives the number of rows."""
    import pandas as pd

    table = [{k: guarded(v) for k, v in asdict(row).items()} for row in rows(results, all_verdicts=all_verdicts)]
    pd.DataFrame(table, columns=list(COLUMNS)).to_csv(out, index=False, lineterminator="\r\n")
    return len(table)


def guarded(value: Any) -> Any:
    """A text cell that a spreadsheet would run as a formula is neutralised."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
