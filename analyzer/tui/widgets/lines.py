"""A list of any length: lines are made when they come into view (Textual's line API).

Columns, trees and tables derive from it and say how many lines there are and what stands in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from analyzer.tui.keys import Scope, bindings
from analyzer.tui.widgets.extent import set_extent

Piece = tuple[str, str]
"""Text, and the name of the style it has in this widget ("" for the line's own)."""


class Lines(ScrollView, can_focus=True):
    """Shows ``count`` lines with a cursor on one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.LINES)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--cursor", "lines--head", "lines--dim"}
    DEFAULT_CSS = """
    Lines {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; overflow-x: hidden; overflow-y: scroll;
        background: $background;
        & > .lines--cursor { background: $panel; text-style: bold; }
        &:focus > .lines--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .lines--head { color: $dsmip-dim; background: $panel; text-style: bold; }
        & > .lines--dim { color: $dsmip-dim; }
        &:ansi > .lines--cursor { background: ansi_default; text-style: bold underline; }
        &:ansi > .lines--head { background: ansi_default; color: ansi_default; text-style: bold underline; }
        &:ansi:focus > .lines--cursor { background: ansi_cyan; color: ansi_black; text-style: bold; }
    }
    """
    GROWS = False
    """Whether lines are added all the while: the screen is then not laid out anew for each."""
    HEAD = 0
    """Lines at the top that do not scroll: 0 or 1."""

    @dataclass
    class Moved(Message):
        """The cursor is on another line."""

        lines: Lines
        line: int

        @property
        def control(self) -> Lines:
            return self.lines

    @dataclass
    class Chosen(Message):
        """Enter, or a second click, on a line."""

        lines: Lines
        line: int

        @property
        def control(self) -> Lines:
            return self.lines

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.cursor = 0
        self.count = 0
        self._base = Style.null()
        self._styles_drawn: dict[str, Style] = {}
        self.columns = 0  # the widest line, where lines scroll sideways

    # What a list has to say

    def pieces(self, line: int) -> Sequence[Piece]:
        """What stands in a line."""
        raise NotImplementedError

    def head(self) -> Sequence[Piece]:
        """What stands in the head, where there is one."""
        return ()

    def line_style(self, line: int) -> str:
        """The component class of a whole line, "" for the usual."""
        return ""

    # Drawing

    def style(self, name: str) -> Style:
        """A component's own part of a style; looked up once for each time the list is drawn."""
        known = self._styles_drawn.get(name)
        if known is None:
            known = self.get_component_rich_style(name, partial=True) if name else Style.null()
            self._styles_drawn[name] = known
        return known

    def render_lines(self, crop: Region) -> list[Strip]:
        give_way = getattr(self.app, "give_way", None)
        if give_way is not None:
            give_way()
        self._styles_drawn.clear()
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < self.HEAD:
            base = self._base + self.style("lines--head")
            return self._strip(self.head(), base, width, keep=True)
        line = int(self.scroll_offset.y) + y - self.HEAD
        if line >= self.count:
            return Strip.blank(width, self._base)
        at_cursor = line == self.cursor
        base = self._base + self.style(self.line_style(line))
        if at_cursor:
            base += self.style("lines--cursor")
        return self._strip(self.pieces(line), base, width, keep=at_cursor and self.has_focus)

    def _strip(self, pieces: Sequence[Piece], base: Style, width: int, *, keep: bool) -> Strip:
        """``keep`` gives all pieces the base's colours: a coloured word on a cursor cannot be read."""
        segments = []
        for text, name in pieces:
            style = base
            if name:
                own = self.style(name)
                style = base + (Style(bold=own.bold, underline=own.underline, reverse=own.reverse) if keep else own)
            segments.append(Segment(text, style))
        left = int(self.scroll_offset.x)
        return Strip(segments).crop_extend(left, left + width, base)

    def fit(self) -> None:
        """The number of lines, or their width, may have changed."""
        size = Size(max(self.columns, 1), self.count + self.HEAD)
        if self.GROWS:
            set_extent(self, size)
        elif size != self.virtual_size:
            self.virtual_size = size
        self.cursor = max(0, min(self.cursor, self.count - 1))

    # The cursor

    @property
    def room(self) -> int:
        """Lines in view."""
        return max(1, self.scrollable_content_region.height - self.HEAD)

    def place(self, line: int, *, tell: bool = True) -> None:
        """Puts the cursor on a line and that line into view."""
        line = max(0, min(line, self.count - 1))
        moved = line != self.cursor
        old, self.cursor = self.cursor, line
        self.show_cursor()
        if moved:
            if tell:
                self.tell_moved(line)
            self.refresh_row(old)
            self.refresh_row(line)

    def tell_moved(self, line: int) -> None:
        """Lets those above know that the cursor is on another line."""
        self.post_message(self.Moved(self, line))

    def show_cursor(self) -> None:
        """Scrolls as little as needed; a far jump puts the cursor in the middle."""
        top, room = int(self.scroll_offset.y), self.room
        line = self.cursor
        if line < top:
            target = line if top - line < room else line - room // 2
        elif line >= top + room:
            target = line - room + 1 if line - top - room < room else line - room // 2
        else:
            return
        self.scroll_to(y=max(0, target), animate=False)

    def refresh_row(self, line: int) -> None:
        y = line - int(self.scroll_offset.y) + self.HEAD
        if self.HEAD <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def action_move(self, by: int) -> None:
        self.place(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.place(self.cursor + by * max(1, self.room - 1))

    def action_half(self, by: int) -> None:
        self.place(self.cursor + by * max(1, self.room // 2))

    def action_first(self) -> None:
        self.place(0)

    def action_last(self) -> None:
        self.place(self.count - 1)

    def action_sideways(self, by: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + by, animate=False, force=True)

    def action_choose(self) -> None:
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        line = self.line_at(place.y) if place else None
        if line is not None:
            again = line == self.cursor and event.chain > 1
            self.place(line)
            if again:
                self.action_choose()

    def line_at(self, y: int) -> int | None:
        """The line at a row of the widget."""
        line = int(self.scroll_offset.y) + y - self.HEAD
        return line if y >= self.HEAD and 0 <= line < self.count else None

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_cursor)
