"""The regions beside a machine as pictures: in each of them the signal alone tells the next state.

So no arrows are drawn, which would go from every state to every other: a state says by which signals it is entered.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from rules.machines.regions import Regions
from rules.machines.table import Region, Signal

FROM_ANY = "from any of these on"


def entered_by(region: Region[Any]) -> dict[Enum, list[Signal]]:
    """Each state with the signals that lead there, whatever the state before."""
    rows = list(region.table.values())
    entered: dict[Enum, list[Signal]] = {state: [] for state in region.table}
    for signal in Signal:
        targets = {row.get(signal) for row in rows}
        target = targets.pop() if len(targets) == 1 else None
        if target is not None:
            entered[target].append(signal)
    return entered


def mermaid_regions(regions: Regions) -> str:
    """A composite state for each."""
    return "".join(f"    {line}\n" for region in regions for line in _mermaid(region))


def _mermaid(region: Region[Any]) -> Iterator[str]:
    yield f'state "beside: {region.title}" as {region.name} {{'
    yield f"    [*] --> {_name(region, region.start)}"
    for state, signals in entered_by(region).items():
        yield f"    {_name(region, state)}: {state.value}"
        for signal in signals:
            yield f"    {_name(region, state)}: {FROM_ANY} {signal.value}"
    yield "}"


def _name(region: Region[Any], state: Enum) -> str:
    return f"{region.name}_{state.name}"


def dot_regions(regions: Regions) -> Iterator[str]:
    """A cluster for each."""
    for region in regions:
        label = f"beside: {region.title}"
        yield f'    subgraph cluster_{region.name} {{ label="{label}"; style="rounded,dashed"; labeljust=l;'
        for state, signals in entered_by(region).items():
            entered = "".join(rf"\l{FROM_ANY} {signal.value}" for signal in signals)
            yield rf'        {_name(region, state)} [label="{state.value}{entered}\l"];'
        yield "    }"


def text_regions(regions: Regions) -> Iterator[str]:
    """A paragraph for each."""
    for region in regions:
        yield f"beside: {region.title}"
        for state, signals in entered_by(region).items():
            yield f"  {state.value}"
            yield from (f"      {FROM_ANY} {signal.value}" for signal in signals)
