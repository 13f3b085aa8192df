"""The human summary of a run, for a terminal. Text from the wire is inert and never read as markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from analyzer.reports.layout import Page, amount, size_text
from analyzer.reports.mobility_lines import mobility_rows
from analyzer.reports.session_lines import child_line, journey, sa_line
from analyzer.reports.violations import clause_of, severity_of, summary_of
from analyzer.results import Results
from dissectors.events import SealReason
from dissectors.inert import inert
from rules.model import Finding, Verdict
from rules.profile import Waiver
from rules.session import Session

MOST_SESSIONS = 20
MOST_FINDINGS = 50
MOST_SAS = 6
MOST_TROUBLES = 10
SIGNS = {
    "error": ("✗ FAIL", "bold red"),
    "warning": ("! FAIL", "yellow"),
    "note": ("· FAIL", "cyan"),
    "ignore": ("- ignored", "dim"),
    "waived": ("- waived", "dim"),
}
"""Severity by word, sign and colour, so that none of them is needed alone."""
CLASSES = {
    "OTHER": "other",
    "MOBILITY": "Mobility Header",
    "DSMIPV6_SIGNALLING": "DSMIPv6 signalling",
    "TUNNEL_DATA": "tunnelled user data",
    "DHCPV4": "DHCP",
    "DHCPV6": "DHCPv6",
    "ICMPV6": "ICMPv6",
    "PCO": "PCO carrier",
    "FRAGMENT": "IP fragment",
    "KEEPALIVE": "NAT keepalive",
}
VERDICT_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def print_summary(results: Results, page: Page, *, all_verdicts: bool = False) -> None:
    """Capture, sessions, findings, and what could not be read."""
    _capture(results, page)
    failures = results.failures_by_session()
    shown = _shown(results, failures.keys())
    for session in shown:
        page.blank()
        _session(session, results, results.verdicts_of(session), page)
        _failures(failures.get(session.number, []), results, page)
        if all_verdicts:
            _other_findings(session, results, page)
    hidden = len(results.sessions) - len(shown)
    if hidden > 0:
        failed = len(failures.keys() - {s.number for s in shown})
        page.blank()
        with_failures = f"{failed or 'none'} of them with failures"
        page.say(f"… and {amount(hidden, 'more session')}, {with_failures}: --csv lists all", "dim")
    _trouble(results, page)
    _verdict_line(results, page)


def _shown(results: Results, failed: Container[int]) -> list[Session]:
    """As many as fit on a page or two, in their order: of too many, those with failures are what is looked for."""
    by_need = sorted(results.sessions, key=lambda session: session.number not in failed)
    return sorted(by_need[:MOST_SESSIONS], key=lambda session: session.number)


def _capture(results: Results, page: Page) -> None:
    counts, evidence = results.counts, results.world.evidence
    names = ", ".join(inert(Path(f).name) for f in results.files)
    span = f"{(evidence.last_at - evidence.first_at) / 1e9:.3f} s"
    began = f" from {datetime.fromtimestamp(evidence.first_at // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    page.line((names, "bold"), f"  {amount(counts.frames, 'frame')}, {size_text(counts.bytes)}")
    if counts.frames:
        page.say(f"  {span}{began}")
    if results.sides:
        page.say(f"  {results.sides}")
    text = f"  {amount(counts.ike, 'IKE packet')}, {amount(counts.esp, 'ESP packet')}"
    if counts.protected:
        text += f"; {counts.opened} of {counts.protected} protected packets opened"
    page.say(text)
    other = [f"{n} {CLASSES.get(k, k)}" for k, n in counts.by_class.items() if k not in ("IKE", "ESP")]
    if other:
        page.say("  also " + ", ".join(other), "dim")


def _session(session: Session, results: Results, verdicts: dict[str, Verdict], page: Page) -> None:
    identity = inert(session.identity) if session.identity else "identity not seen"
    page.line((f"Session {session.number}", "bold cyan"), f"  {identity}")
    names = results.profile.names
    for role, address in (("UE", session.ue), ("HA", session.ha)):
        name = f"  {inert(names[address])}" if address is not None and address in names else ""
        page.row(role, f"{address}{name}" if address is not None else "not seen")
    if session.apn:
        page.row("APN", inert(session.apn))
    for sa in session.ike_sas[-MOST_SAS:]:
        page.row(f"IKE SA {sa.number}", sa_line(sa))
    for child in list(dict.fromkeys(session.children.values()))[-MOST_SAS:]:
        page.row("CHILD SA", child_line(child))
    for grant in session.home_prefixes[-3:]:
        page.row("prefix", f"{grant.prefix}/{grant.length}, lifetime {grant.lifetime} s (frame {grant.frame})")
    for name, text in mobility_rows(session):
        page.row(name, text)
    states = results.states.get(session.number)
    if states and states.ue:
        page.row("UE reached", journey(states.ue))
        page.row("HA reached", journey(states.ha))
    page.row("verdicts", verdict_counts(verdicts))


def verdict_counts(verdicts: dict[str, Verdict]) -> Text:
    """How many requirements came out how."""
    count = Counter(verdicts.values())
    pieces = [(f"{count[v]} {v.value}", VERDICT_STYLES.get(v, "dim")) for v in Verdict if count[v]]
    return Text(", ").join(Text(*piece) for piece in pieces)


def _failures(failures: list[Finding], results: Results, page: Page) -> None:
    """Like failures are told once, with all their frames."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in failures:
        alike.setdefault((finding.rule, finding.expected, finding.observed), []).append(finding)
    for findings in list(alike.values())[:MOST_FINDINGS]:
        page.blank()
        _finding(findings, results, page)
    if len(alike) > MOST_FINDINGS:
        page.say(f"  … and {amount(len(alike) - MOST_FINDINGS, 'more failure')}: --csv lists all", "dim")


def _finding(findings: list[Finding], results: Results, page: Page) -> None:
    finding = findings[0]
    requirement = results.ledger.get(finding.rule)
    sign, style = SIGNS.get(severity_of(finding.rule, requirement, results), SIGNS["error"])
    level = f", {requirement.level.value}" if requirement else ""
    page.line(
        (f"  {sign}", style),
        (f"  {finding.rule}", "bold"),
        f"  {_place(finding, results)}",
        (f"  {clause_of(finding.rule, requirement)}{level}", "dim"),
    )
    page.row("required", summary_of(finding, requirement), indent=4)
    page.row("expected", inert(finding.expected), indent=4)
    page.row("observed", inert(finding.observed), indent=4)
    again = [f"{f.frame}{f' ({f.count} times)' if f.count > 1 else ''}" for f in findings[1:]]
    if again:
        page.row("again in", f"frame{'s' * (len(again) > 1)} {', '.join(again)}", indent=4)
    if finding.related:
        page.row("see also", f"frame{'s' * (len(finding.related) > 1)} {_frames(finding.related)}", indent=4)
    if finding.rule in results.waivers:
        page.row("waived", waiver_text(results.waivers[finding.rule]), indent=4)
    elif finding.rule in results.expired_waivers:
        page.row("waiver", waiver_text(results.expired_waivers[finding.rule], expired=True), indent=4)


def waiver_text(waiver: Waiver, *, expired: bool = False) -> str:
    """Why a failure is spared, and how long; or since when it is not any more."""
    reason = inert(waiver.reason)
    if expired:
        return f"expired on {waiver.expires}, so that this fails the run again: {reason}"
    return f"{reason}, until {waiver.expires}" if waiver.expires else reason


def _place(finding: Finding, results: Results) -> str:
    """``frame 3, 0.013 s, IKE_AUTH request``."""
    seconds = (finding.at - results.world.evidence.first_at) / 1e9
    subject = f", {inert(finding.subject)}" if finding.subject else ""
    return f"frame {finding.frame}, {seconds:.3f} s{subject}"


def _frames(frames: tuple[int, ...]) -> str:
    return ", ".join(map(str, frames[:20])) + (", …" if len(frames) > 20 else "")


def _other_findings(session: Session, results: Results, page: Page) -> None:
    page.blank()
    for finding in results.findings:
        if finding.session == session.number and finding.verdict is not Verdict.FAIL:
            reason = inert(finding.reason or finding.observed)
            page.row(finding.rule, f"{finding.verdict.value}: {reason}", width=18)


def _trouble(results: Results, page: Page) -> None:
    lines = list(troubles(results))
    if lines:
        page.blank()
    for text, style in lines:
        page.say(inert(text), style)


def troubles(results: Results) -> list[tuple[str, str]]:
    """What keeps the picture from being whole, the gravest first."""
    counts, yellow = results.counts, "yellow"
    closed = sorted(results.closed, key=lambda c: -c.packets)
    lines = [
        (f"closed: {amount(c.packets, 'packet')}, first in frame {c.first_frame}: {c.detail}", yellow)
        for c in closed[:MOST_TROUBLES]
    ]
    if len(closed) > MOST_TROUBLES:
        rest = sum(c.packets for c in closed[MOST_TROUBLES:])
        lines.append((f"closed: {amount(rest, 'packet')} for {len(closed) - MOST_TROUBLES} more reasons", yellow))
    if not results.material.sources and any(c.reason is SealReason.NO_KEY for c in closed):
        lines.append(("no keys were given: --keys PATH opens IKE and ESP, see dsmip keys --help", "dim"))
    told = (
        (counts.other_versions, "IKE packet", "not IKEv2 and not judged"),
        (counts.malformed, "malformed packet", "read as far as they go"),
        (counts.cut, "frame", "cut short by the capture"),
        (counts.incomplete_fragments, "IKE message", "incomplete: fragments are missing"),
        (counts.incomplete_datagrams, "IKE datagram", "incomplete: IP fragments are missing"),
        (counts.drops, "frame", "lost by the capture, as it says itself: no absence is held against anyone"),
        (counts.copies, "packet", "captured twice and judged once"),
        (counts.late, "packet", "of sessions that were over long before, not judged"),
    )
    lines += [(f"{amount(n, what)} {said}", "") for n, what, said in told if n]
    failed = {f.rule for f in results.failures}
    lines += [
        (f"waiver of {rule}: nothing in this run needs it", "dim") for rule in results.waivers if rule not in failed
    ]
    lines += [(f"warning: {warning}", yellow) for warning in results.warnings[:20]]
    lines += [(f"key file: {problem}", yellow) for problem in results.material.problems[:20]]
    return lines


def _verdict_line(results: Results, page: Page) -> None:
    page.blank()
    sessions = len(results.sessions)
    if not sessions:
        page.say("No S2c signalling found: no IKEv2 and no ESP in the capture.", "yellow")
        return
    counted, failures = results.counted_failures, results.failures
    if not failures:
        page.say(f"No violation in {amount(sessions, 'session')}", "bold green")
        return
    broken = len({f.session for f in failures})
    rules = len({f.rule for f in failures})
    text = f"{amount(len(failures), 'violation')} of {amount(rules, 'requirement')} in {broken} of "
    text += amount(sessions, "session")
    spared = len(failures) - len(counted)
    text += f"; {spared} waived or ignored" if spared else ""
    page.say(text, "bold red" if counted else "bold green")
