"""RFC 6089 section 4.2: the Flow Identification option and its sub-options."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.mobility.flows import FlowIdentification, FlowSubOption, FlowSummary, MalformedSubOption
from dissectors.mobility.messages import BindingUpdate
from dissectors.mobility.options import MalformedOption
from dissectors.mobility.registry import FlowSubOptionType, OptionType
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import has_fid

FLOW_OPTIONS = (OptionType.FLOW_IDENTIFICATION, OptionType.FLOW_SUMMARY)


def _has_fid(event: AnyEvent, context: Context) -> bool:
    return has_fid(event.message)


@check("RFC6089-01", on=Kind.MOBILITY, when=_has_fid)
def flow_identification_that_is_wrong(event: MobilityEvent, context: Context) -> Outcome:
    """The HA refuses a flow that it cannot read, and its traffic takes the way of all other."""
    for expected, observed in _faults(event):
        return failed(expected=expected, observed=observed)
    return PASSED


def _is_selector(sub: FlowSubOption) -> bool:
    """A traffic selector that keeps to its length and whose contents are wrong: UE-5.1.2.4-24 judges them."""
    return isinstance(sub, MalformedSubOption) and sub.type == FlowSubOptionType.TRAFFIC_SELECTOR and sub.fits


def _faults(event: MobilityEvent) -> Iterator[tuple[str, str]]:
    packet = event.message
    for cut in packet.options_of(MalformedOption):
        if cut.type in FLOW_OPTIONS:
            yield f"an option of type {cut.type} that can be read", str(cut.reason)
    for summary in packet.options_of(FlowSummary):
        if 0 in summary.flow_ids:
            yield "FIDs from 1 to 65535", f"FID 0 in the Flow Summary {', '.join(map(str, summary.flow_ids))}"
    for option in packet.options_of(FlowIdentification):
        if not option.flow_id:
            yield "an FID from 1 to 65535", "FID 0"
        if option.status and isinstance(packet.message, BindingUpdate):
            yield "status 0 in a Binding Update", f"status {option.status} with FID {option.flow_id}"
        fault = next((sub.fault for sub in option.sub_options if sub.fault and not _is_selector(sub)), None)
        if fault:
            yield f"sub-options that fill the option of FID {option.flow_id}", str(fault)
