"""What a tunnel segment is held against: guards and times that the data plane rules of clauses 5.1.2.4, 5.1.3.2 share.

A segment lies between two signalling frames, so the bindings do not change inside it; what changes by itself is that
lifetimes and times of grace run out. A rule therefore asks until when a form of sending is right, and blames the first
frame behind that time. When a binding ends or moves, packets in flight have the profile's ``grace``. Where only the way
of sending changes, what is sent after the acknowledgement counts: :func:`in_flight` measures how long that may take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from dissectors.events import Address
from dissectors.ikev2.registry import ExchangeType
from dissectors.mobility.options import NatDetection
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.base.rfc3775_sequence import sealed_flow
from rules.bindings import Binding, HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registrations import lies_in_home_prefix
from rules.registry import AnyEvent
from rules.session import Context
from rules.ts24303.registering import ack_in, late_start

IN_IPV6 = (Encapsulation.IPV6_IN_IPV6, Encapsulation.IPV4_IN_IPV6)
IN_IPV4 = (Encapsulation.IPV6_IN_IPV4, Encapsulation.IPV4_IN_IPV4)
IN_UDP = (Encapsulation.UDP, Encapsulation.UDP_TLV)
SHORTEST, TIMES = 100_000_000, 4
"""Of :func:`in_flight`: at least so many ns, else so many times the quickest answer."""
IKE_AUTH = ExchangeType.IKE_AUTH
NEVER = -1
"""The time until which something is right that never was."""


def grace(context: Context) -> int:
    """How long, in ns, packets in flight are let pass after a change."""
    return context.profile.deadline("grace")


def in_flight(context: Context) -> int:
    """How long, in ns, what was sent before an acknowledgement arrived may still come after it.

    Several times the quickest answer of the UE to the HA that was captured, and no longer than the grace.
    """
    quickest = min(_turnarounds(context), default=None)
    limit = grace(context)
    return limit if quickest is None else min(limit, max(SHORTEST, TIMES * quickest))


def _turnarounds(context: Context) -> Iterator[int]:
    """From each response of the HA to the next request of the UE in IKE_AUTH, which follows at once."""
    for sa in context.session.ike_sas[:1]:
        for before, after in pairwise(sa.exchanges[key] for key in sorted(sa.exchanges) if key[0]):
            request = after.request
            if before.response is not None and request is not None and request.message.exchange_type == IKE_AUTH:
                yield max(0, request.at - before.response.at)


# Guards


def sent_by_ue(event: AnyEvent, context: Context) -> bool:
    """The UE tunnels traffic of its Home Address or home prefix."""
    return context.role is Role.UE and _is_of_home(context, event.message.inner_source)


def sent_by_ha(event: AnyEvent, context: Context) -> bool:
    """The Home Agent tunnels traffic to the Home Address or home prefix."""
    return context.role is Role.HA and _is_of_home(context, event.message.inner_destination)


def _is_of_home(context: Context, inner: Address | None) -> bool:
    """Of a Home Address that is on record; while none is, of the home prefix as far as that is known."""
    session = context.session
    if context.home is not None or session.homes:
        return context.home is not None
    return inner is None or inner.version == 4 or not session.home_prefixes or lies_in_home_prefix(session, inner)


# Times


def end_of(binding: Binding) -> int:
    """When a binding ended or will expire."""
    return binding.expires_at if binding.ended_at is None else min(binding.ended_at, binding.expires_at)


def all_bindings(home: HomeRegistration | None) -> list[Binding]:
    """Those in force and those that ended, the newest last."""
    return [] if home is None else [*home.former, *home.bindings.values()]


def bound_until(context: Context, address: Address | None = None) -> int:
    """Until when (ns) there was or is any binding, or one of that care-of address as seen outside, with the grace."""
    ends = [end_of(b) for b in all_bindings(context.home) if address in (None, b.outer.address)]
    return max(ends) + grace(context) if ends else NEVER


def binding_at(context: Context, address: Address, at: int) -> Binding | None:
    """The newest binding of a care-of address as seen outside that was in force at that time or until lately."""
    found = [b for b in all_bindings(context.home) if b.outer.address == address and at <= end_of(b) + grace(context)]
    return found[-1] if found else None


def other_way_until(binding: Binding, context: Context) -> int:
    """Until when data may come in the other form of RFC 5555: a refresh told F anew, and packets were in flight."""
    home = context.home
    for ack in reversed(home.acks if home else ()):
        if ack.at >= binding.ack.at or ack_in(ack).is_refusal:
            continue
        if ack.message.care_of_address == binding.outer.address:
            return binding.at + in_flight(context) if forces_udp(ack) is not binding.force_udp else NEVER
    return NEVER


def forces_udp(ack: MobilityEvent) -> bool:
    """NAT Detection with the F flag."""
    option = ack.message.option(NatDetection)
    return option is not None and option.force_udp


# Verdicts


def blamed(
    segment: TunnelSegment, until: int, *, expected: str, observed: str, related: tuple[int, ...] = ()
) -> Outcome:
    """Nothing was sent behind a time, or the first frame behind it is to blame."""
    first = segment.first_at_or_after(until + 1)
    if first is None:
        return PASSED
    return failed(expected=expected, observed=observed, related=related, frame=first[0], at=first[1])


def is_sent_by(segment: TunnelSegment, until: int) -> bool:
    """All of it was sent by then: asked first, as words are made for those that fail only."""
    return segment.first_at_or_after(until + 1) is None


def unless_unseen(outcome: Outcome, context: Context) -> Outcome:
    """A fail for want of a binding is none where its acknowledgement may not have been captured or opened."""
    if outcome is PASSED:
        return PASSED
    doubt = unseen_binding(context)
    return inconclusive(f"{doubt} ({outcome.observed})") if doubt else replace(outcome, absence=True)


def unseen_binding(context: Context) -> str:
    """Why a binding may be in force that is not on record."""
    last = context.home.last_ack if context.home else None
    return late_start(context) or sealed_flow(context.session, Role.HA, since=last.at if last else 0)


def what(segment: TunnelSegment) -> str:
    """A segment's data in a few words."""
    inner = f"from {segment.inner_source} to {segment.inner_destination}" if segment.inner_source else "cut"
    return f"IPv{segment.inner_family} data {inner}, {in_what(segment.encapsulation)}"


def in_what(encapsulation: Encapsulation) -> str:
    """``in UDP``, ``IPv6 in IPv4``."""
    return f"in {encapsulation.value}" if encapsulation in IN_UDP else encapsulation.value
