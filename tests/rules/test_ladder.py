"""The ladder language: what a line becomes, and that a ladder can be read back."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from dissectors.eap import AkaAttributeType, AkaSubtype, EapCode, EapType
from dissectors.events import SealReason
from dissectors.ikev2.configuration import HomePrefix, home_prefix
from dissectors.ikev2.messages import (
    Authentication,
    Configuration,
    Delete,
    Eap,
    KeyExchange,
    MalformedPayload,
    Nonce,
    SecurityAssociation,
    UnknownPayload,
)
from dissectors.ikev2.notify import Redirect, redirect
from dissectors.ikev2.registry import AttributeType, AuthMethod, EncryptionId, IdType, NotifyType, TransformType
from rules.ladder import LadderError, judge_alone, parse_cases, play, profile_of, render
from rules.ladder.script import parse_lines, words_of
from rules.machines.ue import UeState
from rules.model import PASSED, Outcome, Role, Verdict, failed
from rules.registry import RULES, Check, Kind
from rules.session import SaState


def messages(ladder: str) -> list:
    return [event.message for event in play(ladder, {}).events]


def test_an_attach_makes_the_sas_and_the_prefix_that_a_compliant_ue_gets() -> None:
    played = play("    0.0 ATTACH\n", {})
    session = played.world.sessions[0]
    assert len(played.events) == 10
    assert [e.message.message_id for e in played.events] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert session.ike_sa.state is SaState.ESTABLISHED
    assert str(session.home_prefixes[0].prefix) == "2001:db8:1:2::"
    assert session.identity == "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
    assert [child.transport for child in session.ike_sa.children] == [False, True]


def test_an_attach_can_stop_after_an_exchange_and_be_another_ues() -> None:
    played = play("    0.0 ATTACH until IKE_AUTH 1\n    1.0 ATTACH UE2 -> HA until IKE_SA_INIT\n", {})
    assert [e.message.message_id for e in played.events] == [0, 0, 1, 1, 0, 0]
    assert [str(s.ue) for s in played.world.sessions] == ["2001:db8:a::1", "2001:db8:a::2"]


def test_with_replaces_the_payload_of_its_name_and_without_removes() -> None:
    first = messages("    0.0 UE -> HA IKE_AUTH request 1 with IDr=ims N(INITIAL_CONTACT) without CP TSi\n")[0]
    assert first.identification(initiator=False).text == "ims"
    assert first.notify(NotifyType.INITIAL_CONTACT) is not None
    assert first.first(Configuration) is None
    assert first.selectors(initiator=True) is None
    assert first.selectors(initiator=False) is not None


def test_a_compliant_answer_answers_what_was_asked() -> None:
    said = messages(
        """
    0.0 UE -> HA IKE_SA_INIT request
    0.1 HA -> UE IKE_SA_INIT response
    0.2 UE -> HA IKE_AUTH request 1 with IDr=ims CP(REQUEST MIP6_HOME_PREFIX)
    0.3 HA -> UE IKE_AUTH response 1 with EAP(Request/Identity)
    0.4 UE -> HA IKE_AUTH request
    0.5 HA -> UE IKE_AUTH response
    0.6 UE -> HA IKE_AUTH request
    0.7 HA -> UE IKE_AUTH response
    0.8 UE -> HA IKE_AUTH request
    0.9 HA -> UE IKE_AUTH response
        """
    )
    assert said[3].identification(initiator=False).text == "ims"
    assert said[4].first(Eap).packet.identity.startswith("0001010")
    assert said[5].first(Eap).packet.subtype == AkaSubtype.CHALLENGE
    assert said[6].first(Eap).packet.attribute(AkaAttributeType.AT_RES) is not None
    assert said[7].first(Eap).packet.code == EapCode.SUCCESS
    assert said[8].first(Authentication).method == AuthMethod.SHARED_KEY_MIC
    assert [a.type for a in said[9].first(Configuration).attributes] == [AttributeType.MIP6_HOME_PREFIX]
    assert said[9].message_id == 4


def test_a_cookie_is_given_back_under_the_same_spi_with_the_same_nonce() -> None:
    first, refusal, second, answer = messages(
        """
    0.0 UE -> HA IKE_SA_INIT request
    0.1 HA -> UE IKE_SA_INIT response [N(COOKIE=0xc001)]
    0.2 UE -> HA IKE_SA_INIT request
    0.3 HA -> UE IKE_SA_INIT response
        """
    )
    assert refusal.responder_spi == second.responder_spi == bytes(8) != answer.responder_spi
    assert second.initiator_spi == first.initiator_spi
    assert second.payloads[0].data == b"\xc0\x01"
    assert second.first(Nonce) == first.first(Nonce)


def test_a_redirect_names_the_target_and_is_followed_with_redirected_from() -> None:
    played = play(
        """
    0.0 UE -> HA IKE_SA_INIT request
    0.1 HA -> UE IKE_SA_INIT response [N(REDIRECT=HA2)]
    0.2 UE -> HA2 IKE_SA_INIT request
        """,
        {},
    )
    _, answer, second = (e.message for e in played.events)
    given = redirect(answer.notify(NotifyType.REDIRECT))
    assert isinstance(given, Redirect)
    assert given.gateway == IPv6Address("2001:db8:b::2")
    assert given.nonce == played.events[0].message.first(Nonce).data
    came_from = redirect(second.notify(NotifyType.REDIRECTED_FROM))
    assert isinstance(came_from, Redirect)
    assert (came_from.gateway, came_from.nonce) == (IPv6Address("2001:db8:b::1"), b"")
    assert len(played.world.sessions) == 1
    assert [sa.state for sa in played.world.sessions[0].ike_sas] == [SaState.REDIRECTED, SaState.INIT_SENT]


def test_a_home_prefix_is_encoded_as_rfc_5026_lays_it_out() -> None:
    reply = messages(
        "    0.0 HA -> UE IKE_AUTH response 3 [CP(REPLY MIP6_HOME_PREFIX=2001:db8:7::/64 lifetime=600 "
        "INTERNAL_IP6_DNS 20=0x0a000001)]\n"
    )[0].first(Configuration)
    given = home_prefix(reply.values(AttributeType.MIP6_HOME_PREFIX)[0])
    assert given == HomePrefix(600, IPv6Address("2001:db8:7::"), 64)
    assert reply.values(AttributeType.INTERNAL_IP6_DNS) == (b"",)
    assert reply.values(20) == (b"\x0a\0\0\x01",)


def test_every_payload_of_the_language_is_made() -> None:
    message = messages(
        """
    0.0 UE -> HA IKE_AUTH request 1 [IDi(KEY_ID)=0x00ff IDr=10.0.0.1 CERT CERTREQ AUTH(DIGITAL_SIGNATURE) V=x D(IKE) \
D(ESP 0x1001 0x1002) N(REKEY_SA=0x1001) N(INVALID_KE_PAYLOAD=20) N(PDN_IDENTIFIER=2001:db8::/64) N(40961=0x01) \
N(IFOM_CAPABILITY spi=0x0102 protocol=1) N(REDIRECT=ha.example.org) !P200=0xaa BAD(KE) KE(ECP256) Ni(15) \
EAP(Response/AKA'-Identity AT_IDENTITY=a@b id=7) EAP(Response/Nak=0x17) SA(ESP spi=0x00002001 AES_GCM_16 | -INTEG)]
        """
    )[0]
    assert message.identification(initiator=True).id_type == IdType.KEY_ID
    assert message.identification(initiator=True).data == b"\x00\xff"
    assert message.identification(initiator=False).id_type == IdType.IPV4_ADDR
    assert message.first(Authentication).method == AuthMethod.DIGITAL_SIGNATURE
    assert [d.spis for d in message.each(Delete)] == [(), (b"\0\0\x10\1", b"\0\0\x10\2")]
    rekey = message.notify(NotifyType.REKEY_SA)
    assert (rekey.protocol, rekey.spi, rekey.data) == (3, b"\0\0\x10\1", b"")
    assert message.notify(NotifyType.INVALID_KE_PAYLOAD).data == b"\0\x14"
    assert message.notify(NotifyType.PDN_IDENTIFIER).data == IPv6Address("2001:db8::").packed + b"\x40"
    assert message.notify(40961).data == b"\x01"
    ifom = message.notify(NotifyType.IFOM_CAPABILITY)
    assert (ifom.spi, ifom.protocol) == (b"\1\2", 1)
    assert message.notify(NotifyType.REDIRECT).data == b"\x03\x0eha.example.org"
    assert message.first(UnknownPayload) == UnknownPayload(200, b"\xaa", critical=True)
    assert message.first(MalformedPayload) is not None
    assert len(message.first(KeyExchange).data) == 64
    assert len(message.first(Nonce).data) == 15
    aka, nak = (e.packet for e in message.each(Eap))
    assert (aka.type, aka.identifier, aka.identity) == (EapType.AKA_PRIME, 7, "a@b")
    assert (nak.type, nak.data) == (EapType.NAK, b"\x17")
    gcm, bare = message.first(SecurityAssociation).proposals
    assert [t.id for t in gcm.of(TransformType.ENCR)] == [EncryptionId.AES_GCM_16]
    assert gcm.spi == b"\0\0\x20\1"
    assert gcm.of(TransformType.INTEG) == bare.of(TransformType.INTEG) == ()


def test_sealed_cut_and_repeated_messages_say_so() -> None:
    played = play(
        """
    0.0 UE -> HA IKE_AUTH request 2 sealed
    0.1 repeat
    0.2 UE -> HA INFORMATIONAL request 3 sealed=ICV_MISMATCH cut
    0.3 UE -> HA ESP spi=0x1001 seq=5 next=58 padding=bad
    0.4 UE -> HA ESP icv=bad
        """,
        {},
    )
    first, again, closed, esp, broken = played.events
    assert first.message.sealed.reason is SealReason.NO_KEY
    assert (again.message, again.repeats) == (first.message, 1)
    assert closed.message.sealed.reason is SealReason.ICV_MISMATCH
    assert not closed.complete
    assert (esp.message.spi, esp.message.sequence) == (0x1001, 5)
    assert (esp.message.opened.next_header, esp.message.opened.padding_ok) == (58, False)
    assert (broken.message.sequence, broken.message.sealed.reason) == (6, SealReason.ICV_MISMATCH)


def test_a_changed_repeat_is_another_message_with_the_same_id() -> None:
    played = play("    0.0 UE -> HA IKE_SA_INIT request\n    1.0 repeat with Ni=0x01\n", {})
    first, again = played.events
    assert again.repeats == first.frame
    assert again.message.first(Nonce).data == b"\x01" != first.message.first(Nonce).data


def test_an_ike_sa_rekey_makes_the_next_sa_with_the_spis_of_its_proposals() -> None:
    played = play(
        """
    0.0 ATTACH
    1.0 HA -> UE CREATE_CHILD_SA request [SA(IKE) Ni KE]
    1.1 UE -> HA CREATE_CHILD_SA response
    1.2 UE -> HA INFORMATIONAL request
    1.3 HA -> UE INFORMATIONAL response
    1.4 HA -> UE INFORMATIONAL request sa=1 [D(IKE)]
    1.5 UE -> HA INFORMATIONAL response sa=1
        """,
        {},
    )
    old, new = played.world.sessions[0].ike_sas
    assert new.parent is old
    assert new.initiator_role is Role.HA
    assert played.events[-4].message.message_id == 0
    assert not played.events[-4].message.from_initiator
    assert old.deleted_at is not None
    assert played.engine.machines_of(1).ue is UeState.DETECTING


def test_what_is_rendered_can_be_played_again() -> None:
    ladder = """
    0.000 UE -> HA IKE_SA_INIT request 0 [SA(IKE AES_GCM_16) KE(MODP2048) Ni N(REDIRECT_SUPPORTED)]
    0.100 HA -> UE IKE_SA_INIT response 0 [N(COOKIE)]
    2.000 HA -> UE IKE_AUTH response 1 [IDr=internet AUTH(RSA_SIGNATURE) EAP(Request/AKA-Challenge AT_RAND AT_MAC)]
    """
    shown = render(play(ladder, {}).events)
    assert "UE -> HA" in shown
    assert "[IDr=internet AUTH(RSA_SIGNATURE) EAP(Request/AKA-Challenge AT_RAND AT_MAC)]" in shown
    assert render(play(shown, {}).events) == shown


def test_hostile_text_is_inert_in_a_rendered_ladder() -> None:
    shown = render(play(r"    0.0 UE -> HA IKE_AUTH request 1 [IDi=a\x1b2J@b]" + "\n", {}).events)
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    "line",
    [
        "UE -> HA IKE_AUTH request [XYZ]",
        "UE -> HA IKE_NOTHING request",
        "UE -> HA IKE_AUTH 3",
        "UE -> HA IKE_AUTH request [SA",
        "UE -> XX IKE_AUTH request",
        "HA -> HA2 IKE_AUTH request",
        "UE -> HA IKE_AUTH request SA",
        "UE -> HA IKE_AUTH request sa=9",
        "ATTACH with SA",
        "ATTACH until IKE_AUTH 9",
        "SHOUT",
        "UE -> HA IKE_AUTH request [SA(AES_NONSENSE)]",
    ],
)
def test_a_line_that_means_nothing_is_refused(line: str) -> None:
    with pytest.raises(LadderError):
        play(f"    0.0 {line}\n", {})


def test_words_keep_what_stands_in_brackets_together() -> None:
    assert words_of("[A B(c d)] with N(X=1 spi=0x01)") == ["[A B(c d)]", "with", "N(X=1 spi=0x01)"]


def test_prose_is_no_ladder() -> None:
    assert list(parse_lines("1.0 UE -> HA said at the margin\n  and 2.0 UE\n")) == []


def test_a_case_file_has_one_case_for_each_section() -> None:
    text = """# X-1

## pass: fine
Prose 1.0 here.
    PROFILE first_attach=true deadlines.default=5
    0.0 UE -> HA IKE_SA_INIT request
    9.0 END
## not applicable: nothing of it
    0.0 UE -> HA IKE_SA_INIT request
"""
    fine, nothing = parse_cases(text, "X-1")
    assert (fine.verdict, fine.title, len(fine.lines)) == (Verdict.PASS, "fine", 2)
    assert profile_of(fine.profile).first_attach is True
    assert profile_of(fine.profile).deadline("default") == 5_000_000_000
    assert profile_of(fine.profile).deadline("ike_response") == 30_000_000_000
    assert nothing.verdict is Verdict.NOT_APPLICABLE
    with pytest.raises(ValueError, match="not a verdict"):
        list(parse_cases("## maybe: so\n    0.0 END\n", "X-1"))


def test_a_case_is_judged_by_its_own_rule_and_by_the_worst_of_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(event: object, context: object) -> Outcome:
        return PASSED if event.message.notify(NotifyType.COOKIE) else failed(expected="", observed="")  # type: ignore[attr-defined]

    monkeypatch.setitem(RULES, "UE-5.1.2.2-02", [Check("UE-5.1.2.2-02", (Kind.IKE_SA_INIT_REQUEST,), judge)])
    text = """## {}: two UEs
    0.0 UE -> HA IKE_SA_INIT request with N(COOKIE)
    0.1 UE2 -> HA IKE_SA_INIT request {}
"""
    (bad,) = parse_cases(text.format("fail", ""), "UE-5.1.2.2-02")
    (good,) = parse_cases(text.format("pass", "with N(COOKIE)"), "UE-5.1.2.2-02")
    assert judge_alone(bad) is Verdict.FAIL
    assert judge_alone(good) is Verdict.PASS
    with pytest.raises(LadderError, match="not implemented"):
        judge_alone(replace(bad, rule="UE-0-0"))
