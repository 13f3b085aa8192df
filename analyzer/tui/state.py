"""What is remembered of a user from one run to the next: how the screen looks, and which captures were opened.

Of keys nothing is written, not even where they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

MOST_RECENT = 20
FOLDER, FILE = "dsmip-analyzer", "tui.json"


def state_folder() -> Path:
    """Where the state of this user's programs is kept."""
    from platformdirs import user_state_path

    return user_state_path(FOLDER, appauthor=False)


@dataclass(slots=True)
class State:
    """What is remembered. A field that is missing or of another kind gets its default."""

    theme: str = ""  # "" is by what the terminal can do
    time_form: str = "START"
    panes: dict[str, int] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)  # captures, the latest first

    def opened(self, paths: Sequence[str | Path]) -> None:
        """Captures were opened: they lead the recent ones."""
        names = [str(Path(path).resolve()) for path in paths if str(path) != "-"]
        self.recent = list(dict.fromkeys([*names, *self.recent]))[:MOST_RECENT]


def load_state(folder: Path | None = None) -> State:
    """The state of last time; what cannot be read counts as never written."""
    try:
        data = json.loads(((folder or state_folder()) / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return State()
    state = State()
    if not isinstance(data, dict):
        return state
    for entry in fields(State):
        value = data.get(entry.name)
        if isinstance(value, type(getattr(state, entry.name))):
            setattr(state, entry.name, value)
    state.panes = {str(k): v for k, v in state.panes.items() if isinstance(v, int)}
    state.recent = [path for path in state.recent if isinstance(path, str)][:MOST_RECENT]
    return state


def save_state(state: State, folder: Path | None = None) -> None:
    """Writes it for this user alone, whole or not at all. A disk that is full or read-only is no reason to fail."""
    place = folder or state_folder()
    text = json.dumps(asdict(state), indent=1, ensure_ascii=True)
    try:
        write_private(place, FILE, text)
    except OSError:
        return


def write_private(folder: Path, name: str, text: str) -> Path:
    """A file that only this user can read (0600, in a folder of 0700), put in place when it is whole."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path, part = folder / name, folder / f"{name}.{os.getpid()}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(text)
    part.replace(path)
    return path
