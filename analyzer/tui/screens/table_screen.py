"""What screens with a table have in common: words that rows must hold, order, catching up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType

from analyzer.tui.keys import Scope, bindings
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.tables import Table, words_of
from analyzer.tui.widgets.needle_bar import NeedleBar
from analyzer.tui.widgets.table_list import TableList

AGAIN = 0.015
"""Seconds between two slices of arranging: keys come in between."""


class TableScreen(AnalyzerScreen):
    """A table with a needle bar. ``table`` and ``rows`` (its widget) are made in ``body``."""

    SCOPES = frozenset({Scope.APP, Scope.TABLE})
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TABLE)]
    AUTO_FOCUS = "TableList"

    table: Table[Any]
    rows: TableList
    bar: NeedleBar
    _timed = False

    @property
    def version(self) -> int:
        """Which state the rows are in."""
        follow = self.analyzer.follow
        return hash((follow.model.reached, follow.fails, follow.model.complete))

    def renew(self) -> None:
        self.table.renew()
        self.catch_up()

    def catch_up(self) -> None:
        self.rows.catch_up(self.version)
        self._say()
        if self.table.pending and not self._timed:
            self._timed = True
            self.set_timer(AGAIN, self._again)

    def _again(self) -> None:
        self._timed = False
        if self.is_attached:
            self.catch_up()

    def _say(self) -> None:
        if self.table.wish.words:
            self.bar.say(f"{self.table.chosen:,} of {self.table.total:,}" + (" …" if self.table.pending else ""))
        else:
            self.bar.say("")

    def _ask(self, **wishes: Any) -> None:
        self.table.ask(replace(self.table.wish, **wishes))
        self.catch_up()

    # The words

    def action_filter(self) -> None:
        self.bar.open()

    def on_needle_bar_typed(self, event: NeedleBar.Typed) -> None:
        self._ask(words=words_of(event.text))

    def on_needle_bar_left(self) -> None:
        self.rows.focus()

    def action_back(self) -> None:
        if self.bar.has_class("-shown"):
            self.bar.leave()
        else:
            self.leave()

    def leave(self) -> None:
        """Escape where nothing is filtered."""
        self.rows.focus()

    # The order

    def action_sort(self, by: int) -> None:
        columns = len(self.table.columns)
        sort = self.table.wish.sort
        now = (0 if by > 0 else columns - 1) if sort is None else sort + by
        self._ask(sort=now if 0 <= now < columns else None, reverse=False)

    def action_turn_order(self) -> None:
        self._ask(reverse=not self.table.wish.reverse)

    def on_table_list_sorted(self, event: TableList.Sorted) -> None:
        if self.table.wish.sort == event.column:
            self.action_turn_order()
        else:
            self._ask(sort=event.column, reverse=False)

    def copies(self) -> dict[str, str]:
        row = self.rows.row
        if row is None:
            return {}
        made = self.table.row(row)
        cells = [column.text(made) for column in self.table.columns]
        return {"row": "\t".join(cells)}
