"""The fields of the chosen packet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from analyzer.tui.keys import Scope, bindings
from analyzer.tui.nodes import Folds, Node, Path, Tone
from analyzer.tui.widgets.lines import Lines, Piece

INDENT = 2


class FieldTree(Lines):
    """A tree made for one packet; only lines in view are drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TREE)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fields--label",
        "fields--arrow",
        "fields--gist",
        "fields--fail",
        "fields--closed",
        "fields--malformed",
        "fields--about",
    }
    DEFAULT_CSS = """
    FieldTree {
        & > .fields--label { color: $dsmip-label; }
        & > .fields--arrow { color: $dsmip-dim; }
        & > .fields--gist { color: $dsmip-dim; }
        & > .fields--fail { color: $error; text-style: bold; }
        & > .fields--closed { color: $warning; }
        & > .fields--malformed { color: $warning; text-style: bold; }
        & > .fields--about { color: $dsmip-dim; }
    }
    """

    @dataclass
    class Picked(Message):
        """The cursor is on a field; ``None`` for a line without bytes."""

        tree: FieldTree
        node: Node

    def __init__(self, folds: Folds, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.folds = folds
        self.nodes: Sequence[Node] = ()
        self._lines: list[Node] = []

    def show(self, nodes: Sequence[Node]) -> None:
        """The tree of another packet; the cursor stays at the same field if there is one."""
        before = self.node.path if self.node else ()
        self.nodes = nodes
        self._lay_out()
        place = next((at for at, node in enumerate(self._lines) if node.path == before), 0)
        self.cursor = place
        if place < self.room:
            self.scroll_to(y=0, animate=False)
        self.show_cursor()
        self.refresh()

    @property
    def node(self) -> Node | None:
        """The line under the cursor."""
        return self._lines[self.cursor] if self.cursor < len(self._lines) else None

    def go_to(self, path: Path) -> None:
        """Puts the cursor on the line of a node that is in sight, and as much of what is below it into view."""
        place = next((at for at, node in enumerate(self._lines) if node.path == path), self.cursor)
        self.place(place)
        self.scroll_to(y=max(0, place), animate=False)

    def pick_byte(self, buffer: int, offset: int) -> Node | None:
        """Puts the cursor on the smallest field that holds a byte, without telling of it."""
        node = self.folds.reveal(self.nodes, buffer, offset)
        if node is not None:
            self._lay_out()
            self.place(self._lines.index(node), tell=False)
            self.refresh()
        return node

    def _lay_out(self) -> None:
        self._lines = list(self.folds.lines(self.nodes))
        self.count = len(self._lines)
        self.columns = 0
        self.fit()

    def pieces(self, line: int) -> Sequence[Piece]:
        node = self._lines[line]
        indent = " " * (INDENT * node.depth)
        opened = self.folds.is_open(node)
        arrow = ("▾ " if opened else "▸ ") if node.has_children else "  "
        if node.tone is not Tone.PLAIN:
            text = f": {node.text}" if node.text else ""
            style = f"fields--{node.tone.value}"
            return [(indent, ""), (arrow, "fields--arrow"), (node.label, style), (text, style if not text else "")]
        parts: list[Piece] = [(indent, ""), (arrow, "fields--arrow"), (node.label, "fields--label")]
        if node.text:
            parts.append((": " + node.text, ""))
        if node.has_children and not opened and not node.text:
            parts.append((f"  {node.gist}", "fields--gist"))
        elif node.has_children and not opened:
            parts.append((f"  {_rest(node)}", "fields--gist"))
        return parts

    def on_lines_moved(self, event: Lines.Moved) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        if self.node is not None:
            self.post_message(self.Picked(self, self.node))

    def _put(self, node: Node, *, opened: bool) -> None:
        self.folds.put(node, opened=opened)
        self._lay_out()
        self.refresh()

    def action_turn(self) -> None:
        node = self.node
        if node is not None and node.has_children:
            self._put(node, opened=not self.folds.is_open(node))

    def action_unfold(self) -> None:
        node = self.node
        if node is None or not node.has_children:
            return
        if self.folds.is_open(node):
            self.place(self.cursor + 1)
        else:
            self._put(node, opened=True)

    def action_fold(self) -> None:
        node = self.node
        if node is None:
            return
        if node.has_children and self.folds.is_open(node):
            self._put(node, opened=False)
            return
        above = (at for at in range(self.cursor - 1, -1, -1) if self._lines[at].depth < node.depth)
        self.place(next(above, self.cursor))

    def action_unfold_all(self) -> None:
        self._all(opened=True)

    def action_fold_all(self) -> None:
        self._all(opened=False)

    def _all(self, *, opened: bool) -> None:
        node = self.node
        self.folds.put_all(self.nodes, opened=opened)
        self._lay_out()
        holds = [at for at, other in enumerate(self._lines) if node and other.path == node.path[: len(other.path)]]
        self.place(holds[-1] if holds else 0)
        self.refresh()

    def action_choose(self) -> None:
        self.action_turn()

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        line = self.line_at(place.y) if place else None
        if place is None or line is None:
            return
        event.stop()
        node = self._lines[line]
        on_arrow = place.x + int(self.scroll_offset.x) < INDENT * node.depth + 2
        self.place(line)
        if on_arrow or event.chain > 1:
            self.action_turn()


def _rest(node: Node) -> str:
    """What a folded node with a text of its own holds beside it."""
    assert node.field is not None
    return Node("", "", node.path, 0, node.field).gist
