"""Which home prefixes are assigned in all sessions: an index that finds overlaps without looking at every session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dissectors.record import record

if TYPE_CHECKING:
    from rules.session import HomePrefixGrant, IkeSa, Session

BITS = 128
KEPT_EACH = 8
"""Holders of one prefix that are remembered, the newest: no more are needed to show that it has two."""


@record(eq=False)
class Holding:
    """A prefix in somebody's hands."""

    session: Session
    sa: IkeSa  # whose IKE_AUTH assigned it
    grant: HomePrefixGrant


Bucket = dict[int, list[Holding]]
"""By network, cut to one length."""


@dataclass(slots=True)
class PrefixIndex:
    """Every holding stands under its own length and under each shorter length that was ever assigned."""

    _by_length: dict[int, Bucket] = field(default_factory=dict)
    _first: Session | None = None  # the first holder of all
    _several: bool = False

    def enter(self, holding: Holding) -> None:
        """Takes note of an assignment."""
        length = holding.grant.length
        if not 0 < length <= BITS:
            return
        self._several |= self.has_other(holding.session)
        self._first = self._first or holding.session
        self._bucket(length)
        for shorter, bucket in self._by_length.items():
            if shorter <= length:
                _put(bucket, shorter, holding)

    def has_other(self, session: Session) -> bool:
        """Whether any other session was assigned a prefix."""
        return self._several or (self._first is not None and self._first is not session)

    def overlapping(self, grant: HomePrefixGrant) -> Iterator[Holding]:
        """Holdings that are the same, lie in it, or hold it; of each network the newest."""
        if not 0 < grant.length <= BITS:
            return
        yield from reversed(self._bucket(grant.length).get(_network(grant, grant.length), ()))
        for length, bucket in self._by_length.items():
            if length < grant.length:
                held = reversed(bucket.get(_network(grant, length), ()))
                yield from (holding for holding in held if holding.grant.length == length)

    def _bucket(self, length: int) -> Bucket:
        """The bucket of a length; when it comes up for the first time, the longer prefixes known so far are in it."""
        if length in self._by_length:
            return self._by_length[length]
        made: Bucket = {}
        for known, bucket in self._by_length.items():
            if known > length:
                for holding in (h for held in bucket.values() for h in held if h.grant.length == known):
                    _put(made, length, holding)
        self._by_length[length] = made
        return made


def _put(bucket: Bucket, length: int, holding: Holding) -> None:
    held = bucket.setdefault(_network(holding.grant, length), [])
    held.append(holding)
    del held[:-KEPT_EACH]


def _network(grant: HomePrefixGrant, length: int) -> int:
    return int(grant.prefix) >> (BITS - length)
