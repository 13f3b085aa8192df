"""``dsmip sample``: what a newcomer tries the program on."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import ROOT

SHIPPED = {path.parent.name for path in ROOT.glob("samples/*/capture.pcap")}


def test_the_list_names_every_shipped_capture(dsmip: CommandLine) -> None:
    said = dsmip("sample")
    assert said.status == 0
    assert {line.split()[0] for line in said.lines} == SHIPPED
    assert all(len(line.split()) > 2 for line in said.lines)


def test_a_sample_is_written_with_the_command_that_judges_it(
    dsmip: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = dsmip("sample", "dsmip-attach-nat-faults")
    assert said.status == 0
    written = tmp_path / "dsmip-attach-nat-faults"
    shipped = ROOT / "samples" / "dsmip-attach-nat-faults"
    assert (written / "capture.pcap").read_bytes() == (shipped / "capture.pcap").read_bytes()
    command = shlex.split(said.lines[-1])
    assert command[0] == "dsmip"
    judged = dsmip(*command[1:])
    assert judged.status == 1
    for rule in ("UE-5.1.2.4-14", "UE-5.1.2.4-15", "UE-5.1.2.4-26", "HA-5.1.3.2-03", "HA-5.1.3.2-08"):
        assert f"FAIL  {rule}" in judged.out


def test_of_many_ues_the_faulty_one_is_shown(dsmip: CommandLine, tmp_path: Path) -> None:
    """More sessions than a summary shows; the one that matters is among those shown (clause 5.1.2.4: A is set)."""
    out = tmp_path / "many"
    made = dsmip("sample", "--many", "24", "--faulty", "23", "--out", out)
    assert made.status == 0
    said = dsmip("analyze", out / "capture.pcap", "--keys", out / "keys")
    assert said.status == 1
    assert "Session 23  " in said.out
    assert [line.split()[2] for line in said.lines if "FAIL" in line] == ["UE-5.1.2.4-04"]
    assert "… and 4 more sessions, none of them with failures" in said.out
    assert "1 violation of 1 requirement in 1 of 24 sessions" in said.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing-like-it"], "no sample is called 'nothing-like-it'"),
        (["attach-clean", "--many", "3"], "name no sample beside it"),
        (["--many", "0", "--faulty", "1"], "--many takes 1 to"),
        (["--many", "3", "--faulty", "4"], "--faulty counts UEs from 1 to 3, not 4"),
        (["attach-clean", "--out", "."], "is there already"),
        (["attach-clean", "--out", "file/below"], "cannot be"),
    ],
)
def test_what_cannot_be_written_is_told_in_a_sentence(
    dsmip: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("taken")
    said = dsmip("sample", *arguments)
    assert said.status == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
