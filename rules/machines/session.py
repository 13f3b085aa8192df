"""Both machines of a session: a pair for each IKE SA, since a redirect, a rekey or a second attempt runs beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from dissectors.ikev2.messages import IkeMessage
from dissectors.mobility_packet import MobilityPacket
from dissectors.neighbor.messages import RouterAdvertisement
from rules.advertisements import AdvertisementEvent
from rules.bindings import MobilityEvent
from rules.discovery import DISCOVERY_MESSAGES
from rules.machines.acceptances import acceptance, lasts_until
from rules.machines.ha import HA_MOVES, HaState
from rules.machines.reached import OVER, Reached, State, state_text, states_of, words_of
from rules.machines.regions import HA_BESIDE, HA_REGIONS, UE_BESIDE, UE_REGIONS, Beside, moved
from rules.machines.signals import advertised_link, known_link, mobility_signal, search_signal, signal_of
from rules.machines.table import Signal
from rules.machines.ue import UE_MOVES, UeState
from rules.model import Outcome, Role, Verdict
from rules.registry import AnyEvent
from rules.session import KEPT, Context, IkeEvent, IkeSa

UE_OBSERVATION, HA_OBSERVATION = "X-MACHINE-UE", "X-MACHINE-HA"
OBSERVATIONS = (UE_OBSERVATION, HA_OBSERVATION)
AHEAD = 0
"""Number of the pair before the first IKE SA, or of the next attempt: a search for a Home Agent belongs to no SA."""
ALONE = -1
"""Number of the pair of a session in which no IKE SA was captured."""
GONE = frozenset({Signal.DEREGISTER_ACCEPTED, Signal.RETURN_ACCEPTED, Signal.LIFETIME_OVER})
NOTHING: tuple[Signal, ...] = ()
GONE_BESIDE = (Signal.UNBOUND,)
Surprise: TypeAlias = tuple[str, Outcome]
"""The observation, and what it says."""


@dataclass(slots=True)
class Pair:
    """The two machines on one IKE SA, with the regions beside them."""

    sa: int = 0  # its number in the session
    ue: UeState = UeState.DETACHED
    ha: HaState = HaState.IDLE
    ue_beside: Beside = UE_BESIDE
    ha_beside: Beside = HA_BESIDE
    until: int = 0  # ns since 1970, when the last binding is over

    @property
    def is_bound(self) -> bool:
        """Something is registered."""
        return self.ue_beside != UE_BESIDE


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

    @property
    def ue_beside(self) -> Beside:
        """What the UE has registered, on the same IKE SA."""
        return self._current().ue_beside

    @property
    def ha_beside(self) -> Beside:
        """What the Home Agent has bound, on the same IKE SA."""
        return self._current().ha_beside

    def stands(self, role: Role) -> str:
        """Where a peer stands, in words, with what is registered."""
        ends = (self.ue, self.ue_beside) if role is Role.UE else (self.ha, self.ha_beside)
        return state_text(role, *ends)

    def _current(self) -> Pair:
        newest_first = [self.pairs[number] for number in sorted(self.pairs, reverse=True)]
        alive = (pair for pair in newest_first if pair.ue not in OVER)
        return next(alive, newest_first[0] if newest_first else Pair(0, UeState.UNSEEN, HaState.UNSEEN))

    def states(self, role: Role) -> list[State]:
        """The states one machine went through, in order, each turn once."""
        return states_of(self.reached, role)

    def words(self, role: Role) -> list[str]:
        """The same in words, with what was registered meanwhile."""
        return words_of(self.reached, role)

    # What happens

    def feed(self, event: AnyEvent, context: Context) -> Surprise | None:
        """Steps both machines; gives an observation where the sender's own machine did not expect to send that."""
        feed = FEEDS.get(type(event.message))
        return feed(self, event, context) if feed is not None else None

    def _feed_search(self, event: AnyEvent, context: Context) -> Surprise | None:
        return self._step(event, context, self.pairs.setdefault(AHEAD, Pair(AHEAD)), search_signal(event))

    def _feed_ike(self, event: IkeEvent, context: Context) -> Surprise | None:
        if context.sa is None:
            return None
        pair = self._pair(context.sa)
        if context.sa.successor is not None:
            self._pair(context.sa.successor)  # before the SA it took over from is deleted
        signal = signal_of(event, context.sa)
        if signal is None:
            return None
        surprise = self._step(event, context, pair, signal)
        if signal is Signal.CHILD_MADE and pair.ue is UeState.DETECTING:
            link = known_link(event, context)
            if link is not None:
                self._step(event, context, pair, link)
        return surprise

    def _feed_mobility(self, event: MobilityEvent, context: Context) -> Surprise | None:
        signal = mobility_signal(event, context.home, context.session)
        if signal is None:
            return None
        pair = self._pair_of(context.sa)
        if pair.is_bound and event.at >= pair.until:
            self._step(event, context, pair, Signal.LIFETIME_OVER, GONE_BESIDE)
        if signal is Signal.CHANGE_REFUSED and not pair.is_bound:
            signal = Signal.UPDATE_REFUSED
        return self._step(event, context, pair, signal, self._beside(event, context, pair, signal))

    def _beside(self, event: MobilityEvent, context: Context, pair: Pair, signal: Signal) -> tuple[Signal, ...]:
        """What an answer means to the regions."""
        if signal in GONE:
            return GONE_BESIDE
        home = context.home
        if signal is not Signal.UPDATE_ACCEPTED or home is None:
            return NOTHING
        update = home.update_of(event)
        pair.until = lasts_until(event, update, home)
        return acceptance(event, update, home)

    def _feed_advertisement(self, event: AdvertisementEvent, context: Context) -> Surprise | None:
        """Of a session whose IKE SA is known, whose home prefix therefore may be known too."""
        pair = self.pairs.get(context.sa.number) if context.sa is not None else None
        return self._step(event, context, pair, advertised_link(event, context.session)) if pair is not None else None

    def _step(
        self, event: AnyEvent, context: Context, pair: Pair, signal: Signal, beside: tuple[Signal, ...] = NOTHING
    ) -> Surprise | None:
        ue, ha, ue_beside, ha_beside = pair.ue, pair.ha, pair.ue_beside, pair.ha_beside
        pair.ue, ue_expected = UE_MOVES[ue][signal]
        pair.ha, ha_expected = HA_MOVES[ha][signal]
        if beside:
            pair.ue_beside = moved(UE_REGIONS, ue_beside, beside)
            pair.ha_beside = moved(HA_REGIONS, ha_beside, beside)
        if len(self.reached) < 2 * KEPT:
            if pair.ue is not ue or pair.ue_beside != ue_beside:
                self.reached.append(Reached(event.frame, event.at, Role.UE, pair.ue, pair.sa, pair.ue_beside))
            if pair.ha is not ha or pair.ha_beside != ha_beside:
                self.reached.append(Reached(event.frame, event.at, Role.HA, pair.ha, pair.sa, pair.ha_beside))
        if not ha_expected and context.role is Role.HA:
            return HA_OBSERVATION, _surprise(Role.HA, ha, signal)
        if not ue_expected and context.role is Role.UE:
            return UE_OBSERVATION, _surprise(Role.UE, ue, signal)
        return None

    # Pairs

    def _pair_of(self, sa: IkeSa | None) -> Pair:
        """The pair of an IKE SA, or of a session in which none was captured."""
        if sa is not None:
            return self._pair(sa)
        return self.pairs.setdefault(ALONE, Pair(0, UeState.UNSEEN, HaState.UNSEEN))

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
            return replace(parent, sa=sa.number)
        if parent is not None or sa.partial:
            return Pair(sa.number, UeState.UNSEEN, HaState.UNSEEN)
        ahead = self.pairs.pop(AHEAD, None)
        return replace(ahead, sa=sa.number) if ahead is not None else Pair(sa.number)


FEEDS: dict[type[Any], Callable[[Machines, Any, Context], Surprise | None]] = {
    IkeMessage: Machines._feed_ike,
    MobilityPacket: Machines._feed_mobility,
    RouterAdvertisement: Machines._feed_advertisement,
    **dict.fromkeys(DISCOVERY_MESSAGES, Machines._feed_search),
}
"""By what moves a machine: most events are data, which moves none."""


def _surprise(role: Role, state: State, signal: Signal) -> Outcome:
    reason = f"{role.value} is in state '{state.value}': a message was not captured or came out of order"
    return Outcome(Verdict.INCONCLUSIVE, observed=signal.value, reason=reason)
