"""Rules on tunnelled data blame the first frame that offends, at the exact moment, and cost nothing for each packet."""

from __future__ import annotations

import pytest

from rules.ladder import play
from rules.ladder.play import profile_of
from rules.ladder.scene import EPOCH
from rules.ledger import load_rules
from rules.model import Finding, Verdict
from rules.registry import RULES

load_rules()

BEGUN = """
    0.0   ATTACH
    1.0   UE -> HA  BU with IP4HOA
    1.1   HA -> UE  BA
"""
ENDED = f"""{BEGUN}
    2.0   UE -> HA  BU life=0
    2.1   HA -> UE  BA
"""
REFUSED = """
    0.0   ATTACH
    1.0   UE -> HA  BU with IP4HOA
    1.1   HA -> UE  BA without IP4ACK with IP4ACK(132)
"""
TOLD_LATER = """
    0.0   ATTACH
    1.0   UE -> HA  BU via=ipv4
    1.1   HA -> UE  BA
    2.0   UE -> HA  BU
    2.1   HA -> UE  BA with NAT(F)
"""
TAKEN_AWAY = f"""{BEGUN}
    2.0   UE -> HA  BU with IP4HOA
    2.1   HA -> UE  BA without IP4ACK with IP4ACK(129)
"""
MOVED = f"""{BEGUN}
    2.0   UE -> HA  BU coa=2001:db8:77::1 with IP4HOA
    2.1   HA -> UE  BA
"""
SECOND = 1_000_000_000


def offences(rule: str, ladder: str) -> list[Finding]:
    played = play(ladder, {rule: RULES[rule]})
    return [finding for finding in played.findings if finding.verdict is Verdict.FAIL]


# Frames 1 to 10 attach, then come updates and acknowledgements. Data go on every 0.1 s from 2.2 s on; what ended at
# 2.1 s may be in flight until 4.1 s, which is the 20th packet: the 21st is to blame.
@pytest.mark.parametrize(
    ("rule", "begin", "data", "frames_before"),
    [
        ("UE-5.1.2.4-26", ENDED, "UE -> HA  DATA n=101 for=10", 14),
        ("HA-5.1.3.2-14", MOVED, "HA -> UE  DATA n=101 for=10 coa=2001:db8:a::1", 14),
        ("HA-5.1.3.2-14", ENDED, "HA -> UE  DATA n=101 for=10", 14),
        ("HA-5.1.3.2-17", ENDED, "HA -> UE  DATA n=101 for=10 inner=ipv4", 14),
    ],
)
def test_the_first_packet_behind_the_grace_is_to_blame(rule: str, begin: str, data: str, frames_before: int) -> None:
    (found,) = offences(rule, f"{begin}    2.2   {data}\n    60.0  END\n")
    assert (found.frame, found.at) == (frames_before + 21, EPOCH + 42 * SECOND // 10)


# The UE answers the HA within 10 ms in IKE_AUTH. So 0.1 s after the acknowledgement nothing is in flight any more.
@pytest.mark.parametrize(
    ("rule", "begin", "data"),
    [
        ("UE-5.1.2.4-39", TOLD_LATER, "UE -> HA  DATA n=101 for=10 encap=ipv4"),
        ("UE-5.1.2.4-31", TAKEN_AWAY, "UE -> HA  DATA n=101 for=10 inner=ipv4"),
    ],
)
def test_what_the_ue_sends_after_the_acknowledgement_counts(rule: str, begin: str, data: str) -> None:
    (found,) = offences(rule, f"{begin}    2.2   {data}\n    60.0  END\n")
    assert (found.frame, found.at) == (14 + 2, EPOCH + 23 * SECOND // 10)


@pytest.mark.parametrize("count", [19, 20])
def test_what_is_sent_until_the_grace_ends_is_in_flight(count: int) -> None:
    span = (count - 1) / 10
    assert offences("UE-5.1.2.4-26", f"{ENDED}    2.2   UE -> HA  DATA n={count} for={span}\n    60.0  END\n") == []


@pytest.mark.parametrize(
    ("rule", "begin", "data"),
    [
        ("UE-5.1.2.4-26", "    0.0   ATTACH\n", "UE -> HA  DATA n=9 for=1"),
        ("UE-5.1.2.4-30", BEGUN, "UE -> HA  DATA n=9 for=1 inner=ipv4 src=10.9.9.9"),
        ("UE-5.1.2.4-31", REFUSED, "UE -> HA  DATA n=9 for=1 inner=ipv4"),
        ("UE-5.1.2.4-38", BEGUN, "UE -> HA  DATA n=9 for=1 encap=udp"),
        ("HA-5.1.3.2-15", BEGUN, "HA -> UE  DATA n=9 for=1 encap=udp"),
    ],
)
def test_where_nothing_changed_the_first_packet_is_to_blame(rule: str, begin: str, data: str) -> None:
    ladder = f"{begin}    2.2   {data}\n    60.0  END\n"
    first = next(e for e in play(ladder, {}).events if type(e.message).__name__ == "TunnelSegment")
    (found,) = offences(rule, ladder)
    assert (found.frame, found.at) == (first.frame, first.at)


def test_another_grace_moves_the_blame() -> None:
    ladder = f"{ENDED}    2.2   UE -> HA  DATA n=101 for=10\n    60.0  END\n"
    played = play(ladder, {"UE-5.1.2.4-26": RULES["UE-5.1.2.4-26"]}, profile_of({"deadlines.grace": "5"}))
    (found,) = played.findings
    assert found.at == EPOCH + 72 * SECOND // 10
