"""RFC 3775 (RFC 6275) sections 9.5.1, 11.7.1 and 11.7.3: the sequence numbers of updates and acknowledgements.

They are compared modulo 2^16: a number is behind the last one where it is that one or lies up to 32768 before it.
"""

from __future__ import annotations

from dissectors.mobility.registry import BindingStatus
from rules.bindings import SECOND, HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, Session
from rules.ts24303.registering import ack_in, is_for_home_agent, late_start, sends_to_home_agent, update_in

OUT_OF_WINDOW = BindingStatus.SEQUENCE_NUMBER_OUT_OF_WINDOW.value
NUMBERS = 0x10000
AHEAD = 0x7FFF
"""So far ahead, and no farther, is a number that moves forward."""


def is_ahead(number: int, last: int) -> bool:
    """Whether a sequence number counts as greater than the last one (RFC 6275 section 9.5.1)."""
    return 1 <= (number - last) % NUMBERS <= AHEAD


def sealed_flow(session: Session, sender: Role, since: int = 0) -> str:
    """Why a Mobility Header from that end may have gone unread since a time; empty if none may."""
    for flow in session.esp_flows.values():
        last = flow.last
        if flow.sender is sender and last is not None and last.at >= since and last.message.sealed is not None:
            return f"an ESP packet of the {sender.value} in frame {last.frame} stays closed: {last.message.sealed}"
    return ""


# The acknowledgement has the number of its update


def _is_numbered(event: AnyEvent, context: Context) -> bool:
    return context.home is not None and ack_in(event).status != OUT_OF_WINDOW


@check("RFC3775-05", on=Kind.BINDING_ACK, when=_is_numbered)
def acknowledgement_of_no_update(event: MobilityEvent, context: Context) -> Outcome:
    """The number is all that tells the UE which of its updates was answered; any other it has to ignore."""
    home, number = context.home, ack_in(event).sequence
    assert home is not None
    asked = [update for update in home.updates if update_in(update).sequence == number]
    if asked and len(asked) > _answers(home, number, since=asked[0].at):
        return PASSED
    earlier = next((ack for ack in reversed(home.acks) if ack.message.message == event.message.message), None)
    if earlier is not None:
        return noted(f"the same acknowledgement as in frame {earlier.frame} again")
    doubt = _unseen_update(event, context)
    if doubt:
        return inconclusive(doubt)
    update = home.updates[-1]
    waiting = ", ".join(str(n) for n in list(home.waiting)[-3:])
    open_now = (
        f"sequence number {waiting}" if waiting else f"none: the update with {update_in(update).sequence} has its"
    )
    return failed(
        expected=f"the number of an update that waits for an answer ({open_now})" if not waiting else open_now,
        observed=f"sequence number {number}",
        related=(update.frame,),
    )


def _answers(home: HomeRegistration, number: int, since: int) -> int:
    """How many acknowledgements had a number since it was asked with; one that came before answered nothing."""
    acks = (ack_in(ack) for ack in home.acks if ack.at >= since)
    return sum(answer.sequence == number and answer.status != OUT_OF_WINDOW for answer in acks)


def _unseen_update(ack: MobilityEvent, context: Context) -> str:
    """Why the update that is answered may not have been captured or read."""
    home = context.home
    if home is None or not home.updates:
        return "no Binding Update of this Home Address was captured before"
    number = (update_in(home.updates[-1]).sequence + 1) % NUMBERS
    if not home.waiting and ack_in(ack).sequence == number:
        return f"none waits for an answer: the update with sequence number {number} was not captured"
    return late_start(context) or sealed_flow(context.session, Role.UE)


# Updates move forward


def _before(event: MobilityEvent, home: HomeRegistration) -> MobilityEvent | None:
    """The update that the same UE sent last to the same Home Agent."""
    for update in reversed(home.updates):
        if update.message.home_agent == event.message.home_agent and is_for_home_agent(update.message):
            return update
    return None


def _follows_another(event: AnyEvent, context: Context) -> bool:
    return sends_to_home_agent(event, context) and context.home is not None and _before(event, context.home) is not None


@check("RFC3775-06", on=Kind.BINDING_UPDATE, when=_follows_another)
def update_number_that_does_not_grow(event: MobilityEvent, context: Context) -> Outcome:
    """The HA takes an update that is not ahead for an old one that came late or was replayed, and refuses it."""
    home = context.home
    assert home is not None
    last = _before(event, home)
    assert last is not None
    number, reference, frame = update_in(event).sequence, update_in(last).sequence, last.frame
    reset = _out_of_window_since(last, home)
    if reset is not None:
        reference, frame = ack_in(reset).sequence, reset.frame
    if is_ahead(number, reference):
        return PASSED
    if _was_overtaken(event, last):
        return noted(f"overtaken on the way by frame {last.frame}: its ESP sequence number is the lower one")
    if reset is None and _is_forgotten(event, last, home):
        return noted(f"sequence number {number}, begun anew as the earlier binding has ended")
    restart = _restart(event, last, context)
    if restart:
        return inconclusive(f"{restart} ({number} after {reference})")
    first = (reference + 1) % NUMBERS
    end = (reference + AHEAD) % NUMBERS
    return failed(
        expected=f"a sequence number from {first} to {end} (modulo 65536), ahead of {reference}",
        observed=f"sequence number {number}",
        related=(frame,),
    )


def _out_of_window_since(last: MobilityEvent, home: HomeRegistration) -> MobilityEvent | None:
    """The acknowledgement that told the UE where to go on from."""
    ack = home.last_ack
    return ack if ack is not None and ack.at >= last.at and ack_in(ack).status == OUT_OF_WINDOW else None


def _was_overtaken(event: MobilityEvent, last: MobilityEvent) -> bool:
    now, before = event.message.esp, last.message.esp
    return now is not None and before is not None and now.spi == before.spi and now.sequence < before.sequence


def _is_forgotten(event: MobilityEvent, last: MobilityEvent, home: HomeRegistration) -> bool:
    """No entry is left that would hold the last number: the binding was removed, or its lifetime is over."""
    if home.is_registered(event.at):
        return False
    answer = home.answer_to(last)
    removed = answer is not None and not ack_in(answer).is_refusal
    return removed or (bool(home.bindings) and last.at < max(b.expires_at for b in home.bindings.values()) <= event.at)


def _restart(event: MobilityEvent, last: MobilityEvent, context: Context) -> str:
    """Why the UE may have lost its records without fault."""
    established = [sa.established for sa in context.session.ike_sas if sa.established and sa.parent is None]
    newer = next((e for e in established if last.at < e.at <= event.at), None)
    return f"a new IKE SA was set up in frame {newer.frame}: the UE may have restarted" if newer else ""


# An update that is not ahead is refused


def _last_accepted_before(update: MobilityEvent, home: HomeRegistration) -> MobilityEvent | None:
    """The acknowledgement of the binding in force when an update was sent, which holds the last number accepted."""
    for ack in reversed(home.acks):
        answer = ack_in(ack)
        if ack.at > update.at or answer.is_refusal:
            continue
        accepted = home.update_of(ack)
        if accepted is None:
            continue
        ended = update_in(accepted).is_deregistration or update.at >= ack.at + answer.lifetime_seconds * SECOND
        return None if ended else ack
    return None


def _is_stale(update: MobilityEvent, home: HomeRegistration) -> bool:
    last = _last_accepted_before(update, home)
    return last is not None and not is_ahead(update_in(update).sequence, ack_in(last).sequence)


def _stale_update(ack: MobilityEvent, home: HomeRegistration | None) -> MobilityEvent | None:
    """The stale update that an acknowledgement answers, if any."""
    if home is None:
        return None
    if ack_in(ack).status != OUT_OF_WINDOW:
        update = home.update_of(ack)
        return update if update is not None and _is_stale(update, home) else None
    return next((update for update in reversed(home.waiting.values()) if _is_stale(update, home)), None)


def _answers_stale(event: AnyEvent, context: Context) -> bool:
    return _stale_update(event, context.home) is not None


@check("RFC3775-08", on=Kind.BINDING_ACK, when=_answers_stale)
def stale_update_not_refused_as_such(event: MobilityEvent, context: Context) -> Outcome:
    """Accepted, an update that was replayed takes the UE's traffic elsewhere; refused without the last number, the UE
    does not learn where to go on.
    """
    home = context.home
    assert home is not None
    update = _stale_update(event, home)
    assert update is not None
    last = _last_accepted_before(update, home)
    assert last is not None
    answer, number = ack_in(event), ack_in(last).sequence
    if answer.status == OUT_OF_WINDOW and answer.sequence in (number, home.last_accepted_sequence):
        return PASSED
    return failed(
        expected=f"status 135 with sequence number {number}, the last one accepted (the update had "
        f"{update_in(update).sequence})",
        observed=f"status {answer.status} with sequence number {answer.sequence}",
        related=(last.frame, update.frame),
    )
