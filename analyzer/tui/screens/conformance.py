"""Requirement by session: what was put to the test, what was met, what was violated."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from analyzer.reports.matrix import Coverage
from analyzer.tui.conformance import SHOWN, Conformance
from analyzer.tui.keys import Scope, keys_of
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.matrix_grid import MatrixGrid
from analyzer.tui.widgets.needle_bar import NeedleBar
from dissectors.inert import inert
from rules.model import Finding

AGAIN = 0.015
OF_GRID = ("column", "column_page")


class ConformanceScreen(AnalyzerScreen):
    """Enter goes to the frame that decided the cell under the cursor."""

    SCOPES = frozenset({Scope.APP, Scope.MATRIX})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, key.action, key.label, show=False)
        for key in keys_of(Scope.MATRIX)
        if not key.action.startswith(OF_GRID)
    ]
    AUTO_FOCUS = "MatrixGrid"
    DEFAULT_CSS = """
    ConformanceScreen {
        & #coverage { height: 1; padding: 0 1; color: $dsmip-dim; }
        & #cell { height: auto; max-height: 5; border-top: solid $panel; padding: 0 1; }
        &.-low #cell, &.-tiny #coverage { display: none; }
    }
    """
    _timed = False

    def body(self) -> ComposeResult:
        self.matrix = Conformance(self.analyzer.follow)
        self.grid = MatrixGrid(self.matrix, id="matrix")
        self.bar = NeedleBar()
        yield self.bar
        yield Static("", id="coverage", markup=False)
        yield self.grid
        yield Static("", id="cell", markup=False)

    def on_resize(self) -> None:
        self.set_class(self.size.height < 14, "-low")
        self.set_class(self.size.height < 8, "-tiny")

    def on_screen_resume(self) -> None:
        self.catch_up()
        chosen = self.analyzer.chosen.of(self.analyzer)
        if chosen:
            self.grid.place_session(chosen)

    def renew(self) -> None:
        self.matrix.renew(self.analyzer.follow)
        self.catch_up()

    def catch_up(self) -> None:
        before = self.grid.row
        if self.matrix.catch_up():
            self._keep(before)
        self.grid.catch_up()
        self._say()
        if self.matrix.pending and not self._timed:
            self._timed = True
            self.set_timer(AGAIN, self._again)

    def _again(self) -> None:
        self._timed = False
        if self.is_attached:
            self.catch_up()

    def _keep(self, before: object) -> None:
        """The cursor stays on its requirement."""
        chosen = self.matrix.chosen
        self.grid.count = len(chosen)
        self.grid.fit()
        place = next((n for n, row in enumerate(chosen) if row is before), None)
        if place is not None:
            self.grid.place(place, tell=False)

    def _say(self) -> None:
        results = self.analyzer.follow.results
        self.grid.waived = frozenset(results.waivers) if results else frozenset()
        count = self.matrix.coverage()
        exercised = count[Coverage.EXERCISED] + count[Coverage.VIOLATED]
        words = [
            f"{exercised} of {len(self.matrix.rows)} requirements exercised",
            f"{count[Coverage.VIOLATED]} violated",
            f"{count[Coverage.NOT_EXERCISED]} not exercised",
            f"{count[Coverage.NOT_OBSERVABLE]} not observable",
        ]
        words += [f"{count[Coverage.OPEN]} not judged yet"] if count[Coverage.OPEN] else []
        shown = f"only {self.matrix.shown.value}: {len(self.matrix.chosen)}  |  " if self.matrix.shown else ""
        busy = "  (counting)" if self.matrix.pending else ""
        said = shown + ", ".join(words) + busy
        if len(said) > self.size.width - 2:
            said = said.replace(" requirements exercised", " exercised")
        self.query_one("#coverage", Static).update(Text(said, no_wrap=True, overflow="ellipsis"))
        self.query_one("#cell", Static).update(Text(self._cell()))
        if self.matrix.words:
            self.bar.say(f"{len(self.matrix.chosen)} of {len(self.matrix.rows)}")

    def _cell(self) -> str:
        """What the cell under the cursor says."""
        row, session = self.grid.row, self.grid.session
        if row is None:
            return "No requirement is shown"
        verdict = self.matrix.verdict(session, row.rule)
        frame, finding = self.matrix.evidence(session, row.rule)
        where = f", frame {frame}" if frame else ""
        said = f" {_reason(finding)}" if finding is not None else ""
        word = verdict.value if verdict else row.coverage.value
        return f"{row.rule} in session {session}: {word}{where}.{said} {row.requirement.requirement}"

    @on(Lines.Moved)
    def _moved(self) -> None:
        self._say()

    def on_matrix_grid_sideways(self, event: MatrixGrid.Sideways) -> None:
        self.analyzer.chosen.put(event.session, self.analyzer.frame)
        self._say()

    @on(Lines.Chosen)
    async def _go(self) -> None:
        row = self.grid.row
        frame = self.matrix.evidence(self.grid.session, row.rule)[0] if row else 0
        if frame:
            await self.analyzer.show_frame(frame)
        else:
            self.notify("No frame decides that", markup=False, timeout=3)

    def next_violation(self, by: int) -> bool:
        """The next failed cell: further sessions of the requirement, then the next requirement that failed."""
        chosen, at = self.matrix.chosen, self.grid.cursor
        row = self.grid.row
        beside = [s for s in (row.failed_in if row else []) if (s - self.grid.session) * by > 0]
        if beside:
            self.grid.place_session(min(beside) if by > 0 else max(beside))
            return True
        at += by
        while 0 <= at < len(chosen) and not chosen[at].failed_in:
            at += by
        if not 0 <= at < len(chosen):
            return False
        self.grid.place(at)
        self.grid.place_session(chosen[at].failed_in[0 if by > 0 else -1])
        return True

    def action_coverage(self) -> None:
        now = SHOWN.index(self.matrix.shown)
        before = self.grid.row
        self.matrix.choose(SHOWN[(now + 1) % len(SHOWN)], self.matrix.words)
        self._keep(before)
        self.grid.catch_up()
        self._say()

    # The words

    def action_filter(self) -> None:
        self.bar.open()

    def on_needle_bar_typed(self, event: NeedleBar.Typed) -> None:
        before = self.grid.row
        self.matrix.search(event.text)
        self._keep(before)
        self.grid.catch_up()
        self._say()

    def on_needle_bar_left(self) -> None:
        self.grid.focus()

    def action_back(self) -> None:
        if self.bar.has_class("-shown"):
            self.bar.leave()
        elif self.matrix.shown is not None:
            self.matrix.choose(None, self.matrix.words)
            self.grid.catch_up()
            self._say()

    def copies(self) -> dict[str, str]:
        return {"cell": self._cell()}


def _reason(finding: Finding) -> str:
    if finding.expected:
        return inert(f"Expected {finding.expected}; observed {finding.observed}.")
    return inert(f"{finding.reason or finding.observed}.")
