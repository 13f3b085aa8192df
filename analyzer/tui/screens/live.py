"""The capture as it goes on: how it stands, what is owed, what was found last, the packets as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Static

from analyzer.live.filters import default_filter
from analyzer.live.update import LiveState
from analyzer.reports.layout import size_text
from analyzer.tui.amounts import number_of
from analyzer.tui.keys import Scope, bindings
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.marks import Severity, severity_of
from analyzer.tui.owed import debt_notes
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.session_rows import TONES
from analyzer.tui.times import TimeForm
from analyzer.tui.view import View
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.notes import Note, Notes
from analyzer.tui.widgets.packet_list import PacketList
from dissectors.inert import inert
from rules.ledger import ledger

if TYPE_CHECKING:
    from analyzer.tui.live_app import LiveApp

WIDE, LOW, TINY = 110, 16, 9
"""Columns from which debts and violations stand side by side; lines below which they are out of sight, and below which
one line tells the state."""
MOST_VIOLATIONS = 50


class LiveScreen(AnalyzerScreen):
    """Enter on a packet, a debt or a violation goes to its frame."""

    SCOPES = frozenset({Scope.APP, Scope.LIVE})
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.LIVE)]
    AUTO_FOCUS = "PacketList"
    DEFAULT_CSS = """
    LiveScreen {
        & #live-state { height: auto; max-height: 6; padding: 0 1; }
        & #live-middle { height: 3fr; layout: vertical; }
        & #owed, & #found { height: 1fr; border-top: solid $panel; border-title-color: $dsmip-dim; }
        & #live-packets { height: 3fr; border-top: solid $panel; border-title-color: $dsmip-dim; }
        & #owed:focus, & #found:focus, & #live-packets:focus { border-top: solid $dsmip-key;
            border-title-color: $dsmip-key; }
        &.-wide #live-middle { layout: horizontal; height: 2fr; }
        &.-wide #owed, &.-wide #found { width: 1fr; height: 100%; }
        &.-wide #found { border-left: solid $panel; }
        &.-low #live-middle { display: none; }
        &.-tiny #live-state { max-height: 1; }
        &.-tiny #live-packets { border-top: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[object, ...] = ()

    @property
    def live(self) -> LiveApp:
        from analyzer.tui.live_app import LiveApp

        app = self.analyzer
        assert isinstance(app, LiveApp)
        return app

    @property
    def capture(self) -> LiveFollow:
        return self.live.capture

    def body(self) -> ComposeResult:
        self.view = View(self.capture.model)
        self.owed, self.found = Notes(id="owed"), Notes(id="found")
        self.packets = PacketList(self.view, id="live-packets")
        self.packets.time_form = TimeForm.__members__.get(self.analyzer.state.time_form, TimeForm.START)
        self.owed.border_title, self.found.border_title = "Owed", "Violations, the latest first"
        yield Static("", id="live-state", markup=False)
        with Container(id="live-middle"):
            yield self.owed
            yield self.found
        yield self.packets

    def on_resize(self) -> None:
        self.set_class(self.size.width >= WIDE, "-wide")
        self.set_class(self.size.height < LOW, "-low")
        self.set_class(self.size.height < TINY, "-tiny")

    # What comes

    def renew(self) -> None:
        self._said = ()
        self._take_model()
        self.catch_up()

    def _take_model(self) -> None:
        """The packets are those of the capture, also while the other screens show a file."""
        self.view.model = self.capture.model
        self.packets.renew()

    def catch_up(self) -> None:
        capture = self.capture
        if self.view.model is not capture.model:
            self._take_model()
        self._show_state(capture)
        self.packets.catch_up()
        self.packets.border_title = f"Packets{', following' if self.live.tail else ''}"
        if self.live.tail and self.packets.count:
            self.packets.place(self.packets.count - 1, tell=False)
        fails = capture.model.marks.findings
        said = (capture.beat, capture.stage, len(fails), fails[-1] if fails else None)
        if said != self._said:
            self._said = said
            self._show_owed(capture)
            self._show_found(capture)

    def _show_state(self, capture: LiveFollow) -> None:
        """The screen is laid out anew only where the text takes another number of lines."""
        text, state = state_text(capture), self.query_one("#live-state", Static)
        lines = len(text.wrap(self.app.console, max(1, state.size.width - 2)))
        state.update(text, layout=lines != state.size.height)

    def _show_owed(self, capture: LiveFollow) -> None:
        debts = [debt for debt in capture.owed if not debt.done]
        self.owed.border_title = f"Owed: {len(debts)}" if debts else "Owed"
        self.owed.show(
            debt_notes(debts, capture.now) if debts else [Note("", "Nothing is owed", tone="dim")], keep=True
        )

    def _show_found(self, capture: LiveFollow) -> None:
        marks = capture.model.marks
        latest = marks.findings[: -MOST_VIOLATIONS - 1 : -1]
        notes = []
        for finding in latest:
            severity = severity_of(finding.rule, marks.overrides) or Severity.NOTE
            row = ledger().get(finding.rule)  # our own additions have none, which would say what is required
            gist = row.requirement if row else inert(finding.observed)
            whose = f", session {finding.session}" if capture.sessions > 1 else ""
            text = f"{finding.frame}{whose}  {finding.rule}  {gist}"
            notes.append(Note(f"{severity.mark} frame", text, finding.frame, TONES[severity]))
        self.found.show(notes or [Note("", "No violations so far", tone="dim")], keep=True)

    # Moving

    def on_lines_moved(self, event: Lines.Moved) -> None:
        if event.lines is self.packets:
            self.live.tail = event.line >= len(self.view) - 1
            self.analyzer.frame = self.packets.number

    async def on_lines_chosen(self, event: Lines.Chosen) -> None:
        frame = self.packets.number if event.lines is self.packets else getattr(event.lines, "frame", 0)
        if frame:
            self.live.tail = False
            await self.analyzer.show_frame(frame)

    def action_pane(self, by: int) -> None:
        panes: list[Lines] = [pane for pane in (self.packets, self.owed, self.found) if pane.size.height]
        here = next((n for n, pane in enumerate(panes) if pane.has_focus), 0)
        panes[(here + by) % len(panes)].focus()

    def copies(self) -> dict[str, str]:
        capture = self.capture
        found = {"state": state_text(capture).plain, "owed": self.owed.text, "violations": self.found.text}
        if self.packets.number:
            found["row"] = self.capture.model.row(self.packets.number).text
        return found

    # Actions

    def action_turn_capture(self) -> None:
        self.live.action_turn_capture()

    def action_restart(self) -> None:
        self.live.action_restart()

    def action_save(self) -> None:
        self.live.action_save()

    def action_interfaces(self) -> None:
        self.live.action_interfaces()

    def action_tail(self) -> None:
        self.live.tail = not self.live.tail
        self.catch_up()


def state_text(capture: LiveFollow) -> Text:
    """How the capture stands, in a few lines."""
    counters, state = capture.counters, capture.state
    text = Text()
    text.append(f"{capture.status} ", style="bold")
    text.append(f"on {inert(', '.join(capture.session.interfaces))}" if capture.session.interfaces else "press i")
    text.append(f"   {_span(counters.elapsed)}\n" if counters.elapsed else "\n")
    if capture.trouble:
        problem, _, remedy = capture.trouble.partition("; remedy: ")
        text.append(f"{inert(problem)}\n", style="bold")
        if remedy:
            text.append("do this: ", style="bold")
            text.append(f"{inert(remedy)}\n")
        kept = f"What was captured is here still: {number_of(capture.frames, 'frame')}. " if capture.frames else ""
        text.append(f"{kept}s starts again\n")
    parts = [
        f"{number_of(capture.frames, 'frame')}, {size_text(counters.bytes)}",
        f"{counters.signalling:,} signalling",
        number_of(capture.sessions, "session"),
        number_of(capture.fails, "violation"),
        f"{counters.sealed:,} closed for want of keys" if counters.sealed else "",
    ]
    text.append(", ".join(filter(None, parts)) + "\n")
    text.append(f"{_last(capture, state)}{_lost(capture)}{_left(capture)}")
    if not capture.trouble:
        text.append("\n")
        text.append(f"Filter: {_filter(capture)}", style="dim")
    return text


def _filter(capture: LiveFollow) -> str:
    session = capture.session
    if session.filter == default_filter(session.interfaces):
        return "the signalling of S2c"
    return inert(session.filter) or "none, everything is captured"


def _last(capture: LiveFollow, state: LiveState) -> str:
    silence = capture.counters.silence
    if silence is None:
        return "No packets yet" if state.is_running else "No packets"
    return f"Last packet {silence:.0f} s ago" if state.is_running else f"Last packet {_span(silence)} ago"


def _lost(capture: LiveFollow) -> str:
    counters = capture.counters
    said = ", losses are told at the end" if counters.drops is None else f", {counters.drops:,} lost"
    if counters.lost_files:
        said += f" ({counters.lost_files} files overwritten before they were read)"
    if counters.behind > 1 << 20:
        said += f", {size_text(counters.behind)} behind"
    return said


def _left(capture: LiveFollow) -> str:
    """That the list begins later than the capture, where it does."""
    first = capture.model.first
    return f"; frames before {first:,} have left the ring, what was found in them stays" if first > 1 else ""


def _span(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
