"""The generated pages of the docs: ``python -m analyzer.reports.pages`` writes them, a test holds them fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from analyzer.filters.page import filters_page
from analyzer.reports.catalogue import (
    State,
    cases_of,
    checked_as,
    cited,
    first_of_each,
    requirements,
    state_of,
    why,
)
from analyzer.reports.machine_pictures import MACHINES, Machine, mermaid, picture_of
from analyzer.reports.region_pictures import mermaid_regions
from analyzer.reports.scenarios import scenarios_page
from rules.machines.session import HA_OBSERVATION, UE_OBSERVATION
from rules.model import Requirement
from rules.unobservable import UNOBSERVABLE
from samples.coverage import claims
from samples.unseen import NEVER_OPEN

DOCS = Path(__file__).resolve().parents[2] / "docs"
MADE = "<!-- Made by `make docs`; what is changed here is lost. -->\n"
SPECIAL = "\\`*_[]<>#|"
"""Characters that Markdown would act on."""


def rules_page() -> str:
    """The catalogue: a table of all requirements, then each with its reasons and examples."""
    rows = requirements()
    states = [state_of(row.id) for row in rows]
    lines = [
        MADE,
        "# The catalogue of requirements",
        "",
        f"{len(rows)} requirements: {states.count(State.JUDGED)} judged, {states.count(State.OPEN)} still open, "
        f"{states.count(State.HIDDEN)} that no packet can show. `dsmip rules` lists the same, "
        "`dsmip explain ID` tells of one, with every worked example.",
        "",
        "Evidence: `clear` is unprotected messages, `ike` opened IKE messages, `esp` opened ESP packets.",
    ]
    for clause in dict.fromkeys(row.clause for row in rows):
        inside = [row for row in rows if row.clause == clause]
        lines += [
            "",
            f"## {cited(inside[0])}",
            "",
            "| ID | level | evidence | state | requirement |",
            "|---|---|---|---|---|",
        ]
        lines += [_table_row(row) for row in inside]
        for row in inside:
            lines += ["", *_section(row)]
    return "\n".join(lines) + "\n"


def _table_row(row: Requirement) -> str:
    cells = (f"[{row.id}](#{_anchor(row.id)})", row.level.value, "+".join(sorted(row.needs)), state_of(row.id).value)
    return f"| {' | '.join(cells)} | {escaped(row.requirement)} |"


def _anchor(rule: str) -> str:
    """As GitHub makes it of a heading."""
    return "".join(c for c in rule.lower() if c.isalnum() or c in "-_")


def _section(row: Requirement) -> Iterator[str]:
    yield f"### {row.id}"
    yield ""
    yield f"{row.actor.value}, {row.level.value}: {escaped(row.requirement)}."
    hidden = UNOBSERVABLE.get(row.id)
    told = {
        "Why it matters": why(row.id),
        "Applies when": row.applies_when,
        "Fails when": row.fails_when,
        "Inconclusive when": row.inconclusive_when,
        "Checked as": "; ".join(checked_as(row.id)),
        "Note": row.note,
        "Not observable": f"{hidden.why} {hidden.decided_by}".strip() if hidden else "",
    }
    if any(told.values()):
        yield ""
    for title, text in told.items():
        if text:
            yield f"- **{title}**: {escaped(' '.join(text.split()))}"
    for case in first_of_each(cases_of(row.id)):
        yield ""
        yield f"{case.verdict.value.capitalize()}, {escaped(case.title)}:"
        yield ""
        yield "```"
        yield from (line[4:] for line in case.text.splitlines() if line.startswith("    "))
        yield "```"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in SPECIAL else c for c in text)


def machines_page() -> str:
    """Both machines, each in some pictures, since a page is too narrow for one."""
    lines = [
        MADE,
        "# The state machines",
        "",
        "Two tables of state, signal and next state, one for each peer, run beside each other on every IKE SA. They",
        "are those of an onlooker: a message moves both, the sender's when it is seen and the receiver's with it. What",
        "changes nothing is written into the state, or beside the part in which no state minds it.",
        "",
        "What is registered stands in regions beside: they run in parallel, whatever becomes of the registration",
        "meanwhile. A state and what is beside it are told as one: `registered (dual, IFOM)`,",
        "`bound (IPv6+IPv4, behind NAT)`.",
        "",
        "A message that has no transition where its sender stands is told as a finding of its own",
        f"(`{UE_OBSERVATION}`, `{HA_OBSERVATION}`), and the machine moves to where the message itself leads. Where the",
        "start of an SA was not captured, nothing surprises until the first message that tells where it stands. What",
        "the network or the clock does surprises no state: Router Advertisements, answers to a search for a Home",
        "Agent, the end of a lifetime (which is seen with the next Mobility Header).",
        "",
        "`dsmip rules --machine ue|ha --format text|mermaid|dot` draws the same; `text` is the whole table.",
    ]
    for machine in MACHINES.values():
        lines += ["", f"## {machine.title[0].upper()}{machine.title[1:]}", *_pictures(machine)]
    return "\n".join(lines) + "\n"


PICTURES = {
    "The IKE SA": ("opening", "sa", ""),
    "The home link": ("link",),
    "The registration": ("registration",),
}


def _pictures(machine: Machine) -> Iterator[str]:
    parts_of_it = picture_of(machine).parts
    pictures = {title: parts for title, parts in PICTURES.items() if parts[0] in parts_of_it}
    drawn = {title: mermaid(machine, parts).rstrip() for title, parts in pictures.items()}
    drawn["Beside the registration"] = f"stateDiagram-v2\n{mermaid_regions(machine.regions)}".rstrip()
    for title, picture in drawn.items():
        yield from ("", f"### {title} ({machine.name.upper()})", "", "```mermaid", picture, "```")


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page,
    "machines.md": machines_page,
    "filters.md": lambda: MADE + filters_page(),
    "scenarios.md": lambda: MADE + scenarios_page(DOCS.parent / "samples", claims(), NEVER_OPEN),
}


def main() -> None:
    """Writes every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
