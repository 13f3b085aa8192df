"""The line in which words are typed that rows have to hold; rows go as one types."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from dissectors.inert import inert


class NeedleInput(Input):
    """Takes Escape for itself."""

    async def _on_key(self, event: events.Key) -> None:
        bar = self.parent
        if event.key == "escape" and isinstance(bar, NeedleBar):
            event.stop()
            event.prevent_default()
            bar.leave()
            return
        await super()._on_key(event)


class NeedleBar(Horizontal):
    """Shown on ``/``; Enter goes to the rows, Escape shows all of them again."""

    DEFAULT_CSS = """
    NeedleBar { height: 1; display: none; background: $surface;
        &.-shown { display: block; }
        & > #needle-sign { width: 2; color: $dsmip-key; text-style: bold; }
        & > NeedleInput { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
        & > NeedleInput:focus { border: none; }
        & > #needle-note { width: auto; max-width: 60%; padding: 0 1; color: $dsmip-dim; }
    }
    """

    @dataclass
    class Typed(Message):
        """The words have changed."""

        text: str

    @dataclass
    class Left(Message):
        """Enter or Escape: back to the rows."""

    def compose(self) -> ComposeResult:
        yield Static("/", id="needle-sign", markup=False)
        yield NeedleInput(placeholder="words that rows hold", id="needle-text", compact=True)
        yield Static("", id="needle-note", markup=False)

    @property
    def text(self) -> str:
        return self.query_one(NeedleInput).value

    def open(self) -> None:
        self.add_class("-shown")
        self.query_one(NeedleInput).focus()

    def leave(self) -> None:
        """Forgets the words, and goes out of sight."""
        self.query_one(NeedleInput).value = ""
        self.remove_class("-shown")
        self.post_message(self.Typed(""))
        self.post_message(self.Left())

    def say(self, note: str) -> None:
        self.query_one("#needle-note", Static).update(Text(inert(note)))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.remove_class("-shown")
        self.post_message(self.Left())
