"""The Home Agent: TS 24.303 clauses 5.1.3.1 and 5.1.3.2, on one IKE SA; the mirror of the UE.

Before it has accepted IKE_SA_INIT the Home Agent keeps no state (RFC 7296 section 2.6). After a redirect it only waits
for the UE to delete the SA. Its bindings, with the NAT and the flows that it knows of, stand in regions beside
(:mod:`rules.machines.regions`).
"""

from __future__ import annotations

from enum import Enum

from rules.machines.table import Implies, Signal, Table, moves_of


class HaState(Enum):
    """States of the Home Agent towards one UE."""

    IDLE = "idle"
    INIT_RECEIVED = "IKE_SA_INIT received"
    INIT_ANSWERED = "IKE_SA_INIT answered"
    AUTHENTICATING = "authenticating the UE"
    AUTH_UNREAD = "authenticating the UE, not readable"
    ESTABLISHED = "IKE SA established"
    CHILD_RECEIVED = "Home Address SA asked for"
    SERVING = "Home Address SA ready"
    UPDATE_RECEIVED = "Binding Update received"
    BOUND = "bound"
    REFRESH_RECEIVED = "refresh received"
    REMOVAL_RECEIVED = "de-registration received"
    UNBOUND = "not bound"
    REDIRECTED = "UE redirected"
    REFUSED = "UE refused"
    CLOSING = "IKE SA being deleted"
    CLOSED = "closed"
    UNSEEN = "start not captured"

    __hash__ = object.__hash__  # see Signal


_ENDS: dict[Signal, HaState] = {
    Signal.DELETE_SENT: HaState.CLOSING,
    Signal.DELETED: HaState.CLOSED,
}


def _using(state: HaState) -> dict[Signal, HaState]:
    """What goes on on the IKE SA beside the registration, and leaves the state as it is."""
    kept = (Signal.CHILD_ASKED, Signal.CHILD_MADE, Signal.CHILD_REFUSED, Signal.SA_USED)
    return {**dict.fromkeys(kept, state), Signal.REDIRECTED: HaState.REDIRECTED, **_ENDS}


HA_TABLE: Table[HaState] = {
    HaState.IDLE: {Signal.INIT_SENT: HaState.INIT_RECEIVED},
    HaState.INIT_RECEIVED: {
        Signal.INIT_SENT: HaState.INIT_RECEIVED,
        Signal.INIT_REFUSED: HaState.IDLE,
        Signal.INIT_REDIRECTED: HaState.REDIRECTED,
        Signal.INIT_ACCEPTED: HaState.INIT_ANSWERED,
    },
    HaState.INIT_ANSWERED: {Signal.AUTH_SENT: HaState.AUTHENTICATING},
    HaState.AUTHENTICATING: {
        Signal.AUTH_SENT: HaState.AUTHENTICATING,
        Signal.AUTH_GOES_ON: HaState.AUTHENTICATING,
        Signal.AUTH_UNREAD: HaState.AUTH_UNREAD,
        Signal.AUTH_REDIRECTED: HaState.REDIRECTED,
        Signal.AUTH_REFUSED: HaState.REFUSED,
        Signal.AUTH_COMPLETED: HaState.ESTABLISHED,
        **_ENDS,
    },
    HaState.AUTH_UNREAD: {
        Signal.AUTH_SENT: HaState.AUTH_UNREAD,
        Signal.AUTH_GOES_ON: HaState.AUTHENTICATING,
        Signal.AUTH_UNREAD: HaState.AUTH_UNREAD,
        Signal.AUTH_REDIRECTED: HaState.REDIRECTED,
        Signal.AUTH_REFUSED: HaState.REFUSED,
        Signal.AUTH_COMPLETED: HaState.ESTABLISHED,
        Signal.CHILD_ASKED: HaState.CHILD_RECEIVED,
        Signal.SA_USED: HaState.ESTABLISHED,
        Signal.REDIRECTED: HaState.REDIRECTED,
        **_ENDS,
    },
    HaState.ESTABLISHED: {
        Signal.CHILD_ASKED: HaState.CHILD_RECEIVED,
        Signal.SA_USED: HaState.ESTABLISHED,
        Signal.REDIRECTED: HaState.REDIRECTED,
        **_ENDS,
    },
    HaState.CHILD_RECEIVED: {
        Signal.CHILD_ASKED: HaState.CHILD_RECEIVED,
        Signal.CHILD_MADE: HaState.SERVING,
        Signal.CHILD_REFUSED: HaState.ESTABLISHED,
        Signal.SA_USED: HaState.CHILD_RECEIVED,
        Signal.REDIRECTED: HaState.REDIRECTED,
        **_ENDS,
    },
    HaState.SERVING: {
        **_using(HaState.SERVING),
        Signal.UPDATE_SENT: HaState.UPDATE_RECEIVED,
        Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,  # of a binding that an earlier IKE SA has left
    },
    HaState.UPDATE_RECEIVED: {
        **_using(HaState.UPDATE_RECEIVED),
        Signal.UPDATE_SENT: HaState.UPDATE_RECEIVED,
        Signal.UPDATE_ACCEPTED: HaState.BOUND,
        Signal.UPDATE_REFUSED: HaState.UNBOUND,
        Signal.CHANGE_REFUSED: HaState.BOUND,
        Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,
    },
    HaState.BOUND: {
        **_using(HaState.BOUND),
        Signal.UPDATE_SENT: HaState.REFRESH_RECEIVED,
        Signal.UPDATE_ACCEPTED: HaState.BOUND,  # one more answer to an update that was sent again
        Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,
        Signal.LIFETIME_OVER: HaState.UNBOUND,
    },
    HaState.REFRESH_RECEIVED: {
        **_using(HaState.REFRESH_RECEIVED),
        Signal.UPDATE_SENT: HaState.REFRESH_RECEIVED,
        Signal.UPDATE_ACCEPTED: HaState.BOUND,
        Signal.UPDATE_REFUSED: HaState.UNBOUND,
        Signal.CHANGE_REFUSED: HaState.BOUND,  # the binding lives on until its lifetime is over
        Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,
        Signal.LIFETIME_OVER: HaState.UPDATE_RECEIVED,
    },
    HaState.REMOVAL_RECEIVED: {
        **_using(HaState.REMOVAL_RECEIVED),
        Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,
        Signal.DEREGISTER_ACCEPTED: HaState.UNBOUND,
        Signal.RETURN_ACCEPTED: HaState.UNBOUND,
        Signal.UPDATE_SENT: HaState.UPDATE_RECEIVED,
        Signal.UPDATE_ACCEPTED: HaState.BOUND,  # other bindings stay, or an answer that crossed
        Signal.UPDATE_REFUSED: HaState.UNBOUND,
        Signal.CHANGE_REFUSED: HaState.BOUND,
    },
    HaState.UNBOUND: {
        **_using(HaState.UNBOUND),
        Signal.UPDATE_SENT: HaState.UPDATE_RECEIVED,
        Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,
        Signal.DEREGISTER_ACCEPTED: HaState.UNBOUND,  # one more answer to an update that was sent again
        Signal.RETURN_ACCEPTED: HaState.UNBOUND,
    },
    HaState.REDIRECTED: {Signal.SA_USED: HaState.REDIRECTED, **_ENDS},
    HaState.REFUSED: {Signal.AUTH_REFUSED: HaState.REFUSED, **_ENDS},
    HaState.CLOSING: {
        # Requests that crossed the delete on their way.
        Signal.CHILD_ASKED: HaState.CLOSING,
        Signal.CHILD_MADE: HaState.CLOSING,
        Signal.CHILD_REFUSED: HaState.CLOSING,
        Signal.SA_USED: HaState.CLOSING,
        **_ENDS,
    },
    HaState.CLOSED: {Signal.DELETE_SENT: HaState.CLOSED, Signal.DELETED: HaState.CLOSED},
}

HA_IMPLIES: Implies[HaState] = {
    Signal.INIT_SENT: HaState.INIT_RECEIVED,
    Signal.INIT_REFUSED: HaState.IDLE,
    Signal.INIT_REDIRECTED: HaState.REDIRECTED,
    Signal.INIT_ACCEPTED: HaState.INIT_ANSWERED,
    Signal.AUTH_SENT: HaState.AUTHENTICATING,
    Signal.AUTH_GOES_ON: HaState.AUTHENTICATING,
    Signal.AUTH_UNREAD: HaState.AUTH_UNREAD,
    Signal.AUTH_REDIRECTED: HaState.REDIRECTED,
    Signal.AUTH_REFUSED: HaState.REFUSED,
    Signal.AUTH_COMPLETED: HaState.ESTABLISHED,
    Signal.CHILD_ASKED: HaState.CHILD_RECEIVED,
    Signal.CHILD_MADE: HaState.SERVING,
    Signal.CHILD_REFUSED: HaState.ESTABLISHED,
    Signal.SA_USED: HaState.UNSEEN,  # the SA stands; how far the registration is, this does not tell
    Signal.REDIRECTED: HaState.REDIRECTED,
    Signal.UPDATE_SENT: HaState.UPDATE_RECEIVED,
    Signal.UPDATE_ACCEPTED: HaState.BOUND,
    Signal.UPDATE_REFUSED: HaState.UNBOUND,
    Signal.CHANGE_REFUSED: HaState.BOUND,
    Signal.DEREGISTER_SENT: HaState.REMOVAL_RECEIVED,
    Signal.DEREGISTER_ACCEPTED: HaState.UNBOUND,
    Signal.RETURN_ACCEPTED: HaState.UNBOUND,
    Signal.LIFETIME_OVER: HaState.UNBOUND,
    Signal.DELETE_SENT: HaState.CLOSING,
    Signal.DELETED: HaState.CLOSED,
}

HA_MOVES = moves_of(HA_TABLE, HA_IMPLIES, HaState.UNSEEN)
