"""What the run knew of a frame, in little: enough to make its packet again when it is looked at.

A packet with all its messages weighs kilobytes, so a capture's worth of them is not kept. Kept is what cannot be read
from the frame alone: what was opened, why it stayed closed, the session, the frames of a datagram in fragments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from analyzer.packets import Packet
from analyzer.plain import decode_plain
from dissectors.buffer import Reader
from dissectors.esp import OpenedEsp, decode_esp
from dissectors.events import Sealed
from dissectors.ikev2.decode import decode_chain, decode_ike
from dissectors.ikev2.messages import Encrypted, IkeMessage
from dissectors.ikev2.protection import Opened
from dissectors.protected import EspMessage
from dissectors.reassembly import Reassembly
from dissectors.stack import Carried, Stack, dissect_frame, dissect_ip, dissect_payload
from rules.session import Context

IP_IN_ESP = (4, 41)
"""Next headers of ESP in tunnel mode."""

Raw = tuple[int, int, int, bytes]
"""Of a frame: time, link type, length on the wire, bytes."""


@dataclass(slots=True)
class Kept:
    """Of one decoded frame, what its bytes do not tell."""

    context: Context | None
    sealed: Sealed | None
    opened: Opened | None = field(default=None, repr=False)
    plain: bytes | None = field(default=None, repr=False)  # of SKF: the joined payloads
    first: int = 0
    joined: bool = False
    esp: OpenedEsp | None = field(default=None, repr=False)
    copy_of: int = 0
    inner_copy_of: int = 0
    note: str = ""
    inner_note: str = ""
    frames: tuple[int, ...] = ()


def kept_of(packet: Packet) -> Kept | None:
    """What to keep of a packet; ``None`` where its bytes tell all there is."""
    kept = Kept(packet.context, packet.sealed, packet.opened, note=packet.note, copy_of=packet.copy_of)
    kept.frames = packet.stack.frames
    message = packet.message
    if isinstance(message, IkeMessage):
        encrypted = message.encrypted
        if encrypted is not None:
            kept.plain, kept.first, kept.joined = encrypted.plain, encrypted.first, encrypted.joined
            kept.sealed = kept.sealed or encrypted.sealed
    elif isinstance(message, EspMessage):
        kept.esp = message.opened
        if packet.inner is not None:
            kept.inner_copy_of, kept.inner_note = packet.inner.copy_of, packet.inner.note
    elif not (kept.context or kept.note or kept.copy_of or kept.frames):
        return None
    return kept


def recall(number: int, raw: Callable[[int], Raw], kept: Kept | None) -> Packet:
    """The packet of a frame, made again. Never raises for what the bytes are."""
    at, link_type, length, data = raw(number)
    reassembly = _fed(number, raw, kept)
    stack = dissect_frame(
        Reader(data), link_type, frame=number, at=at, complete=length <= len(data), reassembly=reassembly
    )
    packet = Packet(number, at, length, data, link_type, stack)
    body = stack.body
    reader = Reader(body.data, body.pos, body.end)
    if stack.carried is Carried.IKE:
        packet.message = _ike(decode_ike(reader), kept)
    elif stack.carried is Carried.ESP:
        _esp(packet, reader, kept)
    else:
        packet.message = decode_plain(reader, stack)
    if kept is not None:
        packet.context, packet.sealed, packet.opened = kept.context, kept.sealed, kept.opened
        packet.copy_of, packet.note = kept.copy_of, kept.note
    return packet


def _fed(number: int, raw: Callable[[int], Raw], kept: Kept | None) -> Reassembly | None:
    """A reassembly that has seen the other fragments of this frame's datagram."""
    if kept is None or not kept.frames:
        return None
    reassembly = Reassembly()
    for frame in kept.frames:
        if frame < number:
            at, link_type, length, data = raw(frame)
            whole = length <= len(data)
            dissect_frame(Reader(data), link_type, frame=frame, at=at, complete=whole, reassembly=reassembly)
    return reassembly


def _ike(message: IkeMessage, kept: Kept | None) -> IkeMessage:
    """The message as the run left it: opened, or closed with the reason."""
    if kept is None or (kept.plain is None and kept.sealed is None):
        return message
    encrypted = message.encrypted
    if encrypted is None:
        return replace(message, payloads=(*message.payloads, Encrypted(0, b"", sealed=kept.sealed)))
    closed = replace(encrypted, plain=kept.plain, first=kept.first, joined=kept.joined, sealed=kept.sealed)
    payloads = (*message.payloads[:-1], closed)
    if kept.plain is None or kept.sealed is not None or (encrypted.total and not kept.joined):
        return replace(message, payloads=payloads)
    inner, fault = decode_chain(Reader(kept.plain), kept.first)
    return replace(message, payloads=payloads, inner=inner, malformed=message.malformed or fault)


def _esp(packet: Packet, reader: Reader, kept: Kept | None) -> None:
    header = decode_esp(reader)
    opened = kept.esp if kept else None
    packet.message = EspMessage(header, opened=opened, sealed=kept.sealed if kept and opened is None else None)
    if opened is None or kept is None:
        return
    inner = _inside(packet, opened)
    inner.copy_of, inner.note, inner.context = kept.inner_copy_of, kept.inner_note, kept.context
    packet.inner = inner


def _inside(packet: Packet, opened: OpenedEsp) -> Packet:
    reader = Reader(opened.payload)
    outer: Stack = packet.stack
    if opened.next_header in IP_IN_ESP:
        stack = dissect_ip(reader, frame=packet.number, at=packet.at, outer=outer)
    else:
        stack = dissect_payload(reader, opened.next_header, outer=outer)
    body = stack.body
    message: Any = decode_plain(Reader(body.data, body.pos, body.end), stack)
    return Packet(
        packet.number, packet.at, len(opened.payload), opened.payload, packet.link_type, stack, message=message
    )
