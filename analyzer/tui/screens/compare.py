"""Two messages beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from analyzer.tui.ladder.compare import Change, Pairing, compare, differences
from analyzer.tui.ladder.words import words_of
from analyzer.tui.model import Model
from analyzer.tui.widgets.columns import fitted
from analyzer.tui.widgets.lines import Lines, Piece

LABEL = 26
TONES = {Change.CHANGED: "compare--changed", Change.ONLY_LEFT: "compare--left", Change.ONLY_RIGHT: "compare--right"}


class CompareList(Lines):
    """A line for each field."""

    HEAD = 1
    COMPONENT_CLASSES: ClassVar[set[str]] = {"compare--changed", "compare--left", "compare--right"}
    DEFAULT_CSS = """
    CompareList {
        & > .compare--changed { color: $warning; text-style: bold; }
        & > .compare--left { color: $error; }
        & > .compare--right { color: $success; }
    }
    """

    def __init__(self, frames: tuple[int, int], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.frames = frames
        self.fields: Sequence[Pairing] = ()

    def show(self, fields: Sequence[Pairing]) -> None:
        self.fields = fields
        self.count = len(fields)
        self.cursor = 0
        self.fit()
        self.refresh()

    def _widths(self) -> tuple[int, int]:
        width = self.scrollable_content_region.width or self.size.width
        label = min(LABEL, max(8, width // 3))
        return label, max(4, (width - label - 4) // 2)

    def head(self) -> Sequence[Piece]:
        label, side = self._widths()
        left, right = (f"Frame {frame}" for frame in self.frames)
        return [(f"  {fitted('Field', label)} {fitted(left, side)} {fitted(right, side)}", "")]

    def pieces(self, line: int) -> Sequence[Piece]:
        field = self.fields[line]
        label, side = self._widths()
        tone = TONES.get(field.change, "" if field.inside else "lines--dim")
        name = fitted("  " * field.depth + field.label, label)
        return [(f"{field.change.value} {name} {fitted(field.left, side)} {fitted(field.right, side)}", tone)]


class CompareScreen(ModalScreen[None]):
    """``a`` shows all fields, or only those that differ."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,d", "dismiss(None)", "Leave", show=False),
        Binding("a", "all", "All fields", show=False),
    ]
    AUTO_FOCUS = "CompareList"
    DEFAULT_CSS = """
    CompareScreen { align: center middle;
        & > Vertical { width: 96%; height: 94%; background: $surface; border: round $dsmip-key; padding: 0;
            border-title-color: $dsmip-key; border-title-style: bold; }
        & CompareList { background: $surface; }
    }
    """

    def __init__(self, model: Model, left: int, right: int) -> None:
        super().__init__()
        self._all = False
        self._fields = compare(model.explain(left).root, model.explain(right).root)
        self._frames = left, right
        self._titles = [words_of(model.packet(frame)) for frame in self._frames]

    def compose(self) -> ComposeResult:
        with Vertical() as self.box:
            self.list = CompareList(self._frames)
            yield self.list

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        chosen = self._fields if self._all else differences(self._fields)
        self.list.show(chosen)
        count = sum(field.change is not Change.SAME for field in self._fields)
        left, right = self._frames
        self.box.border_title = f"Frames {left} and {right}: {count} of {len(self._fields)} fields differ"
        self.box.border_subtitle = "a: only what differs   Esc closes" if self._all else "a: all fields   Esc closes"

    def action_all(self) -> None:
        self._all = not self._all
        self._show()
