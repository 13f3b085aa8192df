"""What the rules on a Home Agent's answers say, and of which frame; the verdicts themselves are in the case files."""

from __future__ import annotations

import pytest

from rules.ladder import play, profile_of, render
from rules.ledger import load_rules
from rules.model import Finding, Verdict
from rules.registry import RULES

BEHIND_NAT = """
    0.0   ATTACH
    1.0   UE -> HA  BU via=nat port=40777
"""


def only(rule: str, ladder: str, **facts: str) -> Finding:
    """The one fail of a rule over a ladder; an attach is frames 1 to 10."""
    load_rules()
    found = play(ladder, {rule: RULES[rule]}, profile_of(facts)).findings
    mine = [finding for finding in found if finding.rule == rule]
    assert [finding.verdict for finding in mine] == [Verdict.FAIL]
    return mine[0]


def test_a_nat_is_told_by_both_addresses() -> None:
    finding = only("HA-5.1.3.2-08", f"{BEHIND_NAT}    1.1   HA -> UE  BA without NAT")
    assert (finding.frame, finding.related) == (12, (11,))
    assert finding.expected == "NAT Detection with F = 1: care-of address 192.168.7.1 seen as 203.0.113.1"
    assert finding.observed == "no NAT Detection option"


@pytest.mark.parametrize(
    ("how", "observed"),
    [
        ("encap=ipv4", "IPv6 in IPv4, to 203.0.113.1"),
        ("encap=tlv", "UDP with a TLV header, to 203.0.113.1:40777"),
        ("encap=udp port=4191", "in UDP, to 203.0.113.1:4191"),
        ("encap=udp coa=203.0.113.77", "in UDP, to 203.0.113.77:40777"),
    ],
)
def test_what_no_nat_lets_through_is_told_with_address_and_port(how: str, observed: str) -> None:
    finding = only("HA-5.1.3.2-09", f"{BEHIND_NAT}    1.1   HA -> UE  BA {how}")
    assert finding.expected.startswith("in UDP without a TLV header, to 203.0.113.1:40777: ")
    assert finding.observed == observed


@pytest.mark.parametrize(
    ("prefer", "encapsulation", "named"),
    [("24.303", "udp", "RFC 5555 section 4.2 would have UDP"), ("rfc", "ipv4", "TS 24.303 would have it in IPv4")],
)
def test_where_the_specifications_disagree_the_finding_names_the_other_one(
    prefer: str, encapsulation: str, named: str
) -> None:
    ladder = f"    0.0  ATTACH\n    1.0  UE -> HA  BU via=ipv4\n    1.1  HA -> UE  BA encap={encapsulation}"
    assert named in only("HA-5.1.3.2-10", ladder, prefer=prefer, capture_point="ha").expected


def test_an_update_that_asked_for_udp_excuses_nothing_and_is_named() -> None:
    ladder = """
    0.0   ATTACH
    1.0   UE -> HA  BU via=ipv4 flags=AHKRF
    1.1   HA -> UE  BA with NAT(F refresh=110)
"""
    finding = only("HA-5.1.3.2-11", ladder, capture_point="ha")
    assert (
        finding.observed
        == "NAT Detection with F = 1, as the Binding Update asked for with F = 1 (RFC 5555 section 3.1.3)"
    )


def test_the_unanswered_update_is_the_last_one() -> None:
    ladder = """
    0.0   ATTACH
    1.0   UE -> HA  BU seq=7
    2.5   UE -> HA  BU seq=8
    60.0  END
"""
    finding = only("HA-5.1.3.2-02", ladder)
    assert (finding.frame, finding.expected) == (12, "a Binding Acknowledgement with sequence number 8")


def test_the_other_holder_of_an_ipv4_address_is_named() -> None:
    ladder = """
    0.0   ATTACH
    1.0   UE -> HA  BU with IP4HOA
    1.1   HA -> UE  BA
    2.0   ATTACH UE2 -> HA
    3.0   UE2 -> HA BU with IP4HOA
    3.1   HA -> UE2 BA with IP4ACK(0 10.64.0.9)
"""
    finding = only("HA-5.1.3.2-07", ladder)
    assert (finding.session, finding.frame, finding.related) == (2, 24, (12,))
    assert finding.observed == (
        "10.64.0.9: '0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org', Home Address 2001:db8:1:2::10, holds it"
    )


def test_one_update_may_fail_twice_over_for_its_care_of_address() -> None:
    """Refused with another status, and data all the same: two faults, two findings."""
    ladder = """
    0.0   ATTACH
    1.0   UE -> HA  BU with ALTCOA=2001:db8:dead::1
    1.1   HA -> UE  BA status=129
    2.0   HA -> UE  DATA n=10 coa=2001:db8:dead::1
    20.0  END
"""
    load_rules()
    rule = "HA-5.1.3.2-01"
    found = [f for f in play(ladder, {rule: RULES[rule]}).findings if f.rule == rule]
    assert [(f.verdict, f.frame) for f in found] == [(Verdict.FAIL, 12), (Verdict.FAIL, 13)]
    assert found[0].observed == "status administratively prohibited (129)"


def test_the_first_packet_behind_the_grace_is_to_blame() -> None:
    """Ten packets over nine seconds from 1.5 s on, one a second: the one at 3.5 s is the first after 3.1 s."""
    ladder = """
    0.0   ATTACH
    1.0   UE -> HA  BU [BID(1 pri=5) BID(2 pri=7 coa=2001:db8:d::9)]
    1.1   HA -> UE  BA status=4 [BID(1) BID(2 status=167)]
    1.5   UE -> HA  DATA n=10 for=9 coa=2001:db8:d::9
    20.0  END
"""
    finding = only("UE-5.1.2.4-36", ladder)
    assert finding.frame == 13 + 2
    assert finding.expected.endswith("of BID 2, rejected with mcoa unknown coa (167) in frame 12")


@pytest.mark.parametrize("status", [128, 134, 139, 144])
def test_what_a_ue_does_after_a_status_that_binds_it_to_nothing_is_told(status: int) -> None:
    load_rules()
    rule = "UE-5.1.2.4-27" if status == 128 else "UE-5.1.2.4-42"
    ladder = f"    0.0  ATTACH\n    1.0  UE -> HA  BU\n    1.1  HA -> UE  BA status={status}"
    note = play(ladder, {rule: RULES[rule]}).engine.tally.note_of(1, rule)
    assert note.startswith("refused in frame 12 with status ")
    assert f"({status})" in note


def test_neighbour_discovery_reads_like_the_line_it_was_made_of() -> None:
    played = play("    0.0  HA -> UE  NS target=HoA from=::\n    1.0  HA -> UE  RA from=fe80::1")
    assert [str(event.source) for event in played.events] == ["::", "fe80::1"]
    assert [str(event.destination) for event in played.events] == ["ff02::1:ff00:10", "ff02::1"]
    text = render(played.events, played.names)
    assert "2001:db8:1:2::10" in text
    assert "2001:db8:1:2::/64" in text
