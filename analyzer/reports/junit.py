"""JUnit XML for CI servers: a suite for each session, a test case for each requirement that a rule judges.

A failure that fails the run is a ``failure``; one that a waiver or the severity "ignore" covers is ``skipped`` with
the reason and keeps its details. What is inconclusive or not applicable is ``skipped`` too. Suites are written one by
one, so that a run of many sessions does not have to fit into memory twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO
from xml.etree import ElementTree as Xml

from analyzer.reports.violations import clause_of, iso_time, severity_of
from analyzer.results import Results
from dissectors.inert import inert
from rules.ledger import OBSERVATION
from rules.model import Finding, Requirement, Verdict
from rules.session import Session

SPARED = ("waived", "ignore")


def write_junit(results: Results, out: TextIO) -> None:
    """Writes the whole document."""
    findings: dict[int, dict[str, list[Finding]]] = {}
    for finding in sorted(results.findings, key=lambda f: (f.frame, f.rule)):
        findings.setdefault(finding.session, {}).setdefault(finding.rule, []).append(finding)
    out.write('<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="dsmip analyze">\n')
    for session in results.sessions:
        suite = _suite(session, results.verdicts_of(session), findings.get(session.number, {}), results)
        Xml.indent(suite, level=1)
        out.write(f"  {Xml.tostring(suite, encoding='unicode').rstrip()}\n")
    out.write("</testsuites>\n")


def _suite(
    session: Session, verdicts: dict[str, Verdict], findings: dict[str, list[Finding]], results: Results
) -> Xml.Element:
    name = f"session {session.number} {inert(session.identity or str(session.ue or ''))}".strip()
    judged = [rule for rule in verdicts if not rule.startswith(OBSERVATION)]
    cases = [_case(rule, verdicts[rule], findings.get(rule, []), results) for rule in sorted(judged)]
    counts = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "skipped")}
    suite = Xml.Element(
        "testsuite",
        name=name,
        timestamp=iso_time(session.started_at)[:19],
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors="0",
        skipped=str(counts["skipped"]),
        time="0",
    )
    suite.extend(cases)
    return suite


def _case(rule: str, verdict: Verdict, findings: list[Finding], results: Results) -> Xml.Element:
    requirement = results.ledger.get(rule)
    clause = clause_of(rule, requirement)
    case = Xml.Element("testcase", classname=clause.replace(".", "_").replace(" ", "."), name=rule, time="0")
    if verdict is Verdict.FAIL:
        _failure(case, rule, requirement, [f for f in findings if f.verdict is Verdict.FAIL], results)
    elif verdict is not Verdict.PASS:
        reasons = dict.fromkeys(f.reason or f.observed for f in findings if f.verdict is verdict)
        said = "; ".join(inert(reason) for reason in list(reasons)[:3] if reason)
        Xml.SubElement(case, "skipped", message=f"{verdict.value}: {said}" if said else verdict.value)
    return case


def _failure(
    case: Xml.Element, rule: str, requirement: Requirement | None, findings: list[Finding], results: Results
) -> None:
    severity = severity_of(rule, requirement, results)
    first = findings[0] if findings else None
    text = "\n".join(_told(findings, clause_of(rule, requirement)))
    message = f"frame {first.frame}: {inert(first.observed)}" if first else "failed"
    if severity not in SPARED:
        Xml.SubElement(case, "failure", message=message, type=severity).text = text
        return
    waiver = results.waivers.get(rule)
    why = f"waived: {inert(waiver.reason)}" if waiver else "ignored by the profile"
    until = f", until {waiver.expires}" if waiver and waiver.expires else ""
    Xml.SubElement(case, "skipped", message=f"{why}{until}")
    Xml.SubElement(case, "system-out").text = text


def _told(findings: list[Finding], clause: str) -> Iterator[str]:
    for finding in findings:
        times = f" ({finding.count} times)" if finding.count > 1 else ""
        yield f"frame {finding.frame}, {iso_time(finding.at)}, {clause}{times}"
        yield f"  expected: {inert(finding.expected)}"
        yield f"  observed: {inert(finding.observed)}"
        if finding.related:
            yield f"  see also frames {', '.join(map(str, finding.related))}"
