"""Flow options and their sub-options as values: RFC 6089 sections 4.2 and 4.3, RFC 7109 section 6.2."""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

from dissectors.events import Address, Malformed
from dissectors.mobility.options import REFUSED, MobilityOption
from dissectors.mobility.registry import FlowSubOptionType, OptionType
from dissectors.mobility.selectors import Selector
from dissectors.record import record

SubOptionT = TypeVar("SubOptionT", bound="FlowSubOption")


@record(kw_only=True)
class FlowSubOption:
    """Any sub-option. ``offset`` counts from the start of the Mobility Header."""

    type: int
    offset: int = field(default=0, compare=False)

    @property
    def fault(self) -> Malformed | None:
        """What could not be read."""
        return None

    @property
    def alignment(self) -> tuple[int, int]:
        """``(x, y)``: the sub-option belongs at xn+y from the start of the Mobility Header."""
        return (2, 0) if self.type == FlowSubOptionType.BINDING_REFERENCE else (1, 0)


@record
class FlowPad1(FlowSubOption):
    """One byte without a length (RFC 6089 section 4.2.1.1)."""

    type: int = field(default=FlowSubOptionType.PAD1.value, kw_only=True)


@record
class FlowPadN(FlowSubOption):
    """Two bytes or more. RFC 6089 section 4.2.1.2 words its length in two ways; the general rule is the one in use."""

    data: bytes = b""
    type: int = field(default=FlowSubOptionType.PADN.value, kw_only=True)


@record
class BindingReference(FlowSubOption):
    """The bindings that the flow may use (RFC 6089 section 4.2.1.3)."""

    binding_ids: tuple[int, ...]
    type: int = field(default=FlowSubOptionType.BINDING_REFERENCE.value, kw_only=True)


@record
class TrafficSelectorOption(FlowSubOption):
    """Which packets are the flow's (RFC 6089 section 4.2.1.4)."""

    format: int
    selector: Selector
    type: int = field(default=FlowSubOptionType.TRAFFIC_SELECTOR.value, kw_only=True)


@record
class FlowBindingAction(FlowSubOption):
    """What is to be done with the flow (RFC 7109 section 6.2.1)."""

    action: int
    type: int = field(default=FlowSubOptionType.FLOW_BINDING_ACTION.value, kw_only=True)


@record
class TargetCareOfAddress(FlowSubOption):
    """Where the flow is to go (RFC 7109 section 6.2.2)."""

    address: Address
    type: int = field(default=FlowSubOptionType.TARGET_CARE_OF_ADDRESS.value, kw_only=True)


@record
class OtherSubOption(FlowSubOption):
    """A sub-option that is not known."""

    type: int
    data: bytes


@record
class MalformedSubOption(FlowSubOption):
    """A sub-option that cannot be what its type says, and why."""

    type: int
    data: bytes
    reason: Malformed
    fits: bool = field(default=True, kw_only=True, compare=False)  # in the option: its contents are wrong

    @property
    def fault(self) -> Malformed | None:
        """Why."""
        return self.reason


@record
class FlowSummary(MobilityOption):
    """The flows that stay as they are, by identifier (RFC 6089 section 4.2.2)."""

    flow_ids: tuple[int, ...]
    type: int = field(default=OptionType.FLOW_SUMMARY.value, kw_only=True)


class _FlowCarrier:
    """What a Flow Identification offers by its sub-options."""

    __slots__ = ()
    sub_options: tuple[FlowSubOption, ...]

    @property
    def binding_ids(self) -> tuple[int, ...]:
        """The bindings that all Binding Reference sub-options name, in order."""
        return tuple(bid for reference in self.all(BindingReference) for bid in reference.binding_ids)

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """All traffic selectors; RFC 6089 allows one."""
        return tuple(sub.selector for sub in self.all(TrafficSelectorOption))

    def all(self, kind: type[SubOptionT]) -> tuple[SubOptionT, ...]:
        """The sub-options of one class, in order."""
        return tuple(sub for sub in self.sub_options if isinstance(sub, kind))


@record
class FlowIdentification(_FlowCarrier, MobilityOption):
    """One flow (RFC 6089 section 4.2.1); a lower ``priority`` goes first. 0 is reserved in both numbers."""

    flow_id: int
    priority: int
    status: int = 0
    sub_options: tuple[FlowSubOption, ...] = ()
    type: int = field(default=OptionType.FLOW_IDENTIFICATION.value, kw_only=True)

    @property
    def is_refusal(self) -> bool:
        """Whether the Home Agent refuses this flow."""
        return self.status >= REFUSED

    @property
    def fault(self) -> Malformed | None:
        """The first fault among the sub-options."""
        return next((sub.fault for sub in self.sub_options if sub.fault), None)
