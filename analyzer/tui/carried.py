"""What the ladder shows beside the messages of a session: user data in tunnels, and PCO of the UE's 3GPP access.

The loading thread writes, the screen reads. User data is kept as sums, those of one tunnel and direction between two
messages of a session as one; the newest are left out once there are too many, and counted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from dissectors.events import Address, Endpoint, Event
from dissectors.inert import inert
from dissectors.pco_carriers import PcoMessage, describe_pco_message
from dissectors.record import record
from dissectors.tunnels import Encapsulation, TunnelSegment

MOST_OF_SESSION, MOST_SUMS = 20_000, 500_000
"""Sums that are kept of one session, and of all; each takes 28 bytes."""
MANY = 64
"""Sums of which half must be over before they are let go: each time all of them are written anew."""
MOST_WAYS = 16
"""Sums of one session that are looked through for those around a frame."""
MOST_OF_UE, MOST_PCO = 500, 10_000
"""Messages with PCO that are kept of one UE, and of all."""
MOST_WORDS = 400


class Way(NamedTuple):
    """A direction through a tunnel."""

    upward: bool
    source: Address
    source_port: int  # 0 outside UDP
    destination: Address
    destination_port: int
    encapsulation: Encapsulation
    family: int  # of the packets inside: 4, 6, or 0 where it cannot be told

    @property
    def ue(self) -> Address:
        """The UE's end: its care-of address, or that of the NAT before it."""
        return self.source if self.upward else self.destination

    @property
    def agent(self) -> Address:
        """The Home Agent's end."""
        return self.destination if self.upward else self.source

    @property
    def agent_port(self) -> int:
        return self.destination_port if self.upward else self.source_port


@record
class Sum:
    """User data that went one way."""

    way: Way
    first: int  # frames
    last: int
    packets: int
    bytes: int  # on the wire, of whole frames


class Flow:
    """The user data of one session, in the order of first frames."""

    def __init__(self) -> None:
        self.ways: list[Way] = []  # those that any sum went
        self.which = array("I")  # index into these
        self.packets = array("I")
        self.bytes = array("Q")
        self.lasts = array("I")
        self.firsts = array("I")  # grows last
        self.left = 0  # packets that are not kept
        self.told = 0  # segments so far
        self._after = -1  # how many messages the session had when the open sums began
        self._open: dict[Way, int] = {}  # the sum that grows
        self._places: dict[Way, int] = {}

    def add(self, way: Way, segment: TunnelSegment, after: int) -> bool:
        """Takes in a segment that came behind so many messages of the session; whether it is a sum of its own."""
        if after != self._after:
            self._after, self._open = after, {}
        place = self._open.get(way)
        if place is not None:
            self.packets[place] += segment.packets
            self.bytes[place] += segment.bytes
            self.lasts[place] = segment.last_frame
            self.told += 1
            return False
        self._open[way] = len(self.firsts)
        self.which.append(self._place(way))
        self.packets.append(segment.packets)
        self.bytes.append(segment.bytes)
        self.lasts.append(segment.last_frame)
        self.firsts.append(segment.first_frame)
        self.told += 1
        return True

    def _place(self, way: Way) -> int:
        place = self._places.setdefault(way, len(self.ways))
        if place == len(self.ways):
            self.ways.append(way)
        return place

    def at(self, place: int) -> Sum:
        """One of the sums."""
        way = self.ways[self.which[place]]
        return Sum(way, self.firsts[place], self.lasts[place], self.packets[place], self.bytes[place])

    def over(self, frame: int) -> int:
        """How many sums from the first on ended before a frame."""
        return next((n for n, last in enumerate(self.lasts) if last >= frame), len(self.lasts))

    def without(self, gone: int) -> Flow:
        """All but so many from the first on, as a flow of its own: the screen may be reading this one."""
        rest = Flow()
        for name in ("packets", "bytes", "lasts", "firsts"):
            setattr(rest, name, getattr(self, name)[gone:])
        rest.which = array("I", (rest._place(self.ways[which]) for which in self.which[gone:]))
        rest.left, rest.told, rest._after = self.left, self.told + 1, self._after
        rest._open = {way: place - gone for way, place in self._open.items() if place >= gone}
        return rest

    def leave_out(self, segment: TunnelSegment) -> None:
        """Counts a segment for which there is no room."""
        self.left += segment.packets
        self.told += 1


class UserData:
    """The user data of all sessions."""

    def __init__(self) -> None:
        self.flows: dict[int, Flow] = {}  # by session
        self._sums = 0

    def note(self, segment: TunnelSegment, session: int, *, upward: bool, after: int) -> None:
        """A segment of a session that has had so many messages."""
        flow = self.flows.get(session)
        if flow is None:
            flow = self.flows[session] = Flow()
        if len(flow.firsts) >= MOST_OF_SESSION or self._sums >= MOST_SUMS:
            flow.leave_out(segment)
            return
        self._sums += flow.add(_way(segment, upward=upward), segment, after)

    def forget(self, first: int) -> None:
        """Frames before this one are no longer kept: what ended by then goes, of long flows many sums at a time."""
        for number, flow in list(self.flows.items()):
            count = len(flow.lasts)
            if not count or flow.lasts[-1] < first:
                self._sums -= count
                del self.flows[number]
            elif count >= MANY and (gone := flow.over(first)) > count // 2:
                self._sums -= gone
                self.flows[number] = flow.without(gone)

    def sums(self, session: int) -> list[Sum]:
        """What there is so far."""
        flow = self.flows.get(session)
        return [flow.at(place) for place in range(len(flow.firsts))] if flow else []

    def around(self, frame: int) -> Iterator[tuple[int, Sum]]:
        """The sums of any session that begin before a frame and end behind it, with their sessions."""
        for session, flow in list(self.flows.items()):
            end = bisect_right(flow.firsts, frame)
            for place in range(max(0, end - MOST_WAYS), end):
                if flow.lasts[place] >= frame:
                    yield session, flow.at(place)


def _way(segment: TunnelSegment, *, upward: bool) -> Way:
    return Way(
        upward,
        segment.outer_source,
        segment.outer_source_port,
        segment.outer_destination,
        segment.outer_destination_port,
        segment.encapsulation,
        segment.inner_family,
    )


@record
class PcoNote:
    """A message with PCO: from whom to whom, and its words."""

    frame: int
    source: Endpoint
    destination: Endpoint
    nodes: tuple[str, str]
    text: str  # inert


def pco_note(event: Event[PcoMessage]) -> PcoNote:
    """What is kept of a message."""
    text = inert(describe_pco_message(event.message))
    text = text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1] + "…"
    return PcoNote(event.frame, event.source, event.destination, event.message.nodes, text)


class PcoNotes:
    """The messages with PCO, by the IMSI they are about."""

    def __init__(self) -> None:
        self.by_imsi: dict[str, list[PcoNote]] = {}
        self.left: dict[str, int] = {}  # those that are not kept
        self.told = 0  # how often there was something new
        self._order: deque[tuple[int, str]] = deque()  # frame and IMSI of those that are kept

    def note(self, event: Event[PcoMessage]) -> None:
        """A message; one that names nobody is found by the PDN connection it belongs to."""
        imsi = event.message.imsi
        if imsi is None:
            return
        self.told += 1
        is_room = len(self._order) < MOST_PCO
        known = self.by_imsi.setdefault(imsi, []) if is_room else self.by_imsi.get(imsi, [])
        if is_room and len(known) < MOST_OF_UE:
            known.append(pco_note(event))
            self._order.append((event.frame, imsi))
        elif known:
            self.left[imsi] = self.left.get(imsi, 0) + 1

    def forget(self, first: int) -> None:
        """Frames before this one are no longer kept: their messages make room once it gets scarce."""
        order = self._order
        while len(order) > MOST_PCO // 2 and order[0][0] < first:
            _, imsi = order.popleft()
            known = self.by_imsi[imsi]
            del known[0]
            if not known:
                del self.by_imsi[imsi]
                self.left.pop(imsi, None)
