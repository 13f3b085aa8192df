"""Profile files: every fact, every refusal in one sentence."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from analyzer.profile import FACTS, ProfileError, load_profile
from rules.model import Role
from rules.profile import Profile

WHOLE = """
first_attach = true
capture_point = "between"
andsf_used = false
ha_ifom = true
ue_ifom = false
ipv4_pool_empty = true
target_apn = "internet"
prefer = "rfc"
pdn_identifier_notify = 40961
[deadlines]
ike_response = 12
grace = 0.5
[addresses]
"2001:db8::1" = "HA"
"192.0.2.7" = { role = "UE", name = "handset 7" }
"192.0.2.8" = { name = "a router" }
[severity]
"UE-5.1.2.2-12" = "warning"
[[waiver]]
rule = "HA-5.1.3.1-04"
reason = "ticket 4711"
expires = 2027-01-31
[[waiver]]
rule = "HA-5.1.3.1-03"
reason = "for ever"
"""


def loaded(tmp_path: Path, text: str) -> Profile:
    path = tmp_path / "profile.toml"
    path.write_text(text)
    return load_profile(path)


def test_every_fact_is_taken_over(tmp_path: Path) -> None:
    profile = loaded(tmp_path, WHOLE)
    facts = (profile.first_attach, profile.andsf_used, profile.ha_ifom, profile.ue_ifom, profile.ipv4_pool_empty)
    assert facts == (True, False, True, False, True)
    assert (profile.capture_point, profile.target_apn, profile.prefer) == ("between", "internet", "rfc")
    assert profile.pdn_identifier_notify == 40961
    assert profile.deadline("ike_response") == 12_000_000_000
    assert profile.deadline("grace") == 500_000_000
    assert profile.deadline("binding_ack") == 10_000_000_000  # the design's default stays
    assert profile.roles == {ip_address("2001:db8::1"): Role.HA, ip_address("192.0.2.7"): Role.UE}
    assert profile.names == {ip_address("192.0.2.7"): "handset 7", ip_address("192.0.2.8"): "a router"}
    assert profile.severity == {"UE-5.1.2.2-12": "warning"}
    assert [(w.rule, w.expires) for w in profile.waivers] == [("HA-5.1.3.1-04", "2027-01-31"), ("HA-5.1.3.1-03", None)]


def test_a_fact_that_is_not_given_is_unknown(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == load_profile(None) == Profile()
    assert Profile().first_attach is None


def test_the_documented_facts_are_those_that_are_read() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "profile.md").read_text()
    assert [fact for fact in FACTS if fact not in text] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('first_attach = "yes"', "first_attach must be true or false"),
        ('capture_point = "moon"', "capture_point must be one of ue, ha, between"),
        ("target_apn = 7", "target_apn must be a text"),
        ('prefer = "mine"', "prefer must be one of 24.303, rfc"),
        ("pdn_identifier_notify = 70000", "pdn_identifier_notify must be a number from 1 to 65535"),
        ("pdn_identifier_notify = true", "pdn_identifier_notify must be a number from 1 to 65535"),
        ("colour = 1", "has no fact 'colour'"),
        ("deadlines = 3", "deadlines must be a table"),
        ("[deadlines]\nsoon = 1", "deadlines has no deadline 'soon'"),
        ("[deadlines]\ngrace = -1", "grace must be seconds above 0"),
        ("[deadlines]\ngrace = nan", "grace must be seconds above 0"),
        ('[addresses]\n"10.0.0.300" = "UE"', "'10.0.0.300' is no IP address"),
        ('[addresses]\n"10.0.0.3" = "MME"', "the role of 10.0.0.3 must be UE or HA"),
        ('[severity]\n"UE-5.1.2.2-12" = "loud"', "UE-5.1.2.2-12 must be one of error, warning, note, ignore"),
        ('[severity]\n"UE-5.1.2.2-99" = "note"', "'UE-5.1.2.2-99', which is no requirement"),
        ('[[waiver]]\nrule = "UE-5.1.2.2-12"', "each [[waiver]] needs a rule and a reason"),
        ('[[waiver]]\nrule = "nonsense"\nreason = "x"', "'nonsense', which is no requirement"),
        ('[[waiver]]\nrule = "UE-5.1.2.2-12"\nreason = "x"\nexpires = "soon"', "expires must be a date"),
        ('waiver = "all"', "waiver must be written as [[waiver]]"),
        ("first_attach = ", "is not TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ProfileError) as refusal:
        loaded(tmp_path, text)
    assert reason in str(refusal.value)
    assert str(refusal.value).startswith(str(tmp_path / "profile.toml"))
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_or_is_a_picture_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read: No such file"):
        load_profile(tmp_path / "none.toml")
    (tmp_path / "p.jpg").write_bytes(bytes.fromhex("ffd8ffe000104a464946"))
    with pytest.raises(ProfileError, match="is not TOML"):
        load_profile(tmp_path / "p.jpg")
    with pytest.raises(ProfileError, match="cannot be read: Is a directory"):
        load_profile(tmp_path)
