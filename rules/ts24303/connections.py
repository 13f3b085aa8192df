"""The PDN connections of a UE that sets up an IKE SA: those of its earlier IKE SAs, and those that PCO tells of."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

from dissectors.events import Address
from dissectors.record import record
from rules.pco import PcoConnection, imsi_of
from rules.session import Context, HomePrefixGrant, IkeEvent, IkeSa, Session
from rules.ts24303.clause_5_1_3_1_unique import is_same_ue
from rules.ts24303.identities import same_apn

INFINITE = 0xFFFFFFFF
SECOND = 1_000_000_000
LOOK_BACK = 64
"""Earlier sessions of one UE, IKE SAs of one session, and successors of one IKE SA, that are looked through."""


@record
class Connection:
    """A PDN connection that was set up before, by its prefix."""

    prefix: IPv6Address
    length: int
    frame: int  # of the message that assigned it
    apn: str | None
    is_same_ue: bool | None  # ``None`` where it cannot be told
    has_sa: bool  # an IKE SA for it is there
    has_binding: bool  # a Home Address of it is registered, or the 3GPP access keeps it
    lasts: bool  # its prefix has not run out

    @property
    def exists(self) -> bool:
        """It was not given up."""
        return self.lasts and (self.has_sa or self.has_binding)

    def holds(self, address: Address) -> bool:
        """Whether an address lies in its prefix."""
        shift = 128 - self.length
        return isinstance(address, IPv6Address) and int(address) >> shift == int(self.prefix) >> shift

    def is_of_apn(self, apn: str | None) -> bool | None:
        """By name; ``None`` where either is not known."""
        return None if self.apn is None or apn is None else same_apn(self.apn, apn)

    def __str__(self) -> str:
        network = IPv6Network((self.prefix, min(self.length, 128)), strict=False)
        return f"{network}, assigned in frame {self.frame}"


def connections_of_ue(event: IkeEvent, context: Context) -> Iterator[Connection]:
    """The connections of this UE at this HA that exist, newest first."""
    for session in (context.session, *_other_sessions(context)):
        for sa in reversed(session.ike_sas[-LOOK_BACK:]):
            if sa is context.sa or sa.established is None or not _same_ha(sa, context):
                continue
            for grant in session.home_prefixes:
                if grant.frame == sa.established.frame:
                    yield from _existing(_by_ike(session, sa, grant, event, context))
    for known in reversed(context.world.pco.of_imsi(_imsi(context))):
        yield from _existing(_by_pco(known, context))


def connection_below(event: IkeEvent, context: Context) -> Connection | None:
    """The connection in whose prefix the UE's IKE address lies: over it the IKE messages go."""
    address = event.destination.address
    if not isinstance(address, IPv6Address):
        return None
    host = HomePrefixGrant(address, 128, INFINITE, 0, event.at)
    for holding in context.world.prefixes.overlapping(host):
        if holding.sa is not context.sa and _same_ha(holding.sa, context):
            found = _by_ike(holding.session, holding.sa, holding.grant, event, context)
            if found.exists and found.holds(address):
                return found
    known = (_by_pco(connection, context) for connection in context.world.pco.holding(address))
    return next((c for c in known if c is not None and c.exists), None)


def _existing(connection: Connection | None) -> Iterator[Connection]:
    if connection is not None and connection.exists:
        yield connection


def _other_sessions(context: Context) -> list[Session]:
    same = list(context.world.by_identity.get(context.session.identity or "", ()))[-LOOK_BACK:]
    return [session for session in reversed(same) if session is not context.session]


def _imsi(context: Context) -> str | None:
    return imsi_of(context.session.identity or "")


def _same_ha(sa: IkeSa, context: Context) -> bool:
    return context.sa is not None and sa.responder.address == context.sa.responder.address


def _by_ike(session: Session, sa: IkeSa, grant: HomePrefixGrant, event: IkeEvent, context: Context) -> Connection:
    same = True if session is context.session else is_same_ue(context.session, session)
    homes = (h for h in session.homes.values() if h.is_registered(event.at))
    return Connection(
        prefix=grant.prefix,
        length=grant.length,
        frame=grant.frame,
        apn=context.session.apn if session is context.session else session.apn,
        is_same_ue=same,
        has_sa=_is_there(sa),
        has_binding=any(_lies_in(grant, home.home_address) for home in homes),
        lasts=grant.lifetime == INFINITE or event.at < grant.at + grant.lifetime * SECOND,
    )


def _is_there(sa: IkeSa) -> bool:
    """The IKE SA, or the one that followed by a rekey, is not deleted."""
    for _ in range(LOOK_BACK):
        if sa.successor is None:
            break
        sa = sa.successor
    return sa.delete is None and sa.deleted_at is None and sa.redirect is None


def _lies_in(grant: HomePrefixGrant, address: Address) -> bool:
    shift = 128 - grant.length
    return isinstance(address, IPv6Address) and int(address) >> shift == int(grant.prefix) >> shift


def _by_pco(known: PcoConnection, context: Context) -> Connection | None:
    """A connection of the 3GPP access, whose prefix PCO gave; ``None`` where it gave none, or is of another HA."""
    prefix, answer = known.prefix, known.answer
    if prefix is None or answer is None or not 0 < prefix.length <= 128 or answer.message.pco is None:
        return None
    agents = answer.message.pco.home_agents
    if agents and context.sa is not None and context.sa.responder.address not in agents:
        return None
    imsi = _imsi(context)
    return Connection(
        prefix=prefix.prefix,
        length=prefix.length,
        frame=answer.frame,
        apn=known.apn,
        is_same_ue=None if imsi is None or known.imsi is None else imsi == known.imsi,
        has_sa=_has_sa(prefix.prefix, prefix.length, answer.at, context),
        has_binding=known.released is None,
        lasts=True,
    )


def _has_sa(prefix: IPv6Address, length: int, at: int, context: Context) -> bool:
    """An earlier IKE SA was given the same prefix, and is still there."""
    grant = HomePrefixGrant(prefix, length, INFINITE, 0, at)
    held = context.world.prefixes.overlapping(grant)
    return any(holding.sa is not context.sa and _is_there(holding.sa) for holding in held)
