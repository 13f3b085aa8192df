"""Clause 5.1.2.4: IP flow mobility: bindings with identifiers, and routing rules as flows (RFC 5648, 6089)."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.mobility.flows import FlowIdentification, FlowSummary, MalformedSubOption
from dissectors.mobility.messages import BindingUpdate
from dissectors.mobility.options import BindingIdentifier
from dissectors.mobility.registry import FlowSubOptionType, OptionType, UpdateFlag
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import (
    flags_shown,
    has_bid,
    has_fid,
    is_initial,
    lacking_option,
    late_start,
    maybe_initial,
    of_initial,
    registers,
    update_in,
)

# Bindings


def _uses_flow_mobility_first(event: AnyEvent, context: Context) -> bool:
    return is_initial(event, context) and (has_bid(event.message) or has_fid(event.message))


@check("UE-5.1.2.4-17", on=Kind.BINDING_UPDATE, when=_uses_flow_mobility_first, maybe=maybe_initial)
def flow_mobility_without_overwrite(event: MobilityEvent, context: Context) -> Outcome:
    """Bindings that the HA still holds from before would stay beside the new ones, and take part of the traffic."""
    if update_in(event).has(UpdateFlag.OVERWRITE):
        return PASSED
    return of_initial(
        failed(expected="flag O (0x0040) = 1 in the first update", observed=f"flags set: {flags_shown(event)}"), context
    )


def _registers_a_flow_first(event: AnyEvent, context: Context) -> bool:
    return is_initial(event, context) and has_fid(event.message)


@check("UE-5.1.2.4-18", on=Kind.BINDING_UPDATE, when=_registers_a_flow_first, maybe=maybe_initial)
def flow_without_binding_identifier(event: MobilityEvent, context: Context) -> Outcome:
    """A flow goes to a binding by its identifier; without one there is nothing it could go to."""
    if has_bid(event.message):
        return PASSED
    expected = "a BID option beside the FID option in the first update"
    return of_initial(
        lacking_option(event.message, OptionType.BINDING_IDENTIFIER, expected=expected, observed="no BID option"),
        context,
    )


def _registers_bids(event: AnyEvent, context: Context) -> bool:
    return registers(event, context) and event.message.option(BindingIdentifier) is not None


@check("UE-5.1.2.4-19", on=Kind.BINDING_UPDATE, when=_registers_bids)
def binding_without_priority(event: MobilityEvent, context: Context) -> Outcome:
    """Traffic of no flow goes to the binding with the lowest number; 0 says nothing, and the HA has to guess."""
    for bid in event.message.options_of(BindingIdentifier):
        if not bid.priority:
            return failed(
                expected=f"a BID-PRI from 1 to 127 for BID {bid.binding_id}", observed="BID-PRI 0, which is reserved"
            )
    return PASSED


# Flows


def new_flows(event: MobilityEvent, context: Context) -> list[FlowIdentification]:
    """The flows of an update that the HA does not hold already."""
    known = context.home.flows if context.home else {}
    listed = event.message.options_of(FlowIdentification)
    return [flow for flow in listed if flow.flow_id not in known or not known[flow.flow_id].is_registered]


def _registers_new_flows(event: AnyEvent, context: Context) -> bool:
    return registers(event, context) and bool(new_flows(event, context))


def _may_be_held(flow: FlowIdentification, context: Context) -> str:
    """Why the HA may hold a flow already: then the update may leave out what stays as it was (RFC 6089 5.2.2.2)."""
    for update in context.home.waiting.values() if context.home else ():
        if any(sent.flow_id == flow.flow_id for sent in update.message.options_of(FlowIdentification)):
            return f"FID {flow.flow_id} was sent in frame {update.frame}, whose answer was not seen"
    return late_start(context)


def _sub_option_missing(flow: FlowIdentification, kind: FlowSubOptionType, name: str, context: Context) -> Outcome:
    cut = next((s for s in flow.all(MalformedSubOption) if s.type == kind), None)
    doubt = f"the {name} cannot be read: {cut.reason}" if cut else _may_be_held(flow, context)
    if doubt:
        return inconclusive(doubt)
    return failed(expected=f"a {name} sub-option in the new FID {flow.flow_id}", observed="no such sub-option")


@check("UE-5.1.2.4-20", on=Kind.BINDING_UPDATE, when=_registers_new_flows)
def flow_without_traffic_selector(event: MobilityEvent, context: Context) -> Outcome:
    """The HA cannot tell which packets the flow is made of."""
    kind = FlowSubOptionType.TRAFFIC_SELECTOR
    for flow in new_flows(event, context):
        if not any(sub.type == kind for sub in flow.sub_options):
            return _sub_option_missing(flow, kind, "Traffic Selector", context)
    return PASSED


@check("UE-5.1.2.4-21", on=Kind.BINDING_UPDATE, when=_registers_new_flows)
def flow_without_priority_of_its_own(event: MobilityEvent, context: Context) -> Outcome:
    """A packet that fits two flows goes by the lower number; where two are equal, the HA has to guess."""
    new = new_flows(event, context)
    for flow in new:
        if not flow.priority:
            return failed(
                expected=f"a FID-PRI of 1 or more for FID {flow.flow_id}", observed="FID-PRI 0, which is reserved"
            )
    held: dict[int, int] = {}
    for number, priority in _priorities(event, context):
        other = held.setdefault(priority, number)
        if other != number and {other, number} & {flow.flow_id for flow in new}:
            return failed(
                expected=f"a FID-PRI for FID {number} that no other flow of the UE has (RFC 6089 section 4.2)",
                observed=f"FID-PRI {priority} for FID {other} and FID {number}",
            )
    return PASSED


def _priorities(event: MobilityEvent, context: Context) -> Iterator[tuple[int, int]]:
    """FID and FID-PRI of all flows that the UE has with this update: those it lists, and those it keeps by number."""
    listed = event.message.options_of(FlowIdentification)
    named = {flow.flow_id for flow in listed}
    kept = {fid for summary in event.message.options_of(FlowSummary) for fid in summary.flow_ids}
    for fid, flow in context.home.flows.items() if context.home else ():
        if fid in kept - named and flow.is_registered:
            yield fid, flow.option.priority
    yield from ((flow.flow_id, flow.priority) for flow in listed)


@check("UE-5.1.2.4-22", on=Kind.BINDING_UPDATE, when=_registers_new_flows)
def flow_without_binding_reference(event: MobilityEvent, context: Context) -> Outcome:
    """The HA cannot tell by which of the UE's accesses the flow is to go."""
    kind = FlowSubOptionType.BINDING_REFERENCE
    for flow in new_flows(event, context):
        if not any(sub.type == kind and not isinstance(sub, MalformedSubOption) for sub in flow.sub_options):
            return _sub_option_missing(flow, kind, "Binding Reference", context)
    return PASSED


def _refers_to_bindings(event: AnyEvent, context: Context) -> bool:
    flows = event.message.options_of(FlowIdentification)
    return registers(event, context) and any(flow.binding_ids for flow in flows)


@check("UE-5.1.2.4-23", on=Kind.BINDING_UPDATE, when=_refers_to_bindings)
def flow_for_an_unknown_binding(event: MobilityEvent, context: Context) -> Outcome:
    """A flow for a binding that does not exist is refused, or lies idle while the UE waits for its traffic."""
    known = {bid.binding_id for bid in event.message.options_of(BindingIdentifier)}
    known |= {binding.binding_id for binding in context.home.alive(event.at)} if context.home else set()
    for flow in event.message.options_of(FlowIdentification):
        stray = [bid for bid in flow.binding_ids if bid not in known]
        if stray:
            return _stray_reference(event, flow, stray[0], known, context)
    return PASSED


def _stray_reference(
    event: MobilityEvent, flow: FlowIdentification, bid: int, known: set[int], context: Context
) -> Outcome:
    doubt = _may_be_bound(bid, context)
    expected = f"BID {' or '.join(map(str, sorted(known)))}" if known else "a BID that the update carries"
    outcome = lacking_option(
        event.message,
        OptionType.BINDING_IDENTIFIER,
        expected=f"{expected} in the Binding Reference of FID {flow.flow_id}",
        observed=f"BID {bid}, neither in the update nor registered",
    )
    return inconclusive(doubt) if doubt else outcome


def _may_be_bound(bid: int, context: Context) -> str:
    for update in context.home.waiting.values() if context.home else ():
        message = update.message.message
        sent = any(option.binding_id == bid for option in update.message.options_of(BindingIdentifier))
        if sent and isinstance(message, BindingUpdate) and not message.is_deregistration:
            return f"BID {bid} was sent in frame {update.frame}, whose answer was not seen"
    return late_start(context)
