"""The one table of keys: bindings, footer, help and command palette are made from it.

Every action has a letter, because F keys, Home, End and Ctrl+Q fail in some terminal or other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from textual.binding import Binding


class Scope(Enum):
    """Where keys hold; the value is the heading in the help."""

    APP = "Everywhere"
    PACKETS = "Packets"
    PANES = "Panes"
    LINES = "Lists"
    TREE = "Fields"
    BYTES = "Bytes"
    TABLE = "Tables"
    SESSION = "Session and ladder"
    LADDER = "Ladder"
    VIOLATIONS = "Violations"
    MATRIX = "Conformance"
    LIVE = "Capturing"


@dataclass(frozen=True, slots=True)
class Key:
    """One action: its keys (Textual's names, the first is the one shown), and how it is called.

    ``rank`` orders the footer, 0 keeps it out. ``palette`` says whether the command palette offers it.
    """

    scope: Scope
    keys: str
    action: str
    label: str
    help: str
    rank: int = 0
    palette: bool = False

    @property
    def shown(self) -> str:
        """All keys as a person reads them."""
        return "  ".join(shown(key) for key in self.keys.split(","))

    @property
    def first(self) -> str:
        """The key for the footer."""
        return shown(self.keys.split(",")[0])


SHOWN = {
    "question_mark": "?", "slash": "/", "colon": ":", "plus": "+", "minus": "-", "equals_sign": "=", "escape": "Esc",
    "left_square_bracket": "[", "right_square_bracket": "]", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "enter": "Enter", "space": "Space", "tab": "Tab", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home",
    "end": "End", "comma": ",", "full_stop": ".", "asterisk": "*",
}  # fmt: skip


def shown(key: str) -> str:
    """``ctrl+d`` is "^D", ``shift+tab`` "⇧Tab"."""
    if key.startswith("ctrl+"):
        return "^" + shown(key[5:]).upper()
    if key.startswith("shift+"):
        return "⇧" + shown(key[6:])
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return SHOWN.get(key, key)


A, P, S, L, T, B = Scope.APP, Scope.PACKETS, Scope.PANES, Scope.LINES, Scope.TREE, Scope.BYTES
R, E, D, V, M, C = Scope.TABLE, Scope.SESSION, Scope.LADDER, Scope.VIOLATIONS, Scope.MATRIX, Scope.LIVE
KEYS: tuple[Key, ...] = (
    Key(A, "question_mark,f1", "help", "Help", "This list of keys", 1, palette=True),
    Key(A, "q,ctrl+q", "leave", "Quit", "Quit; asks while capturing", 2, palette=True),
    Key(A, "n,f8", "violation(1)", "Next fail", "Go to the next frame that breaks a requirement", 4, palette=True),
    Key(A, "N,f7", "violation(-1)", "Previous fail", "Go to the frame before that breaks one", palette=True),
    Key(A, "g,ctrl+g", "go_to", "Go to", "Go to a frame by its number", 5, palette=True),
    Key(A, "c,y", "copy", "Copy", "Copy field, value, bytes or row", 7, palette=True),
    Key(A, "colon,ctrl+p", "command_palette", "Commands", "Search all commands", 10),
    Key(A, "T,f9", "theme", "Theme", "Next theme: dark, light, colour-blind-safe, 16 colours", palette=True),
    Key(A, "w,f2", "export", "Export", "Write violations, reports or the ladder to a file", 8, palette=True),
    Key(A, "o,f10", "open_file", "Open", "Open another capture, or one of the recent ones", 9, palette=True),
    Key(A, "a", "add_keys", "Add keys", "Add a key file or folder; packets open at once", 9, palette=True),
    Key(A, "R,f5", "reload", "Reload", "Read the capture anew, with what was added to it", palette=True),
    Key(A, "x", "stop", "Stop loading", "Stop loading; what was read stays and is judged", palette=True),
    Key(
        P,
        "slash,f3",
        "filter",
        "Filter",
        "Show only packets that match; Tab or ↓ and Enter take what is offered",
        3,
        palette=True,
    ),
    Key(P, "F", "filter_field", "Filter on field", "Show only packets with the field under the cursor", palette=True),
    Key(P, "d,f4", "time_form", "Time", "Times since start, delta, UTC or local", 6, palette=True),
    Key(P, "t", "tshark", "tshark", "Add what tshark makes of this packet to the fields", palette=True),
    Key(P, "f", "tail", "Follow", "Stay at the last packet while more come", palette=True),
    Key(P, "J,full_stop", "step(1)", "Next packet", "Next packet, from any pane"),
    Key(P, "K,comma", "step(-1)", "Previous packet", "Previous packet, from any pane"),
    Key(P, "escape", "back", "Back", "Leave: maximised pane, filter, pane"),
    Key(S, "z,f6", "zoom", "Maximise", "Maximise the pane, and back", 8, palette=True),
    Key(S, "plus,f12", "grow(1)", "Larger", "Make the pane larger", palette=True),
    Key(S, "minus,f11", "grow(-1)", "Smaller", "Make the pane smaller", palette=True),
    Key(S, "equals_sign", "even", "Even panes", "Give the panes their usual sizes", palette=True),
    Key(S, "tab", "pane(1)", "Next pane", "Go to the next pane", 9),
    Key(S, "shift+tab", "pane(-1)", "Previous pane", "Go to the pane before"),
    Key(L, "down,j", "move(1)", "Down", "One line down"),
    Key(L, "up,k", "move(-1)", "Up", "One line up"),
    Key(L, "pagedown,ctrl+f", "page(1)", "Page down", "One page down"),
    Key(L, "pageup,ctrl+b", "page(-1)", "Page up", "One page up"),
    Key(L, "ctrl+d", "half(1)", "Half page down", "Half a page down"),
    Key(L, "ctrl+u", "half(-1)", "Half page up", "Half a page up"),
    Key(L, "home,less_than_sign", "first", "First", "To the first line"),
    Key(L, "end,G,greater_than_sign", "last", "Last", "To the last line"),
    Key(L, "right,l", "sideways(8)", "Right", "Scroll to the right"),
    Key(L, "left,h", "sideways(-8)", "Left", "Scroll to the left"),
    Key(L, "enter", "choose", "Open", "Open what is under the cursor"),
    Key(T, "right,l", "unfold", "Unfold", "Unfold the field, or go into it"),
    Key(T, "left,h", "fold", "Fold", "Fold the field, or go to what holds it"),
    Key(T, "enter,space", "turn", "Fold/unfold", "Fold or unfold the field"),
    Key(T, "e,asterisk", "unfold_all", "Unfold all", "Unfold everything"),
    Key(T, "E", "fold_all", "Fold all", "Fold everything"),
    Key(B, "right,l", "byte(1)", "Byte right", "One byte on"),
    Key(B, "left,h", "byte(-1)", "Byte left", "One byte back"),
    Key(B, "down,j", "row(1)", "Row down", "One row down"),
    Key(B, "up,k", "row(-1)", "Row up", "One row up"),
    Key(B, "pagedown,ctrl+f,ctrl+d", "page(1)", "Page down", "One page down"),
    Key(B, "pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", "One page up"),
    Key(B, "home,less_than_sign", "edge(-1)", "First byte", "To the first byte"),
    Key(B, "end,G,greater_than_sign", "edge(1)", "Last byte", "To the last byte"),
    Key(R, "slash,f3", "filter", "Filter", "Show only rows that hold all the words typed", 3, palette=True),
    Key(R, "s", "sort(1)", "Sort", "Sort by the next column", 5, palette=True),
    Key(R, "r", "turn_order", "Reverse", "Sort the other way round", 6, palette=True),
    Key(R, "escape", "back", "Back", "Leave the filter, then the screen"),
    Key(V, "b", "group", "Group", "Group by rule, session, clause, actor or not at all", 4, palette=True),
    Key(V, "z,f6", "zoom", "Explain", "Only the explanation, and back", 9, palette=True),
    Key(V, "space", "fold", "Fold", "Fold or unfold the group"),
    Key(V, "e", "fold_all", "Fold all", "Fold or unfold all groups", palette=True),
    Key(E, "J,full_stop", "session(1)", "Next session", "Next session", 4, palette=True),
    Key(E, "K,comma", "session(-1)", "Previous session", "Previous session", palette=True),
    Key(E, "escape", "back", "Back", "Back to the sessions"),
    Key(D, "m", "mark", "Mark", "Mark this message to compare it with another", 3, palette=True),
    Key(D, "d", "compare", "Compare", "Compare the marked message with this one, field by field", 3, palette=True),
    Key(D, "u", "user_data", "User data", "Show or hide user data in tunnels (double arrows)", 4, palette=True),
    Key(D, "space", "fold", "Fold", "Fold or unfold retransmissions, fragments and data of this message"),
    Key(D, "e", "fold_all", "Unfold all", "Show every packet, or fold them again", 5, palette=True),
    Key(M, "right,l", "column(1)", "Next session", "One session to the right"),
    Key(M, "left,h", "column(-1)", "Previous session", "One session to the left"),
    Key(M, "right_square_bracket", "column_page(1)", "Sessions right", "A page of sessions to the right", 6),
    Key(M, "left_square_bracket", "column_page(-1)", "Sessions left", "A page of sessions to the left", 6),
    Key(M, "v", "coverage", "Coverage", "Show only requirements violated, exercised … or all", 4, palette=True),
    Key(M, "slash,f3", "filter", "Filter", "Show only requirements that hold all the words typed", 3, palette=True),
    Key(M, "escape", "back", "Back", "Leave the filter"),
    Key(C, "s", "turn_capture", "Start/stop", "Start to capture, or stop", 2, palette=True),
    Key(C, "r", "restart", "Restart", "Throw away what was captured and begin anew", 3, palette=True),
    Key(C, "W", "save", "Save", "Save what was captured to one pcapng file", 3, palette=True),
    Key(C, "i", "interfaces", "Interfaces", "Choose interfaces and capture filter, and begin anew", 4, palette=True),
    Key(C, "F,f", "tail", "Follow", "Stay at the last packet while more come", 5, palette=True),
    Key(C, "tab", "pane(1)", "Next pane", "Go to the next pane", 9),
    Key(C, "shift+tab", "pane(-1)", "Previous pane", "Go to the pane before"),
    Key(P, "right_square_bracket", "buffer(1)", "Next bytes", "Bytes: frame, reassembled, decrypted"),
    Key(P, "left_square_bracket", "buffer(-1)", "Previous bytes", "The same, backwards"),
)
SHOWN["less_than_sign"], SHOWN["greater_than_sign"] = "<", ">"


@cache
def keys_of(*scopes: Scope) -> tuple[Key, ...]:
    """The keys of some scopes, in the order of the table."""
    return tuple(key for key in KEYS if key.scope in scopes)


def bindings(*scopes: Scope) -> list[Binding]:
    """For ``BINDINGS`` of an app, a screen or a widget."""
    return [Binding(key.keys, key.action, key.label, show=False) for key in keys_of(*scopes)]


def footer(scopes: frozenset[Scope]) -> list[Key]:
    """What the footer shows where these scopes hold, the most needed first."""
    return sorted((key for key in KEYS if key.rank and key.scope in scopes), key=lambda key: key.rank)
