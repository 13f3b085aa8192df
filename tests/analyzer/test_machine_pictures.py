"""The pictures of the machines: read back, they are the tables."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, TypeAlias

import pytest

from analyzer.reports.machine_pictures import MACHINES, TITLES, Machine, draw, mermaid
from analyzer.reports.pages import PICTURES
from analyzer.reports.region_pictures import FROM_ANY, mermaid_regions
from rules.machines.ha import HA_TABLE, HaState
from rules.machines.regions import HA_REGIONS, UE_REGIONS
from rules.machines.table import Signal
from rules.machines.ue import UE_TABLE, UeState

Rows: TypeAlias = set[tuple[str, str, str]]
TABLES = {"ue": UE_TABLE, "ha": HA_TABLE}
REGIONS = {"ue": UE_REGIONS, "ha": HA_REGIONS}
STATES: dict[str, type[Enum]] = {"ue": UeState, "ha": HaState}


def rows_of(name: str) -> Rows:
    return {
        (state.name, signal.value, after.name)  # type: ignore[attr-defined]
        for state, row in TABLES[name].items()
        for signal, after in row.items()
    }


def entries_of(name: str) -> set[tuple[str, str]]:
    """Of the regions beside: each state with what leads there."""
    return {
        (f"{region.name}_{after.name}", signal.value)
        for region in REGIONS[name]
        for row in region.table.values()
        for signal, after in row.items()
    }


def read_entries(text: str) -> set[tuple[str, str]]:
    """The same from a picture in Mermaid or for Graphviz."""
    found = set()
    for line in text.splitlines():
        if entered := re.fullmatch(rf"\s*(\w+): {FROM_ANY} (.*)", line):
            found.add((entered[1], entered[2]))
        elif node := re.match(r'\s*(\w+) \[label="(.*)\\l"\];', line):
            found |= {(node[1], said.removeprefix(f"{FROM_ANY} ")) for said in node[2].split(r"\l")[1:]}
    return found


def read_mermaid(text: str) -> Rows:
    """A reader of its own: parts, states, arrows and notes back to transitions."""
    parts: dict[str, list[str]] = {}
    rows: list[tuple[str, str, str]] = []
    part = note = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith('state "beside'):
            break
        if opened := re.fullmatch(r'state ".*" as (\w+) \{', line):
            part = opened[1]
            parts[part] = []
        elif line == "}":
            part = ""
        elif noted := re.fullmatch(r"note \w+ of (\w+)", line):
            note = noted[1]
        elif line == "end note":
            note = ""
        elif note:
            if line != "changes nothing here:":
                rows.append((note, line, note))
        elif arrow := re.fullmatch(r"(\w+) --> (\w+): (.*)", line):
            rows += [(arrow[1], signal, arrow[2]) for signal in arrow[3].split("<br>")]
        elif stays := re.fullmatch(r"(\w+): stays on (.*)", line):
            rows.append((stays[1], stays[2], stays[1]))
        elif (named := re.fullmatch(r"(\w+): .*", line)) and part:
            parts[part].append(named[1])
    return {
        (state, signal, state if after in parts else after)
        for before, signal, after in rows
        for state in parts.get(before, [] if before in TITLES else [before])
    }


def read_dot(text: str) -> Rows:
    parts: dict[str, list[str]] = {}
    rows: Rows = set()
    kept: list[tuple[str, str]] = []
    part = ""
    for line in map(str.strip, text.splitlines()):
        if 'label="beside' in line:
            break
        if opened := re.match(r'subgraph (\w+) \{ label="([^"]*)"', line):
            part = opened[1]
            parts[part] = []
            kept += [(part, signal.strip()) for signal in opened[2].split(r"\l")[2:] if signal.strip()]
        elif line == "}":
            part = ""
        elif arrow := re.match(r'(\w+) -> (\w+) \[(?:ltail=(\w+), )?label="(.*)"\];', line):
            before = parts[arrow[3]] if arrow[3] else [arrow[1]]
            rows |= {(state, signal, arrow[2]) for state in before for signal in arrow[4].split(r"\n")}
        elif (node := re.match(r"(\w+) \[label=", line)) and part:
            parts[part].append(node[1])
    return rows | {(state, signal, state) for part, signal in kept for state in parts[part]}


def read_text(name: str, text: str) -> Rows:
    names = {state.value: state.name for state in STATES[name]}
    rows, state, after = set(), "", ""
    for line in text.splitlines():
        if line.startswith("beside"):
            break
        if not line.startswith(" "):
            state = names[line]
        elif line.startswith("      "):
            rows.add((state, line.strip(), after))
        else:
            after = state if line.strip() == "stays" else names[line.strip().removeprefix("→ ")]
    return rows


@pytest.mark.parametrize("name", ["ue", "ha"])
def test_every_form_shows_exactly_the_transitions_of_the_table(name: str) -> None:
    assert read_mermaid(draw(name, "mermaid")) == rows_of(name)
    assert read_dot(draw(name, "dot")) == rows_of(name)
    assert read_text(name, draw(name, "text")) == rows_of(name)


@pytest.mark.parametrize("name", ["ue", "ha"])
def test_every_form_shows_what_leads_to_each_state_beside(name: str) -> None:
    assert read_entries(draw(name, "mermaid")) == entries_of(name)
    assert read_entries(draw(name, "dot")) == entries_of(name)
    assert draw(name, "text").count(FROM_ANY) == len(entries_of(name))


@pytest.mark.parametrize("name", ["ue", "ha"])
def test_the_pictures_of_the_docs_lose_no_transition(name: str) -> None:
    pictures = [read_mermaid(mermaid(MACHINES[name], parts)) for parts in PICTURES.values()]
    assert set().union(*pictures) == rows_of(name)
    assert all(picture != rows_of(name) for picture in pictures)
    assert read_entries(mermaid_regions(REGIONS[name])) == entries_of(name)


class Lamp(Enum):
    OFF = "off"
    ON = "on"
    BRIGHT = "bright"
    BROKEN = "broken"
    UNSEEN = "not seen"


LAMP: dict[Any, dict[Signal, Any]] = {
    Lamp.OFF: {Signal.INIT_SENT: Lamp.ON},
    Lamp.ON: {Signal.UPDATE_SENT: Lamp.BRIGHT, Signal.SA_USED: Lamp.ON, Signal.DELETED: Lamp.BROKEN},
    Lamp.BRIGHT: {Signal.UPDATE_REFUSED: Lamp.ON, Signal.SA_USED: Lamp.BRIGHT, Signal.DELETED: Lamp.BROKEN},
    Lamp.BROKEN: {},
}


def test_what_all_states_of_a_part_do_is_drawn_once() -> None:
    picture = mermaid(Machine("lamp", "a lamp", LAMP, Lamp, Lamp.OFF, Lamp.UNSEEN))
    assert picture.splitlines() == [
        "stateDiagram-v2",
        "    [*] --> OFF",
        f'    state "{TITLES["opening"]}" as opening {{',
        "        OFF: off",
        "    }",
        '    state "registration" as registration {',
        "        ON: on",
        "        BRIGHT: bright",
        "        ON --> BRIGHT: Binding Update",
        "        BRIGHT --> ON: refused, nothing is bound",
        "    }",
        "    note left of registration",
        "        changes nothing here:",
        "        rekeying on the SA",
        "    end note",
        "    BROKEN: broken",
        "    OFF --> ON: IKE_SA_INIT request",
        "    registration --> BROKEN: delete of the IKE SA answered",
    ]
