"""Copying: the desktop's clipboard, else the terminal's (OSC 52), else a file. The user is told which."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from analyzer.tui.state import state_folder, write_private

TOOLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("WAYLAND_DISPLAY", "wl-copy", ()),
    ("DISPLAY", "xclip", ("-selection", "clipboard")),
    ("DISPLAY", "xsel", ("--clipboard", "--input")),
    ("", "pbcopy", ()),
)
"""The variable that says there is a desktop, the program, its arguments."""
MOST_OSC52 = 74_994
"""Characters of base64 that terminals are known to take."""
PATIENCE = 2.0
DEAF = ("", "dumb", "linux")
"""Terminals that have no clipboard."""


def copy(text: str, write: Callable[[str], None] | None, environ: Mapping[str, str] = os.environ) -> str:
    """Copies ``text``; says where to. ``write`` reaches the terminal, where there is one."""
    tool = _native(text, environ)
    if tool is not None:
        return f"the clipboard ({tool})"
    sequence = osc52(text, environ)
    if sequence is not None and write is not None:
        write(sequence)
        return "the terminal's clipboard (OSC 52)"
    try:
        path = write_private(state_folder(), "copied.txt", text)
    except OSError as error:
        return f"nowhere: {error.strerror}"
    return f"the file {_short(path)}"


def _native(text: str, environ: Mapping[str, str]) -> str | None:
    """The program that took the text."""
    for variable, tool, arguments in TOOLS:
        if (variable and not environ.get(variable)) or shutil.which(tool, path=environ.get("PATH")) is None:
            continue
        try:
            done = subprocess.run(
                [tool, *arguments],
                input=text.encode("utf-8", "backslashreplace"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
                env=dict(environ),
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return tool
    return None


def osc52(text: str, environ: Mapping[str, str]) -> str | None:
    """The sequence that sets the terminal's clipboard, wrapped so that tmux or screen lets it through."""
    if environ.get("TERM", "") in DEAF:
        return None
    data = base64.b64encode(text.encode("utf-8", "backslashreplace")).decode("ascii")
    if len(data) > MOST_OSC52:
        return None
    sequence = f"\x1b]52;c;{data}\x07"
    if environ.get("TMUX"):
        return f"\x1bPtmux;\x1b{sequence}\x1b\\"
    if environ.get("TERM", "").startswith("screen"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence


def _short(path: Path) -> str:
    home = str(Path.home())
    return "~" + str(path)[len(home) :] if str(path).startswith(home) else str(path)
