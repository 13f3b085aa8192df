"""The violations as rows, and what there is to say of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.reports.catalogue import cited, why
from analyzer.reports.violations import clause_of, iso_time
from analyzer.tui.marks import Severity, severity_of
from analyzer.tui.session_rows import TONES
from analyzer.tui.tables import Column
from analyzer.tui.times import seconds_text
from analyzer.tui.widgets.notes import Note
from dissectors.inert import inert
from rules.ledger import requirement
from rules.model import Finding, Requirement

if TYPE_CHECKING:
    from analyzer.tui.follow import Follow

GROUPS = ("", "rule", "session", "clause", "actor")
"""The order in which a key goes through them."""
MOST_FRAMES = 200
"""Evidence frames that are listed of one violation."""


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """The columns of one violation; every text is inert."""

    number: int
    finding: Finding
    severity: Severity
    rule: str
    session: int
    actor: str
    level: str
    clause: str
    requirement: str
    identity: str
    seconds: int  # ns since the first frame


def requirement_of(rule: str) -> Requirement | None:
    """The row of the ledger, if it has one."""
    try:
        return requirement(rule)
    except KeyError:
        return None


class ViolationRows:
    """Rows of all violations of a load, made when asked for."""

    def __init__(self, follow: Follow) -> None:
        self.follow = follow
        self._known: dict[int, ViolationRow] = {}

    def renew(self, follow: Follow) -> None:
        """Rows of another load, or of one that began anew."""
        self.follow = follow
        self._known.clear()

    def __len__(self) -> int:
        return len(self.follow.model.marks.findings)

    def row(self, place: int) -> ViolationRow:
        """The violation at a place, from 0, in the order in which they were found."""
        finding = self.follow.model.marks.findings[place]
        known = self._known.get(place)
        if known is not None and known.finding is finding:
            return known
        row = self._known[place] = self._make(place, finding)
        return row

    def _make(self, place: int, finding: Finding) -> ViolationRow:
        model, run = self.follow.model, self.follow.run
        row = requirement_of(finding.rule)
        session = run.world.sessions[finding.session - 1] if run else None
        return ViolationRow(
            number=place + 1,
            finding=finding,
            severity=severity_of(finding.rule, model.marks.overrides) or Severity.NOTE,
            rule=finding.rule,
            session=finding.session,
            actor=row.actor.value if row else "",
            level=row.level.value if row else "",
            clause=clause_of(finding.rule, row),
            requirement=row.requirement if row else "",
            identity=inert((session.identity or str(session.ue or "")) if session else ""),
            seconds=finding.at - model.start,
        )


COLUMNS: tuple[Column[ViolationRow], ...] = (
    Column("Sev", lambda r: r.severity.mark, lambda r: -r.severity, tone=lambda r: TONES[r.severity]),
    Column("Frame", lambda r: str(r.finding.frame), lambda r: r.finding.frame, right=True),
    Column("Time", lambda r: seconds_text(r.seconds), lambda r: r.seconds, right=True),
    Column("Rule", lambda r: r.rule, lambda r: r.rule, 18, tone=lambda r: "name"),
    Column("Sess", lambda r: str(r.session), lambda r: r.session, right=True),
    Column("Actor", lambda r: r.actor, lambda r: r.actor, spare=True),
    Column("Level", lambda r: r.level, lambda r: r.level),
    Column("Clause", lambda r: r.clause.removeprefix("TS 24.303 "), lambda r: clause_key(r.clause), 22,
           spare=True),
    Column("Times", lambda r: str(r.finding.count), lambda r: r.finding.count, right=True, spare=True),
    Column("Observed", lambda r: inert(r.finding.observed or r.finding.reason), lambda r: r.finding.observed, 1),
)  # fmt: skip

GROUPINGS: dict[str, Callable[[ViolationRow], str]] = {
    "rule": lambda r: f"{r.rule}  {r.requirement}" if r.requirement else r.rule,
    "session": lambda r: f"Session {r.session:>4}  {r.identity}",
    "clause": lambda r: r.clause or "our own additions",
    "actor": lambda r: r.actor or "other",
}


def row_text(row: ViolationRow) -> str:
    """What the words of a filter are looked for in."""
    finding = row.finding
    cells = "  ".join(column.text(row) for column in COLUMNS)
    said = f"{inert(finding.expected)}  {inert(finding.observed)}  {inert(finding.subject)}"
    return f"{cells}  {said}  {row.requirement}  {row.identity}  {row.severity.name}"


def clause_key(clause: str) -> tuple[str, list[tuple[int, str]]]:
    """Clauses in the order of their numbers: 5.1.2.10 comes after 5.1.2.9."""
    words = clause.replace(".", " ").split()
    return "", [(int(word), "") if word.isdigit() else (-1, word) for word in words]


def explanation(row: ViolationRow) -> Iterator[Note]:
    """All there is to say of a violation."""
    finding = row.finding
    yield Note("", f"{row.severity.mark} {row.rule}  {row.level}", tone=TONES[row.severity])
    found = requirement_of(row.rule)
    if found is not None:
        yield Note("Requirement", found.requirement)
        yield Note("Clause", f"{cited(found)}, binding on the {found.actor.value}")
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    for label, text, tone in (
        ("Expected", finding.expected, "good"),
        ("Observed", finding.observed + times, TONES[row.severity]),
        ("Because", finding.reason, ""),
    ):
        if text:
            yield Note(label, inert(text), tone=tone)
    subject = f", {inert(finding.subject)}" if finding.subject else ""
    yield Note("Evidence", f"frame {finding.frame}{subject}, {iso_time(finding.at)}", finding.frame, "link")
    for frame in finding.related[:MOST_FRAMES]:
        yield Note("", f"frame {frame}", frame, "link")
    yield Note("Session", f"{row.session}, {row.identity}")
    reason = why(row.rule)
    if reason:
        yield Note("Why", reason)
