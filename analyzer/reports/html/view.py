"""What the HTML report shows, as plain values: bounded in number, and every text from the wire made inert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analyzer import __version__
from analyzer.reports.catalogue import why
from analyzer.reports.journal import Journal, JournalLine
from analyzer.reports.layout import amount, size_text
from analyzer.reports.matrix import Coverage, Matrix, coverage_line, matrix_of
from analyzer.reports.mobility_lines import mobility_rows
from analyzer.reports.session_lines import child_line, journey, sa_line
from analyzer.reports.summary import CLASSES, MOST_SAS, troubles, waiver_text
from analyzer.reports.violations import clause_of, severity_of, summary_of
from analyzer.results import Results
from dissectors.inert import inert
from dissectors.record import record
from rules.model import Finding, Role, Verdict
from rules.session import Session

MOST_SESSIONS = 200
MOST_VIOLATIONS = 500
MOST_COLUMNS = 40
"""Sessions with a column of their own in the matrix; of more there are totals."""


@record
class Rung:
    """A line of a ladder excerpt. ``mark`` is "fail" or "related" for the frames that a finding names."""

    frame: int
    seconds: str
    way: str  # "up" from the UE to the Home Agent, "down", or "beside" for what goes between other nodes
    text: str
    mark: str = ""


@record
class Violation:
    """A failed requirement."""

    rule: str
    severity: str
    place: str
    session: int
    clause: str
    level: str
    required: str
    why: str
    expected: str
    observed: str
    waiver: str
    ladder: tuple[Rung, ...]


@record
class SessionView:
    """A session: labels with what goes beside them, and how its requirements came out."""

    number: int
    identity: str
    facts: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, int], ...]


@record
class MatrixLine:
    """A requirement in the matrix: a word for each session, or totals."""

    rule: str
    clause: str
    requirement: str
    coverage: str
    cells: tuple[str, ...]
    totals: tuple[int, ...]


@record
class Report:
    """Everything on the page."""

    title: str
    version: str
    headline: str
    good: bool
    facts: tuple[tuple[str, str], ...]
    troubles: tuple[str, ...]
    coverage: str
    shares: tuple[tuple[str, int], ...]
    violations: tuple[Violation, ...]
    more_violations: int
    sessions: tuple[SessionView, ...]
    more_sessions: int
    columns: tuple[int, ...]
    matrix: tuple[MatrixLine, ...]


def report_of(results: Results, journal: Journal) -> Report:
    """The view of a finished run."""
    matrix, failures = matrix_of(results), results.failures
    sessions = results.sessions[:MOST_SESSIONS]
    return Report(
        title=", ".join(inert(Path(name).name) for name in results.files),
        version=__version__,
        headline=_headline(results),
        good=not results.counted_failures,
        facts=tuple(_capture_facts(results)),
        troubles=tuple(inert(text) for text, _ in troubles(results)),
        coverage=coverage_line(matrix),
        shares=tuple((c.value, len(matrix.rows_of(c))) for c in Coverage),
        violations=tuple(_violation(f, results, journal) for f in failures[:MOST_VIOLATIONS]),
        more_violations=max(0, len(failures) - MOST_VIOLATIONS),
        sessions=tuple(_session(s, results, results.verdicts_of(s)) for s in sessions),
        more_sessions=max(0, len(results.sessions) - MOST_SESSIONS),
        columns=_columns(results),
        matrix=tuple(_matrix_lines(matrix)),
    )


def _headline(results: Results) -> str:
    failures, sessions = results.failures, amount(len(results.sessions), "session")
    if not results.sessions:
        return "No S2c signalling found"
    if not failures:
        return f"No violation in {sessions}"
    rules, broken = len({f.rule for f in failures}), len({f.session for f in failures})
    spared = len(failures) - len(results.counted_failures)
    told = f"{amount(len(failures), 'violation')} of {amount(rules, 'requirement')} in {broken} of {sessions}"
    return told + (f"; {spared} waived or ignored" if spared else "")


def _capture_facts(results: Results) -> Iterator[tuple[str, str]]:
    counts, evidence = results.counts, results.world.evidence
    yield "captures", ", ".join(inert(Path(name).name) for name in results.files)
    yield "frames", f"{counts.frames:,}, {size_text(counts.bytes)}"
    if counts.frames:
        yield "from", f"{datetime.fromtimestamp(evidence.first_at // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC"
        yield "span", f"{(evidence.last_at - evidence.first_at) / 1e9:.3f} s"
    yield "classes", ", ".join(f"{n:,} {CLASSES.get(kind, kind)}" for kind, n in counts.by_class.items()) or "none"
    yield "opened", f"{counts.opened:,} of {counts.protected:,} protected packets"
    yield "judged on", results.today.isoformat()


def _violation(finding: Finding, results: Results, journal: Journal) -> Violation:
    requirement = results.ledger.get(finding.rule)
    expired = results.expired_waivers.get(finding.rule)
    waiver = results.waivers.get(finding.rule) or expired
    return Violation(
        rule=finding.rule,
        severity=severity_of(finding.rule, requirement, results),
        place=_place(finding, results),
        session=finding.session,
        clause=clause_of(finding.rule, requirement),
        level=requirement.level.value if requirement else "",
        required=summary_of(finding, requirement),
        why=why(finding.rule),
        expected=inert(finding.expected),
        observed=inert(finding.observed),
        waiver=waiver_text(waiver, expired=waiver is expired) if waiver else "",
        ladder=tuple(_ladder(finding, results, journal)),
    )


def _place(finding: Finding, results: Results) -> str:
    seconds = (finding.at - results.world.evidence.first_at) / 1e9
    return f"frame {finding.frame}, {seconds:.3f} s" + (f", {inert(finding.subject)}" if finding.subject else "")


def _ladder(finding: Finding, results: Results, journal: Journal) -> Iterator[Rung]:
    """The frames that a finding names and those around it."""
    marks = dict.fromkeys(finding.related, "related") | {finding.frame: "fail"}
    lines = {line.frame: line for line in journal.around(finding.session, finding.frame, finding.related)}
    signalling = bool(lines)
    for frame in finding.related:
        if frame in lines:
            continue
        line = journal.elsewhere(frame) or journal.beside(finding.session, frame, _actor(finding, results))
        if line is not None:
            lines[line.frame] = line
            marks.setdefault(line.frame, "related")
    if finding.frame not in lines:
        blamed = _blamed(finding, results, journal)
        if signalling or blamed.sender is None:
            lines[finding.frame] = blamed
    for _, line in sorted(lines.items()):
        seconds = f"{(line.at - results.world.evidence.first_at) / 1e9:.3f}"
        way = "down" if line.sender is Role.HA else "up" if line.sender else "beside"
        yield Rung(line.frame, seconds, way, line.text, marks.get(line.frame, ""))


def _blamed(finding: Finding, results: Results, journal: Journal) -> JournalLine:
    """The line of a frame that is no signalling: PCO or user data, by its name alone where more is not known."""
    sender = _actor(finding, results)
    known = journal.beside(finding.session, finding.frame, sender)
    if known is not None:
        return replace(known, frame=finding.frame, at=finding.at)
    return JournalLine(finding.frame, finding.at, sender, inert(finding.subject or finding.observed))


def _actor(finding: Finding, results: Results) -> Role:
    requirement = results.ledger.get(finding.rule)
    return requirement.actor if requirement else Role.UE


def _session(session: Session, results: Results, verdicts: dict[str, Verdict]) -> SessionView:
    counts = {verdict: sum(v is verdict for v in verdicts.values()) for verdict in Verdict}
    return SessionView(
        session.number,
        inert(session.identity) if session.identity else "identity not seen",
        tuple(_session_facts(session, results)),
        tuple((verdict.value, count) for verdict, count in counts.items() if count),
    )


def _session_facts(session: Session, results: Results) -> Iterator[tuple[str, str]]:
    names = results.profile.names
    for role, address in (("UE", session.ue), ("HA", session.ha)):
        name = f"  {inert(names[address])}" if address is not None and address in names else ""
        yield role, f"{address}{name}"
    if session.apn:
        yield "APN", inert(session.apn)
    for sa in session.ike_sas[-MOST_SAS:]:
        yield f"IKE SA {sa.number}", sa_line(sa)
    for child in list(dict.fromkeys(session.children.values()))[-MOST_SAS:]:
        yield "CHILD SA", child_line(child)
    for grant in session.home_prefixes[-3:]:
        yield "prefix", f"{grant.prefix}/{grant.length}, lifetime {grant.lifetime} s (frame {grant.frame})"
    for label, text in mobility_rows(session):
        yield label, inert(str(text))
    states = results.states.get(session.number)
    if states and states.ue:
        yield "UE reached", journey(states.ue)
        yield "HA reached", journey(states.ha)


def _columns(results: Results) -> tuple[int, ...]:
    numbers = tuple(session.number for session in results.sessions)
    return numbers if len(numbers) <= MOST_COLUMNS else ()


def _matrix_lines(matrix: Matrix) -> Iterator[MatrixLine]:
    columns = _columns(matrix.results)
    for row in matrix.rows:
        judged = any(row.totals.values())
        yield MatrixLine(
            row.rule,
            clause_of(row.rule, row.requirement),
            row.requirement.requirement,
            row.coverage.value,
            tuple(matrix.verdict(number, row.rule).value if judged else "" for number in columns),
            tuple(row.totals[verdict] for verdict in Verdict),
        )
