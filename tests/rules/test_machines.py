"""The two machines: the way of a compliant attach, what surprises them, and what must not."""

from __future__ import annotations

import pytest

from rules.ladder import Played, play
from rules.machines.course import Course
from rules.machines.ha import HaState
from rules.machines.session import HA_OBSERVATION, UE_OBSERVATION
from rules.machines.ue import UeState
from rules.model import Role, Verdict


def run(ladder: str) -> Played:
    return play(ladder, {})


def states(played: Played, role: Role = Role.UE) -> list[str]:
    return list(played.engine.machines_of(1).words(role))


def test_a_compliant_attach_and_detach_goes_through_the_states_without_a_surprise() -> None:
    played = run(
        """
    0.0 ATTACH
    1.0 UE -> HA INFORMATIONAL request [D(IKE)]
    1.1 HA -> UE INFORMATIONAL response
        """
    )
    assert states(played) == [
        "IKE_SA_INIT sent",
        "IKE_SA_INIT done",
        "authenticating",
        "IKE SA established",
        "Home Address configured",
        "detecting the home link",
        "deleting the IKE SA",
        "closed",
    ]
    assert states(played, Role.HA)[0] == "IKE_SA_INIT received"
    assert played.engine.machines_of(1).ha is HaState.CLOSED
    assert played.findings == []


STRONGSWAN = """
    0.00 UE -> HA IKE_SA_INIT request
    0.01 HA -> UE IKE_SA_INIT response
    0.02 UE -> HA IKE_AUTH request 1
    0.03 HA -> UE IKE_AUTH response 1 with EAP(Request/Identity)
    0.04 UE -> HA IKE_AUTH request 2
    0.05 HA -> UE IKE_AUTH response 2 [EAP(Request/AKA-Identity AT_ANY_ID_REQ)]
    0.06 UE -> HA IKE_AUTH request 3
    0.07 HA -> UE IKE_AUTH response 3
    0.08 UE -> HA IKE_AUTH request 4
    0.09 HA -> UE IKE_AUTH response 4 [EAP(Success)]
    0.10 UE -> HA IKE_AUTH request 5
    0.11 HA -> UE IKE_AUTH response 5
    6.20 UE -> HA CREATE_CHILD_SA request 6 [N(REKEY_SA=0x2001) SA(ESP) Ni KE TSi TSr]
    6.21 HA -> UE CREATE_CHILD_SA response 6
    6.22 UE -> HA INFORMATIONAL request 7 [D(ESP 0x2001)]
    6.23 HA -> UE INFORMATIONAL response 7 [D(ESP 0x1001)]
    7.20 UE -> HA CREATE_CHILD_SA request 8 [SA(IKE) Ni KE]
    7.21 HA -> UE CREATE_CHILD_SA response 8
    7.22 UE -> HA INFORMATIONAL request 9 sa=1 [D(IKE)]
    7.23 HA -> UE INFORMATIONAL response 9 sa=1
    9.20 UE -> HA INFORMATIONAL request 0 sa=2 [D(IKE)]
    9.21 HA -> UE INFORMATIONAL response 0 sa=2
"""
"""The order of messages in shared/captures/strongswan-ipv4."""


def test_rekeys_and_deletes_in_strongswans_order_surprise_nobody() -> None:
    played = run(STRONGSWAN)
    assert played.findings == []
    assert played.engine.machines_of(1).ue is UeState.CLOSED
    until_rekeyed = run("\n".join(STRONGSWAN.splitlines()[:-2]) + "\n")
    assert until_rekeyed.engine.machines_of(1).ue is UeState.ESTABLISHED


@pytest.mark.parametrize(
    "lines",
    [
        "UE -> HA INFORMATIONAL request|HA -> UE INFORMATIONAL response",  # liveness check
        "UE@2001:db8:c::9 -> HA INFORMATIONAL request [N(UPDATE_SA_ADDRESSES)]|HA -> UE INFORMATIONAL response",
        "HA -> UE INFORMATIONAL request|UE -> HA INFORMATIONAL response",
        "UE -> HA CREATE_CHILD_SA request|repeat|HA -> UE CREATE_CHILD_SA response|repeat",
        "UE -> HA CREATE_CHILD_SA request|HA -> UE CREATE_CHILD_SA response [N(TS_UNACCEPTABLE)]",
        "HA -> UE INFORMATIONAL request [N(REDIRECT=HA2)]|UE -> HA INFORMATIONAL response"
        "|UE -> HA2 IKE_SA_INIT request|UE -> HA INFORMATIONAL request [D(IKE)]|HA -> UE INFORMATIONAL response",
        "UE -> HA IKE_SA_INIT request|HA -> UE IKE_SA_INIT response [N(COOKIE)]|UE -> HA IKE_SA_INIT request",
        "UE -> HA INFORMATIONAL request [D(IKE)]|HA -> UE INFORMATIONAL request [D(IKE)]"
        "|HA -> UE INFORMATIONAL response 5|UE -> HA INFORMATIONAL response 0",
    ],
)
def test_legal_traffic_on_an_established_sa_surprises_nobody(lines: str) -> None:
    steps = "".join(f"    {n}.0 {line}\n" for n, line in enumerate(lines.split("|"), 1))
    assert run(f"    0.0 ATTACH\n{steps}").findings == []


@pytest.mark.parametrize(
    "lines",
    [
        "HA -> UE IKE_AUTH response 1 [N(AUTHENTICATION_FAILED)]|UE -> HA INFORMATIONAL request [D(IKE)]",
        "HA -> UE IKE_AUTH response 1 [N(REDIRECT=HA2)]|UE -> HA INFORMATIONAL request [D(IKE)]"
        "|HA -> UE INFORMATIONAL response|UE -> HA2 IKE_SA_INIT request",
        "HA -> UE IKE_AUTH response 1 sealed|UE -> HA IKE_AUTH request 2 sealed|HA -> UE IKE_AUTH response 2 sealed"
        "|UE -> HA CREATE_CHILD_SA request 3 sealed|HA -> UE CREATE_CHILD_SA response 3 sealed"
        "|UE -> HA INFORMATIONAL request 4 sealed",
        "HA -> UE IKE_AUTH response 1 [EAP(Failure)]",
    ],
)
def test_every_end_of_an_authentication_is_in_the_table(lines: str) -> None:
    steps = "".join(f"    {n}.0 {line}\n" for n, line in enumerate(lines.split("|"), 1))
    ladder = f"    0.0 ATTACH until IKE_SA_INIT\n    0.5 UE -> HA IKE_AUTH request 1\n{steps}"
    assert run(ladder).findings == []


def test_a_message_with_no_transition_is_noted_against_its_sender_and_the_machine_goes_on() -> None:
    played = run("    0.0 UE -> HA IKE_SA_INIT request\n    1.0 UE -> HA IKE_AUTH request 1\n")
    (finding,) = played.findings
    assert (finding.rule, finding.verdict, finding.frame) == (UE_OBSERVATION, Verdict.INCONCLUSIVE, 2)
    assert finding.observed == "IKE_AUTH request"
    assert "state 'IKE_SA_INIT sent'" in finding.reason
    assert played.engine.machines_of(1).ue is UeState.AUTHENTICATING


def test_an_answer_nobody_asked_for_is_noted_against_the_ha() -> None:
    played = run("    0.0 ATTACH until IKE_SA_INIT\n    1.0 HA -> UE IKE_AUTH response 1 [N(REDIRECT=HA2)]\n")
    assert [f.rule for f in played.findings] == [HA_OBSERVATION]


def test_a_session_whose_start_was_not_captured_surprises_nobody() -> None:
    played = run("    0.0 HA -> UE CREATE_CHILD_SA response 7\n    1.0 UE -> HA INFORMATIONAL request 8 [D(IKE)]\n")
    assert played.findings == []
    assert played.engine.machines_of(1).ue is UeState.CLOSING


def test_a_rekey_does_not_tell_how_far_a_registration_is_whose_start_was_not_captured() -> None:
    played = run(
        """
    0.0 UE -> HA CREATE_CHILD_SA request 6 [N(REKEY_SA=0x2001) SA(ESP) Ni KE TSi TSr]
    0.1 HA -> UE CREATE_CHILD_SA response 6
    1.0 UE -> HA BU via=ipv6
    1.1 HA -> UE BA
        """
    )
    assert played.findings == []
    assert states(played) == ["registering", "registered (IPv6 only)"]


def test_two_ike_sas_begun_at_once_have_machines_of_their_own() -> None:
    played = run(
        """
    0.0 UE -> HA IKE_SA_INIT request
    0.1 HA -> UE2 IKE_SA_INIT request
    0.2 HA -> UE IKE_SA_INIT response
    0.3 UE -> HA IKE_AUTH request 1
        """
    )
    assert played.findings == []


def test_a_registration_is_refreshed_refused_and_taken_back_without_a_surprise() -> None:
    played = run(
        """
    0.0  ATTACH
    1.0  UE -> HA BU via=ipv6
    1.1  HA -> UE BA
    9.0  UE -> HA BU
    9.1  HA -> UE BA status=130
    20.0 UE -> HA BU life=0
    20.1 HA -> UE BA
        """
    )
    assert states(played)[-6:] == [
        "registering",
        "registered (IPv6 only)",
        "refreshing",
        "registered (IPv6 only)",
        "de-registering",
        "not registered",
    ]
    assert states(played, Role.HA)[-2:] == ["de-registration received", "not bound"]
    assert played.findings == []


def test_one_binding_of_two_that_is_taken_back_leaves_the_ue_registered() -> None:
    played = run(
        """
    0.0  ATTACH
    1.0  UE -> HA BU via=ipv6 with BID(1 pri=5)
    1.1  HA -> UE BA
    2.0  UE -> HA BU via=nat flags=AHKR with BID(2 pri=9)
    2.1  HA -> UE BA
    20.0 UE -> HA BU life=0 with BID(2)
    20.1 HA -> UE BA life=0
        """
    )
    assert played.engine.machines_of(1).ue is UeState.REGISTERED
    assert list(next(iter(played.world.sessions[0].homes.values())).bindings) == [1]


def test_an_acknowledgement_that_nobody_asked_for_surprises() -> None:
    played = run(
        """
    0.0  ATTACH
    1.0  HA -> UE BA seq=77
        """
    )
    assert [(f.rule, f.observed) for f in played.findings] == [(HA_OBSERVATION, "Binding Update accepted")]


def test_a_first_update_that_is_refused_leaves_the_ue_unregistered() -> None:
    played = run(
        """
    0.0 ATTACH
    1.0 UE -> HA BU via=ipv6
    1.1 HA -> UE BA status=130
        """
    )
    assert states(played)[-2:] == ["registering", "not registered"]
    assert states(played, Role.HA)[-2:] == ["Binding Update received", "not bound"]
    assert [f for f in played.findings if f.rule in (UE_OBSERVATION, HA_OBSERVATION)] == []


def test_an_update_after_the_lifetime_is_a_registration_anew() -> None:
    ladder = """
    0.0    ATTACH
    1.0    UE -> HA BU via=ipv6 life=60
    1.1    HA -> UE BA life=60
    {again}  UE -> HA BU
    """
    assert states(run(ladder.format(again="61.0")))[-1] == "refreshing"
    played = run(ladder.format(again="61.2"))
    assert states(played)[-3:] == ["registered (IPv6 only)", "not registered", "registering"]
    assert states(played, Role.HA)[-3:] == ["bound (IPv6)", "not bound", "Binding Update received"]
    assert played.findings == []


def test_a_search_for_a_home_agent_comes_before_the_ike_sa() -> None:
    played = run(
        """
    0.0 UE -> NET DHCPV6 Information-Request
    0.1 NET -> UE DHCPV6 Reply
    1.0 ATTACH
        """
    )
    assert states(played)[:2] == ["discovering", "IKE_SA_INIT sent"]
    assert states(played, Role.HA)[0] == "IKE_SA_INIT received"
    assert played.findings == []


def test_a_search_is_over_with_the_ike_sa_that_it_led_to() -> None:
    played = run(
        """
    0.0 UE -> NET DHCPV6 Information-Request
    1.0 ATTACH
    2.0 UE -> HA INFORMATIONAL request [D(IKE)]
    2.1 HA -> UE INFORMATIONAL response
        """
    )
    assert played.engine.machines_of(1).ue is UeState.CLOSED


def test_a_search_that_no_ike_sa_followed_yet_is_where_the_ue_stands() -> None:
    played = run("    0.0 UE -> NET DHCPV6 Information-Request\n    0.1 NET -> UE DHCPV6 Reply\n")
    machines = played.engine.machines_of(1)
    assert (machines.ue, machines.ha) == (UeState.DISCOVERING, HaState.IDLE)


def test_the_home_link_is_told_by_advertisements_before_and_after_the_sa() -> None:
    before = run("    0.0 HA -> UE RA foreign\n    1.0 ATTACH\n")
    assert states(before)[-3:] == ["Home Address configured", "detecting the home link", "on a foreign link"]
    after = run("    0.0 ATTACH\n    1.0 HA -> UE RA\n    2.0 HA -> UE RA life=0\n")
    assert states(after)[-3:] == ["detecting the home link", "at home", "on a foreign link"]
    assert after.engine.machines_of(1).ha is HaState.SERVING
    unknown = run("    1.0 ATTACH\n")
    assert states(unknown)[-1] == "detecting the home link"


def test_advertisements_move_nobody_who_is_busy_with_the_ike_sa_or_registered() -> None:
    played = run(
        """
    0.0 ATTACH until IKE_AUTH
    1.0 HA -> UE RA
        """
    )
    assert played.engine.machines_of(1).ue is UeState.ESTABLISHED
    registered = run(
        """
    0.0 ATTACH
    1.0 UE -> HA BU via=ipv6
    1.1 HA -> UE BA
    2.0 HA -> UE RA
        """
    )
    assert registered.engine.machines_of(1).ue is UeState.REGISTERED


RETURN = """
    0.0 ATTACH
    1.0 UE -> HA BU via=ipv6 with IP4HOA
    1.1 HA -> UE BA
    2.0 HA -> UE RA
    2.1 UE -> HA BU via=home life=0
    2.2 HA -> UE BA life=0
"""


def test_a_ue_that_comes_home_is_at_home_once_its_deregistration_is_accepted() -> None:
    played = run(RETURN)
    assert states(played)[-3:] == ["registered (dual)", "de-registering", "at home"]
    assert states(played, Role.HA)[-2:] == ["de-registration received", "not bound"]


def test_two_bindings_with_flows_and_a_nat_before_one_of_them() -> None:
    played = run(
        """
    0.0  ATTACH
    1.0  UE -> HA BU via=ipv6 flags=AHKRO with BID(1 pri=5) FID(1 pri=5 bids=1 ports=80)
    1.1  HA -> UE BA
    2.0  UE -> HA BU via=nat flags=AHKR with BID(2 pri=9)
    2.1  HA -> UE BA
    20.0 UE -> HA BU life=0 with BID(2)
    20.1 HA -> UE BA life=0
    21.0 UE -> HA BU via=ipv6 life=0
    21.1 HA -> UE BA life=0
        """
    )
    assert [word for word in states(played) if word.startswith("registered")] == ["registered (IPv6 only, IFOM)"] * 3
    assert [word for word in states(played, Role.HA) if word.startswith(("bound", "not bound"))] == [
        "bound (IPv6 per BID, flows)",
        "bound (IPv6 per BID, behind NAT)",  # the second update lists no flow: RFC 6089 section 5.2.2.1
        "bound (IPv6 per BID)",  # the care-of address behind the NAT is given back
        "not bound",
    ]


def test_an_ipv4_home_address_that_is_refused_leaves_the_ue_with_ipv6_only() -> None:
    played = run(
        """
    0.0 ATTACH
    1.0 UE -> HA BU via=ipv4 with IP4HOA
    1.1 HA -> UE BA with IP4ACK(132)
        """
    )
    assert states(played)[-1] == "registered (IPv6 only)"
    assert states(played, Role.HA)[-1] == "bound (IPv6)"


def test_a_course_that_is_over_says_the_same_as_the_machines_did() -> None:
    machines = run(RETURN).engine.machines_of(1)
    course = Course.of(machines)
    assert course.reached == machines.reached
    for role in (Role.UE, Role.HA):
        assert course.words(role) == machines.words(role)
        assert course.stands(role) == machines.stands(role)
