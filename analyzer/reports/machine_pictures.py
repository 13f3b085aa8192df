"""The tables of :mod:`rules.machines` as pictures: Mermaid, Graphviz, or lines of text.

States fall into parts, so that what every state of a part has in common is drawn once: before the SA can be deleted,
on the IKE SA, not registered, and the registration. Regions that run beside are parts of their own
(:mod:`analyzer.reports.region_pictures`). Nothing here knows a state by name; what is drawn is what the tables say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import reduce
from typing import Any, TypeAlias

from analyzer.reports.region_pictures import dot_regions, mermaid_regions, text_regions
from dissectors.record import record
from rules.machines.ha import HA_TABLE, HaState
from rules.machines.regions import HA_REGIONS, UE_REGIONS, Regions
from rules.machines.table import Signal
from rules.machines.ue import UE_TABLE, UeState

Edges: TypeAlias = dict[tuple[str, str], list[Signal]]
"""From (a state or part) to a state, and by which signals."""

REGISTERING = ("UPDATE_", "DEREGISTER_")
DETECTING = ("LINK_",)
DELETING = ("DELETE",)
TITLES = {
    "opening": "before the IKE SA is authenticated",
    "sa": "on the IKE SA",
    "link": "not registered, at home or not",
    "registration": "registration",
}


@record
class Machine:
    """One peer's machine: its table, and the states in which it begins and in which nothing surprises it."""

    name: str
    title: str
    table: Mapping[Any, Mapping[Signal, Any]]
    states: type[Enum]
    start: Enum
    unseen: Enum
    regions: Regions = ()


MACHINES: Mapping[str, Machine] = {
    "ue": Machine("ue", "the UE", UE_TABLE, UeState, UeState.DETACHED, UeState.UNSEEN, UE_REGIONS),
    "ha": Machine("ha", "the Home Agent", HA_TABLE, HaState, HaState.IDLE, HaState.UNSEEN, HA_REGIONS),
}


@dataclass(slots=True)
class Picture:
    """A machine taken apart for drawing."""

    parts: dict[str, list[Enum]]  # part: its states; "" for those outside all parts
    shared: Edges = field(default_factory=dict)  # from a part: what each of its states has in common
    stays: dict[str, list[Signal]] = field(default_factory=dict)  # by part or state: what changes nothing
    edges: Edges = field(default_factory=dict)


def picture_of(machine: Machine) -> Picture:
    """Sorts states into parts, and transitions into shared ones, those that change nothing, and the others."""
    parts = _parts(machine)
    picture = Picture(parts)
    for part, states in parts.items():
        common = _common(machine, states) if part else set[tuple[Signal, Enum | None]]()
        for signal in _ordered(s for s, _ in common):
            target = dict(common)[signal]
            if target is None:
                picture.stays.setdefault(part, []).append(signal)
            else:
                picture.shared.setdefault((part, target.name), []).append(signal)
        for state in states:
            _own_edges(machine, state, common, picture)
    return picture


def _own_edges(machine: Machine, state: Enum, common: set[tuple[Signal, Enum | None]], picture: Picture) -> None:
    for signal, target in machine.table.get(state, {}).items():
        kept = None if target is state else target
        if (signal, kept) in common:
            continue
        if kept is None:
            picture.stays.setdefault(state.name, []).append(signal)
        else:
            picture.edges.setdefault((state.name, target.name), []).append(signal)


def _common(machine: Machine, states: list[Enum]) -> set[tuple[Signal, Enum | None]]:
    """What each of some states does; ``None`` for staying where it is."""
    inside = set(states)
    rows = [
        {(signal, None if target is state else target) for signal, target in machine.table.get(state, {}).items()}
        for state in states
    ]
    shared = reduce(set.intersection, rows) if len(rows) > 1 else set()
    return {(signal, target) for signal, target in shared if target not in inside}


def _parts(machine: Machine) -> dict[str, list[Enum]]:
    moves = [(a, signal, b) for a, row in machine.table.items() for signal, b in row.items()]
    registering = {s for a, signal, b in moves if signal.name.startswith(REGISTERING) for s in (a, b)}
    detecting = {a for a, signal, b in moves if signal.name.startswith(DETECTING)}
    deleted = {a for a, signal, b in moves if signal.name.startswith(DELETING)}
    over = _over(machine, registering)
    parts: dict[str, list[Enum]] = {part: [] for part in (*TITLES, "")}
    for state in machine.states:
        if state is machine.unseen and state not in machine.table:
            continue
        if state in over:
            parts[""].append(state)
        elif state in registering:
            parts["link" if state in detecting else "registration"].append(state)
        else:
            parts["sa" if state in deleted else "opening"].append(state)
    return {part: states for part, states in parts.items() if states}


def _over(machine: Machine, registering: set[Any]) -> set[Any]:
    """States that lead back to neither the start nor a registration."""
    return {s for s in machine.states if not (_reached(machine, s) & (registering | {machine.start}))}


def _reached(machine: Machine, start: Enum) -> set[Any]:
    seen, todo = {start}, [start]
    while todo:
        for target in machine.table.get(todo.pop(), {}).values():
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def _ordered(signals: Iterable[Signal]) -> list[Signal]:
    return sorted(signals, key=list(Signal).index)


def _said(signals: Iterable[Signal], line_break: str) -> str:
    return line_break.join(signal.value for signal in _ordered(signals))


def _whole_mermaid(machine: Machine) -> str:
    return mermaid(machine) + mermaid_regions(machine.regions)


def draw(name: str, form: str) -> str:
    """The machine ``ue`` or ``ha`` as ``mermaid``, ``dot`` or ``text``."""
    return FORMS[form](MACHINES[name])


def mermaid(machine: Machine, wanted: Iterable[str] = (*TITLES, "")) -> str:
    """The machine, or some parts of it with the states next to them: a page is too narrow for the whole."""
    picture, parts = picture_of(machine), tuple(wanted)
    drawn = {state.name for part in parts for state in picture.parts.get(part, [])}
    ends = drawn | set(parts)
    all_edges = picture.edges | picture.shared
    edges = {way: all_edges[way] for way in all_edges if ends & set(way)}
    lines = ["stateDiagram-v2"]
    if machine.start.name in drawn:
        lines.append(f"    [*] --> {machine.start.name}")
    for part, states in picture.parts.items():
        if part and part in parts:
            lines += _mermaid_part(part, states, picture, edges)
        else:
            near = [state for state in states if any(state.name in way for way in edges)]
            # What a state of another part does stands in the picture of that part.
            shown = picture if not part and "" in parts else Picture({})
            lines += [f"    {part}: {TITLES[part]}" for way in edges if part and part == way[0]][:1]
            lines += [line for state in near for line in _mermaid_state(state, shown, "    ")]
            lines += [f"    {a} --> {b}: {_said(edges.pop((a, b)), '<br>')}" for a, b in _within(near, edges)]
    lines += [f"    {a} --> {b}: {_said(signals, '<br>')}" for (a, b), signals in edges.items()]
    return "\n".join(lines) + "\n"


def _mermaid_part(part: str, states: list[Enum], picture: Picture, edges: Edges) -> list[str]:
    lines = [f'    state "{TITLES[part]}" as {part} {{']
    lines += [line for state in states for line in _mermaid_state(state, picture, " " * 8)]
    lines += [f"        {a} --> {b}: {_said(edges.pop((a, b)), '<br>')}" for a, b in _within(states, edges)]
    lines.append("    }")
    if part in picture.stays:
        lines += [f"    note left of {part}", "        changes nothing here:"]
        lines += [f"        {signal.value}" for signal in _ordered(picture.stays[part])]
        lines.append("    end note")
    return lines


def _mermaid_state(state: Enum, picture: Picture, indent: str) -> list[str]:
    """Its name, and below it what changes nothing: a loop for each would hide the rest."""
    stays = [f"{indent}{state.name}: stays on {s.value}" for s in _ordered(picture.stays.get(state.name, []))]
    return [f"{indent}{state.name}: {state.value}", *stays]


def _within(states: list[Enum], edges: Edges) -> list[tuple[str, str]]:
    names = {state.name for state in states}
    return [way for way in edges if names >= set(way)]


def _dot(machine: Machine) -> str:
    picture = picture_of(machine)
    lines = [
        f"digraph {machine.name} {{",
        "    compound=true; rankdir=TB; nodesep=0.5; ranksep=0.6; fontname=sans;",
        "    node [shape=box, style=rounded, fontname=sans]; edge [fontname=sans, fontsize=10];",
        "    START [shape=point, width=0.2];",
    ]
    for part, states in picture.parts.items():
        nodes = [f'{state.name} [label="{state.value}"];' for state in states]
        if not part:
            lines += [f"    {node}" for node in nodes]
            continue
        stays = _said(picture.stays.get(part, []), r"\l    ")
        label = TITLES[part] + (rf"\lchanges nothing here:\l    {stays}\l" if stays else "")
        lines.append(f'    subgraph cluster_{part} {{ label="{label}"; style="rounded,dashed"; labeljust=l;')
        lines += [f"        {node}" for node in nodes] + ["    }"]
    lines.append(f"    START -> {machine.start.name};")
    for (a, b), signals in picture.edges.items():
        lines.append(f'    {a} -> {b} [label="{_said(signals, chr(92) + "n")}"];')
    for name, signals in picture.stays.items():
        if name not in picture.parts:
            lines.append(f'    {name} -> {name} [label="{_said(signals, chr(92) + "n")}"];')
    for (part, b), signals in picture.shared.items():
        last = picture.parts[part][-1].name
        lines.append(f'    {last} -> {b} [ltail=cluster_{part}, label="{_said(signals, chr(92) + "n")}"];')
    return "\n".join([*lines, *dot_regions(machine.regions), "}"]) + "\n"


def _text(machine: Machine) -> str:
    """Every state with every signal, grouped by where it leads; nothing is folded."""
    lines = []
    for state, row in machine.table.items():
        lines.append(state.value)
        targets: dict[Any, list[Signal]] = {}
        for signal, target in row.items():
            targets.setdefault(target, []).append(signal)
        for target, signals in targets.items():
            where = "stays" if target is state else f"→ {target.value}"
            lines += [f"  {where}", *(f"      {signal.value}" for signal in _ordered(signals))]
    return "\n".join([*lines, *text_regions(machine.regions)]) + "\n"


FORMS = {"text": _text, "mermaid": _whole_mermaid, "dot": _dot}
