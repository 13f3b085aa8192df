"""The CSV of a capture that goes on: what is appended, and when."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analyzer.reports.violation_log import GRACE, IDENTITY, ViolationLog
from analyzer.reports.violations import COLUMNS
from analyzer.results import Results
from rules.ledger import ledger
from rules.model import Finding, Verdict
from rules.profile import Profile
from rules.session import Session, World


class Played:
    """Findings as an engine shows them."""

    def __init__(self) -> None:
        world = World(profile=Profile())
        self.session = Session(1, world)
        world.sessions.append(self.session)
        self.findings: list[Finding] = []
        self.absences: set[int] = set()
        nothing: Any = {}
        self.results = Results(
            files=("h0",),
            world=world,
            profile=world.profile,
            counts=SimpleNamespace(),  # type: ignore[arg-type]
            material=SimpleNamespace(),  # type: ignore[arg-type]
            findings=self.findings,
            verdicts=nothing,
            tallies=nothing,
            ledger=ledger(),
            closed=[],
            warnings=[],
        )
        self.out = io.StringIO(newline="")
        self.log = ViolationLog(self.out)

    def is_absence(self, index: int) -> bool:
        return index in self.absences

    def fail(self, frame: int, *, absence: bool = False, observed: str = "this") -> None:
        if absence:
            self.absences.add(len(self.findings))
        self.findings.append(Finding("RFC7296-04", 1, Verdict.FAIL, frame, frame * 1000, "that", observed))

    def look(self, now: int) -> list[tuple[str, str]]:
        self.log.take(self, self.results, now)  # type: ignore[arg-type]
        return self.rows()

    def rows(self) -> list[tuple[str, str]]:
        read = list(csv.DictReader(io.StringIO(self.out.getvalue(), newline="")))
        return [(row["frame"], row["verdict"]) for row in read]


@pytest.fixture
def played() -> Played:
    return Played()


def test_the_header_is_there_before_any_row(played: Played) -> None:
    assert played.out.getvalue() == ",".join(COLUMNS) + "\r\n"


def test_what_a_packet_did_wrong_is_written_at_once_where_the_ue_is_known(played: Played) -> None:
    played.session.identity = "ue@example.org"
    played.fail(7)
    assert played.look(100) == [("7", "fail")]
    assert played.look(200) == [("7", "fail")]


def test_it_waits_a_little_for_the_identity_of_the_ue(played: Played) -> None:
    played.fail(7)
    assert played.look(100) == []
    assert played.look(100 + IDENTITY - 1) == []
    assert played.look(100 + IDENTITY) == [("7", "fail")]


def test_what_was_not_sent_is_written_only_after_its_grace(played: Played) -> None:
    played.session.identity = "ue@example.org"
    played.fail(7, absence=True)
    assert played.look(100) == []
    assert played.look(100 + GRACE) == [("7", "fail")]


def test_what_is_taken_back_meanwhile_is_never_written(played: Played) -> None:
    played.fail(7, absence=True)
    assert played.look(100) == []
    played.findings[0] = replace(played.findings[0], verdict=Verdict.NOT_APPLICABLE, reason="sent anew in frame 9")
    assert played.look(100 + 2 * GRACE) == []
    played.log.finish(played.results)
    assert played.rows() == []


def test_what_is_taken_back_later_is_appended_with_its_new_verdict(played: Played) -> None:
    played.fail(7, absence=True)
    played.look(100)
    played.look(100 + GRACE)
    played.findings[0] = replace(played.findings[0], verdict=Verdict.INCONCLUSIVE, reason="sent again in frame 9")
    assert played.look(101 + GRACE) == [("7", "fail"), ("7", "inconclusive")]
    played.log.finish(played.results)
    assert played.rows() == [("7", "fail"), ("7", "inconclusive")]


def test_the_end_writes_what_was_held_back_and_doubts_what_drops_make_doubtful(played: Played) -> None:
    played.fail(7, absence=True)
    played.look(100)
    played.look(100 + GRACE)
    played.fail(8, absence=True)
    played.fail(9)
    played.look(101 + GRACE)
    played.findings[0] = replace(played.findings[0], verdict=Verdict.INCONCLUSIVE, reason="the capture lost 3 frames")
    played.log.finish(played.results)
    assert played.rows() == [("7", "fail"), ("8", "fail"), ("9", "fail"), ("7", "inconclusive")]


def test_reading_all_again_repeats_no_row(played: Played) -> None:
    played.session.identity = "ue@example.org"
    played.fail(7)
    played.look(100)
    played.log.begin()
    assert played.look(200) == [("7", "fail")]


def test_a_row_that_changed_is_appended_again_at_the_end(played: Played) -> None:
    played.session.identity = "ue@example.org"
    played.fail(7)
    played.look(100)
    played.findings[0] = replace(played.findings[0], count=12)
    played.log.finish(played.results)
    assert played.rows() == [("7", "fail"), ("7", "fail")]
    assert "(12 times)" in played.out.getvalue()


def test_a_cell_that_a_spreadsheet_would_run_is_neutralised(played: Played) -> None:
    played.session.identity = "=cmd|' /C calc'!A0"
    played.fail(7)
    played.look(100)
    assert ",'=cmd" in played.out.getvalue()
