"""What the rules of clause 5.1.2.2 say, and of which frame; the verdicts themselves are in the case files."""

from __future__ import annotations

import pytest

from dissectors.ikev2.messages import Proposal, Transform
from rules.ladder import play
from rules.ledger import load_rules
from rules.model import Finding, Verdict
from rules.registry import RULES
from rules.ts24303.clause_5_1_2_2_child import authenticates

FIRST = """
    0.0   UE -> HA  IKE_SA_INIT request
    0.1   HA -> UE  IKE_SA_INIT response
"""
UNASKED = """
    0.3   HA -> UE  IKE_AUTH response 1
    0.4   UE -> HA  IKE_AUTH request 2
    0.5   HA -> UE  IKE_AUTH response 2
    0.6   UE -> HA  IKE_AUTH request 3
    0.7   HA -> UE  IKE_AUTH response 3 [N(AUTHENTICATION_FAILED)]
    5.0   END
"""


def findings(rule: str, ladder: str) -> list[Finding]:
    load_rules()
    return play(ladder, {rule: RULES[rule]}).findings


def only(rule: str, ladder: str) -> Finding:
    found = findings(rule, ladder)
    assert [f.verdict for f in found] == [Verdict.FAIL]
    return found[0]


@pytest.mark.parametrize(
    ("change", "observed"),
    [
        ("without CP", "no CFG_REQUEST"),
        ("with CP(REQUEST)", "an empty CFG_REQUEST"),
        ("with CP(REQUEST INTERNAL_IP6_DNS 16000)", "CFG_REQUEST with INTERNAL_IP6_DNS, attribute 16000"),
        (f"with CP(REQUEST {' '.join(map(str, range(1001, 1009)))})", None),
        (f"with CP(REQUEST {' '.join(map(str, range(1001, 1010)))})", "and 1 more"),
    ],
)
def test_the_cfg_request_without_home_prefix_is_blamed_and_quoted(change: str, observed: str | None) -> None:
    finding = only("UE-5.1.2.2-12", f"{FIRST}    0.2   UE -> HA  IKE_AUTH request 1 {change}{UNASKED}")
    assert (finding.frame, finding.related) == (3, (7,))
    assert finding.expected == "CFG_REQUEST with MIP6_HOME_PREFIX in IKE_AUTH"
    assert finding.observed.endswith(observed) if observed else "more" not in finding.observed


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("MIP6_HOME_PREFIX", "asks for no DNS server"),
        ("INTERNAL_IP4_DNS", "asks for INTERNAL_IP4_DNS"),
        ("INTERNAL_IP4_DNS INTERNAL_IP6_DNS", "asks for INTERNAL_IP6_DNS and INTERNAL_IP4_DNS"),
    ],
)
def test_what_the_ue_asks_for_is_told_with_the_verdict(asked: str, told: str) -> None:
    load_rules()
    rule = "UE-5.1.2.2-13"
    ladder = f"{FIRST}    0.2   UE -> HA  IKE_AUTH request 1 with CP(REQUEST {asked})"
    played = play(ladder, {rule: RULES[rule]})
    assert played.engine.tally.note_of(1, rule) == told


def test_both_names_of_the_eap_identity_are_told() -> None:
    start = f"{FIRST}    0.2   UE -> HA  IKE_AUTH request 1 with IDi=2ab@example.net\n"
    asks = "    0.3   HA -> UE  IKE_AUTH response 1 [IDr CERT AUTH EAP(Request/{0})]\n"
    gives = "    0.4   UE -> HA  IKE_AUTH request 2 [EAP(Response/{0}=2cd@example.net)]\n"
    one = only("UE-5.1.2.2-05", start + asks.format("Identity") + gives.format("Identity"))
    assert (one.frame, one.related) == (5, (3,))
    assert one.expected == "EAP-Response/Identity = IDi = '2ab@example.net'"
    assert one.observed == "EAP-Response/Identity = '2cd@example.net'"
    ladder = start + asks.format("AKA-Identity AT_ANY_ID_REQ") + gives.format("AKA-Identity AT_IDENTITY")
    assert only("UE-5.1.2.2-05", ladder).observed == "AT_IDENTITY = '2cd@example.net'"


def test_the_eap_method_is_named() -> None:
    rounds = """
    0.2   UE -> HA  IKE_AUTH request 1
    0.4   UE -> HA  IKE_AUTH request 2 [EAP(Response/{0})]
    0.5   HA -> UE  IKE_AUTH response 2 [EAP(Success)]
"""
    said = {
        m: only("UE-5.1.2.2-08", FIRST + rounds.format(m)).observed for m in ("AKA'-Challenge", "MSCHAPV2", "SIM-10")
    }
    assert said == {
        "AKA'-Challenge": "EAP-AKA' (type 50)",
        "MSCHAPV2": "EAP-MSCHAPV2 (type 26)",
        "SIM-10": "EAP-SIM (type 18)",
    }


def test_a_redirect_that_is_not_followed_names_the_target() -> None:
    ladder = f"""{FIRST}
    0.2   UE -> HA  IKE_AUTH request 1
    0.3   HA -> UE  IKE_AUTH response 1 with N(REDIRECT=192.0.2.7)
    40.0  END
"""
    finding = only("UE-5.1.2.2-10", ladder)
    assert (finding.frame, finding.expected) == (
        4,
        "an IKE_SA_INIT request to 192.0.2.7, the target of the redirect",
    )


def test_what_an_ha_lacks_is_listed() -> None:
    ladder = f"{FIRST}    0.2   UE -> HA  IKE_AUTH request 1\n    0.3   HA -> UE  IKE_AUTH response 1 "
    rule = "HA-5.1.2.2-09"
    assert only(rule, f"{ladder}with AUTH(SHARED_KEY_MIC) without CERT").observed == "AUTH (SHARED_KEY_MIC), no CERT"
    assert only(rule, f"{ladder}with CERT(CRL)").observed == "CERT (CRL)"
    assert only(rule, f"{ladder}without AUTH CERT").frame == 4


def test_the_initiator_that_acts_as_ha_is_blamed_for_the_first_message() -> None:
    ladder = """
    0.0   HA -> UE  IKE_SA_INIT request
    0.1   UE -> HA  IKE_SA_INIT response
    0.2   HA -> UE  IKE_AUTH request 1 [IDi=ha.example.org AUTH EAP(Request/Identity)]
    0.3   UE -> HA  IKE_AUTH response 1 [EAP(Response/Identity)]
    0.4   HA -> UE  IKE_AUTH request 2 [EAP(Request/AKA-Challenge AT_RAND AT_AUTN AT_MAC)]
"""
    finding = only("UE-5.1.2.2-01", ladder)
    assert (finding.frame, finding.related, finding.count) == (1, (3,), 1)
    assert finding.observed == "the initiator 2001:db8:b::1 acts as HA: EAP-Request in an IKE_AUTH request"


@pytest.mark.parametrize(
    ("transforms", "safe"),
    [
        ([(1, 12), (3, 12)], True),  # AES-CBC with HMAC-SHA2-256-128
        ([(1, 11), (3, 2)], True),  # NULL with HMAC-SHA1-96
        ([(1, 20)], True),  # AES-GCM-16
        ([(1, 20), (3, 0)], True),
        ([(1, 28)], True),  # ChaCha20-Poly1305
        ([(1, 21)], True),  # AES-GMAC
        ([(1, 12)], False),
        ([(1, 12), (3, 0)], False),  # integrity NONE
        ([(1, 13), (3, 0), (5, 0)], False),  # AES-CTR
        ([], False),
        ([(1, 30)], None),  # AES-GCM-16 with implicit IV (RFC 8750), not in our registry
    ],
)
def test_an_sa_authenticates_by_integrity_or_aead(transforms: list[tuple[int, int]], safe: bool | None) -> None:
    chosen = Proposal(1, 3, bytes(4), tuple(Transform(kind, number) for kind, number in transforms))
    assert authenticates(chosen) is safe


def test_the_prefix_that_was_assigned_and_the_one_that_was_told_are_named() -> None:
    attach = "    0.0   ATTACH\n    1.0   UE -> HA  ESP\n    9.0   ATTACH until IKE_SA_INIT\n"
    told = f"{attach}    9.2   UE -> HA  IKE_AUTH request 1 with N(PDN_IDENTIFIER="
    finding = only("UE-5.1.2.2-17", f"{told}2001:db8:9::/64)")
    assert finding.expected == "PDN Identifier with 2001:db8:1:2::/64, assigned in frame 8"
    assert (finding.observed, finding.related) == ("PDN Identifier with 2001:db8:9::/64", (8,))
    assert only("UE-5.1.2.2-17", f"{told}0x20010db80009{'00' * 10})").observed == "PDN Identifier with 2001:db8:9::"
    assert findings("UE-5.1.2.2-17", f"{told}0x20010db800010002{'00' * 8})") == []
