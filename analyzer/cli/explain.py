"""``dsmip explain``: one requirement with its reasons, what is checked, and worked examples as ladders."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from analyzer.cli.trouble import Trouble
from analyzer.reports.catalogue import (
    EVIDENCE,
    State,
    cases_of,
    checked_as,
    cited,
    first_of_each,
    observations,
    requirements,
    state_of,
    why,
)
from analyzer.reports.layout import Page, page
from rules.ladder.cases import Case
from rules.ledger import requirement
from rules.model import Requirement, Verdict
from rules.unobservable import UNOBSERVABLE

STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
SAID = {
    Verdict.PASS: "passes",
    Verdict.FAIL: "fails",
    Verdict.INCONCLUSIVE: "stays open",
    Verdict.NOT_APPLICABLE: "is not asked for",
}
WIDEST = 100
"""Prose in longer lines is hard to read; ladders use the whole width."""


def explain(
    rule: Annotated[str, typer.Argument(metavar="ID", help="A requirement, such as UE-5.1.2.2-12.")],
    every: Annotated[bool, typer.Option("--all", help="Every worked example, not the first of each verdict.")] = False,
) -> int:
    """Explain one requirement: what it asks for, why, what is checked, when it stays open, with examples."""
    row, out = _found(rule), page()
    out.line((row.id, "bold"), f"  {_head(row)}")
    _paragraph(out, "Required", row.requirement)
    _paragraph(out, "Why it matters", why(row.id))
    _paragraph(out, "Applies when", row.applies_when)
    _paragraph(out, "Fails when", row.fails_when)
    _paragraph(out, "Inconclusive when", row.inconclusive_when)
    _paragraph(out, "Evidence needed", " and ".join(EVIDENCE[need] for need in sorted(row.needs)))
    _paragraph(out, "Checked as", "\n\n".join(checked_as(row.id)))
    _paragraph(out, "Note", row.note)
    _state(out, row)
    _examples(out, cases_of(row.id), every)
    return 0


def _found(rule: str) -> Requirement:
    known = {row.id: row for row in requirements()} | {name: requirement(name) for name in observations()}
    row = known.get(rule) or known.get(rule.upper())
    if row is None:
        near = difflib.get_close_matches(rule.upper(), known, n=3, cutoff=0.5)
        raise Trouble(f"no requirement {rule!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    return row


def _head(row: Requirement) -> str:
    return f"{row.actor.value}, {row.level.value}, {cited(row)}" if row.clause else "an observation: it fails no run"


def _paragraph(out: Page, title: str, text: str, style: str = "bold cyan") -> None:
    if not text:
        return
    out.blank()
    out.say(title, style)
    width, out.width = out.width, min(out.width, WIDEST)
    for paragraph in text.split("\n\n"):
        out.hanging("  ", " ".join(paragraph.split()), below=2)
    out.width = width


def _state(out: Page, row: Requirement) -> None:
    hidden = UNOBSERVABLE.get(row.id)
    if hidden is not None:
        fact = f" The fact {hidden.decided_by} of the profile decides it." if hidden.decided_by else ""
        _paragraph(out, "Not observable", hidden.why + fact)
    elif state_of(row.id) is State.OPEN:
        _paragraph(out, "State", "open: not judged yet")


def _examples(out: Page, cases: list[Case], every: bool) -> None:
    shown = cases if every else first_of_each(cases)
    if not shown:
        return
    out.blank()
    out.say("Examples", "bold cyan")
    for case in shown:
        out.line("  ", (SAID[case.verdict], STYLES.get(case.verdict, "dim")), f": {case.title}")
        _ladder(out, case)
    if len(shown) < len(cases):
        out.blank()
        out.say(f"{len(cases) - len(shown)} more examples: dsmip explain {cases[0].rule} --all", "dim")


def _ladder(out: Page, case: Case) -> None:
    for line in case.text.splitlines():
        text = line.strip()
        if not text:
            continue
        if line.startswith("    "):
            out.hanging("      ", text, below=16)
        else:
            out.say(f"    {text}", "dim")
