"""The dialog that writes files: what, where to, and whether to overwrite."""

from __future__ import annotations

import threading
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from analyzer.reports.layout import size_text
from analyzer.tui.exports import EXPORTS, Cancelled, Export, Job, usual_path, write
from analyzer.tui.ladder.ladder import Ladder
from analyzer.tui.ladder.rungs import Folding
from analyzer.tui.screens.ladder import LadderScreen
from dissectors.inert import inert

if TYPE_CHECKING:
    from analyzer.tui.app import AnalyzerApp
    from rules.session import Session


AGAIN = 0.5
"""Seconds until the dialog looks again at what can be written."""
LOW = 14
"""Lines below which the dialog shows one step at a time."""


class Step(Enum):
    """How far the dialog is."""

    WHAT = auto()
    WHERE = auto()
    OVERWRITE = auto()
    WRITING = auto()


def _folder() -> str:
    """Where a file goes whose name has no folder, unless that was removed meanwhile."""
    try:
        return f"; without a folder it goes to {Path.cwd()}"
    except OSError:
        return ""


def open_export(app: AnalyzerApp) -> None:
    """Opens the dialog over whatever screen is shown."""
    if not isinstance(app.screen, ModalScreen):
        app.push_screen(ExportScreen(app))


class ExportScreen(ModalScreen[None]):
    """A letter chooses what; Enter writes; Escape leaves, and ends a job that runs."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]
    DEFAULT_CSS = """
    ExportScreen { align: center middle;
        & > Vertical { width: 66; max-width: 98%; height: auto; max-height: 100%; background: $surface; padding: 0 1;
            border: round $dsmip-key; border-title-color: $dsmip-key; border-title-style: bold; }
        & Input { border: none; height: 1; padding: 0; display: none; }
        & Input.-shown { display: block; }
        & #export-note { height: auto; }
    }
    """

    def __init__(self, app: AnalyzerApp) -> None:
        super().__init__()
        self._app = app
        self._session = app.chosen.of(app)
        self._chosen: Export | None = None
        self._path = Path()
        self._step = Step.WHAT
        self._stop = threading.Event()
        self._told = self._reasons()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Export"
            box.border_subtitle = "Esc leaves"
            yield Static(self._choices(), id="export-what")
            yield Input(placeholder="file", compact=True, id="export-path")
            yield Static("", id="export-note", markup=False)

    def on_mount(self) -> None:
        self.set_interval(AGAIN, self._renew)

    def _renew(self) -> None:
        """What could not be written when the dialog opened may be there by now."""
        reasons = self._reasons()
        if reasons != self._told:
            self._told = reasons
            self.query_one("#export-what", Static).update(self._choices())
            if self._step is Step.WHAT:
                self._say("")

    def _reasons(self) -> list[str]:
        return [self._why_not(export) for export in EXPORTS]

    def _choices(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for export in EXPORTS:
            why_not = self._why_not(export)
            about = f"{export.about} ({why_not})" if why_not else export.about
            if export.of_ladder and self._session:
                about = about.replace("the session", f"session {self._session}")
            style = "dim" if why_not else "bold"
            table.add_row(Text(export.letter, style="bold reverse"), Text(export.name, style=style), Text(about))
        return table

    def _why_not(self, export: Export) -> str:
        """Why it cannot be written now, or nothing."""
        follow = self._app.follow
        if export.at_end and not follow.has_results:
            return "once all is read" if follow.busy and not follow.is_live else "nothing was read"
        return "no session" if export.of_ladder and not self._session else ""

    def _say(self, text: str) -> None:
        self.query_one("#export-note", Static).update(Text(inert(text)))

    # What

    def on_key(self, event: events.Key) -> None:
        if self._step is Step.OVERWRITE:
            event.stop()
            if event.character == "y":
                self._begin(overwrite=True)
            elif event.key != "escape":
                self._ask_path()
            return
        if self._step is not Step.WHAT or event.character is None:
            return
        export = next((export for export in EXPORTS if export.letter == event.character), None)
        if export is None:
            return
        event.stop()
        event.prevent_default()
        if self._why_not(export):
            self._say(f"{export.name}: {self._why_not(export)}")
            return
        self._chosen = export
        self._path = usual_path(export, self._app.follow.files, self._session)
        self._ask_path()

    # Where

    def _ask_path(self) -> None:
        self._step = Step.WHERE
        path = self.query_one(Input)
        path.value = str(self._path)
        path.cursor_position = len(path.value)
        path.add_class("-shown")
        path.focus()
        self.query_one(Vertical).border_title = f"Export {self._chosen.name}" if self._chosen else "Export"
        self._make_room()
        self._say(f"Enter writes it{_folder()}")

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """In a low terminal the field has to be seen, not what else could be written."""
        self.query_one("#export-what").display = self._step is Step.WHAT or self.size.height >= LOW

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip() or self._step is not Step.WHERE:
            return
        self._path = Path(event.value.strip()).expanduser()
        self._begin(overwrite=False)

    def _begin(self, *, overwrite: bool) -> None:
        assert self._chosen is not None
        self._step = Step.WRITING
        self._say("writing")
        self.set_focus(None)
        self._write(self._chosen, self._ladder() if self._chosen.of_ladder else None, self._path, overwrite)

    def _ladder(self) -> Ladder:
        run = self._app.follow.run
        assert run is not None
        engine = run.engine
        machines = engine.machines_of(self._session) if engine else None
        reached = list(machines.reached) if machines else []
        ladder = Ladder(self._app.model, run.world.sessions[self._session - 1], lambda: reached)
        ladder.shows_data = self._app.shows_data
        ladder.folding = self._folding(ladder.session)
        ladder.catch_up(at_once=True)
        return ladder

    def _folding(self, session: Session) -> Folding:
        """What was unfolded on the screen, if that is the session it shows."""
        screens = (screen for screen in list(self._app.made) if isinstance(screen, LadderScreen))
        shown = next((s.ladder for s in screens if s.ladder and s.ladder.session is session), None)
        return Folding(set(shown.folding.frames), shown.folding.everything) if shown else Folding(set())

    # Writing

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _write(self, export: Export, ladder: Ladder | None, path: Path, overwrite: bool) -> None:
        follow = self._app.follow
        goes_on = follow.is_live and follow.results is None
        so_far = f": what there is up to frame {follow.frames:,}; what is owed is not judged yet" if goes_on else ""
        try:
            size = write(export, Job(follow, ladder, self._at), path, overwrite=overwrite)
        except FileExistsError:
            self.app.call_from_thread(self._ask_overwrite)
        except Cancelled:
            return
        except OSError as error:
            self.app.call_from_thread(self._failed, f"{path}: cannot be written: {error.strerror or error}")
        except Exception as error:  # a fault of ours is told, and the dialog stays
            self.app.call_from_thread(self._failed, f"internal error ({type(error).__name__})")
        else:
            self.app.call_from_thread(self._done, f"{export.name} written to {path}, {size_text(size)}{so_far}")

    def _at(self, part: float) -> None:
        if self._stop.is_set():
            raise Cancelled
        self.app.call_from_thread(self._say, f"writing {part:.0%}   Esc ends it")

    def _ask_overwrite(self) -> None:
        self._step = Step.OVERWRITE
        self._say(f"{self._path} is there already. Overwrite it? y/n")

    def _failed(self, text: str) -> None:
        self._ask_path()
        self._say(text)

    def _done(self, text: str) -> None:
        self.app.notify(inert(text), markup=False, timeout=6)
        self.dismiss(None)

    def action_leave(self) -> None:
        self._stop.set()
        self.dismiss(None)
