"""The ladder as text, for a file."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.reports.violations import iso_time
from analyzer.tui.ladder.draw import draw, head, layout_of, line_text
from analyzer.tui.ladder.ladder import Ladder
from dissectors.inert import inert

WIDTH = 160


def text_lines(ladder: Ladder, width: int = WIDTH) -> Iterator[str]:
    """Title, names, then a line for each rung."""
    yield from title_lines(ladder)
    layout = layout_of(ladder, width)
    yield ""
    yield head(ladder, layout).rstrip()
    for rung in ladder.rungs:
        yield line_text(draw(ladder, rung, layout))


def title_lines(ladder: Ladder) -> list[str]:
    """Whose ladder it is, and when it begins."""
    session = ladder.session
    who = inert(session.identity) if session.identity else "identity not seen"
    title = [f"Session {session.number}: {who}, {session.ue} with {session.ha}"]
    if len(ladder.model):
        title.append(f"times since {iso_time(ladder.model.start)}")
    return title
