"""Fixtures for tests of the analyzer."""

from __future__ import annotations

import pytest
from command_line import CommandLine


@pytest.fixture
def dsmip(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """As in a pipe: whoever runs the tests (several processes at once, say) may have set a width."""
    monkeypatch.delenv("COLUMNS", raising=False)
    return CommandLine(capsys)
