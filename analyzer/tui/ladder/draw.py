"""A rung as characters: lifelines, arrows and words in a given width. Pieces have a tone, which the screen colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from analyzer.tui.ladder.ladder import Ladder, state_words
from analyzer.tui.ladder.nodes import Node, Nodes
from analyzer.tui.ladder.rung import ARROWS, Kind, Rung
from analyzer.tui.times import seconds_text
from analyzer.tui.widgets.columns import fitted
from rules.model import Role

Piece = tuple[str, str]
"""Text and tone: "", dim, line, state, error, warning, note, part, data, move."""
LEAST_GAP, MAIN_SHARE = 8, 3
"""Columns between lifelines at the least; how many times as much UE and Home Agent get."""
MAIN = 46
"""Columns that UE and Home Agent get at the cost of the 3GPP access: what goes through a tunnel, and how much."""
MARK = 3
EDGES = 5
"""Columns of an arrow that are no words: its ends, and a bit of its line."""
TONES = {3: "error", 2: "warning", 1: "note"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on a line; columns from 0. ``time`` is 0 where there is no room for it."""

    number: int
    time: int
    columns: tuple[int, ...]  # of the lifelines
    width: int

    @property
    def left(self) -> int:
        """Where the ladder begins."""
        return MARK + self.number + 1 + (self.time + 1 if self.time else 0)


def layout_of(ladder: Ladder, width: int) -> Layout:
    """Shares out the width: most of it to UE and Home Agent."""
    number = max(3, len(str(max(1, len(ladder.model)))))
    time = max(9, len(seconds_text(ladder.model.span))) if width >= 60 else 0
    left = MARK + number + 1 + (time + 1 if time else 0)
    count = len(ladder.nodes)
    room = max(width - left - 2, LEAST_GAP * max(1, count - 1))
    at, columns = 0.0, [left]
    for gap in _gaps(ladder.nodes, room):
        at += gap
        columns.append(left + int(at))
    return Layout(number, time, tuple(columns), width)


def _gaps(nodes: Nodes, room: int) -> list[float]:
    """The columns between each two lifelines. Arrows of the 3GPP access have their words beside them if need be."""
    shares = [MAIN_SHARE if place == nodes.ue else 1 for place in range(len(nodes) - 1)]
    share = room / max(1, sum(shares))
    main, access = MAIN_SHARE * share, share
    if nodes.access:
        given = min(share - LEAST_GAP, (MAIN - main) / nodes.access)
        if given > 0:
            main, access = main + given * nodes.access, share - given
    return [main if place == nodes.ue else access if place < nodes.access else share for place in range(len(shares))]


def head(ladder: Ladder, layout: Layout) -> str:
    """The names above the lifelines; each has the room up to the next."""
    line = " " * MARK + "No.".rjust(layout.number) + " "
    if layout.time:
        line += "Time".rjust(layout.time) + " "
    for place, (node, column) in enumerate(zip(ladder.nodes.all, layout.columns, strict=False)):
        last = place == len(layout.columns) - 1
        end = layout.width if last else layout.columns[place + 1] - 1
        room = end - cell_len(line) - 1 if last else end - column
        title = _title(node, max(room, 4))
        if last and place:
            start = max(min(column, layout.width - cell_len(title)), cell_len(line) + 1)
            line += " " * (start - cell_len(line)) + title
        else:
            line += " " * (column - cell_len(line)) + title
    return line


def _title(node: Node, room: int) -> str:
    return node.title if cell_len(node.title) <= room else node.name


def draw(ladder: Ladder, rung: Rung, layout: Layout) -> list[Piece]:
    """The whole line of a rung."""
    return [*_front(ladder, rung, layout), *_body(ladder, rung, layout)]


def _front(ladder: Ladder, rung: Rung, layout: Layout) -> list[Piece]:
    """Mark, frame and time, for messages; the others belong to one."""
    if rung.kind not in ARROWS:
        return [(" " * layout.left, "")]
    severity = ladder.severity(rung)
    mark: Piece = (f"{severity.mark} ", TONES[severity]) if severity else (" " * MARK, "")
    parts: list[Piece] = [mark, (f"{rung.frame:{layout.number}} ", "")]
    if layout.time:
        parts.append((ladder.time_text(rung.frame).rjust(layout.time) + " ", "dim"))
    return parts


def _body(ladder: Ladder, rung: Rung, layout: Layout) -> list[Piece]:
    if rung.kind in ARROWS:
        return _arrow(ladder, rung, layout)
    if rung.kind is Kind.STATE:
        return _states(ladder, rung, layout)
    tone = TONES.get(ladder.severity(rung) or 0, "move")
    sign = "└" if rung.kind is Kind.VIOLATION else "┄"
    line = Canvas(layout)
    start = layout.columns[min(ladder.nodes.ue, len(layout.columns) - 1)]
    return line.around(start, f"{sign} {ladder.words(rung)}", tone, to_end=True)


def _arrow(ladder: Ladder, rung: Rung, layout: Layout) -> list[Piece]:
    begin, end = ladder.ends(rung)
    low, high = sorted((layout.columns[begin], layout.columns[end]))
    if low == high:
        return Canvas(layout).around(low, f"┄ {ladder.words(rung)}", "", to_end=True)
    room = high - low - 1
    words = ladder.words(rung)
    both, right = ladder.is_both_ways(rung), begin < end
    beyond = rung.kind is Kind.PCO and cell_len(words) > room - EDGES
    told = "" if beyond else ladder.within(rung, words, room - EDGES)
    inside = _inside(told, room, rung, left=both or not right, right=both or right)
    line = Canvas(layout).between(low, high, inside, _tone(ladder, rung), right=right, both=both, is_data=_double(rung))
    if beyond:  # between the nodes of the 3GPP access there is little room, and behind them nothing to be seen
        start = high + 2
        line[-1] = line[-1][0][:1], "line"
        line += [(" ", ""), (fitted(words, max(10, layout.width - start)).rstrip(), _tone(ladder, rung))]
    return line


def _inside(words: str, room: int, rung: Rung, *, left: bool, right: bool) -> str:
    """An arrow with its words; that of user data is a double line."""
    bar = "═" if _double(rung) else "─"
    left_end, right_end = ("◄" if left else bar), ("►" if right else bar)
    if room <= 8 or not words:
        return left_end + bar * (room - 2) + right_end
    return f"{left_end} {words} {bar * (room - 4 - cell_len(words))}{right_end}"


def _double(rung: Rung) -> bool:
    return rung.kind is Kind.TUNNEL


def _tone(ladder: Ladder, rung: Rung) -> str:
    if rung.is_part or rung.kind is Kind.DATA:
        return "part"
    return TONES.get(ladder.severity(rung) or 0, "data" if rung.kind is Kind.TUNNEL else "")


def _states(ladder: Ladder, rung: Rung, layout: Layout) -> list[Piece]:
    """The UE's state right of its lifeline, the Home Agent's left of its own."""
    ue, ha = layout.columns[ladder.nodes.ue], layout.columns[ladder.agent(rung)]
    left, right = state_words(rung, Role.UE), state_words(rung, Role.HA)
    room = max(0, ha - ue - 1)
    left = f" {left}" if left else ""
    right = f"{right} " if right else ""
    if cell_len(left) + cell_len(right) + 1 > room:
        half = room // 2 if left and right else room
        left, right = (fitted(text, half).rstrip() if cell_len(text) > half else text for text in (left, right))
    gap = " " * max(0, room - cell_len(left) - cell_len(right))
    return Canvas(layout).states(ue, ha, left, gap, right)


class Canvas:
    """The lifelines of a line, with something between two of them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def _lines(self, start: int, end: int) -> str:
        """Lifelines from a column up to before another."""
        return "".join("│" if at in self._layout.columns else " " for at in range(start, end))

    def between(
        self, low: int, high: int, text: str, tone: str, *, right: bool, both: bool, is_data: bool = False
    ) -> list[Piece]:
        begin, end = "╞╡" if is_data else "├┤"
        first, last = ("│" if both or not right else begin), ("│" if both or right else end)
        return [
            (self._lines(self._layout.left, low) + first, "line"),
            (set_cell_size(text, high - low - 1), tone),
            (last + self._lines(high + 1, self._layout.columns[-1] + 1), "line"),
        ]

    def states(self, ue: int, ha: int, left: str, gap: str, right: str) -> list[Piece]:
        return [
            (self._lines(self._layout.left, ue), "line"),
            ("◆" if left else "│", "state" if left else "line"),
            (left, "state"),
            (gap, ""),
            (right, "state"),
            *([("◆" if right else "│", "state" if right else "line")] if ha > ue else []),
            (self._lines(max(ha, ue) + 1, self._layout.columns[-1] + 1), "line"),
        ]

    def around(self, start: int, text: str, tone: str, *, to_end: bool) -> list[Piece]:
        """A text that stands on the lifelines from a column on."""
        room = max(10, self._layout.width - start)
        return [
            (self._lines(self._layout.left, start), "line"),
            (fitted(text, room).rstrip() if to_end else text, tone),
        ]


def line_text(pieces: Sequence[Piece]) -> str:
    """A line without its tones."""
    return "".join(text for text, _ in pieces).rstrip()
