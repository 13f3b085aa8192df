"""``dsmip tui``: what it says when it cannot start, and a real run on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from tui_driver import FAULTS, Driver, screen_text

from analyzer.cli.app import run
from analyzer.tui.app import AnalyzerApp
from analyzer.tui.follow import Follow
from analyzer.tui.state import State

ROOT = FAULTS.parents[1]
PATIENCE = 60.0


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert run(["tui", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_without_a_terminal_it_says_what_does_without(capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs a terminal" in said(capsys, FAULTS / "capture.pcap")


def test_standard_input_is_the_keyboard(capsys: pytest.CaptureFixture[str]) -> None:
    assert "standard input" in said(capsys, "-")


def test_files_that_cannot_be_read_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "does not exist" in said(capsys, tmp_path / "no.pcap")
    assert "key file" in said(capsys, FAULTS / "capture.pcap", "--keys", tmp_path / "no")
    assert "no capture given" in said(capsys)


class Terminal:
    """A process on a pseudo-terminal of 120 by 40."""

    def __init__(self, *arguments: str | Path, state: Path) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environ = {**os.environ, "XDG_STATE_HOME": str(state), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        environ.pop("NO_COLOR", None)
        command = [sys.executable, "-m", "analyzer", "tui", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, cwd=ROOT, start_new_session=True
        )
        os.close(theirs)
        self.seen = b""

    def until(self, wanted: bytes) -> None:
        """Reads what is drawn until it holds ``wanted``."""
        end = time.monotonic() + PATIENCE
        while wanted not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            if select.select([self._ours], [], [], 0.2)[0]:
                self.seen += self._read()

    def _read(self) -> bytes:
        try:
            return os.read(self._ours, 1 << 16)
        except OSError:  # the other end is closed
            return b""

    def press(self, keys: str) -> None:
        self.seen = b""
        os.write(self._ours, keys.encode())

    def ended(self) -> int:
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            if select.select([self._ours], [], [], 0.05)[0]:
                self._read()
        return self.process.wait(1)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(FAULTS / "capture.pcap", "--keys", FAULTS / "keys", state=tmp_path)
    yield made
    made.close()


@pytest.mark.alone
def test_a_real_run_from_start_to_quit(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("✖ ".encode())  # the count of fails, once all is judged
    terminal.press("n")
    terminal.until(b"UE-5.1.2.4-14")
    terminal.press("?")
    terminal.until(b"Everywhere")
    terminal.press("\x1b")
    time.sleep(0.5)
    terminal.press("q")
    assert terminal.ended() == 0
    saved = tmp_path / "dsmip-analyzer" / "tui.json"
    assert json.loads(saved.read_text())["recent"] == [str(FAULTS / "capture.pcap")]
    assert str(FAULTS / "keys") not in saved.read_text()


def test_it_starts_where_textual_has_tasks_begin_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As from Python 3.12 on, where this went wrong; before, a stand-in tells who still makes tasks so."""
    made: list[str] = []

    def at_once(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **more: Any) -> Any:
        made.append(coroutine.__qualname__)
        return asyncio.Task(coroutine, loop=loop, **more)

    if sys.version_info < (3, 12):
        monkeypatch.setattr(asyncio, "eager_task_factory", at_once, raising=False)
    app = AnalyzerApp(Follow([FAULTS / "capture.pcap"], []), state=State(theme="dark"), state_folder=Path("/nowhere"))
    shown: list[str] = []

    async def look(pilot: Driver) -> None:
        await pilot.pause()
        shown.append(screen_text(pilot))
        pilot.app.exit()

    app.run(headless=True, size=(80, 24), auto_pilot=look)
    assert app.return_code == 0
    assert shown[0].startswith(" 1 Packets")
    assert made == []
