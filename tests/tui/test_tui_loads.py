"""Keys, files and reloads at run time; files that change while they are shown."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import time
from pathlib import Path
from weakref import ref

import pytest
from screen_driver import SCREEN_KEYS, paste, press
from tui_driver import CLEAN, FAULTS, Driver, app_of, drive, loaded, packets_of, said, screen_text

from analyzer.capture.chunk import Chunk
from analyzer.keys import load_keys
from analyzer.pipeline import analyze
from analyzer.tui.app import AnalyzerApp
from analyzer.tui.file_watch import FileWatch
from analyzer.tui.follow import Follow, Stage
from analyzer.tui.screens.paths import PathScreen, captures_of, folders_and_files
from analyzer.tui.spool import GoneError, Spool
from analyzer.tui.state import State
from bench.reading import bulk_capture
from dissectors.triage import Classes


async def taken(pilot: Driver, before: object) -> None:
    """Another load is shown, and read to its end."""
    app = app_of(pilot)
    end = time.monotonic() + 30
    while app.follow is before or app.follow.busy:
        assert time.monotonic() < end, said(pilot)
        await pilot.pause(0.02)
        app.poll()
    app.poll()
    await pilot.pause()


async def told(pilot: Driver, words: str) -> None:
    end = time.monotonic() + 30
    while words not in said(pilot):
        assert time.monotonic() < end, said(pilot)
        app_of(pilot).loads._look_at = 0.0
        await pilot.pause(0.02)


def opened(pilot: Driver) -> int:
    run = app_of(pilot).follow.run
    assert run is not None
    return run.counts.opened


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_keys_that_are_added_open_packets_where_one_is(size: tuple[int, int]) -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        assert opened(pilot) == 0
        await press(pilot, "g", *"14", "enter")
        before = app.follow
        await press(pilot, "a")
        await paste(pilot, str(FAULTS / "keys"))
        await press(pilot, "enter")
        await taken(pilot, before)
        assert opened(pilot) == 16
        assert packets_of(pilot).packets.number == 14
        offline = analyze([FAULTS / "capture.pcap"], load_keys([FAULTS / "keys"])).counted_failures
        assert sorted((f.rule, f.frame) for f in app.model.marks.findings) == sorted((f.rule, f.frame) for f in offline)
        assert "16 protected packets open, 0 before" in said(pilot)

    drive(scenario, keys=[], size=size)


def test_every_screen_shows_the_new_load(tmp_path: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        for key in SCREEN_KEYS.values():
            await press(pilot, key)
        await press(pilot, "1", "slash", *"esp", "enter")
        before = app.follow
        app.loads.add_keys(FAULTS / "keys")
        await taken(pilot, before)
        assert packets_of(pilot).bar.text == "esp"
        for name, key in SCREEN_KEYS.items():
            await press(pilot, key)
            app.poll()
            text = screen_text(pilot)
            assert "fails" in text.splitlines()[0], name
        await press(pilot, "5")
        assert "UE-5.1.2.4-14" in screen_text(pilot)
        await press(pilot, "2")
        assert "E 5" in screen_text(pilot)

    drive(scenario, keys=[], size=(160, 50))


def test_a_file_without_keys_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "none").write_text("nothing of use\n")

    async def scenario(pilot: Driver) -> None:
        before = app_of(pilot).follow
        await press(pilot, "a")
        await paste(pilot, str(tmp_path / "none"))
        await press(pilot, "enter")
        await told(pilot, "no keys in")
        assert app_of(pilot).follow is before

    drive(scenario)


def test_another_capture_is_opened_from_the_recent_ones() -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        await press(pilot, "5", "n", "n", "1")
        before = app.follow
        await press(pilot, "o", "down", "down", "enter")
        await taken(pilot, before)
        assert app.follow.files == [str(CLEAN / "capture.pcap")]
        assert app.state.recent[0] == str(CLEAN / "capture.pcap")
        for key in ("1", *SCREEN_KEYS.values()):
            await press(pilot, key)
        assert app.follow.fails == 0
        assert "No violations" in screen_text(pilot) or app.current_mode == "conformance"

    drive(scenario, state=State(theme="dark", recent=[str(CLEAN / "capture.pcap")]))


def test_a_load_that_another_took_the_place_of_is_freed_and_what_is_shown_is_set_aside() -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        app.loads.reload()
        await taken(pilot, app.follow)  # the first one is held by the test's driver
        watched = ref(app.follow.run)
        assert gc.get_freeze_count() > 10_000
        app.loads.reload()
        end = time.monotonic() + 30
        while watched() is not None:
            assert time.monotonic() < end
            await pilot.pause(0.02)
            app.poll()
        assert not app.follow.busy
        await pilot.pause()
        assert gc.get_freeze_count() > 10_000

    drive(scenario)
    assert gc.get_freeze_count() == 0


def test_what_is_no_capture_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "text.pcap").write_text("no capture at all, just text " * 10)

    async def scenario(pilot: Driver) -> None:
        before = app_of(pilot).follow
        await press(pilot, "o")
        await paste(pilot, str(tmp_path / "text.pcap"))
        await press(pilot, "enter")
        await told(pilot, "text.pcap")
        assert app_of(pilot).follow is before

    drive(scenario)


def test_a_file_that_grew_is_told_and_reload_reads_it_where_one_is(tmp_path: Path) -> None:
    whole = (FAULTS / "capture.pcap").read_bytes()
    ends = [24]
    while ends[-1] < len(whole):
        ends.append(ends[-1] + 16 + int.from_bytes(whole[ends[-1] + 8 : ends[-1] + 12], "little"))
    file = tmp_path / "growing.pcap"
    file.write_bytes(whole[: ends[20]])

    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        assert app.follow.frames == 20
        await press(pilot, "g", *"12", "enter")
        with file.open("ab") as out:
            out.write(whole[ends[20] :])
        await told(pilot, "growing.pcap has grown")
        before = app.follow
        await press(pilot, "R")
        await taken(pilot, before)
        assert app.follow.frames == 31
        assert packets_of(pilot).packets.number == 12
        assert "20 frames before, 31 now" in said(pilot)

    drive(scenario, files=[file])


def test_a_file_that_is_deleted_or_cut_is_told_and_nothing_crashes(tmp_path: Path) -> None:
    gone, cut = tmp_path / "gone.pcap", tmp_path / "cut.pcap"
    for file in (gone, cut):
        shutil.copyfile(FAULTS / "capture.pcap", file)

    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        gone.unlink()
        await told(pilot, "gone.pcap was deleted")
        with cut.open("r+b") as out:
            out.truncate(3000)
        await told(pilot, "cut.pcap was cut")
        await press(pilot, "G", "k", "k", "home", "5", "4", "1")
        before = app.follow
        await press(pilot, "R")
        await told(pilot, "does not exist")
        assert app.follow is before

    drive(scenario, files=[gone, cut])


def test_a_file_that_is_cut_while_it_loads_leaves_what_was_read_and_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "cut.pcap"
    bulk_capture(file, 9000)

    class Cutting(Follow):
        def _take(self, chunk: Chunk, kinds: Classes) -> None:
            super()._take(chunk, kinds)
            if chunk.first > 1:
                os.truncate(file, 200_000)

    follow = Cutting([file], chunk_frames=500)
    app = AnalyzerApp(follow, state=State(theme="dark"), state_folder=tmp_path)

    async def play() -> None:
        async with app.run_test(size=(120, 30)) as pilot:
            await loaded(pilot)
            assert follow.stage is Stage.DONE
            assert 500 <= follow.frames < 9000
            assert said(pilot).count("cut while it was open") == 1
            await press(pilot, "G")
            assert "these bytes are gone" in screen_text(pilot)
            await press(pilot, "home")
            assert "these bytes are gone" not in screen_text(pilot)

    asyncio.run(play())


def test_each_change_of_a_file_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"1234")
    (tmp_path / "g").write_bytes(b"1")
    watch = FileWatch([str(file), "-"])
    assert watch.look() == []
    file.write_bytes(b"123456")
    assert ["grown" in line for line in watch.look()] == [True]
    assert watch.look() == []
    file.unlink()
    assert ["deleted" in line for line in watch.look()] == [True]
    (tmp_path / "g").rename(file)
    assert ["replaced" in line for line in watch.look()] == [True]


# The dialog


def test_a_path_is_completed_and_a_folder_is_entered(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "charon.log").write_text("")
    (tmp_path / ".hidden").write_text("")
    assert folders_and_files(f"{tmp_path}/") == [f"{tmp_path}/logs/"]
    assert folders_and_files(f"{tmp_path}/.h") == [f"{tmp_path}/.hidden"]
    assert folders_and_files(f"{tmp_path}/no/such/") == []
    assert list(captures_of(["/a", "/b"])("")) == ["/a", "/b"]

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "a")
        await paste(pilot, str(tmp_path))
        await press(pilot, "/", "l", "tab", "tab")
        screen = pilot.app.screen
        assert isinstance(screen, PathScreen)
        assert screen.query_one("PathInput").value == f"{tmp_path}/logs/charon.log"  # type: ignore[attr-defined]
        await press(pilot, "x", "enter")
        assert "does not exist" in screen_text(pilot)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, PathScreen)

    drive(scenario)


def test_hostile_names_of_files_are_shown_inert(tmp_path: Path) -> None:
    (tmp_path / "\x1b[31m[bold]\u202ex").write_text("")

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "a")
        await paste(pilot, str(tmp_path))
        await press(pilot, "/")
        assert "\\x1b[31m[bold]\\u202ex" in screen_text(pilot)
        await press(pilot, "down", "enter")
        await told(pilot, "no keys in")
        assert "\x1b" not in screen_text(pilot)

    drive(scenario, size=(160, 50))


def test_a_spool_with_a_bound_forgets_what_is_old() -> None:
    spool = Spool(100)
    places = [spool.add(bytes([n]) * 30) for n in range(20)]
    with pytest.raises(GoneError):
        spool.read(places[0], 30)
    kept = [n for n, place in enumerate(places) if not _gone(spool, place)]
    assert kept == list(range(kept[0], 20))
    assert 4 <= len(kept) <= 8
    assert spool.read(places[-1], 30) == bytes([19]) * 30


def _gone(spool: Spool, place: int) -> bool:
    try:
        spool.read(place, 30)
    except GoneError:
        return True
    return False
