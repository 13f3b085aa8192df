"""Clause 5.1.2.4: the Binding Update from an IPv4 care-of address, as RFC 5555 has it."""

from __future__ import annotations

from ipaddress import IPv4Address

from dissectors.mobility.options import BindingIdentifier, Ipv4CareOfAddress
from dissectors.mobility.registry import OptionType, UpdateFlag
from dissectors.tunnels import Encapsulation
from dissectors.udp import UdpPort
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registrations import lies_in_home_prefix
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.ha_addresses import home_agent_addresses
from rules.ts24303.places import never
from rules.ts24303.registering import (
    flags_shown,
    has_bid,
    hidden_option,
    lacking_option,
    may_come_over,
    registers_from_ipv4,
    sends_to_home_agent,
    update_in,
    with_h_and_a,
)

IN_UDP = (Encapsulation.UDP, Encapsulation.UDP_TLV)
CARE_OF = OptionType.IPV4_CARE_OF_ADDRESS
OVER_IPV4 = may_come_over(4)


# The way it is sent


@check("UE-5.1.2.4-09", on=Kind.BINDING_UPDATE, when=registers_from_ipv4, maybe=OVER_IPV4)
def ipv4_registration_not_in_udp(event: MobilityEvent, context: Context) -> Outcome:
    """UDP is what gets through a NAT, and the inner source is all that tells the HA whose update it is."""
    packet, session = event.message, context.session
    port, source = packet.addressing.outer_destination.port, packet.addressing.source
    expected = f"the IPv6 packet from the Home Address in UDP to port {UdpPort.DSMIPV6:d}"
    if packet.encapsulation not in IN_UDP:
        return failed(expected=expected, observed=f"encapsulation: {packet.encapsulation.value}")
    if port != UdpPort.DSMIPV6:
        return failed(expected=expected, observed=f"UDP to port {port}")
    if packet.home_address_option is not None:
        return inconclusive("a Home Address option stands in the inner packet, whose own source address is not kept")
    if session.home_prefixes and not lies_in_home_prefix(session, source):
        grant = session.home_prefixes[-1]
        return failed(
            expected=f"an inner source address of the home prefix {grant.prefix}/{grant.length}",
            observed=f"inner source address {source}",
            related=(grant.frame,),
        )
    return PASSED


def _is_judged_at_once(event: AnyEvent, context: Context) -> bool:
    return registers_from_ipv4(event, context) and bool(home_agent_addresses(context, 4))


@check("UE-5.1.2.4-10", on=Kind.BINDING_UPDATE, when=_is_judged_at_once, maybe=OVER_IPV4)
def ipv4_registration_to_another_address(event: MobilityEvent, context: Context) -> Outcome:
    """Nobody else can bind the Home Address. Whether the source address is the UE's own is a NAT's matter."""
    there = event.message.addressing.outer_destination.address
    known = home_agent_addresses(context, 4)
    if there in known:
        return PASSED
    return failed(
        expected=f"an IPv4 packet to {' or '.join(map(str, known))}, the HA",
        observed=f"the IPv4 packet goes to {there}",
    )


def _shows_where_it_is(event: AnyEvent, context: Context) -> bool:
    """The first acknowledgement over IPv4 from a HA whose IPv4 address nothing named before."""
    update = context.home.update_of(event) if context.home and context.role is Role.HA else None
    if update is None or not update.message.is_from_ipv4 or home_agent_addresses(context, 4):
        return False
    return bool(
        event.message.addressing.outer_source.address == update.message.addressing.outer_destination.address
    ) and registers_from_ipv4(update, Context(context.session, Role.UE, home=context.home))


@check("UE-5.1.2.4-10", on=Kind.BINDING_ACK, when=_shows_where_it_is, maybe=never)
def ipv4_registration_answered_from_there(event: MobilityEvent, context: Context) -> Outcome:
    """Where IKE ran over IPv6, the HA's IPv4 address is known from its answer only."""
    return PASSED


# IPv4 Care-of Address


def _needs_care_of_option(event: AnyEvent, context: Context) -> bool:
    return registers_from_ipv4(event, context) and not has_bid(event.message)


@check("UE-5.1.2.4-11", on=Kind.BINDING_UPDATE, when=_needs_care_of_option, maybe=OVER_IPV4)
def no_ipv4_care_of_address(event: MobilityEvent, context: Context) -> Outcome:
    """A NAT is found by comparing this address with the packet's source; without it the HA cannot tell."""
    packet = event.message
    option = packet.option(Ipv4CareOfAddress)
    expected = "an IPv4 Care-of Address option with the UE's unicast address, as there is no BID option"
    if option is None:
        return lacking_option(
            packet, CARE_OF, OptionType.BINDING_IDENTIFIER, expected=expected, observed="no such option"
        )
    if is_unicast(option.address):
        return PASSED
    return failed(expected=expected, observed=f"IPv4 Care-of Address {option.address}")


def is_unicast(address: IPv4Address) -> bool:
    """An address that a host can have: not of 0.0.0.0/8, loopback, multicast or class E with its broadcast."""
    odd = address.is_multicast or address.is_loopback or address.is_reserved
    return not odd and int(address) >> 24 != 0


def _carries_bid(event: AnyEvent, context: Context) -> bool:
    return sends_to_home_agent(event, context) and has_bid(event.message)


@check("UE-5.1.2.4-12", on=Kind.BINDING_UPDATE, when=_carries_bid)
def ipv4_care_of_address_beside_bid(event: MobilityEvent, context: Context) -> Outcome:
    """The BID option holds the care-of address of its binding; a second one leaves open which of the two counts."""
    packet = event.message
    option = packet.option(Ipv4CareOfAddress)
    if option is not None:
        bids = ", ".join(str(bid.binding_id) for bid in packet.options_of(BindingIdentifier))
        return failed(
            expected="no IPv4 Care-of Address option beside a BID option",
            observed=f"IPv4 Care-of Address {option.address} beside BID {bids or 'that cannot be read'}",
        )
    doubt = hidden_option(packet, CARE_OF)
    return inconclusive(doubt) if doubt else PASSED


# Flags


@check("UE-5.1.2.4-13", on=Kind.BINDING_UPDATE, when=registers_from_ipv4, maybe=OVER_IPV4)
def ipv4_registration_without_h_and_a(event: MobilityEvent, context: Context) -> Outcome:
    """Without H the node need not act as Home Agent; without A the UE never learns that it is registered."""
    return with_h_and_a(event)


@check("UE-5.1.2.4-14", on=Kind.BINDING_UPDATE, when=registers_from_ipv4, maybe=OVER_IPV4)
def ipv4_registration_forces_udp(event: MobilityEvent, context: Context) -> Outcome:
    """Whether all traffic has to go in UDP is for the HA to say, which finds the NAT; F would take it from it."""
    if not update_in(event).has(UpdateFlag.FORCE_UDP):
        return PASSED
    return failed(expected="flag F = 0", observed=f"flags set: {flags_shown(event)}")


@check("UE-5.1.2.4-15", on=Kind.BINDING_UPDATE, when=registers_from_ipv4, maybe=OVER_IPV4)
def ipv4_registration_without_r(event: MobilityEvent, context: Context) -> Outcome:
    """With R the HA forwards the whole home prefix to the UE, not its one Home Address alone."""
    if update_in(event).has(UpdateFlag.MOBILE_ROUTER):
        return PASSED
    return failed(expected="flag R = 1", observed=f"flags set: {flags_shown(event)}")
