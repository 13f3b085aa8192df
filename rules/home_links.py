"""Which links are home links: those on which a router advertises the home prefix (24.303 clause 5.1.2.3)."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.neighbor.messages import PrefixInformation
from rules.advertisements import Advertised, AdvertisementEvent
from rules.registrations import lies_in_home_prefix
from rules.session import HomePrefixGrant, Session


def is_home_prefix(prefix: PrefixInformation, grants: list[HomePrefixGrant]) -> bool:
    """A prefix that is advertised is that of the home network, or part of it."""
    return any(
        prefix.prefix_length >= g.length and int(prefix.prefix) >> (128 - g.length) == int(g.prefix) >> (128 - g.length)
        for g in grants
        if g.length
    )


def home_prefix_in(event: AdvertisementEvent, session: Session) -> PrefixInformation | None:
    """The home prefix that an advertisement offers; a valid lifetime of 0 takes it back."""
    offered = (p for p in event.message.prefixes if p.valid_lifetime)
    return next((p for p in offered if is_home_prefix(p, session.home_prefixes)), None)


def home_links(session: Session, at: int) -> list[Advertised]:
    """What was advertised of the home prefixes and still holds."""
    found = (session.world.advertisements.of(g.prefix, g.length) for g in session.home_prefixes)
    return [link for link in found if link is not None and link.is_valid(at)]


def foreign_links(session: Session, address: Address | None, at: int) -> list[Advertised]:
    """The advertisements of the link that an address is of, where none of them is of the home network."""
    links = session.world.advertisements.covering(address)
    valid = [link for link in links if link.is_valid(at)]
    is_home = any(is_home_prefix(p, session.home_prefixes) for link in valid for p in _beside(link))
    return [] if is_home else valid


def _beside(link: Advertised) -> list[PrefixInformation]:
    """What the same advertisement offers for the same link, this prefix with it."""
    return [p for p in link.last.message.prefixes if p.valid_lifetime]


def is_of_home_link(session: Session, address: Address, at: int) -> bool:
    """An address of the home prefix, or of another prefix that one advertisement offers together with it."""
    if lies_in_home_prefix(session, address):
        return True
    valid = [link for link in session.world.advertisements.covering(address) if link.is_valid(at)]
    return any(is_home_prefix(p, session.home_prefixes) for link in valid for p in _beside(link))


def is_at_home(session: Session, address: Address | None, at: int) -> bool | None:
    """Whether the link that an address is of is the home link; ``None`` where no advertisement of it was heard."""
    if address is None or not session.home_prefixes:
        return None
    if is_of_home_link(session, address, at):
        return True if home_links(session, at) else None
    return False if foreign_links(session, address, at) else None
