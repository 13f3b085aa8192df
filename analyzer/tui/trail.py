"""Which frames each session was told of: a few bytes a message, from which ladders are drawn.

The loading thread writes, the screen reads. ``frames`` grows last, so that a reader who asks for its length first never
sees half a message.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from enum import IntFlag

from analyzer.packets import Packet
from analyzer.tui.carried import PcoNotes, UserData
from dissectors.dhcpv6 import Dhcpv6Message, RelayMessage
from dissectors.dns import DnsMessage
from dissectors.events import Address
from dissectors.neighbor.messages import NeighborSolicitation, RouterAdvertisement
from dissectors.protected import EspMessage
from dissectors.stack import Carried
from dissectors.tunnels import TunnelSegment
from rules.model import Role
from rules.session import Context

NODES: tuple[tuple[type, str], ...] = (
    (DnsMessage, "DNS"),
    (Dhcpv6Message, "DHCPv6"),
    (RelayMessage, "DHCPv6"),
    (RouterAdvertisement, "Router"),
    (NeighborSolicitation, "Link"),
)
"""What stands at the other end of a message that does not go between UE and Home Agent."""
HOME_AGENT = "HA"
Peer = tuple[str, Address]


class Mark(IntFlag):
    """What the ladder has to know of a message before it is read again."""

    UPWARD = 1  # sent by the UE
    PIECE = 2  # a fragment that waited for others
    DATA = 4  # ESP that holds no message of a session, as far as one can see
    SEALED = 8
    COPY = 16  # captured twice


class Course:
    """The messages of one session, in the order of their frames."""

    def __init__(self) -> None:
        self.marks = array("B")
        self.repeats = array("I")  # frame of the first sending, else 0
        self.peers = array("I")  # index into the trail's peers
        self.ues = array("I")  # index into the trail's addresses: where the UE was
        self.frames = array("I")
        self.wholes: dict[int, tuple[int, ...]] = {}  # by the last frame of a message in IKEv2 fragments: all of them

    def __len__(self) -> int:
        return len(self.frames)

    def place(self, frame: int) -> int:
        """The first message at or behind a frame."""
        return bisect_left(self.frames, frame)

    def holds(self, frame: int) -> bool:
        """Whether there is a message of a frame."""
        place = self.place(frame)
        return place < len(self.frames) and self.frames[place] == frame


class Trail:
    """The courses of all sessions."""

    def __init__(self) -> None:
        self.courses: dict[int, Course] = {}
        self.data, self.pco = UserData(), PcoNotes()
        self.peers: list[Peer] = []
        self.addresses: list[Address] = []
        self._peers: dict[Peer, int] = {}
        self._addresses: dict[Address, int] = {}

    def note(self, packet: Packet) -> None:
        """Takes note of a packet that belongs to a session."""
        context = packet.context
        if context is None:
            return
        course = self.courses.get(context.session.number)
        if course is None:
            course = self.courses[context.session.number] = Course()
        event, upward = packet.event, context.role is Role.UE
        if event is not None and len(event.frames) > 1:
            course.wholes[packet.number] = event.frames
        ends = _ends(packet)
        ue, other = ends if upward else ends[::-1]
        course.marks.append(_mark(packet, upward=upward))
        course.repeats.append(event.repeats if event else 0)
        course.ues.append(self._address(ue))
        course.peers.append(self._peer((_node(packet), other)))
        course.frames.append(packet.number)

    def note_data(self, segment: TunnelSegment, context: Context) -> None:
        """Takes note of user data of a session."""
        number = context.session.number
        course = self.courses.get(number)
        self.data.note(segment, number, upward=context.role is Role.UE, after=len(course) if course else 0)

    def forget(self, first: int) -> None:
        """Frames before this one are no longer kept: the courses of sessions that are over by then go."""
        for number, course in list(self.courses.items()):
            if course.frames[-1] < first:
                del self.courses[number]
        self.data.forget(first)
        self.pco.forget(first)

    def _address(self, address: Address) -> int:
        place = self._addresses.setdefault(address, len(self.addresses))
        if place == len(self.addresses):
            self.addresses.append(address)
        return place

    def _peer(self, peer: Peer) -> int:
        place = self._peers.setdefault(peer, len(self.peers))
        if place == len(self.peers):
            self.peers.append(peer)
        return place


def _ends(packet: Packet) -> tuple[Address, Address]:
    """From where to where, as the access network saw it: the UE's side is its care-of address."""
    stack = packet.stack
    if stack.carried is Carried.IKE:
        return stack.source.address, stack.destination.address
    addressing = stack.addressing
    return addressing.outer_source.address, addressing.outer_destination.address


def _mark(packet: Packet, *, upward: bool) -> int:
    mark = Mark.UPWARD if upward else Mark(0)
    if packet.copy_of:
        mark |= Mark.COPY
    elif packet.event is None:
        mark |= Mark.PIECE
    if packet.sealed is not None:
        mark |= Mark.SEALED
    if isinstance(packet.message, EspMessage) and (packet.inner is None or packet.inner.context is None):
        mark |= Mark.DATA
    return int(mark)


def _node(packet: Packet) -> str:
    return next((name for kind, name in NODES if isinstance(packet.message, kind)), HOME_AGENT)
