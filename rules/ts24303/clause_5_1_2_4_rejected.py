"""Clause 5.1.2.4: bindings (RFC 5648) and flows (RFC 6089) that the Home Agent rejected are not used by the UE."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.mobility.flows import FlowIdentification, FlowSummary
from dissectors.mobility.options import BindingIdentifier
from dissectors.mobility.registry import BindingStatus, FlowStatus, name_of
from rules.bindings import Binding, HomeRegistration, MobilityEvent
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, prohibition
from rules.session import Context
from rules.ts24303.acknowledging import binding_ids, crossing, fault_of_ack, is_of, may_answer
from rules.ts24303.registering import registers

# Bindings


def _names_bids(update: MobilityEvent) -> bool:
    """The condition of updates with a Binding Identifier option."""
    return update.message.option(BindingIdentifier) is not None


def _rejected_bids(ack: MobilityEvent) -> dict[int, int]:
    """The status of every BID that an acknowledgement rejects."""
    return {o.binding_id: o.status for o in ack.message.options_of(BindingIdentifier) if o.is_refusal}


def _rejects_a_bid(event: AnyEvent, context: Context) -> bool:
    return bool(_rejected_bids(event)) and not fault_of_ack(event, context)


def _still_rejected(ack: MobilityEvent, home: HomeRegistration, at: int) -> list[int]:
    """The rejected BIDs for which no binding is in force, neither an older one nor one made since."""
    alive = {binding.binding_id for binding in home.alive(at)}
    return [bid for bid in _rejected_bids(ack) if bid not in alive]


def _bid_words(bid: int, ack: MobilityEvent) -> str:
    return f"BID {bid}, rejected with {name_of(_rejected_bids(ack)[bid], BindingStatus)} in frame {ack.frame}"


@prohibition(
    "UE-5.1.2.4-36",
    opens=Kind.BINDING_ACK,
    when=_rejects_a_bid,
    maybe=may_answer(_names_bids),
    offence=Kind.BINDING_UPDATE,
)
def rejected_binding_referred_to(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A flow that refers to a binding that does not exist goes nowhere."""
    home = context.home
    if home is None or not is_of(ack, context) or not registers(event, context):
        return PASSED
    own = binding_ids(event.message)
    rejected = [bid for bid in _still_rejected(ack, home, event.at) if bid not in own]
    for flow in event.message.options_of(FlowIdentification):
        named = next((bid for bid in flow.binding_ids if bid in rejected), None)
        if named is None:
            continue
        doubt = crossing(ack, event, context)
        if doubt:
            return inconclusive(doubt)
        return failed(
            expected=f"no flow that refers to {_bid_words(named, ack)}",
            observed=f"FID {flow.flow_id} refers to BID {named}",
            related=(ack.frame,),
        )
    return PASSED


@prohibition(
    "UE-5.1.2.4-36",
    opens=Kind.BINDING_ACK,
    when=_rejects_a_bid,
    maybe=may_answer(_names_bids),
    offence=Kind.TUNNEL_DATA,
)
def rejected_binding_used(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The Home Agent drops what comes from a care-of address that it did not register."""
    home, source = context.home, event.message.outer_source
    if home is None or context.role is not Role.UE or not is_of(ack, context):
        return PASSED
    late = event.message.first_at_or_after(ack.at + context.profile.deadline("grace"))
    if late is None or any(source in _addresses(binding) for binding in home.alive(event.at)):
        return PASSED
    bid = next((b for b in _still_rejected(ack, home, event.at) if source in _places(b, ack, home)), None)
    if bid is None:
        return PASSED
    return failed(
        expected=f"no packets from {source}, the care-of address of {_bid_words(bid, ack)}",
        observed=f"packets from {event.message.inner_source} through it",
        related=(ack.frame,),
        frame=late[0],
        at=late[1],
    )


def _addresses(binding: Binding) -> tuple[Address, Address]:
    return binding.care_of_address, binding.outer.address


def _places(bid: int, ack: MobilityEvent, home: HomeRegistration) -> list[Address | None]:
    """Where packets of a rejected binding come from: the address in its option, or where its update came from."""
    update = home.update_of(ack)
    if update is None:
        return []
    options = update.message.options_of(BindingIdentifier)
    alone = [update.message.care_of_address] if len(options) == 1 else []
    return [option.care_of_address for option in options if option.binding_id == bid] + alone


# Flows


def _names_flows(update: MobilityEvent) -> bool:
    """The condition of updates with a Flow Identification option."""
    return update.message.option(FlowIdentification) is not None


def _rejected_flows(ack: MobilityEvent) -> dict[int, int]:
    """The status of every flow that an acknowledgement rejects."""
    options = ack.message.options_of(FlowIdentification)
    return {option.flow_id: option.status for option in options if option.is_refusal}


def _rejects_a_flow(event: AnyEvent, context: Context) -> bool:
    return bool(_rejected_flows(event)) and not fault_of_ack(event, context)


@prohibition(
    "UE-5.1.2.4-37",
    opens=Kind.BINDING_ACK,
    when=_rejects_a_flow,
    maybe=may_answer(_names_flows),
    offence=Kind.BINDING_UPDATE,
)
def rejected_flow_referred_to(ack: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A flow that the Home Agent rejected is not there to be kept or changed: it has to be described anew."""
    home = context.home
    if home is None or not is_of(ack, context) or not registers(event, context):
        return PASSED
    described = _described_in(home.update_of(ack))
    rejected = {
        fid: status
        for fid, status in _rejected_flows(ack).items()
        if fid in described and not (fid in home.flows and home.flows[fid].is_registered)
    }
    fid = next((fid for fid in _referred_to(event) if fid in rejected), None)
    if fid is None:
        return PASSED
    doubt = crossing(ack, event, context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"FID {fid} described anew or left out: rejected with {name_of(rejected[fid], FlowStatus)} "
        f"in frame {ack.frame}",
        observed=f"FID {fid} referred to as if it were registered",
        related=(ack.frame,),
    )


def _described_in(update: MobilityEvent | None) -> set[int]:
    """The flows that an update describes in full, as new ones; a rejected change leaves the old flow as it was."""
    options = update.message.options_of(FlowIdentification) if update else ()
    return {option.flow_id for option in options if option.selectors and option.binding_ids}


def _referred_to(update: MobilityEvent) -> list[int]:
    """Flows in a Flow Summary, and those of which only a part is given: RFC 6089 section 5.2.2."""
    listed = [fid for summary in update.message.options_of(FlowSummary) for fid in summary.flow_ids]
    options = update.message.options_of(FlowIdentification)
    return listed + [option.flow_id for option in options if not (option.selectors and option.binding_ids)]
