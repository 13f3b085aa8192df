"""Clause 5.1.2.2: the IMSI in the very first EAP exchange, and what the AAA server gave in its place afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from dissectors.eap import AkaAttributeType, AkaSubtype, EapCode, EapType
from dissectors.ikev2.registry import PayloadType
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa, Session
from rules.ts24303.identities import Username, username_form
from rules.ts24303.places import (
    auth_requests,
    eap_of,
    in_first_authentication,
    opens_authentication,
    quoted,
)

LOOK_BACK = 256
"""Earlier sessions, or IKE SAs of one session, that are looked through."""


# The very first identity


def _gives_first_identity(event: AnyEvent, context: Context) -> bool:
    eap = eap_of(event.message)
    return eap is not None and eap.identity is not None and _before_any_identity(event, context)


def _before_any_identity(event: AnyEvent, context: Context) -> bool:
    """The UE has given no EAP identity in this session, and the run may begin with its first attach."""
    sa = context.sa
    if sa is None or context.role is not Role.UE or context.profile.first_attach is False:
        return False
    return not context.session.eap_identities and in_first_authentication(event, context)


def _may_give_first_identity(event: AnyEvent, context: Context) -> bool:
    return _before_any_identity(event, context) and not opens_authentication(event, context)


@check(
    "UE-5.1.2.2-06",
    on=Kind.IKE_AUTH_REQUEST,
    when=_gives_first_identity,
    maybe=_may_give_first_identity,
    holding=PayloadType.EAP,
)
def first_identity_without_imsi(event: IkeEvent, context: Context) -> Outcome:
    """A UE that never spoke to the AAA server has no pseudonym from it; only the IMSI can be found in its database."""
    eap = eap_of(event.message)
    assert eap is not None
    if context.profile.first_attach is None:
        return inconclusive("the profile does not say whether this is the UE's first attach (first_attach)")
    form, fault = username_form(eap.identity or "")
    if form is Username.IMSI:
        return PASSED
    doubt = _earlier_exchange(event, context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected="an IMSI-based NAI, 0<IMSI>@realm, in the very first EAP identity",
        observed=f"{quoted(eap.identity or '')}: {f'a {form.value} identity' if form else fault}",
    )


def _earlier_exchange(event: IkeEvent, context: Context) -> str:
    """Why this may not be the first identity, or not the first exchange in which the UE could get a pseudonym."""
    session, sessions = context.session, context.world.sessions
    assert context.sa is not None
    doubt = auth_requests(context.sa, event, PayloadType.EAP).doubt
    if doubt:
        return f"an identity may have been given before: {doubt}"
    if session.ike_sas[0].partial:
        return "an identity may have been given before the capture, which begins amid this session"
    if len(sessions) > LOOK_BACK:
        return f"more than {LOOK_BACK} sessions, any of which may be an earlier one of this UE"
    earlier = next((s for s in sessions if s.number < session.number and _may_give_pseudonym(s)), None)
    if session.pseudonym_given or earlier:
        frame = session.pseudonym_given or (earlier.first_frame if earlier else 0)
        return f"the UE may have got this identity before, in the exchange of frame {frame}"
    return ""


def _may_give_pseudonym(session: Session) -> bool:
    """The HA passed one on, or may have in a message that stays closed or came before the capture."""
    unseen = any(sa.sealed[False] or sa.partial for sa in session.ike_sas[:LOOK_BACK])
    return bool(session.pseudonym_given) or unseen


# Later identities


def _identity_after_gift(event: AnyEvent, context: Context) -> bool:
    return _identity_of(event, context) is not None and _gift(event, context) is not None


def _identity_of(event: IkeEvent, context: Context) -> str | None:
    """The identity that a request brings in: IDi, and EAP-Response/Identity where it says something else."""
    if context.role is not Role.UE or not in_first_authentication(event, context):
        return None
    given, eap = event.message.identification(initiator=True), eap_of(event.message)
    if given is not None:
        return given.text
    if eap is None or eap.type != EapType.IDENTITY or eap.identity is None or context.sa is None:
        return None
    names = (e.message.identification(initiator=True) for e in context.sa.auth_requests)
    return None if any(i and i.text == eap.identity for i in names) else eap.identity


def _gift(event: IkeEvent, context: Context) -> IkeEvent | None:
    """The Challenge with AT_ENCR_DATA of an earlier exchange of this UE that succeeded."""
    return next((g for sa in _earlier_sas(event, context) if (g := _gift_of(sa))), None)


def _earlier_sas(event: IkeEvent, context: Context) -> Iterator[IkeSa]:
    identity = _identity_of(event, context)
    same = context.world.by_identity.get(identity or "", ())[-LOOK_BACK:]
    others = (s for s in reversed(same) if s is not context.session and s.pseudonym_given)
    sas = chain(context.session.ike_sas[-LOOK_BACK:], *(s.ike_sas[:LOOK_BACK] for s in islice(others, 1)))
    return (sa for sa in sas if sa is not context.sa)


def _gift_of(sa: IkeSa) -> IkeEvent | None:
    packets = [(e, eap) for e in sa.auth_responses if (eap := eap_of(e.message))]
    if not sa.established and not any(eap.code == EapCode.SUCCESS for _, eap in packets):
        return None
    gives = (
        e
        for e, eap in packets
        if eap.subtype == AkaSubtype.CHALLENGE and eap.attribute(AkaAttributeType.AT_ENCR_DATA) is not None
    )
    return next(gives, None)


def _opens_after_gift(event: AnyEvent, context: Context) -> bool:
    return opens_authentication(event, context) and _gift(event, context) is not None


@check(
    "UE-5.1.2.2-07",
    on=Kind.IKE_AUTH_REQUEST,
    when=_identity_after_gift,
    maybe=_opens_after_gift,
    holding=(PayloadType.IDi, PayloadType.EAP),
)
def imsi_in_spite_of_pseudonym(event: IkeEvent, context: Context) -> Outcome:
    """Each IMSI on the way lets an active attacker follow the subscriber; the AAA server gave a name to use instead."""
    identity, gift = _identity_of(event, context), _gift(event, context)
    assert identity is not None
    assert gift is not None
    if username_form(identity)[0] is not Username.IMSI:
        return PASSED
    return failed(
        expected="the pseudonym or re-authentication identity given in AT_ENCR_DATA",
        observed=f"the IMSI-based {quoted(identity)} again",
        related=(gift.frame,),
    )
