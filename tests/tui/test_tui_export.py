"""Writing files from the screen."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from screen_driver import paste, press, settle
from tui_driver import Driver, drive, said, screen_text

from analyzer.tui.exports import EXPORTS
from analyzer.tui.follow import Follow
from analyzer.tui.screens.export import ExportScreen
from analyzer.tui.screens.ladder import LadderScreen


@pytest.mark.parametrize("letter", [export.letter for export in EXPORTS])
def test_a_file_is_written_for_this_user_alone(letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "w", letter)
        await press(pilot, "enter")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert "written to" in said(pilot)
        assert not isinstance(pilot.app.screen, ExportScreen)

    drive(scenario)
    [made] = tmp_path.iterdir()
    suffix = next(export.suffix for export in EXPORTS if export.letter == letter)
    assert made.name.endswith(suffix)
    assert made.stat().st_size > 28
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


@pytest.mark.parametrize("letter", ["s", "t"])
def test_a_ladder_is_written_with_user_data_or_without_as_the_screen_shows_it(
    letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Driver) -> None:
        for name, keys in (("with", ["4"]), ("without", ["u"]), ("again", ["u"])):
            await press(pilot, *keys, "w", letter, "ctrl+u")
            await paste(pilot, name)
            await press(pilot, "enter")
            await pilot.app.workers.wait_for_complete()
            await settle(pilot)

    drive(scenario)
    with_data, without, again = ((tmp_path / name).read_text() for name in ("with", "without", "again"))
    assert "2 packets, 212 bytes IPv6 in IPv4" in with_data
    assert "212 bytes" not in without
    assert "Binding Update" in without
    assert again == with_data


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
def test_the_dialog_tells_what_is_written_and_where_to(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "w", "c")
        text = screen_text(pilot)
        assert "Export CSV" in text
        assert "violations.csv"[-8:] in text
        if size[1] > 5:
            note = pilot.app.screen.query_one("#export-note").region
            lines = text.splitlines()[note.y : note.bottom]  # a long path goes on in the next line
            assert tmp_path.name in "".join(line[note.x : note.right].strip() for line in lines)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "report for a browser" in screen_text(pilot)

    drive(scenario, size=size)


@pytest.mark.parametrize("letter", ["s", "t"])
def test_what_is_unfolded_on_the_screen_is_unfolded_in_the_file(
    letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packets of the arrow of frames 17 and 19; the file is the same from other screens of the session."""
    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4")
        screen = pilot.app.screen
        assert isinstance(screen, LadderScreen)
        assert screen.ladder is not None
        screen.lines.place(screen.ladder.place(17))
        for name, keys in (("folded", []), ("unfolded", ["space"]), ("elsewhere", ["5"]), ("again", ["4", "space"])):
            await press(pilot, *keys, "w", letter, "ctrl+u")
            await paste(pilot, name)
            await press(pilot, "enter")
            await pilot.app.workers.wait_for_complete()
            await settle(pilot)

    drive(scenario)
    folded, unfolded, elsewhere, again = (
        (tmp_path / name).read_text() for name in ("folded", "unfolded", "elsewhere", "again")
    )
    assert ("echo reply" in folded, unfolded.count("echo reply")) == (False, 2)
    assert (elsewhere, again) == (unfolded, folded)


def test_nothing_is_overwritten_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "capture-violations.csv"
    old.write_text("precious")

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "w", "c", "enter")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert "is there already" in screen_text(pilot)
        await press(pilot, "n")
        assert old.read_text() == "precious"
        assert isinstance(pilot.app.screen, ExportScreen)
        await press(pilot, "enter")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        await press(pilot, "y")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert not isinstance(pilot.app.screen, ExportScreen)

    drive(scenario)
    assert old.read_text().startswith("schema,")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [old.name]


def test_a_place_that_cannot_be_written_is_told_and_the_dialog_stays(tmp_path: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "w", "c")
        pilot.app.screen.query_one("#export-path").value = os.fspath(tmp_path / "none" / "x.csv")  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert "cannot be written" in screen_text(pilot)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, ExportScreen)

    drive(scenario)


def test_a_folder_that_was_removed_meanwhile_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)

    async def scenario(pilot: Driver) -> None:
        gone.rmdir()
        await press(pilot, "w", "c")
        assert "Enter writes it" in screen_text(pilot)
        await press(pilot, "enter")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        assert "cannot be written" in screen_text(pilot)

    drive(scenario)


def test_the_csv_is_that_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import csv

    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "w", "c", "enter")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)

    drive(scenario)
    with (tmp_path / "capture-violations.csv").open(newline="") as file:
        rules = [row["rule"] for row in csv.DictReader(file)]
    assert sorted(rules) == ["HA-5.1.3.2-03", "HA-5.1.3.2-08", "UE-5.1.2.4-14", "UE-5.1.2.4-15", "UE-5.1.2.4-26"]


def test_what_had_to_wait_for_the_load_is_offered_once_all_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = False
    monkeypatch.setattr(Follow, "has_results", property(lambda follow: read))
    monkeypatch.setattr(Follow, "busy", property(lambda follow: not read))

    async def scenario(pilot: Driver) -> None:
        nonlocal read
        read = False
        await press(pilot, "w", "c")
        assert "CSV: once all is read" in screen_text(pilot)
        read = True
        for _ in range(100):
            await pilot.pause(0.05)
            if "once all is read" not in screen_text(pilot):
                break
        assert "once all is read" not in screen_text(pilot)
        await press(pilot, "c")
        assert "Enter writes it" in screen_text(pilot)

    read = True
    drive(scenario)
