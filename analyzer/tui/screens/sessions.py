"""The sessions: a row for each UE and PDN connection."""

from __future__ import annotations

from textual.app import ComposeResult

from analyzer.tui.screens.table_screen import TableScreen
from analyzer.tui.session_rows import COLUMNS, SessionRows
from analyzer.tui.tables import Table
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.needle_bar import NeedleBar
from analyzer.tui.widgets.table_list import TableList


class SessionsScreen(TableScreen):
    """Enter opens the session under the cursor."""

    def body(self) -> ComposeResult:
        self.made = SessionRows(self.analyzer.follow)
        self.table = Table(COLUMNS, self.made.__len__, self.made.row)
        self.rows = TableList(self.table, id="sessions")
        self.bar = NeedleBar()
        self._shown = 0
        yield self.bar
        yield self.rows

    def renew(self) -> None:
        self.made.renew(self.analyzer.follow)
        super().renew()

    def on_screen_resume(self) -> None:
        self.catch_up()
        chosen = self.analyzer.chosen.of(self.analyzer)
        if chosen and chosen != self._shown and self.rows.go_to_row(chosen - 1):
            self._shown = chosen

    def on_lines_moved(self, event: Lines.Moved) -> None:
        self._choose()

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        if self._choose():
            self.analyzer.action_show_screen("session")

    def _choose(self) -> bool:
        row = self.rows.row
        if row is None:
            return False
        self._shown = row + 1
        self.analyzer.chosen.put(row + 1, self.analyzer.frame)
        return True
