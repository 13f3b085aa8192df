"""The UE: TS 24.303 clauses 5.1.2.2 and 5.1.2.4, on one IKE SA.

The UE opens IKE_SA_INIT, authenticates with EAP-AKA inside IKE_AUTH, and asks with CREATE_CHILD_SA for the SA that
protects the signalling of its Home Address, on which it registers, refreshes and de-registers. A redirect sends it to
another Home Agent, where another machine begins.
"""

from __future__ import annotations

from enum import Enum

from rules.machines.table import Implies, Signal, Table


class UeState(Enum):
    """States of the UE."""

    DETACHED = "detached"
    INIT_SENT = "IKE_SA_INIT sent"
    INIT_DONE = "IKE_SA_INIT done"
    AUTHENTICATING = "authenticating"
    AUTH_UNREAD = "authenticating, not readable"
    ESTABLISHED = "IKE SA established"
    CHILD_ASKED = "Home Address SA asked for"
    READY = "Home Address SA ready"
    REGISTERING = "registering"
    REGISTERED = "registered"
    REFRESHING = "refreshing the registration"
    DEREGISTERING = "de-registering"
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
    UeState.DETACHED: {Signal.INIT_SENT: UeState.INIT_SENT},
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
        Signal.CHILD_ASKED: UeState.CHILD_ASKED,
        Signal.SA_USED: UeState.ESTABLISHED,
        Signal.REDIRECTED: UeState.REDIRECTED,
        **_ENDS,
    },
    UeState.ESTABLISHED: {
        Signal.CHILD_ASKED: UeState.CHILD_ASKED,
        Signal.SA_USED: UeState.ESTABLISHED,
        Signal.REDIRECTED: UeState.REDIRECTED,
        **_ENDS,
    },
    UeState.CHILD_ASKED: {
        Signal.CHILD_ASKED: UeState.CHILD_ASKED,
        Signal.CHILD_MADE: UeState.READY,
        Signal.CHILD_REFUSED: UeState.ESTABLISHED,
        Signal.SA_USED: UeState.CHILD_ASKED,
        Signal.REDIRECTED: UeState.REDIRECTED,
        **_ENDS,
    },
    UeState.READY: {
        **_using(UeState.READY),
        Signal.UPDATE_SENT: UeState.REGISTERING,
    },
    UeState.REGISTERING: {
        **_using(UeState.REGISTERING),
        Signal.UPDATE_SENT: UeState.REGISTERING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,
        Signal.UPDATE_REFUSED: UeState.READY,
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
    },
    UeState.REGISTERED: {
        **_using(UeState.REGISTERED),
        Signal.UPDATE_SENT: UeState.REFRESHING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,  # one more answer to an update that was sent again
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
    },
    UeState.REFRESHING: {
        **_using(UeState.REFRESHING),
        Signal.UPDATE_SENT: UeState.REFRESHING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,
        Signal.UPDATE_REFUSED: UeState.REGISTERED,  # the binding lives on until its lifetime is over
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
    },
    UeState.DEREGISTERING: {
        **_using(UeState.DEREGISTERING),
        Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
        Signal.DEREGISTER_ACCEPTED: UeState.READY,
        Signal.UPDATE_SENT: UeState.REGISTERING,
        Signal.UPDATE_ACCEPTED: UeState.REGISTERED,  # other bindings stay, or an answer that crossed
        Signal.UPDATE_REFUSED: UeState.REGISTERED,
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
    Signal.CHILD_ASKED: UeState.CHILD_ASKED,
    Signal.CHILD_MADE: UeState.READY,
    Signal.CHILD_REFUSED: UeState.ESTABLISHED,
    Signal.SA_USED: UeState.ESTABLISHED,
    Signal.REDIRECTED: UeState.REDIRECTED,
    Signal.UPDATE_SENT: UeState.REGISTERING,
    Signal.UPDATE_ACCEPTED: UeState.REGISTERED,
    Signal.UPDATE_REFUSED: UeState.READY,
    Signal.DEREGISTER_SENT: UeState.DEREGISTERING,
    Signal.DEREGISTER_ACCEPTED: UeState.READY,
    Signal.DELETE_SENT: UeState.CLOSING,
    Signal.DELETED: UeState.CLOSED,
}
