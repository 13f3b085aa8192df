"""IKEv2 fragments (RFC 7383): opened one by one, joined when all are there, bounded in number and age."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dissectors.events import Sealed, SealReason
from dissectors.ikev2.messages import Encrypted, IkeMessage
from rules.session import Context, IkeEvent, IkeSa

MOST_FRAGMENTS = 1024
"""Fragments of one message that are kept; a total above it cannot be meant."""
MOST_MESSAGES = 256
"""Messages of one capture that may wait for fragments at once; the oldest goes first."""
MOST_JOINED = 1024
"""Messages joined lately, so that a stray copy of one of their fragments is not taken for a message that lacks one."""
PATIENCE = 8_000_000_000
"""ns until a message counts as sent though fragments are missing: below the shortest deadline for an answer."""

Key = tuple[IkeSa, bool, bool, int]


@dataclass(slots=True)
class Gathering:
    """The fragments of one message so far. ``event`` and ``context`` are those of the last to arrive."""

    total: int
    event: IkeEvent
    context: Context
    started: int  # ns
    first: int = 0  # type of the first inner payload, from fragment 1
    plain: dict[int, bytes | None] = field(default_factory=dict)  # None: stayed closed
    frames: dict[int, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return len(self.plain) == self.total

    @property
    def is_closed(self) -> bool:
        """Nothing of it was opened."""
        return all(part is None for part in self.plain.values())

    @property
    def in_order(self) -> tuple[int, ...]:
        """The frames, by fragment number."""
        return tuple(self.frames[n] for n in sorted(self.frames))

    def joined(self) -> bytes | None:
        """The inner payloads, if every fragment was opened."""
        parts = [self.plain[n] for n in range(1, self.total + 1)]
        return None if any(p is None for p in parts) else b"".join(p for p in parts if p is not None)

    @property
    def missing(self) -> Sealed:
        """Why the message cannot be read."""
        absent = [n for n in range(1, self.total + 1) if n not in self.plain]
        shown = ", ".join(map(str, absent[:5])) + (", …" if len(absent) > 5 else "")
        return Sealed(SealReason.FRAGMENT_MISSING, f"fragment missing: {shown} of {self.total} was not captured")


class FragmentCollector:
    """Collects the fragments of every message that is under way."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Gathering] = {}
        self._joined: dict[Key, None] = {}
        self.incomplete = 0
        """Messages that were given up because fragments are missing."""

    def add(
        self, message: IkeMessage, encrypted: Encrypted, plain: bytes | None, event: IkeEvent, context: Context
    ) -> Gathering | None:
        """The whole message's fragments once this one completes them, else ``None``."""
        if context.sa is None or not 0 < encrypted.number <= encrypted.total <= MOST_FRAGMENTS:
            return None
        key = (context.sa, message.from_initiator, message.is_response, message.message_id)
        gathering = self._waiting.get(key)
        # RFC 7383 section 2.6: cut anew, smaller. What stays closed beside what was opened may be forged.
        anew = (
            gathering is not None and encrypted.total > gathering.total and (plain is not None or gathering.is_closed)
        )
        if gathering is None or anew:
            gathering = self._waiting[key] = Gathering(encrypted.total, event, context, event.at)
        if encrypted.total != gathering.total:
            return None
        gathering.event, gathering.context = event, context
        if gathering.plain.get(encrypted.number) is None:
            gathering.plain[encrypted.number] = plain
            gathering.frames[encrypted.number] = event.frame
        if encrypted.number == 1:
            gathering.first = encrypted.first
        return self._finish(key) if gathering.complete else None

    def _finish(self, key: Key) -> Gathering:
        self._joined[key] = None
        if len(self._joined) > MOST_JOINED:
            del self._joined[next(iter(self._joined))]
        return self._waiting.pop(key)

    def passed_by(self, event: IkeEvent, sa: IkeSa) -> Iterator[Gathering]:
        """Gives up what a later message of the SA shows to have arrived: an answer, or the next request."""
        message = event.message
        for key in [k for k in self._waiting if k[0] is sa and _goes_on_after(message, k)]:
            yield from self._give_up(key)

    def _give_up(self, key: Key) -> Iterator[Gathering]:
        lost = self._waiting.pop(key)
        if key not in self._joined:
            self.incomplete += 1
            yield lost

    def overdue(self, at: int | None = None) -> Iterator[Gathering]:
        """Gives up messages that waited too long by the time ``at``, or are too many; without ``at``, all."""
        while self._waiting:
            key = next(iter(self._waiting))
            late = at is None or at - self._waiting[key].started > PATIENCE
            if not late and len(self._waiting) <= MOST_MESSAGES:
                return
            yield from self._give_up(key)


def _goes_on_after(message: IkeMessage, key: Key) -> bool:
    """Whether ``message`` is sent only once its sender, or its peer, has had the whole of what ``key`` stands for."""
    _, from_initiator, is_response, message_id = key
    if message.from_initiator ^ message.is_response != from_initiator ^ is_response:
        return False  # an exchange that the other end began: it has numbers of its own
    if message.message_id == message_id:
        return message.is_response and not is_response
    return message.message_id > message_id
