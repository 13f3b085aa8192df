"""Clause 5.1.2.2: the PDN Identifier notify, by which a UE says for which PDN connection the IKE SA is meant."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network
from itertools import chain

from dissectors.events import Address
from dissectors.ikev2.messages import Notify
from dissectors.ikev2.notify import PdnIdentifier, pdn_identifier
from dissectors.ikev2.registry import AttributeType, NotifyType, PayloadType
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, HomePrefixGrant, IkeEvent, IkeSa, Session
from rules.ts24303.clause_5_1_2_2_prefix import asked_before, requests_for
from rules.ts24303.pco_connections import may_be_given_in_pco, prefixes_from_pco
from rules.ts24303.places import is_first_auth, lacking, opens_authentication

INFINITE = 0xFFFFFFFF
SECOND = 1_000_000_000
LOOK_BACK = 256
"""Earlier sessions of one UE, or IKE SAs of one session, that are looked through."""


def pdn_notify(event: IkeEvent, context: Context) -> Notify | None:
    """The PDN Identifier of an IKE_AUTH request. Its number is of the private range, which others use as well: it
    counts only beside a request for a home network prefix, and only if its data can be a prefix.
    """
    given = event.message.notify(context.profile.pdn_identifier_notify)
    wanted = given is not None and context.role is Role.UE and _wants_prefix(event, context)
    return given if wanted else None


def _wants_prefix(event: IkeEvent, context: Context) -> bool:
    kind = AttributeType.MIP6_HOME_PREFIX
    return requests_for(event.message, kind) or asked_before(context, kind)


# What the UE knows


def _earlier(event: IkeEvent, context: Context) -> Iterator[tuple[Session, IkeSa, HomePrefixGrant]]:
    """Home prefixes that this UE was given before, newest first, each with its IKE SA."""
    own, sas = context.session, context.session.ike_sas[-LOOK_BACK:]
    named = event.message.identification(initiator=True)
    same = context.world.by_identity.get(named.text if named else "", [])[-LOOK_BACK:]
    before = ((s, sa) for s in reversed(same) if s is not own for sa in reversed(s.ike_sas[-LOOK_BACK:]))
    for session, sa in chain(((own, sa) for sa in reversed(sas)), before):
        if sa is not context.sa and sa.established is not None:
            yield from ((session, sa, g) for g in session.home_prefixes if g.frame == sa.established.frame)


def _apn_of(event: IkeEvent | None) -> str | None:
    asked = event.message.identification(initiator=False) if event else None
    return asked.text.lower() if asked else None


def _known(event: IkeEvent, context: Context) -> tuple[Session, HomePrefixGrant] | None:
    """The prefix of the PDN connection that this request is for: same UE, APN and HA, and still alive."""
    wanted, sa = _apn_of(event), context.sa
    if sa is None or wanted is None:
        return None
    for session, other, grant in _earlier(event, context):
        asked = next((e for e in other.auth_requests if _apn_of(e)), None)
        same = _apn_of(asked) == wanted and other.responder.address == sa.responder.address
        if same and _is_alive(session, other, grant, event.at):
            return session, grant
    return None


def _is_alive(session: Session, sa: IkeSa, grant: HomePrefixGrant, at: int) -> bool:
    """A Home Address of the prefix is bound; where none ever was, its IKE SA stands and the prefix has not run out."""
    homes = [home for home in session.homes.values() if _lies_in(grant, home.home_address)]
    if any(home.is_registered(at) for home in homes):
        return True
    ended = any(home.first_accepted is not None for home in homes)
    return not ended and _stands(sa) and (grant.lifetime == INFINITE or at < grant.at + grant.lifetime * SECOND)


def _lies_in(grant: HomePrefixGrant, address: Address) -> bool:
    shift = 128 - grant.length
    return isinstance(address, IPv6Address) and int(address) >> shift == int(grant.prefix) >> shift


def _stands(sa: IkeSa) -> bool:
    """Nobody has deleted the IKE SA or its successors."""
    for _ in range(LOOK_BACK):
        if sa.delete is not None or sa.redirect is not None:
            return False
        if sa.successor is None:
            break
        sa = sa.successor
    return True


def knows_prefix(event: AnyEvent, context: Context) -> bool:
    """INITIAL_CONTACT says that the UE holds no other IKE SA with this HA: it has begun anew."""
    if not opens_authentication(event, context) or event.message.notify(NotifyType.INITIAL_CONTACT):
        return False
    return context.sa is not None and is_first_auth(event, context.sa) and _known(event, context) is not None


def _may_know_prefix(event: AnyEvent, context: Context) -> bool:
    """A closed request does not name its UE; only one of the same session is known to be by it."""
    return opens_authentication(event, context) and any(
        sa is not context.sa and _is_alive(session, sa, grant, event.at)
        for session, sa, grant in _earlier(event, context)
    )


@check("UE-5.1.2.2-17", on=Kind.IKE_AUTH_REQUEST, when=knows_prefix, maybe=_may_know_prefix)
def known_prefix_not_told(event: IkeEvent, context: Context) -> Outcome:
    """Without it the HA cannot tell a new IKE SA for an old PDN connection from a new one, and assigns a new prefix."""
    known = _known(event, context)
    assert known is not None
    session, grant = known
    expected, related = f"PDN Identifier with {_prefix(grant)}, assigned in frame {grant.frame}", (grant.frame,)
    given = event.message.notify(context.profile.pdn_identifier_notify)
    if given is None:
        if not _in_use(session, event.at):
            return inconclusive(f"whether the PDN connection of frame {grant.frame} still exists does not show")
        return lacking(
            event, PayloadType.NOTIFY, expected=expected, observed="no PDN Identifier notify", related=related
        )
    view = pdn_identifier(given)
    if not isinstance(view, PdnIdentifier):
        return inconclusive(f"the PDN Identifier cannot be read: {view}")
    if is_of(view, grant):
        return PASSED
    return failed(expected=expected, observed=f"PDN Identifier with {shown_pdn(view)}", related=related)


def _in_use(session: Session, at: int) -> bool:
    """A binding, or ESP packets of the UE: the IKE SA served more than its own set-up."""
    return any(home.is_registered(at) for home in session.homes.values()) or any(
        flow.sender is Role.UE and flow.packets for flow in session.esp_flows.values()
    )


def _prefix(grant: HomePrefixGrant) -> str:
    return f"{_network(grant.prefix, grant.length)}/{grant.length}"


def shown_pdn(view: PdnIdentifier) -> str:
    return f"{view.prefix}" if view.prefix_length is None else f"{view.prefix}/{view.prefix_length}"


def _network(prefix: IPv6Address, length: int) -> IPv6Address:
    return IPv6Network((prefix, min(length, 128)), strict=False).network_address


def is_of(view: PdnIdentifier, grant: HomePrefixGrant) -> bool:
    """The same prefix; interface identifier bits that are sent with it do not count."""
    same_length = view.prefix_length in (None, grant.length)
    return same_length and _network(view.prefix, grant.length) == _network(grant.prefix, grant.length)


# What the UE does not know


def _names_pdn(event: AnyEvent, context: Context) -> bool:
    given = pdn_notify(event, context)
    return given is not None and isinstance(pdn_identifier(given), PdnIdentifier)


@check(
    "UE-5.1.2.2-18",
    on=Kind.IKE_AUTH_REQUEST,
    when=_names_pdn,
    maybe=opens_authentication,
    holding=PayloadType.NOTIFY,
)
def unknown_prefix_told(event: IkeEvent, context: Context) -> Outcome:
    """A prefix that was never assigned to the UE may be another subscriber's, and the HA would look for it."""
    given = pdn_notify(event, context)
    view = pdn_identifier(given) if given else None
    assert isinstance(view, PdnIdentifier)
    known = chain((grant for _, _, grant in _earlier(event, context)), prefixes_from_pco(event, context))
    if any(is_of(view, grant) for grant in known):
        return PASSED
    if context.world.pco.blind:
        return inconclusive(context.world.pco.blind)
    if context.profile.first_attach is not True:
        return inconclusive(
            f"{shown_pdn(view)} may have been assigned before the capture (first_attach is not declared)"
        )
    if context.session.ike_sas[0].partial:
        return inconclusive(
            f"{shown_pdn(view)} may have been assigned before the capture, which begins amid this session"
        )
    if may_be_given_in_pco(event, context, view.prefix):
        return inconclusive(f"PCO has given {shown_pdn(view)}, and an identity that is no IMSI may be that UE's")
    elsewhere = _assigned_elsewhere(view, context)
    if elsewhere:
        return inconclusive(elsewhere)
    return failed(
        expected="no PDN Identifier: the UE has no prefix yet", observed=f"PDN Identifier with {shown_pdn(view)}"
    )


def _assigned_elsewhere(view: PdnIdentifier, context: Context) -> str:
    """A UE may come back under another name, so an assignment in any session can be its own."""
    others = context.world.others(context.session) if len(context.world.sessions) <= LOOK_BACK else None
    if others is None:
        return f"more than {LOOK_BACK} sessions, any of which may be an earlier one of this UE"
    for other in others:
        grant = next((g for g in other.home_prefixes if is_of(view, g)), None)
        if grant is not None:
            return f"{_prefix(grant)} was assigned in frame {grant.frame}, perhaps to this UE under another identity"
        if any(sa.sealed[False] for sa in other.ike_sas[:LOOK_BACK]):
            return f"messages of the session of frame {other.first_frame} stay closed, and may have assigned it"
    return ""
