"""Which Binding Update an acknowledgement answers, and what either must be worth: guards of clauses 5.1.2.4, 5.1.3.2.

An update that is sent again has a new sequence number (RFC 6275 section 11.8), so an answer to any that is still
waiting serves the UE. Status 135 is the exception: that acknowledgement has the number that was accepted last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from dissectors.mobility.options import BindingAuthorizationData, BindingIdentifier, Ipv4HomeAddress
from dissectors.mobility.registry import BindingStatus
from dissectors.mobility_packet import MobilityPacket
from dissectors.tunnels import Encapsulation
from rules.bindings import MobilityEvent, fault_of_protection
from rules.model import Outcome, Role, inconclusive
from rules.registrations import lies_in_home_prefix
from rules.registry import AnyEvent, Guard, Judge
from rules.session import Context, Session
from rules.ts24303.registering import ack_in, comes_over, is_for_home_agent, late_start, update_in

OUT_OF_WINDOW = BindingStatus.SEQUENCE_NUMBER_OUT_OF_WINDOW.value
CROSSING = 500_000_000
"""ns in which two messages may cross on the way: more than a round trip of a mobile access takes."""
SOONEST = 900_000_000
"""ns; no update is sent again for want of an answer before 1 s (RFC 6275 section 12), give or take what clocks do."""
Condition = Callable[[MobilityEvent], bool]
"""What an update is about."""
AnswerJudge = Callable[[MobilityEvent, MobilityEvent, Context], Outcome]
"""Judges an acknowledgement beside its update: update, acknowledgement, context."""


def answered(ack: MobilityEvent, context: Context) -> MobilityEvent | None:
    """The update that an acknowledgement answers, if it was captured."""
    home = context.home
    if home is None:
        return None
    if ack_in(ack).status == OUT_OF_WINDOW:
        return next(reversed(home.waiting.values()), None)
    return home.update_of(ack)


def answers_any_of(update: MobilityEvent, ack: MobilityEvent, context: Context) -> bool:
    """It answers this update, or one sent before or after it that still waits."""
    home, answer = context.home, ack_in(ack)
    if home is None or not is_of(update, context):
        return False
    asked = update_in(update).sequence
    return answer.status == OUT_OF_WINDOW or answer.sequence == asked or answer.sequence in home.waiting


def is_of(earlier: MobilityEvent, context: Context) -> bool:
    """Whether an earlier message is about the Home Address that the event in ``context`` is about."""
    home = context.home
    if home is None:
        return False
    if earlier.message.home_address == home.home_address:
        return True
    return any(kept is earlier for kept in (*home.updates, *home.acks))


# Guards of checks on acknowledgements


def _is_of_home_agent(update: MobilityEvent | None) -> bool:
    """The update was for a Home Agent, as far as is known: a correspondent's answer is none of its business."""
    return update is None or is_for_home_agent(update.message)


def accepts_registration(ack: MobilityEvent, update: MobilityEvent | None) -> bool:
    """Something is bound: not a refusal, nor the answer to a de-registration."""
    answer = ack_in(ack)
    if answer.is_refusal or not _is_of_home_agent(update):
        return False
    if update is None and ack.message.option(BindingAuthorizationData) is not None:
        return False  # a correspondent's, whose update was not captured
    return not update_in(update).is_deregistration if update is not None else answer.lifetime > 0


def accepts(condition: Condition) -> Guard:
    """The acknowledgement accepts an update that asks for a binding and meets a condition, as far as is known."""

    def guard(event: AnyEvent, context: Context) -> bool:
        update = answered(event, context)
        return accepts_registration(event, update) and (update is None or condition(update))

    return guard


def answers(condition: Condition) -> Guard:
    """The acknowledgement answers, one way or the other, an update that meets a condition, as far as is known."""

    def guard(event: AnyEvent, context: Context) -> bool:
        update = answered(event, context)
        return update is None or (_is_of_home_agent(update) and condition(update))

    return guard


def may_answer(condition: Condition) -> Guard:
    """Asked of a sealed ESP packet: whether it may be the answer to an update that meets a condition."""

    def guard(event: AnyEvent, context: Context) -> bool:
        homes = context.session.homes.values()
        waiting = [update for home in homes for update in home.waiting.values()]
        nothing_known = not any(home.updates for home in homes)
        return context.role is Role.HA and (nothing_known or any(map(condition, waiting)))

    return guard


def may_answer_over(version: int, condition: Condition) -> Guard:
    """The same; of an update that was not seen, the IP version that the packet goes over tells where it came from."""
    guard = may_answer(condition)

    def guarded(event: AnyEvent, context: Context) -> bool:
        known = any(home.updates for home in context.session.homes.values())
        return guard(event, context) and (known or comes_over(event) == version)

    return guarded


def beside_update(judge: AnswerJudge) -> Judge:
    """A judge of an acknowledgement that says nothing where the update it answers was not captured."""

    @wraps(judge)
    def judged(event: AnyEvent, context: Context) -> Outcome:
        update = answered(event, context)
        if update is None:
            return inconclusive(f"no Binding Update with sequence number {ack_in(event).sequence} was captured")
        return judge(update, event, context)

    return judged


def any_update(update: MobilityEvent) -> bool:
    """The condition that every update meets."""
    return True


def asks_for_binding(update: MobilityEvent) -> bool:
    """The condition of updates that register."""
    return not update_in(update).is_deregistration


def asks_for_ipv4_address(update: MobilityEvent) -> bool:
    """0.0.0.0 in the IPv4 Home Address option: the Home Agent is to choose one."""
    option = update.message.option(Ipv4HomeAddress)
    return option is not None and option.asks_for_any and asks_for_binding(update)


def binding_ids(packet: MobilityPacket) -> tuple[int, ...]:
    """The BIDs that a message names, each once."""
    return tuple(dict.fromkeys(option.binding_id for option in packet.options_of(BindingIdentifier)))


# What makes a message worthless


def fault_of_update(update: MobilityEvent, session: Session) -> str:
    """Why the Home Agent must not accept it, beyond doubt; empty if it may."""
    packet = update.message
    fault = fault_of_protection(packet)
    if fault or not session.home_prefixes or lies_in_home_prefix(session, packet.home_address):
        return fault
    if packet.home_address_option is None and packet.encapsulation is Encapsulation.NONE:
        return ""  # it names none, which is RFC3775-03's to tell
    grant = session.home_prefixes[-1]
    return f"for {packet.home_address}, outside the home network prefix {grant.prefix}/{grant.length}"


def fault_of_ack(ack: MobilityEvent, context: Context) -> str:
    """Why the UE has to ignore it (RFC 6275 section 11.7.3); empty if it need not. A refusal is no fault."""
    fault = fault_of_protection(ack.message)
    home, answer = context.home, ack_in(ack)
    if fault or home is None or not home.updates or answer.status == OUT_OF_WINDOW:
        return fault
    if home.update_of(ack) is not None:
        return ""
    last = next((update for update in reversed(home.updates) if update.at <= ack.at), home.updates[0])
    return f"with sequence number {answer.sequence}, while the last Binding Update had {update_in(last).sequence}"


def crossing(ack: MobilityEvent, event: AnyEvent, context: Context) -> str:
    """Why an update may have been on its way when the acknowledgement came; empty if it cannot."""
    since = event.at - ack.at
    if since >= CROSSING or context.profile.capture_point == "ue":
        return ""
    last = context.home.last_update if context.home else None
    if last is not None and event.at - last.at < SOONEST:
        return ""  # not sent again for want of an answer: the UE answers the acknowledgement
    return f"the update came {since / 1e9:.1f} s after the acknowledgement and may have crossed it on its way"


def unseen_registration(context: Context) -> str:
    """Why a registration may have gone unseen, before the capture or in a gap of it; else empty."""
    drops = context.world.evidence.drops
    lost = f"the capture lost {drops} frames: a registration may have gone unseen" if drops else ""
    return late_start(replace(context, home=None)) or lost
