"""When a session may rest, and when it is over: all in capture time, and a few steps for each packet.

A session in which nothing happens for :data:`QUIET` keeps lighter messages. It is over when none of its IKE SAs and
bindings lives and it was silent for :data:`GRACE`: every deadline has passed by then, and nobody retransmits that late.
One that never ends is taken for over after :data:`IDLE` of silence; should it speak again, that is a session of its
own, whose start was not captured.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from heapq import heappop, heappush

from rules.engine import Engine
from rules.lightening import Lightener
from rules.profile import DEADLINES
from rules.session import IkeSa, SaState, Session, World

SECOND = 1_000_000_000
QUIET = 10 * SECOND
GRACE = 600 * SECOND
"""Twice the time in which a redirected UE comes back (RFC 5685 section 9)."""
SETTLED = 60 * SECOND
"""When hardly any obligation is open any more."""
IDLE = 24 * 3600 * SECOND
"""Longer than IKE SAs live unrekeyed: IKEv2 negotiates no lifetime."""
FOR_EVER = 0xFFFFFFFF
ENDED = frozenset({SaState.DELETED, SaState.FAILED, SaState.REDIRECTED, SaState.REKEYED})
BEGUN = frozenset({SaState.INIT_SENT, SaState.INIT_ANSWERED})


class Lifetimes:
    """Watches how long each session has been silent. ``close`` is called for one that is over."""

    def __init__(self, world: World, close: Callable[[Session, bool], None]) -> None:
        self.engine: Engine | None = None
        self.lightens = True  # sessions at rest keep lighter messages
        self._world = world
        self._close = close
        self._lightener = Lightener()
        self._awake: OrderedDict[int, int] = OrderedDict()  # number: when it was last heard of, the longest ago first
        self._resting: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []  # when to look at it again, number
        self._planned: set[int] = set()  # numbers that stand in the heap
        self._now = self._last = 0
        named = {**DEADLINES, **world.profile.deadlines}
        self._grace = max(GRACE, *(2 * world.profile.deadline(name) for name in named))

    @property
    def living(self) -> int:
        """Sessions that are not over."""
        return len(self._awake) + len(self._resting)

    def touch(self, session: Session, at: int) -> None:
        """Something happened in a session. A single packet with a wrong time does not move the clock."""
        self._now = max(self._now, min(at, self._last or at))
        self._last = at
        number = session.number
        self._resting.pop(number, None)
        self._awake[number] = self._now
        self._awake.move_to_end(number)
        if self._awake[next(iter(self._awake))] + QUIET <= self._now:
            self._put_to_rest()
        if self._heap and self._heap[0][0] <= self._now:
            self._look_again()

    def _put_to_rest(self) -> None:
        while self._awake:
            number = next(iter(self._awake))
            since = self._awake[number]
            if since + QUIET > self._now:
                return
            del self._awake[number]
            self._resting[number] = since
            if self.lightens:
                self._lightener.lighten(self._session(number))
            if self.engine is not None:
                self.engine.rest(number)
            if number not in self._planned:
                self._plan(number, since + SETTLED)

    def _plan(self, number: int, at: int) -> None:
        self._planned.add(number)
        heappush(self._heap, (at, number))

    def _look_again(self) -> None:
        while self._heap and self._heap[0][0] <= self._now:
            _, number = heappop(self._heap)
            self._planned.discard(number)
            since = self._resting.get(number)
            if since is None:
                continue  # it is awake, and is planned for again when it rests
            self._look_at(self._session(number), since)

    def _look_at(self, session: Session, since: int) -> None:
        number, end = session.number, ends_at(session, since, self._grace)
        if end <= self._now and not (self.engine is not None and self.engine.owes(number)):
            del self._resting[number]
            self._close(session, has_ended(session))
            return
        if self.engine is not None:
            self.engine.rest(number)  # what fell due in the meantime was counted
        self._plan(number, end if end > self._now else self._now + self._grace)

    def _session(self, number: int) -> Session:
        return self._world.sessions[number - 1]


def has_ended(session: Session) -> bool:
    """Every IKE SA was deleted, refused, redirected or replaced, or never came to anything."""
    return bool(session.ike_sas) and all(map(_is_gone, session.ike_sas))


def _is_gone(sa: IkeSa) -> bool:
    if sa.state in ENDED or sa.delete is not None or sa.successor is not None:
        return True
    return sa.state in BEGUN and not sa.partial and not sa.auth_requests


def ends_at(session: Session, since: int, grace: int = GRACE) -> int:
    """When a session that is silent from ``since`` on is over: ns since 1970."""
    ended = has_ended(session)
    ends = [since + (grace if ended else max(IDLE, grace))]
    bindings = (binding for home in session.homes.values() for binding in home.bindings.values())
    ends += [binding.expires_at + grace for binding in bindings]
    if not ended:
        finite = (grant for grant in session.home_prefixes if grant.lifetime != FOR_EVER)
        ends += [grant.at + grant.lifetime * SECOND + grace for grant in finite]
    return max(ends)
