"""What is remembered, and how copying finds its way."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from analyzer.tui import clipboard
from analyzer.tui.clipboard import copy, osc52
from analyzer.tui.state import MOST_RECENT, State, load_state, save_state


def test_state_comes_back_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "dsmip"
    state = State(theme="light", time_form="UTC", panes={"list": 20})
    state.opened(["a.pcap", "-"])
    save_state(state, folder)
    assert load_state(folder) == state
    assert state.recent == [str(Path("a.pcap").resolve())]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"theme": 7, "panes": {"list": "x"}, "recent": [1]}', '{"theme": null}']
)
def test_a_state_file_that_makes_no_sense_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "tui.json").write_text(text)
    assert load_state(tmp_path) == State()


def test_recent_captures_are_few_and_the_latest_first() -> None:
    state = State()
    for number in range(50):
        state.opened([f"/c/{number}"])
    state.opened(["/c/40"])
    assert len(state.recent) == MOST_RECENT
    assert state.recent[:2] == ["/c/40", "/c/49"]


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail() -> None:
    save_state(State(), Path("/dev/null/nowhere"))


def test_keys_are_never_remembered(tmp_path: Path) -> None:
    save_state(State(recent=["/c/1"]), tmp_path)
    assert set(json.loads((tmp_path / "tui.json").read_text())) == {"theme", "time_form", "panes", "recent"}


def test_a_native_clipboard_comes_first(tmp_path: Path) -> None:
    tool = tmp_path / "wl-copy"
    tool.write_text(f"#!/bin/sh\n/bin/cat > {tmp_path}/taken\n")
    tool.chmod(0o755)
    said = copy("Füße", None, {"PATH": str(tmp_path), "WAYLAND_DISPLAY": "w", "TERM": "xterm"})
    assert "wl-copy" in said
    assert (tmp_path / "taken").read_text() == "Füße"


def test_a_native_clipboard_that_fails_gives_way_to_the_terminal(tmp_path: Path) -> None:
    tool = tmp_path / "xclip"
    tool.write_text("#!/bin/sh\nexit 1\n")
    tool.chmod(0o755)
    written: list[str] = []
    said = copy("abc", written.append, {"PATH": str(tmp_path), "DISPLAY": ":0", "TERM": "xterm"})
    assert "OSC 52" in said
    assert written == ["\x1b]52;c;YWJj\x07"]


def test_tmux_gets_the_sequence_wrapped() -> None:
    assert osc52("abc", {"TERM": "tmux-256color", "TMUX": "/tmp/x"}) == "\x1bPtmux;\x1b\x1b]52;c;YWJj\x07\x1b\\"


def test_text_that_is_too_long_or_a_terminal_without_clipboard_ends_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "state_folder", lambda: tmp_path)
    for text, term in (("x" * 100_000, "xterm"), ("y", "linux")):
        assert "copied.txt" in copy(text, lambda _: None, {"PATH": "", "TERM": term})
        assert (tmp_path / "copied.txt").read_text() == text
    assert (tmp_path / "copied.txt").stat().st_mode & 0o777 == 0o600


def test_what_is_copied_cannot_act_on_the_terminal() -> None:
    sequence = osc52("\x1b[2J\x07", {"TERM": "xterm"}) or ""
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")) == b"\x1b[2J\x07"
