"""From DHCPv6, DNS and Router Advertisements in a capture to verdicts on the discovery of the Home Agent."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import pytest
from discovery_frames import HA, HA_NAME, ROUTER_MAC, Host, advertises
from edited_captures import analyzed, sample, sample_keys
from scapy.utils import PcapWriter

from analyzer.capture import CaptureSource
from analyzer.pipeline import Run
from analyzer.results import Results
from analyzer.sessions import discoveries
from rules import advertisements
from rules.model import Finding, Verdict
from rules.profile import Profile
from rules.session import Session
from samples.planted import PLANTED

OTHER_HA = "2001:db8:ffff::2"
PASS, FAIL, INCONCLUSIVE, NOT_APPLICABLE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE


def run_over(path: Path, frames: Iterable[Any], *, step: float = 0.1, quiet: float = 40, **facts: Any) -> Results:
    """Judges a capture of frames, ``step`` seconds apart and ``quiet`` seconds before the last one on the link."""
    capture, at = path / "capture.pcap", 1_700_000_000.0
    with PcapWriter(str(capture), linktype=1, sync=True) as writer:
        for frame in frames:
            frame.time = at
            writer.write(frame)
            at += step
        last = advertises("2001:db8:eeee::")
        last.time = at + quiet
        writer.write(last)
    with CaptureSource([capture]) as source:
        run = Run(source, profile=Profile(**facts))
        for _ in run.packets():
            pass
        return run.results()


def only_session(results: Results) -> Session:
    (session,) = results.world.sessions
    return session


def verdicts(results: Results, *rules: str, session: int = 1) -> list[Verdict]:
    return [results.verdicts.get((session, rule), NOT_APPLICABLE) for rule in rules]


def fail_of(results: Results, rule: str) -> Finding:
    (finding,) = [f for f in results.findings if f.rule == rule and f.verdict is FAIL]
    return finding


def discovery_by_name(ue: Host) -> list[Any]:
    return [ue.asks(ue.request()), ue.is_told(ue.reply(name=HA_NAME))]


# One session


def test_discovery_and_ike_of_one_ue_are_one_session_known_by_its_link_layer_address(tmp_path: Path) -> None:
    ue = Host(0x10)
    frames = [
        *discovery_by_name(ue),
        ue.looks_up(),
        ue.finds(HA),
        ue.looks_up(kind="A", number=2),
        ue.finds("192.0.2.1", kind="A", number=2),
        ue.starts(),
    ]
    results = run_over(tmp_path, frames)
    session = only_session(results)
    assert (session.first_frame, str(session.ue), str(session.ha)) == (1, ue.care_of, HA)
    rules = [f"UE-5.1.2.1.5-{n:02d}" for n in (1, 4, 5, 7)]
    assert verdicts(results, *rules, "NET-5.1.2.1.5-03", "NET-5.1.2.1.5-06") == [PASS] * 6


def test_the_interface_identifier_tells_where_a_relay_hides_the_link(tmp_path: Path) -> None:
    ue = Host(0x10, care_of="2001:db8:77::10")
    frames = [
        ue.asks_through_relay(ue.request()),
        ue.is_told_through_relay(ue.reply(agents=[HA])),
        ue.starts(OTHER_HA, via=ROUTER_MAC),
    ]
    results = run_over(tmp_path, frames)
    assert only_session(results).first_frame == 1
    found = fail_of(results, "UE-5.1.2.1.5-07")
    assert (found.frame, found.related) == (3, (2,))


def test_the_address_that_was_found_tells_where_only_one_client_was_given_it(tmp_path: Path) -> None:
    ue = Host(0x10, care_of="2001:db8:77::abc")
    found = ue.is_told_through_relay(ue.reply(agents=[HA]))
    results = run_over(tmp_path, [ue.asks_through_relay(ue.request()), found, ue.starts(via=ROUTER_MAC)])
    assert only_session(results).first_frame == 1


def test_ike_of_another_host_on_the_link_does_not_join(tmp_path: Path) -> None:
    ue, other = Host(0x10), Host(0x20)
    results = run_over(tmp_path, [ue.asks(ue.request()), ue.is_told(ue.reply(agents=[HA])), other.starts()])
    assert [str(session.ue) for session in results.world.sessions] == [ue.link_local, other.care_of]
    assert verdicts(results, "UE-5.1.2.1.5-07") + verdicts(results, "UE-5.1.2.1.5-07", session=2) == [
        NOT_APPLICABLE,
        NOT_APPLICABLE,
    ]


def test_two_clients_behind_one_relay_keep_apart_by_duid(tmp_path: Path) -> None:
    first, second = Host(0x10), Host(0x20)
    frames = [
        first.asks_through_relay(first.request(7)),
        second.asks_through_relay(second.request(7, network=None)),
        second.is_told_through_relay(second.reply(7, agents=[HA])),
        first.is_told_through_relay(first.reply(7)),
    ]
    results = run_over(tmp_path, frames)
    assert verdicts(results, "UE-5.1.2.1.5-01", "NET-5.1.2.1.5-03") == [PASS, FAIL]
    assert verdicts(results, "UE-5.1.2.1.5-01", "NET-5.1.2.1.5-03", session=2) == [FAIL, PASS]
    assert fail_of(results, "NET-5.1.2.1.5-03").frame == 4


# Verdicts and frames


def test_a_discovery_that_no_ike_follows_is_judged_as_well(tmp_path: Path) -> None:
    ue = Host(0x10)
    results = run_over(tmp_path, discovery_by_name(ue))
    session = only_session(results)
    assert (str(session.ue), session.ha, session.ike_sas) == (ue.link_local, None, [])
    found = fail_of(results, "UE-5.1.2.1.5-04")
    assert found.frame == 2
    assert HA_NAME in found.expected
    assert verdicts(results, "UE-5.1.2.2-01", "RFC7296-01") == [NOT_APPLICABLE] * 2


def test_a_missing_look_up_is_blamed_on_the_reply_and_names_what_was_asked_instead(tmp_path: Path) -> None:
    ue = Host(0x10)
    results = run_over(tmp_path, [*discovery_by_name(ue), ue.looks_up("www.example.org"), ue.starts()])
    found = fail_of(results, "UE-5.1.2.1.5-04")
    assert (found.frame, found.related) == (2, (4, 3))
    assert "www.example.org" in found.observed


def test_one_type_of_records_is_blamed_on_the_query(tmp_path: Path) -> None:
    ue = Host(0x10)
    results = run_over(tmp_path, [*discovery_by_name(ue), ue.looks_up(), ue.finds(HA), ue.starts()])
    found = fail_of(results, "UE-5.1.2.1.5-05")
    assert (found.frame, found.related) == (3, (5,))


def test_two_addresses_of_one_family_are_blamed_on_the_answer(tmp_path: Path) -> None:
    ue = Host(0x10)
    frames = [
        *discovery_by_name(ue),
        ue.looks_up(),
        ue.looks_up(kind="A", number=2),
        ue.finds("192.0.2.1", kind="A", number=2),
        ue.finds(HA, OTHER_HA),
    ]
    found = fail_of(run_over(tmp_path, frames), "NET-5.1.2.1.5-06")
    assert (found.frame, found.related) == (6, (5,))


def test_the_draft_form_counts_and_its_id_type_is_judged(tmp_path: Path) -> None:
    ue = Host(0x10)
    frames = [ue.asks(ue.request(draft=0)), ue.is_told(ue.reply(agents=[HA], draft=True)), ue.starts()]
    results = run_over(tmp_path, frames, target_apn="internet")
    assert verdicts(results, "UE-5.1.2.1.5-01", "NET-5.1.2.1.5-03", "UE-5.1.2.1.5-07") == [PASS] * 3
    found = fail_of(results, "UE-5.1.2.1.5-02")
    assert (found.frame, found.observed) == (1, "id-type 0")


def test_a_request_that_is_sent_again_is_judged_once(tmp_path: Path) -> None:
    ue = Host(0x10)
    asked = ue.asks(ue.request(network=None))
    results = run_over(tmp_path, [asked, asked, ue.asks_through_relay(ue.request(network=None))])
    assert results.tallies[1, "UE-5.1.2.1.5-01"] == {FAIL: 1}


def test_a_query_that_may_be_of_either_of_two_ues_accuses_neither(tmp_path: Path) -> None:
    first, second = Host(0x10, care_of="2001:db8:77::a1"), Host(0x20, care_of="2001:db8:77::a2")
    frames = []
    for ue in (first, second):
        frames += [ue.asks_through_relay(ue.request()), ue.is_told_through_relay(ue.reply(name=HA_NAME))]
    results = run_over(tmp_path, [*frames, first.looks_up(via=ROUTER_MAC)])
    assert [verdicts(results, "UE-5.1.2.1.5-04", session=n) for n in (1, 2)] == [[INCONCLUSIVE], [INCONCLUSIVE]]


def test_dns_of_hosts_that_look_for_no_home_agent_opens_no_session(tmp_path: Path) -> None:
    host = Host(0x30)
    results = run_over(tmp_path, [host.looks_up("www.example.org"), host.finds(HA, name="www.example.org")])
    assert results.world.sessions == []


def test_the_name_of_a_home_agent_apn_is_looked_for_without_dhcpv6(tmp_path: Path) -> None:
    ue, name = Host(0x10), "internet.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"
    results = run_over(tmp_path, [ue.looks_up(name), ue.finds(HA, name=name), ue.starts(OTHER_HA)])
    assert fail_of(results, "UE-5.1.2.1.5-07").frame == 3


# Hostile input


def flooded(path: Path, apart: float) -> tuple[Results, discoveries.Discoveries]:
    """A run over requests of 200 clients, so many seconds apart, and the index of what is found again."""
    with PcapWriter(str(path / "capture.pcap"), linktype=1) as writer:
        for number in range(200):
            ue = Host(0x100 + number)
            frame = ue.asks(ue.request(number, network=f"n{number}.example"))
            frame.time = 1_700_000_000 + apart * number
            writer.write(frame)
    with CaptureSource([path / "capture.pcap"]) as source:
        run = Run(source)
        list(run.packets())
        return run.results(), run.decoder.correlator._discoveries


def test_many_clients_leave_a_bounded_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discoveries, "MOST_OPEN", 20)
    monkeypatch.setattr(discoveries, "MOST_LONE", 50)
    results, index = flooded(tmp_path, apart=10)
    assert (len(results.world.sessions), index.ignored, len(index._keys)) == (50, 150, 20)
    assert len(index._by_key) <= 20 * 6


def test_a_flood_at_once_is_ignored_rather_than_that_others_are_forgotten_who_still_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discoveries, "MOST_OPEN", 20)
    results, index = flooded(tmp_path, apart=0.01)
    assert (len(results.world.sessions), index.ignored) == (20, 180)


def test_what_ike_has_followed_no_longer_counts_as_opened_in_vain(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(discoveries, "MOST_LONE", 1)
    frames = []
    for number in (0x10, 0x20):
        ue = Host(number)
        frames += [ue.asks(ue.request(number)), ue.is_told(ue.reply(number, agents=[HA])), ue.starts()]
    assert len(run_over(tmp_path, frames).world.sessions) == 2


def test_transactions_of_one_client_do_not_pile_up(tmp_path: Path) -> None:
    ue = Host(0x10)
    capture = tmp_path / "capture.pcap"
    with PcapWriter(str(capture), linktype=1) as writer:
        for number in range(300):
            writer.write(ue.asks(ue.request(number)))
    with CaptureSource([capture]) as source:
        run = Run(source)
        list(run.packets())
        index = run.decoder.correlator._discoveries
    assert max(len(keys) for keys in index._keys.values()) < 64
    assert len(index._by_key) < 64


def test_advertised_prefixes_are_bounded_and_the_silent_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advertisements, "MOST_PREFIXES", 10)
    prefixes = [f"2001:db8:1:{number:x}::" for number in range(40)]
    results = run_over(tmp_path, [advertises(*prefixes[n : n + 4]) for n in range(0, 40, 4)])
    store = results.world.advertisements
    kept = [store.covering(IPv6Address(prefix + "5")) for prefix in prefixes]
    assert sum(map(bool, kept)) <= 10
    assert kept[-1]
    assert not kept[0]


# Home link detection, in captures of whole attaches


@pytest.mark.parametrize("rule", [f"UE-5.1.2.3-{n:02d}" for n in (1, 2, 3, 5)])
def test_a_fault_of_home_link_detection_is_blamed_on_the_frame_it_was_planted_in(rule: str, tmp_path: Path) -> None:
    blamed = PLANTED[rule].write(tmp_path)
    results = analyzed(tmp_path / "capture.pcap", [tmp_path / "keys"])
    assert fail_of(results, rule).frame == blamed[0]


def test_a_ue_that_comes_home_is_found_to_do_as_it_should() -> None:
    results = analyzed(sample("dsmip-return-home"), [sample_keys("dsmip-return-home")])
    assert verdicts(results, *(f"UE-5.1.2.3-{n:02d}" for n in (1, 2, 3, 5))) == [PASS] * 4
