"""The ladder and the comparison on the screen."""

from __future__ import annotations

from pathlib import Path

from screen_driver import press
from tui_driver import Driver, app_of, drive, packets_of, said, screen_text

from analyzer.tui.screens.compare import CompareScreen
from analyzer.tui.screens.ladder import LadderScreen
from samples.__main__ import main as make_samples


def test_the_ladder_opens_at_the_frame_chosen_and_enter_goes_back_to_the_packets() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, *"jjjj", "4")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, LadderScreen)
        assert screen.lines.rung is not None
        assert screen.lines.rung.frame == 5
        await press(pilot, "j", "enter")
        assert packets_of(pilot).packets.number == 6

    drive(scenario)


def test_the_next_violation_in_the_ladder_stays_in_the_ladder() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "n", "n", "N")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, LadderScreen)
        finding = screen.lines.rung.finding if screen.lines.rung else None
        assert finding is not None
        assert finding.rule == "UE-5.1.2.4-14"
        assert "expected flag F = 0" in screen_text(pilot)

    drive(scenario)


def test_from_a_violation_it_is_the_ladder_of_its_session(tmp_path: Path) -> None:
    """The cursor stands on the only violation there is without having been moved: of the second of three UEs."""
    assert make_samples(["many", "3", "--faulty", "2", "--out", str(tmp_path)]) == 0

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "5")
        assert "UE-5.1.2.4-04" in screen_text(pilot)
        await press(pilot, "4")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, LadderScreen)
        assert screen.number == 2

    drive(scenario, sample=tmp_path)


def test_two_messages_are_compared_field_by_field() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "d")
        assert "Mark a message" in said(pilot)
        await press(pilot, "m", "j", "j", "d")
        assert isinstance(app_of(pilot).screen, CompareScreen)
        differing = screen_text(pilot)
        assert "Frames 1 and 2" in differing
        assert "≠" in differing
        assert "Version and length" not in differing
        await press(pilot, "a")
        assert "Version and length" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, LadderScreen)
        assert screen.lines.marked == 0

    drive(scenario)


def test_fragments_fold_and_unfold(bulk: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "2", *"jjjjjjj", "4")  # the eighth UE's Home Agent fragments
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, LadderScreen)
        assert screen.ladder is not None
        folded = len(screen.ladder.rungs)
        assert "fragments)" in screen_text(pilot)
        await press(pilot, "e")
        unfolded = len(screen.ladder.rungs)
        assert unfolded > folded
        await press(pilot, "e")
        assert len(screen.ladder.rungs) == folded
        place = next(n for n, rung in enumerate(screen.ladder.rungs) if rung.parts)
        screen.lines.place(place)
        await press(pilot, "space")
        assert len(screen.ladder.rungs) == folded + len(screen.ladder.rungs[place].parts)

    drive(scenario, sample=bulk, size=(120, 40))
