"""The filter bar at work: what it lets through, what it says, and filters made from a field."""

from __future__ import annotations

from tui_driver import Driver, app_of, drive, node_of, packets_of, said, screen_text

from analyzer.tui.widgets.filter_bar import FilterInput


def test_the_filter_bar_narrows_the_list_and_escape_widens_it() -> None:
    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        await pilot.press("slash", *"dns.qry.name", "enter")
        assert screen._filtering is not None
        screen._filtering.wait(5)
        app_of(pilot).poll()
        await pilot.pause()
        assert screen.packets.count == 4
        assert "4 of 31" in screen_text(pilot)
        await pilot.press("G")
        assert screen.packets.number == 31
        await pilot.press("n")
        await pilot.pause()
        assert "No violation after" in said(pilot)
        await pilot.press("escape")
        assert screen.packets.count == 31
        await pilot.press("slash", "up")
        assert "dns.qry.name" in screen_text(pilot)
        await pilot.press("escape", "j")
        assert screen.packets.count == 31

    drive(scenario)


def test_a_wrong_filter_is_told_while_it_is_typed() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("slash", *"ip.src ==")
        await pilot.pause()
        assert "the filter ends too soon" in screen_text(pilot)
        assert "(at 10)" in screen_text(pilot)
        await pilot.press("enter")
        assert packets_of(pilot).packets.count == 31

    drive(scenario, size=(160, 24))


def test_a_field_name_is_completed_with_the_arrow() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("slash", *"dns.qry.na")
        await pilot.pause()
        await pilot.press("right")
        assert packets_of(pilot).bar.query_one(FilterInput).value == "dns.qry.name"

    drive(scenario)


def test_a_filter_is_made_from_the_field_under_the_cursor() -> None:
    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        await pilot.press("tab")
        while node_of(pilot).label != "Exchange type":
            await pilot.press("j")
        await pilot.press("F")
        await pilot.pause()
        assert screen.bar.text.startswith("isakmp.exchangetype == ")
        await pilot.press("enter")
        assert screen._filtering is not None
        screen._filtering.wait(5)
        app_of(pilot).poll()
        assert list(screen.view.chosen or ()) == [1, 2]
        await pilot.press("tab", "home", "F")
        assert screen.bar.text.startswith("isakmp.exchangetype == ")

    drive(scenario)
