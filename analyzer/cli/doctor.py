"""``dsmip doctor``: what is installed, and what each missing piece would add."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib import metadata

import typer

from dissectors.inert import inert

LIBRARIES = {
    "cryptography": "opens IKEv2 and ESP",
    "jinja2": "the HTML report",
    "numpy": "triage of captures",
    "pandas": "the violations CSV",
    "rich": "the summary on a terminal",
    "typer": "the command line",
    "zstandard": "captures compressed with zstd",
    "scapy": "building samples, live capture where dumpcap is missing",
    "textual": "the terminal UI",
    "pyshark": "a second opinion from tshark",
}
PROGRAMS = {
    "tshark": "a second opinion and foreign protocols (Debian: apt install tshark)",
    "dumpcap": "live capture without root (Debian: apt install tshark, then add yourself to group wireshark)",
}
PATIENCE = 5.0
"""Seconds for a program to say its version."""


def doctor() -> int:
    """Say what is installed and what each missing piece would add. The main job needs neither root nor tshark."""
    typer.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    missing = [name for name, use in LIBRARIES.items() if not _library(name, use)]
    for name, use in PROGRAMS.items():
        _program(name, use)
    if missing:
        typer.echo(f"missing libraries: {', '.join(missing)}; reinstall with: pipx install dsmip-analyzer")
    return 2 if missing else 0


def _library(name: str, use: str) -> bool:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        typer.echo(f"  missing  {name:14} would add: {use}")
        return False
    typer.echo(f"  ok       {name:14} {version:12} {use}")
    return True


def _program(name: str, use: str) -> None:
    path = shutil.which(name)
    if path is None:
        typer.echo(f"  missing  {name:14} would add: {use}")
        return
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    if not said:
        typer.echo(f"  broken   {name:14} {inert(path)} does not answer --version; it would add: {use}")
        return
    typer.echo(f"  ok       {name:14} {inert(said.splitlines()[0])}")
