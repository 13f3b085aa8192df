"""Clause 5.1.2.2: who the UE says it is (IDi, EAP identity) and which PDN it asks for (IDr)."""

from __future__ import annotations

from dissectors.eap import AkaAttributeType, EapPacket, EapType
from dissectors.ikev2.messages import Identification
from dissectors.ikev2.registry import IdType, PayloadType
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.identities import apn_fault, nai_fault, same_apn, same_nai, shown_identity, username_form
from rules.ts24303.places import (
    eap_asked,
    eap_of,
    in_first_authentication,
    is_first_auth,
    lacking,
    of_first_exchange,
    opens_authentication,
    quoted,
)

A_NAI = "IDi with the MN-NAI: ID_RFC822_ADDR, username@realm"
AN_APN = "IDr with the APN: ID_FQDN or ID_KEY_ID, labels of letters, digits and hyphens"
NAMES_A_USER = (IdType.RFC822_ADDR, IdType.KEY_ID)


@check("UE-5.1.2.2-03", on=Kind.IKE_AUTH_REQUEST, when=opens_authentication, maybe=opens_authentication)
@of_first_exchange
def idi_without_nai(event: IkeEvent, context: Context) -> Outcome:
    """The realm leads the HA to the AAA server of the subscriber's home, the username names the subscriber there."""
    given = event.message.identification(initiator=True)
    if given is None:
        return lacking(event, PayloadType.IDi, expected=A_NAI, observed="no IDi")
    if given.id_type != IdType.RFC822_ADDR:
        return failed(expected=A_NAI, observed=f"IDi = {shown_identity(given)}")
    fault = nai_fault(given.data)
    return failed(expected=A_NAI, observed=f"IDi = {shown_identity(given)}: {fault}") if fault else PASSED


@check("UE-5.1.2.2-04", on=Kind.IKE_AUTH_REQUEST, when=opens_authentication, maybe=opens_authentication)
@of_first_exchange
def idr_without_apn(event: IkeEvent, context: Context) -> Outcome:
    """One HA serves many PDNs; the APN is all that tells it which of them this UE wants."""
    asked = event.message.identification(initiator=False)
    if asked is None:
        return lacking(event, PayloadType.IDr, expected=AN_APN, observed="no IDr")
    if asked.id_type not in (IdType.FQDN, IdType.KEY_ID):
        return failed(expected=AN_APN, observed=f"IDr = {shown_identity(asked)}")
    fault = apn_fault(asked)
    if fault:
        return failed(expected=AN_APN, observed=f"IDr = {shown_identity(asked)}: {fault}")
    return _of_the_target(asked, context.profile.target_apn)


def _of_the_target(asked: Identification, target: str | None) -> Outcome:
    if target is None or asked.id_type != IdType.FQDN or same_apn(asked.text, target):
        return PASSED
    return failed(
        expected=f"IDr with the APN of the target PDN, {quoted(target)}", observed=f"IDr = {quoted(asked.text)}"
    )


def _names_user(event: AnyEvent, context: Context) -> bool:
    given = event.message.identification(initiator=True)
    return opens_authentication(event, context) and given is not None and given.id_type in NAMES_A_USER


@check(
    "UE-5.1.2.2-24",
    on=Kind.IKE_AUTH_REQUEST,
    when=_names_user,
    maybe=opens_authentication,
    holding=PayloadType.IDi,
)
def idi_username_of_no_aka_form(event: IkeEvent, context: Context) -> Outcome:
    """By the form of the username the AAA server tells IMSI, pseudonym and re-authentication identity apart."""
    given = event.message.identification(initiator=True)
    assert given is not None
    form, fault = username_form(given.text)
    if form is not None:
        return PASSED
    return failed(
        expected="a username of 0 and the IMSI, or a pseudonym (2…) or fast re-authentication identity (4…)",
        observed=f"IDi = {quoted(given.text)}: {fault}",
    )


# The same NAI in IDi and in EAP


def _gives_idi_again(event: AnyEvent, context: Context) -> bool:
    """An EAP identity where IDi has to be repeated: not where the server asks for a permanent or full identity."""
    sa, eap = context.sa, eap_of(event.message)
    if sa is None or context.role is not Role.UE or not in_first_authentication(event, context):
        return False
    if eap is None or eap.identity is None:
        return False
    asked = eap_asked(event, sa)
    return eap.type == EapType.IDENTITY or asked is None or _asks_for_any(asked)


def _asks_for_any(asked: EapPacket) -> bool:
    return asked.attribute(AkaAttributeType.AT_ANY_ID_REQ) is not None


def _may_give_identity(event: AnyEvent, context: Context) -> bool:
    """A closed request behind the first, before any EAP identity is known."""
    sa = context.sa
    if sa is None or context.role is not Role.UE or not sa.auth_requests:
        return False
    seen = (eap_of(e.message) for e in sa.auth_requests)
    return in_first_authentication(event, context) and not any(eap and eap.identity for eap in seen)


@check(
    "UE-5.1.2.2-05",
    on=Kind.IKE_AUTH_REQUEST,
    when=_gives_idi_again,
    maybe=_may_give_identity,
    holding=PayloadType.EAP,
)
def eap_identity_other_than_idi(event: IkeEvent, context: Context) -> Outcome:
    """The HA authorizes what IDi says; were another subscriber authenticated by EAP, it would serve the wrong one."""
    sa, eap = context.sa, eap_of(event.message)
    assert sa is not None
    assert eap is not None
    identity = eap.data if eap.type == EapType.IDENTITY else eap.attribute(AkaAttributeType.AT_IDENTITY)
    first = _first_request(sa)
    given = first.message.identification(initiator=True) if first else None
    if first is None or given is None:
        return inconclusive(_why_no_idi(first))
    if same_nai(given.data, identity or b""):
        return PASSED
    if eap.type != EapType.IDENTITY and eap_asked(event, sa) is None:
        return inconclusive("what kind of identity the server asked for was not captured or stays closed")
    where = "EAP-Response/Identity" if eap.type == EapType.IDENTITY else "AT_IDENTITY"
    return failed(
        expected=f"{where} = IDi = {quoted(given.text)}",
        observed=f"{where} = {quoted(eap.identity or '')}",
        related=(first.frame,),
    )


def _first_request(sa: IkeSa) -> IkeEvent | None:
    first = sa.auth_requests[0] if sa.auth_requests else None
    return first if first and (is_first_auth(first, sa) or first.message.identification(initiator=True)) else None


def _why_no_idi(first: IkeEvent | None) -> str:
    if first is None:
        return "the IKE_AUTH request with IDi was not captured"
    closed = first.message.sealed
    return (
        f"the IKE_AUTH request with IDi stays closed: {closed}" if closed else "the first IKE_AUTH request has no IDi"
    )
