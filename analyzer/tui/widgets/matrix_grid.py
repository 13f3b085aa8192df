"""The matrix on the screen: a line for each requirement, a column for each session; both scroll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from analyzer.reports.matrix import Row
from analyzer.reports.matrix_text import SIGNS
from analyzer.tui.conformance import Conformance
from analyzer.tui.keys import Scope, bindings
from analyzer.tui.widgets.columns import fitted
from analyzer.tui.widgets.lines import Lines, Piece
from rules.model import Verdict

RULE, LEVEL, TOTAL = 17, 9, 6
WIDE = 120
"""Columns from which a quarter of them is kept for what is required."""
WAIVED = "w"
TONES = {
    Verdict.FAIL: "matrix--fail",
    Verdict.PASS: "matrix--pass",
    Verdict.INCONCLUSIVE: "matrix--open",
    Verdict.NOT_APPLICABLE: "matrix--idle",
}
TOTALS = ((Verdict.FAIL, "fail"), (Verdict.PASS, "pass"), (Verdict.INCONCLUSIVE, "open"))
LETTERS = {"violated": "VIOL", "exercised": "exer", "not exercised": "none", "not observable": "hid ", "open": "todo"}
"""Coverage in four characters."""


class MatrixGrid(Lines):
    """The cursor is on a requirement and a session."""

    HEAD = 1
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.MATRIX)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "matrix--fail",
        "matrix--pass",
        "matrix--open",
        "matrix--idle",
        "matrix--rule",
        "matrix--cell",
    }
    DEFAULT_CSS = """
    MatrixGrid {
        & > .matrix--fail { color: $error; text-style: bold; }
        & > .matrix--pass { color: $success; }
        & > .matrix--open { color: $warning; }
        & > .matrix--idle { color: $dsmip-dim; }
        & > .matrix--rule { color: $dsmip-label; }
        & > .matrix--cell { text-style: reverse bold; }
    }
    """

    @dataclass
    class Sideways(Message):
        """The cursor is on another session."""

        session: int

    def __init__(self, matrix: Conformance, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.matrix = matrix
        self.session = 1  # under the cursor
        self.waived: frozenset[str] = frozenset()
        self._first = 1  # the leftmost session in view

    @property
    def row(self) -> Row | None:
        """The requirement under the cursor."""
        chosen = self.matrix.chosen
        return chosen[self.cursor] if self.cursor < len(chosen) else None

    def catch_up(self) -> None:
        """More sessions, or more is known of them."""
        self.count = len(self.matrix.chosen)
        self.fit()
        self.refresh()

    # Columns

    @property
    def digits(self) -> int:
        """Columns of one session's cell, without the gap."""
        return max(1, len(str(self.matrix.sessions)))

    def _front(self) -> int:
        return RULE + 1 + (LEVEL + 1 if self.size.width >= 100 else 0) + (TOTAL * 3 if self.size.width >= 60 else 0) + 5

    @property
    def across(self) -> int:
        """Sessions in view."""
        width = self.scrollable_content_region.width or self.size.width
        room = width - self._front() - (width // 4 if width >= WIDE else 0)
        return max(1, min(self.matrix.sessions, room // (self.digits + 1)))

    def _gist_room(self) -> int:
        width = self.scrollable_content_region.width or self.size.width
        return max(0, width - self._front() - self.across * (self.digits + 1) - 1)

    def place_session(self, session: int) -> None:
        """Puts the cursor on a session and that into view."""
        session = max(1, min(session, self.matrix.sessions or 1))
        across = self.across
        if session < self._first:
            self._first = session
        elif session >= self._first + across:
            self._first = session - across + 1
        self._first = max(1, min(self._first, max(1, self.matrix.sessions - across + 1)))
        if session != self.session:
            self.session = session
            self.post_message(self.Sideways(session))
        self.refresh()

    # Drawing

    def head(self) -> Sequence[Piece]:
        parts = ["Requirement".ljust(RULE + 1)]
        if self.size.width >= 100:
            parts.append("Level".ljust(LEVEL + 1))
        parts.append("Cov. ")
        if self.size.width >= 60:
            parts += [word.rjust(TOTAL) for _, word in TOTALS]
        digits = self.digits
        heads = [str(n).rjust(digits) for n in range(self._first, self._first + self.across)]
        return [("".join(parts), ""), (" " + " ".join(heads), ""), ("  What is required", "")]

    def pieces(self, line: int) -> Sequence[Piece]:
        row = self.matrix.chosen[line]
        parts: list[Piece] = [(fitted(row.rule, RULE) + " ", "matrix--rule")]
        if self.size.width >= 100:
            parts.append((fitted(row.requirement.level.value, LEVEL) + " ", ""))
        coverage = row.coverage.value
        tone = (
            "matrix--fail" if coverage == "violated" else "matrix--pass" if coverage == "exercised" else "matrix--idle"
        )
        parts.append((LETTERS[coverage] + " ", tone))
        if self.size.width >= 60:
            for verdict, _ in TOTALS:
                count = row.totals[verdict]
                parts.append((f"{count or '-':>{TOTAL}}", TONES[verdict] if count else "matrix--idle"))
        parts += self._cells(row, line)
        room = self._gist_room() - 2
        if room > 8:
            parts.append(
                ("  " + fitted(row.requirement.requirement, room), "matrix--idle" if not row.failed_in else "")
            )
        return parts

    def _cells(self, row: Row, line: int) -> list[Piece]:
        cells: list[Piece] = []
        digits = self.digits
        for session in range(self._first, min(self._first + self.across, self.matrix.sessions + 1)):
            verdict = self.matrix.verdict(session, row.rule)
            spared = verdict is Verdict.FAIL and row.rule in self.waived
            sign = WAIVED if spared else SIGNS[verdict] if verdict else " "
            here = line == self.cursor and session == self.session
            tone = "matrix--cell" if here else "matrix--idle" if spared or verdict is None else TONES[verdict]
            cells += [(" ", ""), (sign.rjust(digits), tone)]
        return cells

    # The cursor

    def action_column(self, by: int) -> None:
        self.place_session(self.session + by)

    def action_column_page(self, by: int) -> None:
        self.place_session(self.session + by * max(1, self.across - 1))

    def on_resize(self) -> None:
        super().on_resize()
        self.place_session(self.session)

    def on_click(self, event: events.Click) -> None:
        x = event.x - self._front() - 1
        if x >= 0 and x // (self.digits + 1) < self.across:
            self.place_session(self._first + x // (self.digits + 1))
        super().on_click(event)
