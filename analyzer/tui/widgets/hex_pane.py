"""The bytes of the chosen packet: the frame, and each buffer that was reassembled or decrypted."""

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

OFFSET = 6
"""Characters before the first byte: offset and two blanks."""
WIDE = 16
NARROW = 8


class HexPane(ScrollView, can_focus=True):
    """Sixteen bytes a row (eight where it is narrow), a cursor on one, and the range of the chosen field."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.BYTES)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"hex--offset", "hex--text", "hex--field", "hex--cursor"}
    DEFAULT_CSS = """
    HexPane {
        scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; background: $background;
        & > .hex--offset { color: $dsmip-dim; }
        & > .hex--text { color: $dsmip-label; }
        & > .hex--field { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .hex--cursor { text-style: reverse; }
        &:ansi > .hex--field { background: ansi_cyan; color: ansi_black; }
    }
    """

    @dataclass
    class Picked(Message):
        """The cursor is on another byte."""

        pane: HexPane
        buffer: int
        offset: int

    @dataclass
    class Turned(Message):
        """Another buffer is shown."""

        pane: HexPane
        buffer: int

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.buffers: Sequence[bytes] = (b"",)
        self.names: Sequence[str] = ("Frame",)
        self.buffer = 0
        self.cursor = 0
        self._base = Style.null()
        self._drawn: dict[str, Style] = {}
        self.marked = (0, 0)  # from, up to: the chosen field in this buffer

    def show(self, buffers: Sequence[bytes], names: Sequence[str]) -> None:
        """Another packet."""
        self.buffers, self.names = buffers, names
        self.buffer = self.cursor = 0
        self.marked = (0, 0)
        self._fit()
        self.scroll_to(y=0, animate=False)

    def mark(self, buffer: int, offset: int, size: int) -> None:
        """Highlights a field, and turns to the buffer that it is in."""
        if buffer >= len(self.buffers):
            return
        turned = buffer != self.buffer
        self.buffer = buffer
        self.marked = (offset, offset + size)
        self.cursor = min(offset, max(0, len(self.data) - 1))
        self._fit()
        self._show_rows(offset // self.step, max(offset, offset + size - 1) // self.step)
        if turned:
            self.post_message(self.Turned(self, buffer))

    def mark_only(self, offset: int, size: int) -> None:
        """Highlights a field; the cursor stays where it is."""
        self.marked = (offset, offset + size)
        self.refresh()

    @property
    def data(self) -> bytes:
        return self.buffers[self.buffer]

    @property
    def step(self) -> int:
        """Bytes in a row."""
        width = self.size.width
        return WIDE if width >= OFFSET + WIDE * 4 + 1 else NARROW if width >= OFFSET + NARROW * 4 else 4

    def _fit(self) -> None:
        rows = -(-len(self.data) // self.step)
        set_extent(self, Size(1, max(1, rows)))
        self.refresh()

    def on_resize(self) -> None:
        self._fit()
        self._show_rows(self.cursor // self.step, self.cursor // self.step)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self._base
        step = self.step
        start = (int(self.scroll_offset.y) + y) * step
        row = self.data[start : start + step]
        if not row:
            return Strip.blank(width, base)
        segments = [Segment(f"{start:04x}  "[:OFFSET], base + self._style("hex--offset"))]
        segments += self._cells(row, start, base, hexadecimal=True)
        room = " " * (3 * (step - len(row)) + (step > NARROW and len(row) <= NARROW) + 1)
        segments.append(Segment(room, base))
        segments += self._cells(row, start, base + self._style("hex--text"), hexadecimal=False)
        return Strip(segments).adjust_cell_length(width, base)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._drawn = {name: self.get_component_rich_style(name, partial=True) for name in self.COMPONENT_CLASSES}
        self._base = self.rich_style
        return super().render_lines(crop)

    def _style(self, name: str) -> Style:
        return self._drawn[name]

    def _cells(self, row: bytes, start: int, base: Style, *, hexadecimal: bool) -> list[Segment]:
        field, cursor = base + self._style("hex--field"), self._style("hex--cursor")
        low, high = self.marked
        cells = []
        for place, byte in enumerate(row):
            at = start + place
            style = field if low <= at < high else base
            own = style + cursor if at == self.cursor else style
            if not hexadecimal:
                cells.append(Segment(chr(byte) if 32 <= byte < 127 else "·", own))
                continue
            cells.append(Segment(f"{byte:02x}", own))
            gap = "  " if place == NARROW - 1 and self.step == WIDE else " "
            last = place == len(row) - 1 or at + 1 == high
            cells.append(Segment(gap, base if last else style))
        return cells

    # The cursor

    def _put(self, offset: int) -> None:
        offset = max(0, min(offset, len(self.data) - 1))
        if offset != self.cursor:
            self.cursor = offset
            self._show_rows(offset // self.step, offset // self.step)
            self.refresh()
            self.post_message(self.Picked(self, self.buffer, offset))

    def _show_rows(self, first: int, last: int) -> None:
        room = max(1, self.scrollable_content_region.height)
        top = int(self.scroll_offset.y)
        if last >= top + room:
            top = last - room + 1
        top = min(top, first)
        if top != int(self.scroll_offset.y):
            self.scroll_to(y=top, animate=False)
        self.refresh()

    def action_byte(self, by: int) -> None:
        self._put(self.cursor + by)

    def action_row(self, by: int) -> None:
        target = self.cursor + by * self.step
        if 0 <= target < len(self.data):
            self._put(target)

    def action_page(self, by: int) -> None:
        self._put(self.cursor + by * self.step * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, which: int) -> None:
        self._put(0 if which < 0 else len(self.data) - 1)

    def turn(self, by: int) -> None:
        """To the next or previous buffer."""
        self.buffer = (self.buffer + by) % len(self.buffers)
        self.cursor, self.marked = 0, (0, 0)
        self._fit()
        self.scroll_to(y=0, animate=False)
        self.post_message(self.Turned(self, self.buffer))

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        at = self._byte_at(place.x, place.y) if place else None
        if at is not None:
            event.stop()
            self._put(at)

    def _byte_at(self, x: int, y: int) -> int | None:
        """The byte at a place of the widget, in its hex or its text part."""
        start, step = (int(self.scroll_offset.y) + y) * self.step, self.step
        left = x - OFFSET
        text_from = 3 * step + (step == WIDE) + 1
        place = (left - (step == WIDE and left > 3 * NARROW)) // 3
        if left >= text_from:
            place = left - text_from
        at = start + place
        return at if 0 <= place < step and at < len(self.data) else None
