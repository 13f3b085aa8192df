"""The Home Agent as far as IKEv2 shows it: TS 24.303 clause 5.1.3.1, on one IKE SA; the mirror of the UE.

Before it has accepted IKE_SA_INIT the Home Agent keeps no state (RFC 7296 section 2.6). After a redirect it only waits
for the UE to delete the SA.
"""

from __future__ import annotations

from enum import Enum

from rules.machines.table import Implies, Signal, Table


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
        Signal.CHILD_ASKED: HaState.SERVING,
        Signal.CHILD_MADE: HaState.SERVING,
        Signal.CHILD_REFUSED: HaState.SERVING,
        Signal.SA_USED: HaState.SERVING,
        Signal.REDIRECTED: HaState.REDIRECTED,
        **_ENDS,
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
    Signal.SA_USED: HaState.ESTABLISHED,
    Signal.REDIRECTED: HaState.REDIRECTED,
    Signal.DELETE_SENT: HaState.CLOSING,
    Signal.DELETED: HaState.CLOSED,
}
