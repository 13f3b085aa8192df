"""User data in tunnels: told to their session as sums, and packet by packet where a registered flow may apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analyzer.telling import Teller
from dissectors.buffer import Reader
from dissectors.events import Endpoint, Event
from dissectors.home_traffic import tunnelled_packet
from dissectors.stack import dissect_frame
from dissectors.tunnels import TunnelSegment
from rules.flow_routing import flows_may_apply
from rules.history import place
from rules.session import Context, Session


class TunnelData:
    """Hands segments on, and counts them. ``on_data`` is shown every segment of a session."""

    def __init__(self, teller: Teller) -> None:
        self.on_data: Callable[[TunnelSegment, Context], None] | None = None
        self.packets = 0
        self.strange_packets = 0  # of tunnels that no session is known for
        self.bytes = 0  # on the wire, of whole frames
        self._teller = teller
        self._carrying: Session | None = None  # the session of the segment handed on last

    def add(self, segment: TunnelSegment) -> None:
        """User data in a tunnel since the last frame that was decoded."""
        self.packets += segment.packets
        self.bytes += segment.bytes
        event: Event[Any] = Event(
            frame=segment.first_frame,
            at=segment.first_at,
            source=Endpoint(segment.outer_source, segment.outer_source_port),
            destination=Endpoint(segment.outer_destination, segment.outer_destination_port),
            message=segment,
        )
        session = self._carrying = self._teller.correlator.session_of_tunnel(event)
        if session is None:
            self.strange_packets += segment.packets
            return
        context = place(session, event)
        self._teller.tell(event, context)
        if self.on_data is not None:
            self.on_data(segment, context)

    def wants_packets(self, segment: TunnelSegment) -> bool:
        """Whether the packets of the segment just added are to be told one by one, as a registered flow may apply.

        The first :data:`rules.flow_routing.MOST_PACKETS` of them, that is: what a flow is judged by stays bounded.
        """
        return self._carrying is not None and flows_may_apply(self._carrying, segment)

    def packet(self, number: int, at: int, data: bytes, link_type: int, *, length: int | None = None) -> None:
        """One packet of that segment. What it holds is the user's own, and opens no session."""
        complete = length is None or length <= len(data)
        stack = dissect_frame(Reader(data), link_type, frame=number, at=at, complete=complete)
        message, session = tunnelled_packet(stack), self._carrying
        if message is None or session is None:
            return
        ends = message.addressing
        event: Event[Any] = Event(
            number, at, ends.outer_source, ends.outer_destination, message, complete=stack.complete
        )
        self._teller.tell(event, place(session, event))
