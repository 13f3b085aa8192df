"""An application on a sample, driven by a scenario, and its screen as text."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from textual.pilot import Pilot

from analyzer.tui.app import AnalyzerApp
from analyzer.tui.follow import Follow
from analyzer.tui.nodes import Node
from analyzer.tui.screens.packets import PacketsScreen
from analyzer.tui.state import State

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FAULTS = SAMPLES / "dsmip-attach-nat-faults"
CLEAN = SAMPLES / "attach-clean"
Driver: TypeAlias = Pilot[None]
Scenario: TypeAlias = Callable[[Driver], Awaitable[None]]


def drive(
    scenario: Scenario,
    *,
    sample: Path = FAULTS,
    size: tuple[int, int] = (80, 24),
    state: State | None = None,
    files: Sequence[Path] = (),
    keys: Sequence[Path] | None = None,
    folder: Path | None = None,
) -> AnalyzerApp:
    """Loads a sample, waits until it is on the screen, plays the scenario."""
    follow = Follow(list(files) or [sample / "capture.pcap"], [sample / "keys"] if keys is None else list(keys))
    app = AnalyzerApp(follow, state=state or State(theme="dark"), state_folder=folder or Path("/dev/null/nowhere"))

    async def play() -> None:
        async with app.run_test(size=size) as pilot:
            await loaded(pilot)
            await scenario(pilot)

    asyncio.run(play())
    return app


async def loaded(pilot: Driver) -> None:
    """All is read, and the screen knows it."""
    app = app_of(pilot)
    while app.follow.busy:
        await asyncio.sleep(0.01)
    app.poll()
    await pilot.pause()


def app_of(pilot: Driver) -> AnalyzerApp:
    return cast("AnalyzerApp", pilot.app)


def packets_of(pilot: Driver) -> PacketsScreen:
    return cast("PacketsScreen", pilot.app.screen_stack[0])


def node_of(pilot: Driver) -> Node:
    """The field under the cursor of the packets screen."""
    node = packets_of(pilot).fields.node
    assert node is not None
    return node


def said(pilot: Driver) -> str:
    """What the user was told in passing."""
    return "\n".join(note.message for note in pilot.app._notifications)


def screen_text(pilot: Driver) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
