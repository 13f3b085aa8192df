"""The line above and the line below every screen: where we are, and which keys there are."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from analyzer.tui.amounts import number_of
from analyzer.tui.follow import Follow, Stage
from analyzer.tui.keys import Scope, footer
from dissectors.inert import inert

if TYPE_CHECKING:
    from analyzer.tui.app import AnalyzerApp

Part = tuple[str, str, str]
"""Text, component class, action on a click."""
BAR = 10
"""Characters of the progress bar."""


class Bar(Widget):
    """One line of parts, of which those on the right may be clicked too."""

    DEFAULT_CSS = "Bar { height: 1; width: 100%; }"

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._places: list[tuple[int, int, str]] = []

    @property
    def analyzer(self) -> AnalyzerApp:
        from analyzer.tui.app import AnalyzerApp

        assert isinstance(self.app, AnalyzerApp)
        return self.app

    def parts(self, width: int) -> tuple[list[Part], list[Part]]:
        """What stands on the left and on the right."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        left, right = self.parts(width)
        base = self.rich_style
        gap = width - sum(cell_len(text) for text, _, _ in (*left, *right))
        self._places = []
        at, segments = 0, []
        for text, name, action in (*left, (" " * max(0, gap), "", ""), *right):
            style = base + self.get_component_rich_style(name, partial=True) if name else base
            segments.append(Segment(text, style))
            if action:
                self._places.append((at, at + cell_len(text), action))
            at += cell_len(text)
        return Strip(segments).adjust_cell_length(width, base)

    async def on_click(self, event: events.Click) -> None:
        for low, high, action in self._places:
            if low <= event.x < high:
                await self.app.run_action(action, default_namespace=self.screen)


class TopBar(Bar):
    """Screens, file, progress, counts of sessions and fails."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"top--screen", "top--here", "top--file", "top--fail", "top--busy"}
    DEFAULT_CSS = """
    TopBar { background: $dsmip-bar; color: $dsmip-bar-text;
        & > .top--here { text-style: bold reverse; }
        & > .top--file { text-style: bold; }
        & > .top--fail { background: $error; color: $dsmip-on-error; text-style: bold; }
        & > .top--busy { text-style: bold; }
    }
    """

    def parts(self, width: int) -> tuple[list[Part], list[Part]]:
        follow = self.analyzer.follow
        right = [*self._progress(follow, width), *self._counts(follow, width)]
        room = width - sum(cell_len(text) for text, _, _ in right)
        left = self._screens(room - 12)
        room -= sum(cell_len(text) for text, _, _ in left)
        return [*left, (_name(follow.files, room - 1), "top--file", "")], right

    def _screens(self, room: int) -> list[Part]:
        """All screens by name where there is room, else the others by their keys, else only the one that is shown."""
        here = self.analyzer.current_mode
        named = [(f" {e.key} {e.title} ", e.name) for e in self.analyzer.SCREENS_SHOWN]
        numbered = [(title if name == here else f"{title[:2]} ", name) for title, name in named]
        alone = [(f" {title.strip()} ", name) for title, name in named if name == here]
        alone = alone if room > 20 else []
        shown = next((form for form in (named, numbered) if sum(len(text) for text, _ in form) <= room), alone)
        return [
            (text, "top--here" if name == here else "top--screen", f"app.show_screen('{name}')") for text, name in shown
        ] + [(" ", "", "")]

    def _progress(self, follow: Follow, width: int) -> list[Part]:
        coming = self.analyzer.loads.coming
        if coming is not None:
            part = coming.progress
            return [(" reading anew " + ("" if part is None else f"{part:3.0%} "), "top--busy", "")]
        if follow.status:
            return [(f" {follow.status} ", "top--fail" if follow.stage is Stage.FAILED else "top--busy", "app.stop")]
        if follow.stage is Stage.FAILED:
            return [(" failed ", "top--fail", "")]
        if follow.stage is Stage.STOPPED:
            return [(" stopped ", "top--busy", "")]
        if follow.stage is Stage.DONE:
            return []
        part = follow.progress
        percent = "" if part is None else f" {part:3.0%}"
        full = "" if part is None or width < 70 else "█" * round(BAR * part) + "░" * (BAR - round(BAR * part))
        word = f"{follow.stage.value} " if width >= 50 else ""
        return [(f"{word}{full}{percent} ", "top--busy", "app.stop")]

    def _counts(self, follow: Follow, width: int) -> list[Part]:
        frames, sessions, fails = follow.frames, follow.sessions, follow.fails
        if width < 60:
            counts: list[Part] = [(f"{frames:,} ", "", "")] if width >= 36 else []
        else:
            counts = [(f"{number_of(frames, 'frame')} · {number_of(sessions, 'session')} ", "", "")]
        if fails:
            word = f" fail{'s' * (fails != 1)}" if width >= 60 else ""
            counts.append((f" ✖ {fails:,}{word} ", "top--fail", "app.violation(1)"))
        return counts


def _name(files: list[str], room: int) -> str:
    """The file's name without its folders, or how many there are."""
    name = inert(PurePath(files[0]).name) if files else ""
    if len(files) > 1:
        name += f" and {len(files) - 1} more"
    if len(name) > room:
        name = name[: max(0, room - 1)] + "…" if room > 3 else ""
    return name


class BottomBar(Bar):
    """The keys of the place where the focus is; what does not fit is in the help."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bottom--key", "bottom--label"}
    DEFAULT_CSS = """
    BottomBar { background: $panel; color: $foreground;
        & > .bottom--key { color: $dsmip-key; text-style: bold; }
        &:ansi { background: ansi_default; color: ansi_default; }
    }
    """

    def __init__(self, scopes: frozenset[Scope]) -> None:
        super().__init__()
        self.scopes = scopes

    def parts(self, width: int) -> tuple[list[Part], list[Part]]:
        left: list[Part] = []
        for key in footer(self.scopes):
            shown, label = f" {key.first}", f" {key.label} "
            width -= cell_len(shown + label)
            if width < 0:
                break
            action = key.action if key.scope is not Scope.APP else f"app.{key.action}"
            left += [(shown, "bottom--key", action), (label, "", action)]
        return left, []
