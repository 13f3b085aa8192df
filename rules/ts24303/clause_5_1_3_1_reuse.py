"""Clause 5.1.3.1: an IKE SA for a PDN connection that exists gets the prefix of that connection, not a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from dissectors.events import Address
from dissectors.ikev2.notify import PdnIdentifier, pdn_identifier
from dissectors.ikev2.registry import PayloadType
from rules.learning import grants
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, HomePrefixGrant, IkeEvent, IkeSa, Session
from rules.ts24303.clause_5_1_3_1_prefix import succeeds
from rules.ts24303.clause_5_1_3_1_unique import is_same_ue

INFINITE = 0xFFFFFFFF
SECOND = 1_000_000_000
LOOK_BACK = 64
"""Earlier sessions of one UE, IKE SAs of one session, and successors of one IKE SA, that are looked through."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A PDN connection that was set up before, by its prefix."""

    session: Session
    sa: IkeSa
    grant: HomePrefixGrant

    @property
    def has_sa(self) -> bool:
        """Its IKE SA, or the one that followed by a rekey, is not deleted."""
        sa = self.sa
        for _ in range(LOOK_BACK):
            if sa.successor is None:
                break
            sa = sa.successor
        return sa.delete is None and sa.deleted_at is None and sa.redirect is None

    def has_binding(self, at: int) -> bool:
        """A Home Address of its prefix is registered."""
        homes = self.session.homes.values()
        return any(holds(self.grant, home.home_address) and home.is_registered(at) for home in homes)

    def exists(self, at: int) -> bool:
        """Its prefix has not run out, and an IKE SA or a binding shows that it is in use."""
        lasts = self.grant.lifetime == INFINITE or at < self.grant.at + self.grant.lifetime * SECOND
        return lasts and (self.has_sa or self.has_binding(at))


def holds(grant: HomePrefixGrant, address: Address) -> bool:
    """Whether an address lies in a prefix."""
    shift = 128 - grant.length
    return isinstance(address, IPv6Address) and int(address) >> shift == int(grant.prefix) >> shift


def _shown(grant: HomePrefixGrant) -> str:
    network = IPv6Network((grant.prefix, min(grant.length, 128)), strict=False)
    return f"{network}, assigned in frame {grant.frame}"


def _is_given(event: IkeEvent, prefix: IPv6Address) -> bool:
    return any(holds(grant, prefix) for grant in grants(event))


def _given(event: IkeEvent) -> str:
    return ", ".join(f"{grant.prefix}/{grant.length}" for grant in grants(event)[:4])


def _assigns(event: AnyEvent, context: Context) -> bool:
    return succeeds(event, context) and bool(grants(event))


def _earlier(context: Context, at: int) -> Iterator[Connection]:
    """The connections of this UE at this HA that exist, newest first."""
    same = list(context.world.by_identity.get(context.session.identity or "", ()))[-LOOK_BACK:]
    others = [session for session in reversed(same) if session is not context.session]
    for session in (context.session, *others):
        for sa in reversed(session.ike_sas[-LOOK_BACK:]):
            if sa is context.sa or sa.established is None or not _same_ha(sa, context):
                continue
            made = (Connection(session, sa, g) for g in session.home_prefixes if g.frame == sa.established.frame)
            yield from (connection for connection in made if connection.exists(at))


def _same_ha(sa: IkeSa, context: Context) -> bool:
    return context.sa is not None and sa.responder.address == context.sa.responder.address


def _same_apn(connection: Connection, context: Context) -> bool:
    """By name; where either is not known they may be two."""
    one, other = connection.session.apn, context.session.apn
    return one is not None and other is not None and one.lower() == other.lower()


# Named by the UE


def _named(context: Context) -> PdnIdentifier | None:
    """The PDN Identifier of the IKE_AUTH requests."""
    notifies = (
        event.message.notify(context.profile.pdn_identifier_notify)
        for event in (context.sa.auth_requests if context.sa else ())
    )
    views = (pdn_identifier(notify) for notify in notifies if notify is not None)
    return next((view for view in views if isinstance(view, PdnIdentifier)), None)


def _answers_named(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and _named(context) is not None


def _assigns_to_named(event: AnyEvent, context: Context) -> bool:
    return _assigns(event, context) and _answers_named(event, context)


@check("HA-5.1.3.1-05", on=Kind.IKE_AUTH_RESPONSE, when=_assigns_to_named, maybe=_answers_named, holding=PayloadType.CP)
def named_connection_not_continued(event: IkeEvent, context: Context) -> Outcome:
    """With another prefix the UE has to give up its address and every connection that runs over it."""
    view = _named(context)
    assert view is not None
    if _is_given(event, view.prefix):
        return noted(f"{_given(event)} assigned, as the PDN Identifier names it")
    known = next((c for c in _earlier(context, event.at) if holds(c.grant, view.prefix)), None)
    if known is None:
        return inconclusive(f"whether the HA can identify the PDN connection of {view.prefix} does not show")
    return failed(
        expected=f"{_shown(known.grant)} and named in the PDN Identifier",
        observed=_given(event),
        related=(known.grant.frame,),
    )


# Over the connection itself


def _over_connection(event: AnyEvent, context: Context) -> Connection | None:
    """The connection in whose prefix the UE's IKE address lies."""
    address = event.destination.address
    if not isinstance(address, IPv6Address):
        return None
    for holding in context.world.prefixes.overlapping(HomePrefixGrant(address, 128, INFINITE, 0, event.at)):
        connection = Connection(holding.session, holding.sa, holding.grant)
        is_other = holding.sa is not context.sa and _same_ha(holding.sa, context)
        if is_other and holds(holding.grant, address) and connection.exists(event.at):
            return connection
    return None


def _comes_over_connection(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and _over_connection(event, context) is not None


def _assigns_over_connection(event: AnyEvent, context: Context) -> bool:
    return _assigns(event, context) and _comes_over_connection(event, context)


@check(
    "HA-5.1.3.1-06",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_assigns_over_connection,
    maybe=_comes_over_connection,
    holding=PayloadType.CP,
)
def connection_below_not_continued(event: IkeEvent, context: Context) -> Outcome:
    """The UE secures the connection it has; with another prefix its Home Address is not the one in use."""
    below = _over_connection(event, context)
    assert below is not None
    if _is_given(event, below.grant.prefix):
        return PASSED
    if is_same_ue(context.session, below.session) is False and below.session is not context.session:
        return inconclusive(f"{event.destination.address} lies in {_shown(below.grant)} to another identity")
    if below.session is not context.session and not _same_apn(below, context):
        return inconclusive(f"{_shown(below.grant)}, may be of another APN than this IKE SA is for")
    return failed(
        expected=f"{_shown(below.grant)}: the IKE messages come from {event.destination.address}, which lies in it",
        observed=_given(event),
        related=(below.grant.frame,),
    )


# Beside a connection without security association


def _unprotected(event: AnyEvent, context: Context) -> list[Connection]:
    """Connections of the UE and APN whose Home Address is registered, but whose IKE SA is gone."""
    at = event.at
    found = (c for c in _earlier(context, at) if not c.has_sa and c.has_binding(at))
    return [c for c in found if c.session is context.session or _same_apn(c, context)]


def _beside_unprotected(event: AnyEvent, context: Context) -> bool:
    if context.role is not Role.HA or not _unprotected(event, context):
        return False
    return _over_connection(event, context) is None


def _assigns_beside_unprotected(event: AnyEvent, context: Context) -> bool:
    return _assigns(event, context) and _beside_unprotected(event, context)


@check(
    "HA-5.1.3.1-16",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_assigns_beside_unprotected,
    maybe=_beside_unprotected,
    holding=PayloadType.CP,
)
def unprotected_connection_not_continued(event: IkeEvent, context: Context) -> Outcome:
    """The UE has lost its security association and not its connection; it wants to go on where it was."""
    connections = _unprotected(event, context)
    if any(_is_given(event, connection.grant.prefix) for connection in connections):
        return PASSED
    known = connections[0].grant
    return failed(
        expected=f"{_shown(known)}: its Home Address is registered, and its IKE SA deleted",
        observed=_given(event),
        related=(known.frame,),
    )
