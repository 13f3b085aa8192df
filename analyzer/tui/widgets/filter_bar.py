"""The line in which a filter is typed; it says what is wrong while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from analyzer.tui.filtering import completed
from analyzer.tui.widgets.filter_choices import FilterChoices, choices_of
from dissectors.inert import inert

if TYPE_CHECKING:
    from analyzer.filters import Suggestion

MOST_HISTORY = 50


class FilterInput(Input):
    """Leaves to the bar what it wants: Escape, the arrows, and Tab and Enter where there is something to choose."""

    async def _on_key(self, event: events.Key) -> None:
        bar = self.parent
        if isinstance(bar, FilterBar) and bar.pressed(event.key):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)


class FieldNames(Suggester):
    """Spells out the name of the field that is being typed; → takes it."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value)


class FilterBar(Horizontal):
    """Shown on ``/``; Enter applies, Escape leaves it as it was.

    Tab takes what the list below offers first, ↓ goes into that list; without a list, arrows go through what was typed
    before.
    """

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; background: $surface;
        &.-shown { display: block; }
        & > #filter-sign { width: 2; color: $dsmip-key; text-style: bold; }
        & > FilterInput { width: 2fr; height: 1; border: none; padding: 0; background: $surface; }
        & > FilterInput:focus { border: none; }
        & > #filter-note { width: auto; max-width: 45%; padding: 0 1; color: $dsmip-dim; }
        &.-wrong > #filter-note { color: $error; text-style: bold; }
    }
    """
    history: ClassVar[list[str]] = []

    @dataclass
    class Applied(Message):
        """A filter was entered; "" shows all."""

        text: str

    @dataclass
    class Typed(Message):
        """The text has changed: is it a filter?"""

        text: str

    @dataclass
    class Left(Message):
        """Escape: nothing changes."""

    def compose(self) -> ComposeResult:
        yield Static("/", id="filter-sign", markup=False)
        hint = "isakmp.exchangetype == 35 and ip.src == 192.0.2.1"
        yield FilterInput(placeholder=hint, id="filter-text", compact=True, suggester=FieldNames())
        yield Static("", id="filter-note", markup=False)
        yield FilterChoices()

    @property
    def choices(self) -> FilterChoices:
        """What may be typed next."""
        return self.query_one(FilterChoices)

    def open(self) -> None:
        self.add_class("-shown")
        self.query_one(FilterInput).focus()

    def close(self) -> None:
        """Stays in sight as long as something is filtered."""
        self.choices.hide()
        if not self.query_one(FilterInput).value:
            self.remove_class("-shown")

    def say(self, note: str, *, wrong: bool = False) -> None:
        self.set_class(wrong, "-wrong")
        self.query_one("#filter-note", Static).update(Text(inert(note), no_wrap=True, overflow="ellipsis"))

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(FilterInput).value.strip()

    def put(self, text: str) -> None:
        typed = self.query_one(FilterInput)
        typed.value = text
        typed.cursor_position = len(text)

    def pressed(self, key: str) -> bool:
        """Takes a key, or leaves it to the line that is typed."""
        choices = self.choices
        if key == "escape":
            self.post_message(self.Left())
        elif key == "tab" and choices.likeliest:
            self._take(choices.likeliest)
        elif key == "enter" and choices.chosen:
            self._take(choices.chosen)
        elif choices.is_open and (key == "down" or (key == "up" and choices.chosen)):
            choices.go(1 if key == "down" else -1)
        elif key in ("up", "down"):
            self._recall(-1 if key == "up" else 1)
        else:
            return False
        return True

    def _recall(self, by: int) -> None:
        """What was typed before or after that."""
        typed = self.query_one(FilterInput)
        known = self.history
        at = (known.index(typed.value) if typed.value in known else len(known)) + by
        if at >= 0:
            with self.prevent(Input.Changed):
                typed.value = known[at] if at < len(known) else ""
            typed.cursor_position = len(typed.value)
            self.choices.hide()
            self.post_message(self.Typed(self.text))

    def _take(self, choice: Suggestion) -> None:
        """Puts a choice where its beginning was typed, and a space behind it: what may follow is offered next."""
        typed = self.query_one(FilterInput)
        typed.value = f"{typed.value[: choice.start]}{choice.text} {typed.value[choice.end :].lstrip()}"
        typed.cursor_position = choice.start + len(choice.text) + 1

    def on_filter_choices_clicked(self, event: FilterChoices.Clicked) -> None:
        event.stop()
        self._take(event.choice)
        self.query_one(FilterInput).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = self.query_one(FilterInput)
        self.choices.show(choices_of(typed.value, typed.cursor_position) if typed.has_focus else ())
        self.post_message(self.Typed(event.value.strip()))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if text:
            self.history[:] = [*(old for old in self.history if old != text), text][-MOST_HISTORY:]
        self.post_message(self.Applied(text))
