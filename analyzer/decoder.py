"""From a frame to a packet: walk the stack, decode, open with the keys at hand, tell the session.

One decoder serves one run; it keeps what needs order (reassembly, keys found so far, sessions). It reads no file and no
clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from analyzer.ike_messages import hidden_if_broken, opened_message
from analyzer.packets import OTHER_SIDE, Packet
from analyzer.plain import decode_plain
from analyzer.sessions.fragments import FragmentCollector, Gathering
from analyzer.sessions.lost_datagrams import LostDatagrams
from analyzer.sessions.unnamed_homes import sums_up_for_home
from analyzer.sides import UE_SIDE
from analyzer.sightings import UNKNOWN, Sightings
from analyzer.telling import Teller
from analyzer.tunnel_data import TunnelData
from dissectors.buffer import Reader
from dissectors.esp import OpenedEsp, decode_esp
from dissectors.events import Event, Sealed, SealReason
from dissectors.home_traffic import DHCP_MESSAGES, HomeConfiguration
from dissectors.ikev2.decode import decode_ike
from dissectors.ikev2.messages import Encrypted, IkeMessage
from dissectors.keymat import KeyMaterial
from dissectors.mobility.messages import MobilityMessage
from dissectors.mobility_packet import FROM_HOME_AGENT, MobilityPacket
from dissectors.neighbor.messages import RouterAdvertisement
from dissectors.pco_carriers import PcoMessage
from dissectors.protected import EspMessage
from dissectors.reassembly import Reassembly
from dissectors.stack import Carried, dissect_frame, dissect_ip, dissect_payload
from dissectors.tunnels import Encapsulation
from rules.discovery import DISCOVERY_MESSAGES
from rules.history import place, same_message
from rules.model import Role
from rules.orientation import ends_told, is_guess, orient
from rules.pco import learn_pco
from rules.session import Context, Session, World

TUNNELLED = (4, 41)
"""Next headers of ESP in tunnel mode: IPv4 and IPv6."""
MAJOR_VERSION = 2
"""Of IKE; ISAKMP and IKEv1 share the header's layout and nothing else."""
CUT = Sealed(SealReason.TRUNCATED, "the capture cut the packet")


class Decoder:
    """Turns frames into packets; ``judge`` sees each event in its context before the session learns of it."""

    def __init__(self, material: KeyMaterial, world: World, judge: Any = None) -> None:
        self.world = world
        self.judge = judge
        self.on_pco: Callable[[Event[PcoMessage]], None] | None = None  # shown every message with PCO
        self.reassembly = Reassembly()
        self.sightings = Sightings()
        self.teller = Teller(material, world, self.sightings.held, judge)
        self.correlator, self.ike, self.esp = self.teller.correlator, self.teller.ike, self.teller.esp
        self.tunnels = TunnelData(self.teller)
        self.fragments = FragmentCollector()
        self.lost_datagrams = LostDatagrams()
        self._other_reassembly = Reassembly()

    def decode(
        self, number: int, at: int, data: bytes, link_type: int, *, length: int | None = None, side: int = -1
    ) -> Packet:
        """The packet in one frame. Never raises: what cannot be read is marked in the stack or the message.

        ``side`` is whose capture it is from where there is one of each end (:mod:`analyzer.sides`).
        """
        length = len(data) if length is None else length
        stack = dissect_frame(
            Reader(data),
            link_type,
            frame=number,
            at=at,
            complete=length <= len(data),
            reassembly=self.reassembly if side <= 0 else self._other_reassembly,
        )
        self._give_up_fragments(at)
        self.teller.tell_overdue(at)
        if stack.frames or stack.carried is Carried.FRAGMENT:
            self.lost_datagrams.note(stack)
        packet = Packet(number, at, length, data, link_type, stack, side=side)
        body = stack.body
        if stack.carried in (Carried.IKE, Carried.ESP, Carried.MOBILITY):
            self.sightings.protected(packet)
        start = body.pos
        if stack.carried is Carried.IKE:
            self._ike(packet, Reader(body.data, body.pos, body.end), start)
        elif stack.carried is Carried.ESP:
            self._esp(packet, Reader(body.data, body.pos, body.end), start)
        else:
            self._plainly(packet)
        return packet

    def pco(self, event: Event[PcoMessage]) -> None:
        """A message of a 3GPP access: it belongs to no session, and is judged in those of its UE."""
        if self.on_pco is not None:
            self.on_pco(event)
        for session in learn_pco(event, self.world):
            if self.judge is not None:
                self.judge(event, place(session, event))

    def add_keys(self, material: KeyMaterial) -> None:
        """More keys while a capture goes on, for the packets that are still to come."""
        self.ike.add(material)
        self.esp.add(material)

    def tick(self, at: int) -> None:
        """Capture time has come to ``at`` (ns) without a packet: what has waited too long for fragments is told."""
        self._give_up_fragments(at)
        self.teller.tell_overdue(at)

    def finish(self) -> None:
        """The capture is over: what still waits for fragments will not be whole."""
        self._give_up_fragments()
        self.teller.tell_overdue()

    def _give_up_fragments(self, at: int | None = None) -> None:
        """A message of which fragments are missing was sent nonetheless: its session must know of it, though sealed."""
        self._tell_lost(self.fragments.overdue(at))

    def _tell_lost(self, gatherings: Iterable[Gathering]) -> None:
        for lost in gatherings:
            message = lost.event.message
            if message.encrypted is not None:
                message = opened_message(message, message.encrypted, None, lost.missing, 0)
                event = replace(lost.event, message=message, frames=lost.in_order)
                self.teller.tell(self._marked_repeat(event, lost.context), lost.context)

    def _event(self, packet: Packet, message: Any, start: int) -> Event[Any]:
        stack = packet.stack
        return Event(
            frame=packet.number,
            at=packet.at,
            source=stack.source,
            destination=stack.destination,
            message=message,
            offset=start,
            size=stack.body.end - start,
            frames=stack.frames,
            complete=stack.complete,
            # Sessions keep IKE and ESP events: their layers would cost more memory than the messages.
            stack=() if stack.carried in (Carried.IKE, Carried.ESP) else tuple(stack.layers),
        )

    def _ike(self, packet: Packet, reader: Reader, start: int) -> None:
        message = decode_ike(reader)
        packet.message = message
        if message.version >> 4 != MAJOR_VERSION:
            return
        packet.message = message = hidden_if_broken(message)
        event = self._event(packet, message, start)
        find = self.correlator.of_copy if packet.copy_of else self.correlator.session_of
        session = find(event, packet.stack.layers)
        if session is None:
            # A copy of what belongs to no session; or it comes too late.
            self.teller.note_late(packet, event)
            return
        context = place(session, event)
        if context.sa is not None and not packet.copy_of:
            self._tell_lost(self.fragments.passed_by(event, context.sa))
        encrypted = message.encrypted
        if encrypted is not None and encrypted.sealed is None and context.sa is not None:
            opened = self._open_ike(packet, event, encrypted, context)
            if opened is None:
                packet.event, packet.context = None, context
                self.correlator.learn_waiting(context)
                return
            message, frames = opened
            event = event.opened(message, frames)
            owner = self.correlator.owner_of(event, context)
            if owner is not None and not packet.copy_of:
                self.correlator.hand_over(context.sa, owner)
                context = place(owner, event)
        packet.message, packet.sealed = message, message.sealed
        self._tell(packet, self._marked_repeat(event, context), context)

    def _open_ike(
        self, packet: Packet, event: Event[IkeMessage], encrypted: Encrypted, context: Context
    ) -> tuple[IkeMessage, tuple[int, ...]] | None:
        """The message opened (or sealed with a reason); ``None`` for a fragment that waits for others."""
        assert context.sa is not None
        message = event.message
        opened = self.ike.open(packet.stack.body.data, event.offset, message, context.sa)
        if isinstance(opened, Sealed):
            sealed, payload = opened if packet.stack.complete else CUT, None
        else:
            sealed, payload, packet.opened = None, opened.plain, opened
        if not encrypted.total:
            return opened_message(message, encrypted, payload, sealed, encrypted.first), ()
        packet.message = opened_message(message, encrypted, payload, sealed, 0)
        packet.sealed = sealed
        whole = None
        if not packet.copy_of:
            whole = self.fragments.add(message, encrypted, payload, event, context)
        if whole is None:
            return None
        joined = whole.joined()
        if joined is None and sealed is None:
            sealed = Sealed(SealReason.FRAGMENT_MISSING, "another fragment of the message stayed closed")
        return opened_message(message, encrypted, joined, sealed, whole.first), whole.in_order

    def _marked_repeat(self, event: Event[IkeMessage], context: Context) -> Event[IkeMessage]:
        """The event, with the frame of its first sending if it is a retransmission (RFC 7296 section 2.1)."""
        exchange = context.sa.exchange(event) if context.sa else None
        if exchange is None:
            return event
        first = exchange.response if event.message.is_response else exchange.request
        if first is None or not same_message(first.message, event.message):
            return event
        return replace(event, repeats=first.repeats or first.frame)

    def _esp(self, packet: Packet, reader: Reader, start: int) -> None:
        header = decode_esp(reader)
        if header.malformed is not None:
            packet.message = EspMessage(header)
            return
        stack = packet.stack
        opened = self.esp.open(header, stack.source.address, stack.destination.address, packet.number)
        if isinstance(opened, Sealed) and not stack.complete:
            opened = CUT
        if isinstance(opened, OpenedEsp):
            message = EspMessage(header, opened=opened)
            packet.inner = self._inside(packet, opened)
        else:
            message = EspMessage(header, sealed=opened, over=stack.addressing.outer_source.address.version)
        packet.message, packet.sealed = message, message.sealed
        if packet.copy_of == OTHER_SIDE:
            return
        event = self._event(packet, message, start)
        session = self.correlator.session_of_esp(event, stack.addressing, from_home_agent=_is_from_ha(packet.inner))
        if session is None:
            self.teller.note_late(packet, event)
            return
        if is_guess(session) and (ends := ends_told(stack.addressing)):
            orient(session, ends)
        self._tell(packet, event, place(session, event))
        if packet.inner is not None and isinstance(packet.inner.message, DHCP_MESSAGES) and not packet.copy_of:
            self._home_configuration(packet.inner)
        if packet.inner is not None and isinstance(packet.inner.message, MobilityMessage) and not packet.copy_of:
            packet.inner.side, packet.inner.alone = packet.side, packet.alone
            self._mobility(packet.inner, message, session)

    def _mobility(self, packet: Packet, esp: EspMessage | None = None, session: Session | None = None) -> None:
        """Tells a Mobility Header; of one in ESP the session is known by then."""
        stack, message = packet.stack, packet.message
        mobility = MobilityPacket(message, stack.addressing, message.checksum_ok, esp)
        ends = mobility.addressing
        event: Event[Any] = Event(
            frame=packet.number,
            at=packet.at,
            source=ends.outer_source,
            destination=ends.outer_destination,
            message=mobility,
            offset=stack.body.pos,
            size=stack.body.end - stack.body.pos,
            frames=stack.frames,
            complete=stack.complete,
        )
        session = session or self.correlator.session_of_mobility(event)
        if mobility.tells_roles and is_guess(session):
            there = (ends.outer_source.address, ends.outer_destination.address)
            orient(session, there[::-1] if mobility.from_home_agent else there)
        if mobility.checksum_ok is False and sums_up_for_home(mobility, stack.body, session):
            event = replace(event, message=replace(mobility, checksum_ok=True))
        self._tell(packet, event, place(session, event))

    def _inside(self, packet: Packet, opened: OpenedEsp) -> Packet:
        """The packet inside a decrypted ESP packet, as a packet of its own on the decrypted bytes."""
        reader = Reader(opened.payload)
        if opened.next_header in TUNNELLED:
            stack = dissect_ip(reader, frame=packet.number, at=packet.at, outer=packet.stack)
        else:
            stack = dissect_payload(reader, opened.next_header, outer=packet.stack)
        inner = Packet(packet.number, packet.at, len(opened.payload), opened.payload, packet.link_type, stack)
        self._plainly(inner, remember=False)
        self.sightings.inside(inner, opened.next_header)
        return inner

    def _plainly(self, packet: Packet, *, remember: bool = True) -> None:
        """What needs no key; a packet seen lately inside ESP is the same one before or after encryption."""
        stack = packet.stack
        packet.message = decode_plain(Reader(stack.body.data, stack.body.pos, stack.body.end), stack)
        if not remember or stack.carried in UNKNOWN:
            return
        self.sightings.outside(packet)
        self._tell_plain(packet)

    def _tell_plain(self, packet: Packet) -> None:
        """What in clear concerns sessions: Mobility Headers, and neighbour discovery of home addresses and prefixes."""
        message = packet.message
        if packet.copy_of:
            return
        if isinstance(message, MobilityMessage):
            self._mobility(packet)
            return
        if isinstance(message, DHCP_MESSAGES) and self._home_configuration(packet):
            return
        if isinstance(message, DISCOVERY_MESSAGES):
            self._discovery(packet)
            return
        for session in self.correlator.concerned(message):
            event = self._event(packet, message, packet.stack.body.pos)
            self._tell(packet, event, place(session, event))
        if isinstance(message, RouterAdvertisement) and packet.stack.addressing.encapsulation is Encapsulation.NONE:
            self.world.advertisements.note(self._event(packet, message, packet.stack.body.pos))

    def _home_configuration(self, packet: Packet) -> bool:
        """Tells DHCP with the home network; whether it is that, and no search for a Home Agent."""
        ends = packet.stack.addressing
        message = HomeConfiguration(packet.message, ends)
        session = self.correlator.session_of_configuration(message)
        if session is not None:
            event = self._event(packet, message, packet.stack.body.pos)
            event = replace(event, source=ends.outer_source, destination=ends.outer_destination)
            self._tell(packet, event, place(session, event))
        return session is not None or message.in_tunnel

    def _discovery(self, packet: Packet) -> None:
        """DHCPv6 and DNS, by which a UE looks for its Home Agent before there is a session."""
        event = self._event(packet, packet.message, packet.stack.body.pos)
        for session, repeats in self.correlator.sessions_of_discovery(event):
            told = replace(event, repeats=repeats)
            self._tell(packet, told, place(session, told))

    def _tell(self, packet: Packet, event: Event[Any], context: Context) -> None:
        if packet.alone and context.role is (Role.UE if packet.side == UE_SIDE else Role.HA):
            event = replace(event, lost=True)
            packet.note = packet.note or "lost on the way: the capture at the other end does not hold it"
        packet.event, packet.context = event, context
        if not packet.copy_of and not self.teller.held.add(packet, event, context):
            self.teller.tell(event, context)


def _is_from_ha(inner: Packet | None) -> bool:
    """Whether what was inside ESP tells that the Home Agent sent it."""
    message = inner.message if inner is not None else None
    return isinstance(message, FROM_HOME_AGENT)
