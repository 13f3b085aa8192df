"""Clauses 5.1.2.1a and 5.1.2.3: a UE that takes its home network prefix from PCO asks there for IFOM support as well.

The PDN connection of the 3GPP access is mostly set up before S2c, and what shows that its UE is IFOM capable comes
later. A request is judged once: with the event that tells that it is the session's UE's, and that it is IFOM capable.
"""

from __future__ import annotations

from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.registry import NotifyType
from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.options import BindingIdentifier
from dissectors.mobility_packet import MobilityPacket
from dissectors.pco import describe_pco
from dissectors.pco_carriers import PcoMessage
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.pco import PcoConnection
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.clause_5_1_2_2_ifom import BY_ANDSF
from rules.ts24303.pco_connections import asks_ifom, connections_before, connections_of

TELLING = (Kind.IKE_AUTH_REQUEST, Kind.BINDING_UPDATE, Kind.PCO)
"""Kinds of events that tell who a UE is, or what it is capable of."""
LOOK_BACK = 64


def _showed_ifom(context: Context) -> bool:
    """Before the event: a BID or FID sent, the notify of IKE_SA_INIT, or the profile."""
    session = context.session
    if context.profile.ue_ifom is True or Role.UE in session.ifom_shown_by:
        return True
    notify = NotifyType.IFOM_CAPABILITY
    return any(sa.init_notify(notify, of="request") is not None for sa in session.ike_sas[-LOOK_BACK:])


def _shows_ifom(event: AnyEvent, context: Context) -> bool:
    message = event.message
    if isinstance(message, MobilityPacket):
        return message.option(BindingIdentifier) is not None or message.option(FlowIdentification) is not None
    return False


def _due(event: AnyEvent, context: Context) -> list[PcoConnection]:
    """The connections that this event brings up for judgement."""
    if not context.world.pco.asks_prefix:
        return []
    before = set() if _sets_up(event, context) else set(connections_before(context))
    showed = _showed_ifom(context)
    shows = showed or _shows_ifom(event, context)
    return [
        connection
        for connection in connections_of(event, context)
        if connection.asked_prefix is not None
        and (shows or asks_ifom(connection))
        and not (connection in before and (showed or asks_ifom(connection)))
        and (not isinstance(event.message, PcoMessage) or event is connection.requests[-1])
    ]


def _sets_up(event: AnyEvent, context: Context) -> bool:
    """A request in PCO is on record before it is judged, but was not known before."""
    return isinstance(event.message, PcoMessage)


def _is_due(event: AnyEvent, context: Context) -> bool:
    return bool(_due(event, context)) or _is_unread(event, context)


def _is_unread(event: AnyEvent, context: Context) -> bool:
    """There is PCO that could not be read, and the UE shows for the first time that it is IFOM capable."""
    if not context.world.pco.blind or context.role is not Role.UE:
        return False
    session, showed = context.session, _showed_ifom(context)
    has_begun = session.identity is not None or any(home.updates for home in session.homes.values())
    return (showed or _shows_ifom(event, context)) and not (showed and has_begun)


def _may_be_due(event: AnyEvent, context: Context) -> bool:
    """A closed message may name a UE that asked for its prefix in PCO; one that began to speak has named itself."""
    opening = isinstance(event.message, IkeMessage) and context.session.identity is None
    return opening and context.role is Role.UE and context.world.pco.asks_prefix and _showed_ifom(context)


@check("UE-5.1.2.1a-02", on=TELLING, when=_is_due, maybe=_may_be_due)
def prefix_from_pco_but_not_ifom(event: AnyEvent, context: Context) -> Outcome:
    """In its home network the UE may never run IKEv2 before it moves flows; PCO is where it learns of IFOM then."""
    return _judged(event, context)


@check("UE-5.1.2.3-04", on=TELLING, when=_is_due, maybe=_may_be_due)
def pdn_connectivity_without_ifom_request(event: AnyEvent, context: Context) -> Outcome:
    """The network answers only what is asked, and only in the exchange that sets up the PDN connection."""
    return _judged(event, context)


def _judged(event: AnyEvent, context: Context) -> Outcome:
    due = _due(event, context)
    if not due:
        return inconclusive(context.world.pco.blind)
    lacking = next((connection for connection in due if not asks_ifom(connection)), None)
    if lacking is None:
        return PASSED
    request = lacking.asked_prefix
    assert request is not None
    pco = request.message.pco
    assert pco is not None
    if pco.malformed is not None:
        return inconclusive(f"the PCO of frame {request.frame} cannot be read to its end: {pco.malformed}")
    if context.profile.andsf_used is not False:
        return inconclusive(BY_ANDSF)
    return failed(
        expected=f"IFOM-Support-Request (0x000f) in the PCO of {request.message.name}, beside the home network prefix",
        observed=describe_pco(pco),
        related=() if request.frame == event.frame else (event.frame,),
        frame=request.frame,
        at=request.at,
    )
