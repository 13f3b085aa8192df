"""Telling sessions what happened: the judge first, then the session's own records, then the indexes that find it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analyzer.held import Held, HeldMobility
from analyzer.packets import Packet
from analyzer.sessions.correlator import Correlator
from analyzer.sessions.esp_opening import EspOpener
from analyzer.sessions.ike_opening import IkeOpener
from analyzer.sessions.lifetimes import Lifetimes
from dissectors.events import Event
from dissectors.keymat import KeyMaterial
from rules.history import observe
from rules.remains import strip
from rules.session import Context, Session, World


class Teller:
    """The sessions of one run and what opens their packets. ``judge`` sees each event before its session learns of it.

    Mobility Headers in clear may wait in ``held`` for their ESP form: a session is told of them late, but in order.
    """

    def __init__(self, material: KeyMaterial, world: World, held: HeldMobility, judge: Any = None) -> None:
        self.judge = judge
        self.held = held
        self.correlator = Correlator(world)
        self.ike = IkeOpener(material)
        self.esp = EspOpener(material, self.ike)
        self.lifetimes = Lifetimes(world, self._close)
        self.late = 0  # packets of sessions that were over long before

    def tell(self, event: Event[Any], context: Context) -> None:
        """The session of ``context`` hears of an event, and before it of what has waited in it."""
        if self.held:
            self._tell_held(self.held.of(context.session))
        self._tell(event, context)

    def tell_overdue(self, at: int | None = None) -> None:
        """Capture time has come to ``at`` (ns), or to its end: what has waited too long is told as it is."""
        if self.held:
            self._tell_held(self.held.due(at))

    def note_late(self, packet: Packet, event: Event[Any]) -> None:
        """A packet that found no session: it may be of one that was over long before."""
        number = self.correlator.departed.session_of(event)
        if number:
            self.late += 1
            packet.note = packet.note or f"too late: session {number} was over long before"

    def _tell_held(self, waited: Iterable[Held]) -> None:
        """Mobility Headers in clear that did not show up in ESP."""
        for held in waited:
            self._tell(held.event, held.context)

    def _tell(self, event: Event[Any], context: Context) -> None:
        session = context.session
        if session.is_over:
            return
        if self.judge is not None:
            self.judge(event, context)
        children = session.child_count
        observe(event, context)
        self.correlator.learn(event, context)
        self.lifetimes.touch(session, event.at)
        if session.child_count > children:
            for child in session.newest_children:
                self.correlator.learn_child(child, session)
                self.esp.learn(child, event.frame)

    def _close(self, session: Session, ended: bool) -> None:
        """A session is over: its verdicts stay, and what reports and later sessions need to know of it."""
        if self.lifetimes.engine is not None:
            self.lifetimes.engine.forget(session.number)
        self.correlator.forget(session, remember=ended)
        for sa in session.ike_sas:
            self.ike.forget(sa)
        for child in dict.fromkeys(session.children.values()):
            self.esp.forget(child)
        strip(session)
