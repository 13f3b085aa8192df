"""RFC 4877: Binding Updates and Acknowledgements on the SA that was negotiated for them, in transport mode."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.mobility.registry import MhType
from dissectors.mobility_packet import MobilityPacket
from dissectors.tunnels import Encapsulation
from rules.bindings import MobilityEvent
from rules.home_sas import has_address, has_mobility, has_type, selectors_of, shown
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import ChildSa, Context

ON = (Kind.BINDING_UPDATE, Kind.BINDING_ACK)
IPV6 = 41


def _is_on_known_sa(event: AnyEvent, context: Context) -> bool:
    return context.child is not None and event.message.esp is not None


@check("RFC4877-01", on=ON, when=_is_on_known_sa)
def message_on_an_sa_for_others(event: MobilityEvent, context: Context) -> Outcome:
    """Only the selectors tie a Home Address to the UE that may speak for it; else any UE could move its traffic."""
    packet, child = event.message, context.child
    assert child is not None
    own, peer = selectors_of(child, context.role), selectors_of(child, context.role.peer)
    if not own or not peer:
        return inconclusive(f"the selectors of SPI 0x{packet.spi:08x} were not read")
    if not is_on_another_sa(event, context):
        return PASSED
    home = _home_address(packet, context)
    return failed(
        expected=f"an SA whose selectors let through {packet.name} of Home Address {home}, HA {packet.home_agent}",
        observed=f"SPI 0x{packet.spi:08x}: {context.role.value} {shown(own)}; {context.role.peer.value} {shown(peer)}",
        related=(child.response.frame,),
    )


def is_on_another_sa(event: MobilityEvent, context: Context) -> bool:
    """The selectors of its SA exclude it beyond doubt: its receiver drops it unread (RFC 4301 section 5.2)."""
    packet, child = event.message, context.child
    if child is None or packet.esp is None:
        return False
    kind, ends = MhType(packet.message.type), {Role.UE: _home_address(packet, context), Role.HA: packet.home_agent}
    own, peer = selectors_of(child, context.role), selectors_of(child, context.role.peer)
    if not own or not peer:
        return False
    fits = any(has_type(s, kind) and has_address(s, ends[context.role]) for s in own)
    return not (fits and any(has_mobility(s) and has_address(s, ends[context.role.peer]) for s in peer))


def _home_address(packet: MobilityPacket, context: Context) -> Address:
    """That of the session where the message does not name it, which is RFC3775-03's or RFC3775-04's to tell."""
    ends = packet.addressing
    named = ends.home_address or ends.routing_home_address or ends.encapsulation is not Encapsulation.NONE
    return packet.home_address if named or context.home is None else context.home.home_address


@check("RFC4877-02", on=ON, when=_is_on_known_sa)
def mode_that_was_not_negotiated(event: MobilityEvent, context: Context) -> Outcome:
    """The receiver takes the packet apart by the mode it agreed on; what comes in the other one it drops."""
    child = context.child
    assert child is not None
    in_tunnel = _in_tunnel(event)
    if in_tunnel is not child.transport:
        return noted("tunnel mode, as negotiated: RFC 4877 wants transport mode") if in_tunnel else PASSED
    return failed(
        expected=f"{_mode(child)} mode on SPI 0x{event.message.spi:08x}: {_agreed(child)}",
        observed=f"{event.message.name} in {'tunnel' if in_tunnel else 'transport'} mode",
        related=(child.response.frame,),
    )


def _in_tunnel(event: MobilityEvent) -> bool:
    """ESP holds a whole IPv6 packet."""
    esp = event.message.esp
    inside = esp is not None and esp.opened is not None and esp.opened.next_header == IPV6
    return inside or event.message.encapsulation is Encapsulation.ESP_TUNNEL


def _mode(child: ChildSa) -> str:
    return "transport" if child.transport else "tunnel"


def _agreed(child: ChildSa) -> str:
    return "USE_TRANSPORT_MODE was agreed on" if child.transport else "USE_TRANSPORT_MODE was not agreed on"
