"""Clause 5.1.3.2: whether a NAT lies in the path, and how the acknowledgement of an IPv4 care-of address travels.

A NAT is found by the care-of address that the UE says it has and the one its packet came from. A capture between the
UE and the NAT sees them equal: only where it is taken at the Home Agent is "no NAT" certain.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from dissectors.mobility.options import BindingIdentifier, NatDetection
from dissectors.mobility.registry import OptionType, UpdateFlag
from dissectors.tunnels import Encapsulation
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, Verdict, failed, inconclusive, noted
from rules.registrations import claimed_care_of_address, nat_in_the_path
from rules.registry import Kind, check
from rules.session import Context
from rules.ts24303.acknowledging import accepts, answers, any_update, beside_update, may_answer, may_answer_over
from rules.ts24303.registering import ack_in, lacking_option, update_in

IN_UDP = (Encapsulation.UDP, Encapsulation.UDP_TLV)
NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)
NO_CLAIM = "the Binding Update names no IPv4 care-of address to compare with its source"


def from_ipv4(update: MobilityEvent) -> bool:
    """The condition of updates that came from an IPv4 care-of address."""
    return update.message.is_from_ipv4


def claimed(update: MobilityEvent, context: Context) -> IPv4Address | None:
    """The IPv4 care-of address that the UE says it has; of a BID option without one, what was registered for it."""
    packet = update.message
    bids = packet.options_of(BindingIdentifier)
    if nat_in_the_path(packet) is not None:
        bid = next((b for b in bids if isinstance(b.care_of_address, IPv4Address)), None)
        address = claimed_care_of_address(packet, bid)
        return address if isinstance(address, IPv4Address) else None
    bindings = context.home.bindings if context.home else {}
    known = (bindings[b.binding_id].care_of_address for b in bids if b.binding_id in bindings)
    return next((address for address in known if isinstance(address, IPv4Address)), None)


def _nat(update: MobilityEvent, context: Context) -> bool | None:
    address = claimed(update, context)
    return None if address is None else address != update.message.care_of_address


def _unseen_nat(context: Context) -> str:
    """Why a NAT may lie behind the capture point; empty at the Home Agent."""
    if context.world.seen_at_home_agent:
        return ""
    point = context.profile.capture_point
    where = f"capture_point is {point}" if point else "capture_point is not declared"
    return f"no NAT shows here, but one may lie between the capture and the Home Agent ({where})"


def _change(update: MobilityEvent, context: Context) -> str:
    return f"care-of address {claimed(update, context)} seen as {update.message.care_of_address}"


# What the acknowledgement says


@check("HA-5.1.3.2-08", on=Kind.BINDING_ACK, when=accepts(from_ipv4), maybe=may_answer_over(4, from_ipv4))
@beside_update
def nat_not_told(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """A UE that is not told of the NAT sends data outside UDP, which the NAT does not let through."""
    nat, option = _nat(update, context), ack.message.option(NatDetection)
    told = option is not None and option.force_udp
    if nat is not True:
        doubt = NO_CLAIM if nat is None else _unseen_nat(context)
        return NOT_APPLICABLE if told or not doubt else inconclusive(doubt)
    if told:
        return PASSED
    return lacking_option(
        ack.message,
        OptionType.NAT_DETECTION,
        expected=f"NAT Detection with F = 1: {_change(update, context)}",
        observed="NAT Detection with F = 0" if option else "no NAT Detection option",
        related=(update.frame,),
    )


def _from_ipv4_without_nat(update: MobilityEvent) -> bool:
    return from_ipv4(update) and nat_in_the_path(update.message) is not True


@check("HA-5.1.3.2-11", on=Kind.BINDING_ACK, when=answers(from_ipv4), maybe=may_answer_over(4, _from_ipv4_without_nat))
@beside_update
def nat_told_where_there_is_none(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """F makes the UE put all its data into UDP, for nothing."""
    nat, option = _nat(update, context), ack.message.option(NatDetection)
    if nat is True:
        return NOT_APPLICABLE
    if option is None or not option.force_udp:
        return PASSED
    doubt = NO_CLAIM if nat is None else _unseen_nat(context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"no NAT Detection with F = 1: care-of address {claimed(update, context)} is the source of the update",
        observed=f"NAT Detection with F = 1{_asked_by_ue(update)}",
        related=(update.frame,),
    )


def _asked_by_ue(update: MobilityEvent) -> str:
    asked = update_in(update).has(UpdateFlag.FORCE_UDP)
    return ", as the Binding Update asked for with F = 1 (RFC 5555 section 3.1.3)" if asked else ""


# How it travels


@check("HA-5.1.3.2-09", on=Kind.BINDING_ACK, when=answers(from_ipv4), maybe=may_answer_over(4, from_ipv4))
@beside_update
def acknowledgement_that_no_nat_lets_through(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """A NAT passes to the UE only what comes in UDP to the address and port that it made for the update."""
    nat = _nat(update, context)
    fault = _fault_behind_nat(update, ack)
    if nat is not True:
        doubt = NO_CLAIM if nat is None else _unseen_nat(context)
        return NOT_APPLICABLE if not doubt or not fault else inconclusive(doubt)
    if not fault:
        return PASSED
    return failed(
        expected=f"in UDP without a TLV header, to {update.source}: {_change(update, context)}",
        observed=fault,
        related=(update.frame,),
    )


def _fault_behind_nat(update: MobilityEvent, ack: MobilityEvent) -> str:
    encapsulation, to = ack.message.encapsulation, ack.destination
    if encapsulation is not Encapsulation.UDP:
        return f"{encapsulation.value}, to {to}" if encapsulation is not Encapsulation.NONE else f"no tunnel, to {to}"
    there = update.source
    if to.address != there.address or (there.port and to.port != there.port):
        return f"in UDP, to {to}"
    return ""


@check("HA-5.1.3.2-10", on=Kind.BINDING_ACK, when=answers(any_update), maybe=may_answer(any_update))
@beside_update
def acknowledgement_in_udp_without_nat(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """Without a NAT the UE looks for the acknowledgement in an IP header of its care-of address's own version."""
    if not update.message.is_from_ipv4:
        return _to_ipv6(update, ack)
    nat = _nat(update, context)
    if nat is True:
        return NOT_APPLICABLE
    if ack.destination.address.version != 4:
        return failed(
            expected=f"in an IPv4 header, to {update.source.address}",
            observed=f"in an IPv6 header, to {ack.destination.address}",
            related=(update.frame,),
        )
    return _to_ipv4(update, ack, context, nat)


def _to_ipv6(update: MobilityEvent, ack: MobilityEvent) -> Outcome:
    encapsulation, to = ack.message.encapsulation, ack.destination
    if to.address.version == 6 and encapsulation not in IN_UDP:
        return PASSED
    observed = f"in an IPv{to.address.version} header{' and UDP' if encapsulation in IN_UDP else ''}, to {to}"
    return failed(
        expected=f"in an IPv6 header without UDP, to {update.source.address}",
        observed=observed,
        related=(update.frame,),
    )


def _to_ipv4(update: MobilityEvent, ack: MobilityEvent, context: Context, nat: bool | None) -> Outcome:
    """TS 24.303 and RFC 5555 section 4.2 disagree: the RFC answers in UDP whatever came in UDP."""
    in_udp, came_in_udp = ack.message.encapsulation in IN_UDP, update.message.encapsulation in IN_UDP
    if context.profile.prefer == "rfc" and came_in_udp:
        if in_udp:
            return noted("in UDP as the update was (RFC 5555 section 4.2); TS 24.303 would have it in IPv4 alone")
        return failed(
            expected="in UDP, as the update was: RFC 5555 section 4.2 (TS 24.303 would have it in IPv4 alone)",
            observed=f"{ack.message.encapsulation.value}, without UDP",
            related=(update.frame,),
        )
    if not in_udp:
        return PASSED
    doubt = "" if _says_no_nat(update, ack, nat) else NO_CLAIM if nat is None else _unseen_nat(context)
    if doubt:
        return inconclusive(doubt)
    rfc = " (RFC 5555 section 4.2 would have UDP, as the update came in UDP)" if came_in_udp else ""
    return failed(
        expected=f"in an IPv4 header without UDP, as there is no NAT{rfc}",
        observed=f"{ack.message.encapsulation.value}, to {ack.destination}{_telling(ack)}{_asked_by_ue(update)}",
        related=(update.frame,),
    )


def _says_no_nat(update: MobilityEvent, ack: MobilityEvent, nat: bool | None) -> bool:
    """The Home Agent itself tells that it found none: with F = 0, or by accepting a binding without a word of a NAT."""
    option, answer = ack.message.option(NatDetection), ack_in(ack)
    if option is not None:
        return not option.force_udp
    binds = not answer.is_refusal and answer.lifetime > 0 and not update_in(update).is_deregistration
    return nat is False and binds and answer.malformed is None


def _telling(ack: MobilityEvent) -> str:
    return "" if ack.message.option(NatDetection) else ", without a NAT Detection option"
