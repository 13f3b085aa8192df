"""What an accepted Binding Update comes to: for which Home Addresses, by which bindings, with which NAT and flows.

The machines are told before the records of :mod:`rules.registrations` are, so it is told here from the messages, and
from what the records held before them.
"""

from __future__ import annotations

from dissectors.mobility.flows import FlowIdentification, FlowSummary
from dissectors.mobility.messages import BindingAck, BindingUpdate
from dissectors.mobility.options import BindingIdentifier, Ipv4AddressAck, NatDetection
from dissectors.mobility.registry import UpdateFlag
from rules.bindings import SECOND, Binding, HomeRegistration, MobilityEvent
from rules.machines.table import Signal
from rules.registrations import NO_BID, asked_lifetime, nat_in_the_path

Signals = tuple[Signal, ...]
BOUND = {
    (False, False): Signal.BOUND_V6,
    (True, False): Signal.BOUND_DUAL,
    (False, True): Signal.BOUND_V6_BIDS,
    (True, True): Signal.BOUND_DUAL_BIDS,
}
"""By whether an IPv4 Home Address is bound too, and whether bindings have BIDs."""
NAT = {True: Signal.NAT_FOUND, False: Signal.NAT_ABSENT, None: Signal.NAT_UNTOLD}


def acceptance(ack: MobilityEvent, update: MobilityEvent | None, home: HomeRegistration) -> Signals:
    """What both ends hold after an acknowledgement that leaves some binding."""
    stay = others_that_stay(ack, update, home)
    if _gives_back(update):
        has_flows = any(flow.is_registered for flow in home.flows.values())
        has_ipv4, per_bid = home.ipv4_home_address is not None, any(binding.binding_id for binding in stay)
        return BOUND[has_ipv4, per_bid], NAT[any(b.has_nat for b in stay)], _flows_signal(has_flows)
    bids = ack.message.options_of(BindingIdentifier)
    per_bid = any(not bid.is_refusal for bid in bids) or (bool(bids) and any(b.binding_id for b in stay))
    return BOUND[_has_ipv4(ack, home), per_bid], NAT[_has_nat(ack, update, stay)], _flows(ack, update, home)


def lasts_until(ack: MobilityEvent, update: MobilityEvent | None, home: HomeRegistration) -> int:
    """When the last of the bindings is over, in ns since 1970."""
    ends = [binding.expires_at for binding in others_that_stay(ack, update, home)]
    message = ack.message.message
    if isinstance(message, BindingAck) and not _gives_back(update) and _binds(ack, update):
        lifetime = message.lifetime_seconds or (asked_lifetime(update) if update else 0)
        ends.append(ack.at + lifetime * SECOND)
    return max(ends, default=ack.at)


def others_that_stay(ack: MobilityEvent, update: MobilityEvent | None, home: HomeRegistration) -> list[Binding]:
    """The bindings in force that an accepted update leaves alone: RFC 5648 sections 4.2 and 5.6."""
    asked = update.message.message if update else None
    named = {bid.binding_id for bid in update.message.options_of(BindingIdentifier)} if update else set[int]()
    if not named or not isinstance(asked, BindingUpdate):
        return []
    if not asked.is_deregistration and (asked.has(UpdateFlag.OVERWRITE) or NO_BID in home.bindings):
        return []
    return [binding for binding in home.alive(ack.at) if binding.binding_id not in named]


def _binds(ack: MobilityEvent, update: MobilityEvent | None) -> bool:
    """Whether an answer accepts anything of the update itself: it may refuse each of its BIDs (RFC 5648)."""
    named = {bid.binding_id for bid in update.message.options_of(BindingIdentifier)} if update else set[int]()
    refused = {bid.binding_id for bid in ack.message.options_of(BindingIdentifier) if bid.is_refusal}
    return not named or not named <= refused


def _gives_back(update: MobilityEvent | None) -> bool:
    asked = update.message.message if update else None
    return isinstance(asked, BindingUpdate) and asked.is_deregistration


def _has_ipv4(ack: MobilityEvent, home: HomeRegistration) -> bool:
    """An answer without the option says nothing of an IPv4 Home Address: what is bound stays."""
    answer = ack.message.option(Ipv4AddressAck)
    if answer is not None:
        return not answer.is_refusal and int(answer.address) != 0
    return home.ipv4_home_address is not None and home.is_registered(ack.at)


def _has_nat(ack: MobilityEvent, update: MobilityEvent | None, stay: list[Binding]) -> bool | None:
    """As the Home Agent finds out by the update; where that does not tell, as it says."""
    if any(binding.has_nat for binding in stay):
        return True
    if not _binds(ack, update):
        return False
    found = nat_in_the_path(update.message) if update else None
    return True if found is None and ack.message.option(NatDetection) is not None else found


def _flows(ack: MobilityEvent, update: MobilityEvent | None, home: HomeRegistration) -> Signal:
    """A flow that an update does not list is gone (RFC 6089 section 5.2.2.1)."""
    answers = ack.message.options_of(FlowIdentification)
    kept = {f for summary in update.message.options_of(FlowSummary) for f in summary.flow_ids} if update else set[int]()
    lives = home.is_registered(ack.at)  # with the last binding its flows went, though the records still hold them
    stays = lives and any(flow.is_registered for fid, flow in home.flows.items() if fid in kept)
    return _flows_signal(stays or any(not answer.is_refusal for answer in answers))


def _flows_signal(has_flows: bool) -> Signal:
    return Signal.FLOWS_SET if has_flows else Signal.FLOWS_GONE
