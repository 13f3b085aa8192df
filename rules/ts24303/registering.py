"""What a Binding Update asks for and where it comes from: guards that the clauses on registration share.

An update is *initial* where nothing is bound for its Home Address. A capture that begins in the middle of a session
may have missed an earlier registration: :func:`late_start` says so, and :func:`of_initial` turns a fail into
inconclusive then. Retransmitted updates have new sequence numbers (RFC 6275 section 11.8): each is judged by itself.
"""

from __future__ import annotations

from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingAuthorizationData,
    BindingIdentifier,
    MalformedOption,
)
from dissectors.mobility.registry import UPDATE_LETTERS, OptionType, UpdateFlag
from dissectors.mobility_packet import MobilityPacket
from rules.bindings import HomeRegistration, MobilityEvent
from rules.kinds import may_carry_mobility
from rules.model import PASSED, Outcome, Role, Verdict, failed, inconclusive
from rules.registry import AnyEvent, Guard
from rules.session import Context, Session

# The message


def update_in(event: MobilityEvent) -> BindingUpdate:
    """The update that an event of kind BINDING_UPDATE holds."""
    message = event.message.message
    assert isinstance(message, BindingUpdate)
    return message


def ack_in(event: MobilityEvent) -> BindingAck:
    """The acknowledgement that an event of kind BINDING_ACK holds."""
    message = event.message.message
    assert isinstance(message, BindingAck)
    return message


def has_bid(packet: MobilityPacket) -> bool:
    """Whether a Binding Identifier option is there, be it one that cannot be read."""
    return packet.option(BindingIdentifier) is not None or bool(_cut(packet, OptionType.BINDING_IDENTIFIER))


def has_fid(packet: MobilityPacket) -> bool:
    """Whether a Flow Identification option is there, be it one that cannot be read."""
    return packet.option(FlowIdentification) is not None or bool(_cut(packet, OptionType.FLOW_IDENTIFICATION))


def is_from_home(packet: MobilityPacket) -> bool:
    """The update comes from the Home Address itself and through no tunnel: the UE is at home (RFC 6275 11.5.5)."""
    return packet.home_address == packet.care_of_address


def is_for_home_agent(packet: MobilityPacket) -> bool:
    """Not the update of a route to a correspondent (RFC 6275 section 11.7.2), nor of a proxy (RFC 5213)."""
    message = packet.message
    if not isinstance(message, BindingUpdate) or message.has(UpdateFlag.PROXY):
        return False
    return message.has(UpdateFlag.HOME_REGISTRATION) or packet.option(BindingAuthorizationData) is None


def names_home_address(packet: MobilityPacket) -> bool:
    """A de-registration with the Home Address as Alternate Care-of Address, as RFC 6275 section 6.1.7 lets it have."""
    message, alternate = packet.message, packet.option(AlternateCareOfAddress)
    if alternate is None or not isinstance(message, BindingUpdate):
        return False
    return message.is_deregistration and alternate.address == packet.home_address


def flags_shown(event: MobilityEvent) -> str:
    """The flags of an update by their letters: ``A H K R``."""
    flags = update_in(event).flags
    letters = [letter for n, letter in enumerate(UPDATE_LETTERS) if flags >> (15 - n) & 1]
    return " ".join(letters) or "none"


def with_h_and_a(event: MobilityEvent) -> Outcome:
    """Home registration and acknowledge are both set."""
    if update_in(event).has(UpdateFlag.HOME_REGISTRATION | UpdateFlag.ACKNOWLEDGE):
        return PASSED
    return failed(expected="flags H = 1 and A = 1", observed=f"flags set: {flags_shown(event)}")


# Guards


def sends_to_home_agent(event: AnyEvent, context: Context) -> bool:
    """A Binding Update to the Home Agent, whatever it asks for."""
    return context.role is Role.UE and is_for_home_agent(event.message)


def registers(event: AnyEvent, context: Context) -> bool:
    """A Binding Update to the Home Agent that asks for a binding."""
    return context.role is Role.UE and is_for_home_agent(event.message) and not update_in(event).is_deregistration


def registers_from_ipv6(event: AnyEvent, context: Context) -> bool:
    """Initial or not, from an IPv6 care-of address."""
    packet = event.message
    return registers(event, context) and not packet.is_from_ipv4 and not is_from_home(packet)


def registers_from_ipv4(event: AnyEvent, context: Context) -> bool:
    """Initial or not, from an IPv4 care-of address."""
    return registers(event, context) and bool(event.message.is_from_ipv4)


def is_initial(event: AnyEvent, context: Context) -> bool:
    """It asks for a binding where none is in force, as far as the capture tells: see :func:`late_start`."""
    return registers(event, context) and context.home is not None and not context.home.is_registered(event.at)


def is_initial_from_ipv6(event: AnyEvent, context: Context) -> bool:
    """The first registration, from an IPv6 care-of address that is not the Home Address."""
    return registers_from_ipv6(event, context) and is_initial(event, context)


def is_initial_from_ipv4(event: AnyEvent, context: Context) -> bool:
    """The first registration, from an IPv4 care-of address."""
    return registers_from_ipv4(event, context) and is_initial(event, context)


def maybe_initial(event: AnyEvent, context: Context) -> bool:
    """Asked of a sealed ESP packet from the UE: it may hold a first registration while nothing is bound."""
    homes = context.session.homes.values()
    return context.role is Role.UE and not any(home.is_registered(event.at) for home in homes)


def may_come_over(version: int) -> Guard:
    """Asked of a sealed ESP packet from the UE: over which IP version it comes shows, and so which care-of address."""

    def guard(event: AnyEvent, context: Context) -> bool:
        return context.role is Role.UE and comes_over(event) == version

    return guard


def comes_over(event: AnyEvent) -> int:
    """The IP version that a sealed ESP packet goes over: that of the care-of address."""
    return event.message.over or event.source.address.version


def maybe_initial_over(version: int) -> Guard:
    """The same, and it may hold a first registration while nothing is bound."""
    comes = may_come_over(version)
    return lambda event, context: comes(event, context) and maybe_initial(event, context)


# What was not seen


def late_start(context: Context) -> str:
    """Why an earlier binding may have gone unseen; empty where the session was captured from its start on."""
    session, home = context.session, context.home
    if home is not None and home.unexplained is not None:
        return f"the Binding Update that frame {home.unexplained.frame} answers was not captured"
    if home is not None and (home.first_accepted or home.former) and not _kept_others(home):
        return ""
    begun = session.ike_sas[0] if session.ike_sas else None
    if begun is None or begun.partial:
        return "the start of this session was not captured: an earlier registration may have gone unseen"
    if not session.established:
        return "the end of IKE_AUTH was not captured or opened: an earlier registration may have gone unseen"
    return _sealed_answer(session)


def _sealed_answer(session: Session) -> str:
    """Which ESP packet of the Home Agent may hold an acknowledgement that stays closed; empty if none may."""
    for flow in session.esp_flows.values():
        last, child = flow.last, session.children.get(flow.spi)
        if flow.sender is not Role.HA or last is None or last.message.sealed is None:
            continue
        if child is None or (child.transport and may_carry_mobility(child)):
            return f"an earlier registration may be in ESP that stays closed, as in frame {last.frame}"
    return ""


def _kept_others(home: HomeRegistration) -> bool:
    """The first registration on record has BIDs and no O flag: others stay as they were (RFC 5648 section 5)."""
    ack = home.first_accepted
    if ack is None or ack.message.option(BindingIdentifier) is None:
        return False
    update = home.update_of(ack)
    return update is None or not update_in(update).has(UpdateFlag.OVERWRITE)


def of_initial(outcome: Outcome, context: Context) -> Outcome:
    """What a rule on the first registration says; no fail where this may not be the first one."""
    doubt = late_start(context) if outcome.verdict is Verdict.FAIL else ""
    return inconclusive(f"{doubt} ({outcome.observed})") if doubt else outcome


def hidden_option(packet: MobilityPacket, *types: OptionType) -> str:
    """Why an option of some types may be there unread; empty if all could be read."""
    if packet.message.malformed:
        return f"the {packet.name} is malformed: {packet.message.malformed}"
    cut = _cut(packet, *types)
    return f"an option of type {cut[0].type} cannot be read: {cut[0].reason}" if cut else ""


def lacking_option(
    packet: MobilityPacket, *types: OptionType, expected: str, observed: str, related: tuple[int, ...] = ()
) -> Outcome:
    """An option is missing: a fail, unless it may stand in a part of the message that cannot be read."""
    doubt = hidden_option(packet, *types)
    return inconclusive(doubt) if doubt else failed(expected=expected, observed=observed, related=related)


def _cut(packet: MobilityPacket, *types: OptionType) -> tuple[MalformedOption, ...]:
    return tuple(option for option in packet.options_of(MalformedOption) if option.type in types)
