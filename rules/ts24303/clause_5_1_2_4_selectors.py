"""Clause 5.1.2.4: the traffic selectors of a flow, in the binary format of RFC 6088."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.mobility.flows import FlowIdentification, FlowSubOption, MalformedSubOption, TrafficSelectorOption
from dissectors.mobility.registry import FlowSubOptionType
from dissectors.mobility.selectors import UnknownSelector
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.clause_5_1_2_4_flows import new_flows
from rules.ts24303.places import never
from rules.ts24303.registering import registers

SELECTOR = FlowSubOptionType.TRAFFIC_SELECTOR
SEVERAL = "X-RFC6089-SELECTORS"


def _selectors(event: MobilityEvent) -> Iterator[tuple[int, FlowSubOption]]:
    """FID and Traffic Selector sub-option, readable or not, of every flow."""
    for flow in event.message.options_of(FlowIdentification):
        yield from ((flow.flow_id, sub) for sub in flow.sub_options if sub.type == SELECTOR)


def _has_selectors(event: AnyEvent, context: Context) -> bool:
    return registers(event, context) and any(_selectors(event))


@check("UE-5.1.2.4-24", on=Kind.BINDING_UPDATE, when=_has_selectors)
def traffic_selector_not_in_binary_format(event: MobilityEvent, context: Context) -> Outcome:
    """The HA sorts packets by these bytes alone; what it cannot read it refuses, or sorts wrongly."""
    reserved = ""
    for fid, sub in _selectors(event):
        fault = _fault(sub)
        if fault:
            return failed(
                expected="a traffic selector of format 1 (IPv4) or 2 (IPv6) whose flags, fields and ranges fit",
                observed=f"FID {fid}: {fault}",
            )
        reserved = reserved or _reserved(fid, sub)
    return noted(reserved) if reserved else PASSED


def _fault(sub: FlowSubOption) -> str:
    if isinstance(sub, MalformedSubOption):
        return f"flags and length disagree: {sub.reason}"
    if not isinstance(sub, TrafficSelectorOption):
        return ""
    if isinstance(sub.selector, UnknownSelector):
        return f"format {sub.format}"
    wrong = (
        f"{name.replace('_', ' ')} {value}: {value.problem}" for name, value in sub.selector.ranges if value.problem
    )
    return next(wrong, "")


def _reserved(fid: int, sub: FlowSubOption) -> str:
    """A receiver ignores these bits, so they do no harm."""
    bits = getattr(sub.selector, "reserved", 0) if isinstance(sub, TrafficSelectorOption) else 0
    return f"FID {fid}: reserved bits 0x{bits:x} are set" if bits else ""


def _has_several(event: AnyEvent, context: Context) -> bool:
    return registers(event, context) and any(len(flow.selectors) > 1 for flow in new_flows(event, context))


@check(SEVERAL, on=Kind.BINDING_UPDATE, when=_has_several, maybe=never)
def several_traffic_selectors_in_one_flow(event: MobilityEvent, context: Context) -> Outcome:
    """TS 24.303 lets a flow have several traffic selectors, RFC 6089 section 4.2.1.4 one: a HA may refuse the flow."""
    flow = next(flow for flow in new_flows(event, context) if len(flow.selectors) > 1)
    return failed(
        expected=f"one traffic selector in FID {flow.flow_id}, as RFC 6089 section 4.2.1.4 has it",
        observed=f"{len(flow.selectors)} traffic selectors, which TS 24.303 clause 5.1.2.4 allows",
    )
