"""One session: states against time, security associations, bindings, flows, tunnels, findings."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from analyzer.tui.keys import Scope, bindings
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.session_notes import session_notes
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.notes import Note, Notes


class SessionScreen(AnalyzerScreen):
    """Enter goes to the frame that a line speaks of."""

    SCOPES = frozenset({Scope.APP, Scope.SESSION})
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.SESSION)]
    AUTO_FOCUS = "Notes"

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self._shown: tuple[object, ...] = ()

    def body(self) -> ComposeResult:
        self.notes = Notes(id="session")
        yield self.notes

    def on_screen_resume(self) -> None:
        self._show(self.analyzer.chosen.of(self.analyzer))

    def renew(self) -> None:
        self._shown = ()

    def catch_up(self) -> None:
        self._show(self.number or self.analyzer.chosen.of(self.analyzer))

    def _show(self, number: int) -> None:
        """The notes of a session, unless they stand there already."""
        follow = self.analyzer.follow
        run = follow.run
        if run is None or not 1 <= number <= follow.sessions:
            self.notes.show([Note("", "No session so far", tone="dim")])
            return
        session = run.world.sessions[number - 1]
        fails = len(follow.model.marks.by_session.get(number, ()))
        beat = follow.beat if follow.debts_of(number) else 0  # a deadline that runs is another one each time
        wanted = (number, session.last_frame, fails, follow.model.complete, beat)
        if wanted == self._shown:
            return
        keep, self._shown, self.number = number == self.number, wanted, number
        self.notes.show(session_notes(follow, session), keep=keep)

    def action_session(self, by: int) -> None:
        """The next or previous session."""
        number = self.number + by
        if 1 <= number <= self.analyzer.follow.sessions:
            self._show(number)
            self.analyzer.chosen.put(number, self.analyzer.frame)

    def action_back(self) -> None:
        self.analyzer.action_show_screen("sessions")

    async def on_lines_chosen(self, event: Lines.Chosen) -> None:
        if self.notes.frame:
            await self.analyzer.show_frame(self.notes.frame)

    def next_violation(self, by: int) -> bool:
        lines = self.notes.failures()
        place = next((n for n in (lines if by > 0 else lines[::-1]) if (n - self.notes.cursor) * by > 0), None)
        if place is None:
            return False
        self.notes.place(place)
        return True

    def copies(self) -> dict[str, str]:
        return {"session": self.notes.text}
