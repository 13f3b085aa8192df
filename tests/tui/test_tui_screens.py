"""Sessions, session and violations: every key, every size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from screen_driver import BULK_UES, SCREEN_KEYS, inner_text, press, settle
from syrupy.assertion import SnapshotAssertion
from tui_driver import CLEAN, FAULTS, SAMPLES, Driver, app_of, drive, packets_of, said, screen_text

from analyzer.tui.amounts import number_of, unsaved
from analyzer.tui.screens.session import SessionScreen
from analyzer.tui.screens.sessions import SessionsScreen
from analyzer.tui.screens.violations import ViolationsScreen
from analyzer.tui.session_rows import SessionRows


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (20, 5)], ids=str)
@pytest.mark.parametrize("name", SCREEN_KEYS)
def test_the_screen_looks_as_agreed(name: str, size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, SCREEN_KEYS[name])
        assert inner_text(pilot) == snapshot

    drive(scenario, sample=FAULTS, size=size)


@pytest.mark.parametrize("name", SCREEN_KEYS)
def test_a_terminal_that_shrinks_and_grows_gets_its_screen_back(name: str) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, SCREEN_KEYS[name])
        before = screen_text(pilot)
        for size in ((20, 5), (200, 60), (10, 3), (80, 24)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert len(screen_text(pilot).splitlines()) == size[1]
        assert screen_text(pilot) == before

    drive(scenario, sample=FAULTS)


@pytest.mark.parametrize("width", [80, 64, 44, 20])
def test_a_session_tells_whole_states_at_any_width(width: int) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "3")
        assert "registered (dual) bound (IPv6+IPv4, behind NAT)" in " ".join(screen_text(pilot).split())

    drive(scenario, sample=SAMPLES / "dsmip-attach-nat", size=(width, 120))


def test_at_80x24_the_longest_state_of_an_attach_stands_in_one_line() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "2", "enter")
        assert any(line.endswith(" bound (IPv6+IPv4, behind NAT)") for line in screen_text(pilot).splitlines())

    drive(scenario, sample=SAMPLES / "dsmip-attach-nat")


def test_the_rest_of_a_state_stands_below_its_beginning_and_leads_to_the_same_frame() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "3")
        lines = screen_text(pilot).splitlines()
        place = next(n for n, line in enumerate(lines) if "bound (" in line)
        assert lines[place + 1].split() == ["behind", "NAT)"]
        assert lines[place + 1].index("behind") == lines[place].index("bound (")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, SessionScreen)
        screen.notes.place(place + 1 - screen.notes.region.y)
        assert screen.notes.frame == 14

    drive(scenario, sample=SAMPLES / "dsmip-attach-nat", size=(72, 50))


def test_a_session_opens_from_its_row_and_escape_leads_back(bulk: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        app = app_of(pilot)
        await press(pilot, "2", "j", "j", "enter")
        assert app.current_mode == "session"
        assert "Session 3" in screen_text(pilot)
        assert "0001010000000002@nai" in screen_text(pilot)
        await press(pilot, "J", "J", "K")
        assert "Session 4" in screen_text(pilot)
        await press(pilot, "4")
        assert "Session 4 of 60" in screen_text(pilot)
        await press(pilot, "escape")
        screen = app.screen_stack[0]
        assert isinstance(screen, SessionsScreen)
        assert screen.rows.row == 3

    drive(scenario, sample=bulk)


def test_sessions_sort_turn_round_and_are_chosen_by_words_as_one_types(bulk: Path) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "2")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, SessionsScreen)
        await press(pilot, "s", "r")
        assert screen.table.lines[0] == BULK_UES - 1
        await press(pilot, "slash", *"0000042@nai")
        assert [screen.made.row(int(line)).number for line in screen.table.lines] == [43]  # type: ignore[call-overload]
        assert "1 of 60" in screen_text(pilot)
        await press(pilot, "enter", "enter")
        assert app_of(pilot).current_mode == "session"
        assert "Session 43" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert len(screen.table) == BULK_UES

    drive(scenario, sample=bulk)


def test_a_row_of_the_sessions_tells_what_was_registered() -> None:
    def of(name: str) -> list[str]:
        app = drive(_nothing, sample=SAMPLES / name)
        row = SessionRows(app.follow).row(0)
        return [row.prefix, row.homes, row.care_of, row.nat, row.ifom, row.ue_state, row.ha_state]

    assert of("dsmip-handover")[:2] == ["2001:db8:1:2::/64", "2001:db8:1:2::10, 10.64.0.9"]
    assert of("dsmip-attach-nat-faults")[3] == "NAT"
    assert of("dsmip-ifom")[4] == "UE+HA"
    assert of("attach-clean")[5:] == ["closed", "closed"]


async def _nothing(pilot: Driver) -> None:
    await pilot.pause()


def test_enter_in_a_session_goes_to_the_frame_that_a_line_speaks_of() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "3")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, SessionScreen)
        await press(pilot, "n", "n", "n")
        assert screen.notes.frame == 14
        await press(pilot, "enter")
        assert packets_of(pilot).packets.number == 14

    drive(scenario)


def test_a_session_says_which_keys_are_known_and_never_what_they_are() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "3")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, SessionScreen)
        text = screen.notes.text
        assert "keys known, from ikev2_decryption_table:1; 12 messages opened, 0 closed" in text
        secrets = re.findall(r"[0-9a-f]{32,}", (FAULTS / "keys" / "ikev2_decryption_table").read_text().lower())
        assert secrets
        assert not [secret for secret in secrets if secret in text.lower()]

    drive(scenario)


def test_without_keys_the_session_says_so() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "3")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, SessionScreen)
        assert "no key known; 0 messages opened, 14 closed" in screen.notes.text

    drive(scenario, sample=CLEAN, keys=[])


def test_the_head_of_a_table_tells_that_more_columns_are_at_a_side() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "2")
        head = screen_text(pilot).splitlines()[1]
        assert head[0] == "#"
        assert head[-1] == "›"
        await press(pilot, "right")
        head = screen_text(pilot).splitlines()[1]
        assert (head[0], head[-1]) == ("‹", "›")
        for _ in range(30):
            await press(pilot, "right")
        head = screen_text(pilot).splitlines()[1]
        assert (head[0], head.endswith("APN")) == ("‹", True)
        await pilot.resize_terminal(300, 24)
        await settle(pilot)
        head = screen_text(pilot).splitlines()[1]
        assert (head[0], "›" in head) == ("#", False)

    drive(scenario)


# Violations


@pytest.mark.parametrize(("columns", "shown"), [(80, False), (99, False), (100, True)])
def test_what_a_violation_shows_has_room_before_what_is_told_elsewhere(columns: int, shown: bool) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "5")
        head = screen_text(pilot).splitlines()[1]
        assert [name in head for name in ("Actor", "Clause", "Times", "Observed")] == [shown] * 3 + [True]
        assert "NAT Detection with F = 0" in screen_text(pilot)
        for _ in range(6):
            await press(pilot, "s")
        assert "Actor▲" in screen_text(pilot).splitlines()[1]

    drive(scenario, size=(columns, 24))


def test_the_pane_explains_and_its_frames_are_links() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "5", "G")
        text = screen_text(pilot)
        for words in ("HA-5.1.3.2-08", "Requirement", "TS 24.303 clause 5.1.3.2", "NAT Detection with F = 0",
                      "frame 15", "frame 13", "A UE that is not told of the NAT"):  # fmt: skip
            assert words in text
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, ViolationsScreen)
        await press(pilot, "tab")
        while screen.notes.frame != 13:
            await press(pilot, "j")
        await press(pilot, "enter")
        assert packets_of(pilot).packets.number == 13

    drive(scenario, size=(140, 40))


def test_violations_group_and_fold() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "5")
        heads = {}
        for _ in range(4):
            await press(pilot, "b")
            heads[said(pilot).splitlines()[-1]] = re.findall(r"▾ (\S+(?: \d)?)", screen_text(pilot))
        assert heads["Grouped by rule"][:2] == ["HA-5.1.3.2-03", "HA-5.1.3.2-08"]
        assert heads["Grouped by actor"] == ["HA", "UE"]
        await press(pilot, "home", "space")
        assert "▸ HA" in screen_text(pilot)
        assert "HA-5.1.3.2-03" not in inner_text(pilot)
        await press(pilot, "e")
        assert "▸ UE" in screen_text(pilot)
        await press(pilot, "b")
        assert "▸" not in screen_text(pilot)

    drive(scenario)


def test_violations_sort_filter_and_lead_to_the_packet() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "5", "slash", *"ha-5 shall", "enter")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, ViolationsScreen)
        assert len(screen.table) == 2
        await press(pilot, "n", "n")
        assert "last one" in said(pilot)
        await press(pilot, "enter")
        assert packets_of(pilot).packets.number == 15
        await press(pilot, "5", "escape", "z")
        assert "Requirement" in screen_text(pilot)
        assert "Sev" not in screen_text(pilot)
        await press(pilot, "escape")
        assert "Sev" in screen_text(pilot)

    drive(scenario)


def test_the_violation_of_the_chosen_frame_is_shown_first() -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "n", "n", "n", "5")
        screen = app_of(pilot).screen_stack[0]
        assert isinstance(screen, ViolationsScreen)
        assert screen.rows.row is not None
        assert screen.made.row(screen.rows.row).finding.frame == 15

    drive(scenario)


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (140, " 1 Packets  2 Sessions  3 Session  4 Ladder  5 Violations  6 Conformance "),
        (80, " 1  2 Sessions  3  4  5  6  "),
        (40, " capture.pcap "),
    ],
)
def test_the_line_above_names_the_screens_as_far_as_there_is_room(width: int, told: str) -> None:
    async def scenario(pilot: Driver) -> None:
        await press(pilot, "2")
        assert screen_text(pilot).startswith(told)
        if width == 80:
            await pilot.click("TopBar", offset=(22, 0))  # the 5
            await settle(pilot)
            assert app_of(pilot).current_mode == "violations"

    drive(scenario, sample=FAULTS, size=(width, 24))


def test_one_is_not_many() -> None:
    assert [number_of(count, "frame") for count in (0, 1, 2_000)] == ["0 frames", "1 frame", "2,000 frames"]
    assert unsaved(1) == "1 frame that is not saved is thrown away"
    assert unsaved(2) == "2 frames that are not saved are thrown away"
