"""Fixtures for tests of the analyzer."""

from __future__ import annotations

import pytest
from command_line import CommandLine


@pytest.fixture
def dsmip(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)
