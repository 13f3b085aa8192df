"""Clause 5.1.3.2: Binding Updates that the Home Agent has to refuse, and what must not follow them."""

from __future__ import annotations

from dissectors.mobility.options import AlternateCareOfAddress
from dissectors.mobility.registry import BindingStatus, name_of
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import Binding, HomeRegistration, MobilityEvent, fault_of_protection
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation, prohibition
from rules.session import Context
from rules.ts24303.acknowledging import (
    OUT_OF_WINDOW,
    answered,
    answers_any_of,
    fault_of_update,
    is_of,
    may_answer,
    unseen_registration,
)
from rules.ts24303.places import from_ue, never
from rules.ts24303.registering import ack_in, is_for_home_agent, names_home_address, update_in

REFUSED = BindingStatus.REASON_UNSPECIFIED.value
OTHER_BYTES = "whether the Home Agent saw the same bytes is not known (capture_point is not declared to be ha)"

# An Alternate Care-of Address that is not where the update comes from


def _foreign_address(packet: MobilityPacket) -> AlternateCareOfAddress | None:
    """The option, where it names another address than the source of the outer IPv6 header."""
    option = packet.option(AlternateCareOfAddress)
    if option is None or packet.is_from_ipv4 or option.address == packet.care_of_address or names_home_address(packet):
        return None
    return option


def names_foreign_address(update: MobilityEvent) -> bool:
    """The condition of updates that must be refused with status 128."""
    return is_for_home_agent(update.message) and _foreign_address(update.message) is not None


def _difference(update: MobilityEvent) -> str:
    option = _foreign_address(update.message)
    assert option is not None
    return f"Alternate Care-of Address {option.address}, source {update.message.care_of_address}"


def _answers_foreign_address(event: AnyEvent, context: Context) -> bool:
    update = answered(event, context)
    return update is not None and names_foreign_address(update)


@check("HA-5.1.3.2-01", on=Kind.BINDING_ACK, when=_answers_foreign_address, maybe=may_answer(names_foreign_address))
def foreign_care_of_address_not_refused(event: MobilityEvent, context: Context) -> Outcome:
    """A UE that can have its packets sent to an address that is not its own can flood whoever has it."""
    update, status = answered(event, context), ack_in(event).status
    assert update is not None
    if status == REFUSED:
        return PASSED
    if status == OUT_OF_WINDOW:
        return inconclusive("the sequence number was refused, before any care-of address was looked at")
    return failed(
        expected=f"status {name_of(REFUSED, BindingStatus)}: {_difference(update)}",
        observed=f"status {name_of(status, BindingStatus)}",
        related=(update.frame,),
    )


def _is_to_be_refused(event: AnyEvent, context: Context) -> bool:
    if context.role is not Role.UE or event.message.message.malformed or fault_of_protection(event.message):
        return False
    return names_foreign_address(event)


def _next_update(update: AnyEvent, later: AnyEvent, context: Context) -> bool:
    return is_of(update, context)


def _refusal_words(update: AnyEvent, context: Context) -> tuple[str, str]:
    return f"a Binding Acknowledgement with status {REFUSED}: {_difference(update)}", ""


@obligation(
    "HA-5.1.3.2-01",
    on=Kind.BINDING_UPDATE,
    when=_is_to_be_refused,
    maybe=never,
    met_by=Kind.BINDING_ACK,
    within="binding_ack",
    expected=f"a Binding Acknowledgement with status {REFUSED}",
    void_by=Kind.BINDING_UPDATE,
    voids=_next_update,
    words=_refusal_words,
)
def foreign_care_of_address_left_unanswered(update: AnyEvent, ack: AnyEvent, context: Context) -> bool:
    """The UE is to learn that its update was refused, whether it asked for an acknowledgement or not."""
    return answers_any_of(update, ack, context)


def _refuses_foreign_address(event: AnyEvent, context: Context) -> bool:
    return ack_in(event).is_refusal and _answers_foreign_address(event, context)


def _binds_again(earlier: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """Something is bound: whether it may be is for the checks on acknowledgements."""
    return is_of(earlier, context) and not ack_in(event).is_refusal


@prohibition(
    "HA-5.1.3.2-01",
    opens=Kind.BINDING_ACK,
    when=_refuses_foreign_address,
    maybe=never,
    offence=Kind.TUNNEL_DATA,
    closes=Kind.BINDING_ACK,
    closing=_binds_again,
)
def data_to_refused_care_of_address(refusal: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A refusal that binds nonetheless sends the packets to the very address that was refused."""
    home = context.home
    if home is None or not is_of(refusal, context):
        return PASSED
    update = home.update_of(refusal)
    if update is None or event.message.outer_destination not in _refused_places(update.message):
        return PASSED
    if _may_send(home, event, context):
        return PASSED
    return _sent(event, context, refusal.frame, "refused")


def _refused_places(packet: MobilityPacket) -> tuple[object, ...]:
    option = _foreign_address(packet)
    return (option.address, packet.care_of_address) if option else ()


# What follows


def _may_send(home: HomeRegistration, event: AnyEvent, context: Context) -> bool:
    """Some accepted binding has that address, or had it a moment ago: packets may be on their way."""
    to, grace = event.message.outer_destination, context.profile.deadline("grace")
    for binding in (*home.bindings.values(), *home.former):
        ended = binding.expires_at if binding.ended_at is None else min(binding.ended_at, binding.expires_at)
        is_his = to in _addresses(binding) and not fault_of_update(binding.update, context.session)
        if is_his and event.message.first_at_or_after(ended + grace + 1) is None:
            return True
    return False


def _addresses(binding: Binding) -> tuple[object, object]:
    return binding.care_of_address, binding.outer.address


def _sent(event: AnyEvent, context: Context, cause: int, why: str) -> Outcome:
    doubt = unseen_registration(context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"no packets in the tunnel to {event.message.outer_destination} after frame {cause} ({why})",
        observed=f"{event.message.packets} packets from frame {event.message.first_frame} on",
        related=(cause,),
    )


# An update that validation must refuse


def _faulty_updates(ack: MobilityEvent, context: Context) -> list[MobilityEvent]:
    """The updates that an acknowledgement may accept, all those of its number, if every one of them has a fault."""
    home, number = context.home, ack_in(ack).sequence
    same = [u for u in home.updates if update_in(u).sequence == number] if home else []
    faulty = all(is_for_home_agent(u.message) and fault_of_update(u, context.session) for u in same)
    return same if faulty else []


def _answers_faulty_update(event: AnyEvent, context: Context) -> bool:
    return bool(_faulty_updates(event, context))


def _is_certain(update: MobilityEvent, context: Context) -> bool:
    """Bits may be wrong here and right at the Home Agent; an ESP header or an address does not come on the way."""
    packet = update.message
    bits = packet.esp is not None and bool(fault_of_protection(packet))
    return not bits or context.world.seen_at_home_agent


def _may_answer_faulty_update(event: AnyEvent, context: Context) -> bool:
    """Asked of a closed packet: a faulty update was sent a moment before, and this may be its acknowledgement."""
    since = event.at - context.profile.deadline("binding_ack")
    waiting = [u for home in context.session.homes.values() for u in home.waiting.values() if u.at >= since]
    for_home_agent = [u for u in waiting if is_for_home_agent(u.message)]
    return context.role is Role.HA and any(fault_of_update(u, context.session) for u in for_home_agent)


@check("HA-5.1.3.2-18", on=Kind.BINDING_ACK, when=_answers_faulty_update, maybe=_may_answer_faulty_update)
def faulty_update_accepted(event: MobilityEvent, context: Context) -> Outcome:
    """Who can have an unproven update accepted can take any UE's packets."""
    updates = _faulty_updates(event, context)
    if ack_in(event).is_refusal:
        return PASSED
    if not all(_is_certain(update, context) for update in updates):
        return inconclusive(OTHER_BYTES)
    *_, update = updates
    return failed(
        expected=f"no binding for the update in frame {update.frame}: {fault_of_update(update, context.session)}",
        observed=f"status {name_of(ack_in(event).status, BindingStatus)}",
        related=(update.frame,),
    )


def _is_faulty(event: AnyEvent, context: Context) -> bool:
    if context.role is not Role.UE or not is_for_home_agent(event.message) or update_in(event).is_deregistration:
        return False
    return bool(fault_of_update(event, context.session))


@prohibition(
    "HA-5.1.3.2-18",
    opens=Kind.BINDING_UPDATE,
    when=_is_faulty,
    maybe=from_ue,
    offence=Kind.TUNNEL_DATA,
    closes=Kind.BINDING_ACK,
    closing=_binds_again,
)
def data_after_faulty_update(update: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The Home Agent may say nothing and yet have bound what it had to drop."""
    home = context.home
    if home is None or not is_of(update, context):
        return PASSED
    if event.message.outer_destination != update.message.care_of_address or _may_send(home, event, context):
        return PASSED
    if not _is_certain(update, context):
        return inconclusive(OTHER_BYTES)
    return _sent(event, context, update.frame, fault_of_update(update, context.session))
