"""Clause 5.1.2.2: Binding Updates and Acknowledgements are protected with ESP."""

from __future__ import annotations

from dissectors.mobility.options import BindingAuthorizationData
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, Role, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.acknowledging import answers, any_update
from rules.ts24303.registering import sends_to_home_agent


def _is_from_ha(event: AnyEvent, context: Context) -> bool:
    """Not the answer of a correspondent, which Binding Authorization Data protect (RFC 6275 section 9.5.4)."""
    if context.role is not Role.HA or event.message.option(BindingAuthorizationData) is not None:
        return False
    return answers(any_update)(event, context)


def _may_be_from_ha(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA


@check("UE-5.1.2.2-21", on=Kind.BINDING_UPDATE, when=sends_to_home_agent)
def update_outside_esp(event: MobilityEvent, context: Context) -> Outcome:
    """Whoever can send a Binding Update in the UE's name can lead its traffic anywhere."""
    return _protected(event)


@check("HA-5.1.2.2-22", on=Kind.BINDING_ACK, when=_is_from_ha, maybe=_may_be_from_ha)
def acknowledgement_outside_esp(event: MobilityEvent, context: Context) -> Outcome:
    """Whoever can send an acknowledgement in the HA's name can make the UE give up, or use a binding that is none."""
    return _protected(event)


def _protected(event: MobilityEvent) -> Outcome:
    packet = event.message
    if packet.esp is not None:
        return PASSED
    return failed(
        expected=f"the {packet.name} in ESP",
        observed=f"{packet.name} of sequence number {getattr(packet.message, 'sequence', '?')} in clear,"
        f" Home Address {packet.home_address}",
    )
