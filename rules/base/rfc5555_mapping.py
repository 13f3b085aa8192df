"""RFC 5555 sections 3.2.2 and 4.3: the UE keeps the NAT's mapping alive, by data or by a Binding Update in time."""

from __future__ import annotations

from bisect import bisect_right

from dissectors.events import Address
from dissectors.ikev2.messages import IkeMessage
from dissectors.mobility.options import NatDetection
from dissectors.mobility_packet import MobilityPacket
from dissectors.record import record
from dissectors.tunnels import Encapsulation, TunnelClock, TunnelSegment
from rules.bindings import SECOND
from rules.contents import deletes_ike_sa
from rules.model import Outcome, Role, failed
from rules.obligations import seconds
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context
from rules.ts24303.acknowledging import accepts_registration, answered, is_of
from rules.ts24303.carrying import binding_at
from rules.ts24303.registering import ack_in

IN_UDP = (Encapsulation.UDP, Encapsulation.UDP_TLV)


@record
class Mapping:
    """What a NAT remembers of a UE, as the event at hand leaves it."""

    outside: Address
    refresh: int  # s
    at: int  # ns since 1970, when a packet went through last
    frame: int  # which one
    expires_at: int  # of the binding

    @property
    def due(self) -> int:
        """When the next packet has to go, in ns since 1970."""
        return self.at + self.refresh * SECOND


def _mapping(event: AnyEvent, context: Context) -> Mapping | None:
    """The mapping that an acknowledgement tells of, or that a packet of the UE refreshes."""
    mapping = _told(event, context) if context.role is Role.HA else _refreshed(event, context)
    return mapping if mapping is not None and mapping.due < mapping.expires_at else None


def _told(event: AnyEvent, context: Context) -> Mapping | None:
    if not isinstance(event.message, MobilityPacket) or not accepts_registration(event, answered(event, context)):
        return None
    option = event.message.option(NatDetection)
    if option is None or not _counts(option.force_udp, option.refresh_seconds, option.needs_no_keepalive):
        return None
    expires_at = event.at + ack_in(event).lifetime_seconds * SECOND
    return Mapping(event.message.care_of_address, option.refresh_seconds, event.at, event.frame, expires_at)


def _counts(force_udp: bool, refresh: int, never: bool) -> bool:
    """0 is to be ignored, all ones means that nothing need be kept (section 3.2.2)."""
    return force_udp and refresh > 0 and not never


def _refreshed(event: AnyEvent, context: Context) -> Mapping | None:
    if not _goes_through_udp(event):
        return None
    outside = event.source.address
    binding = binding_at(context, outside, event.at)
    option = binding.ack.message.option(NatDetection) if binding else None
    if binding is None or option is None or not binding.is_alive(event.at):
        return None
    if not _counts(binding.force_udp, binding.refresh, option.needs_no_keepalive):
        return None
    message = event.message
    is_data = isinstance(message, TunnelSegment)
    at, frame = _last_of(message) if is_data else (event.at, event.frame)
    return Mapping(outside, binding.refresh, at, frame, binding.expires_at)


def _last_of(segment: TunnelSegment) -> tuple[int, int]:
    """When its tunnel was used last before the next signalling frame, and by which frame."""
    tunnel = segment.beside
    return (tunnel.times[-1], tunnel.frames[-1]) if tunnel else (segment.last_at, segment.last_frame)


def _goes_through_udp(event: AnyEvent) -> bool:
    return getattr(event.message, "encapsulation", None) in IN_UDP


# Idle to the deadline


def _is_kept(event: AnyEvent, context: Context) -> bool:
    return _mapping(event, context) is not None


def _due(event: AnyEvent, context: Context) -> int:
    mapping = _mapping(event, context)
    assert mapping is not None
    return mapping.due


def _owed(event: AnyEvent, context: Context) -> tuple[str, str]:
    mapping = _mapping(event, context)
    assert mapping is not None
    return f"data or a Binding Update in UDP within {mapping.refresh} s of frame {mapping.frame}", ""


def _ends(trigger: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """In time, the UE goes away or elsewhere, or the HA tells of the mapping anew."""
    if isinstance(event.message, IkeMessage):
        return deletes_ike_sa(event.message)
    if isinstance(event.message, TunnelSegment) or not _is_of_same_home(trigger, event, context):
        return False
    if context.role is Role.HA:
        return not ack_in(event).is_refusal
    return event.source.address != _outside(trigger)


def _is_of_same_home(trigger: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """Both are about one Home Address; of data, that one is the record they belong to."""
    if isinstance(trigger.message, MobilityPacket):
        return is_of(trigger, context)
    return context.home is not None and binding_at(context, _outside(trigger), trigger.at) is not None


def _outside(trigger: AnyEvent) -> Address:
    """The UE's end of the packet that begins the time."""
    message = trigger.message
    told = isinstance(message, MobilityPacket) and message.from_home_agent
    address: Address = (trigger.destination if told else trigger.source).address
    return address


@obligation(
    "RFC5555-02",
    on=(Kind.BINDING_ACK, Kind.BINDING_UPDATE, Kind.TUNNEL_DATA),
    when=_is_kept,
    met_by=(Kind.BINDING_UPDATE, Kind.TUNNEL_DATA, Kind.BINDING_ACK, Kind.INFORMATIONAL_REQUEST),
    until=_due,
    expected="data or a Binding Update in UDP",
    words=_owed,
)
def mapping_left_to_lapse(trigger: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """A NAT forgets who is silent: then nothing reaches the UE, and it does not know."""
    if event.frame == trigger.frame:
        return False
    same_end = context.role is Role.UE and event.source.address == _outside(trigger)
    return (same_end and _goes_through_udp(event)) or _ends(trigger, event, context)


# Idle between two packets with no signalling frame in between


def _pause(tunnel: TunnelClock, limit: int) -> int | None:
    """The place of the first packet that came more than ``limit`` ns behind the one before it."""
    times, place = tunnel.times, 0
    while tunnel.in_order and place < len(times) - 1:
        following = bisect_right(times, times[place] + limit)
        if following == place + 1:
            return following
        place = following - 1
    return None


def _pauses(event: AnyEvent, context: Context) -> bool:
    """Asked of the segment that begins first: it speaks for its tunnel."""
    mapping = _mapping(event, context) if context.role is Role.UE else None
    if mapping is None or event.message.first_frame != event.message.tunnel.frames[0]:
        return False
    return _pause(event.message.tunnel, mapping.refresh * SECOND) is not None


@check("RFC5555-02", on=Kind.TUNNEL_DATA, when=_pauses)
def pause_within_a_tunnel(event: AnyEvent, context: Context) -> Outcome:
    """Between two packets with nothing else in between, the mapping had lapsed."""
    tunnel, mapping = event.message.tunnel, _mapping(event, context)
    assert mapping is not None
    place = _pause(tunnel, mapping.refresh * SECOND)
    assert place is not None
    idle = tunnel.times[place] - tunnel.times[place - 1]
    return failed(
        expected=f"data or a Binding Update in UDP within {mapping.refresh} s of frame {tunnel.frames[place - 1]}",
        observed=f"nothing for {seconds(idle)}",
        related=(tunnel.frames[place - 1],),
        frame=tunnel.frames[place],
        at=tunnel.times[place],
        absence=True,
    )
