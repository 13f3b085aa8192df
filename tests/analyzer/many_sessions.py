"""Results of many sessions, made from those of one, for outputs that do not need a thousand attaches."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

from edited_captures import analyzed, sample, sample_keys

from analyzer.results import Results
from rules.model import Finding, Verdict
from rules.profile import Profile
from rules.tally import Tallies


def results_of(name: str, profile: Profile | None = None) -> Results:
    """A shipped sample, judged."""
    results = analyzed(sample(name), [sample_keys(name)])
    return results if profile is None else replace(results, profile=profile)


def with_verdicts(verdicts: Mapping[str, str]) -> Results:
    """Sessions 1, 2, …, whose verdicts are written as one letter each: ``{"UE-5.1.2.2-01": "PF?-"}``."""
    letters = {"P": Verdict.PASS, "F": Verdict.FAIL, "?": Verdict.INCONCLUSIVE, "-": Verdict.NOT_APPLICABLE}
    results = results_of("attach-clean")
    only, world = results.sessions[0], copy.copy(results.world)
    sessions = []
    for number in range(1, max(map(len, verdicts.values()), default=0) + 1):
        session = copy.copy(only)
        session.number, session.identity = number, f"ue{number}@example.org"
        sessions.append(session)
    world.sessions = sessions
    given = {(n, rule): letters[sign] for rule, signs in verdicts.items() for n, sign in enumerate(signs, 1)}
    findings = [
        Finding(
            rule, session, verdict, frame=7 * session, at=0, expected="e", observed=f"o{session}", subject="IKE_AUTH"
        )
        for (session, rule), verdict in given.items()
        if verdict is Verdict.FAIL
    ]
    tallies = Tallies(verdicts)
    for (number, rule), verdict in given.items():
        tallies.add(number, rule, verdict)
    return replace(results, world=world, verdicts=tallies.worst(), findings=findings, tallies={}, states={})
