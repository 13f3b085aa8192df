"""Clause 5.1.2.4: what the UE does when it is registered, but is given no IPv4 Home Address."""

from __future__ import annotations

from dissectors.mobility.options import Ipv4AddressAck, Ipv4HomeAddress
from dissectors.mobility.registry import Ipv4AckStatus, name_of
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation, prohibition
from rules.session import Context
from rules.ts24303.acknowledging import crossing, fault_of_ack, is_of, may_answer
from rules.ts24303.places import never
from rules.ts24303.registering import ack_in, registers, update_in

NOT_AGAIN = frozenset(
    {Ipv4AckStatus.ADMINISTRATIVELY_PROHIBITED.value, Ipv4AckStatus.DYNAMIC_ASSIGNMENT_NOT_AVAILABLE.value}
)
WITH_ZERO = frozenset(
    {
        Ipv4AckStatus.REASON_UNSPECIFIED.value,
        Ipv4AckStatus.INCORRECT_IPV4_HOME_ADDRESS.value,
        Ipv4AckStatus.INVALID_IPV4_ADDRESS.value,
        Ipv4AckStatus.PREFIX_ALLOCATION_UNAUTHORIZED.value,
    }
)
ZERO = "0.0.0.0"  # noqa: S104 - RFC 5555 section 3.1.1: any address


def _wanted_ipv4(update: MobilityEvent) -> bool:
    """The condition of updates with an IPv4 Home Address option."""
    return update.message.option(Ipv4HomeAddress) is not None


def _ipv4_status(ack: MobilityEvent, context: Context) -> int | None:
    """The status of the IPv4 Address Acknowledgement in an answer that binds and that the UE has to take."""
    option = ack.message.option(Ipv4AddressAck)
    if option is None or ack_in(ack).is_refusal or not ack_in(ack).lifetime or fault_of_ack(ack, context):
        return None
    return option.status


def _told(ack: MobilityEvent) -> str:
    option = ack.message.option(Ipv4AddressAck)
    assert option is not None
    return f"IPv4 status {name_of(option.status, Ipv4AckStatus)} in frame {ack.frame}"


# No IPv4 Home Address to be had


def _none_to_be_had(event: AnyEvent, context: Context) -> bool:
    return _ipv4_status(event, context) in NOT_AGAIN


def _changes_that(told: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The binding is given back, or an IPv4 Home Address is given after all."""
    if not is_of(told, context) or ack_in(event).is_refusal:
        return False
    option = event.message.option(Ipv4AddressAck)
    return not ack_in(event).lifetime or (option is not None and not option.is_refusal)


@prohibition(
    "UE-5.1.2.4-32",
    opens=Kind.BINDING_ACK,
    when=_none_to_be_had,
    maybe=may_answer(_wanted_ipv4),
    offence=Kind.BINDING_UPDATE,
    closes=Kind.BINDING_ACK,
    closing=_changes_that,
)
def asks_again_for_ipv4(told: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The answer will be the same; the UE lives with its IPv6 Home Address alone."""
    option, home = event.message.option(Ipv4HomeAddress), context.home
    if option is None or home is None or not registers(event, context) or not is_of(told, context):
        return PASSED
    if event.message.home_agent != told.message.home_agent or not home.is_registered(event.at):
        return PASSED
    doubt = crossing(told, event, context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"no IPv4 Home Address option after {_told(told)}",
        observed=f"a Binding Update with IPv4 Home Address {option.address}, {(event.at - told.at) / 1e9:.1f} s later",
        related=(told.frame,),
    )


# An IPv4 Home Address that was not right


def _to_be_asked_with_zero(event: AnyEvent, context: Context) -> bool:
    return _ipv4_status(event, context) in WITH_ZERO


def _gives_up(told: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The UE detaches instead."""
    return is_of(told, context) and update_in(event).is_deregistration


def _zero_words(told: AnyEvent, context: Context) -> tuple[str, str]:
    return f"a Binding Update with IPv4 Home Address {ZERO} after {_told(told)}", ""


@obligation(
    "UE-5.1.2.4-33",
    on=Kind.BINDING_ACK,
    when=_to_be_asked_with_zero,
    maybe=may_answer(_wanted_ipv4),
    met_by=Kind.BINDING_UPDATE,
    expected=f"a Binding Update with IPv4 Home Address {ZERO}",
    void_by=Kind.BINDING_UPDATE,
    voids=_gives_up,
    words=_zero_words,
)
def ipv4_not_asked_for_again(told: AnyEvent, update: AnyEvent, context: Context) -> bool:
    """With 0.0.0.0 the Home Agent chooses an address that is right; the UE needs not go without."""
    option = update.message.option(Ipv4HomeAddress)
    return is_of(told, context) and registers(update, context) and option is not None and option.asks_for_any


def _names_an_address_again(event: AnyEvent, context: Context) -> bool:
    home, option = context.home, event.message.option(Ipv4HomeAddress)
    told = home.ipv4_ack if home is not None and home.ipv4_ack is home.last_ack else None
    if told is None or option is None or option.asks_for_any or not registers(event, context):
        return False
    return _ipv4_status(told, context) in WITH_ZERO


@check("UE-5.1.2.4-33", on=Kind.BINDING_UPDATE, when=_names_an_address_again, maybe=never)
def ipv4_asked_for_by_address_again(event: MobilityEvent, context: Context) -> Outcome:
    """An address that was refused, or another guess, does not get better by being sent again."""
    told, option = context.home.ipv4_ack if context.home else None, event.message.option(Ipv4HomeAddress)
    assert told is not None
    assert option is not None
    doubt = crossing(told, event, context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"IPv4 Home Address {ZERO} after {_told(told)}",
        observed=f"IPv4 Home Address {option.address}",
        related=(told.frame,),
    )
