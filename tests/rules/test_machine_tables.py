"""The tables of the machines: transitions written by hand from the clauses; no event is left without an answer."""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import Any

import pytest

from rules.machines.ha import HA_IMPLIES, HA_MOVES, HA_TABLE, HaState
from rules.machines.regions import (
    BOUND,
    FLOWS,
    HA_REGIONS,
    NAT,
    REGISTERED,
    UE_REGIONS,
    Bound,
    FlowBindings,
    Nat,
    Registered,
    moved,
)
from rules.machines.table import OF_NEITHER, Region, Signal
from rules.machines.ue import UE_IMPLIES, UE_MOVES, UE_TABLE, UeState

U, H, S = UeState, HaState, Signal

UE_BY_CLAUSE = [
    # 5.1.2.1: a UE that does not know its Home Agent looks for it before it speaks to it
    (U.DETACHED, S.SEARCH_SENT, U.DISCOVERING),
    (U.DISCOVERING, S.SEARCH_ANSWERED, U.DISCOVERING),  # 5.1.2.1.5: a name is still to be looked up
    (U.DISCOVERING, S.INIT_SENT, U.INIT_SENT),
    # 5.1.2.2, RFC 7296 sections 1.2 and 2.16
    (U.DETACHED, S.INIT_SENT, U.INIT_SENT),
    (U.INIT_SENT, S.INIT_ACCEPTED, U.INIT_DONE),
    (U.INIT_DONE, S.AUTH_SENT, U.AUTHENTICATING),
    (U.AUTHENTICATING, S.AUTH_GOES_ON, U.AUTHENTICATING),
    (U.AUTHENTICATING, S.AUTH_COMPLETED, U.ESTABLISHED),
    (U.AUTHENTICATING, S.AUTH_REFUSED, U.REFUSED),
    # 5.1.2.2, RFC 5685 sections 3, 5 and 6
    (U.INIT_SENT, S.INIT_REDIRECTED, U.REDIRECTED),
    (U.AUTHENTICATING, S.AUTH_REDIRECTED, U.REDIRECTED),
    (U.REGISTERED, S.REDIRECTED, U.REDIRECTED),
    (U.REDIRECTED, S.DELETE_SENT, U.CLOSING),
    (U.CLOSING, S.DELETED, U.CLOSED),
    # 5.1.2.2, RFC 4877 section 4.3: the Home Address is made of the prefix, and gets an SA
    (U.ESTABLISHED, S.CHILD_ASKED, U.CONFIGURED),
    (U.CONFIGURED, S.CHILD_MADE, U.DETECTING),
    (U.CONFIGURED, S.CHILD_REFUSED, U.ESTABLISHED),
    # 5.1.2.3: the prefixes that are advertised tell whether this is the home link
    (U.DETECTING, S.LINK_HOME, U.AT_HOME),
    (U.DETECTING, S.LINK_FOREIGN, U.AWAY),
    (U.AT_HOME, S.LINK_FOREIGN, U.AWAY),
    (U.AWAY, S.LINK_HOME, U.AT_HOME),
    # 5.1.2.4
    (U.DETECTING, S.UPDATE_SENT, U.REGISTERING),
    (U.AWAY, S.UPDATE_SENT, U.REGISTERING),
    (U.REGISTERING, S.UPDATE_ACCEPTED, U.REGISTERED),
    (U.REGISTERING, S.UPDATE_REFUSED, U.UNBOUND),
    (U.UNBOUND, S.UPDATE_SENT, U.REGISTERING),  # sent again after 128
    # RFC 6275 section 11.7.1, and the lifetime of a Binding Update List entry
    (U.REGISTERED, S.UPDATE_SENT, U.REFRESHING),
    (U.REFRESHING, S.UPDATE_ACCEPTED, U.REGISTERED),
    (U.REFRESHING, S.CHANGE_REFUSED, U.REGISTERED),
    (U.REFRESHING, S.LIFETIME_OVER, U.REGISTERING),
    (U.REGISTERED, S.LIFETIME_OVER, U.UNBOUND),
    # 5.1.2.3 with RFC 6275 section 11.5.5, and RFC 5648 section 5.6: one of several bindings is given back
    (U.REGISTERED, S.LINK_HOME, U.REGISTERED),
    (U.REGISTERED, S.DEREGISTER_SENT, U.DEREGISTERING),
    (U.DEREGISTERING, S.RETURN_ACCEPTED, U.AT_HOME),
    (U.DEREGISTERING, S.DEREGISTER_ACCEPTED, U.UNBOUND),
    (U.DEREGISTERING, S.UPDATE_ACCEPTED, U.REGISTERED),
]

HA_BY_CLAUSE = [
    # 5.1.3.1, RFC 7296 section 2.6: no state before the request that is accepted
    (H.IDLE, S.INIT_SENT, H.INIT_RECEIVED),
    (H.INIT_RECEIVED, S.INIT_REFUSED, H.IDLE),
    (H.INIT_RECEIVED, S.INIT_ACCEPTED, H.INIT_ANSWERED),
    (H.INIT_ANSWERED, S.AUTH_SENT, H.AUTHENTICATING),
    (H.AUTHENTICATING, S.AUTH_COMPLETED, H.ESTABLISHED),
    (H.AUTHENTICATING, S.AUTH_REFUSED, H.REFUSED),
    # 5.1.3.1: after a redirect it waits for the UE to delete the SA
    (H.AUTHENTICATING, S.AUTH_REDIRECTED, H.REDIRECTED),
    (H.REDIRECTED, S.DELETE_SENT, H.CLOSING),
    (H.CLOSING, S.DELETED, H.CLOSED),
    (H.ESTABLISHED, S.CHILD_ASKED, H.CHILD_RECEIVED),
    (H.CHILD_RECEIVED, S.CHILD_MADE, H.SERVING),
    # 5.1.3.2
    (H.SERVING, S.UPDATE_SENT, H.UPDATE_RECEIVED),
    (H.UPDATE_RECEIVED, S.UPDATE_ACCEPTED, H.BOUND),
    (H.UPDATE_RECEIVED, S.UPDATE_REFUSED, H.UNBOUND),
    # RFC 6275 sections 9.5.1, 10.3.1 and 10.3.2
    (H.BOUND, S.UPDATE_SENT, H.REFRESH_RECEIVED),
    (H.REFRESH_RECEIVED, S.CHANGE_REFUSED, H.BOUND),
    (H.BOUND, S.LIFETIME_OVER, H.UNBOUND),
    (H.BOUND, S.DEREGISTER_SENT, H.REMOVAL_RECEIVED),
    (H.REMOVAL_RECEIVED, S.DEREGISTER_ACCEPTED, H.UNBOUND),
    (H.REMOVAL_RECEIVED, S.RETURN_ACCEPTED, H.UNBOUND),
    (H.REMOVAL_RECEIVED, S.UPDATE_ACCEPTED, H.BOUND),
]

REGIONS_BY_CLAUSE = [
    # 5.1.2.4: entries of the Binding Update List for one Home Address or for two, RFC 5648 for BIDs
    (REGISTERED, Registered.NONE, S.BOUND_V6, Registered.V6),
    (REGISTERED, Registered.NONE, S.BOUND_DUAL, Registered.DUAL),
    (REGISTERED, Registered.V6, S.BOUND_DUAL, Registered.DUAL),
    (REGISTERED, Registered.V6, S.BOUND_V6_BIDS, Registered.V6_IFOM),
    (REGISTERED, Registered.DUAL, S.BOUND_DUAL_BIDS, Registered.DUAL_IFOM),
    (REGISTERED, Registered.DUAL_IFOM, S.UNBOUND, Registered.NONE),
    # 5.1.3.2: two bindings where both Home Addresses are accepted
    (BOUND, Bound.NONE, S.BOUND_V6, Bound.V6),
    (BOUND, Bound.NONE, S.BOUND_DUAL, Bound.DUAL),
    (BOUND, Bound.DUAL, S.BOUND_V6_BIDS, Bound.V6_BIDS),
    (BOUND, Bound.V6_BIDS, S.BOUND_DUAL_BIDS, Bound.DUAL_BIDS),
    (BOUND, Bound.V6_BIDS, S.UNBOUND, Bound.NONE),
    # 5.1.3.2, RFC 5555 section 4.4.1
    (NAT, Nat.UNKNOWN, S.NAT_FOUND, Nat.BEHIND),
    (NAT, Nat.BEHIND, S.NAT_ABSENT, Nat.NONE),
    (NAT, Nat.NONE, S.NAT_UNTOLD, Nat.UNKNOWN),
    (NAT, Nat.BEHIND, S.UNBOUND, Nat.UNKNOWN),
    (NAT, Nat.BEHIND, S.FLOWS_SET, Nat.BEHIND),
    # RFC 6089 section 5
    (FLOWS, FlowBindings.NONE, S.FLOWS_SET, FlowBindings.INSTALLED),
    (FLOWS, FlowBindings.INSTALLED, S.FLOWS_GONE, FlowBindings.NONE),
    (FLOWS, FlowBindings.INSTALLED, S.UNBOUND, FlowBindings.NONE),
    (FLOWS, FlowBindings.INSTALLED, S.NAT_FOUND, FlowBindings.INSTALLED),
]


@pytest.mark.parametrize(("state", "signal", "after"), UE_BY_CLAUSE)
def test_the_ue_goes_where_the_clauses_send_it(state: UeState, signal: Signal, after: UeState) -> None:
    assert UE_MOVES[state][signal] == (after, True)


@pytest.mark.parametrize(("state", "signal", "after"), HA_BY_CLAUSE)
def test_the_home_agent_goes_where_the_clauses_send_it(state: HaState, signal: Signal, after: HaState) -> None:
    assert HA_MOVES[state][signal] == (after, True)


@pytest.mark.parametrize(("region", "state", "signal", "after"), REGIONS_BY_CLAUSE)
def test_the_regions_hold_what_was_accepted(region: Region[Any], state: Enum, signal: Signal, after: Enum) -> None:
    assert region.after(state, signal) is after


UE_IS_SURPRISED = [
    (U.DETACHED, S.AUTH_SENT, U.AUTHENTICATING),  # no IKE_SA_INIT
    (U.INIT_SENT, S.AUTH_SENT, U.AUTHENTICATING),  # not answered yet
    (U.ESTABLISHED, S.UPDATE_SENT, U.REGISTERING),  # no SA for the Home Address
    (U.CONFIGURED, S.UPDATE_SENT, U.REGISTERING),
    (U.DETECTING, S.DEREGISTER_SENT, U.DEREGISTERING),  # nothing to give back
    (U.CLOSED, S.UPDATE_SENT, U.REGISTERING),
    (U.REDIRECTED, S.CHILD_ASKED, U.CONFIGURED),
    (U.DETACHED, S.SA_USED, U.UNSEEN),  # there is an SA; how far the registration is, that does not tell
]
HA_IS_SURPRISED = [
    (H.IDLE, S.INIT_ACCEPTED, H.INIT_ANSWERED),
    (H.SERVING, S.UPDATE_ACCEPTED, H.BOUND),  # nobody asked
    (H.BOUND, S.UPDATE_REFUSED, H.UNBOUND),
    (H.SERVING, S.DEREGISTER_ACCEPTED, H.UNBOUND),
    (H.REFUSED, S.AUTH_COMPLETED, H.ESTABLISHED),
]


@pytest.mark.parametrize(("moves", "rows"), [(UE_MOVES, UE_IS_SURPRISED), (HA_MOVES, HA_IS_SURPRISED)])
def test_what_has_no_transition_is_told_and_leads_where_the_message_itself_does(moves: Any, rows: list[Any]) -> None:
    assert [(state, signal, *moves[state][signal]) for state, signal, _ in rows] == [(*row, False) for row in rows]


MACHINES = [(UE_TABLE, UE_IMPLIES, UE_MOVES), (HA_TABLE, HA_IMPLIES, HA_MOVES)]


@pytest.mark.parametrize(("table", "implies", "moves"), MACHINES)
def test_every_event_in_every_state_has_a_transition_or_is_told(table: Any, implies: Any, moves: Any) -> None:
    states = type(next(iter(table)))
    for state, signal in product(states, Signal):
        after, expected = moves[state][signal]
        written = table.get(state, {}).get(signal)
        free = state is states.UNSEEN or signal in OF_NEITHER or signal not in implies
        assert expected == (written is not None or free), (state, signal)
        assert after is (written or implies.get(signal, state) if signal not in OF_NEITHER else written or state)


@pytest.mark.parametrize(("table", "implies", "moves"), MACHINES)
def test_a_table_leads_only_to_states_it_knows_and_every_state_is_reached(table: Any, implies: Any, moves: Any) -> None:
    states = type(next(iter(table)))
    assert set(table) == set(states) - {states.UNSEEN}
    reached = {after for row in table.values() for after in row.values()}
    assert reached | {next(iter(table))} == set(table)
    assert set(implies.values()) <= set(states)
    assert {signal for row in table.values() for signal in row} <= set(implies)


def test_every_signal_is_for_a_machine_or_for_a_region() -> None:
    of_regions = {s for region in (*UE_REGIONS, *HA_REGIONS) for row in region.table.values() for s in row}
    assert set(UE_IMPLIES) | of_regions == set(Signal)
    assert set(UE_IMPLIES) & of_regions == set()
    assert set(UE_IMPLIES) - set(HA_IMPLIES) == {S.SEARCH_SENT, S.SEARCH_ANSWERED, S.LINK_HOME, S.LINK_FOREIGN}


@pytest.mark.parametrize("region", [*UE_REGIONS, *HA_REGIONS], ids=lambda region: region.name)
def test_no_signal_surprises_a_region(region: Region[Any]) -> None:
    heard = {signal for row in region.table.values() for signal in row}
    assert set(region.table) == set(type(region.start))
    assert all(set(row) == heard for row in region.table.values())
    assert all(region.after(state, signal) is state for state in region.table for signal in set(Signal) - heard)


def test_the_ue_and_its_home_agent_hold_the_same_whatever_is_accepted() -> None:
    mirror = dict(zip(Registered, Bound, strict=True))
    for signal in (S.BOUND_V6, S.BOUND_DUAL, S.BOUND_V6_BIDS, S.BOUND_DUAL_BIDS, S.UNBOUND):
        (registered,) = moved(UE_REGIONS, (Registered.NONE,), (signal,))
        bound, *_ = moved(HA_REGIONS, (Bound.NONE, Nat.UNKNOWN, FlowBindings.NONE), (signal,))
        assert mirror[registered] is bound
