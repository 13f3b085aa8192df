"""RFC 3775 (RFC 6275) sections 11.8 and 12: how long a UE waits before it sends a Binding Update again."""

from __future__ import annotations

from dataclasses import replace

from rules.base.rfc3775_sequence import NUMBERS, sealed_flow
from rules.bindings import SECOND, HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.obligations import seconds
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import late_start, sends_to_home_agent, update_in

INITIAL_BINDACK_TIMEOUT = 1.0
INITIAL_BINDACK_TIMEOUT_FIRST_REG = 1.5
MAX_BINDACK_TIMEOUT = 32.0
"""s; RFC 6275 sections 12 and 13."""
EARLY = 0.95
"""A timer that fires up to 5 % early, as captured, is taken for punctual."""
SLACK = 0.75
"""What one wait must be of twice the one before: that one may have been late."""


def _series(event: MobilityEvent, home: HomeRegistration) -> list[MobilityEvent]:
    """The copies of an update that were sent before it without an answer, in order."""
    copies: list[MobilityEvent] = []
    answered_at = home.acks[-1].at if home.acks else -1
    for update in reversed(home.updates):
        if update.at <= answered_at or not _same(update, event):
            break
        copies.append(update)
    return copies[::-1]


def _same(one: MobilityEvent, other: MobilityEvent) -> bool:
    """They ask for the same: all but the sequence number, and with it the checksum."""
    first, second = (replace(update_in(e), sequence=0, checksum=0, checksum_ok=None) for e in (one, other))
    ends = (one.message.addressing, other.message.addressing)
    return first == second and ends[0] == ends[1]


def _is_sent_again(event: AnyEvent, context: Context) -> bool:
    home = context.home
    return home is not None and sends_to_home_agent(event, context) and bool(_series(event, home))


@check("RFC3775-07", on=Kind.BINDING_UPDATE, when=_is_sent_again)
def update_sent_again_too_soon(event: MobilityEvent, context: Context) -> Outcome:
    """Every UE of a cell sends at once when the HA is slow; only waits that double let it recover."""
    home = context.home
    assert home is not None
    copies = _series(event, home)
    waited = (event.at - copies[-1].at) / SECOND
    shortest = min(MAX_BINDACK_TIMEOUT, _first_wait(copies[0], context) * 2 ** (len(copies) - 1))
    before = (copies[-1].at - copies[-2].at) / SECOND if len(copies) > 1 else 0.0
    doubled = min(MAX_BINDACK_TIMEOUT, 2 * before)
    if waited >= shortest * EARLY and waited >= doubled * SLACK:
        return PASSED
    hidden = _unseen(event, copies[-1], context)
    observed = f"sent again after {seconds(event.at - copies[-1].at)}"
    if hidden:
        return inconclusive(f"{hidden} ({observed})")
    if waited < shortest * EARLY:
        expected = f"at least {shortest:g} s before copy {len(copies)} is sent"
    else:
        expected = f"about twice the {seconds(copies[-1].at - copies[-2].at)} before it, up to 32 s"
    return failed(expected=expected, observed=observed, related=tuple(copy.frame for copy in copies[-2:]))


def _first_wait(first: MobilityEvent, context: Context) -> float:
    """The wait for the first registration is the longer one: the HA may have to look for duplicate addresses."""
    home = context.home
    is_first = home is not None and not home.is_registered(first.at) and not update_in(first).is_deregistration
    return INITIAL_BINDACK_TIMEOUT_FIRST_REG if is_first and not late_start(context) else INITIAL_BINDACK_TIMEOUT


def _unseen(event: MobilityEvent, last: MobilityEvent, context: Context) -> str:
    """Why an answer may have come, or another copy gone out, between the two."""
    step = (update_in(event).sequence - update_in(last).sequence) % NUMBERS
    if step > 1:
        return f"the sequence number went on by {step}: updates in between may not have been captured"
    return sealed_flow(context.session, Role.HA, since=last.at)
