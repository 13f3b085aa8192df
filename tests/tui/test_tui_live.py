"""The screens while a capture goes on."""

from __future__ import annotations

import csv
import json
import re
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from live_driver import FAULTS, Driver, Wire, drive_live, ended, frames_come, live_of, live_screen, until
from screen_driver import paste
from tui_driver import CLEAN, said, screen_text

import analyzer.tui.screens.interfaces
from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.live.jobs import Jobs
from analyzer.live.trouble import LiveError
from analyzer.live.update import LiveState
from analyzer.pipeline import analyze
from analyzer.tui.exports import EXPORTS
from analyzer.tui.frame_index import FrameIndex
from analyzer.tui.keys import KEYS, Scope
from analyzer.tui.live_follow import LiveFollow
from analyzer.tui.marks import Marks
from analyzer.tui.model import Model
from analyzer.tui.screens.live import LiveScreen
from analyzer.tui.screens.packets import PacketsScreen

pytestmark = pytest.mark.alone
Patch = pytest.MonkeyPatch


def failed_frames() -> list[tuple[str, int]]:
    results = analyze([FAULTS / "capture.pcap"], load_keys([FAULTS / "keys"]))
    return sorted((f.rule, f.frame) for f in results.counted_failures)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_it_runs_before_any_packet_came(tmp_path: Path, monkeypatch: Patch, size: tuple[int, int]) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        text = screen_text(pilot)
        assert "no packets yet" in text
        assert "No packets yet" in text
        assert "Nothing is owed" in text
        for key in "1234567":
            await pilot.press(key)
            await pilot.pause()
        assert live_of(pilot).current_mode == "live"

    drive_live(scenario, tmp_path, monkeypatch, size=size)


def test_a_terminal_of_five_lines_shows_state_packets_and_keys_and_grows_again(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(10))
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        lines = screen_text(pilot).splitlines()
        assert "capturing" in lines[1]
        assert lines[2].split()[0] == "No."
        assert lines[3].split()[0] == "10"
        assert "? Help" in lines[4]
        await pilot.press("q")
        await until(pilot, lambda: "q quit" in screen_text(pilot), "the question")
        assert re.search(r"s save.*n no", screen_text(pilot), re.DOTALL)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "go on" in screen_text(pilot), "what the choices mean")
        await pilot.press("n", "a")
        await pilot.pause()
        assert "A key file" in screen_text(pilot)
        await pilot.resize_terminal(20, 5)
        await until(pilot, lambda: "A key file" not in screen_text(pilot), "room for the field")
        await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Violations, the latest first" in screen_text(pilot), "all of it")

    drive_live(scenario, tmp_path, monkeypatch)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_packets_sessions_and_verdicts_come_while_it_goes_on(
    tmp_path: Path, monkeypatch: Patch, size: tuple[int, int]
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(10))
        assert "10 frames" in screen_text(pilot)
        assert live_screen(pilot).packets.count == 10
        await frames_come(pilot, wire.come())
        app = live_of(pilot)
        await until(pilot, lambda: app.follow.fails, "a violation")
        assert "HA-5.1.3.2-08" in screen_text(pilot)
        await pilot.press("s")
        await ended(pilot)
        assert sorted((f.rule, f.frame) for f in app.model.marks.findings) == failed_frames()
        assert "stopped" in screen_text(pilot)
        assert ", 0 lost" in screen_text(pilot)

    drive_live(scenario, tmp_path, monkeypatch, size=size)


def test_losses_are_told_and_take_back_what_was_only_not_seen(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        wire.lose(7)
        app = live_of(pilot)
        await frames_come(pilot, wire.come())
        await until(pilot, lambda: app.follow.fails == len(failed_frames()), "all violations")
        await pilot.press("s")
        await ended(pilot)
        assert "7 lost" in screen_text(pilot)
        assert app.follow.fails < len(failed_frames())

    drive_live(scenario, tmp_path, monkeypatch)


def test_what_is_owed_shows_its_running_deadline(tmp_path: Path, monkeypatch: Patch) -> None:
    """A first Binding Update in frame 15 or so awaits its answer."""

    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        while not app.capture.owed and wire._at < len(wire):
            await frames_come(pilot, wire.come(1))
        text = screen_text(pilot)
        first = app.capture.owed[0]
        assert re.search(r"in \d+ s +(UE|HA) owes: ", text)
        assert f"Owed: {len(app.capture.owed)}" in text
        left = first.deadline - app.capture.now
        assert 0 < left <= first.limit
        shown = _seconds_left(pilot)
        await until(pilot, lambda: 0 < _seconds_left(pilot) < shown, "fewer seconds left")
        await pilot.press("3")
        await pilot.pause()
        assert re.search(r"in \d+ s +(UE|HA) owes: ", screen_text(pilot))
        await pilot.press("4")
        await pilot.pause()
        assert re.search(r"owed: (UE|HA) in \d+ s", screen_text(pilot))
        assert app.follow.run is not None
        app.follow.run.world.sessions[0].identity = "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
        await pilot.resize_terminal(80, 24)
        await pilot.press("j")
        assert re.search(r"owed: (UE|HA) in \d+ s", screen_text(pilot)), "before what may be of any length"

    drive_live(scenario, tmp_path, monkeypatch, size=(120, 40))


def _seconds_left(pilot: Driver) -> int:
    """Until the first of what is owed falls due, as the screen tells it."""
    found = re.search(r"in (\d+) s +(?:UE|HA) owes: ", screen_text(pilot))
    return int(found[1]) if found else 0


def test_the_list_follows_until_one_goes_up(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(12))
        screen = live_screen(pilot)
        assert screen.packets.number == 12
        await pilot.press("k")
        await frames_come(pilot, wire.come(4))
        assert screen.packets.number == 11
        await pilot.press("F")
        await frames_come(pilot, wire.come(4))
        assert screen.packets.number == 20
        await pilot.press("1")
        await pilot.pause()
        packets = pilot.app.screen
        assert isinstance(packets, PacketsScreen)
        await frames_come(pilot, wire.come(4))
        assert packets.packets.number == 24
        await pilot.press("k")
        await frames_come(pilot, wire.come(2))
        assert packets.packets.number == 23

    drive_live(scenario, tmp_path, monkeypatch)


def test_keys_that_are_added_open_packets_and_the_place_is_kept(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come())
        await until(pilot, lambda: app.capture.counters.sealed == 16, "closed packets")
        await pilot.press("1", "g", *"14", "enter")
        await pilot.pause()
        assert app.frame == 14
        await pilot.press("a")
        await paste(pilot, str(FAULTS / "keys"))
        await pilot.press("enter")
        await until(pilot, lambda: app.capture.counters.sealed == 0 and app.follow.fails, "opened packets")
        await until(pilot, lambda: app.model.reached == len(wire), "all frames anew")
        screen = pilot.app.screen
        assert isinstance(screen, PacketsScreen)
        assert screen.packets.number == 14
        assert "keys added" in said(pilot)

    drive_live(scenario, tmp_path, monkeypatch, keys=())


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_a_child_that_dies_is_told_with_what_helps_and_all_stays(
    tmp_path: Path, monkeypatch: Patch, size: tuple[int, int]
) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come(20))
        wire.complain('dumpcap: The network adapter "h0" is no longer attached; the capture has stopped.')
        await ended(pilot)
        text = screen_text(pilot)
        assert "the interface h0 is gone" in text
        assert "What was captured is here still: 20 frames" in text
        assert app.follow.frames == 20
        await pilot.press("1")
        await pilot.pause()
        assert "MIPv6" in screen_text(pilot)

    drive_live(scenario, tmp_path, monkeypatch, size=size)


def test_missing_rights_come_with_the_command(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        wire.complain(
            'dumpcap: You do not have permission to capture on device "h0".\n(socket: Operation not permitted)'
        )
        await ended(pilot)
        text = screen_text(pilot)
        assert "this user may not capture on h0" in text
        assert "do this: sudo" in text

    drive_live(scenario, tmp_path, monkeypatch)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_program_that_is_missing_is_told_and_nothing_crashes(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        def refuse(*_: object) -> list[str]:
            raise LiveError("dumpcap is not installed; remedy: sudo apt install wireshark-common")

        await frames_come(pilot, wire.come(3))
        monkeypatch.setattr(analyzer.live.session, "capture_command", refuse)
        app = live_of(pilot)
        await pilot.press("r", "y")
        await until(pilot, lambda: app.capture.state is LiveState.FAILED, "the failure")
        assert "do this: sudo apt install wireshark-common" in screen_text(pilot)
        assert app.follow.frames == 0

    drive_live(scenario, tmp_path, monkeypatch)


def test_restart_asks_and_begins_with_empty_hands(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come(9))
        model = app.model
        await pilot.press("r")
        await pilot.pause()
        assert "9 frames that are not saved" in screen_text(pilot)
        await pilot.press("n")
        assert app.model is model
        await pilot.press("r", "y")
        await until(pilot, lambda: app.model is not model, "another model")
        await frames_come(pilot, 9)  # the pretended child reads its feed from the beginning
        await frames_come(pilot, wire.come(1))
        assert app.follow.frames == 10

    drive_live(scenario, tmp_path, monkeypatch)


def test_saving_gives_a_capture_that_is_judged_the_same(tmp_path: Path, monkeypatch: Patch) -> None:
    target = tmp_path / "saved.pcapng"

    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come())
        await pilot.press("s")
        await ended(pilot)
        assert app.capture.unsaved
        await pilot.press("W", "ctrl+u")
        await paste(pilot, str(target))
        await pilot.press("enter")
        await until(pilot, lambda: app.capture.saved, "the file")
        assert "Saved to" in said(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running or app._exit

    drive_live(scenario, tmp_path, monkeypatch)
    assert target.stat().st_mode & 0o077 == 0, "for its owner alone"
    with CaptureSource([target]) as source:
        assert sum(map(len, source)) == 31


def test_files_are_written_while_the_capture_goes_on_from_what_is_there_so_far(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)

    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come(20))
        await until(pilot, lambda: app.follow.fails, "a violation")
        for export in EXPORTS:
            await pilot.press("w", export.letter, "enter")
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            told = [line for line in said(pilot).splitlines() if line.startswith(f"{export.name} written to")]
            assert ["what there is up to frame 20" in line for line in told] == [True]
        assert app.capture.state is LiveState.CAPTURING
        await frames_come(pilot, wire.come())
        await pilot.press("s")
        await ended(pilot)
        assert sorted((f.rule, f.frame) for f in app.model.marks.findings) == failed_frames()

    drive_live(scenario, tmp_path, monkeypatch, size=(120, 40))
    made = {path.name.removeprefix("h0-").removeprefix("session-1-"): path for path in out.iterdir()}
    assert sorted(made) == sorted(export.suffix for export in EXPORTS)
    with made["violations.csv"].open(newline="") as rows:
        found = {(row["rule"], int(row["frame"])) for row in csv.DictReader(rows)}
    assert ("HA-5.1.3.2-08", 15) in found
    assert found <= {pair for pair in failed_frames() if pair[1] <= 20}
    assert json.loads(made["results.json"].read_text())
    with CaptureSource([made["decrypted.pcapng"]]) as source:
        assert sum(map(len, source)) > 0


def test_a_fault_in_a_report_is_told_there_and_the_capture_goes_on() -> None:
    jobs, ran = Jobs(), []

    def fail() -> None:
        raise OSError("no room")

    reader = threading.Thread(target=lambda: [time.sleep(0.01) or jobs.run() for _ in range(100)])
    reader.start()
    with pytest.raises(OSError, match="no room"):
        jobs.do(fail, reader.is_alive)
    jobs.do(lambda: ran.append(threading.current_thread() is reader), reader.is_alive)
    reader.join()
    jobs.do(lambda: ran.append(threading.current_thread() is reader), reader.is_alive)
    assert ran == [True, False]


def test_opening_a_file_asks_ends_the_capture_and_another_may_begin(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come(9))
        [ring] = {path.parent for path in app.capture.session.files}
        await pilot.press("o")
        await pilot.pause()
        assert "9 frames that are not saved" in screen_text(pilot)
        await pilot.press("n", "o", "o", "ctrl+u")
        assert app.capture.running, "it ends only when a file is opened"
        app.screen.query_one("PathInput").value = str(CLEAN / "capture.pcap")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: app.follow is not app.capture and not app.follow.busy, "the file")
        await until(pilot, lambda: app.capture.session.state is LiveState.IDLE, "the end of the capture")
        await until(pilot, lambda: not app.capture.frames, "nothing left of it")
        assert not ring.exists()
        assert app.follow.frames > 9
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("7")
        await pilot.pause()
        assert "not started" in screen_text(pilot)
        file = app.follow
        await pilot.press("s")
        await until(pilot, lambda: app.follow is app.capture, "the capture")
        await frames_come(pilot, 9)
        assert live_screen(pilot).packets.count == 9
        assert app.tail
        assert file.frames > 9
        await pilot.press("1")
        await pilot.pause()
        packets = app.screen
        assert isinstance(packets, PacketsScreen)
        assert packets.packets.count == 9

    drive_live(scenario, tmp_path, monkeypatch)


def test_reload_while_capturing_asks_and_captures_anew(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come(5))
        model = app.model
        await pilot.press("1", "R")
        await pilot.pause()
        assert "5 frames that are not saved" in screen_text(pilot)
        await pilot.press("y")
        await until(pilot, lambda: app.model is not model, "another model")
        await frames_come(pilot, 5)

    drive_live(scenario, tmp_path, monkeypatch)


def test_frames_that_left_the_ring_leave_the_list_and_their_verdicts_stay(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(LiveFollow, "_new_model", lambda follow: Model(Marks(), FrameIndex(800)))

    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        while app.follow.frames < len(wire):
            await frames_come(pilot, wire.come(4))
        await until(pilot, lambda: app.follow.fails, "a violation")
        model = app.model
        assert 1 < model.first < len(wire) == len(model)
        assert f"frames before {model.first} have left the ring" in screen_text(pilot)
        assert live_screen(pilot).packets.count == len(wire) - model.first + 1
        for key in ("1", "home", "k", "G", "2", "3", "4", "j", "home", "5", "6", "n", "N", "N", "N", "1"):
            await pilot.press(key)
            await pilot.pause()
        assert min(finding.frame for finding in model.marks.findings) < model.first
        screen = pilot.app.screen
        assert isinstance(screen, PacketsScreen)
        assert screen.view.number(0) == model.first

    drive_live(scenario, tmp_path, monkeypatch, size=(120, 40))


def test_quitting_asks_while_frames_would_be_lost(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(3))
        await pilot.press("q")
        await until(pilot, lambda: "thrown away" in screen_text(pilot), "the question")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, LiveScreen), "the live screen")

    drive_live(scenario, tmp_path, monkeypatch)


def test_every_key_of_the_live_screen_has_an_action() -> None:
    for entry in (key for key in KEYS if key.scope is Scope.LIVE):
        assert hasattr(LiveScreen, "action_" + re.sub(r"\(.*", "", entry.action))


def _children() -> int:
    """Processes that any of our threads has started and that are not gone."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            count += len((task / "children").read_text().split())
    return count


def test_captures_one_after_the_other_leave_no_files_open_no_threads_and_no_children(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("no /proc")
    counts: list[tuple[int, int, int]] = []

    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        await frames_come(pilot, wire.come(5))
        for _ in range(50):
            model = app.model
            app.capture.restart()
            await until(pilot, lambda model=model: app.model is not model, "another model")  # type: ignore[misc]
            await frames_come(pilot, 5)
            app.poll()  # lets go of the model before
            counts.append((len(list(descriptors.iterdir())), threading.active_count(), _children()))

    drive_live(scenario, tmp_path, monkeypatch)
    assert counts[-1] == counts[1]
    assert counts[-1][2] == 1
    assert _children() == 0
