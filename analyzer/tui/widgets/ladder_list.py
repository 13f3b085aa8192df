"""The ladder on the screen: a line for each rung."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from analyzer.tui.ladder.draw import Layout, draw, head, layout_of
from analyzer.tui.ladder.ladder import Ladder
from analyzer.tui.ladder.rung import ARROWS, Kind, Rung
from analyzer.tui.widgets.lines import Lines, Piece


class LadderList(Lines):
    """Draws a :class:`Ladder`."""

    HEAD = 1
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ladder--dim",
        "ladder--line",
        "ladder--state",
        "ladder--error",
        "ladder--warning",
        "ladder--note",
        "ladder--part",
        "ladder--data",
        "ladder--move",
        "ladder--marked",
    }
    DEFAULT_CSS = """
    LadderList {
        & > .ladder--dim { color: $dsmip-dim; }
        & > .ladder--line { color: $dsmip-label; }
        & > .ladder--state { color: $success; }
        & > .ladder--error { color: $error; text-style: bold; }
        & > .ladder--warning { color: $warning; text-style: bold; }
        & > .ladder--note { color: $accent; }
        & > .ladder--part { color: $dsmip-dim; }
        & > .ladder--data { color: $dsmip-esp; }
        & > .ladder--move { color: $dsmip-role; }
        & > .ladder--marked { text-style: reverse; }
    }
    """

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.ladder: Ladder | None = None
        self.marked = 0  # the frame that was marked for a comparison
        self._layout: tuple[object, Layout] | None = None

    @property
    def rung(self) -> Rung | None:
        """What is under the cursor."""
        rungs = self.ladder.rungs if self.ladder else []
        return rungs[self.cursor] if self.cursor < len(rungs) else None

    @property
    def message(self) -> Rung | None:
        """The message under the cursor, or that whose states and violations stand there; None below other arrows."""
        rungs = self.ladder.rungs[: self.cursor + 1] if self.ladder else []
        nearest = next((rung for rung in reversed(rungs) if rung.kind in ARROWS), None)
        return nearest if nearest is not None and nearest.kind is Kind.MESSAGE else None

    def show(self, ladder: Ladder) -> None:
        """Another ladder, or another state of it; the cursor stays on its rung."""
        before = self.rung if ladder is self.ladder else None
        self.ladder = ladder
        self.keep(before)

    def forget(self) -> None:
        """No ladder."""
        self.ladder, self.marked, self.count = None, 0, 0
        self.fit()
        self.refresh()

    def keep(self, before: Rung | None) -> None:
        """The rungs were made anew: the cursor goes to where it was."""
        assert self.ladder is not None
        self.count = len(self.ladder.rungs)
        self.fit()
        if before is not None:
            self.place(self._place_of(before), tell=False)
        self.refresh()

    def _place_of(self, rung: Rung) -> int:
        assert self.ladder is not None
        rungs = self.ladder.rungs
        if self.cursor < len(rungs) and rungs[self.cursor] == rung:
            return self.cursor
        return next((n for n, other in enumerate(rungs) if other == rung), self.ladder.place(rung.frame))

    def _place(self) -> Layout:
        """Where things stand, worked out again when the width or the capture changes."""
        ladder = self.ladder
        assert ladder is not None
        width = self.scrollable_content_region.width or self.size.width
        asked = (width, len(ladder.nodes), len(str(len(ladder.model))), len(str(ladder.model.span)), id(ladder))
        if self._layout is None or self._layout[0] != asked:
            self._layout = asked, layout_of(ladder, width)
            self.columns = max(width, self._layout[1].columns[-1] + 1)
            self.call_after_refresh(self.fit)
        return self._layout[1]

    def head(self) -> Sequence[Piece]:
        return [(head(self.ladder, self._place()), "")] if self.ladder else ()

    def pieces(self, line: int) -> Sequence[Piece]:
        ladder = self.ladder
        assert ladder is not None
        rung = ladder.rungs[line]
        pieces = [(text, f"ladder--{tone}" if tone else "") for text, tone in draw(ladder, rung, self._place())]
        if rung.kind is Kind.MESSAGE and rung.frame == self.marked:
            pieces[1] = (pieces[1][0], "ladder--marked")
        return pieces
