"""What may be typed next in the filter bar, as a list that hangs below it: fields, operators, values with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from dissectors.inert import inert

if TYPE_CHECKING:
    from analyzer.filters import Suggestion

MOST_ROWS = 8
LOW = 12
"""Lines of a terminal below which the list would hide what is filtered."""
NONE = -1


def choices_of(text: str, cursor: int) -> list[Suggestion]:
    """What may stand at the cursor; nothing before the first letter, nor where all that may stand there does so."""
    from analyzer.filters import complete

    if not text.strip():
        return []
    found = complete(text, cursor)
    return [] if all(text[one.start : one.end] == one.text for one in found) else found


class FilterChoices(Widget):
    """The list. ``row`` is the chosen one, ``NONE`` as long as nobody went down into it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choices--here", "choices--about"}
    DEFAULT_CSS = """
    FilterChoices { overlay: screen; position: absolute; constrain: inside none; display: none; background: $panel;
            color: $foreground; max-width: 100%;
        & > .choices--about { color: $dsmip-dim; }
        & > .choices--here { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
        &:ansi > .choices--here { text-style: bold reverse; }
    }
    """

    @dataclass
    class Clicked(Message):
        """A row was clicked."""

        choice: Suggestion

    def __init__(self) -> None:
        super().__init__()
        self.row = NONE
        self._all: Sequence[Suggestion] = ()
        self._top = 0

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose from on the screen."""
        return bool(self._all)

    @property
    def chosen(self) -> Suggestion | None:
        """The row that was gone to."""
        return self._all[self.row] if self.row != NONE else None

    @property
    def likeliest(self) -> Suggestion | None:
        """The row that was gone to, or the first."""
        return self.chosen or (self._all[0] if self._all else None)

    def show(self, choices: Sequence[Suggestion]) -> None:
        """Another list; nobody has gone into it yet."""
        self._all = choices if self.screen.size.height >= LOW else ()
        self.row, self._top = NONE, 0
        self.display = bool(self._all)
        if self._all:
            widest = max(cell_len(one.text) + cell_len(one.about) for one in self._all)
            self.styles.width = min(widest + 4, max(20, self.screen.size.width - 2))
            self.styles.height = min(MOST_ROWS, len(self._all))
            # Under the word that is typed: its sign "/" and that of a row, "▸", take two columns each.
            self.styles.offset = self._all[0].start, 1
            self.refresh()

    def hide(self) -> None:
        self.show(())

    def go(self, by: int) -> None:
        """Down into the list or up again, out of it above the first row."""
        self.row = max(NONE, min(len(self._all) - 1, self.row + by))
        rows = min(MOST_ROWS, len(self._all))
        self._top = max(0, min(max(self._top, self.row - rows + 1), max(self.row, 0)))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, place = self.size.width, self._top + y
        if place >= len(self._all):
            return Strip.blank(width, self.rich_style)
        one, here = self._all[place], place == self.row
        base = (
            self.rich_style + self.get_component_rich_style("choices--here", partial=True) if here else self.rich_style
        )
        about = base if here else base + self.get_component_rich_style("choices--about", partial=True)
        names = max(cell_len(each.text) for each in self._all)
        text = set_cell_size(inert(one.text), min(names, width - 3))
        told = f" {'▸' if here else ' '}{text}", f"  {inert(one.about)}"
        return Strip([Segment(told[0], base), Segment(told[1], about)]).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = self._top + event.y
        if place < len(self._all):
            self.post_message(self.Clicked(self._all[place]))
