"""Both machines of a session: a pair for each IKE SA, since a redirect, a rekey or a second attempt runs beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from dissectors.ikev2.messages import IkeMessage
from dissectors.mobility_packet import MobilityPacket
from rules.machines.ha import HA_IMPLIES, HA_TABLE, HaState
from rules.machines.signals import mobility_signal, signal_of
from rules.machines.table import Signal, step
from rules.machines.ue import UE_IMPLIES, UE_TABLE, UeState
from rules.model import Outcome, Role, Verdict
from rules.registry import AnyEvent
from rules.session import KEPT, Context, IkeSa

UE_OBSERVATION, HA_OBSERVATION = "X-MACHINE-UE", "X-MACHINE-HA"
OBSERVATIONS = (UE_OBSERVATION, HA_OBSERVATION)
OVER = (UeState.CLOSED, UeState.CLOSING, UeState.REDIRECTED, UeState.REFUSED)
State: TypeAlias = UeState | HaState
Surprise: TypeAlias = tuple[str, Outcome]
"""The observation, and what it says."""


@dataclass(slots=True)
class Pair:
    """The two machines on one IKE SA."""

    sa: int = 0  # its number in the session
    ue: UeState = UeState.DETACHED
    ha: HaState = HaState.IDLE


@dataclass(frozen=True, slots=True)
class Reached:
    """A state that was entered."""

    frame: int
    at: int  # ns since 1970
    role: Role
    state: State
    sa: int  # number of the IKE SA in its session


@dataclass(slots=True, eq=False)
class Machines:
    """The machines of one session, and the states they went through (the first of them, if there are very many)."""

    pairs: dict[int, Pair] = field(default_factory=dict)  # by number of the IKE SA
    reached: list[Reached] = field(default_factory=list)

    @property
    def ue(self) -> UeState:
        """Where the UE stands: on its newest IKE SA that is not over, else on the newest."""
        return self._current().ue

    @property
    def ha(self) -> HaState:
        """Where the Home Agent stands, on the same IKE SA."""
        return self._current().ha

    def _current(self) -> Pair:
        newest_first = [self.pairs[number] for number in sorted(self.pairs, reverse=True)]
        alive = (pair for pair in newest_first if pair.ue not in OVER)
        return next(alive, newest_first[0] if newest_first else Pair(0, UeState.UNSEEN, HaState.UNSEEN))

    def states(self, role: Role) -> list[State]:
        """The states one machine went through, in order, each turn once."""
        states = [entry.state for entry in self.reached if entry.role is role]
        return [state for n, state in enumerate(states) if n == 0 or states[n - 1] is not state]

    def feed(self, event: AnyEvent, context: Context) -> Surprise | None:
        """Steps both machines; gives an observation where the sender's own machine did not expect to send that."""
        if isinstance(event.message, MobilityPacket):
            moved = mobility_signal(event, context)
            return None if moved is None else self._step(event, context, self._pair_of(context.sa), moved)
        if not isinstance(event.message, IkeMessage) or context.sa is None:
            return None
        pair = self._pair(context.sa)
        if context.sa.successor is not None:
            self._pair(context.sa.successor)  # before the SA it took over from is deleted
        signal = signal_of(event, context.sa)
        return None if signal is None else self._step(event, context, pair, signal)

    def _step(self, event: AnyEvent, context: Context, pair: Pair, signal: Signal) -> Surprise | None:
        ue = step(UE_TABLE, UE_IMPLIES, UeState.UNSEEN, pair.ue, signal)
        ha = step(HA_TABLE, HA_IMPLIES, HaState.UNSEEN, pair.ha, signal)
        pair.ue, pair.ha = ue.after, ha.after
        for role, before, after in ((Role.UE, ue.before, ue.after), (Role.HA, ha.before, ha.after)):
            if before is not after and len(self.reached) < 2 * KEPT:
                self.reached.append(Reached(event.frame, event.at, role, after, pair.sa))
        if context.role is Role.HA and not ha.expected:
            return HA_OBSERVATION, _surprise(Role.HA, ha.before, signal)
        if context.role is Role.UE and not ue.expected:
            return UE_OBSERVATION, _surprise(Role.UE, ue.before, signal)
        return None

    def _pair_of(self, sa: IkeSa | None) -> Pair:
        """The pair of an IKE SA, or of a session in which none was captured."""
        if sa is not None:
            return self._pair(sa)
        return self.pairs.setdefault(0, Pair(0, UeState.UNSEEN, HaState.UNSEEN))

    def _pair(self, sa: IkeSa) -> Pair:
        pair = self.pairs.get(sa.number)
        if pair is None:
            pair = self.pairs[sa.number] = self._begin(sa)
            if len(self.pairs) > KEPT:
                del self.pairs[min(self.pairs)]
        return pair

    def _begin(self, sa: IkeSa) -> Pair:
        """A rekeyed SA goes on where its parent stood; one whose start was not captured may be anywhere."""
        parent = self.pairs.get(sa.parent.number) if sa.parent else None
        if parent is not None and parent.ue not in OVER:
            return Pair(sa.number, parent.ue, parent.ha)
        if parent is not None:
            return Pair(sa.number, UeState.ESTABLISHED, HaState.ESTABLISHED)
        return Pair(sa.number, UeState.UNSEEN, HaState.UNSEEN) if sa.partial else Pair(sa.number)


def _surprise(role: Role, state: State, signal: Signal) -> Outcome:
    reason = f"{role.value} is in state '{state.value}': a message was not captured or came out of order"
    return Outcome(Verdict.INCONCLUSIVE, observed=signal.value, reason=reason)
