"""The states that machines went through, as they are told."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TypeAlias

from dissectors.record import record
from rules.machines.ha import HaState
from rules.machines.regions import HA_REGIONS, UE_REGIONS, Beside, beside_text
from rules.machines.ue import UeState
from rules.model import Role

State: TypeAlias = UeState | HaState
OVER = (UeState.CLOSED, UeState.CLOSING, UeState.REDIRECTED, UeState.REFUSED)
TELLING = (UeState.REGISTERED, HaState.BOUND)
"""Where what is registered is told; on the way to another registration it stays as it was."""


@record
class Reached:
    """A state that was entered, or left as it is while what stands beside it changed."""

    frame: int
    at: int  # ns since 1970
    role: Role
    state: State
    sa: int  # number of the IKE SA in its session, 0 before there is one
    beside: Beside = ()

    @property
    def text(self) -> str:
        """``registered (dual, IFOM)``."""
        return state_text(self.role, self.state, self.beside)


def state_text(role: Role, state: State, beside: Beside) -> str:
    """A state, with what is registered where something is."""
    if not beside or state not in TELLING:
        return str(state.value)
    told = beside_text(UE_REGIONS if role is Role.UE else HA_REGIONS, beside)
    return f"{state.value} ({told})" if told else str(state.value)


def states_of(reached: Iterable[Reached], role: Role) -> list[State]:
    """The states that one machine entered, each turn once."""
    return [state for state, _ in groupby(entry.state for entry in reached if entry.role is role)]


def words_of(reached: Iterable[Reached], role: Role) -> list[str]:
    """What one machine came to, in words, each turn once."""
    return [text for text, _ in groupby(entry.text for entry in reached if entry.role is role)]
