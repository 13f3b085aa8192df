"""The ladder of a session: who sent what to whom, which states it led to, what was wrong with it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from analyzer.tui.keys import Scope, bindings
from analyzer.tui.ladder.ladder import Ladder
from analyzer.tui.ladder.rung import Kind
from analyzer.tui.owed import owed_words
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.screens.compare import CompareScreen
from analyzer.tui.spool import GoneError
from analyzer.tui.widgets.ladder_list import LadderList
from analyzer.tui.widgets.lines import Lines
from dissectors.inert import inert
from rules.machines.reached import Reached

AGAIN = 0.3


class LadderScreen(AnalyzerScreen):
    """The rungs, and the whole words of the one under the cursor below."""

    SCOPES = frozenset({Scope.APP, Scope.SESSION, Scope.LADDER})
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.SESSION, Scope.LADDER)]
    AUTO_FOCUS = "LadderList"
    DEFAULT_CSS = """
    LadderScreen {
        & #ladder-title { height: 1; color: $dsmip-dim; padding: 0 1; }
        & #ladder-words { height: auto; max-height: 4; border-top: solid $panel; padding: 0 1; }
        &.-low #ladder-words, &.-tiny #ladder-title { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.number = 0  # of the session shown
        self._frame = 0  # the frame that was gone to last
        self._timed = False

    def body(self) -> ComposeResult:
        self.lines = LadderList(id="ladder")
        yield Static("", id="ladder-title", markup=False)
        yield self.lines
        yield Static("", id="ladder-words", markup=False)

    @property
    def ladder(self) -> Ladder | None:
        return self.lines.ladder

    def on_resize(self) -> None:
        self.set_class(self.size.height < 12, "-low")
        self.set_class(self.size.height < 8, "-tiny")

    def on_screen_resume(self) -> None:
        self._open(self.analyzer.chosen.of(self.analyzer))
        self.catch_up()
        self._go_to_frame()

    def renew(self) -> None:
        number, self.number = self.number, 0
        line = self.lines.cursor
        self.lines.forget()
        self.query_one("#ladder-words", Static).update("")
        if number <= self.analyzer.follow.sessions:
            self._open(number)
            self.lines.place(line, tell=False)

    def catch_up(self) -> None:
        if not self.number:
            self._open(self.analyzer.chosen.of(self.analyzer))
        ladder = self.ladder
        if ladder is None:
            self.query_one("#ladder-title", Static).update("No session so far")
            return
        before = self.lines.rung
        if ladder.catch_up():
            self.lines.keep(before)
        self._say()
        if ladder.pending and not self._timed:
            self._timed = True
            self.set_timer(AGAIN, self._again)

    def _again(self) -> None:
        self._timed = False
        if self.is_attached:
            self.catch_up()

    def _open(self, number: int) -> None:
        """Shows the ladder of a session."""
        run = self.analyzer.follow.run
        if run is None or not number or number == self.number:
            return
        self.number = number
        session = run.world.sessions[number - 1]
        ladder = Ladder(self.analyzer.model, session, self._reached)
        ladder.shows_data = self.analyzer.shows_data
        ladder.catch_up(at_once=True)
        self.lines.cursor = 0
        self.lines.show(ladder)
        self.lines.scroll_to(y=0, animate=False)
        self._say()

    def _reached(self) -> list[Reached]:
        run = self.analyzer.follow.run
        engine = run.engine if run else None
        machines = engine.machines_of(self.number) if engine else None
        return list(machines.reached) if machines else []

    def _go_to_frame(self) -> None:
        """The frame that was chosen elsewhere, if it is one of this session."""
        frame = self.analyzer.frame
        if self.ladder is None or frame == self._frame:
            return
        owner = self.analyzer.model.session_of(frame)
        if owner != self.number and (owner or not self.ladder.holds(frame)):
            return
        self._frame = frame
        self.lines.place(self.ladder.place(frame), tell=False)
        self._say()

    def _say(self) -> None:
        ladder, rung = self.ladder, self.lines.rung
        if ladder is None:
            return
        session = ladder.session
        fails = len(ladder.findings)
        who = inert(session.identity) if session.identity else "identity not seen"
        title = f"Session {session.number} of {self.analyzer.follow.sessions}"
        title += f"  ✖ {fails} fail{'s' * (fails != 1)}" if fails else ""
        title += owed_words(self.analyzer.follow, session.number)
        if self.lines.marked:
            title += f"  marked: frame {self.lines.marked}"
        title += f"  {who}"  # last, as it may be of any length
        self.query_one("#ladder-title", Static).update(Text(title, no_wrap=True, overflow="ellipsis"))
        self.query_one("#ladder-words", Static).update(Text(ladder.words(rung) if rung else ""))

    # Moving

    def on_lines_moved(self, event: Lines.Moved) -> None:
        rung = self.lines.rung
        if rung is not None and rung.kind in (Kind.MESSAGE, Kind.TUNNEL, Kind.PCO):
            self.analyzer.frame = self._frame = rung.frame
            self.analyzer.chosen.put(self.number, rung.frame)
        self._say()

    async def on_lines_chosen(self, event: Lines.Chosen) -> None:
        rung = self.lines.rung
        if rung is not None and rung.frame:
            self._frame = rung.frame
            await self.analyzer.show_frame(rung.frame)

    def next_violation(self, by: int) -> bool:
        place = self.ladder.next_violation(self.lines.cursor, by) if self.ladder else None
        if place is None:
            return False
        self.lines.place(place)
        return True

    def action_session(self, by: int) -> None:
        """The next or previous session."""
        number = self.number + by
        if 1 <= number <= self.analyzer.follow.sessions:
            self._open(number)
            self.analyzer.chosen.put(number, self.analyzer.frame)

    def action_back(self) -> None:
        if self.lines.marked:
            self.lines.marked = 0
            self.lines.refresh()
            self._say()
        else:
            self.analyzer.action_show_screen("sessions")

    # Folding

    def action_fold(self) -> None:
        rung = self.lines.rung
        if self.ladder is None or rung is None:
            return
        if rung.parts or rung.kind in (Kind.DATA, Kind.MESSAGE, Kind.TUNNEL):
            frame = rung.sum.first if rung.sum is not None else rung.frame
            self.ladder.folding.turn(frame)
            self._fold(frame)

    def action_fold_all(self) -> None:
        rung = self.lines.rung
        if self.ladder is not None and rung is not None:
            self.ladder.folding.turn_all()
            self._fold(rung.frame)

    def action_user_data(self) -> None:
        """Arrows of user data, or signalling alone."""
        self.analyzer.shows_data = not self.analyzer.shows_data
        rung = self.lines.rung
        if self.ladder is not None and rung is not None:
            self.ladder.shows_data = self.analyzer.shows_data
            self._fold(rung.frame)

    def _fold(self, frame: int) -> None:
        ladder = self.ladder
        assert ladder is not None
        ladder.catch_up(at_once=True)
        self.lines.keep(None)
        self.lines.place(ladder.place(frame), tell=False)
        self._say()

    # Comparing

    def action_mark(self) -> None:
        rung = self.lines.message
        if rung is None:
            return
        self.lines.marked = 0 if self.lines.marked == rung.frame else rung.frame
        self.lines.refresh()
        self._say()

    def action_compare(self) -> None:
        rung, marked = self.lines.message, self.lines.marked
        if not marked or rung is None or rung.frame == marked:
            self.notify("Mark a message with m, go to another, then press d", markup=False, timeout=4)
            return
        model = self.analyzer.model
        try:
            self.app.push_screen(CompareScreen(model, marked, rung.frame))
        except GoneError as gone:
            self.notify(str(gone), severity="error", markup=False)

    def copies(self) -> dict[str, str]:
        rung, ladder = self.lines.rung, self.ladder
        if rung is None or ladder is None:
            return {}
        from analyzer.tui.ladder.text import text_lines

        return {"message": ladder.words(rung), "ladder": "\n".join(text_lines(ladder))}
