"""Three panes that share the screen: list above, fields and bytes below; side by side where it is wide."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from analyzer.tui.keys import Scope, bindings

USUAL = {"list": 12, "fields": 10, "bytes": 8, "bytes_width": 73}
"""Heights as shares, and the columns of the bytes where they stand beside the fields."""
LEAST, MOST = 2, 60
LEAST_WIDTH, MOST_WIDTH = 22, 110
WIDE = 130
"""Columns from which fields and bytes stand side by side."""
ROOM_FOR_ALL, ROOM_FOR_TWO = 15, 8
"""Lines that three panes, and two, need."""


class Panes(Container):
    """Lays out a list, a tree and bytes; what does not fit gives way to the pane with the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.PANES)]
    DEFAULT_CSS = """
    Panes { height: 1fr; layout: vertical;
        & > #below { height: 1fr; layout: vertical; }
        #fields, #bytes { border-top: solid $panel; border-title-color: $dsmip-dim; border-title-style: none; }
        #fields:focus, #bytes:focus { border-top: solid $dsmip-key; border-title-color: $dsmip-key;
            border-title-style: bold; }
        &.-side #bytes { border-left: solid $panel; border-top: solid $panel; }
        &.-side #bytes:focus { border-top: solid $dsmip-key; }
    }
    """

    def __init__(self, above: Widget, left: Widget, right: Widget, sizes: dict[str, int]) -> None:
        super().__init__(id="panes")
        self._three = {"list": above, "fields": left, "bytes": right}
        self.sizes = sizes
        self.zoomed = False
        self._latest = "list"
        self._below = "fields"
        for name, usual in USUAL.items():
            sizes.setdefault(name, usual)

    def compose(self) -> ComposeResult:
        yield self._three["list"]
        with Container(id="below"):
            yield self._three["fields"]
            yield self._three["bytes"]

    def pane_of(self, widget: Widget | None) -> str | None:
        """The name of a pane."""
        return next((name for name, pane in self._three.items() if pane is widget), None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        name = self.pane_of(event.widget)
        if name is None or name == self._latest:
            return
        self._latest = name
        if name != "list":
            self._below = name
        self.share_out()

    def on_mount(self) -> None:
        self.share_out()

    def on_resize(self) -> None:
        self.share_out()

    @property
    def side_by_side(self) -> bool:
        return self.size.width >= WIDE

    def shown(self) -> set[str]:
        """The panes that there is room for."""
        height = self.size.height
        if self.zoomed or (0 < height < ROOM_FOR_TWO):
            return {self._latest}
        if self.side_by_side or height >= ROOM_FOR_ALL or not height:
            return set(self._three)
        return {"list", self._below}

    def share_out(self) -> None:
        """Gives each pane its place."""
        shown, sizes, side = self.shown(), self.sizes, self.side_by_side
        self.set_class(side, "-side")
        for name, pane in self._three.items():
            pane.display = name in shown
        below = self.query_one("#below")
        below.display = bool(shown & {"fields", "bytes"})
        below.styles.layout = "horizontal" if side else "vertical"
        self._three["list"].styles.height = f"{sizes['list']}fr"
        left, right = self._three["fields"], self._three["bytes"]
        if side:
            below.styles.height = f"{sizes['fields']}fr"
            left.styles.height = right.styles.height = "100%"
            left.styles.width = "1fr"
            right.styles.width = "100%" if shown == {"bytes"} else min(sizes["bytes_width"], self.size.width - 30)
        else:
            below.styles.height = f"{sum(sizes[name] for name in shown & {'fields', 'bytes'}) or 1}fr"
            left.styles.height, right.styles.height = f"{sizes['fields']}fr", f"{sizes['bytes']}fr"
            left.styles.width = right.styles.width = "100%"

    def action_pane(self, by: int) -> None:
        """To another pane, be it in sight or not."""
        names = list(self._three)
        name = names[(names.index(self._latest) + by) % len(names)]
        self._latest = name
        self._below = self._below if name == "list" else name
        self.share_out()
        self._three[name].focus()

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.share_out()

    def action_grow(self, by: int) -> None:
        """The pane with the focus gets larger or smaller."""
        sizes, name = self.sizes, self._latest
        if self.side_by_side and name != "list":
            step = 4 * by if name == "bytes" else -4 * by
            sizes["bytes_width"] = max(LEAST_WIDTH, min(MOST_WIDTH, sizes["bytes_width"] + step))
        else:
            sizes[name] = max(LEAST, min(MOST, sizes[name] + 2 * by))
        self.zoomed = False
        self.share_out()

    def action_even(self) -> None:
        self.sizes.update(USUAL)
        self.zoomed = False
        self.share_out()


def sizes_of(remembered: dict[str, int]) -> dict[str, Any]:
    """The sizes of last time, as far as they make sense."""
    limits = {"bytes_width": (LEAST_WIDTH, MOST_WIDTH)}
    sizes = {}
    for name, usual in USUAL.items():
        low, high = limits.get(name, (LEAST, MOST))
        sizes[name] = max(low, min(high, remembered.get(name, usual)))
    return sizes
