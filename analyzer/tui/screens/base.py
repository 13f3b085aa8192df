"""What all screens have: the line above, the line below, and being told ten times a second that there may be more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from analyzer.tui.keys import Scope
from analyzer.tui.widgets.bars import BottomBar, TopBar

if TYPE_CHECKING:
    from analyzer.tui.app import AnalyzerApp


class AnalyzerScreen(Screen[None]):
    """A screen of :mod:`analyzer.tui.registry`; override ``body``, ``catch_up`` and what else it can do."""

    SCOPES: ClassVar[frozenset[Scope]] = frozenset({Scope.APP})
    """Whose keys the footer shows."""

    def compose(self) -> ComposeResult:
        self.analyzer.made.add(self)
        yield TopBar()
        yield from self.body()
        yield BottomBar(self.SCOPES)

    def body(self) -> ComposeResult:
        """The widgets between the two lines."""
        yield from ()

    @property
    def analyzer(self) -> AnalyzerApp:
        """The application, with ``follow``, ``model``, ``state`` and ``show_frame``."""
        from analyzer.tui.app import AnalyzerApp

        app: Any = self.app
        assert isinstance(app, AnalyzerApp)
        return app

    def catch_up(self) -> None:
        """Something new was read or judged. Called at most ten times a second, and when the screen is shown."""

    def renew(self) -> None:
        """All is read anew, or another capture: what is shown is of a model that goes."""

    def show_frame(self, number: int) -> None:
        """The frame that other screens point at was changed."""

    def next_violation(self, by: int) -> bool:
        """``n`` and ``N``: whether the screen went to the next or previous violation itself."""
        return False

    def copies(self) -> dict[str, str]:
        """What can be copied here, by what it is called."""
        return {}

    def on_screen_resume(self) -> None:
        self.catch_up()
