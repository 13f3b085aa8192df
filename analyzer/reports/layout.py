"""Lines on a page: wrapped with a hanging indent, without trailing blanks, the same on a terminal and in a pipe."""

from __future__ import annotations

import os
import textwrap

from rich.console import Console
from rich.text import Text

LABEL = 12
PIPE_WIDTH = 120
"""Columns where no terminal says how many it has."""
NARROWEST = 40


class Page:
    """Prints lines on a console. Text from the wire comes in as plain strings, so nothing in it is markup."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = max(NARROWEST, console.width)

    def blank(self) -> None:
        self.console.print()

    def line(self, *parts: str | tuple[str, str]) -> None:
        """One line of pieces, some with a style; it wraps at blanks and goes on below its first indent."""
        text = Text.assemble(*parts)
        indent = len(text.plain) - len(text.plain.lstrip())
        for n, piece in enumerate(text.wrap(self.console, self.width - indent, overflow="fold")):
            piece.rstrip()
            self._print(piece if not n else Text(" " * (indent + 4)) + piece)

    def say(self, text: str, style: str = "") -> None:
        """A sentence."""
        indent = len(text) - len(text.lstrip())
        self._wrapped(" " * indent, " " * (indent + 2), text.strip(), style)

    def row(self, label: str, text: str | Text, *, indent: int = 2, width: int = LABEL) -> None:
        """A label, and what goes with it beside it."""
        head = " " * indent + f"{label:<{width - 1}} "
        if isinstance(text, Text):
            self._print(Text(head, "dim") + text)
            return
        lines = self._fill(text, self.width - len(head)) or [""]
        self._print(Text(head, "dim") + Text(lines[0]))
        for more in lines[1:]:
            self._print(Text(" " * len(head) + more))

    def text(self, text: Text) -> None:
        """A line that is made already."""
        self._print(text)

    def hanging(self, indent: str, text: str, *, below: int) -> None:
        """A line whose own blanks count; what is too long goes on ``below`` columns deep."""
        deep = " " * below
        pieces = textwrap.wrap(
            text,
            self.width,
            initial_indent=indent,
            subsequent_indent=deep,
            break_on_hyphens=False,
        )
        for piece in pieces:
            self._print(Text(piece))

    def _wrapped(self, first: str, later: str, text: str, style: str) -> None:
        for n, piece in enumerate(self._fill(text, self.width - len(later))):
            self._print(Text((later if n else first) + piece, style))

    @staticmethod
    def _fill(text: str, width: int) -> list[str]:
        return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)

    def _print(self, text: Text) -> None:
        text.rstrip()
        self.console.print(text, soft_wrap=True)


def page() -> Page:
    """A page on standard output."""
    width = None if os.environ.get("COLUMNS", "").isdigit() or os.isatty(1) else PIPE_WIDTH
    return Page(Console(highlight=False, width=width))


def amount(count: int, what: str) -> str:
    """``1 frame``, ``2 frames``."""
    return f"{count:,} {what}{'s' * (count != 1)}".replace(",", " ")


def size_text(count: int) -> str:
    """Bytes as a person reads them."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{count} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return str(count)
