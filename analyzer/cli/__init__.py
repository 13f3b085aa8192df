"""The command ``dsmip``. Nothing heavy is imported before it is known what is asked for."""

from __future__ import annotations

import os
import sys

EXIT_OK, EXIT_FAILED, EXIT_TROUBLE = 0, 1, 2
"""No failed requirement; at least one; could not do the job."""


def main() -> None:
    """Runs the command line and ends the process with its exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from analyzer import __version__

        print(f"dsmip {__version__}")  # noqa: T201 - the fast path, before rich is imported
        return
    try:
        from analyzer.cli.app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules were still being imported
        print("dsmip: stopped", file=sys.stderr)  # noqa: T201
        status = 130
    _close_streams()
    sys.exit(status)


def _close_streams() -> None:
    """A reader that went away (``| head``) is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence()


def silence() -> None:
    """Nobody reads standard output any more: what is still to come, and what is buffered, goes nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # no file behind it, as in a test
        return
