"""Fixtures that several test folders use."""

from __future__ import annotations

from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of real captures, which is not part of the project."""
    if not CAPTURES.is_dir():
        pytest.skip("shared/captures is not here")
    return CAPTURES
