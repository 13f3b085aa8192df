"""The packet list: any number of frames, each decoded when it comes into view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from analyzer.tui.model import Model
from analyzer.tui.rows import Row
from analyzer.tui.times import TimeForm, time_text
from analyzer.tui.view import View
from analyzer.tui.widgets.columns import MARK, Widths, end_text, fitted, widths
from analyzer.tui.widgets.lines import Lines, Piece

KINDS = {
    "IKEv2": "packets--ike",
    "ISAKMP": "packets--ike",
    "ESP": "packets--esp",
    "MIPv6": "packets--mobility",
    "DHCPv6": "packets--discovery",
    "DNS": "packets--discovery",
    "ICMPv6": "packets--icmp",
}
SEVERITY_STYLES = {3: "packets--error", 2: "packets--warning", 1: "packets--note"}
LONGEST_INFO = 400


class PacketList(Lines):
    """Number, time, source, destination, protocol, length, info; before them the mark of a broken requirement."""

    HEAD, GROWS = 1, True
    BORDER_TITLE = "Packets"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "packets--ike",
        "packets--esp",
        "packets--mobility",
        "packets--discovery",
        "packets--icmp",
        "packets--role",
        "packets--error",
        "packets--warning",
        "packets--note",
        "packets--foreign",
        "packets--malformed",
    }
    DEFAULT_CSS = """
    PacketList {
        & > .packets--ike { color: $dsmip-ike; }
        & > .packets--esp { color: $dsmip-esp; }
        & > .packets--mobility { color: $dsmip-mobility; text-style: bold; }
        & > .packets--discovery { color: $dsmip-discovery; }
        & > .packets--icmp { color: $dsmip-dim; }
        & > .packets--role { color: $dsmip-role; }
        & > .packets--error { color: $error; text-style: bold; }
        & > .packets--warning { color: $warning; text-style: bold; }
        & > .packets--note { color: $accent; }
        & > .packets--foreign { color: $dsmip-dim; }
        & > .packets--malformed { color: $warning; }
    }
    """

    def __init__(self, view: View, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.view = view
        self.time_form = TimeForm.START
        self.show_chosen: Callable[[], None] | None = None  # shows what depends on the packet under the cursor
        self._longest = [0, 0]  # source and destination with role, as seen so far
        self._in_view: tuple[object, ...] = ()
        self._widths: tuple[Any, Widths] | None = None

    @property
    def model(self) -> Model:
        return self.view.model

    @property
    def number(self) -> int:
        """The frame under the cursor, 0 where there is none."""
        return self.view.number(self.cursor) if self.cursor < len(self.view) else 0

    def renew(self) -> None:
        """The frames are those of another model."""
        self._in_view, self._widths = (), None
        self.catch_up()

    def catch_up(self) -> None:
        """More frames may be there, or more be known of those in view; the oldest may have left."""
        lost = self.view.trim()
        self.count = len(self.view)
        if lost:
            self._move_up(lost)
        self.fit()
        model = self.model
        top = int(self.scroll_offset.y)
        end = min(self.count, top + self.size.height)
        last = self.view.number(end - 1) if end else 0
        seen = (top, end, last, min(last, model.reached), model.marks.fails, model.complete, self.view.chosen is None)
        if seen != self._in_view:  # otherwise what came is below: nothing to draw
            self._in_view = seen
            self.refresh()

    def tell_moved(self, line: int) -> None:
        """What depends on the packet is shown at once: otherwise the list is drawn alone, and the rest a moment later.

        Where more keys wait, it is left to the message, which the last of them answers for all.
        """
        if self.show_chosen is not None and not self.app.message_queue_size:
            self.show_chosen()
        super().tell_moved(line)

    def _move_up(self, lines: int) -> None:
        """So many lines are no longer there at the top: what is in view stays where it is, as far as it is there."""
        stays = self.cursor >= lines
        self.cursor = max(0, self.cursor - lines)
        self.fit()
        self.scroll_to(y=max(0, int(self.scroll_offset.y) - lines), animate=False)
        if not stays:
            self.tell_moved(self.cursor)

    def widths(self) -> Widths:
        digits = len(str(max(1, self.view.highest)))
        span = self.model.span
        asked = (self.size.width, digits, self.time_form, len(str(span)), *self._longest)
        if self._widths is None or self._widths[0] != asked:
            source, destination = self._longest
            made = widths(
                self.scrollable_content_region.width or self.size.width,
                digits=digits,
                time=self.time_form.width(span),
                source=source,
                destination=destination,
            )
            self._widths = asked, made
            self.columns = self.size.width - made.info + LONGEST_INFO
        return self._widths[1]

    def _see(self, row: Row) -> None:
        """Columns grow with what comes into view and never shrink, so that they do not jump."""
        lengths = (
            len(row.source) + len(row.source_role) + bool(row.source_role),
            len(row.destination) + len(row.destination_role) + bool(row.destination_role),
        )
        if lengths[0] > self._longest[0] or lengths[1] > self._longest[1]:
            self._longest = [max(a, b) for a, b in zip(lengths, self._longest, strict=True)]
            self.call_after_refresh(self.refresh)  # what is being drawn has begun with the old widths

    def head(self) -> Sequence[Piece]:
        w = self.widths()
        parts = [" " * MARK, "No.".rjust(w.number) + " "]
        if w.time:
            parts.append(self.time_form.head.rjust(w.time - 1) + " ")
        if w.source:
            parts += [fitted("Source", w.source), fitted("Destination", w.destination)]
        parts.append(fitted("Protocol", w.protocol + 1))
        if w.length:
            parts.append("Len".rjust(w.length - 1) + " ")
        return [("".join(parts) + "Info", "")]

    def line_style(self, line: int) -> str:
        row = self.model.row(self.view.number(line))
        return "" if row.session else "packets--foreign"

    def pieces(self, line: int) -> Sequence[Piece]:
        number = self.view.number(line)
        row = self.model.row(number)
        self._see(row)
        w = self.widths()
        severity = self.model.marks.worst.get(number)
        mark = (f"{severity.mark} ", SEVERITY_STYLES[severity]) if severity else (" " * MARK, "")
        parts: list[Piece] = [mark, (f"{number:{w.number}} ", "")]
        if w.time:
            parts.append((self._time(row, line).rjust(w.time - 1) + " ", ""))
        if w.source:
            parts += [*_end(row.source, row.source_role, w.source)]
            parts += [*_end(row.destination, row.destination_role, w.destination)]
        parts.append((fitted(row.protocol, w.protocol) + " ", KINDS.get(row.protocol, "")))
        if w.length:
            parts.append((f"{row.length:{w.length - 1}} ", ""))
        parts.append((row.info, "packets--malformed" if row.malformed else "lines--dim" if row.sealed else ""))
        return parts

    def _time(self, row: Row, line: int) -> str:
        before = self.model.at(self.view.number(line - 1)) if line else None
        before = row.at if before is None else before
        return time_text(row.at, self.time_form, start=self.model.start, before=before)


def _end(address: str, role: str, width: int) -> Sequence[Piece]:
    """Address and role, the role in a colour of its own."""
    text = end_text(address, role, width - 1)
    at = text.find(" ")
    if not role or at < 0:
        return [(text + " ", "")]
    return [(text[:at], ""), (text[at:] + " ", "packets--role")]
