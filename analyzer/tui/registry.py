"""The screens there are. A new one is a line here; its module is imported when it is first shown.

A screen derives from :class:`analyzer.tui.screens.base.AnalyzerScreen`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from analyzer.tui.screens.base import AnalyzerScreen


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen: the digit that shows it, its name in code and on the screen, and where it is."""

    key: str
    name: str
    title: str
    where: str  # "module:Class"

    def make(self) -> AnalyzerScreen:
        module, name = self.where.split(":")
        return cast("AnalyzerScreen", getattr(import_module(module), name)())


LIVE = Entry("7", "live", "Live", "analyzer.tui.screens.live:LiveScreen")
"""Only while capturing."""
SCREENS: tuple[Entry, ...] = (
    Entry("1", "packets", "Packets", "analyzer.tui.screens.packets:PacketsScreen"),
    Entry("2", "sessions", "Sessions", "analyzer.tui.screens.sessions:SessionsScreen"),
    Entry("3", "session", "Session", "analyzer.tui.screens.session:SessionScreen"),
    Entry("4", "ladder", "Ladder", "analyzer.tui.screens.ladder:LadderScreen"),
    Entry("5", "violations", "Violations", "analyzer.tui.screens.violations:ViolationsScreen"),
    Entry("6", "conformance", "Conformance", "analyzer.tui.screens.conformance:ConformanceScreen"),
)
