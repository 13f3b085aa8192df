"""Small questions: which frame, copy what, really quit, which keys."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from analyzer.tui.keys import Scope, keys_of
from dissectors.inert import inert

NARROW = 40
"""Columns below which choices are not explained."""
BOX = """
    align: center middle;
    & > Vertical { width: auto; max-width: 90%; height: auto; max-height: 100%; background: $surface; padding: 0 1;
        border: round $dsmip-key; border-title-color: $dsmip-key; border-title-style: bold; }
"""


class GoToScreen(ModalScreen[int | None]):
    """Asks for the number of a frame."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave", show=False)]
    DEFAULT_CSS = f"GoToScreen {{ {BOX} & Input {{ border: none; height: 1; width: 34; padding: 0; }} }}"

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = f"Go to frame, 1 to {self._last:,}"
            yield Input(type="integer", placeholder="number", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            number = int(event.value)
        except ValueError:
            self.dismiss(None)
            return
        self.dismiss(max(1, min(number, self._last)))


class ChoiceScreen(ModalScreen[str | None]):
    """A list of which each entry has a letter; gives the letter."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave", show=False)]
    DEFAULT_CSS = f"ChoiceScreen {{ {BOX} & > Vertical {{ width: 70; }} }}"

    def __init__(self, title: str, choices: dict[str, tuple[str, str]]) -> None:
        """``choices``: by letter, what it is called and what it holds."""
        super().__init__()
        self._title, self._choices = title, choices

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            yield Static(self._table(), id="choices")

    def on_resize(self) -> None:
        self.query_one("#choices", Static).update(self._table())

    def _table(self) -> Table:
        """Where there is little room the letters and names alone."""
        table = Table.grid(padding=(0, 1))
        for letter, (name, held) in self._choices.items():
            if self.app.size.width < NARROW:
                table.add_row(Text(letter, style="bold reverse"), Text(name, style="bold"))
                continue
            held = held.replace("\t", "  ")
            shown = held if len(held) <= 50 else held[:49] + "…"
            table.add_row(Text(letter, style="bold reverse"), Text(name, style="bold"), Text(inert(shown), style="dim"))
        return table

    def on_key(self, event: events.Key) -> None:
        if event.character in self._choices:
            event.stop()
            self.dismiss(event.character)


class HelpScreen(ModalScreen[None]):
    """All keys, from the table that the bindings are made of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss(None)", "Leave", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space,ctrl+d,ctrl+f", "scroll(10)", "Page down", show=False),
        Binding("pageup,ctrl+u,ctrl+b", "scroll(-10)", "Page up", show=False),
    ]
    DEFAULT_CSS = f"""
    HelpScreen {{ {BOX}
        & > Vertical {{ width: 72; }}
        & VerticalScroll {{ height: auto; max-height: 100%; scrollbar-size-vertical: 1; }}
    }}
    """

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Keys"
            box.border_subtitle = "Esc closes"
            with VerticalScroll():
                yield Static(self._text())

    @staticmethod
    def _text() -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        for number, scope in enumerate(Scope):
            if number:
                table.add_row("", "")
            table.add_row(Text(scope.value, style="bold"), "")
            for key in keys_of(scope):
                table.add_row(Text(key.shown, style="bold"), Text(key.help))
        return table

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
