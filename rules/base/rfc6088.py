"""RFC 6088 and RFC 6089 section 5.1: a packet of a registered flow takes one of the bindings that the flow names."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.home_traffic import TunnelledPacket
from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.selectors import BinarySelector, PacketFacts
from rules.bindings import Flow, HomeRegistration
from rules.flow_routing import as_sent_to_home, routed
from rules.model import PASSED, Outcome, Role, Verdict, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.carrying import in_flight

NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)


def _has_flows(event: AnyEvent, context: Context) -> bool:
    return context.home is not None and bool(context.home.flows)


@check("RFC6088-01", on=Kind.TUNNELLED_PACKET, when=_has_flows)
def packet_on_another_binding(event: AnyEvent, context: Context) -> Outcome:
    """The flow was moved to an access for a reason: cost, quality, policy. Elsewhere its packets miss that."""
    home, packet = context.home, event.message
    assert home is not None
    facts = as_sent_to_home(packet.facts, context.role)
    found = routed(facts, home, event.at)
    taken = _taken(packet, context.role, home, event.at)
    if found.flow is None or not taken:
        return NOT_APPLICABLE
    if found.unread is not None:
        return inconclusive(f"the traffic selector of FID {found.unread.option.flow_id} goes before and cannot be read")
    option = found.flow.option
    if taken & set(option.binding_ids):
        return PASSED
    if _may_be_in_flight(found.flow, context, event.at):
        return NOT_APPLICABLE
    return failed(
        expected=f"BID {_listed(option.binding_ids)} for FID {option.flow_id} ({_selected(found.flow, facts)})",
        observed=f"{_shown(packet.facts)} on BID {_listed(sorted(taken))} ({_outside(packet, context.role)})",
        related=(found.flow.update.frame, found.flow.ack.frame),
    )


def _outside(packet: TunnelledPacket, sender: Role) -> Address:
    """The UE's end of the tunnel."""
    ends = packet.addressing
    return (ends.outer_source if sender is Role.UE else ends.outer_destination).address


def _taken(packet: TunnelledPacket, sender: Role, home: HomeRegistration, at: int) -> set[int]:
    """The bindings in force of the care-of address that the packet travels by."""
    there = _outside(packet, sender)
    return {binding.binding_id for binding in home.alive(at) if binding.outer.address == there}


def _may_be_in_flight(flow: Flow, context: Context, at: int) -> bool:
    """Sent before the flow was as it is, before it had its bindings, or while another flow went before it."""
    home = context.home
    assert home is not None
    changes = [flow.ack.at, *(home.bindings[bid].since.at for bid in flow.option.binding_ids if bid in home.bindings)]
    if home.last_ack is not None and _are_flows_gone(home):
        changes.append(home.last_ack.at)
    return at <= max(changes) + in_flight(context)


def _are_flows_gone(home: HomeRegistration) -> bool:
    """Flows were registered once that are not any more."""
    named = (option.flow_id for update in home.updates for option in update.message.options_of(FlowIdentification))
    return any(flow_id not in home.flows for flow_id in named)


def _listed(numbers: tuple[int, ...] | list[int]) -> str:
    return " or ".join(map(str, numbers))


def _selected(flow: Flow, facts: PacketFacts) -> str:
    """What the selector that matches asks for."""
    selector = next(s for s in flow.option.selectors if s.matches(facts))
    ranges = selector.ranges if isinstance(selector, BinarySelector) else ()
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in ranges) or "any packet"


def _shown(facts: PacketFacts) -> str:
    """A packet's ends and protocol."""
    source = f"{facts.source} port {facts.source_port}" if facts.source_port is not None else str(facts.source)
    there = str(facts.destination)
    there = f"{there} port {facts.destination_port}" if facts.destination_port is not None else there
    return f"protocol {facts.protocol} from {source} to {there}"
