"""Clause 5.1.2.2: who starts the IKE SA, what the IKE_SA_INIT request announces, and that IKE_AUTH follows."""

from __future__ import annotations

from dissectors.eap import EapCode
from dissectors.ikev2.messages import Eap
from dissectors.ikev2.registry import IdType, NotifyType, PayloadType
from rules.learning import is_refusal
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.identities import Username, username_form
from rules.ts24303.places import eap_of, from_ue, lacking, never

THE_UE_STARTS = "the UE starts the IKE SA"


@check("UE-5.1.2.2-01", on=Kind.IKE_SA_INIT_REQUEST)
def ike_sa_that_the_ha_starts(event: IkeEvent, context: Context) -> Outcome:
    """Only the UE knows when it needs a PDN connection over S2c, and a HA cannot know where the UE is."""
    if context.role is Role.UE:
        return PASSED
    ha, other = event.source.address, event.destination.address
    if not _is_ue(event, context):
        return inconclusive(f"{ha} is a HA and starts an IKE SA, but it is not known whether {other} is a UE")
    return failed(expected=THE_UE_STARTS, observed=f"IKE_SA_INIT request from the HA {ha} to the UE {other}")


def _is_ue(event: IkeEvent, context: Context) -> bool:
    """The receiver is a UE by the profile or by its EAP elsewhere, or the profile calls the sender a HA."""
    sender, receiver = (context.profile.roles.get(end.address) for end in (event.source, event.destination))
    if receiver is not None:
        return receiver is Role.UE
    return event.destination.address in context.world.ue_addresses or sender is Role.HA


def _shows_that_the_ha_started(event: AnyEvent, context: Context) -> bool:
    """The EAP authenticator is the HA, and it asks in responses; so is whoever calls the other by a UE's NAI."""
    sa = context.sa
    if sa is None or context.role is not (Role.HA if event.message.is_response else Role.UE):
        return False
    eap = eap_of(event.message)
    if eap is not None:
        wrong = (EapCode.RESPONSE,) if event.message.is_response else (EapCode.REQUEST, EapCode.SUCCESS)
        shows = eap.code in wrong
    else:
        shows = event.message.is_response and _responder_has_a_ue_name(event, sa)
    return shows and not any(sa.auth_payload(Eap, of=of) for of in ("request", "response"))


def _responder_has_a_ue_name(event: IkeEvent, sa: IkeSa) -> bool:
    request = sa.request_of(event)
    asker = request.message.identification(initiator=True) if request else None
    named = event.message.identification(initiator=False)
    if asker is None or named is None or asker.id_type == IdType.RFC822_ADDR:
        return False
    return named.id_type == IdType.RFC822_ADDR and username_form(named.text)[0] is Username.IMSI


@check(
    "UE-5.1.2.2-01",
    on=(Kind.IKE_AUTH_REQUEST, Kind.IKE_AUTH_RESPONSE),
    when=_shows_that_the_ha_started,
    maybe=never,
    holding=(PayloadType.EAP, PayloadType.IDr),
)
def initiator_that_acts_as_ha(event: IkeEvent, context: Context) -> Outcome:
    """Who is the UE shows in the content as well: it is the EAP peer, and it has a subscriber's NAI."""
    sa = context.sa
    assert sa is not None
    eap = eap_of(event.message)
    where = "response" if event.message.is_response else "request"
    sign = f"EAP-{EapCode(eap.code).name.capitalize()} in an IKE_AUTH {where}" if eap else "IDr is a subscriber's NAI"
    observed = f"the initiator {sa.initiator.address} acts as HA: {sign}"
    start = sa.init_request or event
    return failed(expected=THE_UE_STARTS, observed=observed, related=(event.frame,), frame=start.frame, at=start.at)


@check("UE-5.1.2.2-02", on=Kind.IKE_SA_INIT_REQUEST, when=from_ue)
def init_request_without_redirect_support(event: IkeEvent, context: Context) -> Outcome:
    """A HA may send only such a UE to another HA; without the announcement HA reallocation cannot work."""
    message = event.message
    if message.notify(NotifyType.REDIRECT_SUPPORTED) or message.notify(NotifyType.REDIRECTED_FROM):
        return PASSED
    return lacking(
        event,
        PayloadType.NOTIFY,
        expected="N(REDIRECT_SUPPORTED), or N(REDIRECTED_FROM) after a redirect",
        observed="neither notification",
    )


def _accepts(event: AnyEvent, context: Context) -> bool:
    message = event.message
    refused = is_refusal(message) or message.error or message.notify(NotifyType.REDIRECT)
    return context.role is Role.HA and not refused


@obligation(
    "UE-5.1.2.2-25",
    on=Kind.IKE_SA_INIT_RESPONSE,
    when=_accepts,
    met_by=Kind.IKE_AUTH_REQUEST,
    expected="an IKE_AUTH request on this IKE SA",
)
def accepted_ike_sa_without_ike_auth(accepted: AnyEvent, request: AnyEvent, context: Context) -> bool:
    """An IKE SA that nobody authenticates binds resources of the HA and carries nothing."""
    first, second = accepted.message, request.message
    same = (first.initiator_spi, first.responder_spi) == (second.initiator_spi, second.responder_spi)
    return same and context.role is Role.UE
