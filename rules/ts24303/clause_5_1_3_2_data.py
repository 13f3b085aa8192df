"""Clause 5.1.3.2: where the Home Agent tunnels the UE's packets to, and in which encapsulation."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.mobility.options import BindingIdentifier, NatDetection
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.bindings import Binding, HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Role, Verdict, failed, inconclusive
from rules.registrations import nat_in_the_path
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import Context
from rules.ts24303.acknowledging import answered, is_of
from rules.ts24303.carrying import (
    IN_IPV4,
    IN_IPV6,
    IN_UDP,
    NEVER,
    all_bindings,
    binding_at,
    blamed,
    bound_until,
    grace,
    is_sent_by,
    other_way_until,
    sent_by_ha,
    unless_unseen,
    what,
)
from rules.ts24303.registering import ack_in, update_in

NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)

# Where to


@check("HA-5.1.3.2-14", on=Kind.TUNNEL_DATA, when=sent_by_ha)
def data_to_another_place(event: AnyEvent, context: Context) -> Outcome:
    """What goes to an address that the UE has left is lost, or reaches whoever has that address now."""
    segment, home = event.message, context.home
    there = segment.outer_destination
    until = max(bound_until(context, there), _asked_for_until(there, context))
    if is_sent_by(segment, until):
        return _through_the_nat(segment, binding_at(context, there, event.at))
    outcome = blamed(
        segment,
        until,
        expected=f"data to {_places(home, event.at) or 'nobody, as no binding is in force'}",
        observed=f"{what(segment)}, to {there}",
        related=tuple(binding.ack.frame for binding in home.alive(event.at)) if home else (),
    )
    return unless_unseen(outcome, context)


def _asked_for_until(there: Address, context: Context) -> int:
    """The HA may send as soon as it has bound an address, before its acknowledgement is on the wire."""
    waiting = context.home.waiting.values() if context.home else ()
    asked = [u.at for u in waiting if u.message.care_of_address == there and not update_in(u).is_deregistration]
    return max(asked) + grace(context) if asked else NEVER


def _places(home: HomeRegistration | None, at: int) -> str:
    return " or ".join(dict.fromkeys(str(b.outer.address) for b in home.alive(at))) if home else ""


def _through_the_nat(segment: TunnelSegment, binding: Binding | None) -> Outcome:
    """Behind a NAT the port is part of where the UE is (RFC 5555 section 4.1)."""
    port = segment.outer_destination_port
    if binding is None or segment.encapsulation not in IN_UDP or port in (0, binding.outer.port):
        return PASSED
    if not binding.outer.port:
        return PASSED
    return failed(
        expected=f"data to {binding.outer}, from where the Binding Update came",
        observed=f"{what(segment)}, to port {port}",
        related=(binding.update.frame,),
        frame=segment.first_frame,
        at=segment.first_at,
    )


# In which encapsulation


def _goes_to_a_binding(event: AnyEvent, context: Context) -> bool:
    return sent_by_ha(event, context) and binding_at(context, event.message.outer_destination, event.at) is not None


@check("HA-5.1.3.2-15", on=Kind.TUNNEL_DATA, when=_goes_to_a_binding)
def data_in_another_encapsulation(event: AnyEvent, context: Context) -> Outcome:
    """The UE takes apart what its binding lets it expect; a NAT passes on nothing but the UDP it knows."""
    segment = event.message
    binding = binding_at(context, segment.outer_destination, event.at)
    assert binding is not None
    if segment.encapsulation is Encapsulation.ESP_TUNNEL:
        return PASSED
    if segment.outer_destination.version == 6:
        return _judged(segment, binding, context, IN_IPV6, "in IPv6, as the care-of address is an IPv6 address")
    return _to_ipv4(segment, binding, context)


def _to_ipv4(segment: TunnelSegment, binding: Binding, context: Context) -> Outcome:
    """A NAT that shows is certain; that there is none, only where the capture is taken at the HA or the HA says so."""
    nat, in_udp = nat_in_the_path(binding.update.message), segment.encapsulation in IN_UDP
    if nat:
        return _behind_nat(segment, binding, context)
    if nat is False and context.world.seen_at_home_agent:
        return _judged(segment, binding, context, IN_IPV4, "in IPv4, as there is no NAT")
    if binding.force_udp:
        if segment.encapsulation is Encapsulation.UDP:
            return _nat_not_seen(context)
        return _judged(segment, binding, context, (Encapsulation.UDP,), "in UDP, as NAT Detection with F = 1 says")
    if _says_no_nat(binding):
        return _judged(segment, binding, context, IN_IPV4, "in IPv4, as NAT Detection with F = 0 says")
    return _nat_not_seen(context) if in_udp else _plain(segment, binding, context)


def _behind_nat(segment: TunnelSegment, binding: Binding, context: Context) -> Outcome:
    if segment.encapsulation is Encapsulation.UDP:
        return PASSED
    change = f"{binding.care_of_address} was seen as {binding.outer.address}"
    return _judged(segment, binding, context, (Encapsulation.UDP,), f"in UDP, as there is a NAT: {change}")


def _plain(segment: TunnelSegment, binding: Binding, context: Context) -> Outcome:
    """No NAT to be seen, and none was told of."""
    outcome = _judged(segment, binding, context, IN_IPV4, "in IPv4, as no NAT was found")
    return outcome if outcome is not PASSED else _nat_not_seen(context)


def _nat_not_seen(context: Context) -> Outcome:
    point = context.profile.capture_point
    where = f"capture_point is {point}" if point else "capture_point is not declared"
    return inconclusive(f"a NAT may lie between the capture and the Home Agent ({where})")


def _says_no_nat(binding: Binding) -> bool:
    option = binding.ack.message.option(NatDetection)
    return option is not None and not option.force_udp


def _judged(
    segment: TunnelSegment, binding: Binding, context: Context, allowed: tuple[Encapsulation, ...], expected: str
) -> Outcome:
    if segment.encapsulation in allowed:
        return PASSED
    return blamed(
        segment,
        other_way_until(binding, context),
        expected=expected,
        observed=what(segment),
        related=(binding.update.frame, binding.ack.frame),
    )


# Both home addresses together


def _ends_dual_binding(event: AnyEvent, context: Context) -> bool:
    """An accepted de-registration, while an IPv4 Home Address is bound, of all that is bound."""
    home, update = context.home, answered(event, context)
    if context.role is not Role.HA or home is None or home.ipv4_home_address is None or update is None:
        return False
    if ack_in(event).is_refusal or not update_in(update).is_deregistration:
        return False
    return _named_all(update, home)


def _named_all(update: MobilityEvent, home: HomeRegistration) -> bool:
    named = {option.binding_id for option in update.message.options_of(BindingIdentifier)}
    return not named or set(home.bindings) <= named


def _binds_again(ack: AnyEvent, event: AnyEvent, context: Context) -> bool:
    return is_of(ack, context) and not ack_in(event).is_refusal and ack_in(event).lifetime > 0


@prohibition(
    "HA-5.1.3.2-17",
    opens=Kind.BINDING_ACK,
    when=_ends_dual_binding,
    offence=Kind.TUNNEL_DATA,
    closes=Kind.BINDING_ACK,
    closing=_binds_again,
)
def ipv4_data_after_the_end(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The UE has one lifetime for both; an IPv4 binding that lives on leads a later user's packets to it."""
    if not is_of(ack, context) or not _is_for_ipv4_home(event, context):
        return PASSED
    return blamed(
        event.message,
        ack.at + grace(context),
        expected=f"no data to IPv4 Home Address {event.message.inner_destination}: both bindings ended together",
        observed=what(event.message),
        related=(ack.frame,),
    )


def _is_for_ipv4_home(event: AnyEvent, context: Context) -> bool:
    home, there = context.home, event.message.inner_destination
    if context.role is not Role.HA or home is None or there is None:
        return False
    return bool(there == home.ipv4_granted)


def _outlives_its_binding(event: AnyEvent, context: Context) -> bool:
    """Data for the IPv4 Home Address come when the lifetime of all that was bound is over; nothing else ended it."""
    home = context.home
    if home is None or home.ipv4_home_address is None or not _is_for_ipv4_home(event, context):
        return False
    return bool(bound_until(context) < event.message.last_at)


@check("HA-5.1.3.2-17", on=Kind.TUNNEL_DATA, when=_outlives_its_binding)
def ipv4_data_after_the_lifetime(event: AnyEvent, context: Context) -> Outcome:
    """The IPv4 binding has no lifetime of its own."""
    home, until = context.home, bound_until(context)
    assert home is not None
    last = max(all_bindings(home), key=lambda binding: binding.at)
    outcome = blamed(
        event.message,
        until,
        expected=f"no data to IPv4 Home Address {home.ipv4_home_address}: the lifetime of {last.lifetime} s is over",
        observed=what(event.message),
        related=(last.ack.frame,),
    )
    return unless_unseen(outcome, context)
