"""The words of a judgement: requirement, verdict, outcome, finding."""

from __future__ import annotations

from dataclasses import field
from enum import Enum

from dissectors.record import record


class Role(Enum):
    """Who acts in a session. BASE and NET are actors of the ledger that may be either end, or the network."""

    UE = "UE"
    HA = "HA"
    NET = "NET"
    BASE = "BASE"

    @property
    def peer(self) -> Role:
        """The other end."""
        return {Role.UE: Role.HA, Role.HA: Role.UE}.get(self, self)


class Verdict(Enum):
    """What is said of one requirement on one occasion."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"


class Level(Enum):
    """How strongly the requirement binds (3GPP TR 21.801 annex E)."""

    SHALL = "SHALL"
    SHALL_NOT = "SHALL NOT"
    SHOULD = "SHOULD"
    MAY = "MAY"

    @property
    def severity(self) -> str:
        """Default severity of a failure: a broken SHALL is an error, a SHOULD a warning, a MAY a note."""
        return {"SHOULD": "warning", "MAY": "note"}.get(self.value, "error")


@record
class Requirement:
    """One row of the ledger, ``rules/requirements.csv``.

    ``needs`` is the evidence that decides it: ``clear`` (unprotected messages), ``ike`` (IKE messages opened),
    ``esp`` (ESP opened), or a sum of them.
    """

    id: str
    actor: Role
    clause: str
    level: Level
    needs: frozenset[str]
    requirement: str
    applies_when: str
    fails_when: str
    inconclusive_when: str
    note: str


@record
class Outcome:
    """What a rule says of one occasion. ``reason`` tells why it is inconclusive.

    ``frame`` and ``at`` are set only where another frame than that of the judged event is to blame. ``absence`` marks a
    fail that only says that something was not seen: a capture that lost frames does not prove it.
    """

    verdict: Verdict
    expected: str = ""
    observed: str = ""
    reason: str = ""
    related: tuple[int, ...] = ()
    frame: int = 0
    at: int = 0
    absence: bool = False
    session: int = 0  # another one than the event's is to blame


PASSED = Outcome(Verdict.PASS)


def failed(
    *,
    expected: str,
    observed: str,
    related: tuple[int, ...] = (),
    frame: int = 0,
    at: int = 0,
    absence: bool = False,
) -> Outcome:
    """The requirement is broken; ``related`` are the other frames that prove it."""
    return Outcome(Verdict.FAIL, expected, observed, related=related, frame=frame, at=at, absence=absence)


def inconclusive(reason: str) -> Outcome:
    """It cannot be told from this capture and these facts; ``reason`` completes "because …"."""
    return Outcome(Verdict.INCONCLUSIVE, reason=reason)


def noted(observed: str) -> Outcome:
    """The requirement is met, and this is what was seen (for a MAY: the observation)."""
    return Outcome(Verdict.PASS, observed=observed)


@record
class Finding:
    """A verdict on record: one requirement, one session, one occasion (or ``count`` like ones, folded)."""

    rule: str
    session: int
    verdict: Verdict
    frame: int
    at: int  # ns since 1970
    expected: str = ""
    observed: str = ""
    reason: str = ""
    related: tuple[int, ...] = ()
    count: int = 1
    subject: str = field(default="")  # what kind of message it is about, for the fingerprint
