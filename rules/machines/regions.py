"""What is registered, beside the states of the registration: the same for both peers, as each of them holds it.

The UE has its Binding Update List (24.303 clause 5.1.2.4, RFC 6275 section 11.1), the Home Agent its Binding Cache
(clause 5.1.3.2, RFC 6275 section 9.1), what it found out about a NAT (RFC 5555 section 4.4.1) and the flow bindings
(RFC 6089 section 5.3). None of this depends on how the registration goes on meanwhile: a refresh that is refused
leaves it as it is. So it stands in regions of its own.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any, TypeAlias

from rules.machines.table import Region, Signal, anywhere


class Registered(Enum):
    """For what the UE has entries in its Binding Update List; "IFOM" where they are told apart by BID."""

    NONE = "nothing registered"
    V6 = "IPv6 only"
    DUAL = "dual"
    V6_IFOM = "IPv6 only, IFOM"
    DUAL_IFOM = "dual, IFOM"

    __hash__ = object.__hash__  # see Signal


class Bound(Enum):
    """For what the Home Agent has binding cache entries, one for each BID where there are BIDs."""

    NONE = "nothing bound"
    V6 = "IPv6"
    DUAL = "IPv6+IPv4"
    V6_BIDS = "IPv6 per BID"
    DUAL_BIDS = "IPv6+IPv4 per BID"

    __hash__ = object.__hash__  # see Signal


class Nat(Enum):
    """Whether the Home Agent found a NAT before any care-of address that is bound."""

    UNKNOWN = "NAT not known"
    NONE = "no NAT"
    BEHIND = "behind NAT"

    __hash__ = object.__hash__  # see Signal


class FlowBindings(Enum):
    """Whether the Home Agent has any flow binding."""

    NONE = "no flows"
    INSTALLED = "flows"

    __hash__ = object.__hash__  # see Signal


Beside: TypeAlias = tuple[Enum, ...]
"""A state of each region of a peer."""

REGISTERED = Region(
    "registered",
    "what is registered",
    anywhere(
        Registered,
        {
            Signal.BOUND_V6: Registered.V6,
            Signal.BOUND_DUAL: Registered.DUAL,
            Signal.BOUND_V6_BIDS: Registered.V6_IFOM,
            Signal.BOUND_DUAL_BIDS: Registered.DUAL_IFOM,
            Signal.UNBOUND: Registered.NONE,
        },
    ),
)
BOUND = Region(
    "binding",
    "binding cache",
    anywhere(
        Bound,
        {
            Signal.BOUND_V6: Bound.V6,
            Signal.BOUND_DUAL: Bound.DUAL,
            Signal.BOUND_V6_BIDS: Bound.V6_BIDS,
            Signal.BOUND_DUAL_BIDS: Bound.DUAL_BIDS,
            Signal.UNBOUND: Bound.NONE,
        },
    ),
)
NAT = Region(
    "nat",
    "NAT",
    anywhere(
        Nat,
        {
            Signal.NAT_FOUND: Nat.BEHIND,
            Signal.NAT_ABSENT: Nat.NONE,
            Signal.NAT_UNTOLD: Nat.UNKNOWN,
            Signal.UNBOUND: Nat.UNKNOWN,
        },
    ),
    quiet=frozenset({Nat.NONE}),
)
FLOWS = Region(
    "flows",
    "flow bindings",
    anywhere(
        FlowBindings,
        {
            Signal.FLOWS_SET: FlowBindings.INSTALLED,
            Signal.FLOWS_GONE: FlowBindings.NONE,
            Signal.UNBOUND: FlowBindings.NONE,
        },
    ),
    quiet=frozenset({FlowBindings.NONE}),
)
Regions: TypeAlias = tuple[Region[Any], ...]
UE_REGIONS: Regions = (REGISTERED,)
HA_REGIONS: Regions = (BOUND, NAT, FLOWS)
UE_BESIDE: Beside = tuple(region.start for region in UE_REGIONS)
HA_BESIDE: Beside = tuple(region.start for region in HA_REGIONS)


@cache
def moved(regions: Regions, beside: Beside, signals: tuple[Signal, ...]) -> Beside:
    """Where some signals lead the regions of a peer. Of the few possible tuples all sessions share one each."""
    return tuple(_region_after(r, state, signals) for r, state in zip(regions, beside, strict=True))


def _region_after(region: Region[Any], state: Enum, signals: tuple[Signal, ...]) -> Enum:
    for signal in signals:
        state = region.after(state, signal)
    return state


def beside_text(regions: Regions, beside: Beside) -> str:
    """``IPv6+IPv4, behind NAT``; empty where nothing is registered."""
    if beside[0] is regions[0].start:
        return ""
    told = (state for region, state in zip(regions, beside, strict=True) if state not in region.quiet)
    return ", ".join(str(state.value) for state in told)
