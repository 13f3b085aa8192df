"""``dsmip tui``: the terminal UI."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from analyzer.cli.analyze import Captures, Keys, ProfileFile, Read
from analyzer.cli.trouble import Trouble, captures, profile


def tui(
    files: Captures = None,
    read: Read = None,
    keys: Keys = None,
    profile_file: ProfileFile = None,
) -> int:
    """Look at captures in the terminal: packets, fields, bytes, violations. Press ? there for the keys."""
    paths = captures(files, read)
    if "-" in map(str, paths):
        raise Trouble("the terminal UI reads the keyboard from standard input: save the capture, then name the file")
    facts = profile(profile_file)
    for path in keys or []:
        if not Path(path).exists():
            raise Trouble(f"cannot read the key file {path}: no such file or directory")
    from analyzer.capture import CaptureError
    from analyzer.tui.follow import Follow

    try:
        follow = Follow(paths, keys or [], facts)
    except CaptureError as error:
        raise Trouble(str(error)) from None
    need_terminal("dsmip analyze and dsmip decode do without")
    from analyzer.tui.app import AnalyzerApp

    app = AnalyzerApp(follow)
    app.run()
    return app.return_code or 0


def need_terminal(without: str) -> None:
    """The screen is drawn on a terminal, or by a browser (dsmip serve, which sets the driver)."""
    if not os.environ.get("TEXTUAL_DRIVER") and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Trouble(f"the terminal UI needs a terminal; {without}")
