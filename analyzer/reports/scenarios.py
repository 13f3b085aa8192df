"""The table of requirement by scenario, from the verdicts that the samples declare and the worked examples.

What a sample declares was written by hand, from the specification; a test holds the program to it. So the table says
which requirement is put to the test where, and which still lacks a scenario.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from analyzer.reports.catalogue import SHOWN, State, cases_of, requirements, state_of
from rules.model import Level, Requirement, Verdict

Declared: TypeAlias = Mapping[tuple[str, Verdict], list[str]]
"""By rule and verdict: the samples that declare it."""
MOST_NAMED = 3


def declared_verdicts(samples: Path) -> dict[tuple[str, Verdict], list[str]]:
    """What the samples in a folder declare."""
    found: dict[tuple[str, Verdict], list[str]] = {}
    for path in sorted(samples.glob("*/expected.toml")):
        for rule, verdict in tomllib.loads(path.read_text("utf-8")).get("verdicts", {}).items():
            found.setdefault((rule, Verdict(verdict)), []).append(path.parent.name)
    return found


def scenarios_page(samples: Path) -> str:
    """The page: what is complete, and the table."""
    declared, rows = declared_verdicts(samples), requirements()
    lines = [
        "",
        "# Requirement by scenario",
        "",
        "In which samples a requirement passes, fails and stays inconclusive, as their `expected.toml` declares, and",
        "behind the comma how many worked examples (ladders) show the same. A MAY cannot fail.",
        "",
        *_missing(rows, declared),
        "",
        "| requirement | passes | fails | inconclusive |",
        "|---|---|---|---|",
    ]
    lines += [_line(row, declared) for row in rows]
    return "\n".join(lines) + "\n"


def _missing(rows: list[Requirement], declared: Declared) -> Iterator[str]:
    judged = [row for row in rows if state_of(row.id) is State.JUDGED]
    for verdict in SHOWN:
        needed = [row.id for row in judged if not (verdict is Verdict.FAIL and row.level is Level.MAY)]
        without = [rule for rule in needed if (rule, verdict) not in declared]
        if without:
            told = f"{len(needed) - len(without)} of {len(needed)}; not {', '.join(without)}"
        else:
            told = f"all {len(needed)}"
        yield f"- {verdict.value} in a sample: {told}"


def _line(row: Requirement, declared: Declared) -> str:
    cases = [case.verdict for case in cases_of(row.id)]
    cells = []
    for verdict in SHOWN:
        names = declared.get((row.id, verdict), [])
        shown = ", ".join(f"[{name}](../samples/{name}/story.md)" for name in names[:MOST_NAMED])
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        ladders = cases.count(verdict)
        told = f"{ladders} ladder{'s' * (ladders != 1)}" if ladders else ""
        cells.append(", ".join(part for part in (shown + more, told) if part) or "–")
    return f"| {row.id} | {' | '.join(cells)} |"
