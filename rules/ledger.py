"""The ledger: every requirement of TS 24.303 and the base protocols that an onlooker can judge, one row each."""

from __future__ import annotations

import csv
import importlib
import io
import pkgutil
from functools import cache
from importlib import resources

from rules.model import Level, Requirement, Role
from rules.registry import RULES

PACKAGES = ("rules.ts24303", "rules.base")
OBSERVATION = "X-"
"""IDs that begin so stand for no requirement: what is worth telling, and never fails a run."""


@cache
def ledger() -> dict[str, Requirement]:
    """Every row of ``requirements.csv`` by its ID."""
    text = resources.files("rules").joinpath("requirements.csv").read_text("utf-8")
    return {row["id"]: _requirement(row) for row in csv.DictReader(io.StringIO(text))}


def _requirement(row: dict[str, str]) -> Requirement:
    return Requirement(
        id=row["id"],
        actor=Role(row["actor"]),
        clause=row["clause"],
        level=Level(row["level"]),
        needs=frozenset(row["needs"].split("+")),
        requirement=row["requirement"],
        applies_when=row["applies_when"],
        fails_when=row["fails_when"],
        inconclusive_when=row["inconclusive_when"],
        note=row["note"],
    )


def requirement(rule: str) -> Requirement:
    """The row of a rule; an observation (``X-…``) gets one of its own."""
    known = ledger().get(rule)
    if known is not None:
        return known
    if not rule.startswith(OBSERVATION):
        raise KeyError(f"{rule} is not in the ledger")
    return Requirement(rule, Role.BASE, "", Level.MAY, frozenset({"clear"}), "an observation", "", "", "", "")


@cache
def load_rules() -> None:
    """Imports every rule module, so that ``rules.registry.RULES`` is filled."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__, f"{name}."):
            importlib.import_module(module.name)


def open_requirements() -> list[str]:
    """Rows that no rule judges yet."""
    load_rules()
    return [rule for rule in ledger() if rule not in RULES]
