"""A table of any length: columns with a head that sorts, groups that fold, rows made when they come into view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from analyzer.tui.tables import Column, Group, Table
from analyzer.tui.widgets.columns import fitted
from analyzer.tui.widgets.lines import Lines, Piece

GAP = 1
ROOMY = 100
"""Columns of the screen from which nothing makes way."""


class TableList(Lines):
    """Draws a :class:`Table`."""

    HEAD = 1
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--error",
        "table--warning",
        "table--note",
        "table--good",
        "table--dim",
        "table--name",
        "table--group",
    }
    DEFAULT_CSS = """
    TableList {
        & > .table--error { color: $error; text-style: bold; }
        & > .table--warning { color: $warning; text-style: bold; }
        & > .table--note { color: $accent; }
        & > .table--good { color: $success; }
        & > .table--dim { color: $dsmip-dim; }
        & > .table--name { color: $dsmip-label; }
        & > .table--group { color: $dsmip-label; text-style: bold; }
    }
    """

    @dataclass
    class Sorted(Message):
        """The head of a column was clicked."""

        column: int

    def __init__(self, table: Table[Any], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.table = table
        self._widths = [cell_len(column.head) + 2 * (not column.right) for column in table.columns]
        self._places: list[tuple[int, int, int]] = []  # number, first and last place of each column shown

    @property
    def row(self) -> int | None:
        """The row under the cursor, by its number in the source; ``None`` on the head of a group."""
        line = self.table.lines[self.cursor] if self.cursor < len(self.table.lines) else None
        return line if isinstance(line, int) else None

    @property
    def group(self) -> str:
        """The group under the cursor."""
        line = self.table.lines[self.cursor] if self.cursor < len(self.table.lines) else None
        return line.name if isinstance(line, Group) else ""

    def catch_up(self, version: int = 0) -> None:
        """Goes on arranging; the cursor stays on its row where that is still shown."""
        row, first = self.row, not self.count
        if self.table.catch_up(version) and row is not None and not first:
            place = self.table.line_of(row)
            if place is not None and place != self.cursor:
                self.count = len(self.table)
                self.fit()
                self.place(place, tell=False)
        self.count = len(self.table)
        self.fit()
        self.refresh()

    def go_to_row(self, row: int) -> bool:
        """Puts the cursor on a row; false where it is not shown."""
        place = self.table.line_of(row)
        if place is None:
            return False
        self.count = len(self.table)
        self.fit()
        self.place(place, tell=False)
        self.refresh()
        return True

    def go_to_group(self, name: str) -> None:
        """Puts the cursor on the head of a group."""
        for place, line in enumerate(self.table.lines):
            if isinstance(line, Group) and line.name == name:
                self.place(place, tell=False)
                return

    # Drawing

    def head(self) -> Sequence[Piece]:
        wish, parts, at = self.table.wish, [], 0
        self._places = []
        for number, column in self._shown():
            width = self._widths[number]
            sign = ("▼" if wish.reverse else "▲") if wish.sort == number else ""
            text = column.head + sign
            shown = text.rjust(width) if column.right else fitted(text, width)
            parts.append(shown + " " * GAP)
            self._places.append((number, at, at + width))
            at += width + GAP
        self.columns = max(at, self.size.width)
        return [("".join(parts), "")]

    def _shown(self) -> list[tuple[int, Column[Any]]]:
        """The columns with their numbers; one by which the rows are sorted never makes way."""
        roomy, sort = self.size.width >= ROOMY, self.table.wish.sort
        return [(n, column) for n, column in enumerate(self.table.columns) if roomy or not column.spare or n == sort]

    def render_line(self, y: int) -> Strip:
        """The head says by an arrow that there is more at a side."""
        strip = super().render_line(y)
        if y:
            return strip
        left, room = int(self.scroll_offset.x), self.scrollable_content_region.width or self.size.width
        style = self._base + self.style("lines--head")
        if left:
            strip = Strip.join([Strip([Segment("‹", style)]), strip.crop(1)])
        if self.columns - GAP > left + room:
            strip = Strip.join([strip.crop(0, room - 1), Strip([Segment("›", style)]), strip.crop(room)])
        return strip

    def pieces(self, line: int) -> Sequence[Piece]:
        entry = self.table.lines[line]
        if isinstance(entry, Group):
            arrow = "▸" if entry.folded else "▾"
            return [(f"{arrow} {entry.name}  ", "table--group"), (f"{entry.count:,}", "table--dim")]
        row = self.table.row(entry)
        parts: list[Piece] = []
        last = len(self._widths) - 1
        for number, column in self._shown():
            text, tone = column.text(row), column.tone(row)
            width = self._width(number, text)
            shown = text.rjust(width) if column.right and cell_len(text) <= width else fitted(text, width)
            if number == last:
                shown = text
            parts.append((shown, f"table--{tone}" if tone else ""))
            parts.append((" " * GAP, ""))
        return parts

    def _width(self, number: int, text: str) -> int:
        """Columns grow with what comes into view, up to a bound, and never shrink, so that they do not jump."""
        size = min(cell_len(text), self.table.columns[number].most)
        if size > self._widths[number]:
            self._widths[number] = size
            self.call_after_refresh(self._grown)
        return self._widths[number]

    def _grown(self) -> None:
        self.head()
        self.fit()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        if event.y >= self.HEAD:
            super().on_click(event)
            return
        x = event.x + int(self.scroll_offset.x)
        for number, low, high in self._places:
            if low <= x < high:
                self.post_message(self.Sorted(number))
