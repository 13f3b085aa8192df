"""What CREATE_CHILD_SA and the last IKE_AUTH make: CHILD SAs, and the IKE SA that replaces another."""

from __future__ import annotations

from dissectors.ikev2.messages import Nonce, Proposal, SecurityAssociation
from dissectors.ikev2.registry import NotifyType, ProtocolId
from rules.model import Role
from rules.session import ChildSa, IkeEvent, IkeSa, SaState, Session


def create_child_response(event: IkeEvent, sa: IkeSa, session: Session) -> None:
    """CREATE_CHILD_SA: a new CHILD SA, or a new IKE SA in place of this one."""
    if sa.state in (SaState.AUTHENTICATING, SaState.UNSEEN, SaState.INIT_ANSWERED):
        sa.state = SaState.ESTABLISHED
    request = sa.request_of(event)
    chosen = event.message.first(SecurityAssociation)
    nonce = event.message.first(Nonce)
    asked = request.message.first(Nonce) if request else None
    if request is None or chosen is None or not chosen.proposals or nonce is None or asked is None:
        return
    nonces = (asked.data, nonce.data)
    if chosen.proposals[0].protocol == ProtocolId.IKE:
        _replace_sa(session, sa, request, event, nonces)
    else:
        add_child(session, sa, request, event, sa.role_of(request), nonces)


def _replace_sa(
    session: Session, sa: IkeSa, request: IkeEvent, response: IkeEvent, nonces: tuple[bytes, bytes]
) -> None:
    chosen = _chosen(response)
    offered = _offered(request, chosen)
    if offered is None or len(offered.spi) != 8 or len(chosen.spi) != 8:
        return
    successor = _used_early(session, offered.spi, chosen.spi)
    if successor is None:
        number = len(session.ike_sas) + 1
        successor = IkeSa(number, offered.spi, chosen.spi, request.source, request.destination)
        register(session, successor)
    successor.initiator_role, successor.roles_guessed, successor.partial = sa.role_of(request), False, False
    successor.state, successor.opened_at, successor.established = SaState.ESTABLISHED, response.at, response
    successor.proposal, successor.nonces, successor.parent = chosen, nonces, sa
    successor.children = sa.children
    for child in sa.children:
        child.ike_sa = successor
    sa.successor, sa.state, sa.children = successor, SaState.REKEYED, []


def _used_early(session: Session, spi_i: bytes, spi_r: bytes) -> IkeSa | None:
    """The new IKE SA, if a message on it was captured before the response that makes it."""
    early = session.sas_by_spi.get(spi_i, ())
    return next((sa for sa in early if sa.responder_spi == spi_r and sa.partial), None)


def add_child(
    session: Session,
    sa: IkeSa,
    request: IkeEvent,
    response: IkeEvent,
    role: Role,
    nonces: tuple[bytes, bytes],
) -> None:
    if not (answer := response.message.first(SecurityAssociation)) or not answer.proposals:
        return
    chosen = answer.proposals[0]
    offered = _offered(request, chosen)
    if chosen.protocol != ProtocolId.ESP or offered is None or len(offered.spi) != 4 or len(chosen.spi) != 4:
        return
    rekey = request.message.notify(NotifyType.REKEY_SA)
    child = ChildSa(
        ike_sa=sa,
        initiator_role=role,
        spi_i=int.from_bytes(offered.spi),
        spi_r=int.from_bytes(chosen.spi),
        request=request,
        response=response,
        proposal=chosen,
        nonces=nonces,
        ts_i=response.message.selectors(initiator=True) or request.message.selectors(initiator=True),
        ts_r=response.message.selectors(initiator=False) or request.message.selectors(initiator=False),
        transport=response.message.notify(NotifyType.USE_TRANSPORT_MODE) is not None,
        rekeys=int.from_bytes(rekey.spi) if rekey else None,
    )
    sa.children.append(child)
    session.child_count += 1
    session.newest_children = (child,)
    session.children[child.spi_i] = session.children[child.spi_r] = child


def _chosen(response: IkeEvent) -> Proposal:
    answer = response.message.first(SecurityAssociation)
    assert answer is not None
    return answer.proposals[0]


def _offered(request: IkeEvent, chosen: Proposal) -> Proposal | None:
    """The offer that was taken: the one of the same number, else of the same protocol."""
    offer = request.message.first(SecurityAssociation)
    same = [p for p in offer.proposals if p.protocol == chosen.protocol] if offer else []
    return next((p for p in same if p.number == chosen.number), same[0] if same else None)


def register(session: Session, sa: IkeSa) -> None:
    """Enters an IKE SA into the session."""
    session.ike_sas.append(sa)
    session.sas_by_spi.setdefault(sa.initiator_spi, []).append(sa)
