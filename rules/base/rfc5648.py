"""RFC 5648 sections 4.3 and 5.2: the Binding Identifier option."""

from __future__ import annotations

from dissectors.mobility.messages import BindingUpdate
from dissectors.mobility.options import BindingIdentifier, MalformedOption
from dissectors.mobility.registry import OptionType
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import has_bid


def _has_bid(event: AnyEvent, context: Context) -> bool:
    return has_bid(event.message)


@check("RFC5648-01", on=Kind.MOBILITY, when=_has_bid)
def binding_identifier_that_is_wrong(event: MobilityEvent, context: Context) -> Outcome:
    """A binding that cannot be told from others, or whose care-of address no checksum of ESP covers, is refused."""
    packet = event.message
    for cut in packet.options_of(MalformedOption):
        if cut.type == OptionType.BINDING_IDENTIFIER:
            return failed(expected="a Binding Identifier option of 4, 8 or 20 bytes", observed=str(cut.reason))
    for option in packet.options_of(BindingIdentifier):
        fault = _fault(option, event)
        if fault:
            return failed(expected=fault[0], observed=fault[1])
    return PASSED


def _fault(option: BindingIdentifier, event: MobilityEvent) -> tuple[str, str] | None:
    packet, number = event.message, f"BID {option.binding_id}"
    message, address = packet.message, option.care_of_address
    if not option.binding_id:
        return "a BID from 1 to 65535", "BID 0"
    if not isinstance(message, BindingUpdate):
        return ("no care-of address in a BID option", f"{address} with {number}") if address is not None else None
    if option.status:
        return "status 0 in a Binding Update", f"status {option.status} with {number}"
    if address is None and packet.esp is not None and not message.is_deregistration:
        return "the care-of address in the BID option, as ESP protects the update", f"no care-of address with {number}"
    return None
