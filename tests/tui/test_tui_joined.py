"""Refreshes are joined, the thread that reads rests while the screen is at work, and a longer list moves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_driver import Driver, Wire, drive_live, frames_come, live_of
from textual.widget import Widget

import analyzer.tui.app
import analyzer.tui.follow
from analyzer.tui.follow import MOST_REST, REST, Follow


class Clock:
    """Time that only sleeping lets go on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def rested(monkeypatch: pytest.MonkeyPatch, *, keys_go_on: bool) -> float:
    clock = Clock()
    monkeypatch.setattr(analyzer.tui.follow, "time", clock)
    follow = Follow.__new__(Follow)
    follow.give_way()
    if keys_go_on:
        monkeypatch.setattr(clock, "sleep", lambda s: (Clock.sleep(clock, s), follow.give_way()))
    follow._rest()
    return sum(clock.slept)


def test_the_reading_thread_rests_after_a_key_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rested(monkeypatch, keys_go_on=False) == pytest.approx(REST)
    assert rested(monkeypatch, keys_go_on=True) == pytest.approx(MOST_REST)


def test_ticks_that_come_in_a_burst_are_one_refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app, clock, polls = live_of(pilot), Clock(), list[float]()
        monkeypatch.setattr(analyzer.tui.app, "time", clock)
        app._polled_at = 0.0
        monkeypatch.setattr(app, "poll", lambda: polls.append(clock.now))
        for _ in range(100):
            app._tick()
            clock.now += 0.01
        assert 9 <= len(polls) <= 13

    drive_live(scenario, tmp_path, monkeypatch)


def test_more_packets_below_lay_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await pilot.press("1")
        await frames_come(pilot, wire.come(20))
        await pilot.press("g", "1", "enter")
        await pilot.pause()
        laid_out: list[str] = []
        plain = Widget.refresh

        def noting(widget: Widget, *regions: object, layout: bool = False, **more: object) -> Widget:
            if layout:
                laid_out.append(type(widget).__name__)
            return plain(widget, *regions, layout=layout, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(Widget, "refresh", noting)
        await frames_come(pilot, wire.come(10))
        packets = app.screen.packets  # type: ignore[attr-defined]
        assert (packets.count, packets.virtual_size.height) == (30, 31)
        assert packets.vertical_scrollbar.window_virtual_size == 31
        assert "PacketList" not in laid_out

    drive_live(scenario, tmp_path, monkeypatch)
