"""Paragraphs with a label beside them, wrapped to the width; a line may lead to a frame."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len

from analyzer.tui.widgets.columns import fitted
from analyzer.tui.widgets.lines import Lines, Piece

LABEL = 12
LEAST_COLUMN = 12
"""What the last one of a note's columns needs; with less its words stand below the others."""
FAILURES = ("error", "warning", "note")
NARROW = 44
"""Columns below which labels stand above their text."""


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph. ``tone`` names a style; ``frame`` is where Enter leads, 0 for nowhere.

    ``last`` is where the last column begins, of a text with columns of its own.
    """

    label: str
    text: str
    frame: int = 0
    tone: str = ""
    last: int = 0


@dataclass(frozen=True, slots=True)
class NoteLine:
    """What stands on one line of the screen."""

    label: str
    text: str
    frame: int
    tone: str
    begins: bool = False  # the first line of its note


class Notes(Lines):
    """Draws notes. Enter on a line with a frame posts ``Lines.Chosen``; :attr:`frame` says which."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "notes--label",
        "notes--head",
        "notes--link",
        "notes--state",
        "notes--columns",
        "notes--error",
        "notes--warning",
        "notes--note",
        "notes--good",
        "notes--dim",
    }
    DEFAULT_CSS = """
    Notes {
        & > .notes--label { color: $dsmip-label; }
        & > .notes--head { color: $dsmip-key; text-style: bold; }
        & > .notes--link { text-style: underline; color: $primary; }
        & > .notes--state { color: $foreground; }
        & > .notes--columns { color: $dsmip-dim; text-style: bold; }
        & > .notes--error { color: $error; text-style: bold; }
        & > .notes--warning { color: $warning; text-style: bold; }
        & > .notes--note { color: $accent; }
        & > .notes--good { color: $success; }
        & > .notes--dim { color: $dsmip-dim; }
    }
    """

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.notes: list[Note] = []
        self._lines: list[NoteLine] = []
        self._width = 0

    @property
    def frame(self) -> int:
        """Where the line under the cursor leads, 0 for nowhere."""
        return self._lines[self.cursor].frame if self.cursor < len(self._lines) else 0

    def failures(self) -> list[int]:
        """The lines where a failure begins."""
        return [n for n, line in enumerate(self._lines) if line.begins and line.tone in FAILURES]

    @property
    def text(self) -> str:
        """All of it, for copying."""
        return "\n".join(f"{note.label}: {note.text}" if note.label else note.text for note in self.notes)

    def show(self, notes: Iterable[Note], *, keep: bool = False) -> None:
        """Other notes; ``keep`` leaves the cursor on what it is on, and at the top if it is there."""
        before = self._lines[self.cursor] if keep and 0 < self.cursor < len(self._lines) else None
        self.notes = list(notes)
        self._lay_out()
        if not keep:
            self.cursor = 0
            self.scroll_to(y=0, animate=False)
        elif before is not None:
            self._go_with(before)
        self.refresh()

    def _go_with(self, before: NoteLine) -> None:
        """What stood under the cursor may stand elsewhere now: cursor and view go with it."""
        places = [place for place, line in enumerate(self._lines) if line == before]
        moved = min((place - self.cursor for place in places), key=abs, default=0)
        if moved:
            self.cursor += moved
            self.scroll_to(y=int(self.scroll_offset.y) + moved, animate=False)

    def on_resize(self) -> None:
        if self.size.width != self._width:
            self._lay_out()
        super().on_resize()

    def _lay_out(self) -> None:
        self._width = self.size.width
        width = max(12, (self.scrollable_content_region.width or 40) - 1)
        self._lines = [line for note in self.notes for line in _wrapped(note, width)]
        self.count = len(self._lines)
        self.columns = max((cell_len(line.label + line.text) + 2 for line in self._lines), default=1)
        self.fit()

    def pieces(self, line: int) -> Sequence[Piece]:
        shown = self._lines[line]
        parts: list[Piece] = [(" ", "")]
        if shown.label:
            parts.append((shown.label, "notes--label"))
        parts.append((shown.text, f"notes--{shown.tone}" if shown.tone else ""))
        return parts


def _wrapped(note: Note, width: int) -> Iterable[NoteLine]:
    if note.tone == "columns":
        yield NoteLine("", note.text, note.frame, note.tone)
        return
    if note.last:
        yield from _in_columns(note, width)
        return
    beside = width >= NARROW and note.tone != "head"
    labelled = bool(note.label) or note.frame
    room = width - LABEL if beside and labelled else width - 2
    lines = [
        piece
        for part in note.text.split("\n")
        for piece in textwrap.wrap(part, max(10, room), break_on_hyphens=False) or [""]
    ]
    if note.label and not beside:
        yield NoteLine(note.label, "", note.frame, "")
    for number, text in enumerate(lines):
        label = (note.label if beside and not number else "") if labelled else ""
        front = fitted(label, LABEL) if beside and labelled else "  " if labelled else ""
        yield NoteLine(front, text, note.frame, note.tone, begins=not number)


def _in_columns(note: Note, width: int) -> Iterable[NoteLine]:
    """What the last column has no room for goes on below it, or all of it at the left of a narrow screen."""
    front, last = note.text[: note.last], note.text[note.last :]
    if cell_len(note.text) <= width:
        lines = [note.text]
    elif width - note.last >= LEAST_COLUMN:
        first, *more = textwrap.wrap(last, width - note.last, break_on_hyphens=False)
        lines = [front + first, *(" " * note.last + text for text in more)]
    else:
        lines = textwrap.wrap(front, width, subsequent_indent="  ")
        lines += textwrap.wrap(last, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return [NoteLine("", text, note.frame, note.tone) for text in lines]
