"""What a machine is: a table of transitions, and where a message leads when the table is surprised by it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, NamedTuple, TypeAlias, TypeVar


class Signal(Enum):
    """What a message means to both machines; guards have been spent on naming it."""

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
    UPDATE_SENT = "Binding Update"
    UPDATE_ACCEPTED = "Binding Update accepted"
    UPDATE_REFUSED = "Binding Update refused"
    DEREGISTER_SENT = "de-registration"
    DEREGISTER_ACCEPTED = "de-registration accepted"
    DELETE_SENT = "delete of the IKE SA"
    DELETED = "delete of the IKE SA answered"

    __hash__ = object.__hash__  # by identity: Enum's own is Python code, and every message steps two tables


StateT = TypeVar("StateT", bound=Enum)
Table: TypeAlias = Mapping[StateT, Mapping[Signal, StateT]]
Implies: TypeAlias = Mapping[Signal, StateT]


class Step(NamedTuple, Generic[StateT]):
    """One step of a machine; not ``expected`` when only the message itself led there."""

    before: StateT
    signal: Signal
    after: StateT
    expected: bool


def step(table: Table[StateT], implies: Implies[StateT], unseen: StateT, state: StateT, signal: Signal) -> Step[StateT]:
    """Where the table leads, or where the message itself leads when the table is surprised.

    In state ``unseen`` nothing surprises: the beginning was not captured.
    """
    after = table.get(state, {}).get(signal)
    return Step(state, signal, after or implies[signal], expected=after is not None or state is unseen)
