"""The violations on the live screen, as they are found."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest
from live_driver import FAULTS, Driver, Wire, drive_live, frames_come, live_of, live_screen, until
from tui_driver import packets_of, screen_text

from analyzer.tui.live_app import LiveApp
from rules.model import Finding, Verdict

pytestmark = pytest.mark.alone
Patch = pytest.MonkeyPatch

ROOT = Path(__file__).resolve().parents[2]
EVIL = "\x1b[31m[bold]\u202ered\n[/]"
RULE, ADDITION = "HA-5.1.3.2-08", "X-RFC6275-NEW-CARE-OF-ADDRESS"


def requirement_words() -> dict[str, str]:
    """What the ledger says is required, by rule."""
    with (ROOT / "rules" / "requirements.csv").open(newline="") as rows:
        return {row["id"]: row["requirement"] for row in csv.DictReader(rows)}


def blamed() -> list[tuple[str, int]]:
    """What an honest judge finds in the sample: rule and frame, in the order of frames."""
    with (FAULTS / "expected.toml").open("rb") as file:
        frames = tomllib.load(file)["frames"]
    return sorted(((rule, frame) for rule, at in frames.items() for frame in at), key=lambda pair: pair[1])


def drawn(pilot: Driver) -> list[str]:
    """What stands in the pane of violations, line by line, without its border and scroll bar."""
    part = live_screen(pilot).found.content_region
    lines = screen_text(pilot).splitlines()[part.y : part.bottom]
    return [line.ljust(part.right)[part.x : part.right - 1].strip() for line in lines]


def finding(frame: int, *, rule: str = RULE, session: int = 1, observed: str = "") -> Finding:
    return Finding(rule, session, Verdict.FAIL, frame, 0, observed=observed)


def find(app: LiveApp, *findings: Finding) -> None:
    """The engine finds this."""
    run = app.capture.run
    assert run is not None
    assert run.engine is not None
    run.engine.findings.extend(findings)


async def found(pilot: Driver, *findings: Finding) -> None:
    """The engine finds this, and the screen takes it in."""
    app = live_of(pilot)
    wanted = app.follow.fails + len(findings)
    find(app, *findings)
    await until(pilot, lambda: app.follow.fails == wanted, "the findings")


async def to_violations(pilot: Driver) -> None:
    await pilot.press("tab", "tab")
    assert live_screen(pilot).found.has_focus


def test_each_violation_is_told_with_its_frame_rule_and_what_is_required(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        app = live_of(pilot)
        assert drawn(pilot)[0] == "No violations so far"
        await frames_come(pilot, wire.come())
        await until(pilot, lambda: app.follow.fails == len(blamed()), "all violations")
        told = " ".join(" ".join(drawn(pilot)).split())
        words, places = requirement_words(), []
        for rule, frame in blamed():
            line = f"✖E frame {frame} {rule} {words[rule]}"
            assert line in told
            places.append((told.index(line), frame))
        assert [frame for _, frame in sorted(places)] == [15, 15, 14, 13, 13], "the latest first"
        assert ", 5 violations" in screen_text(pilot)

    drive_live(scenario, tmp_path, monkeypatch, size=(160, 50))


def test_at_80_columns_the_latest_is_told_beside_its_frame(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(5))
        await found(pilot, finding(3), finding(4))
        assert drawn(pilot)[0].startswith(f"✖E frame    4  {RULE}  An IPv4 Care-of Address option")

    drive_live(scenario, tmp_path, monkeypatch)


def test_the_latest_fifty_are_listed_and_all_are_counted(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(5))
        await found(pilot, *map(finding, range(1, 71)))
        assert ", 70 violations" in screen_text(pilot)
        assert drawn(pilot)[0].startswith(f"✖E frame    70  {RULE}")
        await to_violations(pilot)
        await pilot.press("end")
        await pilot.pause()
        frames = [int(line.split()[2]) for line in drawn(pilot) if line.startswith("✖E frame")]
        assert frames == sorted(frames, reverse=True)
        assert frames[-1] == 21, "70 to 21 are fifty"

    drive_live(scenario, tmp_path, monkeypatch, size=(120, 40))


def test_of_several_sessions_it_says_whose(tmp_path: Path, monkeypatch: Patch) -> None:
    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(5))
        await found(pilot, finding(3))
        assert drawn(pilot)[0].startswith(f"✖E frame    3  {RULE}")
        run = live_of(pilot).capture.run
        assert run is not None
        run.world.sessions.append(run.world.sessions[0])
        await found(pilot, finding(4, session=2))
        assert drawn(pilot)[0].startswith(f"✖E frame    4, session 2  {RULE}")

    drive_live(scenario, tmp_path, monkeypatch, size=(160, 50))


def test_words_from_the_wire_are_shown_inert(tmp_path: Path, monkeypatch: Patch) -> None:
    """What was observed stands there for an addition of ours, as the ledger does not say what it requires."""

    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(5))
        await found(pilot, finding(3, rule=ADDITION, observed=EVIL))
        assert drawn(pilot)[0] == rf"•N frame    3  {ADDITION}  \x1b[31m[bold]\u202ered\n[/]"
        assert not {"\x1b", "\u202e"} & set(screen_text(pilot))

    drive_live(scenario, tmp_path, monkeypatch, size=(160, 50))


@pytest.mark.parametrize("latest", [True, False])
def test_the_cursor_stays_on_its_violation_while_others_come(tmp_path: Path, monkeypatch: Patch, latest: bool) -> None:
    """At the top it stays on the latest, whichever that is; Enter goes to what one sees."""

    async def scenario(wire: Wire, pilot: Driver) -> None:
        await frames_come(pilot, wire.come(10))
        await found(pilot, finding(2), finding(4))
        await to_violations(pilot)
        pane = live_screen(pilot).found
        while not latest and pane.frame != 2:
            await pilot.press("down")
        await found(pilot, *(finding(frame) for frame in (5, 6, 7, 8)))
        shown = drawn(pilot)[pane.cursor - int(pane.scroll_offset.y)]
        assert shown.startswith(f"✖E frame    {8 if latest else 2}  {RULE}")
        await pilot.press("enter")
        await pilot.pause()
        assert packets_of(pilot).packets.number == (8 if latest else 2)

    drive_live(scenario, tmp_path, monkeypatch)
