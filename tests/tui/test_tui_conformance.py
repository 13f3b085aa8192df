"""The conformance matrix on the screen."""

from __future__ import annotations

import re
from pathlib import Path

from screen_driver import BULK_UES, press
from tui_driver import Driver, app_of, drive, packets_of, screen_text

from analyzer.tui.screens.conformance import ConformanceScreen
from analyzer.tui.widgets.matrix_grid import MatrixGrid


def test_the_matrix_has_totals_coverage_and_leads_to_the_evidence() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "6")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, ConformanceScreen)
        results = app_of(pilot).follow.results
        assert results is not None
        failed = sorted({finding.rule for finding in results.counted_failures})
        await press(pilot, "v")
        assert sorted(row.rule for row in screen.matrix.chosen) == failed
        assert "5 violated" in screen_text(pilot)
        assert "✗" in screen_text(pilot)
        await press(pilot, "enter")
        assert packets_of(pilot).packets.number == 13

    drive(scenario)


def test_the_matrix_agrees_with_that_of_the_reports(bulk: Path) -> None:
    from analyzer.reports.matrix import matrix_of

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "6")
        screen = app_of(pilot).screen_stack[0]
        results = app_of(pilot).follow.results
        assert isinstance(screen, ConformanceScreen)
        assert results is not None
        wanted = {row.rule: (row.coverage, +row.totals, row.failed_in) for row in matrix_of(results).rows}
        assert {row.rule: (row.coverage, +row.totals, row.failed_in) for row in screen.matrix.rows} == wanted

    drive(scenario, sample=bulk)


def test_columns_scroll_and_the_cursor_stays_in_view(bulk: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "6")
        grid = pilot.app.screen_stack[0].query_one(MatrixGrid)
        for key, session in {"l": 2, "right": 3, "h": 2, "left": 1, "right_square_bracket": grid.across}.items():
            await press(pilot, key)
            assert grid.session == session, key
        for _ in range(30):
            await press(pilot, "right_square_bracket")
        assert grid.session == BULK_UES
        assert re.search(r"\b60\b", screen_text(pilot).splitlines()[2])
        await press(pilot, "4")
        assert "Session 60 of 60" in screen_text(pilot)

    drive(scenario, sample=bulk)


def test_requirements_are_chosen_by_words() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "6", "slash", *"nat detection", "enter")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, ConformanceScreen)
        assert screen.matrix.chosen
        assert all("nat detection" in row.requirement.requirement.lower() for row in screen.matrix.chosen)
        await press(pilot, "escape")
        assert len(screen.matrix.chosen) == len(screen.matrix.rows)

    drive(scenario)
