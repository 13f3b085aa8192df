"""A request in PCO is judged once in a session, whatever follows, and each of two requests by itself."""

from __future__ import annotations

import pytest

from rules.ladder.play import play
from rules.ledger import load_rules
from rules.model import Verdict
from rules.profile import Profile
from rules.registry import RULES

RULE, NOTIFY = "UE-5.1.2.1a-02", "UE-5.1.2.2-17"
WITHOUT_IFOM = """
    0.0   UE -> NET  PCO request without IFOM
    0.1   NET -> UE  PCO answer
"""


def counted(rule: str, ladder: str, profile: Profile) -> dict[Verdict, int]:
    """Verdicts of the first session, all occasions."""
    load_rules()
    played = play(ladder, {rule: RULES[rule]}, profile)
    return {verdict: count for verdict, count in played.engine.tally[1, rule].items() if count}


@pytest.mark.parametrize(
    "after",
    [
        """
    5.0   ATTACH
    6.0   UE -> HA  BU with BID(1)
    7.0   UE -> HA  BU with BID(1)
    8.0   UE -> HA  IKE_AUTH request 5
    9.0   END
""",
        """
    6.0   UE -> HA  BU
    6.1   HA -> UE  BA
    7.0   UE -> HA  BU with BID(1)
    7.1   HA -> UE  BA
    8.0   UE -> HA  BU with BID(1)
    9.0   END
""",
        """
    5.0   ATTACH
    6.0   UE -> HA  BU with BID(1)
    7.0   UE -> NET  PCO request without IFOM by=gtp
    7.1   NET -> UE  PCO answer by=gtp
    9.0   END
""",
    ],
    ids=["updates and another IKE_AUTH", "a binding that shows IFOM later", "a copy of the request"],
)
def test_one_request_is_judged_once(after: str) -> None:
    assert counted(RULE, WITHOUT_IFOM + after, Profile(andsf_used=False)) == {Verdict.FAIL: 1}


def test_a_ue_that_is_known_to_be_ifom_capable_is_judged_when_it_names_itself() -> None:
    ladder = (
        WITHOUT_IFOM
        + """
    5.0   ATTACH
    6.0   UE -> HA  BU with BID(1)
    9.0   END
"""
    )
    assert counted(RULE, ladder, Profile(andsf_used=False, ue_ifom=True)) == {Verdict.FAIL: 1}


def test_a_second_request_is_judged_by_itself() -> None:
    ladder = """
    0.0   UE -> NET  PCO request
    0.1   NET -> UE  PCO answer
    5.0   ATTACH
    6.0   UE -> HA  BU with BID(1)
    30.0  UE -> NET  PCO request without IFOM
    30.1  NET -> UE  PCO answer
    40.0  END
"""
    assert counted(RULE, ladder, Profile(andsf_used=False)) == {Verdict.PASS: 1, Verdict.FAIL: 1}


def test_pco_that_was_not_read_is_told_once() -> None:
    ladder = """
    0.0   UNREAD
    5.0   ATTACH
    6.0   UE -> HA  BU with BID(1)
    7.0   UE -> HA  BU with BID(1)
    9.0   END
"""
    for profile in (Profile(andsf_used=False), Profile(andsf_used=False, ue_ifom=True)):
        assert counted(RULE, ladder, profile) == {Verdict.INCONCLUSIVE: 1}


def test_a_prefix_that_both_ikev2_and_pco_gave_is_asked_for_once() -> None:
    ladder = """
    0.0   UE -> NET  PCO request
    0.1   NET -> UE  PCO answer prefix=2001:db8:1:2::/64
    5.0   ATTACH until IKE_SA_INIT
    5.2   UE -> HA  IKE_AUTH request 1 with N(PDN_IDENTIFIER=2001:db8:1:2::/64)
    5.3   HA -> UE  IKE_AUTH response 1
    5.4   UE -> HA  IKE_AUTH request 2
    5.5   HA -> UE  IKE_AUTH response 2
    5.6   UE -> HA  IKE_AUTH request 3
    5.7   HA -> UE  IKE_AUTH response 3
    6.0   UE -> HA  ESP
    9.0   ATTACH until IKE_AUTH 1
    10.0  END
"""
    assert counted(NOTIFY, ladder, Profile()) == {Verdict.PASS: 1, Verdict.FAIL: 1}
