"""The field tree as lines: nodes with label, text and bytes, folded and unfolded.

What a person unfolds in one packet stays unfolded in the next, by the names on the way to it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from analyzer.packets import Packet
from analyzer.reports.violations import iso_time
from analyzer.tui.marks import Marks, severity_of
from dissectors.events import SealReason
from dissectors.inert import inert
from dissectors.tree import Field
from rules.ledger import requirement
from rules.model import Finding

Path = tuple[str, ...]
MOST_TEXT = 400
"""Characters of one value; the rest is in the hex pane."""
MOST_GIST = 4

FOLDED = frozenset({"ethernet", "linux_cooked", "ipv4", "ipv6", "udp", "payload", "proposal", "transform", "trailer"})
"""Nodes that are folded until someone unfolds them: what every packet has, and lists that are read as a list first."""
DULL = frozenset(
    {
        "next_payload", "critical", "payload_length", "length", "reserved", "reserved_2", "spi_size", "protocol_id",
        "last_substruc", "proposal_length", "transform_length", "num_transforms", "version_and_length",
        "ds_field", "total_length", "identification", "fragment_offset", "checksum", "option_length",
        "payload_proto", "header_len", "version_and_flow", "flow_label", "hop_limit",
    }
)  # fmt: skip
"""Fields that say nothing of what a folded node is about."""


class Tone(Enum):
    """How a line is meant; the widget has a style for each."""

    PLAIN = ""
    FAIL = "fail"
    CLOSED = "closed"
    MALFORMED = "malformed"
    ABOUT = "about"


@dataclass(slots=True, eq=False)
class Node:
    """One line, and what is below it. ``field`` is ``None`` for what no byte says."""

    label: str
    text: str
    path: Path
    depth: int
    field: Field | None = None
    tone: Tone = Tone.PLAIN
    below: list[Node] | None = dataclasses.field(default=None, repr=False)
    starts_folded: bool = False  # whatever its name

    @property
    def children(self) -> list[Node]:
        """Made when first asked for."""
        if self.below is None:
            fields = self.field.children if self.field else []
            self.below = [_node(child, self.path, self.depth + 1) for child in fields]
        return self.below

    @property
    def has_children(self) -> bool:
        return bool(self.below) or bool(self.field and self.field.children)

    @property
    def gist(self) -> str:
        """What a folded node holds, in a few words."""
        if self.text or self.field is None:
            return self.text
        return ", ".join(_telling(self.field))

    @property
    def line(self) -> str:
        """Label and text."""
        return f"{self.label}: {self.text}" if self.text else self.label


def _node(part: Field, path: Path, depth: int) -> Node:
    text = inert(part.text)
    shown = text[:MOST_TEXT] + ("…" if len(text) > MOST_TEXT else "")
    key = f"{part.name} {shown}" if part.children and shown and len(shown) < 40 else part.name
    tone = Tone.PLAIN
    if part.fault is not None:
        tone = Tone.MALFORMED
    elif part.name in ("not_decrypted", "sealed"):
        tone = Tone.CLOSED
    return Node(inert(part.label), shown, (*path, key), depth, part, tone)


def _telling(part: Field) -> Iterator[str]:
    """The values that tell most, the first few."""
    given = 0
    for child in part.children:
        if child.name in DULL or not child.text or given == MOST_GIST:
            continue
        given += 1
        text = inert(child.text)
        yield f"{child.label} {text[:40]}{'…' if len(text) > 40 else ''}"


def nodes_of(packet: Packet, root: Field, marks: Marks) -> list[Node]:
    """The top of a packet's tree: what is wrong with it, why it is closed, then its layers."""
    top = [_frame(packet)]
    top += [_finding(finding, marks) for finding in marks.by_frame.get(packet.number, ())]
    if packet.sealed is not None:
        detail = inert(f"{packet.sealed}. {ADVICE.get(packet.sealed.reason, '')}".strip())
        top.append(Node("Not decrypted", detail, ("closed",), 0, tone=Tone.CLOSED))
    if packet.note:
        top.append(Node("Note", inert(packet.note), ("note",), 0, tone=Tone.ABOUT))
    return top + [_node(child, (), 0) for child in root.children]


ADVICE = {
    SealReason.NO_KEY: "Give a key file with --keys.",
    SealReason.ICV_MISMATCH: "The key is of another SA, or the packet was changed.",
    SealReason.FRAGMENT_MISSING: "The other fragments are not in the capture.",
    SealReason.TRUNCATED: "Capture with a larger snapshot length.",
}
"""What may help, by the reason that a packet stays closed."""


def _frame(packet: Packet) -> Node:
    context = packet.context
    text = f"{packet.length} bytes, {iso_time(packet.at)}"
    if packet.length != len(packet.data):
        text = f"{packet.length} bytes on the wire, {len(packet.data)} captured, {iso_time(packet.at)}"
    if context is not None:
        text += f", session {context.session.number}, sent by the {context.role.value}"
    return Node(f"Frame {packet.number}", text, ("frame",), 0, tone=Tone.ABOUT)


def _finding(finding: Finding, marks: Marks) -> Node:
    """A broken requirement, with what was expected and what was seen below it."""
    path: Path = (f"finding {finding.rule}",)
    try:
        row = requirement(finding.rule)
        gist = f"{row.level.value} ({row.clause}): {row.requirement}" if row.clause else row.requirement
    except KeyError:
        gist = ""
    severity = severity_of(finding.rule, marks.overrides)
    node = Node(f"{severity.mark if severity else '•'} {finding.rule}", inert(gist), path, 0, tone=Tone.FAIL)
    said = [("Expected", finding.expected), ("Observed", finding.observed), ("Because", finding.reason)]
    if finding.related:
        said.append(("Frames", ", ".join(map(str, finding.related))))
    node.below = [Node(label, inert(text), (*path, label), 1) for label, text in said if text]
    return node


class Folds:
    """What is unfolded, by path: the usual, unless someone chose otherwise."""

    def __init__(self) -> None:
        self._chosen: dict[Path, bool] = {}

    def is_open(self, node: Node) -> bool:
        if node.path in self._chosen:
            return self._chosen[node.path]
        if node.starts_folded:
            return False
        name = node.field.name if node.field else ""
        listed = name in FOLDED and (name != "payload" or bool(node.text))  # of ESP it is the one thing to see
        return not listed or bool(node.field and _opens_a_buffer(node.field))

    def put(self, node: Node, *, opened: bool) -> None:
        self._chosen[node.path] = opened

    def put_all(self, nodes: Sequence[Node], *, opened: bool) -> None:
        """Everything at and below these nodes."""
        for node in nodes:
            if node.has_children:
                self.put(node, opened=opened)
                self.put_all(node.children, opened=opened)

    def lines(self, nodes: Sequence[Node]) -> Iterator[Node]:
        """The nodes in sight, in order."""
        for node in nodes:
            yield node
            if node.has_children and self.is_open(node):
                yield from self.lines(node.children)

    def reveal(self, nodes: Sequence[Node], buffer: int, offset: int) -> Node | None:
        """Unfolds the way to the smallest field that holds a byte, and gives it."""
        for node in nodes:
            inside = self.reveal(node.children, buffer, offset) if _leads_to(node, buffer, offset) else None
            if inside is not None:
                self.put(node, opened=True)
                return inside
            part = node.field
            if part and part.buffer == buffer and part.offset <= offset < part.offset + part.size:
                return node
        return None


def _leads_to(node: Node, buffer: int, offset: int) -> bool:
    """Whether the byte may be below: in this node's range, or in a buffer that was opened below it."""
    part = node.field
    if part is None or not part.children:
        return False
    return part.buffer != buffer or part.offset <= offset < part.offset + part.size


def _opens_a_buffer(part: Field) -> bool:
    return any(child.buffer != part.buffer or _opens_a_buffer(child) for child in part.children)
