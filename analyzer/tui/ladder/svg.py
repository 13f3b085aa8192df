"""The ladder as a picture: plain SVG, the same for the same ladder, with nothing in it that is fetched or run."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from analyzer.tui.ladder.ladder import Ladder, state_words
from analyzer.tui.ladder.rung import ARROWS, Kind, Rung
from analyzer.tui.ladder.text import title_lines
from rules.model import Role

FONT = 12
CHARACTER = 7.3
"""Width of a character in the usual monospace fonts at that size."""
ROW, TOP, LEFT, RIGHT = 26, 78, 170, 60
MAIN, SIDE = 760, 260
"""Between UE and Home Agent, and between others."""
DATA = "#2850a0"
COLOURS = {3: "#b3261e", 2: "#8a5a00", 1: "#8a5a00"}
STYLE = f"""
text {{ font: {FONT}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1c2127; }}
.title {{ font-weight: bold; }} .dim {{ fill: #5f6870; }} .life {{ stroke: #9aa5ad; stroke-dasharray: 3 3; }}
.arrow {{ stroke: #1c2127; fill: none; }} .part {{ stroke: #8a96a3; stroke-dasharray: 5 3; }}
.data {{ stroke-width: 5; }} .core {{ stroke: #ffffff; stroke-width: 2; }}
.state {{ fill: #dce9f1; stroke: #27577a; }}
"""
ARROW = (
    '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker>'
)
HEAD = 11
"""Length of the head of an arrow of user data, which is a double line with a head of its own."""


def svg_lines(ladder: Ladder) -> Iterator[str]:
    """The picture, line by line."""
    columns = _columns(ladder)
    width, height = columns[-1] + RIGHT + 120, TOP + ROW * (len(ladder.rungs) + 1)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    yield f"<style>{STYLE}</style><defs>{ARROW}</defs>"
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for number, line in enumerate(title_lines(ladder)):
        yield _text(12, 20 + 16 * number, line, "dim" if number else "title")
    for node, x in zip(ladder.nodes.all, columns, strict=True):
        yield f'<line class="life" x1="{x}" y1="{TOP - 14}" x2="{x}" y2="{height - 8}"/>'
        yield _text(x, TOP - 20, node.title, "title", anchor="middle")
    for number, rung in enumerate(ladder.rungs):
        yield from _rung(ladder, rung, columns, TOP + ROW * (number + 0.5))
    yield "</svg>"


def _columns(ladder: Ladder) -> list[int]:
    columns = [LEFT]
    for place in range(len(ladder.nodes) - 1):
        columns.append(columns[-1] + (MAIN if place == ladder.nodes.ue else SIDE))
    return columns


def _rung(ladder: Ladder, rung: Rung, columns: list[int], y: float) -> Iterator[str]:
    if rung.kind in ARROWS:
        at = ladder.time_text(rung.frame)
        yield _text(58, y + 4, str(rung.frame), anchor="end")
        yield _text(LEFT - 30, y + 4, at, "dim", anchor="end")
        yield from _arrow(ladder, rung, columns, y)
    elif rung.kind is Kind.STATE:
        for role, column in ((Role.UE, ladder.nodes.ue), (Role.HA, ladder.agent(rung))):
            words = state_words(rung, role)
            if words:
                yield from _state(columns[column], y, words)
    else:
        severity = ladder.severity(rung)
        start = columns[ladder.nodes.ue] + 12
        words = _cut(ladder.words(rung), columns[-1] + RIGHT + 100 - start)
        yield _text(start, y + 4, words, fill=COLOURS.get(severity or 0, "#27577a"))


def _arrow(ladder: Ladder, rung: Rung, columns: list[int], y: float) -> Iterator[str]:
    begin, end = (columns[place] for place in ladder.ends(rung))
    low, high = min(begin, end), max(begin, end)
    severity = ladder.severity(rung)
    colour = COLOURS.get(severity or 0, "")
    if rung.kind is Kind.TUNNEL and not rung.is_part:
        yield from _double(begin, end, y + 5, colour)
    else:
        yield _single(ladder, rung, begin, end, y + 5, colour)
    words = f"{severity.mark} {ladder.words(rung)}" if severity else ladder.words(rung)
    room = columns[-1] + RIGHT + 100 - low if rung.kind is Kind.PCO else high - low - 20
    yield _text(low + (10 if rung.kind is not Kind.TUNNEL else 10 + HEAD // 2), y, _cut(words, room), fill=colour)


def _single(ladder: Ladder, rung: Rung, begin: int, end: int, y: float, colour: str) -> str:
    kind = "arrow part" if rung.is_part or rung.kind is Kind.DATA else "arrow"
    style = f' style="stroke:{colour}"' if colour else ""
    both = ' marker-start="url(#head)"' if ladder.is_both_ways(rung) else ""
    line = f'x1="{begin}" y1="{y:g}" x2="{end}" y2="{y:g}"'
    return f'<line class="{kind}"{style} {line} marker-end="url(#head)"{both}/>'


def _double(begin: int, end: int, y: float, colour: str) -> Iterator[str]:
    """User data: a line with a white core, so that it is told from signalling without its colour."""
    way = 1 if end > begin else -1
    stop = end - way * HEAD
    colour = colour or DATA
    line = f'x1="{begin}" y1="{y:g}" x2="{stop}" y2="{y:g}"'
    yield f'<line class="data" style="stroke:{colour}" {line}/><line class="core" {line}/>'
    yield f'<path style="fill:{colour}" d="M{stop} {y - 6:g} {end} {y:g} {stop} {y + 6:g}z"/>'


def _state(x: int, y: float, words: str) -> Iterator[str]:
    width = CHARACTER * len(words) + 16
    yield f'<rect class="state" x="{x - width / 2:g}" y="{y - 9:g}" width="{width:g}" height="18" rx="9"/>'
    yield _text(x, y + 4, words, anchor="middle")


def _cut(text: str, room: float) -> str:
    most = max(4, int(room / CHARACTER))
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(x: float, y: float, text: str, kind: str = "", *, anchor: str = "", fill: str = "") -> str:
    about = f' class="{kind}"' if kind else ""
    about += f' text-anchor="{anchor}"' if anchor else ""
    about += f' style="fill:{fill}"' if fill else ""
    return f'<text x="{x:g}" y="{y:g}"{about} xml:space="preserve">{escape(_xml_safe(text))}</text>'


def _xml_safe(text: str) -> str:
    """Inert text holds no control characters, which XML does not allow; a lone surrogate it does not allow either."""
    return text.encode("utf-8", "replace").decode("utf-8")
