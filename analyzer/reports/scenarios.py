"""The table of requirement by scenario: what the samples and the catalogues beside them declare, and worked examples.

What a scenario declares was written by hand, from the specification; tests hold the program to it. So the table says
which requirement is put to the test where, and which still lacks a scenario.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from analyzer.reports.catalogue import SHOWN, State, cases_of, requirements, state_of
from rules.model import Level, Requirement, Verdict

Declared: TypeAlias = Mapping[tuple[str, Verdict], list[str]]
"""By rule and verdict: the scenarios that declare it, those that are shipped as links."""
Claim: TypeAlias = tuple[str, str, str]
"""Rule, verdict, and the scenario that is made in tests alone."""
MOST_NAMED = 3


def declared_verdicts(samples: Path, claims: Iterable[Claim] = ()) -> dict[tuple[str, Verdict], list[str]]:
    """What the samples in a folder declare, and what scenarios do that tests make."""
    found: dict[tuple[str, Verdict], list[str]] = {}
    for path in sorted(samples.glob("*/expected.toml")):
        name = path.parent.name
        for rule, verdict in tomllib.loads(path.read_text("utf-8")).get("verdicts", {}).items():
            found.setdefault((rule, Verdict(verdict)), []).append(f"[{name}](../samples/{name}/story.md)")
    for rule, verdict, name in claims:
        found.setdefault((rule, Verdict(verdict)), []).append(name)
    return found


def scenarios_page(samples: Path, claims: Iterable[Claim] = (), never_open: Mapping[str, str] | None = None) -> str:
    """The page: what is complete, and the table. ``never_open`` tells of which rules no evidence can be missing."""
    declared, rows, never = declared_verdicts(samples, claims), requirements(), never_open or {}
    lines = [
        "",
        "# Requirement by scenario",
        "",
        "In which scenarios a requirement passes, fails and stays inconclusive, as they declare by hand. Links lead to",
        "samples that are shipped. The others are made in tests: procedures (`samples/procedures.py`), planted faults",
        "(`samples/planted`), and captures of which something is missing (`samples/unseen.py`). Behind them stands how",
        "many worked examples (ladders) show the same. A MAY need not fail.",
        "",
        *_missing(rows, declared, never),
        "",
        "| requirement | passes | fails | inconclusive |",
        "|---|---|---|---|",
    ]
    lines += [_line(row, declared, never) for row in rows]
    return "\n".join(lines) + "\n"


def _missing(rows: list[Requirement], declared: Declared, never: Mapping[str, str]) -> Iterator[str]:
    judged = [row for row in rows if state_of(row.id) is State.JUDGED]
    for verdict in SHOWN:
        needed = [row.id for row in judged if _is_needed(row, verdict, declared, never)]
        without = [rule for rule in needed if (rule, verdict) not in declared]
        if without:
            told = f"{len(needed) - len(without)} of {len(needed)}; not {', '.join(without)}"
        else:
            told = f"all {len(needed)}"
        yield f"- {verdict.value} in a scenario: {told}"


def _is_needed(row: Requirement, verdict: Verdict, declared: Declared, never: Mapping[str, str]) -> bool:
    """Some MAYs have a condition to fail, and are counted where a scenario shows it."""
    if verdict is Verdict.FAIL and row.level is Level.MAY:
        return (row.id, verdict) in declared
    return verdict is not Verdict.INCONCLUSIVE or row.id not in never


def _line(row: Requirement, declared: Declared, never: Mapping[str, str]) -> str:
    cases = [case.verdict for case in cases_of(row.id)]
    cells = []
    for verdict in SHOWN:
        names = declared.get((row.id, verdict), [])
        shown = ", ".join(names[:MOST_NAMED])
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        ladders = cases.count(verdict)
        told = f"{ladders} ladder{'s' * (ladders != 1)}" if ladders else ""
        why = never.get(row.id, "") if verdict is Verdict.INCONCLUSIVE and not names else ""
        cells.append(", ".join(part for part in (shown + more, why, told) if part) or "–")
    return f"| {row.id} | {' | '.join(cells)} |"
