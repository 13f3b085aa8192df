"""What IKE_SA_INIT, IKE_AUTH and INFORMATIONAL messages teach of their IKE SA and session."""

from __future__ import annotations

from collections.abc import Callable

from dissectors.eap import AkaAttributeType, AkaSubtype, EapCode, EapType
from dissectors.ikev2.configuration import HomePrefix, home_prefix
from dissectors.ikev2.messages import (
    Authentication,
    Configuration,
    Delete,
    Eap,
    IkeMessage,
    KeyExchange,
    Nonce,
    SecurityAssociation,
)
from dissectors.ikev2.registry import AttributeType, CfgType, ExchangeType, NotifyType, ProtocolId
from rules.children import add_child, create_child_response
from rules.holdings import Holding
from rules.session import KEPT, MOST_OF_ONE_UE, EapIdentity, HomePrefixGrant, IkeEvent, IkeSa, SaState, Session


def _init_request(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    del sa.init_requests[: -KEPT + 1]
    sa.init_requests.append(event)
    if sa.init_response is None:
        sa.state = SaState.INIT_SENT


def is_refusal(message: IkeMessage) -> bool:
    """An IKE_SA_INIT response that makes no SA: it carries no SA and KE, but an error, COOKIE or REDIRECT."""
    return message.first(SecurityAssociation) is None or message.first(KeyExchange) is None


def _init_response(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    message = event.message
    if message.notify(NotifyType.REDIRECT):
        sa.redirect, sa.state = event, SaState.REDIRECTED
    if is_refusal(message):
        del sa.refusals[: -KEPT + 1]
        sa.refusals.append(event)
        sa.init_response = sa.init_response or event
        return
    sa.init_response, sa.responder_spi, sa.state = event, message.responder_spi, SaState.INIT_ANSWERED
    offered = message.first(SecurityAssociation)
    sa.proposal = offered.proposals[0] if offered and offered.proposals else None
    request = sa.init_request
    ni, nr = request.message.first(Nonce) if request else None, message.first(Nonce)
    sa.nonces = (ni.data, nr.data) if ni and nr else None


def _auth_request(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    message = event.message
    if len(sa.auth_requests) < KEPT:
        sa.auth_requests.append(event)
    if sa.state in (SaState.INIT_ANSWERED, SaState.INIT_SENT, SaState.UNSEEN):
        sa.state = SaState.AUTHENTICATING
    identification = message.identification(initiator=True)
    if identification is not None:
        if sa.another_auth_announced:
            sa.auth_round, sa.another_auth_announced = sa.auth_round + 1, False
        _identify(session, identification.text)
    apn = message.identification(initiator=False)
    if apn is not None and session.apn is None:
        session.apn = apn.text
    if message.notify(NotifyType.ANOTHER_AUTH_FOLLOWS):
        sa.another_auth_announced = True
    for eap in message.each(Eap):
        _eap_identity(event, eap, session)


def _identify(session: Session, text: str) -> None:
    """The first identity is the session's, and finds it again among all others."""
    session.world.pco.note_identity(text, session)
    if session.identity is None:
        session.identity = text
        same = session.world.by_identity.setdefault(text, [])
        same.append(session)
        del same[:-MOST_OF_ONE_UE]


def _eap_identity(event: IkeEvent, eap: Eap, session: Session) -> None:
    text = eap.packet.identity
    if text and len(session.eap_identities) < KEPT:
        session.eap_identities.append(EapIdentity(text, eap.packet.type != EapType.IDENTITY, event.frame))
        _identify(session, text)


def _auth_response(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    message = event.message
    if len(sa.auth_responses) < KEPT:
        sa.auth_responses.append(event)
    for eap in message.each(Eap):
        packet = eap.packet
        if packet.code == EapCode.FAILURE:
            sa.failed, sa.state = event, SaState.FAILED
        gives = packet.subtype == AkaSubtype.CHALLENGE and packet.attribute(AkaAttributeType.AT_ENCR_DATA) is not None
        if gives and not session.pseudonym_given:
            session.pseudonym_given = event.frame
    if message.notify(NotifyType.REDIRECT):
        sa.redirect, sa.state = event, SaState.REDIRECTED
    elif message.error and message.first(Authentication) is None:
        sa.failed, sa.state = event, SaState.FAILED
    elif completes_auth(sa.request_of(event), event):
        _establish(event, sa, session)


def completes_auth(request: IkeEvent | None, response: IkeEvent) -> bool:
    """Both ends gave AUTH and no second authentication was announced (RFC 7296 2.16, RFC 4739 2.2)."""
    if request is None or response.message.first(Authentication) is None:
        return False
    asked = request.message
    if response.message.first(Eap) is not None:
        return False  # the HA goes on to authenticate the UE, whatever AUTH it was sent
    return asked.first(Authentication) is not None and not asked.notify(NotifyType.ANOTHER_AUTH_FOLLOWS)


def _establish(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    sa.established, sa.state = event, SaState.ESTABLISHED
    for grant in grants(event):
        session.home_prefixes.append(grant)
        session.world.prefixes.enter(Holding(session, sa, grant))
    first = next((e for e in reversed(sa.auth_requests) if e.message.first(SecurityAssociation)), None)
    if first is not None and sa.nonces is not None:
        add_child(session, sa, first, event, sa.initiator_role, sa.nonces)


def grants(event: IkeEvent) -> list[HomePrefixGrant]:
    """The home prefixes that a message assigns."""
    found = []
    for cfg in event.message.each(Configuration):
        if cfg.cfg_type != CfgType.REPLY:
            continue
        for value in cfg.values(AttributeType.MIP6_HOME_PREFIX):
            given = home_prefix(value)
            if isinstance(given, HomePrefix):
                found.append(HomePrefixGrant(given.prefix, given.prefix_length, given.lifetime, event.frame, event.at))
    return found


def _informational(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    message = event.message
    if message.is_request and message.notify(NotifyType.REDIRECT):
        sa.redirect = event
    if message.is_request and message.notify(NotifyType.AUTHENTICATION_FAILED):
        sa.failed, sa.state = event, SaState.FAILED  # who began refuses the other's AUTH (RFC 7296 section 2.21.2)
    for delete in message.each(Delete):
        if delete.protocol == ProtocolId.IKE and message.is_request:
            sa.delete = event
        elif delete.protocol == ProtocolId.ESP:
            _delete_children(event, delete, session)
    request = sa.request_of(event) if message.is_response else None
    if request is None:
        return
    if request is sa.delete:
        sa.delete_answer, sa.deleted_at, sa.state = event, event.at, SaState.DELETED
    for delete in request.message.each(Delete):
        for spi in delete.spis:
            child = session.children.get(int.from_bytes(spi))
            if child is not None and child.deleted is request:
                child.deleted_at = child.deleted_at or event.at


def _delete_children(event: IkeEvent, delete: Delete, session: Session) -> None:
    for spi in delete.spis:
        child = session.children.get(int.from_bytes(spi))
        if child is not None and child.deleted is None:
            child.deleted = event


LEARN: dict[tuple[int, bool], Callable[[IkeEvent, IkeSa, Session], None]] = {
    (ExchangeType.IKE_SA_INIT, False): _init_request,
    (ExchangeType.IKE_SA_INIT, True): _init_response,
    (ExchangeType.IKE_AUTH, False): _auth_request,
    (ExchangeType.IKE_AUTH, True): _auth_response,
    (ExchangeType.CREATE_CHILD_SA, True): create_child_response,
    (ExchangeType.INFORMATIONAL, False): _informational,
    (ExchangeType.INFORMATIONAL, True): _informational,
}
"""By exchange type and whether it is a response."""
