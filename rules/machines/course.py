"""The course of a session that is over: what its machines went through, in a few bytes a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from rules.machines.ha import HaState
from rules.machines.session import Machines, Reached, State
from rules.machines.ue import UeState
from rules.model import Role

STEP = Struct("<QqHB")  # frame, ns since 1970, number of the IKE SA, place in STATES
STATES: tuple[tuple[Role, State], ...] = (
    *((Role.UE, state) for state in UeState),
    *((Role.HA, state) for state in HaState),
)
PLACES = {entry: place for place, entry in enumerate(STATES)}
MOST_NUMBER = 0xFFFF


@dataclass(frozen=True, slots=True)
class Course:
    """Reads as :class:`Machines` do."""

    ue: UeState
    ha: HaState
    steps: bytes

    @staticmethod
    def of(machines: Machines) -> Course:
        """What is left of two machines."""
        steps = (STEP.pack(e.frame, e.at, min(e.sa, MOST_NUMBER), PLACES[e.role, e.state]) for e in machines.reached)
        return Course(machines.ue, machines.ha, b"".join(steps))

    @property
    def reached(self) -> list[Reached]:
        """The states that were entered."""
        return list(self._each())

    def _each(self) -> Iterator[Reached]:
        for frame, at, sa, place in STEP.iter_unpack(self.steps):
            role, state = STATES[place]
            yield Reached(frame, at, role, state, sa)

    def states(self, role: Role) -> list[State]:
        """The states one machine went through, in order, each turn once."""
        return Machines(reached=self.reached).states(role)
