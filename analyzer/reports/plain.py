"""Results as plain data, for ``--json``: stable keys, no objects, no secrets."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from analyzer.reports.columns import SCHEMA
from analyzer.reports.matrix import as_data as matrix_data
from analyzer.reports.matrix import matrix_of
from analyzer.reports.session_lines import child_line, sa_line
from analyzer.reports.violations import iso_time, rows
from analyzer.results import Results
from rules.model import Verdict
from rules.session import Session


def as_data(results: Results, *, all_verdicts: bool = False) -> dict[str, Any]:
    """The whole of the results as JSON can hold it."""
    counts = asdict(results.counts)
    return {
        "schema": SCHEMA,
        "files": list(results.files),
        "first_time": iso_time(results.world.evidence.first_at),
        "last_time": iso_time(results.world.evidence.last_at),
        "counts": counts,
        "sessions": [_session(s, results, results.verdicts_of(s)) for s in results.sessions],
        "findings": [asdict(row) for row in rows(results, all_verdicts=all_verdicts)],
        "matrix": matrix_data(matrix_of(results)),
        "waivers": _waivers(results),
        "closed": [
            {"reason": c.reason.value, "detail": c.detail, "packets": c.packets, "first_frame": c.first_frame}
            for c in results.closed
        ],
        "warnings": results.warnings,
        "key_problems": [str(p) for p in results.material.problems],
    }


def _waivers(results: Results) -> list[dict[str, Any]]:
    """The waivers of the profile, in force or expired, and how many failures each is about."""
    failures = Counter(f.rule for f in results.failures)
    states = (("in force", results.waivers), ("expired", results.expired_waivers))
    return [
        {"rule": w.rule, "reason": w.reason, "expires": w.expires, "state": state, "failures": failures[w.rule]}
        for state, waivers in states
        for w in waivers.values()
    ]


def _session(session: Session, results: Results, verdicts: dict[str, Verdict]) -> dict[str, Any]:
    states = results.states.get(session.number)
    return {
        "session": session.number,
        "ue": str(session.ue or ""),
        "ha": str(session.ha or ""),
        "identity": session.identity,
        "apn": session.apn,
        "first_frame": session.first_frame,
        "last_frame": session.last_frame,
        "ike_sas": [sa_line(sa) for sa in session.ike_sas],
        "child_sas": [child_line(c) for c in dict.fromkeys(session.children.values())],
        "home_prefixes": [f"{g.prefix}/{g.length}" for g in session.home_prefixes],
        "ue_states": list(states.ue) if states else [],
        "ha_states": list(states.ha) if states else [],
        "verdict_counts": {v.value: n for v, n in Counter(verdicts.values()).items()},
        "verdicts": {rule: v.value for rule, v in sorted(verdicts.items()) if v is not Verdict.NOT_APPLICABLE},
    }
