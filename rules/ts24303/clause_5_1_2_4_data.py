"""Clause 5.1.2.4: what the UE sends through the tunnel: from when on, and with which Home Address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from dissectors.mobility.options import Ipv4AddressAck, Ipv4HomeAddress
from rules.bindings import HomeRegistration, MobilityEvent, fault_of_protection
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import Context
from rules.ts24303.acknowledging import accepts_registration, answered, is_of
from rules.ts24303.carrying import (
    NEVER,
    binding_at,
    blamed,
    bound_until,
    in_flight,
    is_sent_by,
    sent_by_ue,
    unless_unseen,
    what,
)
from rules.ts24303.registering import ack_in

NEW_ADDRESS = "X-RFC6275-NEW-CARE-OF-ADDRESS"


# Registered first


@check("UE-5.1.2.4-26", on=Kind.TUNNEL_DATA, when=sent_by_ue)
def data_without_registration(event: AnyEvent, context: Context) -> Outcome:
    """The HA drops what comes from a care-of address that it has no binding for: it might be anybody's."""
    segment, home = event.message, context.home
    until = bound_until(context)
    if is_sent_by(segment, until):
        return PASSED
    outcome = blamed(
        segment,
        until,
        expected=f"no tunnelled data from {home.home_address if home else 'the UE'} without a binding in force",
        observed=f"{what(segment)}: {_why_unbound(context, until)}",
        related=_last_word(home),
    )
    return unless_unseen(outcome, context)


def _why_unbound(context: Context, until: int) -> str:
    home = context.home
    if until != NEVER:
        return "the binding ended more than the grace before"
    if home is None or not home.updates:
        return "no Binding Update was sent before"
    status = ack_in(home.refusal).status if home.refusal else None
    if status:
        return f"the Binding Update was refused with status {status}"
    fault = fault_of_protection(home.last_ack.message) if home.last_ack else ""
    return f"the acknowledgement came {fault}" if fault else "no acknowledgement came before"


def _last_word(home: HomeRegistration | None) -> tuple[int, ...]:
    """The acknowledgement, else the update, sent last."""
    last = (home.last_ack or home.last_update) if home else None
    return (last.frame,) if last else ()


def _is_ahead_of_its_update(event: AnyEvent, context: Context) -> bool:
    """A binding is in force, and none of the care-of address that the data come from."""
    segment, home = event.message, context.home
    if not sent_by_ue(event, context) or home is None or not home.is_registered(event.at):
        return False
    return binding_at(context, segment.outer_source, event.at) is None


@check(NEW_ADDRESS, on=Kind.TUNNEL_DATA, when=_is_ahead_of_its_update)
def data_from_an_address_not_acknowledged(event: AnyEvent, context: Context) -> Outcome:
    """RFC 6275 section 11.7.1 lets a UE that moved send before its acknowledgement; until then the HA may drop it."""
    segment, home = event.message, context.home
    assert home is not None
    known = ", ".join(str(b.outer.address) for b in home.alive(event.at))
    return failed(expected=f"data from {known}, which is registered", observed=f"data from {segment.outer_source}")


# IPv4 Home Address


def _sends_with_ipv4_address(event: AnyEvent, context: Context) -> bool:
    home = context.home
    given = home is not None and home.ipv4_home_address is not None
    return given and event.message.inner_family == 4 and sent_by_ue(event, context)


@check("UE-5.1.2.4-30", on=Kind.TUNNEL_DATA, when=_sends_with_ipv4_address)
def data_from_another_ipv4_address(event: AnyEvent, context: Context) -> Outcome:
    """Nothing leads back to an IPv4 address that the HA did not assign to this UE."""
    segment, home = event.message, context.home
    assert home is not None
    assert home.ipv4_ack is not None
    source = segment.inner_source
    if source is None:
        return inconclusive("the capture cut the inner IPv4 header")
    if source == home.ipv4_home_address or source in _assigned_network(home):
        return PASSED
    before = any(_gives(ack, source) for ack in home.acks if ack.at < home.ipv4_ack.at)
    return blamed(
        segment,
        home.ipv4_ack.at + in_flight(context) if before else NEVER,
        expected=f"inner source {home.ipv4_home_address}, the IPv4 Home Address assigned",
        observed=f"inner source {source}",
        related=(home.ipv4_ack.frame,),
    )


def _gives(ack: MobilityEvent, address: IPv4Address) -> bool:
    option = ack.message.option(Ipv4AddressAck)
    return option is not None and not option.is_refusal and option.address == address


def _assigned_network(home: HomeRegistration) -> IPv4Network:
    """The prefix that a UE asked for and got (RFC 5555 section 3.1.1), else the one address."""
    assert home.ipv4_ack is not None
    answer, update = home.ipv4_ack.message.option(Ipv4AddressAck), home.update_of(home.ipv4_ack)
    asked = update.message.option(Ipv4HomeAddress) if update else None
    assert answer is not None
    length = answer.prefix_length if asked and asked.prefix_requested and answer.prefix_length <= 32 else 32
    return IPv4Network((answer.address, length), strict=False)


def _accepts(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and accepts_registration(event, answered(event, context))


def _refuses_ipv4(event: AnyEvent, context: Context) -> bool:
    option = event.message.option(Ipv4AddressAck)
    return option is not None and option.is_refusal and _accepts(event, context)


def _is_silent_on_ipv4(event: AnyEvent, context: Context) -> bool:
    """No option, and no earlier assignment that this update leaves as it is."""
    if event.message.option(Ipv4AddressAck) is not None or not _accepts(event, context):
        return False
    update, home = answered(event, context), context.home
    bound = home is not None and home.ipv4_home_address is not None
    return not bound or (update is not None and update.message.option(Ipv4HomeAddress) is not None)


def _is_followed(ack: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The next answer that accepts something takes its place."""
    return is_of(ack, context) and not ack_in(event).is_refusal


def _ipv4_data(ack: MobilityEvent, event: AnyEvent, context: Context, why: str) -> Outcome:
    segment, home = event.message, context.home
    if segment.inner_family != 4 or not sent_by_ue(event, context) or not is_of(ack, context):
        return PASSED
    before = home is not None and any(_had_ipv4(earlier) for earlier in home.acks if earlier.at < ack.at)
    return blamed(
        segment,
        ack.at + in_flight(context) if before else NEVER,
        expected=f"IPv6 data alone: {why}",
        observed=what(segment),
        related=(ack.frame,),
    )


def _had_ipv4(ack: MobilityEvent) -> bool:
    option = ack.message.option(Ipv4AddressAck)
    return option is not None and not option.is_refusal


@prohibition(
    "UE-5.1.2.4-31",
    opens=Kind.BINDING_ACK,
    when=_refuses_ipv4,
    offence=Kind.TUNNEL_DATA,
    closes=Kind.BINDING_ACK,
    closing=_is_followed,
)
def ipv4_data_after_refusal(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The UE has no IPv4 Home Address: whatever it takes for one belongs to somebody else."""
    option = ack.message.option(Ipv4AddressAck)
    return _ipv4_data(ack, event, context, f"IPv4 Address Acknowledgement with status {option.status}")


@prohibition(
    "UE-5.1.2.4-34",
    opens=Kind.BINDING_ACK,
    when=_is_silent_on_ipv4,
    offence=Kind.TUNNEL_DATA,
    closes=Kind.BINDING_ACK,
    closing=_is_followed,
)
def ipv4_data_without_answer(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """Without the option nothing was assigned: whatever the UE takes for its IPv4 address belongs to somebody else."""
    return _ipv4_data(ack, event, context, "the acknowledgement has no IPv4 Address Acknowledgement option")
