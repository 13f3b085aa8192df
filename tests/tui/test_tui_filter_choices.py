"""What the filter bar offers while one types: taken with Tab, the arrows or the mouse."""

from __future__ import annotations

import pytest
from screen_driver import paste, settle
from tui_driver import Driver, drive, packets_of, screen_text

from analyzer.tui.widgets.filter_bar import FilterBar
from analyzer.tui.widgets.filter_choices import MOST_ROWS, NONE


async def typed(pilot: Driver, text: str, *keys: str) -> FilterBar:
    """Opens the bar, types a text and presses keys."""
    await pilot.press("slash")
    await paste(pilot, text)
    await pilot.press(*keys)
    await settle(pilot)
    return packets_of(pilot).bar


def test_tab_takes_field_operator_and_value_and_enter_applies_them() -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "bu.h_fl", "tab")
        assert bar.text == "mip6.bu.h_flag"
        await pilot.press("tab", "tab")
        assert bar.text == "mip6.bu.h_flag == 1"
        await pilot.press("enter")
        await settle(pilot)
        screen = packets_of(pilot)
        assert screen._filtering is not None
        screen._filtering.wait(5)
        assert list(screen.view.chosen or ()) == [13, 24]
        assert not bar.choices.is_open

    drive(scenario)


def test_what_is_offered_is_explained_under_the_word_that_is_typed() -> None:
    async def scenario(pilot: Driver) -> None:
        await typed(pilot, "udp && mip6.bu.")
        lines = screen_text(pilot).splitlines()
        assert lines[1].startswith("/ udp && mip6.bu.")
        assert "mip6.bu.seqnr" in lines[2]
        assert "Sequence number of a Binding Update" in lines[2]
        assert lines[2].index("mip6") == lines[1].index("mip6")
        assert lines[1 + MOST_ROWS][9:].lstrip().startswith("mip6.bu.")
        assert not lines[2 + MOST_ROWS][9:].lstrip().startswith("mip6.bu.")

    drive(scenario, size=(120, 40))


def test_the_arrows_go_into_the_list_and_out_of_it_and_enter_takes_a_row() -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "isakmp.exchangetype == ", "down", "down")
        assert "▸IKE_AUTH" in screen_text(pilot)
        await pilot.press("up", "up")
        assert bar.choices.row == NONE
        await pilot.press("down", "down", "enter")
        await settle(pilot)
        assert bar.text == "isakmp.exchangetype == IKE_AUTH"
        assert packets_of(pilot).view.chosen is None, "Enter took the row, it did not apply the filter"
        await pilot.press("up")
        assert bar.text == "isakmp.exchangetype == IKE_AUTH", "nothing was typed before it"

    FilterBar.history.clear()
    drive(scenario)


def test_a_long_list_scrolls_with_the_row() -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "mip6.", *["down"] * (MOST_ROWS + 3))
        assert bar.choices.chosen is not None
        assert f"▸{bar.choices.chosen.text}" in screen_text(pilot)
        assert bar.choices.row == MOST_ROWS + 2
        await pilot.press(*["up"] * (MOST_ROWS + 2))
        await settle(pilot)
        assert bar.choices.row == 0
        assert f"▸{bar.choices.chosen.text}" in screen_text(pilot)

    drive(scenario, size=(100, 30))


def test_a_click_takes_a_row() -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "mip6.bu.h_flag == 1 ")
        await pilot.click("FilterChoices", offset=(4, 1))
        await settle(pilot)
        assert bar.text == "mip6.bu.h_flag == 1 ||"

    drive(scenario)


def test_what_was_typed_before_comes_back_without_a_list_over_it() -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "", "up", "up")
        assert bar.text == "ip.src == 192.0.2.1"
        assert not bar.choices.is_open
        await pilot.press("down")
        assert bar.text == "isakmp"
        await pilot.press("down")
        assert bar.text == ""
        await paste(pilot, "mip6.bu")
        await settle(pilot)
        assert bar.choices.is_open
        await pilot.press("up")
        await settle(pilot)
        assert bar.text == "isakmp"
        assert not bar.choices.is_open

    FilterBar.history[:] = ["ip.src == 192.0.2.1", "isakmp"]
    drive(scenario)


def test_tab_goes_to_the_next_pane_where_nothing_is_offered_and_escape_closes_the_list() -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "ip.src == 192.0.2.1")
        assert not bar.choices.is_open
        await pilot.press("tab")
        assert pilot.app.focused is not bar.query_one("#filter-text")
        await pilot.press("escape")
        await typed(pilot, "mip6.bu.h_flag == 1")
        assert not bar.choices.is_open, "all that may stand there does so"
        await pilot.press("escape")
        await typed(pilot, "not mip6")
        assert bar.choices.is_open
        await pilot.press("escape")
        await settle(pilot)
        assert not bar.choices.is_open
        assert "mip6" not in screen_text(pilot)
        await typed(pilot, "udp", "enter")
        await typed(pilot, "mip6.bu")
        assert bar.choices.is_open
        await pilot.press("escape")
        await settle(pilot)
        assert bar.text, "something is filtered, the bar stays"
        assert not bar.choices.is_open

    drive(scenario)


@pytest.mark.parametrize(("size", "is_shown"), [((80, 24), True), ((20, 5), False)])
def test_a_low_terminal_shows_the_packets_instead(size: tuple[int, int], is_shown: bool) -> None:
    async def scenario(pilot: Driver) -> None:
        bar = await typed(pilot, "mip6.bu.h_fl")
        assert bar.choices.is_open is is_shown
        assert ("home registration" in screen_text(pilot)) is is_shown

    drive(scenario, size=size)
