"""``dsmip rules``: the catalogue of requirements listed, narrowed and exported, and the two machines drawn."""

from __future__ import annotations

import csv as csv_module
import json
import os
import shutil
import sys
import textwrap
from enum import Enum
from typing import Annotated, Any

import typer

from analyzer.cli.trouble import Trouble, written
from analyzer.reports.catalogue import State, entry, is_found, requirements, state_of
from rules.model import Level, Requirement, Role

STYLES = {State.JUDGED: "green", State.OPEN: "yellow", State.HIDDEN: "dim"}
FORMS = ("text", "mermaid", "dot")


def rules(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT...", help="Only requirements in which each word stands.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only UE, HA, NET or BASE.")] = None,
    clause: Annotated[str | None, typer.Option(help="Only clauses that begin so, such as 5.1.2.2 or RFC7296.")] = None,
    level: Annotated[str | None, typer.Option(help="Only SHALL, SHALL NOT, SHOULD or MAY.")] = None,
    state: Annotated[str | None, typer.Option(help="Only judged, open or hidden (no packet can show it).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="As CSV, - for standard output.")] = None,
    machine: Annotated[
        str | None, typer.Option("--machine", metavar="ue|ha", help="Draw that state machine instead.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORM", help="Of a machine: text (the default), mermaid or dot.")
    ] = None,
) -> int:
    """List the catalogue of requirements: ID, level, needed evidence, state and gist."""
    if machine is not None or form is not None:
        return _draw(machine, form or "text")
    wanted = _wanted(text or [], actor, clause, level, state)
    if as_json:
        typer.echo(json.dumps([entry(r) for r in wanted], indent=2))
    elif csv is not None:
        _export(wanted, csv)
    else:
        _list(wanted)
    return 0


def _draw(machine: str | None, form: str) -> int:
    from analyzer.reports.machine_pictures import MACHINES, draw

    name = (machine or "").lower()
    if name not in MACHINES:
        raise Trouble(f"--machine must be one of {', '.join(MACHINES)}")
    if form not in FORMS:
        raise Trouble(f"--format must be one of {', '.join(FORMS)}")
    typer.echo(draw(name, form), nl=False)
    return 0


def _wanted(
    words: list[str], actor: str | None, clause: str | None, level: str | None, state: str | None
) -> list[Requirement]:
    actors, levels, states = _one(Role, "actor", actor), _one(Level, "level", level), _one(State, "state", state)
    rows = [
        row
        for row in requirements()
        if actors in (None, row.actor)
        and levels in (None, row.level)
        and states in (None, state_of(row.id))
        and row.clause.startswith(clause or "")
        and is_found(row, words)
    ]
    if not rows:
        raise Trouble("no requirement fits; see dsmip rules without options")
    return rows


def _one(kind: type[Enum], name: str, given: str | None) -> Enum | None:
    """The member that an option names, in whatever case."""
    if given is None:
        return None
    for member in kind:
        if member.value.casefold() == given.replace("-", " ").replace("_", " ").casefold():
            return member
    raise Trouble(f"--{name} must be one of {', '.join(m.value for m in kind)}")


def _export(wanted: list[Requirement], path: str) -> None:
    from analyzer.reports.violations import guarded

    with written(path) as out:
        table = csv_module.writer(out)
        entries = [entry(row) for row in wanted]
        table.writerow(entries[0])
        for values in entries:
            table.writerow([guarded(_cell(value)) for value in values.values()])


def _cell(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value)


def _list(wanted: list[Requirement]) -> None:
    from rich.console import Console

    from analyzer.reports.layout import amount

    console, width = Console(highlight=False, soft_wrap=True), _columns()
    for row in wanted:
        for piece in _lines(row, width):
            console.print(piece)
    states = [state_of(row.id) for row in wanted]
    hidden = states.count(State.HIDDEN)
    judged, still_open = states.count(State.JUDGED), states.count(State.OPEN)
    more = f", {hidden} that no packet shows" if hidden else ""
    console.print(f"{amount(len(wanted), 'requirement')}, {judged} judged, {still_open} still open{more}")


def _columns() -> int:
    """The terminal's width; a pipe gets whole lines, which grep can use."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(72, shutil.get_terminal_size().columns)
    return sys.maxsize


def _lines(row: Requirement, width: int) -> list[Any]:
    from rich.text import Text

    state = state_of(row.id)
    head = Text.assemble(
        (f"{row.id:15}  ", "bold"),
        (f"{row.level.value:9}  ", "" if row.level.severity == "error" else "dim"),
        (f"{'+'.join(sorted(row.needs)):9}  ", "dim"),
        (f"{state.value:6}  ", STYLES[state]),
    )
    indent = " " * len(head)
    body = textwrap.wrap(row.requirement, max(24, width - len(indent) - 1)) or [""]
    return [head + Text(body[0]), *(Text(indent + line) for line in body[1:])]
