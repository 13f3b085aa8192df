"""What can be broken in the declaration of a rule: its guards, its judge, and the switches of its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rules.kinds import ESP, INIT, MOBILITY, NONE, REQUESTS, RESPONSES, single, spread, trigger
from rules.ledger import requirement
from rules.model import PASSED, Outcome
from rules.plans import reads_inside
from rules.registry import RULES, Check, Obligation, Rule

SEALABLE = (REQUESTS | RESPONSES) & ~INIT | ESP | MOBILITY
"""Kinds of which a message may stay closed; a Mobility Header does so in its ESP packet."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """The ``place``-th declaration of a requirement with one thing changed."""

    id: str
    place: int
    name: str
    changed: str
    rule: Rule

    @property
    def key(self) -> str:
        """Names it whatever line it stands on."""
        return f"{self.id} {self.name}: {self.changed}"


def _never(*_: object) -> bool:
    return False


def _always(*_: object) -> bool:
    return True


def _passes(*_: object) -> Outcome:
    return PASSED


def broken_rules() -> Iterator[BrokenRule]:
    """Every declaration with every change that it allows."""
    for rule, declared in RULES.items():
        for place, made in enumerate(declared):
            name = _function(made).__name__
            for told, change in _changes(made):
                yield BrokenRule(rule, place, name, told, replace(made, **change))


def _function(rule: Rule) -> Any:
    return rule.match if isinstance(rule, Obligation) else rule.judge


def _changes(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(rule, Obligation):
        yield "match is always true", {"match": _always}
        yield "match is never true", {"match": _never}
    else:
        yield "the judge passes all", {"judge": _passes}
    for guard in ("when", "maybe"):
        if guard == "maybe" and not _may_stay_closed(rule):
            continue
        given = getattr(rule, guard).__name__
        if given != "always" and not (guard == "maybe" and rule.when is rule.maybe):
            yield f"{guard} is always true", {guard: _always}
        if given != "never":
            yield f"{guard} is never true", {guard: _never}
    yield from _less_kinds(rule)
    yield from _switches(rule)


def _may_stay_closed(rule: Rule) -> bool:
    """Whether the engine ever asks ``maybe``: of sealed messages that hide what decides."""
    needs, triggers = requirement(rule.id).needs, trigger(rule) & SEALABLE
    if triggers & MOBILITY:
        return True
    if isinstance(rule, Check):
        return not rule.sealed and any(reads_inside(needs, kind) for kind in single(triggers))
    fields = ("on", "met_by", "void_by", "opens", "offence", "closes")
    kinds = spread(kind for field in fields for kind in getattr(rule, field, ()))
    hides = bool(kinds & MOBILITY) or reads_inside(needs, NONE)
    return bool(triggers) and hides and not getattr(rule, "sealed", False)


def _less_kinds(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in ("on", "met_by", "void_by", "opens", "offence", "closes"):
        kinds = getattr(rule, field, ())
        for kind in kinds if len(kinds) > 1 or field in ("void_by", "closes") else ():
            yield f"{field} without {kind.name}", {field: tuple(k for k in kinds if k is not kind)}


def _switches(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a rule set otherwise than most do."""
    for switch, usual in (("retransmissions", False), ("across", False), ("sealed", False), ("from_last_copy", True)):
        if getattr(rule, switch, usual) is not usual:
            yield f"without {switch}", {switch: usual}
    if isinstance(rule, Obligation):
        if rule.voids:
            yield "voids is always true", {"voids": _always}
        if rule.until:
            yield "until is left out", {"until": None}
    if getattr(rule, "closing", None):
        yield "closing is always true", {"closing": _always}
    for n, held in enumerate(rule.holding if len(rule.holding) > 1 else ()):
        yield f"holding without {held.name}", {"holding": rule.holding[:n] + rule.holding[n + 1 :]}
