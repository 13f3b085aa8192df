"""Which way a packet of user data should take, by the flows that the UE registered: RFC 6089 section 5.1, RFC 6088.

A traffic selector is worded as the Home Agent sees a packet for the UE: source is the correspondent. Flows are tried by
their priority, the lowest number first; one of which no binding is in force is inactive.
"""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.events import Address
from dissectors.mobility.flows import MalformedSubOption
from dissectors.mobility.selectors import VERSIONS, BinarySelector, PacketFacts, Selector
from dissectors.record import record
from dissectors.tunnels import TunnelSegment
from rules.bindings import Flow, HomeRegistration
from rules.model import Role
from rules.session import Session

MOST_PACKETS = 256
"""Packets of one tunnel segment that are held against flows, the first ones."""


@record
class Routed:
    """The flow that a packet belongs to; ``unread`` tells of a flow that goes before and cannot be read."""

    flow: Flow | None
    unread: Flow | None = None


def by_priority(home: HomeRegistration) -> list[Flow]:
    """The flows that the Home Agent accepted, in the order in which they are tried."""
    return sorted((flow for flow in home.flows.values() if flow.is_registered), key=lambda flow: flow.option.priority)


def is_active(flow: Flow, home: HomeRegistration, at: int) -> bool:
    """One of its bindings is in force (RFC 6089 section 5.3.2)."""
    return any(bid in home.bindings and home.bindings[bid].is_alive(at) for bid in flow.option.binding_ids)


def routed(facts: PacketFacts, home: HomeRegistration, at: int) -> Routed:
    """The flow of a packet, its facts as the correspondent's packet has them; the first that matches."""
    unread: Flow | None = None
    for flow in by_priority(home):
        if not is_active(flow, home, at):
            continue
        if any(selector.matches(facts) for selector in flow.option.selectors):
            return Routed(flow, unread)
        if unread is None and not _is_read(flow):
            unread = flow
    return Routed(None, unread)


def _is_read(flow: Flow) -> bool:
    """All its selectors are known and make sense."""
    known = all(isinstance(selector, BinarySelector) for selector in flow.option.selectors)
    return known and not flow.option.all(MalformedSubOption)


def as_sent_to_home(facts: PacketFacts, sender: Role) -> PacketFacts:
    """A packet as traffic selectors speak of it: what the UE sends, the other way round."""
    return facts.reversed() if sender is Role.UE else facts


# Whether it is worth while


def flows_may_apply(session: Session, segment: TunnelSegment) -> bool:
    """Whether a flow may tell the way of these packets: there are two ways, and a selector that their addresses fit."""
    return any(_may_apply(home, segment) for home in session.homes.values() if home.flows)


def _may_apply(home: HomeRegistration, segment: TunnelSegment) -> bool:
    ways = [binding for binding in home.bindings.values() if segment.first_at < binding.expires_at]
    source, destination = segment.inner_source, segment.inner_destination
    if len(ways) < 2 or source is None or destination is None:
        return False
    return any(
        _fits(selector, *ends)
        for flow in by_priority(home)
        for selector in flow.option.selectors
        for ends in _both_ways(source, destination)
    )


def _both_ways(source: Address, destination: Address) -> Iterator[tuple[Address, Address]]:
    yield source, destination
    yield destination, source


def _fits(selector: Selector, source: Address, destination: Address) -> bool:
    if not isinstance(selector, BinarySelector):
        return False
    same = source.version == destination.version == VERSIONS[type(selector)]
    return same and selector.source.holds(source) and selector.destination.holds(destination)
