"""Plays a ladder through the records and the engine: what a capture of these messages would be judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dissectors.events import Address, Event
from dissectors.neighbor.messages import RouterAdvertisement
from dissectors.pco_carriers import PcoMessage
from rules.engine import Engine
from rules.history import observe, place
from rules.ladder.cases import Case
from rules.ladder.scene import EPOCH, Node
from rules.ladder.script import LadderError, Line, parse_lines
from rules.ladder.stage import Stage
from rules.ledger import load_rules
from rules.model import Finding, Role, Verdict
from rules.pco import learn_pco
from rules.profile import DEADLINES, Profile
from rules.registry import RULES, Rule
from rules.session import Session, World

WORDS = {"true": True, "false": False, "unknown": None}


@dataclass(slots=True)
class Played:
    """A finished ladder."""

    engine: Engine
    world: World
    events: list[Event[Any]] = field(default_factory=list)
    names: dict[Address, str] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        return self.engine.findings

    def verdict_of(self, rule: str) -> Verdict:
        """The worst verdict over all sessions."""
        given = [self.engine.verdict_of(session.number, rule) for session in self.world.sessions]
        return max(given, key=WORST.index, default=Verdict.NOT_APPLICABLE)


WORST = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)


def play(
    ladder: str | Iterable[Line],
    rules: Mapping[str, list[Rule]] | None = None,
    profile: Profile | None = None,
) -> Played:
    """Plays a ladder with some rules, or with all."""
    world = World(profile=profile or Profile())
    played = Played(Engine(world, rules), world)
    world.evidence.first_at = world.evidence.last_at = EPOCH
    stage, sessions = Stage(), dict[str, Session]()
    for line in parse_lines(ladder) if isinstance(ladder, str) else ladder:
        for node, event in stage.events(line):
            if isinstance(event.message, PcoMessage):
                _feed_pco(played, event)
            else:
                _feed(played, _session(world, sessions, node, event), event)
        if line.what == "DROPS":
            world.evidence.drops = line.number or 0
        if line.what == "UNREAD":
            world.pco.blind = "PCO was captured and not read: tshark is not installed"
        if line.what == "ALIKE":
            for discovery in filter(None, (session.discovery for session in world.sessions)):
                discovery.unsure = True
        if line.what == "IFOM":
            for session in world.sessions:
                session.ifom_shown_by |= {Role(line.source)}
        world.evidence.last_at = max(world.evidence.last_at, EPOCH + line.at)
        _name_nodes(played, line)
    played.engine.finish()
    return played


def _session(world: World, sessions: dict[str, Session], node: Node, event: Event[Any]) -> Session:
    """The session of a UE, with its first message."""
    session = sessions.get(node.name)
    if session is None:
        ue_sends = event.source.address == node.address
        ha = (event.destination if ue_sends else event.source).address
        session = Session(len(sessions) + 1, world, node.address, ha, event.at, event.at, event.frame, event.frame)
        sessions[node.name] = session
        world.sessions.append(session)
    return session


def _feed(played: Played, session: Session, event: Event[Any]) -> None:
    played.world.evidence.last_at = max(played.world.evidence.last_at, event.at)
    context = place(session, event)
    played.engine.feed(event, context)
    observe(event, context)
    if isinstance(event.message, RouterAdvertisement):
        played.world.advertisements.note(event)
    played.events.append(event)


def _feed_pco(played: Played, event: Event[PcoMessage]) -> None:
    """A message of a 3GPP access belongs to no session, and is told to those of its UE."""
    for session in learn_pco(event, played.world):
        played.engine.feed(event, place(session, event))
    played.events.append(event)


def _name_nodes(played: Played, line: Line) -> None:
    """A node has several addresses: what it was seen at is named after it as well."""
    for text in (line.source, line.destination):
        if text:
            played.names.setdefault(Node.of(text).address, text)
    if line.destination and played.events:
        last = played.events[-1]
        for end, text in ((last.source, line.source), (last.destination, line.destination)):
            played.names.setdefault(end.address, text)


def judge_alone(case: Case) -> Verdict:
    """The verdict of the case's own requirement, judged with no other rule beside it."""
    return play_case(case).verdict_of(case.rule)


def play_case(case: Case) -> Played:
    """Plays a case with the rule it is about."""
    load_rules()
    if case.rule not in RULES:
        raise LadderError(f"{case.rule} is not implemented")
    return play(case.lines, {case.rule: RULES[case.rule]}, profile_of(case.profile))


def profile_of(facts: Mapping[str, str]) -> Profile:
    """``first_attach=true prefer=rfc deadlines.ike_response=5 roles.HA=UE``."""
    known = {f.name for f in fields(Profile)}
    given: dict[str, Any] = {}
    for name, text in facts.items():
        table, _, key = name.partition(".")
        if table not in known:
            raise LadderError(f"not a fact of the profile: {name}")
        if table == "deadlines":
            given["deadlines"] = {**given.get("deadlines", DEADLINES), key: float(text)}
        elif table == "roles":
            given["roles"] = {**given.get("roles", {}), Node.of(key).address: Role(text)}
        else:
            given[name] = WORDS.get(text, int(text) if text.isdigit() else text)
    return Profile(**given)
