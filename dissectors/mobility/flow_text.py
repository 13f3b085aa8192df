"""Flows in a few words: ``src 198.51.100.7 sport 443 proto 6``."""

from __future__ import annotations

from dissectors.mobility.flows import (
    BindingReference,
    FlowBindingAction,
    FlowIdentification,
    FlowPad1,
    FlowPadN,
    FlowSubOption,
    MalformedSubOption,
    TargetCareOfAddress,
    TrafficSelectorOption,
)
from dissectors.mobility.registry import FlowAction, FlowStatus, FlowSubOptionType, name_of
from dissectors.mobility.selectors import AddressRange, IntRange, Selector, UnknownSelector

SHORT = {
    "source": "src",
    "destination": "dst",
    "spi": "spi",
    "flow_label": "label",
    "source_port": "sport",
    "destination_port": "dport",
    "ds": "ds",
    "protocol": "proto",
}
HEXADECIMAL = {"spi": "0x{:08x}", "flow_label": "0x{:05x}", "ds": "0x{:02x}"}


def describe_selector(selector: Selector) -> str:
    """The fields of a selector, ``any packet`` when it has none."""
    if isinstance(selector, UnknownSelector):
        return f"format {selector.format}, {len(selector.data)} bytes"
    fields = " ".join(f"{SHORT[name]} {_range_text(name, value)}" for name, value in selector.ranges)
    problems = f" ({'; '.join(selector.problems)})" if selector.problems else ""
    return (fields or "any packet") + problems


def _range_text(name: str, value: AddressRange | IntRange) -> str:
    form = HEXADECIMAL.get(name)
    if form is None:
        return str(value)
    start, end = (None if bound is None else form.format(bound) for bound in (value.start, value.end))
    return (start or "?") + (f"-{end}" if end else "")


def describe_flow(flow: FlowIdentification) -> str:
    """``FID 1 pri 10 BID 1 src 198.51.100.7``, and the status when it is not 0."""
    status = f" {name_of(flow.status, FlowStatus)}" if flow.status else ""
    shown = (describe_sub_option(sub) for sub in flow.sub_options if not isinstance(sub, (FlowPad1, FlowPadN)))
    return " ".join([f"FID {flow.flow_id} pri {flow.priority}{status}", *shown])


def describe_sub_option(sub: FlowSubOption) -> str:
    """One sub-option."""
    match sub:
        case FlowPad1() | FlowPadN():
            return "padding"
        case BindingReference():
            return "BID " + "+".join(map(str, sub.binding_ids))
        case TrafficSelectorOption():
            return describe_selector(sub.selector)
        case FlowBindingAction():
            return f"action {name_of(sub.action, FlowAction)}"
        case TargetCareOfAddress():
            return f"to {sub.address}"
        case MalformedSubOption():
            return f"malformed sub-option {sub.type}"
    return f"sub-option {name_of(sub.type, FlowSubOptionType)}"
