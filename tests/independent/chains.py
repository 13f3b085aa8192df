"""Several runs of one UE in one capture, one after the other: what was must not be held against what is."""

from __future__ import annotations

from random import Random

from tests.independent import compliant
from tests.independent.run import Run

OWN_CAUSE = (
    "middle",  # captures that do not hold all of it
    "no keys",
    "ends early",  # what comes next hides nothing, so that an answer is missed
    "ue's side",  # leaves without a word
    "pseudonym",  # a later run that uses the IMSI again is at fault
    "all attributes",
    "fast re-authentication that fails",
    "pco",  # the connection that PCO tells of is never released
)
"""Runs after which another one of the same UE is rightly, or at least reasonably, found at fault."""


def chain(names: list[str], gap: float) -> Run:
    total = Run(1)
    total.profile = {}
    shift = 0
    for name in names:
        run = compliant.RUNS[name]()
        first, last = min(s.at for s in run.sent), max(s.at for s in run.sent)
        for sent in run.sent:
            sent.at, sent.order = sent.at + shift, sent.order + len(total.sent)
        total.sent += run.sent
        total.ikes += run.ikes
        total.children += run.children
        shift += last - first + int(gap * 1e9)
    return total


KNOWN = [
    ["redirected in init", "refused, and another home agent found by dns", "redirected in first"],
    ["redirected in first", "refused, and another home agent found by dns", "redirected in last"],
]
"""Chains that were judged wrongly: the target of a redirect is found by discovery later, and neither is the other's."""


def chosen(count: int) -> list[tuple[list[str], float]]:
    names = [name for name in compliant.RUNS if not any(word in name for word in OWN_CAUSE)]
    rng = Random(2026)
    at_random = [(rng.sample(names, 3), rng.choice([3.0, 20.0, 600.0])) for _ in range(count)]
    return at_random + [(names, 3.0) for names in KNOWN]
