"""Which session the screens speak of: the one chosen last, or that of the frame chosen last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.tui.ladder.tunnels import session_of_data

if TYPE_CHECKING:
    from analyzer.tui.app import AnalyzerApp


class Chosen:
    """A session that was chosen; a frame that is chosen later takes over."""

    def __init__(self) -> None:
        self.session = 0
        self._frame = 0  # the frame that was chosen then

    def put(self, session: int, frame: int) -> None:
        """A session was chosen while the screens spoke of ``frame``."""
        self.session, self._frame = session, frame

    def of(self, app: AnalyzerApp) -> int:
        """The number of the session, 0 where there is none."""
        if self.session and app.frame == self._frame:
            return self.session
        found = app.model.session_of(app.frame) or session_of_data(app.model, app.frame)
        if found:
            self.put(found, app.frame)
        return found or self.session or (1 if app.follow.sessions else 0)
