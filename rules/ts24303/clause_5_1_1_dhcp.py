"""Clauses 5.1.1 and 5.1.2.4: DHCP with the home network, for parameters and further prefixes, through the tunnel."""

from __future__ import annotations

from dissectors.dhcpv6 import Dhcpv6Message, RelayMessage
from dissectors.dhcpv6.messages import IaPd
from dissectors.home_traffic import HomeConfiguration
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context

LONGEST = 64
"""The longest prefix in which hosts can configure addresses by themselves."""


def _goes_through_tunnel(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and bool(event.message.in_tunnel)


@check("UE-5.1.2.4-41", on=Kind.HOME_CONFIGURATION, when=_goes_through_tunnel)
def parameters_through_tunnel(event: AnyEvent, context: Context) -> Outcome:
    """What the home network offers beyond addresses, such as servers and vendor's options, comes this way."""
    message = event.message
    return noted(f"{message.name} from {message.addressing.source}, {message.addressing.encapsulation.value}")


def _is_of_registered(event: AnyEvent, context: Context) -> bool:
    """DHCP with the home network once the UE is away and registered; through the tunnel at any time."""
    registered = context.home is not None and context.home.is_registered(event.at)
    return bool(event.message.in_tunnel) or registered


@check("UE-5.1.1-03", on=Kind.HOME_CONFIGURATION, when=_is_of_registered)
def configuration_outside_tunnel(event: AnyEvent, context: Context) -> Outcome:
    """Outside the tunnel the home network is not reached, or answers to an address that is not the UE's there."""
    message = event.message
    if message.in_tunnel:
        return PASSED
    home, ends = context.home, message.addressing
    assert home is not None
    return failed(
        expected=f"{message.name} in the DSMIPv6 tunnel to care-of address "
        + ", ".join(str(binding.outer.address) for binding in home.alive(event.at)),
        observed=f"{message.name} from {ends.source} to {ends.destination}, outside the tunnel",
        related=(home.alive(event.at)[-1].ack.frame,),
    )


def _is_about_prefixes(event: AnyEvent, context: Context) -> bool:
    message = _inner(event.message)
    if message is None or not event.message.in_tunnel:
        return False
    return message.first(IaPd) is not None or message.malformed is not None


def _inner(message: HomeConfiguration) -> Dhcpv6Message | None:
    """The DHCPv6 message, whatever relays put around it."""
    dhcp = message.message
    return dhcp.inner if isinstance(dhcp, RelayMessage) else dhcp if isinstance(dhcp, Dhcpv6Message) else None


@check("UE-5.1.1-02", on=Kind.HOME_CONFIGURATION, when=_is_about_prefixes)
def prefix_longer_than_a_link(event: AnyEvent, context: Context) -> Outcome:
    """Behind a longer prefix no host can configure an address by itself."""
    message = _inner(event.message)
    assert message is not None
    long = next((prefix for prefix in message.prefixes if prefix.prefix_length > LONGEST), None)
    if long is None and message.malformed is not None:
        return inconclusive(f"whether there is another prefix does not show: {message.malformed}")
    if long is None:
        return PASSED
    verb = "asked for" if context.role is Role.UE else "given"
    return failed(expected=f"a prefix of /{LONGEST} or shorter", observed=f"{long} {verb} in {event.message.name}")
