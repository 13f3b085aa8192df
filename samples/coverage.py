"""Which requirement passes, fails or stays open in which scenario of the catalogues, shipped folders left out."""

from __future__ import annotations

from collections.abc import Iterator

from samples.planted import PLANTED
from samples.procedures import PROCEDURES
from samples.unseen import UNSEEN

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"


def claims() -> Iterator[tuple[str, str, str]]:
    """Requirement, verdict, and what shows it: a procedure, a planted fault, or a capture with something missing."""
    for procedure in PROCEDURES.values():
        yield from ((rule, PASS, procedure.name) for rule in procedure.passes)
    for planted in PLANTED.values():
        yield planted.rule, FAIL, f"planted: {planted.scenario.title}"
        yield from ((rule, PASS, f"in answer to {planted.rule}") for rule in planted.passes)
    for unseen in UNSEEN.values():
        yield from ((rule, INCONCLUSIVE, unseen.name) for rule in unseen.rules)
