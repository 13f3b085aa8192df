"""What tshark makes of a frame, as a branch of the field tree: for protocols that are not decoded here.

tshark runs in the worker process of :mod:`analyzer.tshark`, so this takes a second or two: call it from a thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.packets import Packet
from analyzer.tshark import Question, TsharkNode, ask, workspace
from analyzer.tui.nodes import MOST_TEXT, Node, Path, Tone
from dissectors.inert import inert
from dissectors.tree import Field

PATIENCE = 30.0
ALL = Question(fields=(), filter="", tree=True)


def tshark_node(packet: Packet) -> Node:
    """The branch; raises :class:`analyzer.tshark.TsharkError` with a sentence."""
    with workspace() as space:
        space.add(packet.number, packet.at, packet.data, packet.link_type, packet.length)
        layers = [layer for answer in ask(ALL, space, patience=PATIENCE) for layer in answer.tree]
    top = Node("tshark", "" if layers else "nothing", ("tshark",), 0, tone=Tone.ABOUT)
    top.below = list(_nodes(layers, packet.data, top.path, 1))
    for layer in top.below[:-1]:
        layer.starts_folded = True  # the innermost is what somebody asks tshark about
    return top


def _nodes(found: Sequence[TsharkNode], data: bytes, path: Path, depth: int) -> Iterator[Node]:
    names: dict[str, int] = {}
    for one in found:
        names[one.name] = names.get(one.name, 0) + 1
        key = f"{one.name} {names[one.name]}" if names[one.name] > 1 else one.name
        node = _node(one, data, (*path, key), depth)
        node.starts_folded = depth > 1  # as in Wireshark
        node.below = list(_nodes(one.below, data, node.path, depth + 1))
        yield node


def _node(one: TsharkNode, data: bytes, path: Path, depth: int) -> Node:
    """One line; its bytes are shown where they lie in the frame, and not where they are in a buffer of tshark's own."""
    text = inert(one.text)
    label, colon, value = text.partition(": ")
    if depth == 1 or not colon:  # a layer's heading is one thing
        label, value = text, ""
    inside = one.size > 0 and one.pos + one.size <= len(data)
    if one.value:
        inside = inside and data[one.pos : one.pos + one.size].hex().startswith(one.value)
    field = Field(one.name, one.pos, one.size) if inside else None
    return Node(_cut(label), _cut(value), path, depth, field)


def _cut(text: str) -> str:
    return text[:MOST_TEXT] + ("…" if len(text) > MOST_TEXT else "")
