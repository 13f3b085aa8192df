"""Chooses where to capture: the interfaces with their traffic, and the capture filter."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from analyzer.live.dumpcap import CaptureInterface, Traffic, interfaces
from analyzer.live.filters import default_filter
from analyzer.live.trouble import LiveError
from analyzer.tui.widgets.columns import fitted
from analyzer.tui.widgets.lines import Lines, Piece
from dissectors.inert import inert

BARS = "▁▂▃▄▅▆▇█"
SPARKS = 20
"""Seconds of traffic that are drawn."""
TICK = 1.0
NAME, RATE = 18, 12
"""Columns of a name, which Linux keeps to 15, and of a rate with a blank: 100 Gbit/s are 148,809,523 at most."""
ROOMY, LOW = 100, 10
"""Columns from which all seconds are drawn, else half; lines below which only the list and the filter are shown."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen. A filter of None is the usual one for S2c, "" lets everything through."""

    interfaces: tuple[str, ...]
    capture_filter: str | None


def sparkline(rates: Sequence[int]) -> str:
    """A bar for each second, the highest being full; a second without packets stays empty."""
    most = max(rates, default=0)
    return "".join(BARS[(rate * 8 - 1) // most] if rate else " " for rate in rates)


class InterfaceList(Lines):
    """An interface in each line: whether it is chosen, its name, its traffic, its addresses."""

    HEAD = 1

    def __init__(self, chosen: Sequence[str]) -> None:
        super().__init__(id="interfaces")
        self.found: list[CaptureInterface] = []
        self.chosen = set(chosen)
        self._counts: dict[str, int] = {}
        self._rates: dict[str, deque[int]] = {}

    def offer(self, found: Sequence[CaptureInterface]) -> None:
        self.found = list(found)
        self.count = len(self.found)
        self._measure()
        names = [one.name for one in self.found]
        first = next((n for n, name in enumerate(names) if name in self.chosen), 0)
        self.place(first, tell=False)
        self.refresh()

    def _measure(self) -> None:
        """What has no room is reached sideways."""
        pieces = [self.head(), *map(self.pieces, range(self.count))]
        self.columns = max(sum(cell_len(text) for text, _ in line) for line in pieces)
        self.fit()

    def on_resize(self) -> None:
        self._measure()
        super().on_resize()

    def tick(self, counts: dict[str, tuple[int, int]]) -> None:
        """A second has gone by."""
        for name, (received, _) in counts.items():
            rates = self._rates.setdefault(name, deque([0] * SPARKS, maxlen=SPARKS))
            rates.append(max(0, received - self._counts.get(name, received)))
            self._counts[name] = received
        self.refresh()

    @property
    def under_cursor(self) -> CaptureInterface | None:
        return self.found[self.cursor] if self.cursor < len(self.found) else None

    def turn(self) -> None:
        if self.under_cursor is not None:
            self.chosen ^= {self.under_cursor.name}
            self.refresh_row(self.cursor)

    def head(self) -> Sequence[Piece]:
        return [(f"    {fitted('Interface', NAME)} {fitted('Packets a second', self._sparks + RATE)} Addresses", "")]

    @property
    def _sparks(self) -> int:
        """Seconds that are drawn."""
        return SPARKS if self.app.size.width >= ROOMY else SPARKS // 2

    def pieces(self, line: int) -> Sequence[Piece]:
        one = self.found[line]
        mark = "[x]" if one.name in self.chosen else "[ ]"
        rates = self._rates.get(one.name, ())
        sparks = self._sparks
        spark = f"{sparkline(list(rates)[-sparks:]):{sparks}} {rates[-1]:>{RATE - 1},}" if rates else "-"
        kind = "loopback" if one.loopback and one.description.casefold() != "loopback" else ""
        about = ", ".join(filter(None, (kind, one.description, *one.addresses)))
        return [
            (f"{mark} {fitted(inert(one.name), NAME)} ", ""),
            (fitted(spark, sparks + RATE) + " ", ""),
            (inert(about), "lines--dim"),
        ]


class FilterField(Input):
    """The capture filter."""


class InterfacesScreen(ModalScreen[Choice | None]):
    """Space marks several, Enter begins with those marked or the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("space,x", "turn", "Mark", show=False),
        Binding("tab,slash", "other", "Filter", show=False, priority=True),
        Binding("r", "look", "Look again", show=False),
    ]
    AUTO_FOCUS = "InterfaceList"
    DEFAULT_CSS = """
    InterfacesScreen { align: center middle;
        & > Vertical { width: 100%; max-width: 120; height: 100%; max-height: 40; background: $surface; padding: 0 1;
            border: round $dsmip-key; border-title-color: $dsmip-key; border-title-style: bold; }
        & InterfaceList { height: 1fr; background: $surface; }
        & Input { border: none; height: 1; padding: 0; }
        & #filter-about { color: $dsmip-dim; height: auto; }
        &.-low #filter-about { display: none; }
        & #no-interfaces { height: auto; color: $error; text-style: bold; display: none; }
    }
    """

    def __init__(self, chosen: Sequence[str] = (), capture_filter: str | None = None) -> None:
        """``capture_filter`` None is the usual one."""
        super().__init__()
        self._chosen, self._filter = chosen, capture_filter
        self._usual = ""
        self._traffic: Traffic | None = None

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Capture on"
            box.border_subtitle = "Space marks, Enter starts, Tab to the filter, r looks again, Esc leaves"
            yield Static("", id="no-interfaces", markup=False)
            yield InterfaceList(self._chosen)
            yield Static(
                "Capture filter, as in tcpdump. The usual one is the signalling of S2c; empty is everything.",
                id="filter-about",
            )
            yield FilterField(placeholder="everything", compact=True, select_on_focus=False)

    def on_resize(self) -> None:
        self.set_class(self.size.height < LOW, "-low")

    def on_mount(self) -> None:
        self._usual = default_filter(self._chosen)
        self.query_one(FilterField).value = self._usual if self._filter is None else self._filter
        self.query_one(FilterField).cursor_position = 0
        self.action_look()
        self.set_interval(TICK, self._tick)

    def action_look(self) -> None:
        """Asks which interfaces there are."""
        self._look()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _look(self) -> None:
        found: list[CaptureInterface] = []
        trouble = ""
        traffic: Traffic | None = None
        try:
            found = interfaces()
            traffic = Traffic()
        except LiveError as error:
            trouble = str(error)
        self.app.call_from_thread(self._show, found, traffic, trouble)

    def _show(self, found: list[CaptureInterface], traffic: Traffic | None, trouble: str) -> None:
        self._close_traffic()
        if not self.is_attached:
            if traffic is not None:
                traffic.close()
            return
        self._traffic = traffic
        said = self.query_one("#no-interfaces", Static)
        if not found and not trouble:
            trouble = "there is no interface that this user may capture on; remedy: see dsmip doctor"
        said.display = bool(trouble)
        problem, _, remedy = trouble.partition("; remedy: ")
        said.update(Text(inert(problem) + (f"\ndo this: {inert(remedy)}" if remedy else "")))
        self.query_one(InterfaceList).offer(found)

    def _tick(self) -> None:
        if self._traffic is not None:
            self.query_one(InterfaceList).tick(self._traffic.poll())

    def _close_traffic(self) -> None:
        if self._traffic is not None:
            self._traffic.close()
            self._traffic = None

    def on_unmount(self) -> None:
        self._close_traffic()

    def action_turn(self) -> None:
        self.query_one(InterfaceList).turn()

    def action_other(self) -> None:
        field, listed = self.query_one(FilterField), self.query_one(InterfaceList)
        (listed if field.has_focus else field).focus()

    def action_leave(self) -> None:
        listed = self.query_one(InterfaceList)
        if self.query_one(FilterField).has_focus:
            listed.focus()
        else:
            self.dismiss(None)

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        event.stop()
        self._begin()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._begin()

    def _begin(self) -> None:
        listed = self.query_one(InterfaceList)
        names = tuple(one.name for one in listed.found if one.name in listed.chosen)
        if not names and listed.under_cursor is not None:
            names = (listed.under_cursor.name,)
        if names:
            text = self.query_one(FilterField).value.strip()
            self.dismiss(Choice(names, None if text == self._usual else text))
