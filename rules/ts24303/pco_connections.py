"""Which PDN connections of a 3GPP access belong to a session: those of its UE and APN, or those of its home prefix."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.events import Address
from dissectors.ikev2.messages import IkeMessage
from dissectors.mobility_packet import MobilityPacket
from dissectors.pco import ContainerId
from dissectors.pco_carriers import PcoMessage
from rules.pco import PcoConnection, imsi_of
from rules.registry import AnyEvent
from rules.session import Context, HomePrefixGrant
from rules.ts24303.identities import same_apn

INFINITE = 0xFFFFFFFF


def connections_before(context: Context) -> list[PcoConnection]:
    """The connections that are known to be the session's before an event."""
    session, records = context.session, context.world.pco
    names = [name for name in (session.identity, *(i.text for i in session.eap_identities)) if name]
    found = [c for name in names for c in records.of_imsi(imsi_of(name)) if _is_of_apn(c, session.apn)]
    for home in session.homes.values():
        if home.updates or home.acks:
            found += records.holding(home.home_address)
    return list(dict.fromkeys(found))


def connections_of(event: AnyEvent, context: Context) -> list[PcoConnection]:
    """The connections that are known to be the session's with what an event tells."""
    return list(dict.fromkeys((*connections_before(context), *_told_by(event, context))))


def _told_by(event: AnyEvent, context: Context) -> Iterator[PcoConnection]:
    message, records = event.message, context.world.pco
    if isinstance(message, MobilityPacket) and context.home is not None:
        yield from records.holding(context.home.home_address)
    if isinstance(message, PcoMessage):
        yield from (c for c in records.of_imsi(message.imsi) if _is_of_apn(c, context.session.apn))
    if isinstance(message, IkeMessage):
        named = message.identification(initiator=True)
        asked = message.identification(initiator=False)
        apn = asked.text if asked else context.session.apn
        if named is not None:
            yield from (c for c in records.of_imsi(imsi_of(named.text)) if _is_of_apn(c, apn))


def _is_of_apn(connection: PcoConnection, apn: str | None) -> bool:
    """By the network identifier; one that is not known may be the same."""
    return connection.apn is None or apn is None or same_apn(connection.apn, apn)


def prefixes_from_pco(event: AnyEvent, context: Context) -> list[HomePrefixGrant]:
    """The home prefixes of its PDN connections in a 3GPP access that a UE knows, released or not."""
    return [grant for c in connections_of(event, context) if (grant := granted_in_pco(c)) is not None]


def may_be_given_in_pco(event: AnyEvent, context: Context, address: Address) -> bool:
    """Whether a UE that does not name its IMSI may be one that PCO gave the prefix of an address."""
    told = event.message.identification(initiator=True) if isinstance(event.message, IkeMessage) else None
    names = [name for name in (context.session.identity, told.text if told else None) if name]
    return not any(map(imsi_of, names)) and any(context.world.pco.holding(address))


def granted_in_pco(connection: PcoConnection) -> HomePrefixGrant | None:
    """The home prefix of a connection as the grants of IKEv2 are kept; it lasts as long as the connection."""
    prefix, answer = connection.prefix, connection.answer
    if prefix is None or answer is None:
        return None
    return HomePrefixGrant(prefix.prefix, prefix.length, INFINITE, answer.frame, answer.at)


def asks_ifom(connection: PcoConnection) -> bool:
    """The UE asked whether the Home Agent supports IFOM."""
    return connection.asks(ContainerId.IFOM_SUPPORT)
