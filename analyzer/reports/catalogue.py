"""The catalogue of requirements as data: ledger, registry, docstrings and worked examples put together.

``dsmip rules``, ``dsmip explain`` and the page in the docs read it, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from rules.cases import case_files
from rules.ladder.cases import Case, parse_cases
from rules.ledger import OBSERVATION, ledger, load_rules
from rules.machines.session import OBSERVATIONS
from rules.model import Requirement, Verdict
from rules.registry import DOCS, RULES, Check, Kind, Obligation, Rule
from rules.unobservable import UNOBSERVABLE

EVIDENCE = {"clear": "unprotected messages", "ike": "opened IKE messages", "esp": "opened ESP packets"}
"""What the words of the ledger's column ``needs`` mean."""
SURPRISE = """The sender's state machine does not expect that message in the state it is in (see docs/machines.md): one
before it was not captured, messages came out of order, or one end is not where it should be."""
SHOWN = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)


class State(Enum):
    """How far a requirement is: a rule judges it, none does yet, or none can."""

    JUDGED = "judged"
    OPEN = "open"
    HIDDEN = "hidden"


def state_of(rule: str) -> State:
    """The state of a requirement of the ledger."""
    if rule in RULES:
        return State.JUDGED
    return State.HIDDEN if rule in UNOBSERVABLE else State.OPEN


def requirements() -> list[Requirement]:
    """Every row of the ledger, in its order; the registry is filled."""
    load_rules()
    return list(ledger().values())


def observations() -> list[str]:
    """Our own additions: told, and never a failure of the run."""
    load_rules()
    return sorted({*OBSERVATIONS, *(rule for rule in RULES if rule.startswith(OBSERVATION))})


def cited(row: Requirement) -> str:
    """The clause as one cites it."""
    return row.clause if row.clause.startswith("RFC") else f"TS 24.303 clause {row.clause}"


def why(rule: str) -> str:
    """Why it matters: the docstring of its rule, as one paragraph for each of its paragraphs."""
    text = DOCS.get(rule, SURPRISE if rule in OBSERVATIONS else "")
    parts = text.split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def checked_as(rule: str) -> list[str]:
    """What is checked, a sentence for each shape that the requirement is declared in."""
    return list(dict.fromkeys(map(_shape, RULES.get(rule, []))))


def _shape(rule: Rule) -> str:
    if isinstance(rule, Check):
        return f"a check on each {_kinds(rule.on)}"
    if isinstance(rule, Obligation):
        return (
            f"an obligation opened by {_kinds(rule.on)}: {rule.expected}, "
            f"within the deadline {rule.within!r} of the profile"
        )
    return f"a prohibition opened by {_kinds(rule.opens)}, broken by {_kinds(rule.offence)}"


def _kinds(kinds: Iterable[Kind]) -> str:
    return ", ".join(kind.name for kind in kinds)


def cases_of(rule: str) -> list[Case]:
    """The worked examples of a requirement."""
    entry = case_files().get(rule)
    return list(parse_cases(entry.read_text("utf-8"), rule)) if entry else []


def first_of_each(cases: Iterable[Case]) -> list[Case]:
    """One example of a pass, of a fail and of an open end: the first of each."""
    found: dict[Verdict, Case] = {}
    for case in cases:
        found.setdefault(case.verdict, case)
    return [found[verdict] for verdict in SHOWN if verdict in found]


def entry(row: Requirement) -> dict[str, Any]:
    """One requirement as JSON can hold it."""
    hidden = UNOBSERVABLE.get(row.id)
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
        "state": state_of(row.id).value,
        "why": why(row.id),
        "shapes": [type(rule).__name__.lower() for rule in RULES.get(row.id, [])],
        "checked_as": checked_as(row.id),
        "not_observable": f"{hidden.why} {hidden.decided_by}".strip() if hidden else "",
    }


def is_found(row: Requirement, words: Iterable[str]) -> bool:
    """Whether every word stands somewhere in what the catalogue says of a requirement, in whatever case."""
    text = " ".join((row.id, row.requirement, row.applies_when, row.fails_when, row.note, why(row.id))).casefold()
    return all(word.casefold() in text for word in words)
