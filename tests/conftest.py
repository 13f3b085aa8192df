"""Fixtures that several test folders use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.load_profile("same")  # a run says what it said before; others: --hypothesis-profile default

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of real captures, which is not part of the project."""
    if not CAPTURES.is_dir():
        pytest.skip("shared/captures is not here")
    return CAPTURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The line that the goal speaks of: captures of tests/independent, whatever process they were judged in."""
    planted, compliant = (list(_noted(terminalreporter, kind)) for kind in ("planted", "compliant"))
    if planted and compliant:
        terminalreporter.write_line(
            f"independent captures: {sum(one['found'] for one in planted)} of {len(planted)} violations found; "
            f"{sum(one['inventing'] for one in planted)} of those and {sum(one['inventing'] for one in compliant)} "
            f"of {len(compliant)} compliant runs gave a failure that was not there"
        )


def _noted(reporter: pytest.TerminalReporter, kind: str) -> Iterator[dict[str, bool]]:
    """What tests noted with ``record_property``."""
    for reports in reporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                yield from (value for name, value in report.user_properties if name == kind)
