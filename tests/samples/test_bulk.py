"""Many attaches in one capture: in order of time, distinct, and open."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import dpkt
import pytest
from judging import judged_folder

from rules.model import Verdict
from samples.__main__ import main
from samples.generator.bulk import Bulk, interleaved, many_attaches
from samples.generator.tables import KeyTables

UES = 12


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bulk, Path]:
    folder = tmp_path_factory.mktemp("bulk")
    return many_attaches(folder / "capture.pcap", UES, keys=folder / "keys"), folder


def test_ues_interleave_in_order_of_time(bulk: tuple[Bulk, Path]) -> None:
    summary, folder = bulk
    with (folder / "capture.pcap").open("rb") as file:
        packets = [(at, dpkt.ethernet.Ethernet(data).data) for at, data in dpkt.pcap.Reader(file)]
    assert len(packets) == summary.frames >= 18 * UES
    times = [at for at, _ in packets]
    assert times == sorted(times)
    ends = [tuple(sorted((packet.src, packet.dst))) for _, packet in packets]
    assert len(set(ends)) == UES
    changes = sum(before != after for before, after in pairwise(ends))
    assert changes > 2 * UES


def test_memory_holds_only_the_ues_of_the_moment() -> None:
    tables = KeyTables()
    frames = interleaved(1000, 60.0, tables)
    assert len([next(frames) for _ in range(30)]) == 30
    assert len(tables.ike) < 5


def test_every_packet_opens_in_tshark(bulk: tuple[Bulk, Path], tshark_fields: Callable[..., list[list[str]]]) -> None:
    summary, folder = bulk
    keys, capture = folder / "keys", folder / "capture.pcap"
    assert len((keys / "ikev2_decryption_table").read_text().splitlines()) == UES
    assert len((keys / "esp_sa").read_text().splitlines()) == 4 * UES
    assert tshark_fields(capture, keys, "_ws.malformed || _ws.expert", "frame.number") == []
    esp = tshark_fields(capture, keys, "esp", "esp.icv_good", "icmpv6.type")
    assert sorted(esp) == sorted([["1", "128"], ["1", "129"]] * UES)
    names = tshark_fields(
        capture, keys, "isakmp.exchangetype==35 && isakmp.messageid==1 && isakmp.flag_r==0", "isakmp.id.data.user_fqdn"
    )
    assert len({name for (row,) in names for name in row.split(",")[:1]}) == UES
    assert summary.ues == UES


def test_a_thousand_interleaved_ues_are_told_apart_and_none_is_blamed(tmp_path: Path) -> None:
    """One frame of every UE at least lies between others'; each UE registers and leaves, with a name and prefix."""
    thousand = 1000
    assert main(["many", str(thousand), "--out", str(tmp_path)]) == 0
    results = judged_folder(tmp_path)
    assert len(results.sessions) == thousand
    assert results.closed == results.failures == []
    names = {session.identity for session in results.sessions}
    prefixes = {str(grant.prefix) for session in results.sessions for grant in session.home_prefixes}
    assert len(names) == len(prefixes) == thousand
    for rule in ("UE-5.1.1-01", "HA-5.1.3.2-02", "HA-5.1.3.2-16", "UE-5.1.2.3-01", "RFC4877-01", "RFC7296-10"):
        assert {results.verdicts[session.number, rule] for session in results.sessions} == {Verdict.PASS}
