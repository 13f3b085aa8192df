"""Registrations and tunnelled data from end to end: real captures against their README, and frames built by hand."""

from __future__ import annotations

from ipaddress import IPv6Address
from pathlib import Path

import pytest
from edited_captures import analyzed
from mobility_frames import AGENT, CELLULAR, REGISTERED, WLAN, acknowledgement, down, solicit, up, update, written

from analyzer.results import Results
from rules.model import Verdict

SCAPY = "dsmipv6-scapy"
OTHER_AGENT = IPv6Address("2001:db8:ffff::2")
HOME_REGISTRATIONS = ["mip6_home_reg_esp_aescbc128-sha1.pcap", "mip6_home_reg_esp_null-sha256.pcap"]


def failures(results: Results, *rules: str) -> list[tuple[str, int]]:
    """Rule and frame of what fails, of some rules or of all."""
    return [(f.rule, f.frame) for f in results.failures if not rules or f.rule.startswith(rules)]


def verdicts(results: Results, *rules: str) -> dict[str, Verdict]:
    return {rule: results.verdicts[1, rule] for rule in rules}


def of_scapy(captures: Path, name: str) -> Results:
    return analyzed(captures / SCAPY / name, [captures / SCAPY / "esp_sa"])


# Real captures


@pytest.mark.parametrize("name", HOME_REGISTRATIONS)
def test_a_home_registration_in_esp_keeps_to_the_mobility_rfcs(captures: Path, name: str) -> None:
    """Update and answer, a refresh, then the removal from home; checksums over the Home Address."""
    results = of_scapy(captures, name)
    assert failures(results, "RFC") == []
    kept = ("RFC3775-01", "RFC3775-02", "RFC3775-03", "RFC3775-04", "RFC3775-05", "RFC3775-06")
    assert set(verdicts(results, *kept).values()) == {Verdict.PASS}
    unasked = ("RFC3775-07", "RFC3775-08", "RFC5555-01", "RFC5648-01", "RFC6089-01", "RFC6088-01", "UE-5.1.2.4-26")
    assert set(verdicts(results, *unasked).values()) == {Verdict.NOT_APPLICABLE}


def test_data_in_udp_without_a_nat_are_the_fault_of_the_ue(captures: Path) -> None:
    """Frame 5 is IPv6, frame 6 IPv4; no acknowledgement has NAT Detection, and the source is what the UE says."""
    results = of_scapy(captures, "dsmip6_udp4191_nonat.pcap")
    data = ("UE-5.1.2.4-2", "UE-5.1.2.4-3", "UE-5.1.2.4-40", "RFC")
    assert failures(results, *data) == [("UE-5.1.2.4-40", 5), ("UE-5.1.2.4-40", 6)]
    passed = ("UE-5.1.2.4-26", "UE-5.1.2.4-30", "RFC3775-01", "RFC3775-02", "RFC3775-05", "RFC3775-06", "RFC5555-01")
    assert set(verdicts(results, *passed).values()) == {Verdict.PASS}
    assert set(verdicts(results, "RFC3775-03", "RFC3775-04").values()) == {Verdict.NOT_APPLICABLE}


def test_every_checksum_of_the_tcpdump_capture_is_wrong(captures: Path) -> None:
    """Sixteen raw IPv6 packets, all with checksum 0."""
    results = analyzed(captures / "tcpdump" / "ipv6_mobility_1.pcap")
    wrong = [f for f in results.failures if f.rule == "RFC3775-01"]
    assert sum(finding.count for finding in wrong) == 16
    assert wrong[0].frame == 1
    assert "0x0000" in wrong[0].observed


# Frames built by hand


def test_a_packet_of_a_flow_on_the_other_access_is_found_among_the_others(tmp_path: Path) -> None:
    """Frames 5 and 6 are within the grace; 7 to 9 are of no flow, frame 10 goes right, frame 11 wrong, and 12 again."""
    early = [down(WLAN, 443), down(CELLULAR, 443)]
    late = [down(WLAN, 80), down(WLAN, 80), down(WLAN, 80), down(CELLULAR, 443), down(WLAN, 443), down(WLAN, 443)]
    results = analyzed(written(tmp_path / "flow.pcap", [*REGISTERED, *early, *late]))
    assert failures(results, "RFC6088") == [("RFC6088-01", 11), ("RFC6088-01", 12)]
    (finding, _) = [f for f in results.failures if f.rule == "RFC6088-01"]
    assert finding.expected == "BID 2 for FID 1 (source port 443)"
    assert "BID 1 (2001:db8:77::99)" in finding.observed
    assert finding.related == (3, 4)


def test_a_flow_that_keeps_to_its_binding_passes(tmp_path: Path) -> None:
    results = analyzed(written(tmp_path / "flow.pcap", [*REGISTERED, *[down(CELLULAR, 443)] * 4]))
    assert results.verdicts[1, "RFC6088-01"] is Verdict.PASS


def test_what_users_send_each_other_inside_opens_no_session(tmp_path: Path) -> None:
    """IKE of the user's own on port 500, while every packet is looked into for the flow."""
    ike = bytes(range(1, 9)) + bytes(8) + bytes.fromhex("21202208 00000000 0000001c")
    inside = [up(WLAN, (500, 500), ike), up(CELLULAR, (40000, 4191), b"\x60" + bytes(39))] * 3
    results = analyzed(written(tmp_path / "inside.pcap", [*REGISTERED, *inside]))
    assert len(results.sessions) == 1
    assert results.counts.ike == 0


@pytest.mark.parametrize(("length", "frames"), [(64, []), (65, [5])])
def test_a_prefix_is_asked_for_through_the_tunnel(tmp_path: Path, length: int, frames: list[int]) -> None:
    results = analyzed(written(tmp_path / "dhcp.pcap", [*REGISTERED, up(WLAN, (546, 547), solicit(length))]))
    assert failures(results, "UE-5.1.1-0") == [("UE-5.1.1-02", frame) for frame in frames]
    assert set(verdicts(results, "UE-5.1.1-03", "UE-5.1.2.4-41").values()) == {Verdict.PASS}
    assert len(results.sessions) == 1


def test_a_care_of_address_of_another_ue_is_no_place_for_data(tmp_path: Path) -> None:
    strange = IPv6Address("2001:db8:99::1")
    results = analyzed(written(tmp_path / "lost.pcap", [*REGISTERED, down(WLAN, 80), down(strange, 80)]))
    assert failures(results, "HA-5.1.3.2-14") == [("HA-5.1.3.2-14", 6)]


def test_a_wrong_number_does_not_count_as_the_answer_of_a_later_update(tmp_path: Path) -> None:
    """Frame 4 answers update 2 with 3; frame 6 answers update 3, which no acknowledgement did before."""
    numbers = [(1, 1), (2, 3), (3, 3)]
    frames = [make(WLAN, n, b"") for asked, said in numbers for make, n in ((update, asked), (acknowledgement, said))]
    results = analyzed(written(tmp_path / "numbers.pcap", frames))
    assert failures(results, "RFC3775-05") == [("RFC3775-05", 4)]


def test_data_to_the_ue_come_from_the_ha_whatever_its_address(tmp_path: Path) -> None:
    """The last update went to another address of the HA, and the tunnel goes on from the one before."""
    elsewhere = [
        f.replace(AGENT.packed, OTHER_AGENT.packed) for f in (update(WLAN, 2, b""), acknowledgement(WLAN, 2, b""))
    ]
    results = analyzed(written(tmp_path / "other.pcap", [*elsewhere, down(WLAN, 443)]))
    rules = ("UE-5.1.2.4-26", "UE-5.1.2.4-30", "X-RFC6275-NEW-CARE-OF-ADDRESS")
    assert failures(results, *rules) == []
    assert verdicts(results, "HA-5.1.3.2-14") == {"HA-5.1.3.2-14": Verdict.PASS}
