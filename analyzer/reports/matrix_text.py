"""The conformance matrix on a terminal: a column for each session, or totals where there are too many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from rich.text import Text

from analyzer.reports.layout import Page, amount
from analyzer.reports.matrix import Coverage, Matrix, Row, coverage_line
from analyzer.reports.violations import clause_of
from dissectors.inert import inert
from rules.model import Verdict

RULE_WIDTH = 17
LEAST_GIST = 20
MOST_NAMED = 10
"""Sessions named beside a requirement that they violate."""
STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
}
SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", Verdict.NOT_APPLICABLE: "·"}
PLAIN_SIGNS = {Verdict.PASS: "P", Verdict.FAIL: "F", Verdict.INCONCLUSIVE: "?", Verdict.NOT_APPLICABLE: "."}
"""For terminals that cannot show the others, where a substitute would read as another verdict."""
WAIVED = "w"


def print_matrix(matrix: Matrix, page: Page) -> None:
    """Sessions, the table by clause, what stands outside it, and the coverage."""
    signs = _signs(page.console.encoding)
    sessions = [s.number for s in matrix.results.sessions]
    room = (page.width - RULE_WIDTH - LEAST_GIST) // 2
    if len(sessions) > room:
        page.say(f"{amount(len(sessions), 'session')}: how many came out how", "bold")
        lines = _totals(matrix, page)
    else:
        _name_sessions(matrix, page)
        lines = _columns(matrix, sessions, signs, page)
    page.blank()
    for line in lines:
        page.text(line)
    page.blank()
    if len(sessions) <= room:
        page.say(_legend(signs, waived=bool(matrix.results.waivers)), "dim")
    _outside(matrix, page)
    page.say(f"Coverage of {coverage_line(matrix)}", "bold")


def _signs(encoding: str) -> Mapping[Verdict, str]:
    try:
        "".join(SIGNS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN_SIGNS
    return SIGNS


def _legend(signs: Mapping[Verdict, str], *, waived: bool) -> str:
    return ", ".join(f"{sign} {v.value}" for v, sign in signs.items()) + (f", {WAIVED} fail, waived" * waived)


def _name_sessions(matrix: Matrix, page: Page) -> None:
    for session in matrix.results.sessions:
        who = inert(session.identity) if session.identity else "identity not seen"
        page.say(f"session {session.number}  {who}, {session.ue} with {session.ha}")


def _columns(matrix: Matrix, sessions: list[int], signs: Mapping[Verdict, str], page: Page) -> Iterator[Text]:
    """A sign for each session; their numbers stand above, one digit below the other."""
    digits = len(str(max(sessions, default=1)))
    for place in range(digits):
        heads = " ".join(f"{number:>{digits}}"[place] for number in sessions)
        yield Text(" " * RULE_WIDTH + heads, "dim")
    for clause, rows in _by_clause(matrix):
        yield Text(clause, "bold cyan")
        for row in rows:
            line = Text(f"{row.rule:{RULE_WIDTH}}")
            for number in sessions:
                verdict = matrix.verdict(number, row.rule)
                spared = verdict is Verdict.FAIL and row.rule in matrix.results.waivers
                line.append(WAIVED if spared else signs[verdict], "cyan" if spared else STYLES[verdict])
                line.append(" ")
            yield _with_gist(line, row, page.width)


def _totals(matrix: Matrix, page: Page) -> Iterator[Text]:
    """Four numbers a requirement, and the first sessions that violate it."""
    width = max(6, len(str(len(matrix.results.sessions))) + 1)
    heads = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "open", Verdict.NOT_APPLICABLE: "n/a"}
    yield Text(" " * RULE_WIDTH + "".join(f"{head:>{width}}" for head in heads.values()), "dim")
    for clause, rows in _by_clause(matrix):
        yield Text(clause, "bold cyan")
        for row in rows:
            line = Text(f"{row.rule:{RULE_WIDTH}}")
            for verdict in heads:
                count = row.totals[verdict]
                line.append(f"{count or '-':>{width}}", STYLES[verdict] if count else "dim")
            line.append("  ")
            yield _with_gist(line, row, page.width)
            if row.failed_in:
                indent = " " * (RULE_WIDTH + 2)
                yield Text(indent + _failed_in(row, matrix, page.width - len(indent)), "red")


def _failed_in(row: Row, matrix: Matrix, width: int) -> str:
    """The first sessions that fail, as many as fit on the line."""
    waived = "; waived" if row.rule in matrix.results.waivers else ""
    for count in range(min(MOST_NAMED, len(row.failed_in)), 0, -1):
        more = len(row.failed_in) - count
        text = f"fails in session{'s' * (len(row.failed_in) > 1)} {', '.join(map(str, row.failed_in[:count]))}"
        text += (f" and {more} more" if more else "") + waived
        if len(text) <= width:
            return text
    return f"fails in {amount(len(row.failed_in), 'session')}{waived}"


def _with_gist(line: Text, row: Row, width: int) -> Text:
    """What is required, cut to one line: ``dsmip explain`` has the whole."""
    room = width - len(line) - 1
    gist = row.requirement.requirement
    line.append(gist if len(gist) <= room else gist[: room - 1].rstrip() + "…", "dim" if not row.failed_in else "")
    return line


def _by_clause(matrix: Matrix) -> Iterator[tuple[str, list[Row]]]:
    """What rules judge; a clause that comes again later in the ledger is taken together."""
    judged = [row for row in matrix.rows if any(row.totals.values())]
    order = list(dict.fromkeys(row.requirement.clause for row in judged))
    judged.sort(key=lambda row: order.index(row.requirement.clause))
    for _, rows in groupby(judged, key=lambda row: row.requirement.clause):
        inside = list(rows)
        yield clause_of(inside[0].rule, inside[0].requirement), inside


def _outside(matrix: Matrix, page: Page) -> None:
    unseen = [row.rule for row in matrix.rows_of(Coverage.NOT_OBSERVABLE)]
    still_open = [row.rule for row in matrix.rows_of(Coverage.OPEN)]
    for title, rules in (("not observable", unseen), ("not judged yet", still_open)):
        if rules:
            page.say(f"{title}: {', '.join(rules)}", "dim")
