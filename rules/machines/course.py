"""The course of a session that is over: what its machines went through, in a few bytes a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from struct import Struct

from rules.machines.ha import HaState
from rules.machines.reached import Reached, State, state_text, states_of, words_of
from rules.machines.regions import HA_REGIONS, UE_REGIONS, Beside, Regions
from rules.machines.session import Machines
from rules.machines.ue import UeState
from rules.model import Role


def _all_beside(regions: Regions) -> Iterator[Beside]:
    return product(*(region.table for region in regions))


STEP = Struct("<QqHH")  # frame, ns since 1970, number of the IKE SA, place in STATES
STATES: tuple[tuple[Role, State, Beside], ...] = (
    *((Role.UE, state, beside) for state in UeState for beside in _all_beside(UE_REGIONS)),
    *((Role.HA, state, beside) for state in HaState for beside in _all_beside(HA_REGIONS)),
)
PLACES = {entry: place for place, entry in enumerate(STATES)}
MOST_NUMBER = 0xFFFF


@dataclass(frozen=True, slots=True)
class Course:
    """Reads as :class:`Machines` do."""

    ue: UeState
    ha: HaState
    steps: bytes
    ue_beside: Beside = ()
    ha_beside: Beside = ()

    @staticmethod
    def of(machines: Machines) -> Course:
        """What is left of two machines."""
        steps = (
            STEP.pack(e.frame, e.at, min(e.sa, MOST_NUMBER), PLACES[e.role, e.state, e.beside])
            for e in machines.reached
        )
        return Course(machines.ue, machines.ha, b"".join(steps), machines.ue_beside, machines.ha_beside)

    @property
    def reached(self) -> list[Reached]:
        """The states that were entered."""
        return list(self._each())

    def _each(self) -> Iterator[Reached]:
        for frame, at, sa, place in STEP.iter_unpack(self.steps):
            role, state, beside = STATES[place]
            yield Reached(frame, at, role, state, sa, beside)

    def stands(self, role: Role) -> str:
        """Where a peer stood in the end, in words."""
        ends = (self.ue, self.ue_beside) if role is Role.UE else (self.ha, self.ha_beside)
        return state_text(role, *ends)

    def states(self, role: Role) -> list[State]:
        """The states one machine went through, in order, each turn once."""
        return states_of(self.reached, role)

    def words(self, role: Role) -> list[str]:
        """The same in words, with what was registered meanwhile."""
        return words_of(self.reached, role)
