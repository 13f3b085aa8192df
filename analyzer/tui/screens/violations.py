"""The violations: a table, and beside it why the one under the cursor is one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from analyzer.tui.keys import Scope, bindings
from analyzer.tui.screens.table_screen import TableScreen
from analyzer.tui.tables import Table
from analyzer.tui.violation_rows import COLUMNS, GROUPINGS, GROUPS, ViolationRows, explanation, row_text
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.needle_bar import NeedleBar
from analyzer.tui.widgets.notes import Note, Notes
from analyzer.tui.widgets.table_list import TableList
from rules.model import Finding

WIDE, LOW = 130, 14
"""Columns from which the explanation stands beside the table; lines below which only one of them is shown."""


class ViolationsScreen(TableScreen):
    """Enter goes to the frame; Tab to the explanation, whose frames Enter follows too."""

    SCOPES = frozenset({Scope.APP, Scope.TABLE, Scope.VIOLATIONS})
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.VIOLATIONS)]
    DEFAULT_CSS = """
    ViolationsScreen {
        & #both { height: 1fr; layout: vertical; }
        & #violations { height: 3fr; }
        & #why { height: 2fr; border-top: solid $panel; border-title-color: $dsmip-dim; }
        & #why:focus { border-top: solid $dsmip-key; border-title-color: $dsmip-key; }
        &.-wide #both { layout: horizontal; }
        &.-wide #violations { height: 100%; width: 3fr; }
        &.-wide #why { height: 100%; width: 2fr; border-top: none; border-left: solid $panel; }
        &.-wide #why:focus { border-top: none; border-left: solid $dsmip-key; }
        &.-low #why { display: none; }
        &.-zoomed #violations { display: none; }
        &.-zoomed #why { display: block; height: 100%; width: 100%; border: none; }
    }
    """

    def body(self) -> ComposeResult:
        self.made = ViolationRows(self.analyzer.follow)
        self.table = Table(COLUMNS, self.made.__len__, self.made.row, text=row_text, groups=GROUPINGS)
        self.rows = TableList(self.table, id="violations")
        self.notes = Notes(id="why")
        self.bar = NeedleBar()
        self._explained: tuple[Finding | None, str] | None = None
        yield self.bar
        with Container(id="both"):
            yield self.rows
            yield self.notes

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE, "-wide")
        self.set_class(self.size.height < LOW, "-low")

    def on_screen_resume(self) -> None:
        self.catch_up()
        self._follow_frame()

    def _follow_frame(self) -> None:
        """The cursor goes to the violation of the frame that was chosen elsewhere."""
        frame, row = self.analyzer.frame, self.rows.row
        if row is not None and row < len(self.made) and self.made.row(row).finding.frame == frame:
            return
        for finding in self.analyzer.model.marks.by_frame.get(frame, ()):
            self.rows.go_to_row(self.analyzer.model.marks.findings.index(finding))
            self._explain()
            return

    def renew(self) -> None:
        self._explained = None
        self.made.renew(self.analyzer.follow)
        super().renew()

    def catch_up(self) -> None:
        super().catch_up()
        self._explain()

    def _explain(self) -> None:
        """The pane beside; it is made anew only when it would say something else."""
        row, group = self.rows.row, self.rows.group
        made = self.made.row(row) if row is not None and row < len(self.made) else None
        wanted = (made.finding if made else None, group)
        if self._explained is not None and wanted[0] is self._explained[0] and group == self._explained[1]:
            return
        self._explained = wanted
        if made is not None:
            self.notes.show(explanation(made))
            if not self.analyzer.model.marks.by_frame.get(self.analyzer.frame):
                self.analyzer.chosen.put(made.finding.session, self.analyzer.frame)
        elif group:
            self.notes.show([Note("", group, tone="head"), Note("", "Space folds and unfolds the group", tone="dim")])
        else:
            busy = self.analyzer.follow.busy
            self.notes.show([Note("", "No violations so far" if busy else "No violations", tone="dim")])

    # Moving

    @on(Lines.Moved)
    def _moved(self, event: Lines.Moved) -> None:
        if event.lines is self.rows:
            self._choose()
            self._explain()

    def _choose(self) -> None:
        row = self.rows.row
        if row is not None:
            finding = self.made.row(row).finding
            self.analyzer.frame = finding.frame
            self.analyzer.chosen.put(finding.session, finding.frame)

    @on(Lines.Chosen)
    async def _go(self, event: Lines.Chosen) -> None:
        if event.lines is self.notes:
            frame = self.notes.frame
        elif self.rows.row is None:
            self.action_fold()
            return
        else:
            self._choose()
            frame = self.made.row(self.rows.row).finding.frame
        if frame:
            await self.analyzer.show_frame(frame)

    def next_violation(self, by: int) -> bool:
        lines, at = self.table.lines, self.rows.cursor + by
        while 0 <= at < len(lines) and not isinstance(lines[at], int):
            at += by
        if not 0 <= at < len(lines):
            return not lines or self._no_more(by)
        self.rows.place(at)
        return True

    def _no_more(self, by: int) -> bool:
        self.notify("That is the last one" if by > 0 else "That is the first one", markup=False, timeout=2)
        return True

    def action_zoom(self) -> None:
        """The explanation alone, and back."""
        zoomed = not self.has_class("-zoomed")
        self.set_class(zoomed, "-zoomed")
        self.call_after_refresh((self.notes if zoomed else self.rows).focus)

    def leave(self) -> None:
        if self.has_class("-zoomed"):
            self.action_zoom()
        else:
            super().leave()

    # Groups

    def action_group(self) -> None:
        now = GROUPS.index(self.table.wish.group)
        group = GROUPS[(now + 1) % len(GROUPS)]
        self.table.folded.clear()
        self._ask(group=group)
        self.notify(f"Grouped by {group}" if group else "Not grouped", markup=False, timeout=2)

    def action_fold(self) -> None:
        group, row = self.rows.group, self.rows.row
        if not group and row is not None and self.table.wish.group:
            group = GROUPINGS[self.table.wish.group](self.made.row(row))
        if group:
            self.table.fold(group)
            self.rows.catch_up(self.version)
            self.rows.go_to_group(group)
            self._explain()

    def action_fold_all(self) -> None:
        if self.table.wish.group:
            self.table.fold_all()
            self.rows.catch_up(self.version)
            self._explain()

    def copies(self) -> dict[str, str]:
        return {**super().copies(), "explanation": self.notes.text}
