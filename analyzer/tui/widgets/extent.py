"""How many lines a scrolled widget has, told without laying out the whole screen anew where nothing else moves."""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView


def set_extent(view: ScrollView, size: Size) -> None:
    """Takes the size of what is scrolled; while a capture goes on it changes with every look at it."""
    before = view.virtual_size
    if size == before:
        return
    height = view.styles.height
    moves = size.width != before.width or (height is not None and height.is_auto)
    if moves or _needs_bar(view, size) != view.show_vertical_scrollbar:
        view.virtual_size = size
        return
    view.set_reactive(ScrollView.virtual_size, size)
    if view.show_vertical_scrollbar:
        view.vertical_scrollbar.window_virtual_size = size.height
    if view.scroll_y > view.max_scroll_y:
        view.scroll_to(y=view.max_scroll_y, animate=False)
    if min(before.height, size.height) < view.scroll_y + view.size.height:
        view.refresh()


def _needs_bar(view: ScrollView, size: Size) -> bool:
    return view.styles.overflow_y == "scroll" or (
        view.styles.overflow_y == "auto" and size.height > view.container_size.height
    )
