"""What a run leaves: one record that every output reads and none changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dissectors.events import SealReason
from dissectors.keymat import KeyMaterial
from dissectors.record import record
from rules.model import Finding, Requirement, Verdict
from rules.profile import Profile, Waiver
from rules.session import Session, World
from rules.tally import Verdicts


@dataclass(slots=True)
class Closed:
    """Protected packets that stayed closed for one reason: how many, and the first of them."""

    reason: SealReason
    detail: str
    packets: int
    first_frame: int


@dataclass(slots=True)
class Counts:
    """Frames of a run by what became of them."""

    frames: int = 0
    bytes: int = 0
    by_class: dict[str, int] = field(default_factory=dict)
    ike: int = 0  # packets, fragments counted one by one
    esp: int = 0
    protected: int = 0  # packets with an SK, SKF or ESP
    opened: int = 0
    malformed: int = 0
    copies: int = 0  # packets captured twice
    late: int = 0  # packets of IKE and ESP SAs whose session was over long before
    other_versions: int = 0  # IKE packets that are not IKEv2: the header is read, nothing is judged
    drops: int = 0  # frames that the capture itself reports as lost
    incomplete_fragments: int = 0  # IKE messages that miss fragments
    incomplete_datagrams: int = 0  # IKE datagrams in IP fragments of which some are missing
    cut: int = 0  # frames that the capture cut short


@record
class States:
    """The states that the two machines of a session went through, in order, without repeats in a row."""

    ue: tuple[str, ...]
    ha: tuple[str, ...]


@dataclass(slots=True)
class Results:
    """The whole of a finished run."""

    files: tuple[str, ...]
    world: World
    profile: Profile
    counts: Counts
    material: KeyMaterial
    findings: list[Finding]
    verdicts: Verdicts
    tallies: Mapping[tuple[int, str], Mapping[Verdict, int]]
    ledger: Mapping[str, Requirement]
    closed: list[Closed]
    warnings: list[str]
    states: Mapping[int, States] = field(default_factory=dict)
    sides: str = ""  # how captures of both ends fit together
    seconds: float = 0.0
    today: date = field(default_factory=date.today)  # by which waivers expire

    @property
    def sessions(self) -> list[Session]:
        return self.world.sessions

    @property
    def failures(self) -> list[Finding]:
        """Failed requirements, in the order of their frames."""
        return sorted((f for f in self.findings if f.verdict is Verdict.FAIL), key=lambda f: (f.frame, f.rule))

    @property
    def counted_failures(self) -> list[Finding]:
        """Failures that fail the run: the profile's severity is not "ignore", and no waiver in force covers them."""
        spared = {rule for rule, severity in self.profile.severity.items() if severity == "ignore"} | set(self.waivers)
        return [f for f in self.failures if f.rule not in spared and f.rule in self.ledger]

    @property
    def waivers(self) -> dict[str, Waiver]:
        """The waivers in force, by rule: their last day is today or later."""
        return {w.rule: w for w in self.profile.waivers if self._is_in_force(w)}

    @property
    def expired_waivers(self) -> dict[str, Waiver]:
        """The waivers that are over, by rule, where no other is in force: what they covered fails the run again."""
        over = {w.rule: w for w in self.profile.waivers if not self._is_in_force(w)}
        return {rule: waiver for rule, waiver in over.items() if rule not in self.waivers}

    def _is_in_force(self, waiver: Waiver) -> bool:
        return waiver.expires is None or waiver.expires >= self.today.isoformat()

    def verdicts_of(self, session: Session) -> dict[str, Verdict]:
        """The verdict of every rule in one session."""
        return self.verdicts.of_session(session.number)

    def failures_by_session(self) -> dict[int, list[Finding]]:
        """Failed requirements grouped by session, each in the order of frames."""
        grouped: dict[int, list[Finding]] = {}
        for finding in self.failures:
            grouped.setdefault(finding.session, []).append(finding)
        return grouped
