"""The packets screen: every key, every pane, every size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from tui_driver import CLEAN, SAMPLES, Driver, app_of, drive, node_of, packets_of, said, screen_text

from analyzer.tui import clipboard
from analyzer.tui.keys import KEYS
from analyzer.tui.screens.dialogs import HelpScreen
from analyzer.tui.state import State
from analyzer.tui.themes import NAMES
from analyzer.tui.times import TimeForm


def panes_text(pilot: Driver) -> str:
    """The screen without the lines above and below, which tell of other screens too."""
    return "\n".join(screen_text(pilot).splitlines()[1:-1])


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 50), (40, 12), (20, 5)], ids=str)
def test_the_screen_looks_as_agreed(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("j", "j")
        assert panes_text(pilot) == snapshot

    drive(scenario, sample=CLEAN, size=size)


def test_every_key_that_moves_in_the_list() -> None:
    async def scenario(pilot: Driver) -> None:
        packets = packets_of(pilot).packets
        steps = {
            "j": 2, "down": 3, "k": 2, "up": 1, "G": 31, "home": 1, "end": 31, "less_than_sign": 1,
            "greater_than_sign": 31, "J": 31, "K": 30, "comma": 29, "full_stop": 30,
        }  # fmt: skip
        for key, number in steps.items():
            await pilot.press(key)
            assert packets.number == number, key
        await pilot.press("home")
        room = packets.room
        for key, number in {
            "ctrl+f": room, "ctrl+b": 1, "pagedown": room, "pageup": 1, "ctrl+d": 1 + room // 2, "ctrl+u": 1,
        }.items():  # fmt: skip
            await pilot.press(key)
            assert packets.number == number, key
        await pilot.press("l", "right")
        assert packets.scroll_offset.x == 16
        await pilot.press("h", "left")
        assert packets.scroll_offset.x == 0

    drive(scenario)


def test_violations_are_found_from_anywhere_and_shown_with_what_was_expected() -> None:
    async def scenario(pilot: Driver) -> None:
        packets = packets_of(pilot).packets
        await pilot.press("n")
        assert packets.number == 13
        text = screen_text(pilot)
        assert "✖E  13" in text
        assert "UE-5.1.2.4-14" in text
        assert "Expected: flag F = 0" in text
        await pilot.press("tab", "n", "f8")
        assert packets.number == 15
        await pilot.press("N")
        assert packets.number == 14
        await pilot.press("N", "N")
        await pilot.pause()
        assert "No violation before" in said(pilot)

    drive(scenario)


def test_going_to_a_frame_by_number() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("g", "2", "5", "enter")
        await pilot.pause()
        assert packets_of(pilot).packets.number == 25
        await pilot.press("g", "9", "9", "9", "enter")
        await pilot.pause()
        assert packets_of(pilot).packets.number == 31
        await pilot.press("g", "escape")
        await pilot.pause()
        assert packets_of(pilot).packets.number == 31

    drive(scenario)


def test_a_chosen_field_shows_its_bytes_and_a_byte_its_field() -> None:
    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        await pilot.press("enter")
        assert screen.focused is screen.fields
        while node_of(pilot).label != "Responder SPI":
            await pilot.press("j")
        assert screen.bytes.marked == (50, 58)  # 14 Ethernet, 20 IPv4, 8 UDP, behind the initiator's 8
        await pilot.press("tab", "l", "k")
        assert node_of(pilot).label == "Source port"
        assert screen.bytes.marked == (34, 36)
        await pilot.press("G")
        assert screen.bytes.cursor == 363
        assert screen.bytes.marked[1] == 364

    drive(scenario)


def test_decrypted_bytes_have_a_tab_of_their_own() -> None:
    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        await pilot.press("n")
        assert list(screen.bytes.names) == ["Frame", "Decrypted ESP"]
        await pilot.press("right_square_bracket")
        assert screen.bytes.buffer == 1
        assert screen.bytes.data[2] == 5  # a Binding Update, RFC 6275 section 6.1.7
        await pilot.press("tab", "tab", "l", "l")
        assert node_of(pilot).label == "Type"
        await pilot.press("left_square_bracket")
        assert screen.bytes.buffer == 0

    drive(scenario, size=(160, 50))


def test_folding_is_remembered_from_packet_to_packet() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("tab")
        while node_of(pilot).label != "UDP":
            await pilot.press("j")
        assert "Source port: " not in screen_text(pilot)
        await pilot.press("l")
        assert "Source port: " in screen_text(pilot)
        await pilot.press("J")
        assert "Source port: " in screen_text(pilot)
        assert node_of(pilot).label == "UDP"
        await pilot.press("l", "h", "h")
        assert "Source port: " not in screen_text(pilot)
        for key in ("enter", "space"):
            await pilot.press(key)
        await pilot.press("e")
        assert "Checksum" in screen_text(pilot)
        await pilot.press("E")
        assert "Initiator SPI:" not in screen_text(pilot)

    drive(scenario, size=(100, 60))


def test_why_a_packet_stays_closed_is_said_in_the_tree() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("j", "j")
        text = screen_text(pilot)
        assert "Not decrypted: " in text
        assert "--keys" in text

    drive(scenario, keys=[], size=(120, 36))


def test_panes_grow_shrink_and_take_the_whole_screen() -> None:
    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        before = screen.packets.size.height
        await pilot.press("plus", "plus")
        await pilot.pause()
        assert screen.packets.size.height > before
        await pilot.press("minus", "minus", "minus", "minus")
        await pilot.pause()
        assert screen.packets.size.height < before
        await pilot.press("equals_sign")
        await pilot.pause()
        assert screen.packets.size.height == before
        await pilot.press("tab", "z")
        await pilot.pause()
        assert (screen.fields.display, screen.packets.display, screen.bytes.display) == (True, False, False)
        await pilot.press("escape")
        await pilot.pause()
        assert screen.packets.display

    drive(scenario)


def test_a_terminal_may_shrink_to_almost_nothing_and_come_back() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("n")
        for size in ((20, 5), (1, 1), (300, 100), (20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            for key in ("j", "tab", "l", "tab", "k", "tab", "k"):
                await pilot.press(key)
                assert pilot.app.is_running
        text = screen_text(pilot)
        assert "✖E  13" in text
        assert packets_of(pilot).packets.number == 13

    drive(scenario)


def test_times_change_their_form_and_it_is_remembered() -> None:
    async def scenario(pilot: Driver) -> None:
        for form in (TimeForm.DELTA, TimeForm.UTC, TimeForm.LOCAL, TimeForm.START, TimeForm.DELTA):
            await pilot.press("d")
            assert form.head in screen_text(pilot).splitlines()[1]

    app = drive(scenario, size=(160, 50))
    assert app.state.time_form == "DELTA"


def test_themes_go_round_and_the_chosen_one_is_remembered(tmp_path: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        for name in (*NAMES[1:], NAMES[0], NAMES[1]):
            await pilot.press("T")
            assert pilot.app.theme == name

    app = drive(scenario, folder=tmp_path)
    assert app.state.theme == "light"
    assert '"light"' in (tmp_path / "tui.json").read_text()


def test_help_shows_every_key() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        text = screen_text(pilot)
        for key in KEYS:
            assert re.search(re.escape(key.first) + r".*\s" + re.escape(key.help[:40]), text), key
        await pilot.press("j", "pagedown", "k", "pageup", "escape")
        assert not isinstance(pilot.app.screen, HelpScreen)

    drive(scenario, sample=CLEAN, size=(80, 140))


def test_copying_asks_what_and_says_where_to(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("analyzer.tui.app.copy", lambda text, _: copied.append(text) or "a test")

    async def scenario(pilot: Driver) -> None:
        await pilot.press("tab", "j", "j", "j", "l", "l")
        for letter in "fvbr":
            await pilot.press("c", letter)
            await pilot.pause()
        assert "Copied the row to a test" in said(pilot)
        await pilot.press("c", "escape")

    drive(scenario)
    assert copied[0] == f"Source port: {copied[1]}"
    assert copied[2] == "9e34"
    assert copied[3].split("\t")[:2] == ["1", "203.0.113.5 (IPv4 CoA)"]
    assert clipboard.MOST_OSC52


def test_quitting_is_at_once_but_asks_while_capturing() -> None:
    async def scenario(pilot: Driver) -> None:
        app_of(pilot).live = True
        await pilot.press("q")
        assert "Capturing. Quit?" in screen_text(pilot)
        await pilot.press("n")
        assert app_of(pilot).is_running
        await pilot.press("q", "q")

    drive(scenario)

    async def at_once(pilot: Driver) -> None:
        await pilot.press("q")

    drive(at_once)


def test_the_palette_offers_the_table() -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        commands = {command.title.split("  ")[0]: command for command in app.get_system_commands(app.screen)}
        assert {"Next fail", "Go to", "Filter", "Theme: light"} <= set(commands)
        await pilot.press("colon")
        await pilot.pause()
        assert "command" in type(app.screen).__name__.lower()
        await pilot.press("escape")
        result = commands["Maximise"].callback()
        assert result is not None
        await result
        assert packets_of(pilot).panes.zoomed

    drive(scenario)


def test_the_mouse_chooses_and_turns_the_bytes() -> None:
    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        await pilot.click("#list", offset=(10, 4))
        assert screen.packets.number == 4
        await pilot.click("TopBar", offset=(76, 0))
        await pilot.pause()
        assert screen.packets.number == 13
        await pilot.click("#bytes", offset=(6 + 3 * 2, 2))
        assert screen.bytes.cursor == 16 * int(screen.bytes.scroll_offset.y) + 16 + 2

    drive(scenario)


def test_following_stays_at_the_last_packet() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("f")
        assert packets_of(pilot).packets.number == 31

    drive(scenario)


def test_stopping_what_is_over_does_nothing() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("x")
        assert "stopped" not in said(pilot)

    drive(scenario)


@pytest.mark.parametrize("value", ["1", "light"])
def test_no_colour_still_shows_marks_and_cursor(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NO_COLOR", value)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("n")
        assert "✖E  13" in screen_text(pilot)
        colours = {
            tuple(segment.style.color.triplet)
            for strip in pilot.app.screen._compositor.render_strips()
            for segment in strip.apply_filter(pilot.app._filters[-1], pilot.app.screen.background_colors[0])
            if segment.style and segment.style.color and segment.style.color.triplet
        }
        assert all(red == green == blue for red, green, blue in colours)

    drive(scenario)


@pytest.mark.parametrize("theme", NAMES)
def test_every_theme_draws_every_pane(theme: str) -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("n", "tab", "tab")
        assert "Decrypted ESP" in screen_text(pilot)

    drive(scenario, state=State(theme=theme), size=(160, 50))


def test_text_from_the_wire_stays_text() -> None:
    """A NAI with escape sequences, markup and a right-to-left mark."""

    async def scenario(pilot: Driver) -> None:
        raw = "\x1b]0;x\x07[bold red]a\u202eb\r\nc[/]"
        model = app_of(pilot).model
        packet = model.packet(3)
        packet.note = raw
        packets_of(pilot)._shown = None
        await pilot.press("j", "j")
        text = screen_text(pilot)
        assert "\\x1b]0;x\\x07[bold red]a\\u202eb\\r\\nc[/]" in text
        assert not {"\x1b", "\x07", "\u202e", "\r"} & set(text)

    drive(scenario, size=(120, 40))


def test_all_samples_can_be_walked_through() -> None:
    for capture in sorted(SAMPLES.glob("*/capture.pcap"))[::6]:

        async def scenario(pilot: Driver) -> None:
            for _ in range(40):
                await pilot.press("j")
            assert packets_of(pilot).packets.number > 1

        drive(scenario, sample=capture.parent)
