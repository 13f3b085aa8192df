"""Asks for a file or a folder: typed, completed with Tab, or chosen from what is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from analyzer.tui.screens.dialogs import BOX
from analyzer.tui.widgets.lines import Lines, Piece
from dissectors.inert import inert

MOST = 500
"""Entries of a folder that are offered."""
SHOWN, LOW = 10, 10
"""Entries in view; lines of the terminal below which the field and they have all the room."""

Listing = Callable[[str], Iterable[str]]
"""What is offered where this is typed."""


def folders_and_files(typed: str) -> list[str]:
    """What is in the folder that is typed and begins as the rest does; folders end in a slash."""
    folder, _, begun = typed.rpartition("/")
    shown = f"{folder}/" if "/" in typed else ""
    found = []
    try:
        with os.scandir(Path(shown or ".").expanduser()) as entries:
            for entry in entries:
                if entry.name.startswith(begun) and (begun or not entry.name.startswith(".")):
                    found.append(shown + entry.name + ("/" if entry.is_dir() else ""))
                if len(found) >= MOST:
                    break
    except (OSError, ValueError):
        return []
    return sorted(found, key=lambda name: (not name.endswith("/"), name))


def captures_of(recent: Sequence[str]) -> Listing:
    """The recent captures where nothing is typed, else files."""
    return lambda typed: list(recent) if not typed and recent else folders_and_files(typed)


class PathList(Lines):
    """The paths that are offered; no line is under the cursor until one goes there."""

    DEFAULT_CSS = f"PathList {{ height: auto; max-height: {SHOWN}; width: 100%; background: $surface; }}"

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.can_focus = False

    def offer(self, paths: Iterable[str]) -> None:
        self.paths = list(paths)
        self.count, self.cursor = len(self.paths), -1
        self.columns = 1
        self.styles.height = max(1, min(SHOWN, self.count))
        self.fit()
        self.cursor = -1
        self.scroll_to(y=0, animate=False)
        self.refresh()

    def go(self, by: int) -> None:
        if self.count:
            self.place(max(0, self.cursor + by), tell=False)
            self.refresh()

    @property
    def chosen(self) -> str | None:
        return self.paths[self.cursor] if 0 <= self.cursor < len(self.paths) else None

    def pieces(self, line: int) -> Sequence[Piece]:
        text = inert(self.paths[line])
        room = max(8, self.size.width - 4)
        shown = text if len(text) <= room else "…" + text[-(room - 1) :]
        return [(" " + shown, "")]


class PathInput(Input):
    """Leaves Tab and the arrows to the dialog."""

    async def _on_key(self, event: events.Key) -> None:
        screen = self.screen
        if isinstance(screen, PathScreen) and event.key in ("tab", "up", "down"):
            event.stop()
            event.prevent_default()
            screen.pressed(event.key)
            return
        await super()._on_key(event)


class PathScreen(ModalScreen[Path | None]):
    """Enter takes what is typed, or what is under the cursor; Tab completes; Escape leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave", show=False)]
    DEFAULT_CSS = f"""
    PathScreen {{ {BOX}
        & > Vertical {{ width: 76; }}
        & Input {{ border: none; height: 1; padding: 0; }}
        & .path-note {{ height: auto; color: $dsmip-dim; }}
        & #path-wrong {{ color: $error; }}
        &.-low #path-about {{ display: none; }}
    }}
    """

    def __init__(
        self, title: str, about: str, listing: Listing, *, typed: str = "", folders: bool = False, new: bool = False
    ) -> None:
        """``folders``: one may be taken; ``new``: a file that is not there yet, asked before it is overwritten."""
        super().__init__()
        self._title, self._about, self._listing = title, about, listing
        self._typed, self._folders, self._new = typed, folders, new
        self._confirmed = ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "Tab completes, Enter takes, Esc leaves"
            yield Static(Text(self._about), classes="path-note", id="path-about")
            yield PathInput(self._typed, placeholder="path", compact=True, select_on_focus=False)
            yield Static("", id="path-wrong", markup=False)
            yield PathList()

    def on_mount(self) -> None:
        self.query_one("#path-wrong").display = False
        self._offer(self._typed)

    def on_resize(self) -> None:
        self.set_class(self.size.height < LOW, "-low")

    def _offer(self, typed: str) -> None:
        self.query_one(PathList).offer(self._listing(typed))

    def _put(self, text: str) -> None:
        field = self.query_one(PathInput)
        field.value = text
        field.cursor_position = len(text)

    def _say(self, text: str) -> None:
        wrong = self.query_one("#path-wrong", Static)
        wrong.display = bool(text)
        wrong.update(Text(inert(text)))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say("")
        self._offer(event.value)

    def pressed(self, key: str) -> None:
        offered = self.query_one(PathList)
        if key != "tab":
            offered.go(1 if key == "down" else -1)
            return
        typed = self.query_one(PathInput).value
        common = offered.chosen or os.path.commonprefix(offered.paths)  # noqa: RUF071 - letters, not folders
        if len(common) > len(typed) or offered.chosen:
            self._put(common)

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """A click on an entry."""
        chosen = self.query_one(PathList).chosen
        if chosen is not None:
            self._put(chosen)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        chosen = self.query_one(PathList).chosen
        text = (chosen or event.value).strip()
        if not text:
            return
        if chosen is not None and chosen.endswith("/"):
            self._put(chosen)
            return
        self._take(text)

    def _take(self, text: str) -> None:
        path = Path(text).expanduser()
        try:
            fault = self._fault(path)
        except (OSError, ValueError) as error:
            fault = str(error)
        if fault:
            self._say(fault)
            return
        self.dismiss(path)

    def _fault(self, path: Path) -> str:
        """What is wrong with it, or nothing."""
        if self._new:
            if path.is_dir():
                return f"{path} is a folder"
            if path.exists() and self._confirmed != str(path):
                self._confirmed = str(path)
                return f"{path} is there already: Enter once more overwrites it"
            return "" if path.absolute().parent.is_dir() else f"there is no folder {path.parent}"
        if not path.exists():
            return f"{path} does not exist"
        return f"{path} is a folder" if path.is_dir() and not self._folders else ""
