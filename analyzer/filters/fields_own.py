"""Fields that Wireshark does not have: sessions, roles, verdicts, and what kept a packet from being read."""

from __future__ import annotations

from typing import Any

from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Table
from analyzer.filters.view import View
from analyzer.roles import (
    CARE_OF_ADDRESS,
    HOME_ADDRESS,
    HOME_AGENT,
    HOME_PREFIX,
    IPV4_CARE_OF_ADDRESS,
    IPV4_HOME_ADDRESS,
    role_of,
)
from dissectors.events import SealReason
from dissectors.inert import inert
from dissectors.tunnels import Encapsulation
from rules.model import Role, Verdict
from rules.session import Context, Session

TABLE = Table()
ROLES = (HOME_ADDRESS, IPV4_HOME_ADDRESS, CARE_OF_ADDRESS, IPV4_CARE_OF_ADDRESS, HOME_AGENT, HOME_PREFIX)


def _contexts(view: View) -> list[Context]:
    return [packet.context for packet in view.packets if packet.context is not None]


def _session(view: View) -> Session | None:
    return next((context.session for context in _contexts(view)), None)


def _some(value: Any) -> list[Any]:
    return [] if value is None or value == "" else [value]


def _of_session(name: str, kind: Kind, get: Any, about: str) -> None:
    def extract(view: View) -> list[Any]:
        session = _session(view)
        return [] if session is None else _some(get(session))

    TABLE.add(f"session.{name}", kind, extract, about, ours=True)


def _roles(side: int) -> Any:
    """Of the outermost and the innermost address, as an address has its role inside the tunnel or outside."""

    def extract(view: View) -> list[str]:
        session = _session(view)
        if session is None:
            return []
        found = [role_of(packet.stack.addresses[side], session) for packet in view.packets]
        outer = view.packet.stack.addressing
        found.append(role_of((outer.outer_source, outer.outer_destination)[side].address, session))
        return [role for role in dict.fromkeys(found) if role]

    return extract


def _sender(view: View) -> list[str]:
    return [context.role.value for context in _contexts(view)[:1]]


def _sealed(view: View) -> Any:
    packet = view.packet
    return packet.sealed or getattr(packet.message, "sealed", None)


def _sealed_text(view: View) -> list[str]:
    sealed = _sealed(view)
    return [] if sealed is None else [inert(sealed.detail)]


def _seal_reason(view: View) -> list[str]:
    sealed = _sealed(view)
    return [] if sealed is None else [sealed.reason.name.lower()]


def _malformed(view: View) -> list[str]:
    faults: list[Any] = []
    for packet in view.packets:
        message = packet.message
        faults += [packet.stack.malformed, getattr(message, "malformed", None)]
        faults.append(getattr(getattr(message, "packet", None), "malformed", None))
    faults += [getattr(payload, "fault", None) for payload in view.payloads]
    faults += [option.fault for option in view.options]
    return [inert(str(fault)) for fault in faults if fault is not None]


def _encapsulation(view: View) -> list[str]:
    *_, innermost = view.packets
    found = innermost.stack.addressing.encapsulation
    return [] if found is Encapsulation.NONE else [found.name.lower()]


TOLD = (Verdict.FAIL.value, Verdict.INCONCLUSIVE.value)
"""Verdicts that are kept by frame; of the others a run keeps how many there are in a session."""


def _rules(view: View) -> list[str]:
    return [finding.rule for finding in view.facts.findings_of(view.packet.number)]


def _failed(view: View) -> list[str]:
    return [f.rule for f in view.facts.findings_of(view.packet.number) if f.verdict is Verdict.FAIL]


def _verdicts(view: View) -> list[str]:
    return [finding.verdict.value for finding in view.facts.findings_of(view.packet.number)]


def _words(enum: Any) -> tuple[str, ...]:
    return tuple(member.name.lower() for member in enum)


_of_session("number", Kind.NUMBER, lambda s: s.number, "Number of the session")
_of_session("ue", Kind.ADDRESS, lambda s: s.ue, "Address of the UE, as last seen")
_of_session("ha", Kind.ADDRESS, lambda s: s.ha, "Address of the Home Agent")
_of_session("nai", Kind.STRING, lambda s: s.identity and inert(s.identity), "NAI of the UE")
_of_session("apn", Kind.STRING, lambda s: s.apn and inert(s.apn), "APN: IDr of the UE's request")
ADD = TABLE.add
ADD("role.src", Kind.WORD, _roles(0), "What the source is to the session, outside and inside", words=ROLES, ours=True)
ADD("role.dst", Kind.WORD, _roles(1), "What the destination is to the session", words=ROLES, ours=True)
ADD("sender", Kind.WORD, _sender, "Who sent it", words=(Role.UE.value, Role.HA.value), ours=True)
ADD("rule.id", Kind.STRING, _rules, "Requirements that it breaks, or that could not be decided on it", ours=True)
ADD("rule.failed", Kind.STRING, _failed, "Requirements that this frame breaks", ours=True)
ADD("verdict", Kind.WORD, _verdicts, "Verdicts on it; passes have no frame", words=TOLD, ours=True)
ADD("sealed", Kind.STRING, _sealed_text, "It was not decrypted; the text says why", ours=True)
ADD("sealed.reason", Kind.WORD, _seal_reason, "Why it was not decrypted", words=_words(SealReason), ours=True)
ADD("malformed", Kind.STRING, _malformed, "Something in it cannot be what it should; the text says what", ours=True)
ADD(
    "encapsulation",
    Kind.WORD,
    _encapsulation,
    "How the innermost packet travels in a tunnel",
    words=tuple(kind.name.lower() for kind in Encapsulation if kind is not Encapsulation.NONE),
    ours=True,
)
