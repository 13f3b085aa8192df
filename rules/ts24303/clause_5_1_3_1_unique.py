"""Clause 5.1.3.1: the prefix that the HA assigns belongs to one UE alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv6Network

from dissectors.ikev2.registry import PayloadType
from rules.holdings import Holding
from rules.learning import grants
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, HomePrefixGrant, IkeEvent, IkeSa, Session
from rules.ts24303.clause_5_1_3_1_prefix import succeeds
from rules.ts24303.places import quoted

INFINITE = 0xFFFFFFFF
SECOND = 1_000_000_000
IMSI = re.compile(r"[016](?P<imsi>[0-9]{6,15})@")
"""Permanent identities of EAP-AKA, EAP-SIM and EAP-AKA'; pseudonyms do not tell two UEs apart."""
UNIQUE_LOCAL = IPv6Network("fc00::/7")
"""Addresses that two PDNs may use independently of each other: RFC 4193."""
SUCCESSORS = 64


def _is_held(holding: Holding, at: int, context: Context) -> bool:
    """Its lifetime has not run out, its IKE SA is not deleted, and the UE was not given up for dead."""
    grant, sa = holding.grant, _newest(holding.sa)
    if grant.lifetime != INFINITE and at >= grant.at + grant.lifetime * SECOND:
        return False
    return sa.delete is None and sa.deleted_at is None and not _is_given_up(sa, at, context)


def _newest(sa: IkeSa) -> IkeSa:
    for _ in range(SUCCESSORS):
        if sa.successor is None:
            break
        sa = sa.successor
    return sa


def _is_given_up(sa: IkeSa, at: int, context: Context) -> bool:
    """A request that was never answered: the asker drops the IKE SA by itself (RFC 7296 section 2.4)."""
    limit = context.profile.deadline("ike_response")
    open_ones = (e for e in sa.exchanges.values() if e.request is not None and e.response is None)
    return any(at - e.last_sent > limit for e in open_ones)


def _clashes(event: IkeEvent, context: Context) -> Iterator[tuple[HomePrefixGrant, Holding]]:
    for grant in grants(event):
        for holding in context.world.prefixes.overlapping(grant):
            if holding.session is not context.session and _is_held(holding, event.at, context):
                yield grant, holding


def _subscribers(session: Session) -> set[str]:
    names = (session.identity or "", *(identity.text for identity in session.eap_identities[:8]))
    return {found["imsi"] for found in map(IMSI.match, names) if found}


def is_same_ue(one: Session, other: Session) -> bool | None:
    """``None`` where it cannot be told, as with a pseudonym."""
    first, second = _subscribers(one), _subscribers(other)
    if first and second:
        return bool(first & second)
    return True if one.identity is not None and one.identity == other.identity else None


def _other_ues_hold(event: AnyEvent, context: Context) -> bool:
    """Another UE holds some prefix at the time: else there is nobody to be distinct from."""
    if not succeeds(event, context) or not grants(event):
        return False
    return context.world.prefixes.has_other(context.session)


def _may_assign_beside_others(event: AnyEvent, context: Context) -> bool:
    """Asked of a closed response: it may assign a prefix while another UE holds one."""
    begins = context.sa is not None and not context.sa.established
    return begins and context.role is Role.HA and context.world.prefixes.has_other(context.session)


@check(
    "HA-5.1.3.1-07",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_other_ues_hold,
    maybe=_may_assign_beside_others,
    holding=PayloadType.CP,
)
def home_prefix_of_another_ue(event: IkeEvent, context: Context) -> Outcome:
    """Packets for one subscriber would reach the other, and either could answer in the other's name."""
    doubt = ""
    for grant, holding in _clashes(event, context):
        same = is_same_ue(context.session, holding.session)
        if same:
            continue
        doubt = "" if same is False else "an identity is no IMSI: it may be the same UE"
        doubt = doubt or _two_networks(grant, context.session, holding.session)
        if not doubt:
            return _failed(grant, holding)
    return inconclusive(doubt) if doubt else PASSED


def _two_networks(grant: HomePrefixGrant, one: Session, other: Session) -> str:
    if grant.prefix in UNIQUE_LOCAL and one.apn != other.apn:
        return "the prefix is unique local, and the two APNs may be networks of their own"
    return ""


def _failed(grant: HomePrefixGrant, holding: Holding) -> Outcome:
    other = holding.grant
    return failed(
        expected="a prefix that no other UE holds",
        observed=f"{grant.prefix}/{grant.length}: {quoted(holding.session.identity or '')} holds "
        f"{other.prefix}/{other.length}",
        related=(other.frame,),
    )
