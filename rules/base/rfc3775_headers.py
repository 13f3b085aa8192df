"""RFC 3775 (RFC 6275) sections 6.1 and 6.2: the Mobility Header's form. Sections 6.3 and 6.4: where home stands."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.events import Address
from dissectors.mobility.messages import NO_NEXT_HEADER
from dissectors.mobility.options import MalformedOption
from dissectors.mobility.registry import AckFlag, OptionType, UpdateFlag
from dissectors.mobility_packet import MobilityPacket
from dissectors.tunnels import Encapsulation
from rules.bindings import HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registrations import lies_in_home_prefix, negotiated_home_addresses
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import ack_in, update_in

JUDGED_ELSEWHERE = frozenset(
    {
        OptionType.IPV4_HOME_ADDRESS,
        OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT,
        OptionType.NAT_DETECTION,
        OptionType.IPV4_CARE_OF_ADDRESS,
        OptionType.BINDING_IDENTIFIER,
        OptionType.FLOW_SUMMARY,
        OptionType.FLOW_IDENTIFICATION,
    }
)
"""Options whose inside RFC5555-01, RFC5648-01 and RFC6089-01 judge; here counts only whether they tile the message."""


def _unverified(packet: MobilityPacket) -> str:
    """Why the bytes may be no Mobility Header at all."""
    opened = packet.esp.opened if packet.esp else None
    if opened is not None and opened.icv_ok is None:
        return "the ICV of the ESP packet was not checked, so its key may be wrong"
    return ""


# Form


@check("RFC3775-01", on=Kind.MOBILITY)
def checksum_that_is_wrong(event: MobilityEvent, context: Context) -> Outcome:
    """The receiver drops the message unread. It covers the Home Address, not the care-of address in the IPv6 header:
    whoever computes it over the wrong one of the two is not understood.
    """
    packet = event.message
    if packet.checksum_ok:
        return PASSED
    if packet.checksum_ok is None:
        return inconclusive(f"the checksum of the {packet.name} cannot be verified: the message is not whole")
    observed = f"checksum 0x{packet.message.checksum:04x}"
    if _unverified(packet):
        return inconclusive(f"{_unverified(packet)} ({observed})")
    ends = packet.addressing
    return failed(
        expected=f"a checksum over the pseudo-header of {ends.source} and {ends.destination}",
        observed=f"{observed}, which is wrong for them",
    )


@check("RFC3775-02", on=Kind.MOBILITY)
def header_that_does_not_fit(event: MobilityEvent, context: Context) -> Outcome:
    """A receiver that cannot tell where the options begin and end answers with an ICMPv6 error or drops the message."""
    packet = event.message
    fault = _fault_of_form(event)
    if fault is None:
        return PASSED
    if _unverified(packet):
        return inconclusive(f"{_unverified(packet)} ({fault[1]})")
    return failed(expected=fault[0], observed=fault[1])


def _fault_of_form(event: MobilityEvent) -> tuple[str, str] | None:
    """What is expected and what is there instead."""
    message = event.message.message
    if message.payload_proto != NO_NEXT_HEADER:
        return "payload protocol 59, no next header", f"payload protocol {message.payload_proto}"
    fault = _fault_of_layout(event.message)
    if fault:
        return "a header length that fits the packet, options that fill it exactly", fault
    left_over = event.size - message.declared_size
    if left_over > 0:
        return f"a header length for all {event.size} bytes", f"{left_over} bytes behind the message"
    misplaced = next((m for m in message.misaligned if not m.sub_option), None)
    if misplaced:
        where = f"at byte {misplaced.offset} of the message"
        return f"option {misplaced.type} at a multiple {misplaced.needed}", f"option {misplaced.type} {where}"
    return None


def _fault_of_layout(packet: MobilityPacket) -> str:
    message = packet.message
    faulty = [option for option in getattr(message, "options", ()) if option.fault]
    broken = [option for option in faulty if _breaks(option)]
    if broken:
        return str(broken[0].fault)
    of_an_option = any(option.fault == message.malformed for option in faulty)
    return str(message.malformed) if message.malformed and not of_an_option else ""


def _breaks(option: object) -> bool:
    return isinstance(option, MalformedOption) and (option.overruns or option.type not in JUDGED_ELSEWHERE)


# The Home Address in a Binding Update


def _is_sent_over_ipv6(event: AnyEvent, context: Context) -> bool:
    """Asked of a sealed packet: an IPv4 care-of address shows outside."""
    return (event.message.over or event.source.address.version) == 6


def _comes_from_ipv6(event: AnyEvent, context: Context) -> bool:
    packet = event.message
    if context.role is not Role.UE or packet.is_from_ipv4 or update_in(event).has(UpdateFlag.PROXY):
        return False
    return not _is_home(packet.care_of_address, context)


def _is_home(address: object, context: Context) -> bool:
    """The address at which the UE is seen is known as its Home Address."""
    session, home = context.session, context.home
    if home is None or address != home.home_address or not isinstance(address, IPv6Address):
        return False
    known = lies_in_home_prefix(session, address) or address in negotiated_home_addresses(session)
    return known or any(_names(message, address) for message in (*home.updates, *home.acks))


def _names(event: MobilityEvent, home_address: Address) -> bool:
    """An earlier message says that this is a Home Address: it stands there beside a care-of address."""
    packet = event.message
    return packet.home_address == home_address != packet.care_of_address


@check("RFC3775-03", on=Kind.BINDING_UPDATE, when=_comes_from_ipv6, maybe=_is_sent_over_ipv6)
def update_without_home_address(event: MobilityEvent, context: Context) -> Outcome:
    """The source is the care-of address: without the option the HA takes that for the Home Address to be bound."""
    packet = event.message
    if packet.home_address_option is not None:
        return PASSED
    source = packet.care_of_address
    if not _lives_elsewhere(source, context):
        return inconclusive(f"the Home Address is not known: {source} may be it")
    tunnel = packet.encapsulation
    inside = "" if tunnel is Encapsulation.NONE else f", {tunnel.value} with source {packet.addressing.source} inside"
    return failed(
        expected="a Home Address destination option, as the source is the care-of address",
        observed=f"no such option in the packet from {source}{inside}",
    )


def _lives_elsewhere(address: Address, context: Context) -> bool:
    """The UE's Home Address is known to be another: by its prefix, its CHILD SA, or a message that names both."""
    session, home = context.session, context.home
    if session.home_prefixes:
        return not lies_in_home_prefix(session, address)
    negotiated = negotiated_home_addresses(session)
    if negotiated:
        return address not in negotiated
    messages = (*home.updates, *home.acks) if home and home.home_address != address else ()
    return any(_names(message, message.message.home_address) for message in messages)


# The Home Address in a Binding Acknowledgement


def _goes_to_ipv6(event: AnyEvent, context: Context) -> bool:
    packet = event.message
    if packet.is_from_ipv4 or ack_in(event).has(AckFlag.PROXY):
        return False
    update = _answered(event, context)[0]
    if update is not None and update.message.home_address == packet.care_of_address:
        return False
    return not _is_home(packet.care_of_address, context)


def _answered(ack: MobilityEvent, context: Context) -> tuple[MobilityEvent | None, HomeRegistration | None]:
    """The update that an acknowledgement answers, whatever Home Address it is sent to."""
    homes = ([context.home] if context.home else []) + list(context.session.homes.values())
    for home in homes:
        update = home.update_of(ack)
        if update is not None and update.source.address == ack.destination.address:
            return update, home
    return None, None


@check("RFC3775-04", on=Kind.BINDING_ACK, when=_goes_to_ipv6, maybe=_is_sent_over_ipv6)
def acknowledgement_without_routing_header(event: MobilityEvent, context: Context) -> Outcome:
    """The UE looks up its binding, and the ESP SA, by the Home Address; without it the packet is not for any of its."""
    packet = event.message
    named, there = packet.addressing.routing_home_address, packet.care_of_address
    update, home = _answered(event, context)
    if named is None:
        if home is None and not _lives_elsewhere(there, context):
            return inconclusive(f"the Home Address is not known: {there} may be it")
        return failed(
            expected=f"a type 2 routing header with {_home_shown(home)}, as the destination is the care-of address",
            observed=f"no such header in the packet to {there}",
            related=(update.frame,) if update else (),
        )
    if update is None or home is None or named == home.home_address:
        return PASSED
    return failed(
        expected=f"a type 2 routing header with {_home_shown(home)}, the Home Address of the update",
        observed=f"a type 2 routing header with {named}",
        related=(update.frame,),
    )


def _home_shown(home: HomeRegistration | None) -> str:
    return str(home.home_address) if home else "the Home Address"
