"""The UE: TS 24.303 clauses 5.1.2.1 to 5.1.2.4, on one IKE SA.

The UE looks for its Home Agent, opens IKE_SA_INIT, authenticates with EAP-AKA inside IKE_AUTH, makes a Home Address of
the prefix that it is given, and asks with CREATE_CHILD_SA for the SA that protects the signalling of that address. Then
it finds out by Router Advertisements whether it is at home: unless it is, it registers, refreshes and de-registers. A
redirect sends it to another Home Agent, where another machine begins. For what it is registered stands in a region
beside (:mod:`rules.machines.regions`).
"""

from __future__ import annotations

from enum import Enum

from rules.machines.table import Implies, Signal, Table, moves_of


class UeState(Enum):
    """States of the UE."""

    DETACHED = "detached"
    DISCOVERING = "discovering"
    INIT_SENT = "IKE_SA_INIT sent"
    INIT_DONE = "IKE_SA_INIT done"
    AUTHENTICATING = "authenticating"
    AUTH_UNREAD = "authenticating, not readable"
    ESTABLISHED = "IKE SA established"
    CONFIGURED = "Home Address configured"
    DETECTING = "detecting the home link"
    AT_HOME = "at home"
    AWAY = "on a foreign link"
    REGISTERING = "registering"
    REGISTERED = "registered"
    REFRESHING = "refreshing"
    DEREGISTERING = "de-registering"
    UNBOUND = "not registered"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    CLOSING = "deleting the IKE SA"
    CLOSED = "closed"
    UNSEEN = "start not captured"

    __hash__ = object.__hash__  # see Signal


_ENDS: dict[Signal, UeState] = {
    Signal.DELETE_SENT: UeState.CLOSING,
    Signal.DELETED: UeState.CLOSED,
}


def _using(state: UeState) -> dict[Signal, UeState]:
    """What goes on on the IKE SA beside the registration, and leaves the state as it is."""
    kept = (Signal.CHILD_ASKED, Signal.CHILD_MADE, Signal.CHILD_REFUSED, Signal.SA_USED)
    return {**dict.fromkeys(kept, state), Signal.REDIRECTED: UeState.REDIRECTED, **_ENDS}


UE_TABLE: Table[UeState] = {
    UeState.DETACHED: {
        Signal.SEARCH_SENT: UeState.DISCOVERING,
        Signal.INIT_SENT: UeState.INIT_SENT,  # it knows its Home Agent, or the search was not captured
    },
    UeState.DISCOVERING: {
        Signal.SEARCH_SENT: UeState.DISCOVERING,
        Signal.SEARCH_ANSWERED: UeState.DISCOVERING,  # with a name to look up, or with a part of the addresses
        Signal.INIT_SENT: UeState.INIT_SENT,
    },
    UeState.INIT_SENT: {
        Signal.INIT_SENT: UeState.INIT_SENT,
        Signal.INIT_REFUSED: UeState.DETACHED,
        Signal.INIT_REDIRECTED: UeState.REDIRECTED,
        Signal.INIT_ACCEPTED: UeState.INIT_DONE,
    },
    UeState.INIT_DONE: {Signal.AUTH_SENT: UeState.AUTHENTICATING},
    UeState.AUTHENTICATING: {
        Signal.AUTH_SENT: UeState.AUTHENTICATING,
        Signal.AUTH_GOES_ON: UeState.AUTHENTICATING,
        Signal.AUTH_UNREAD: UeState.AUTH_UNREAD,
        Signal.AUTH_REDIRECTED: UeState.REDIRECTED,
        Signal.AUTH_REFUSED: UeState.REFUSED,
        Signal.AUTH_COMPLETED: UeState.ESTABLISHED,
        **_ENDS,
    },
    UeState.AUTH_UNREAD: {
        Signal.AUTH_SENT: UeState.AUTH_UNREAD,
        Signal.AUTH_GOES_ON: UeState.AUTHENTICATING,
        Signal.AUTH_UNREAD: UeState.AUTH_UNREAD,
        Signal.AUTH_REDIRECTED: UeState.REDIRECTED,
        Signal.AUTH_REFUSED: UeState.REFUSED,
        Signal.AUTH_COMPLETED: UeState.ESTABLISHED,
        Signal.CHILD_ASKED: UeState.CONFIGURED,
        Signal.SA_USED: UeState.ESTABLISHED,
        Signal.REDIRECTED: UeState.REDIRECTED,
        **_ENDS,
    },
    UeState.ESTABLISHED: {
        Signal.CHILD_ASKED: UeState.CONFIGURED,
        Signal.SA_USED: UeState.ESTABLISHED,
        Signal.REDIRECTED: UeState.REDIRECTED,
        **_ENDS,
    },
    UeState.CONFIGURED: {
        Signal.CHILD_ASKED: UeState.CONFIGURED,
        Signal.CHILD_MADE: UeState.DETECTING,
        Signal.CHILD_REFUSED: UeState.ESTABLISHED,
        Signal.SA_USED: UeState.CONFIGURED,
        Signal.REDIRECTED: UeState.REDIRECTED,
        **_ENDS,
    },
    UeState.DETECTING: {
        **_using(UeState.DETECTING),
        Signal.LINK_HOME: UeState.AT_HOME,
        Signal.LINK_FOREIGN: UeState.AWAY,
        Signal.UPDATE_SENT: UeState.REGISTERING,  # an IPv4 link has no advertisements, others may go unseen
    },
    UeState.AT_HOME: {
        **_using(UeState.AT_HOME),
        Signal.LINK_FOREIGN: UeState.AWAY,
        Signal.UPDATE_SENT: UeState.REGISTERING,  # from another interface, or from where it has gone
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,  # of a binding that an earlier IKE SA has left
        Signal.RETURN_ACCEPTED: UeState.AT_HOME,  # one more answer to an update that was sent again
    },
    UeState.AWAY: {
        **_using(UeState.AWAY),
        Signal.LINK_HOME: UeState.AT_HOME,
        Signal.UPDATE_SENT: UeState.REGISTERING,
    },
    UeState.REGISTERING: {
        **_using(UeState.REGISTERING),
        Signal.UPDATE_SENT: UeState.REGISTERING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,
        Signal.UPDATE_REFUSED: UeState.UNBOUND,
        Signal.CHANGE_REFUSED: UeState.REGISTERED,
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
    },
    UeState.REGISTERED: {
        **_using(UeState.REGISTERED),
        Signal.UPDATE_SENT: UeState.REFRESHING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,  # one more answer to an update that was sent again
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
        Signal.LIFETIME_OVER: UeState.UNBOUND,
    },
    UeState.REFRESHING: {
        **_using(UeState.REFRESHING),
        Signal.UPDATE_SENT: UeState.REFRESHING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,
        Signal.UPDATE_REFUSED: UeState.UNBOUND,
        Signal.CHANGE_REFUSED: UeState.REGISTERED,  # the binding lives on until its lifetime is over
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
        Signal.LIFETIME_OVER: UeState.REGISTERING,
    },
    UeState.DEREGISTERING: {
        **_using(UeState.DEREGISTERING),
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
        Signal.DEREGISTER_ACCEPTED: UeState.UNBOUND,
        Signal.RETURN_ACCEPTED: UeState.AT_HOME,
        Signal.UPDATE_SENT: UeState.REGISTERING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,  # other bindings stay, or an answer that crossed
        Signal.UPDATE_REFUSED: UeState.UNBOUND,
        Signal.CHANGE_REFUSED: UeState.REGISTERED,
    },
    UeState.UNBOUND: {
        **_using(UeState.UNBOUND),
        Signal.LINK_HOME: UeState.AT_HOME,
        Signal.LINK_FOREIGN: UeState.AWAY,
        Signal.UPDATE_SENT: UeState.REGISTERING,
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,  # to be sure, or too late
        Signal.DEREGISTER_ACCEPTED: UeState.UNBOUND,  # one more answer to an update that was sent again
    },
    UeState.REDIRECTED: {Signal.SA_USED: UeState.REDIRECTED, **_ENDS},
    UeState.REFUSED: {Signal.AUTH_REFUSED: UeState.REFUSED, **_ENDS},
    UeState.CLOSING: {
        # Requests that crossed the delete on their way.
        Signal.CHILD_ASKED: UeState.CLOSING,
        Signal.CHILD_MADE: UeState.CLOSING,
        Signal.CHILD_REFUSED: UeState.CLOSING,
        Signal.SA_USED: UeState.CLOSING,
        **_ENDS,
    },
    UeState.CLOSED: {Signal.DELETE_SENT: UeState.CLOSED, Signal.DELETED: UeState.CLOSED},
}

UE_IMPLIES: Implies[UeState] = {
    Signal.SEARCH_SENT: UeState.DISCOVERING,
    Signal.SEARCH_ANSWERED: UeState.DISCOVERING,
    Signal.INIT_SENT: UeState.INIT_SENT,
    Signal.INIT_REFUSED: UeState.DETACHED,
    Signal.INIT_REDIRECTED: UeState.REDIRECTED,
    Signal.INIT_ACCEPTED: UeState.INIT_DONE,
    Signal.AUTH_SENT: UeState.AUTHENTICATING,
    Signal.AUTH_GOES_ON: UeState.AUTHENTICATING,
    Signal.AUTH_UNREAD: UeState.AUTH_UNREAD,
    Signal.AUTH_REDIRECTED: UeState.REDIRECTED,
    Signal.AUTH_REFUSED: UeState.REFUSED,
    Signal.AUTH_COMPLETED: UeState.ESTABLISHED,
    Signal.CHILD_ASKED: UeState.CONFIGURED,
    Signal.CHILD_MADE: UeState.DETECTING,
    Signal.CHILD_REFUSED: UeState.ESTABLISHED,
    Signal.SA_USED: UeState.UNSEEN,  # the SA stands; how far the registration is, this does not tell
    Signal.REDIRECTED: UeState.REDIRECTED,
    Signal.LINK_HOME: UeState.AT_HOME,
    Signal.LINK_FOREIGN: UeState.AWAY,
    Signal.UPDATE_SENT: UeState.REGISTERING,
    Signal.UPDATE_ACCEPTED: UeState.REGISTERED,
    Signal.UPDATE_REFUSED: UeState.UNBOUND,
    Signal.CHANGE_REFUSED: UeState.REGISTERED,
    Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
    Signal.DEREGISTER_ACCEPTED: UeState.UNBOUND,
    Signal.RETURN_ACCEPTED: UeState.AT_HOME,
    Signal.LIFETIME_OVER: UeState.UNBOUND,
    Signal.DELETE_SENT: UeState.CLOSING,
    Signal.DELETED: UeState.CLOSED,
}

UE_MOVES = moves_of(UE_TABLE, UE_IMPLIES, UeState.UNSEEN)
