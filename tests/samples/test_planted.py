"""Each planted fault is found, in the frame to blame, and nothing else is that does not follow from it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from analyzer.profile import load_profile
from analyzer.results import Results
from rules.ledger import load_rules
from rules.registry import RULES
from samples.planted import PLANTED
from samples.planted.catalogue import Planted

load_rules()
Fields = Callable[..., list[list[str]]]
LEDGER = Path(__file__).resolve().parents[2] / "rules" / "requirements.csv"
ALL = pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
OBSERVATIONS = {f"UE-5.1.2.4-{n}" for n in (27, 41, 42)}
CLAUSES = (
    "UE-5.1.2.4-",
    "HA-5.1.2.4-",
    "HA-5.1.3.2-",
    "RFC3775-",
    "RFC4877-",
    "RFC5555-",
    "RFC5648-",
    "RFC6088-",
    "RFC6089-",
)


def _judged(folder: Path) -> Results:
    with CaptureSource([folder / "capture.pcap"]) as source:
        run = Run(source, load_keys([folder / "keys"]), load_profile(folder / "profile.toml"))
        for _ in run.packets():
            pass
        return run.results()


@ALL
def test_the_fault_is_found_where_it_is_and_alone(planted: Planted, tmp_path: Path) -> None:
    """As far as the rules are there; a rule that is still open says nothing."""
    frames = planted.write(tmp_path)
    failures = [f for f in _judged(tmp_path).failures if not f.rule.startswith("X-")]
    found = {f.rule for f in failures}
    due = {rule for rule in (planted.rule, *planted.also) if rule in RULES}
    assert due <= found <= due | set(planted.perhaps)
    if planted.rule in RULES:
        assert {f.frame for f in failures if f.rule == planted.rule} & set(frames)


@ALL
def test_a_fault_is_made_the_same_way_each_time_from_a_step_that_there_is(planted: Planted, tmp_path: Path) -> None:
    frames = planted.write(tmp_path / "once")
    assert planted.write(tmp_path / "again") == frames
    first, second = (tmp_path / "once" / "capture.pcap", tmp_path / "again" / "capture.pcap")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 20_000
    assert frames
    with LEDGER.open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    assert {planted.rule, *planted.also, *planted.perhaps} <= known


def test_every_requirement_on_registration_has_its_fault() -> None:
    with LEDGER.open(encoding="utf-8") as file:
        wanted = {row["id"] for row in csv.DictReader(file) if row["id"].startswith(CLAUSES)}
    assert wanted - set(PLANTED) == OBSERVATIONS


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
