"""Clause 5.1.3.1: the HA completes IKE_SA_INIT, authenticates the UE by EAP, and answers for the APN asked for."""

from __future__ import annotations

from dissectors.ikev2.messages import Authentication, Eap, Identification, IkeMessage
from dissectors.ikev2.registry import IdType, NotifyType, PayloadType
from rules.contents import types_in
from rules.exchanges import answers, conflict
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import NO_SPI, Context, IkeEvent
from rules.ts24303.identities import shown_identity
from rules.ts24303.places import answers_opening, from_ha, lacking, unreadable

IN_ANY_CASE = (IdType.FQDN, IdType.RFC822_ADDR, IdType.KEY_ID)
"""Identities that are names: an APN is a domain name, whose letters may be of either case (TS 23.003 clause 9.1)."""


def _request_of(event: IkeEvent, context: Context) -> IkeMessage | None:
    request = context.sa.request_of(event) if context.sa else None
    return request.message if request else None


# IKE_SA_INIT


def _is_well_formed(event: AnyEvent, context: Context) -> bool:
    message = event.message
    whole = {PayloadType.SA, PayloadType.KE, PayloadType.NONCE} <= types_in(message)
    if context.sa is None or context.role is not Role.UE or not whole or unreadable(message):
        return False
    exchange = context.sa.exchange(event)
    answered_before = exchange is not None and exchange.request is None
    return message.responder_spi == NO_SPI and not answered_before and conflict(event, context.sa) is None


@obligation(
    "HA-5.1.3.1-14",
    on=Kind.IKE_SA_INIT_REQUEST,
    when=_is_well_formed,
    met_by=Kind.IKE_SA_INIT_RESPONSE,
    within="ike_response",
    expected="an IKE_SA_INIT response, if only a refusal",
)
def ike_sa_init_left_unanswered(request: AnyEvent, response: AnyEvent, context: Context) -> bool:
    """Without the HA's half of the key exchange no attach can go on; even a refusal tells the UE what to change."""
    return answers(request, response)


# IDr


def _names_responder(event: AnyEvent, context: Context) -> bool:
    """The first response to a request with IDr, or any that has an IDr itself; a mere refusal need not have one."""
    message, request = event.message, _request_of(event, context)
    if context.role is not Role.HA:
        return False
    if message.identification(initiator=False) is not None:
        return request is None or request.sealed is not None or request.identification(initiator=False) is not None
    refuses = message.error is not None or message.notify(NotifyType.REDIRECT) is not None
    asked = request is not None and request.identification(initiator=False) is not None
    return asked and not refuses and answers_opening(event, context)


@check("HA-5.1.3.1-01", on=Kind.IKE_AUTH_RESPONSE, when=_names_responder, maybe=answers_opening)
def other_apn_than_asked_for(event: IkeEvent, context: Context) -> Outcome:
    """The UE tells its PDN connections apart by the APN; under another name it is in a network it did not choose."""
    request = _request_of(event, context)
    asked = request.identification(initiator=False) if request else None
    told = event.message.identification(initiator=False)
    if asked is None:
        return inconclusive("the request was not captured or stays closed")
    expected = f"IDr {shown_identity(asked)}, as in the request"
    if told is None:
        return lacking(event, PayloadType.IDr, expected=expected, observed="no IDr")
    if _same(asked, told):
        return PASSED
    return failed(expected=expected, observed=f"IDr {shown_identity(told)}")


def _same(asked: Identification, told: Identification) -> bool:
    if asked.id_type != told.id_type:
        return False
    return asked.data == told.data or (asked.id_type in IN_ANY_CASE and asked.data.lower() == told.data.lower())


# EAP


def _answers_without_auth(event: AnyEvent, context: Context) -> bool:
    """The UE has not proved its identity in the request, so EAP begins or goes on."""
    request = _request_of(event, context)
    if context.role is not Role.HA or request is None or unreadable(request, PayloadType.AUTH):
        return False
    return request.sealed is not None or request.first(Authentication) is None


@check("HA-5.1.3.1-15", on=Kind.IKE_AUTH_RESPONSE, when=_answers_without_auth, maybe=from_ha)
def ue_without_auth_not_asked_by_eap(event: IkeEvent, context: Context) -> Outcome:
    """A UE that sends no AUTH asks for EAP; a HA that lets it in otherwise has not looked who it is."""
    message, request = event.message, _request_of(event, context)
    assert request is not None
    if message.first(Eap) or message.error or message.notify(NotifyType.REDIRECT):
        return PASSED
    if request.sealed is not None:
        return inconclusive(f"the request stays closed: {request.sealed}")
    return lacking(
        event, PayloadType.EAP, PayloadType.NOTIFY, expected="EAP, or an error notify", observed="neither"
    )  # fmt: skip
