"""``dsmip rules`` and ``dsmip explain``: the catalogue of requirements, from ledger, registry and worked examples."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import sys
import textwrap
from typing import Annotated, Any

import typer

from analyzer.cli.trouble import Trouble
from rules.cases import case_text
from rules.ledger import ledger, load_rules
from rules.model import Requirement
from rules.registry import DOCS, RULES, Check, Obligation, Rule


def rules(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    actor: Annotated[str | None, typer.Option(help="Only UE, HA, NET or BASE.")] = None,
    clause: Annotated[str | None, typer.Option(help="Only clauses that begin so, such as 5.1.2.2 or RFC7296.")] = None,
) -> int:
    """List the catalogue of requirements: ID, level, needed evidence, state and gist."""
    load_rules()
    wanted = [r for r in ledger().values() if _wanted(r, actor, clause)]
    if not wanted:
        raise Trouble("no requirement fits; see dsmip rules without options")
    if as_json:
        typer.echo(json.dumps([_entry(r) for r in wanted], indent=2))
        return 0
    width = _columns()
    for row in wanted:
        typer.echo(_line(row, width))
    done = sum(r.id in RULES for r in wanted)
    typer.echo(f"{len(wanted)} requirements, {done} judged, {len(wanted) - done} still open")
    return 0


def _columns() -> int:
    """The terminal's width; a pipe gets whole lines, which grep can use."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(72, shutil.get_terminal_size().columns)
    return sys.maxsize


def _line(row: Requirement, width: int) -> str:
    head = f"{row.id:15}  {row.level.value:9}  {'+'.join(sorted(row.needs)):9}  {state_of(row.id):5}  "
    body = textwrap.wrap(row.requirement, max(24, width - len(head) - 1)) or [""]
    return head + ("\n" + " " * len(head)).join(body)


def _wanted(row: Requirement, actor: str | None, clause: str | None) -> bool:
    return (actor is None or row.actor.value == actor.upper()) and (clause is None or row.clause.startswith(clause))


def state_of(rule: str) -> str:
    """Whether a requirement is judged or still open."""
    return "ready" if rule in RULES else "open"


def _entry(row: Requirement) -> dict[str, Any]:
    return {
        "id": row.id,
        "actor": row.actor.value,
        "clause": row.clause,
        "level": row.level.value,
        "needs": sorted(row.needs),
        "requirement": row.requirement,
        "applies_when": row.applies_when,
        "fails_when": row.fails_when,
        "inconclusive_when": row.inconclusive_when,
        "note": row.note,
        "state": state_of(row.id),
        "shapes": [type(rule).__name__.lower() for rule in RULES.get(row.id, [])],
    }


def explain(
    rule: Annotated[str, typer.Argument(metavar="ID", help="A requirement, such as UE-5.1.2.2-12.")],
) -> int:
    """Explain one requirement: what it asks for, why, what is checked, when it stays open, with examples."""
    load_rules()
    row = ledger().get(rule) or ledger().get(rule.upper())
    if row is None:
        near = difflib.get_close_matches(rule.upper(), ledger(), n=3, cutoff=0.5)
        raise Trouble(f"no requirement {rule!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    cited = row.clause if row.clause.startswith("RFC") else f"TS 24.303 clause {row.clause}"
    typer.echo(f"{row.id}  ({row.actor.value}, {row.level.value}, {cited})\n")
    _paragraph("Required", row.requirement)
    _paragraph("Why it matters", DOCS.get(row.id, ""))
    _paragraph("Applies when", row.applies_when)
    _paragraph("Fails when", row.fails_when)
    _paragraph("Inconclusive when", row.inconclusive_when)
    _paragraph("Note", row.note)
    for shape in RULES.get(row.id, []):
        _paragraph("Checked as", _shape(shape))
    if row.id not in RULES:
        _paragraph("State", "open: not judged yet")
    examples = case_text(row.id)
    if examples:
        typer.echo("Examples\n" + textwrap.indent(examples.strip(), "  "))
    return 0


def _paragraph(title: str, text: str) -> None:
    if text:
        width = min(96, _columns() - 1)
        body = textwrap.fill(" ".join(text.split()), width, initial_indent="  ", subsequent_indent="  ")
        typer.echo(f"{title}\n{body}\n")


def _shape(rule: Rule) -> str:
    on = ", ".join(kind.name for kind in (rule.on if isinstance(rule, Check | Obligation) else rule.opens))
    if isinstance(rule, Check):
        return f"a check on each {on}"
    if isinstance(rule, Obligation):
        return f"an obligation opened by {on}: {rule.expected}, within the deadline {rule.within!r} of the profile"
    offence = ", ".join(kind.name for kind in rule.offence)
    return f"a prohibition opened by {on}, broken by {offence}"
