"""The one table of keys: no key means two things in one place, and everything that it names exists."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from textual.widget import Widget

from analyzer.tui.app import AnalyzerApp
from analyzer.tui.keys import KEYS, Key, Scope
from analyzer.tui.screens.live import LiveScreen
from analyzer.tui.screens.packets import PacketsScreen
from analyzer.tui.widgets.field_tree import FieldTree
from analyzer.tui.widgets.hex_pane import HexPane
from analyzer.tui.widgets.lines import Lines
from analyzer.tui.widgets.panes import Panes

OWNERS: dict[Scope, tuple[type, ...]] = {
    Scope.APP: (AnalyzerApp,),
    Scope.PACKETS: (PacketsScreen,),
    Scope.PANES: (Panes, AnalyzerApp),
    Scope.LINES: (Lines,),
    Scope.TREE: (FieldTree,),
    Scope.BYTES: (HexPane,),
    Scope.LIVE: (LiveScreen,),
}
WHOLE_SCREEN = (Scope.APP, Scope.PACKETS, Scope.PANES)


@pytest.mark.parametrize("inner", [Scope.LINES, Scope.TREE, Scope.BYTES])
def test_no_key_has_two_meanings_in_one_place(inner: Scope) -> None:
    taken = [(key, entry) for entry in KEYS if entry.scope in (*WHOLE_SCREEN, inner) for key in entry.keys.split(",")]
    clashes = [(a, one.action, two.action) for (a, one), (b, two) in combinations(taken, 2) if a == b]
    assert clashes == []


def test_no_key_has_two_meanings_while_capturing() -> None:
    scopes = (Scope.APP, Scope.LIVE, Scope.LINES)
    taken = [(key, entry) for entry in KEYS if entry.scope in scopes for key in entry.keys.split(",")]
    clashes = [(a, one.action, two.action) for (a, one), (b, two) in combinations(taken, 2) if a == b]
    assert clashes == []


@pytest.mark.parametrize(
    "entry", [key for key in KEYS if key.scope in OWNERS], ids=lambda entry: f"{entry.scope.name}-{entry.action}"
)
def test_every_action_exists(entry: Key) -> None:
    name = re.sub(r"\(.*", "", entry.action).removeprefix("app.")
    owners = (*OWNERS[entry.scope], PacketsScreen) if entry.scope is Scope.PANES else OWNERS[entry.scope]
    assert any(hasattr(owner, f"action_{name}") for owner in owners)


def test_every_action_has_a_key_that_every_terminal_sends() -> None:
    odd = re.compile(r"f\d+|home|end|page(up|down)|ctrl\+[qs]|shift\+.*|.*\+alt.*")
    assert [
        e.action for e in KEYS if all(odd.fullmatch(key) for key in e.keys.split(",")) and e.keys != "shift+tab"
    ] == []


def test_what_the_palette_offers_needs_no_focus() -> None:
    offered = [entry for entry in KEYS if entry.palette and entry.scope in OWNERS and entry.scope is not Scope.LIVE]
    assert {entry.scope for entry in offered} == set(WHOLE_SCREEN)
    for entry in offered:
        if entry.scope is not Scope.APP:
            assert hasattr(PacketsScreen, "action_" + re.sub(r"\(.*", "", entry.action))


def test_our_actions_do_not_shadow_those_of_the_toolkit() -> None:
    names = {re.sub(r"\(.*", "", e.action) for e in KEYS if e.scope in (Scope.LINES, Scope.TREE, Scope.BYTES)}
    assert [name for name in names if hasattr(Widget, f"action_{name}")] == []
