"""Each planted fault is found, in the frame to blame, and nothing else is that does not follow from it."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from judging import judged_folder

from rules.model import Finding
from samples.generator.pcap import write_pcap
from samples.planted import EVERY, PLANTED
from samples.planted.catalogue import Planted

Fields = Callable[..., list[list[str]]]
LEDGER = Path(__file__).resolve().parents[2] / "rules" / "requirements.csv"
ALL = pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
OBSERVATIONS = {"UE-5.1.2.2-13", "UE-5.1.2.2-27", "UE-5.1.2.4-27", "UE-5.1.2.4-41", "UE-5.1.2.4-42"}
"""Requirements of level MAY that nothing can break: the ledger has no condition to fail for them."""
HAS_TSHARK = shutil.which("tshark") is not None
LEAST_FOUND = 0.98


@dataclass(frozen=True)
class Judged:
    """A planted fault as the program sees it."""

    planted: Planted
    frames: tuple[int, ...]
    failures: list[Finding]

    @property
    def found(self) -> bool:
        """In one of the frames to blame, and with all that follows."""
        rules = {f.rule for f in self.failures}
        blamed = {f.frame for f in self.failures if f.rule == self.planted.rule}
        return {self.planted.rule, *self.planted.also} <= rules and bool(blamed & set(self.frames))

    @property
    def invented(self) -> set[str]:
        """What neither is the fault nor follows from it."""
        return {f.rule for f in self.failures} - {self.planted.rule, *self.planted.also}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Planted], Judged]:
    """Makes a fault and judges it, once for all tests."""
    folder = tmp_path_factory.mktemp("planted")

    @cache
    def judged(rule: str) -> Judged:
        planted = PLANTED[rule]
        frames = planted.write(folder / rule)
        failures = judged_folder(folder / rule).failures
        return Judged(planted, frames, [f for f in failures if not f.rule.startswith("X-")])

    def of(planted: Planted) -> Judged:
        if planted.needs_tshark and not HAS_TSHARK:
            pytest.skip("PCO is read through tshark, which is not installed")
        return judged(planted.rule)

    return of


@ALL
def test_the_fault_is_found_where_it_is_and_alone(planted: Planted, judge: Callable[[Planted], Judged]) -> None:
    judged = judge(planted)
    assert judged.invented == set(), [(f.rule, f.frame, f.expected, f.observed) for f in judged.failures]
    assert judged.found, [(f.rule, f.frame, judged.frames) for f in judged.failures]


def test_of_all_planted_faults_enough_are_found_and_none_is_invented(judge: Callable[[Planted], Judged]) -> None:
    """The rate that issue 4 asks for. The test above names each fault that is missed; this one counts."""
    judged = [judge(planted) for planted in PLANTED.values() if HAS_TSHARK or not planted.needs_tshark]
    found, invented = sum(one.found for one in judged), sum(len(one.invented) for one in judged)
    told = f"{found} of {len(judged)} planted violations found, {invented} invented"
    sys.stdout.write(told)
    assert invented == 0, told
    assert found >= LEAST_FOUND * len(judged), told


@ALL
def test_a_fault_is_made_the_same_way_each_time_from_a_step_that_there_is(planted: Planted, tmp_path: Path) -> None:
    frames = planted.write(tmp_path)
    again = planted.scenario.play()
    assert planted.frames(again) == frames
    write_pcap(tmp_path / "again.pcap", again.wire.frames)
    first = (tmp_path / "capture.pcap").read_bytes()
    assert first == (tmp_path / "again.pcap").read_bytes()
    assert len(first) < 20_000
    assert frames
    with LEDGER.open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    assert {planted.rule, *planted.also} <= known


def test_every_requirement_that_can_be_broken_has_its_fault() -> None:
    assert len(EVERY) == len(PLANTED)
    with LEDGER.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} - set(PLANTED) == OBSERVATIONS
    assert {row["level"] for row in rows if row["id"] in OBSERVATIONS} == {"MAY"}


@pytest.mark.parametrize(
    ("rule", "step", "field", "value"),
    [
        ("UE-5.1.2.4-04", "BU 1", "mip6.bu.a_flag", "0"),
        ("UE-5.1.2.4-07", "BU 1", "mip6.acoa.acoa", "2001:db8:77::66"),
        ("UE-5.1.2.4-14", "BU 1", "mip6.bu.f_flag", "1"),
        ("UE-5.1.2.4-15", "BU 1", "mip6.nemo.bu.r_flag", "0"),
        ("UE-5.1.2.4-05", "BU 1", "mip6.ipv4ha.ha", "10.1.2.3"),
        ("UE-5.1.2.4-39", "data 1 up", "frame.protocols", "eth:ethertype:ip:ipv6:icmpv6:data"),
        ("HA-5.1.3.2-03", "BA 1", "mip6.nemo.ba.r_flag", "0"),
        ("HA-5.1.3.2-07", "BA 1", "mip6.ipv4ha.ha", "0.0.0.0"),
        ("HA-5.1.3.2-08", "BA 1", "mip6.natd.f_flag", "0"),
        ("HA-5.1.3.2-16", "BA 1", "mip6.ba.lifetime", "1800"),
        ("HA-5.1.3.2-15", "data 1 down", "frame.protocols", "eth:ethertype:ip:ipv6:icmpv6:data"),
        ("HA-5.1.3.2-09", "BA 1", "frame.protocols", "eth:ethertype:ip:ipv6:esp:mipv6"),
        ("RFC3775-02", "BU 1", "mip6.proto", "17"),
        ("RFC3775-03", "BU 1", "frame.protocols", "eth:ethertype:ipv6:esp:mipv6"),
        ("UE-5.1.2.2-21", "BU 1", "frame.protocols", "eth:ethertype:ipv6:ipv6.dstopts:mipv6"),
    ],
)
def test_tshark_sees_what_was_planted(
    rule: str, step: str, field: str, value: str, tmp_path: Path, tshark_fields: Fields
) -> None:
    planted = PLANTED[rule]
    planted.write(tmp_path)
    frame = planted.scenario.play().wire.frame_of[step]
    rows = tshark_fields(tmp_path / "capture.pcap", tmp_path / "keys", f"frame.number=={frame}", field)
    assert rows == [[value]]
