"""The command line, run inside the test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.cli.app import run


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class CommandLine:
    """Call with the arguments of ``dsmip``."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Said:
        self._capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Said(status, captured.out, captured.err)
