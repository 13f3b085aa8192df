"""Clause 5.1.2.4: the initial Binding Update from an IPv6 care-of address."""

from __future__ import annotations

from dissectors.mobility.options import AlternateCareOfAddress, BindingIdentifier
from dissectors.mobility.registry import OptionType
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.ha_addresses import home_agent_addresses
from rules.ts24303.registering import (
    has_bid,
    hidden_option,
    is_initial_from_ipv6,
    lacking_option,
    may_come_over,
    maybe_initial_over,
    names_home_address,
    of_initial,
    sends_to_home_agent,
    with_h_and_a,
)

ALTERNATE = OptionType.ALTERNATE_CARE_OF_ADDRESS


@check("UE-5.1.2.4-03", on=Kind.BINDING_UPDATE, when=is_initial_from_ipv6, maybe=maybe_initial_over(6))
def update_to_another_address(event: MobilityEvent, context: Context) -> Outcome:
    """Nobody else can bind the Home Address; the update is lost, and the UE goes on asking."""
    there = event.message.home_agent
    known = home_agent_addresses(context, 6)
    if there in known:
        return PASSED
    if not known:
        return inconclusive("no IPv6 address of the HA is known from IKE, selectors, acknowledgements or the profile")
    return of_initial(
        failed(expected=f"a Binding Update to {' or '.join(map(str, known))}, the HA", observed=f"it goes to {there}"),
        context,
    )


@check("UE-5.1.2.4-04", on=Kind.BINDING_UPDATE, when=is_initial_from_ipv6, maybe=maybe_initial_over(6))
def ipv6_registration_without_h_and_a(event: MobilityEvent, context: Context) -> Outcome:
    """Without H the node need not act as Home Agent; without A the UE never learns that it is registered."""
    return of_initial(with_h_and_a(event), context)


# Alternate Care-of Address


def _needs_alternate(event: AnyEvent, context: Context) -> bool:
    return is_initial_from_ipv6(event, context) and not has_bid(event.message)


@check("UE-5.1.2.4-06", on=Kind.BINDING_UPDATE, when=_needs_alternate, maybe=maybe_initial_over(6))
def no_alternate_care_of_address(event: MobilityEvent, context: Context) -> Outcome:
    """ESP in transport mode leaves the IPv6 header unprotected: only inside ESP is the care-of address safe."""
    packet = event.message
    if packet.option(AlternateCareOfAddress):
        return PASSED
    wanted = f"an Alternate Care-of Address option with {packet.care_of_address}, as there is no BID option"
    return of_initial(
        lacking_option(packet, ALTERNATE, OptionType.BINDING_IDENTIFIER, expected=wanted, observed="no such option"),
        context,
    )


def _has_alternate(event: AnyEvent, context: Context) -> bool:
    """A de-registration as well: the option says of it too which binding is meant."""
    packet = event.message
    over_ipv6 = sends_to_home_agent(event, context) and not packet.is_from_ipv4
    return over_ipv6 and packet.option(AlternateCareOfAddress) is not None


@check("UE-5.1.2.4-07", on=Kind.BINDING_UPDATE, when=_has_alternate, maybe=may_come_over(6))
def alternate_care_of_address_differs(event: MobilityEvent, context: Context) -> Outcome:
    """The HA would send the traffic of the UE to an address from which nobody has shown to be reachable."""
    packet = event.message
    if names_home_address(packet):
        return noted("the de-registration names the Home Address, as RFC 6275 section 6.1.7 allows")
    for option in packet.options_of(AlternateCareOfAddress):
        if option.address != packet.care_of_address:
            return failed(
                expected=f"the packet's source address {packet.care_of_address} as Alternate Care-of Address",
                observed=f"Alternate Care-of Address {option.address}",
            )
    return PASSED


def _carries_bid(event: AnyEvent, context: Context) -> bool:
    return sends_to_home_agent(event, context) and has_bid(event.message)


@check("UE-5.1.2.4-08", on=Kind.BINDING_UPDATE, when=_carries_bid)
def alternate_care_of_address_beside_bid(event: MobilityEvent, context: Context) -> Outcome:
    """The BID option holds the care-of address of its binding; a second one leaves open which of the two counts."""
    packet = event.message
    alternate = packet.option(AlternateCareOfAddress)
    if alternate is not None:
        bids = ", ".join(str(bid.binding_id) for bid in packet.options_of(BindingIdentifier))
        return failed(
            expected="no Alternate Care-of Address option beside a BID option",
            observed=f"Alternate Care-of Address {alternate.address} beside BID {bids or 'that cannot be read'}",
        )
    doubt = hidden_option(packet, ALTERNATE)
    return inconclusive(doubt) if doubt else PASSED
