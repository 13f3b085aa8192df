"""What a machine is: a table of transitions, and where a message leads when the table is surprised by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar


class Signal(Enum):
    """What a message means to both machines; guards have been spent on naming it."""

    SEARCH_SENT = "search for a Home Agent"
    SEARCH_ANSWERED = "search answered"
    INIT_SENT = "IKE_SA_INIT request"
    INIT_REFUSED = "IKE_SA_INIT refused"
    INIT_REDIRECTED = "redirect in IKE_SA_INIT"
    INIT_ACCEPTED = "IKE_SA_INIT accepted"
    AUTH_SENT = "IKE_AUTH request"
    AUTH_GOES_ON = "IKE_AUTH goes on"
    AUTH_UNREAD = "IKE_AUTH response that stays closed"
    AUTH_REDIRECTED = "redirect in IKE_AUTH"
    AUTH_REFUSED = "authentication refused"
    AUTH_COMPLETED = "IKE_AUTH completed"
    CHILD_ASKED = "further CHILD SA asked for"
    CHILD_MADE = "further CHILD SA made"
    CHILD_REFUSED = "further CHILD SA refused"
    SA_USED = "rekeying on the SA"
    REDIRECTED = "redirect of an established SA"
    LINK_HOME = "home prefix advertised"
    LINK_FOREIGN = "other prefix advertised"
    UPDATE_SENT = "Binding Update"
    UPDATE_ACCEPTED = "Binding Update accepted"
    UPDATE_REFUSED = "refused, nothing is bound"
    CHANGE_REFUSED = "refused, what is bound stays"
    DEREGISTER_SENT = "de-registration"
    DEREGISTER_ACCEPTED = "de-registration accepted"
    RETURN_ACCEPTED = "de-registration at home accepted"
    LIFETIME_OVER = "lifetime over"
    DELETE_SENT = "delete of the IKE SA"
    DELETED = "delete of the IKE SA answered"

    # What an answer means to the regions beside
    BOUND_V6 = "IPv6 Home Address accepted"
    BOUND_DUAL = "IPv6 and IPv4 Home Address accepted"
    BOUND_V6_BIDS = "IPv6 Home Address accepted per BID"
    BOUND_DUAL_BIDS = "IPv6 and IPv4 Home Address accepted per BID"
    NAT_FOUND = "update came through a NAT"
    NAT_ABSENT = "update came through no NAT"
    NAT_UNTOLD = "update does not tell of a NAT"
    FLOWS_SET = "flow bindings accepted"
    FLOWS_GONE = "no flow binding listed"
    UNBOUND = "nothing bound any more"

    __hash__ = object.__hash__  # by identity: Enum's own is Python code, and every message steps two tables


OF_NEITHER = frozenset({Signal.SEARCH_ANSWERED, Signal.LINK_HOME, Signal.LINK_FOREIGN, Signal.LIFETIME_OVER})
"""Signals of the network or of the clock: no state minds them, and one with no transition for them stays as it is."""

StateT = TypeVar("StateT", bound=Enum)
Table: TypeAlias = Mapping[StateT, Mapping[Signal, StateT]]
Implies: TypeAlias = Mapping[Signal, StateT]
Moves: TypeAlias = Mapping[StateT, Mapping[Signal, tuple[StateT, bool]]]
"""By state and signal: the next state, and whether the table expected that."""


def moves_of(table: Table[StateT], implies: Implies[StateT], unseen: StateT) -> Moves[StateT]:
    """Every state with every signal: where the table leads, or where the message itself leads when it is surprised.

    In state ``unseen`` nothing surprises: the beginning was not captured. A signal that implies nothing is not for
    this machine.
    """
    return {
        state: {signal: _move(table, implies, unseen, state, signal) for signal in Signal} for state in type(unseen)
    }


def _move(
    table: Table[StateT], implies: Implies[StateT], unseen: StateT, state: StateT, signal: Signal
) -> tuple[StateT, bool]:
    after = table.get(state, {}).get(signal)
    if after is not None:
        return after, True
    if signal in OF_NEITHER or signal not in implies:
        return state, True
    return implies[signal], state is unseen


@dataclass(frozen=True, slots=True, eq=False)
class Region(Generic[StateT]):
    """A machine beside the main one of a peer, as statecharts have them: what an accepted update came to.

    Every signal that it listens to means something in each of its states.
    """

    name: str
    title: str
    table: Table[StateT]
    quiet: frozenset[StateT] = frozenset()  # states that go without saying

    @property
    def start(self) -> StateT:
        """The first state."""
        return next(iter(self.table))

    def after(self, state: Any, signal: Signal) -> Any:
        """The next state."""
        return self.table[state].get(signal, state)


def anywhere(states: type[StateT], targets: Implies[StateT]) -> Table[StateT]:
    """A table in which the signal alone tells the next state."""
    return {state: dict(targets) for state in states}
