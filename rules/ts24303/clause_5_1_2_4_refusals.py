"""Clause 5.1.2.4: what the UE does after a Binding Acknowledgement that refuses, or that it has to ignore."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.ikev2.messages import IkeMessage
from dissectors.mobility.registry import BindingStatus, name_of
from rules.bindings import MobilityEvent
from rules.discovery import client_end, interface_identifier
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check, obligation, prohibition
from rules.session import Context
from rules.ts24303.acknowledging import (
    any_update,
    asks_for_binding,
    crossing,
    fault_of_ack,
    is_of,
    may_answer,
    unseen_registration,
)
from rules.ts24303.places import never
from rules.ts24303.registering import ack_in, is_for_home_agent, registers, update_in

AGAIN = BindingStatus.REASON_UNSPECIFIED.value
LEAVE = frozenset((*range(129, 134), *range(140, 144)))
"""Statuses after which the UE gives this Home Agent up (RFC 6275 section 6.1.8, RFC 3963 section 4.2)."""


def _status(ack: MobilityEvent) -> str:
    return f"status {name_of(ack_in(ack).status, BindingStatus)}"


def _refuses(event: AnyEvent, context: Context) -> bool:
    """A refusal that the UE has to take: of one of its updates, and protected."""
    return ack_in(event).is_refusal and not fault_of_ack(event, context)


def _last_refusal(context: Context) -> MobilityEvent | None:
    """The acknowledgement that came last, where it is such a refusal."""
    refusal = context.home.refusal if context.home else None
    return refusal if refusal is not None and not fault_of_ack(refusal, context) else None


# An acknowledgement that is worth nothing


def _is_to_be_rejected(event: AnyEvent, context: Context) -> bool:
    """It gives the UE no binding, while it has none."""
    home = context.home
    if home is None or home.is_registered(event.at):
        return False
    return ack_in(event).is_refusal or bool(fault_of_ack(event, context))


def _is_accepted(rejected: AnyEvent, event: AnyEvent, context: Context) -> bool:
    return is_of(rejected, context) and not ack_in(event).is_refusal and not fault_of_ack(event, context)


def _is_valid(event: AnyEvent, context: Context) -> bool:
    return not ack_in(event).is_refusal and not fault_of_ack(event, context)


@check("UE-5.1.2.4-25", on=Kind.BINDING_ACK, when=_is_valid, maybe=may_answer(any_update))
def valid_acknowledgement(event: MobilityEvent, context: Context) -> Outcome:
    """Protected, with the number of an update, and accepting: the UE may take it."""
    return PASSED


@prohibition(
    "UE-5.1.2.4-25",
    opens=Kind.BINDING_ACK,
    when=_is_to_be_rejected,
    maybe=never,
    offence=Kind.TUNNEL_DATA,
    closes=Kind.BINDING_ACK,
    closing=_is_accepted,
)
def data_on_a_worthless_acknowledgement(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A UE that takes any acknowledgement for its own lets anyone on the path tell it where it is registered."""
    if context.role is not Role.UE or not is_of(ack, context):
        return PASSED
    first = event.message.first_at_or_after(_from_when(ack, event, context))
    if first is None:
        return PASSED
    doubt = unseen_registration(context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"no data of the UE in the tunnel: the acknowledgement in frame {ack.frame} came "
        f"{fault_of_ack(ack, context) or f'with {_status(ack)}'}",
        observed=f"packets from {event.message.inner_source} from here on",
        related=(ack.frame,),
        frame=first[0],
        at=first[1],
    )


def _from_when(ack: MobilityEvent, event: AnyEvent, context: Context) -> int:
    """At once; where a binding was in force before, what it let through may be on its way still."""
    had = context.home is not None and context.home.former
    return ack.at + (context.profile.deadline("grace") if had else 1)


# Refused for a reason that the next try need not have


def _status_128(event: AnyEvent, context: Context) -> bool:
    return _refuses(event, context) and ack_in(event).status == AGAIN


@check("UE-5.1.2.4-27", on=Kind.BINDING_ACK, when=_status_128, maybe=never)
def refused_without_a_reason(event: MobilityEvent, context: Context) -> Outcome:
    """Status 128 says nothing of the reason: the UE may try the same again."""
    return noted(f"refused in frame {event.frame} with {_status(event)}: the update may be sent again")


def _follows_128(event: AnyEvent, context: Context) -> bool:
    refusal = _last_refusal(context)
    return refusal is not None and registers(event, context) and ack_in(refusal).status == AGAIN


@check("UE-5.1.2.4-27", on=Kind.BINDING_UPDATE, when=_follows_128, maybe=never)
def sent_again_after_128(event: MobilityEvent, context: Context) -> Outcome:
    """How soon the UE tries again shows whether it waits at all."""
    return _next_step(event, context)


def _next_step(event: MobilityEvent, context: Context) -> Outcome:
    refusal = context.home.refusal if context.home else None
    assert refusal is not None
    after = f"{(event.at - refusal.at) / 1e9:.1f} s after {_status(refusal)} in frame {refusal.frame}"
    message = update_in(event)
    what = "a de-registration" if message.is_deregistration else f"an update for {message.lifetime_seconds} s"
    return noted(f"{what} {after}")


# Other statuses


def _other_status(event: AnyEvent, context: Context) -> bool:
    return _refuses(event, context) and ack_in(event).status not in LEAVE | {AGAIN}


@check("UE-5.1.2.4-42", on=Kind.BINDING_ACK, when=_other_status, maybe=never)
def refused_otherwise(event: MobilityEvent, context: Context) -> Outcome:
    """TS 24.303 leaves open what follows: RFC 6275 section 11.7.3 has the UE mend the cause and try again."""
    return noted(f"refused in frame {event.frame} with {_status(event)}")


def _follows_other(event: AnyEvent, context: Context) -> bool:
    refusal = _last_refusal(context)
    if refusal is None or context.role is not Role.UE or not is_for_home_agent(event.message):
        return False
    return ack_in(refusal).status not in LEAVE | {AGAIN}


@check("UE-5.1.2.4-42", on=Kind.BINDING_UPDATE, when=_follows_other, maybe=never)
def sent_again_after_other_status(event: MobilityEvent, context: Context) -> Outcome:
    """What the UE does after such a refusal."""
    return _next_step(event, context)


# Refused for good: another Home Agent


def _sends_away(event: AnyEvent, context: Context) -> bool:
    return _refuses(event, context) and ack_in(event).status in LEAVE


@prohibition(
    "UE-5.1.2.4-28",
    opens=Kind.BINDING_ACK,
    when=_sends_away,
    maybe=may_answer(asks_for_binding),
    offence=Kind.BINDING_UPDATE,
)
def update_to_a_home_agent_that_refused(refusal: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The Home Agent will not serve this UE, however often it asks; giving a binding back is no asking."""
    if not registers(event, context) or not is_of(refusal, context):
        return PASSED
    if event.message.home_agent != refusal.message.home_agent:
        return PASSED
    doubt = crossing(refusal, event, context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"no Binding Update to {event.message.home_agent} after {_status(refusal)} in frame {refusal.frame}",
        observed=f"one with sequence number {update_in(event).sequence}, {(event.at - refusal.at) / 1e9:.1f} s later",
        related=(refusal.frame,),
    )


def _search_in_sight(event: AnyEvent, context: Context) -> bool:
    """What goes to another Home Agent, or to look for one, does not pass a capture taken at this one."""
    return _sends_away(event, context) and context.profile.capture_point != "ha"


def _search_words(refusal: AnyEvent, context: Context) -> tuple[str, str]:
    away = f"after {_status(refusal)} from {refusal.message.home_agent}"
    return f"a look-up by DNS or DHCPv6, or IKE_SA_INIT to another HA, {away}", ""


@obligation(
    "UE-5.1.2.4-29",
    on=Kind.BINDING_ACK,
    when=_search_in_sight,
    maybe=may_answer(asks_for_binding),
    met_by=(Kind.IKE_SA_INIT_REQUEST, Kind.DNS, Kind.DHCPV6),
    expected="a look-up by DNS or DHCPv6, or IKE_SA_INIT to another HA",
    words=_search_words,
    across=True,
)
def no_search_for_another_home_agent(refusal: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """Without another Home Agent the UE stays without this PDN connection."""
    same_session = refusal.message.home_address in context.session.homes
    if not same_session and not _may_be_same_host(refusal, event):
        return False
    if isinstance(event.message, IkeMessage):
        own = {refusal.message.home_agent, refusal.source.address}
        return context.role is Role.UE and event.destination.address not in own
    return context.role is Role.UE


def _may_be_same_host(refusal: AnyEvent, event: AnyEvent) -> bool:
    """DHCPv6 comes from a link-local address, which need not share its identifier with the care-of address."""
    address, refused = client_end(event)[0], refusal.destination.address
    if address == refused or (isinstance(address, IPv6Address) and address.is_link_local):
        return True
    return interface_identifier(address) == interface_identifier(refused) != 0


def _search_out_of_sight(event: AnyEvent, context: Context) -> bool:
    return _sends_away(event, context) and context.profile.capture_point == "ha"


@check("UE-5.1.2.4-29", on=Kind.BINDING_ACK, when=_search_out_of_sight, maybe=never)
def search_out_of_sight(event: MobilityEvent, context: Context) -> Outcome:
    """At the refusing Home Agent nothing shows of what the UE does elsewhere."""
    return inconclusive("the capture was taken at the HA, where nothing that goes to another HA passes")
