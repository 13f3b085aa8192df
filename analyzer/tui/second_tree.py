"""What tshark makes of a frame, as a branch of the field tree: for protocols that are not decoded here.

tshark runs in the worker process of :mod:`analyzer.tshark`, so this takes a second or two: call it from a thread.
"""

from __future__ import annotations

from analyzer.packets import Packet
from analyzer.tshark import Question, TsharkField, TsharkLayer, ask, workspace
from analyzer.tui.nodes import MOST_TEXT, Node, Tone
from dissectors.inert import inert
from dissectors.tree import Field

PATIENCE = 30.0
ALL = Question(fields=("*",), filter="", text="")


def tshark_node(packet: Packet) -> Node:
    """The branch; raises :class:`analyzer.tshark.TsharkError` with a sentence."""
    with workspace() as space:
        space.add(packet.number, packet.at, packet.data, packet.link_type, packet.length)
        answers = list(ask(ALL, space, patience=PATIENCE))
    top = Node("tshark", "" if answers else "nothing", ("tshark",), 0, tone=Tone.ABOUT)
    layers = [layer for answer in answers for layer in answer.layers]
    top.below = [_layer(layer, len(packet.data)) for layer in layers]
    return top


def _layer(layer: TsharkLayer, size: int) -> Node:
    path = ("tshark", layer.name)
    node = Node(inert(layer.name), "", path, 1)
    node.below = [_field(field, (*path, f"{place} {field.name}"), size) for place, field in enumerate(layer.fields)]
    return node


def _field(field: TsharkField, path: tuple[str, ...], size: int) -> Node:
    """One field; its bytes are shown where they lie in the frame, and not in a buffer of tshark's own."""
    text = inert(field.show)
    shown = text[:MOST_TEXT] + ("…" if len(text) > MOST_TEXT else "")
    length = len(field.data)
    inside = length > 0 and field.pos + length <= size
    return Node(inert(field.name) or "text", shown, path, 2, Field(field.name, field.pos, length) if inside else None)
