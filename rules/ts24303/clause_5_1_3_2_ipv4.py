"""Clauses 5.1.3.2 and 5.1.2.4: the IPv4 Home Address that a UE asks for with 0.0.0.0, and what it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from dissectors.mobility.options import Ipv4AddressAck, Ipv4HomeAddress, MobilityOption
from dissectors.mobility.registry import Ipv4AckStatus, OptionType, name_of
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import Binding, HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Verdict, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, Session
from rules.ts24303.acknowledging import accepts, answered, asks_for_ipv4_address, beside_update, may_answer
from rules.ts24303.clause_5_1_3_1_unique import is_same_ue
from rules.ts24303.places import quoted
from rules.ts24303.registering import ack_in, lacking_option, late_start, update_in

NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)
NONE_LEFT = Ipv4AckStatus.DYNAMIC_ASSIGNMENT_NOT_AVAILABLE.value
UNSPECIFIED = Ipv4AckStatus.REASON_UNSPECIFIED.value
INSTEAD = (OptionType.IPV4_HOME_ADDRESS, OptionType.IPV4_HOME_ADDRESS_REPLY)
"""What stands where type 30 belongs: RFC 5555 section 8 prints 29 by mistake, and 37 is the answer of Proxy MIPv6."""
THIS_NETWORK, FUTURE_USE = IPv4Network("0.0.0.0/8"), IPv4Network("240.0.0.0/4")
LOOK_BACK = 64
"""Sessions, the newest, in which a refusal for want of addresses is looked for."""


def _wants_ipv4(update: MobilityEvent) -> bool:
    """The condition of updates with an IPv4 Home Address option, be it to ask or to keep."""
    return update.message.option(Ipv4HomeAddress) is not None and not update_in(update).is_deregistration


# The option


def _of_type(packet: MobilityPacket, *types: int) -> MobilityOption | None:
    return next((o for o in packet.options_of(MobilityOption) if o.type in types), None)


@check("HA-5.1.2.4-35", on=Kind.BINDING_ACK, when=accepts(_wants_ipv4), maybe=may_answer(_wants_ipv4))
@beside_update
def acknowledged_with_another_option(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """A UE that looks for option 30 takes an answer of another number for none, and goes without IPv4."""
    if _of_type(ack.message, OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT):
        return PASSED
    other = _of_type(ack.message, *INSTEAD)
    if other is None:
        return NOT_APPLICABLE
    return failed(
        expected=f"option {OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT.value}, IPv4 Address Acknowledgement",
        observed=f"option {name_of(other.type, OptionType)} in its place",
        related=(update.frame,),
    )


@check(
    "HA-5.1.3.2-06", on=Kind.BINDING_ACK, when=accepts(asks_for_ipv4_address), maybe=may_answer(asks_for_ipv4_address)
)
@beside_update
def request_for_ipv4_ignored(update: MobilityEvent, ack: MobilityEvent, context: Context) -> Outcome:
    """Without the option the UE learns neither its IPv4 Home Address nor that it has none."""
    if _of_type(ack.message, OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT, *INSTEAD):
        return PASSED
    return lacking_option(
        ack.message,
        OptionType.IPV4_ADDRESS_ACKNOWLEDGEMENT,
        expected="an IPv4 Address Acknowledgement option: the update asks for an address with 0.0.0.0",
        observed="no such option",
        related=(update.frame,),
    )


# The address


def _answers_for_ipv4(event: AnyEvent, context: Context) -> bool:
    return not ack_in(event).is_refusal and event.message.option(Ipv4AddressAck) is not None


@check("HA-5.1.3.2-07", on=Kind.BINDING_ACK, when=_answers_for_ipv4, maybe=may_answer(_wants_ipv4))
def unusable_ipv4_address(event: MobilityEvent, context: Context) -> Outcome:
    """Two UEs with one address get each other's packets; an address that is none carries none."""
    option = event.message.option(Ipv4AddressAck)
    assert option is not None
    if option.is_refusal:
        return _refusal(event, option, context)
    fault = _unusable(option.address)
    if fault:
        return failed(
            expected="an IPv4 address that a host can have",
            observed=f"success, with {option.address}, {fault}",
        )
    return _shared(event, option.address, context)


def _unusable(address: IPv4Address) -> str:
    if not int(address):
        return "which is no address"
    if address in THIS_NETWORK or address.is_loopback or address.is_link_local:
        return "which is not routed"
    return "which is no unicast address" if address.is_multicast or address in FUTURE_USE else ""


def _shared(event: MobilityEvent, address: IPv4Address, context: Context) -> Outcome:
    doubt = ""
    for session, home in reversed(context.world.ipv4_home_addresses.get(address, ())):
        if not _holds(session, home, address, event.at, context):
            continue
        same_network = _same_network(context.session, session)
        if same_network is False:
            continue
        held = f"{_name(session)}, Home Address {home.home_address},"
        if same_network is None or is_same_ue(context.session, session) is None:
            doubt = doubt or f"{held} holds {address} too, and may be the same UE or of another APN"
            continue
        return failed(
            expected="an IPv4 address that no other UE holds",
            observed=f"{address}: {held} holds it",
            related=(home.ipv4_ack.frame,) if home.ipv4_ack else (),
        )
    return inconclusive(doubt) if doubt else PASSED


def _name(session: Session) -> str:
    return quoted(session.identity) if session.identity else f"the UE of session {session.number}"


def _holds(session: Session, home: HomeRegistration, address: IPv4Address, at: int, context: Context) -> bool:
    if session is context.session or is_same_ue(context.session, session):
        return False
    return home.ipv4_home_address == address and home.is_registered(at)


def _same_network(one: Session, other: Session) -> bool | None:
    """The same Home Agent and APN; ``None`` where an APN is not known."""
    if not set(one.ha_addresses) & set(other.ha_addresses):
        return False
    if one.apn is None or other.apn is None:
        return None
    return one.apn.lower() == other.apn.lower()


def _refusal(event: MobilityEvent, option: Ipv4AddressAck, context: Context) -> Outcome:
    update, empty = answered(event, context), context.profile.ipv4_pool_empty
    status = name_of(option.status, Ipv4AckStatus)
    if option.status == NONE_LEFT or update is None or not asks_for_ipv4_address(update):
        return noted(f"IPv4 Home Address refused: {status}")
    if empty:
        return failed(
            expected=f"status {name_of(NONE_LEFT, Ipv4AckStatus)}: ipv4_pool_empty is declared",
            observed=f"status {status}",
            related=(update.frame,),
        )
    if empty is None and option.status == UNSPECIFIED:
        return inconclusive(f"status {status}: whether no address was left is not known (ipv4_pool_empty)")
    return noted(f"IPv4 Home Address refused: {status}")


# Assigned when there is one


def _says_whether_there_is_one(event: AnyEvent, context: Context) -> bool:
    """An address, or none left: what any other refusal says of the pool does not show."""
    option = event.message.option(Ipv4AddressAck)
    update = answered(event, context)
    if option is None or ack_in(event).is_refusal or update is None or not asks_for_ipv4_address(update):
        return False
    return option.status == NONE_LEFT or not option.is_refusal


@check("HA-5.1.3.2-19", on=Kind.BINDING_ACK, when=_says_whether_there_is_one, maybe=may_answer(asks_for_ipv4_address))
def ipv4_address_kept_back(event: MobilityEvent, context: Context) -> Outcome:
    """A UE that is told that nothing is left, while the next one gets an address, has no IPv4 service for no reason."""
    option = event.message.option(Ipv4AddressAck)
    assert option is not None
    if option.status == NONE_LEFT:
        return _pool_state(context)
    for other, refusal in _refused_lately(event, context):
        if _is_new(event, option.address, refusal, context):
            doubt = _unseen_release(other, refusal, context)
            if doubt:
                return replace(inconclusive(doubt), session=other.number, frame=refusal.frame, at=refusal.at)
            outcome = failed(
                expected=f"an address: {option.address} was held by nobody and given to {_name(context.session)} "
                f"{_ago(event, refusal)} later",
                observed=f"status {name_of(NONE_LEFT, Ipv4AckStatus)}",
                related=(event.frame,),
                frame=refusal.frame,
                at=refusal.at,
                absence=True,
            )
            return replace(outcome, session=other.number)
    return NOT_APPLICABLE


def _pool_state(context: Context) -> Outcome:
    empty = context.profile.ipv4_pool_empty
    if empty is None:
        return inconclusive("whether the Home Agent has an IPv4 address left is not known (ipv4_pool_empty)")
    if empty:
        return noted("no IPv4 address is left, as ipv4_pool_empty declares")
    return failed(
        expected="an IPv4 address: ipv4_pool_empty is declared false",
        observed=f"status {name_of(NONE_LEFT, Ipv4AckStatus)}",
    )


def _refused_lately(event: MobilityEvent, context: Context) -> Iterator[tuple[Session, MobilityEvent]]:
    """UEs of the same Home Agent and APN that were told a moment ago that no address is left."""
    since = event.at - context.profile.deadline("default")
    for other in reversed(context.world.sessions[-LOOK_BACK:]):
        if other is context.session or _same_network(context.session, other) is not True:
            continue
        for ack in (home.ipv4_ack for home in other.homes.values()):
            option = ack.message.option(Ipv4AddressAck) if ack and since <= ack.at <= event.at else None
            if ack and option and option.status == NONE_LEFT:
                yield other, ack


def _is_new(event: MobilityEvent, address: IPv4Address, refusal: MobilityEvent, context: Context) -> bool:
    """Nobody is known to have held the address when the other UE was refused: it was there to be given."""
    for _, home in context.world.ipv4_home_addresses.get(address, ()):
        times = ((b.at, b.expires_at if b.ended_at is None else b.ended_at) for b in _bindings(home))
        if any(begun <= refusal.at < ended for begun, ended in times):
            return False
    return True


def _unseen_release(refused: Session, refusal: MobilityEvent, context: Context) -> str:
    """Why an address may have been given back since, unseen: some UE was there whose registrations are not known."""
    for other in reversed(context.world.sessions[-LOOK_BACK:]):
        if other is context.session or other is refused or other.last_at < refusal.at:
            continue
        same = bool({other.ha, *other.ha_addresses} & {refused.ha, *refused.ha_addresses})
        if same and late_start(replace(context, session=other, home=None)):
            return (
                f"the UE of session {other.number} may have given an address back: its start was not captured or opened"
            )
    return ""


def _bindings(home: HomeRegistration) -> Iterator[Binding]:
    yield from home.bindings.values()
    yield from home.former


def _ago(event: MobilityEvent, refusal: MobilityEvent) -> str:
    return f"{(event.at - refusal.at) / 1e9:.1f} s"
