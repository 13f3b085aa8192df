"""The explained field tree of one packet, raw and decrypted: the decoders run once more, over a Tracer.

The tree is made for the packet on screen only. What was opened in the run is taken from the packet, so no key is
needed again.
"""

from __future__ import annotations

from analyzer.packets import Packet
from analyzer.plain import decode_plain
from dissectors.esp import explain_esp
from dissectors.ikev2.decode import decode_chain, decode_ike
from dissectors.ikev2.messages import IkeMessage
from dissectors.ikev2.protection import explain_encrypted
from dissectors.protected import EspMessage
from dissectors.record import record
from dissectors.stack import dissect_frame, dissect_ip, dissect_payload
from dissectors.tree import Field, Tracer


@record
class Explanation:
    """The tree, and the bytes its offsets refer to: buffer 0 is the frame, the others were opened."""

    root: Field
    buffers: list[bytes]
    names: list[str]


def explain(packet: Packet) -> Explanation:
    """The field tree of a packet, with a branch for each buffer that was reassembled or decrypted."""
    tracer = Tracer(packet.data)
    tracer.field.name = "frame"
    stack = dissect_frame(tracer, packet.link_type, frame=packet.number, at=packet.at)
    body = packet.stack.body
    if packet.stack.buffer or not isinstance(stack.body, Tracer):
        whole = tracer.branch("reassembled_datagram", body.data)
        inside = Tracer(body.data, body.pos, body.end, field=whole.field, buffers=tracer.buffers)
    else:
        inside = stack.body
    _message(inside, packet)
    names = {f.buffer: f.name for f in reversed(list(tracer.field.walk()))}
    return Explanation(tracer.field, tracer.buffers, [names.get(n, "") for n in range(len(tracer.buffers))])


def _message(tracer: Tracer, packet: Packet) -> None:
    message = packet.message
    if isinstance(message, IkeMessage):
        decode_ike(tracer)
        _protected(tracer, packet, message)
    elif isinstance(message, EspMessage):
        inside = explain_esp(tracer, message.packet, message.opened or message.sealed)
        if isinstance(inside, Tracer):
            _inner(inside, packet)
    else:
        decode_plain(tracer, packet.stack)


def _protected(part: Tracer, packet: Packet, message: IkeMessage) -> None:
    """IV, ICV and padding of SK or SKF below its payload, and the inner payloads where all of them are there."""
    encrypted = message.encrypted
    if encrypted is None:
        return
    if encrypted.sealed is not None:
        part.note("not_decrypted", str(encrypted.sealed))
    if packet.opened is None:
        return
    node = part.field.children[-1]
    node.children = [child for child in node.children if child.offset < encrypted.offset]
    body = Tracer(part.data, encrypted.offset, part.end, field=node, buffers=part.buffers)
    inside = explain_encrypted(body, packet.opened)
    if encrypted.total == 0:
        decode_chain(inside, encrypted.first)
    elif encrypted.joined and encrypted.plain is not None:
        decode_chain(part.branch("joined_fragments", encrypted.plain), encrypted.first)


def _inner(inside: Tracer, packet: Packet) -> None:
    message, inner = packet.message, packet.inner
    if inner is None:
        return
    if message.opened.next_header in (4, 41):
        stack = dissect_ip(inside, frame=packet.number, at=packet.at, outer=packet.stack)
    else:
        stack = dissect_payload(inside, message.opened.next_header, outer=packet.stack)
    if isinstance(stack.body, Tracer):
        _message(stack.body, inner)
