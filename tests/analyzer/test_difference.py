"""``dsmip diff``: new, fixed and unchanged violations of two runs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import SECOND, frames_of, later, sample, sample_keys, saved

from analyzer.reports.difference import NotAResult, compared, read_rows
from samples.generator.pcap import Frame

GOOD, BAD, OTHER = "attach-clean", "attach-no-home-prefix", "attach-idr-changed"
HEADER = (
    "schema,capture,session,ue,ha,rule,clause,level,verdict,severity,actor,frame,time,epoch_ns,"
    "related_frames,summary,expected,observed,fingerprint"
)


def row(rule: str, fingerprint: str, *, severity: str = "error", verdict: str = "fail", frame: int = 5) -> str:
    return f"1,c,1,ue@x,h,{rule},TS,SHALL,{verdict},{severity},UE,{frame},,0,,s,e,o,{fingerprint}"


def csv_of(*rows: str) -> str:
    return "\r\n".join((HEADER, *rows, ""))


@pytest.fixture
def written(dsmip: CommandLine, tmp_path: Path) -> dict[str, Path]:
    """The JSON and CSV outputs of three samples."""
    paths = {}
    for name in (GOOD, BAD, OTHER):
        common = ("analyze", sample(name), "--keys", sample_keys(name))
        paths[f"{name}.csv"] = tmp_path / f"{name}.csv"
        paths[f"{name}.json"] = tmp_path / f"{name}.json"
        text = dsmip(*common, "--csv", paths[f"{name}.csv"], "--json", "--all-verdicts").out
        paths[f"{name}.json"].write_text(text)
    return paths


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_new_violation_is_told_and_gives_status_1(dsmip: CommandLine, written: dict[str, Path], form: str) -> None:
    said = dsmip("diff", written[f"{GOOD}.{form}"], written[f"{BAD}.{form}"])
    assert said.status == 1
    assert "+ UE-5.1.2.2-12" in said.out
    assert said.lines[-1] == "1 new violation, 0 fixed, 0 unchanged"


def test_a_fixed_violation_gives_status_0(dsmip: CommandLine, written: dict[str, Path]) -> None:
    said = dsmip("diff", written[f"{BAD}.csv"], written[f"{GOOD}.json"])
    assert said.status == 0
    assert "- UE-5.1.2.2-12" in said.out
    assert said.lines[-1] == "0 new violations, 1 fixed, 0 unchanged"


def test_the_same_violation_in_other_frames_a_day_later_is_unchanged(
    dsmip: CommandLine, written: dict[str, Path], tmp_path: Path
) -> None:
    frames = later(frames_of(sample(BAD)), 86400 * SECOND)
    moved = saved(tmp_path / "later.pcap", [Frame(frames[0].at, bytes(60)), *frames])
    path = tmp_path / "later.csv"
    dsmip("analyze", moved, "--keys", sample_keys(BAD), "--csv", path)
    said = dsmip("diff", written[f"{BAD}.json"], path)
    assert said.status == 0
    assert said.lines[-1] == "0 new violations, 0 fixed, 1 unchanged"


def test_one_gone_and_another_come_are_both_told(dsmip: CommandLine, written: dict[str, Path]) -> None:
    data = json.loads(dsmip("diff", written[f"{BAD}.csv"], written[f"{OTHER}.csv"], "--json").out)
    assert [entry["rule"] for entry in data["fixed"]] == ["UE-5.1.2.2-12"]
    assert "UE-5.1.2.2-12" not in {entry["rule"] for entry in data["new"]}
    assert data["new"]
    assert data["unchanged"] == []


def test_quiet_prints_nothing(dsmip: CommandLine, written: dict[str, Path]) -> None:
    said = dsmip("diff", written[f"{GOOD}.csv"], written[f"{BAD}.csv"], "-q")
    assert (said.status, said.out, said.err) == (1, "", "")


def test_only_failures_count_and_waived_ones_fail_nothing() -> None:
    old = read_rows(csv_of())
    new = read_rows(csv_of(row("A", "1", verdict="inconclusive"), row("B", "2", severity="waived")))
    difference = compared(old, new)
    assert [known.row["rule"] for known in difference.new] == ["B"]
    assert not difference.is_worse
    assert compared(old, read_rows(csv_of(row("X-OURS", "3")))).is_worse is False
    assert compared(old, read_rows(csv_of(row("A", "3", severity="note")))).is_worse is True


def test_repeated_failures_of_one_fingerprint_are_one_with_a_count() -> None:
    old = read_rows(csv_of(row("A", "1")))
    new = read_rows(csv_of(*(row("A", "1", frame=n) for n in range(3, 8))))
    ((before, after),) = compared(old, new).unchanged
    assert (before.times, after.times) == (1, 5)


def test_the_apostrophe_that_guards_a_spreadsheet_cell_is_taken_off() -> None:
    (read,) = read_rows(csv_of(row("A", "1").replace("ue@x", "'=1+1")))
    assert read["ue"] == "=1+1"


@pytest.mark.parametrize("text", [
    "", "rule,frame\r\nA,1\r\n", "{", "{}", '{"findings": 7}', '{"findings": [{"rule": "A"}]}', "{" * 5000,
    csv_of("1,too,short"), csv_of(row("A", "1").replace("1,c", "9,c", 1)), csv_of(row("A", "1") + ",more"),
    HEADER + '\r\n"' + "x" * 200_000 + '",',
], ids=range(11))  # fmt: skip
def test_what_dsmip_did_not_write_is_refused(text: str) -> None:
    with pytest.raises(NotAResult):
        read_rows(text)


def test_a_file_saved_again_by_a_spreadsheet_is_read() -> None:
    assert len(read_rows("\ufeff" + csv_of(row("A", "1")).replace("\r\n", "\n"))) == 1


def test_bad_input_is_one_sentence_and_status_2(
    dsmip: CommandLine, written: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "x"
    binary.write_bytes(b"\xd4\xc3\xb2\xa1\xff")
    for wrong in ("nowhere.csv", binary, tmp_path, sample(GOOD)):
        said = dsmip("diff", written[f"{GOOD}.csv"], wrong)
        assert (said.status, said.out) == (2, "")
        assert said.err.startswith(f"dsmip: {wrong}: ")
        assert said.err.count("\n") == 1
    assert dsmip("diff", "-", "-").status == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written[f"{BAD}.csv"].read_bytes())))
    assert dsmip("diff", written[f"{BAD}.csv"], "-").status == 0


def test_hostile_text_in_a_result_is_inert_on_the_terminal(dsmip: CommandLine, tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(csv_of())
    new.write_text(csv_of(row("A", "1").replace("ue@x", "\x1b[2J[red]u\u202e")))
    said = dsmip("diff", old, new)
    assert said.status == 1
    assert all(line.isprintable() for line in said.lines)
    assert "[red]" in said.out
