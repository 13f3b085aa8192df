"""All there is to say of one session, as notes: who and where, states against time, SAs, bindings, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from analyzer.reports.layout import amount
from analyzer.reports.mobility_lines import mobility_rows
from analyzer.reports.session_lines import child_line, sa_line
from analyzer.tui.marks import Severity, severity_of
from analyzer.tui.owed import owed_notes
from analyzer.tui.session_rows import TONES, care_of_addresses, homes_of, ifom_of, nat_of, prefix_of
from analyzer.tui.steady import steady
from analyzer.tui.times import seconds_text
from analyzer.tui.violation_rows import requirement_of
from analyzer.tui.widgets.columns import fitted
from analyzer.tui.widgets.notes import Note
from dissectors.inert import inert
from rules.machines.reached import Reached
from rules.model import Finding, Role, Verdict
from rules.session import ChildSa, EspFlow, IkeSa, Session

if TYPE_CHECKING:
    from analyzer.tui.follow import Follow

MOST_SAS, MOST_FINDINGS, MOST_STATES = 12, 200, 256
STATE_COLUMNS, UE_STATE = ("time", "lasts", "frame", "UE", "HA"), 3
STATE = 28
"""Columns for a state of the UE at the most, beside which the Home Agent's stands."""
Part: TypeAlias = "Callable[[Follow, Session], Iterator[Note]]"
BESIDE = " "
"""The label of a line that goes on with what stands above it."""


def session_notes(follow: Follow, session: Session) -> list[Note]:
    """The notes of a session as it stands now."""
    notes: list[Note] = []
    for part in (_about, owed_notes, _states, _sas, _bindings, _findings):
        notes += steady(partial(_listed, part, follow, session), [])
    return notes


def _listed(part: Part, follow: Follow, session: Session) -> list[Note]:
    return list(part(follow, session))


def _head(text: str) -> Note:
    return Note("", text, tone="head")


def _about(follow: Follow, session: Session) -> Iterator[Note]:
    names = follow.profile.names
    yield _head(f"Session {session.number}")
    yield Note("Identity", inert(session.identity) if session.identity else "not seen")
    for role, address in (("UE", session.ue), ("HA", session.ha)):
        name = f"  {inert(names[address])}" if address is not None and address in names else ""
        yield Note(role, f"{address}{name}" if address is not None else "not seen")
    facts = (
        ("APN", inert(session.apn or "")),
        ("Home prefix", prefix_of(session)),
        ("HoA", ", ".join(homes_of(session))),
        ("CoA", ", ".join(care_of_addresses(session))),
        ("NAT", nat_of(session)),
        ("IFOM", ifom_of(session)),
    )
    yield from (Note(label, text) for label, text in facts if text)
    span = seconds_text(max(0, session.last_at - session.started_at))
    yield Note(
        "First", f"frame {session.first_frame}, {_since(follow, session.started_at)}", session.first_frame, "link"
    )
    yield Note("Last", f"frame {session.last_frame}, {span} s later", session.last_frame, "link")


def _since(follow: Follow, at: int) -> str:
    return f"{seconds_text(at - follow.model.start)} s"


# States


def _states(follow: Follow, session: Session) -> Iterator[Note]:
    """Both machines against time: a line for each frame that moved one, with how long that lasted."""
    engine = follow.run.engine if follow.run else None
    machines = engine.machines_of(session.number) if engine else None
    if machines is None or not machines.reached:
        return
    yield _head("States against time")
    steps = list(_steps(machines.reached[:MOST_STATES]))
    ends = [step[0].at for step in steps[1:]] + [session.last_at]
    many = len({entry.sa for entry in machines.reached}) > 1
    rows = [_row(step, end, follow, many_sas=many) for step, end in zip(steps, ends, strict=True)]
    widths = [max(map(len, cells)) for cells in zip(STATE_COLUMNS, *rows, strict=True)]
    widths[UE_STATE] = min(STATE, widths[UE_STATE])
    yield Note("", "".join(_aligned(STATE_COLUMNS, widths)), tone="columns")
    for step, row in zip(steps, rows, strict=True):
        *before, last = _aligned(row, widths)
        front = "".join(before)
        yield Note("", front + last, step[0].frame, "state", last=len(front))


def _steps(reached: list[Reached]) -> Iterator[list[Reached]]:
    step: list[Reached] = []
    for entry in reached:
        if step and (step[0].frame, step[0].sa) != (entry.frame, entry.sa):
            yield step
            step = []
        step.append(entry)
    if step:
        yield step


def _row(step: list[Reached], later: int, follow: Follow, *, many_sas: bool) -> tuple[str, ...]:
    ue, ha = (next((e.text for e in reversed(step) if e.role is role), "·") for role in (Role.UE, Role.HA))
    first = step[0]
    lasts = seconds_text(max(0, later - first.at))
    sa = f"  (IKE SA {first.sa})" if many_sas and first.sa else ""
    return seconds_text(first.at - follow.model.start), lasts, str(first.frame), ue, ha + sa


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Numbers at the right of columns no wider than they need, then the UE's state; the Home Agent's has the rest."""
    *numbers, ue, ha = cells
    return [
        *(number.rjust(width) + " " for number, width in zip(numbers, widths, strict=False)),
        f" {fitted(ue, widths[UE_STATE])} ",
        ha,
    ]


# Security associations


def _sas(follow: Follow, session: Session) -> Iterator[Note]:
    if not session.ike_sas and not session.esp_flows:
        return
    yield _head("Security associations")
    for sa in session.ike_sas[-MOST_SAS:]:
        yield Note(f"IKE SA {sa.number}", sa_line(sa))
        yield Note(BESIDE, _ike_keys(follow, sa), tone="dim")
    for child in list(dict.fromkeys(session.children.values()))[-MOST_SAS:]:
        yield Note("CHILD SA", child_line(child))
        yield Note(BESIDE, _esp_keys(child, session), tone="dim")
    known = set(session.children)
    strangers = [flow for flow in list(session.esp_flows.values()) if flow.spi not in known]
    for flow in strangers[-MOST_SAS:]:
        yield Note("ESP", f"SPI 0x{flow.spi:08x} from the {flow.sender.value}, not negotiated in sight: {_flow(flow)}")


def _ike_keys(follow: Follow, sa: IkeSa) -> str:
    """Whether the keys are known and where from; never what they are."""
    opened, closed = sum(sa.opened.values()), sum(sa.sealed.values())
    keys = follow.run.decoder.ike.keys_of(sa) if follow.run else None
    origin = f", from {inert(keys.origin)}" if keys is not None and keys.origin else ""
    said = f"keys known{origin}" if keys is not None or opened else "no key known" if closed else "no key needed so far"
    return f"{said}; {opened} messages opened, {closed} closed"


def _esp_keys(child: ChildSa, session: Session) -> str:
    flows = [flow for flow in list(session.esp_flows.values()) if flow.spi in (child.spi_i, child.spi_r)]
    return "; ".join(f"0x{flow.spi:08x} {_flow(flow)}" for flow in flows) or "no packet seen"


def _flow(flow: EspFlow) -> str:
    known = "key known" if flow.verified else "no key known, or ICV not checked"
    return f"{amount(flow.packets, 'packet')}, {flow.verified} with a right ICV ({known})"


# Bindings


def _bindings(follow: Follow, session: Session) -> Iterator[Note]:
    rows = [(str(label), inert(str(text))) for label, text in mobility_rows(session)]
    if rows:
        yield _head("Binding cache, flow bindings, tunnels")
        yield from (Note(label, text) for label, text in rows)


# Findings


def _findings(follow: Follow, session: Session) -> Iterator[Note]:
    engine = follow.run.engine if follow.run else None
    findings = engine.session_findings(session.number) if engine else []
    failed = follow.model.marks.by_session.get(session.number, [])
    others = [finding for finding in findings if finding.verdict is not Verdict.FAIL]
    yield _head(f"Findings: {len(failed)} failed, {len(others)} inconclusive")
    for finding in sorted(failed, key=lambda f: (f.frame, f.rule))[:MOST_FINDINGS]:
        severity = severity_of(finding.rule, follow.model.marks.overrides) or Severity.NOTE
        yield Note(f"{severity.mark} frame", _finding(finding), finding.frame, TONES[severity])
    for finding in others[:MOST_FINDINGS]:
        yield Note("? open", _finding(finding), finding.frame, "dim")
    hidden = len(failed) + len(others) - min(len(failed), MOST_FINDINGS) - min(len(others), MOST_FINDINGS)
    if hidden:
        yield Note("", f"… {hidden} more", tone="dim")


def _finding(finding: Finding) -> str:
    row = requirement_of(finding.rule)
    if finding.verdict is Verdict.FAIL:
        gist = row.requirement if row else inert(finding.observed)
        return f"{finding.frame}  {finding.rule}  {gist}"
    return f"{finding.frame}  {finding.rule}  {inert(finding.reason or finding.observed)}"
