"""Procedures in which nobody does anything wrong: nothing fails, and what they are about passes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from judging import judged_folder, verdicts_of

from rules.model import Verdict
from samples.generator.pcap import write_pcap
from samples.planted import PLANTED
from samples.procedures import CHACHA20_SUITE, PROCEDURES, Procedure

Fields = Callable[..., list[list[str]]]
LEDGER = Path(__file__).resolve().parents[2] / "rules" / "requirements.csv"
ALL = pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=PROCEDURES)
IN_TSHARK = [name for name, procedure in PROCEDURES.items() if procedure.scenario.suite is not CHACHA20_SUITE]
OWN_ERRORS = "isakmp.ikev2.integrity_checksum && udp.port==4500"
"""tshark 4.0 takes the non-ESP marker for part of the message."""


@ALL
def test_nothing_fails_everything_opens_and_what_it_is_about_passes(procedure: Procedure, tmp_path: Path) -> None:
    procedure.write(tmp_path)
    results = judged_folder(tmp_path)
    failures = [f for f in results.failures if not f.rule.startswith("X-")]
    assert failures == [], [(f.rule, f.frame, f.expected, f.observed) for f in failures]
    assert results.closed == []
    verdicts = verdicts_of(results)
    assert {rule: verdicts.get(rule) for rule in procedure.passes} == dict.fromkeys(procedure.passes, Verdict.PASS)


@ALL
def test_a_procedure_is_made_the_same_way_each_time(procedure: Procedure, tmp_path: Path) -> None:
    procedure.write(tmp_path)
    write_pcap(tmp_path / "again.pcap", procedure.scenario.play().wire.frames)
    assert (tmp_path / "capture.pcap").read_bytes() == (tmp_path / "again.pcap").read_bytes()
    with LEDGER.open(encoding="utf-8") as file:
        assert set(procedure.passes) <= {row["id"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", [name for name in IN_TSHARK if not name.startswith("refused-")])
def test_tshark_opens_every_packet_and_finds_nothing_wrong(name: str, tmp_path: Path, tshark_fields: Fields) -> None:
    PROCEDURES[name].write(tmp_path)
    capture, keys = tmp_path / "capture.pcap", tmp_path / "keys"
    wrong = f"_ws.malformed || (isakmp.ikev2.integrity_checksum && !({OWN_ERRORS})) || (esp && !(esp.icv_good==1))"
    closed = "isakmp.typepayload==46 && isakmp.exchangetype!=34 && !isakmp.enc.decrypted"
    assert tshark_fields(capture, keys, f"({wrong}) || ({closed})", "frame.number") == []


@pytest.mark.parametrize("rule", [rule for rule, planted in PLANTED.items() if planted.passes])
def test_the_other_end_of_a_fault_does_its_part(rule: str, tmp_path: Path) -> None:
    fault = PLANTED[rule]
    fault.write(tmp_path)
    verdicts = verdicts_of(judged_folder(tmp_path))
    assert {rule: verdicts.get(rule) for rule in fault.passes} == dict.fromkeys(fault.passes, Verdict.PASS)
