"""Clause 5.1.3.1: an IKE SA for a PDN connection that exists gets the prefix of that connection, not a new one."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.ikev2.notify import PdnIdentifier, pdn_identifier
from dissectors.ikev2.registry import PayloadType
from rules.learning import grants
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.clause_5_1_3_1_prefix import succeeds
from rules.ts24303.connections import Connection, connection_below, connections_of_ue


def _assigns(event: AnyEvent, context: Context) -> bool:
    return succeeds(event, context) and bool(grants(event))


def _is_given(event: IkeEvent, prefix: IPv6Address) -> bool:
    """Whether a prefix lies in one that the response assigns."""
    given = ((128 - grant.length, int(grant.prefix)) for grant in grants(event))
    return any(int(prefix) >> shift == bits >> shift for shift, bits in given)


def _given(event: IkeEvent) -> str:
    return ", ".join(f"{grant.prefix}/{grant.length}" for grant in grants(event)[:4])


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


@check(
    "HA-5.1.3.1-05",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_assigns_to_named,
    maybe=_answers_named,
    holding=PayloadType.CP,
)
def named_connection_not_continued(event: IkeEvent, context: Context) -> Outcome:
    """With another prefix the UE has to give up its address and every connection that runs over it."""
    view = _named(context)
    assert view is not None
    if _is_given(event, view.prefix):
        return noted(f"{_given(event)} assigned, as the PDN Identifier names it")
    known = next((c for c in connections_of_ue(event, context) if c.holds(view.prefix)), None)
    if known is None:
        return inconclusive(f"whether the HA can identify the PDN connection of {view.prefix} does not show")
    return failed(expected=f"{known} and named in the PDN Identifier", observed=_given(event), related=(known.frame,))


# Over the connection itself


def _comes_over_connection(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and connection_below(event, context) is not None


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
    below = connection_below(event, context)
    assert below is not None
    if _is_given(event, below.prefix):
        return PASSED
    address = event.destination.address
    if below.is_same_ue is False:
        return inconclusive(f"{address} lies in {below} to another identity")
    if not below.is_of_apn(context.session.apn):
        return inconclusive(f"{address} lies in {below}, perhaps for another APN than this IKE SA is for")
    return failed(
        expected=f"{below}: the IKE messages come from {address}, which lies in it",
        observed=_given(event),
        related=(below.frame,),
    )


# Beside a connection without security association


def _unprotected(event: AnyEvent, context: Context) -> list[Connection]:
    """Connections of the UE and, as far as is known, the APN that are in use and have no IKE SA."""
    apn = context.session.apn
    found = (c for c in connections_of_ue(event, context) if not c.has_sa and c.has_binding)
    return [c for c in found if c.is_of_apn(apn) is not False]


def _beside_unprotected(event: AnyEvent, context: Context) -> bool:
    if context.role is not Role.HA or not _unprotected(event, context):
        return False
    return connection_below(event, context) is None


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
    """The UE has a connection and no security association for it; it wants to go on where it was."""
    connections = _unprotected(event, context)
    if any(_is_given(event, connection.prefix) for connection in connections):
        return PASSED
    known = next((c for c in connections if c.is_of_apn(context.session.apn)), None)
    if known is None:
        return inconclusive(f"{connections[0]}, perhaps for another APN than this IKE SA is for")
    return failed(
        expected=f"{known}: the connection is in use, and has no IKE SA",
        observed=_given(event),
        related=(known.frame,),
    )
