"""``dsmip serve``: the terminal UI in a browser."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli import EXIT_OK
from analyzer.cli.analyze import Captures, Keys, ProfileFile, Read
from analyzer.cli.trouble import Trouble, captures, profile

LOOPBACK = "127.0.0.1"
MISSING = "serving to a browser needs textual-serve: pip install dsmip-analyzer[serve]"
OPEN = (
    "dsmip: warning: {host} can be reached from other machines: whoever connects sees the captures, and reads and "
    "writes files as this user; nothing asks for a password"
)


def serve(
    files: Captures = None,
    read: Read = None,
    keys: Keys = None,
    profile_file: ProfileFile = None,
    interface: Annotated[
        list[str] | None,
        typer.Option("-i", "--interface", metavar="IF", help="Capture there instead of reading files."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
) -> int:
    """Offer the screens of dsmip tui, or with -i those of dsmip live, to a browser on this machine.

    Each page that is opened is a process of its own. Whoever can connect can read files as you do, so it listens on
    the loopback address unless told otherwise.
    """
    command = _command(files, read, keys, profile_file, interface)
    if find_spec("textual_serve") is None:
        raise Trouble(MISSING)
    if not is_loopback(host):
        print(OPEN.format(host=host), file=sys.stderr)  # noqa: T201
    from analyzer.serving import serve_forever

    print(f"dsmip: open http://{_bracketed(host)}:{port} in a browser; Ctrl-C ends it", file=sys.stderr)  # noqa: T201
    serve_forever(shlex.join(command), host, port)
    return EXIT_OK


def _command(
    files: list[str] | None,
    read: list[str] | None,
    keys: list[str] | None,
    profile_file: str | None,
    interface: list[str] | None,
) -> list[str]:
    """What each page runs; what would fail there is told here."""
    profile(profile_file)
    rest: list[str] = []
    for path in keys or []:
        if not Path(path).exists():
            raise Trouble(f"cannot read the key file {path}: no such file or directory")
        rest += ["--keys", path]
    if profile_file is not None:
        rest += ["--profile", profile_file]
    begin = [sys.executable, "-m", "analyzer"]
    if interface:
        if files or read:
            raise Trouble("-i and files exclude each other: capture, or read captures")
        return [*begin, "live", *rest, *(word for name in interface for word in ("-i", name))]
    paths = [str(path) for path in captures(files, read)]
    for path in paths:
        if path == "-" or not Path(path).exists():
            raise Trouble(f"{path} cannot be served: " + ("name a file" if path == "-" else "it does not exist"))
    return [*begin, "tui", *rest, "--", *paths]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
