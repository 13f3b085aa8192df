"""The pictures of the machines: read back, they are the tables."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, TypeAlias

import pytest

from analyzer.reports.machine_pictures import MACHINES, TITLES, Machine, draw, mermaid
from rules.machines.ha import HA_TABLE, HaState
from rules.machines.table import Signal
from rules.machines.ue import UE_TABLE, UeState

Rows: TypeAlias = set[tuple[str, str, str]]
TABLES = {"ue": UE_TABLE, "ha": HA_TABLE}
STATES: dict[str, type[Enum]] = {"ue": UeState, "ha": HaState}


def rows_of(name: str) -> Rows:
    return {
        (state.name, signal.value, after.name)  # type: ignore[attr-defined]
        for state, row in TABLES[name].items()
        for signal, after in row.items()
    }


def read_mermaid(text: str) -> Rows:
    """A reader of its own: parts, states, arrows and notes back to transitions."""
    parts: dict[str, list[str]] = {}
    rows: list[tuple[str, str, str]] = []
    part = note = ""
    for line in map(str.strip, text.splitlines()):
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
        for state in parts.get(before, [before])
    }


def read_dot(text: str) -> Rows:
    parts: dict[str, list[str]] = {}
    rows: Rows = set()
    kept: list[tuple[str, str]] = []
    part = ""
    for line in map(str.strip, text.splitlines()):
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
def test_the_two_pictures_of_the_docs_lose_no_transition(name: str) -> None:
    early = read_mermaid(mermaid(MACHINES[name], ("opening", "sa", "")))
    late = read_mermaid(mermaid(MACHINES[name], ("registration",)))
    assert early | late == rows_of(name)
    assert early != rows_of(name) != late


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
        "        BRIGHT --> ON: Binding Update refused",
        "    }",
        "    note left of registration",
        "        changes nothing here:",
        "        rekeying on the SA",
        "    end note",
        "    BROKEN: broken",
        "    OFF --> ON: IKE_SA_INIT request",
        "    registration --> BROKEN: delete of the IKE SA answered",
    ]
