"""The packets: list above, fields and bytes of the chosen one below."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from analyzer.field_tree import Explanation
from analyzer.tui.filtering import FilterError, Filtering, compile_matcher, warm_up
from analyzer.tui.keys import Scope, bindings
from analyzer.tui.nodes import Folds, Node, Tone, nodes_of
from analyzer.tui.screens.base import AnalyzerScreen
from analyzer.tui.spool import GoneError
from analyzer.tui.times import TimeForm
from analyzer.tui.view import View
from analyzer.tui.widgets.field_tree import FieldTree
from analyzer.tui.widgets.filter_bar import FilterBar
from analyzer.tui.widgets.hex_pane import HexPane
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.packet_list import PacketList
from analyzer.tui.widgets.panes import Panes, sizes_of


class PacketsScreen(AnalyzerScreen):
    """Routes between the list, the tree and the bytes; none of them knows the others."""

    SCOPES = frozenset({Scope.APP, Scope.PACKETS, Scope.PANES})
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.PACKETS)]
    AUTO_FOCUS = "PacketList"

    def __init__(self) -> None:
        super().__init__()
        self._folds = Folds()
        self._shown: tuple[int, bool, int] | None = None  # frame, decoded, failures: what tree and bytes are of
        self._explained: Explanation | None = None
        self._filtering: Filtering | None = None
        self._filtered = True  # the filter is through, and all it found is shown
        self._applied = ""  # the text of the filter that is at work
        self._end = 0  # the line where the list was put as it follows

    def body(self) -> ComposeResult:
        app = self.analyzer
        self.view = View(app.model)
        self.packets = PacketList(self.view, id="list")
        self.packets.show_chosen = self._show_chosen
        self.packets.time_form = TimeForm.__members__.get(app.state.time_form, TimeForm.START)
        self.fields = FieldTree(self._folds, id="fields")
        self.bytes = HexPane(id="bytes")
        self.fields.border_title = "Fields"
        self.bar = FilterBar()
        app.state.panes = sizes_of(app.state.panes)
        self.panes = Panes(self.packets, self.fields, self.bytes, app.state.panes)
        yield self.bar
        yield self.panes

    # What comes from outside

    def catch_up(self) -> None:
        if self._filtering is not None:
            self._say_filter()
        self.packets.catch_up()
        if self.analyzer.tail and len(self.view):
            self._end = len(self.view) - 1
            self.packets.place(self._end)
        self._show_chosen()

    def renew(self) -> None:
        number = self.packets.number or self.analyzer.frame
        self.view.model = self.analyzer.model
        self._shown, self._explained = None, None
        self._start_filter(self._applied)
        self.packets.renew()
        self.packets.place(self.view.line(number), tell=False)
        if not self.packets.number:
            self._clear()
        self._show_chosen()

    def _clear(self) -> None:
        """No frame so far: the fields and bytes that stand there are of a capture that went."""
        self.fields.show([])
        self.bytes.show([b""], ["Frame"])
        self._title_bytes()

    def show_frame(self, number: int) -> None:
        self.analyzer.tail = False
        if not self.view.shows(number) and self.view.chosen is not None:
            self.notify(f"frame {number} is hidden by the filter; Esc shows all", markup=False)
        self.packets.catch_up()
        self.packets.place(self.view.line(number))
        self._show_chosen()

    # Between the panes

    def on_lines_moved(self, event: Lines.Moved) -> None:
        if event.lines is self.packets:
            self.analyzer.tail = self.analyzer.tail and event.line >= self._end  # whoever goes up wants to stay there
            self.analyzer.frame = self.packets.number
            self.call_later(self._show_chosen)

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        if event.lines is self.packets:
            self.fields.focus()

    def on_field_tree_picked(self, event: FieldTree.Picked) -> None:
        part = event.node.field
        if part is not None and (part.size or part.children):
            self.bytes.mark(part.buffer, part.offset, part.size)

    def on_hex_pane_picked(self, event: HexPane.Picked) -> None:
        node = self.fields.pick_byte(event.buffer, event.offset)
        if node is not None and node.field is not None and node.field.buffer == event.buffer:
            self.bytes.mark_only(node.field.offset, node.field.size)

    def on_hex_pane_turned(self) -> None:
        self._title_bytes()

    def _show_chosen(self) -> None:
        """Tree and bytes of the frame under the cursor, unless they are there already."""
        number, model = self.packets.number, self.analyzer.model
        fails = len(model.marks.by_frame.get(number, ()))
        wanted = (number, number <= model.reached, fails)
        if wanted == self._shown or not number:
            return
        same = self._shown is not None and self._shown[0] == number
        self._shown = wanted
        self.analyzer.frame = number
        try:
            packet = model.packet(number)
            explained = model.explain(number)
        except GoneError as gone:
            self.fields.show([Node("Gone", str(gone), ("gone",), 0, tone=Tone.MALFORMED)])
            self.bytes.show([b""], ["Frame"])
            return
        before = self._explained
        self._explained = explained
        self.fields.show(nodes_of(packet, explained.root, model.marks))
        if not same or before is None or len(before.buffers) != len(explained.buffers):
            self.bytes.show(explained.buffers, [_buffer_name(name, n) for n, name in enumerate(explained.names)])
        self._title_bytes()
        node = self.fields.node
        if node is not None and node.field is not None and not same:
            self.bytes.mark(node.field.buffer, node.field.offset, node.field.size)

    def _title_bytes(self) -> None:
        """The buffers as tabs in the border of the bytes."""
        parts = []
        for number, name in enumerate(self.bytes.names):
            shown = f"[reverse] {name} [/]" if number == self.bytes.buffer else f" {name} "
            parts.append(f"[@click=screen.show_buffer({number})]{shown}[/]")
        self.bytes.border_title = "│".join(parts)

    # Actions

    def action_show_buffer(self, number: int) -> None:
        self.bytes.turn(number - self.bytes.buffer)

    def action_buffer(self, by: int) -> None:
        self.bytes.turn(by)

    def action_step(self, by: int) -> None:
        self.packets.action_move(by)

    def action_time_form(self) -> None:
        self.packets.time_form = self.packets.time_form.next
        self.analyzer.state.time_form = self.packets.time_form.name
        self.packets.refresh()

    def action_tshark(self) -> None:
        if self.packets.number:
            self.notify("Asking tshark…", timeout=2, markup=False)
            self._ask_tshark(self.packets.number)

    @work(thread=True, exclusive=True, group="tshark")
    def _ask_tshark(self, number: int) -> None:
        from analyzer.tshark import TsharkError
        from analyzer.tui.second_tree import tshark_node

        try:
            node = tshark_node(self.analyzer.model.make_packet(number))
        except (TsharkError, GoneError) as error:
            self.app.call_from_thread(self.notify, str(error), severity="warning", markup=False)
            return
        self.app.call_from_thread(self._add_branch, number, node)

    def _add_branch(self, number: int, node: Node) -> None:
        """An answer of tshark, if its packet is still the one that is shown."""
        if self.packets.number == number and self._shown and self._shown[0] == number:
            self.fields.show([*(known for known in self.fields.nodes if known.path != node.path), node])
            self.fields.go_to(node.path)
            self.fields.focus()

    def action_tail(self) -> None:
        self.analyzer.tail = not self.analyzer.tail
        self.notify("Stays at the last packet" if self.analyzer.tail else "Stays where it is", markup=False)
        self.catch_up()

    def action_back(self) -> None:
        if self.panes.zoomed:
            self.panes.action_zoom()
        elif self.view.chosen is not None:
            self._filter("")
        else:
            self.packets.focus()

    def action_pane(self, by: int) -> None:
        self.panes.action_pane(by)

    def action_zoom(self) -> None:
        self.panes.action_zoom()

    def action_grow(self, by: int) -> None:
        self.panes.action_grow(by)

    def action_even(self) -> None:
        self.panes.action_even()

    # The filter

    def action_filter(self) -> None:
        warm_up()
        self.bar.open()

    def action_filter_field(self) -> None:
        """The field under the cursor in the filter bar, added to what is there, to be looked at before Enter."""
        from analyzer.filters import filter_on

        node, number = self.fields.node, self.packets.number
        if node is None or node.field is None or not number:
            return
        text = filter_on(self.analyzer.model.packet(number), node.field)
        if not text:
            self.notify(f"No filter field says what {node.label} says", markup=False)
            return
        self.bar.open()
        before = self.bar.text
        self.bar.put(f"{before} && {text}" if before and text not in before else text)

    def on_filter_bar_typed(self, event: FilterBar.Typed) -> None:
        try:
            if event.text:
                compile_matcher(event.text, self.analyzer.model)
        except FilterError as error:
            self.bar.say(_placed(error), wrong=True)
        else:
            self.bar.say("")

    def on_filter_bar_applied(self, event: FilterBar.Applied) -> None:
        self._filter(event.text)

    def on_filter_bar_left(self) -> None:
        if self.view.chosen is None:
            self.bar.put("")
        self.bar.close()
        self.packets.focus()

    def _filter(self, text: str) -> None:
        number = self.packets.number
        if not self._start_filter(text):
            return
        self.bar.put(text)
        self.bar.close()
        self.packets.focus()
        self.packets.cursor = self.view.line(number) if number else 0
        self.catch_up()
        self.packets.show_cursor()

    def _start_filter(self, text: str) -> bool:
        """Lets a filter work through all frames; false where the text is none."""
        try:
            compiled = compile_matcher(text, self.analyzer.model) if text else None
        except FilterError as error:
            self.bar.say(_placed(error), wrong=True)
            return False
        self._applied = text
        if self._filtering is not None:
            self._filtering.stop()
        self._filtering = None
        self.view.chosen = None
        if compiled is not None:
            self._filtering = Filtering(self.analyzer.model, compiled)
            self.view.chosen = self._filtering.chosen
            self._filtering.start()
            self._filtered = False
        return True

    def _say_filter(self) -> None:
        filtering = self._filtering
        assert filtering is not None
        busy = filtering.busy  # asked before what it found: nothing may come between
        total = len(self.analyzer.model)
        note = f"{len(filtering.chosen):,} of {total:,}"
        if filtering.trouble:
            self.bar.say(filtering.trouble, wrong=True)
        elif busy and total:
            self.bar.say(f"{note} · {filtering.reached / total:.0%}")
        else:
            self.bar.say(note)
        self._filtered = not busy

    @property
    def filtering(self) -> bool:
        """Whether a filter is at work, or has found what is not shown yet."""
        return self._filtering is not None and not self._filtered

    # Copying

    def copies(self) -> dict[str, str]:
        found: dict[str, str] = {}
        node = self.fields.node
        if node is not None:
            found["field"] = node.line
            found["value"] = node.text or node.label
            if node.field is not None and self._explained is not None and node.field.size:
                part = node.field
                data = self._explained.buffers[part.buffer][part.offset : part.offset + part.size]
                found["bytes"] = data.hex()
        if self.packets.number:
            found["row"] = self.analyzer.model.row(self.packets.number).text
        return found

    def on_unmount(self) -> None:
        if self._filtering is not None:
            self._filtering.stop()

    @property
    def focused_pane(self) -> Widget | None:
        return self.focused


def _buffer_name(name: str, number: int) -> str:
    """What a buffer is called; its name is one of ours, from the tree."""
    if not number:
        return "Frame"
    words = {"decrypted": "Decrypted IKE", "decrypted_esp": "Decrypted ESP", "joined_fragments": "Joined IKE fragments"}
    return words.get(name) or Text(name.replace("_", " ").capitalize()).plain


def _placed(error: FilterError) -> str:
    return f"{error} (at {error.position + 1})"
