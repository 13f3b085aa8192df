"""Keys pressed one by one on the screens beyond packets, and the screen as text."""

from __future__ import annotations

import re

from textual.events import Paste
from tui_driver import Driver, screen_text

BULK_UES = 60
SCREEN_KEYS = {"sessions": "2", "session": "3", "ladder": "4", "violations": "5", "conformance": "6"}


def inner_text(pilot: Driver) -> str:
    """The screen without the lines above and below, which tell of other screens too, and without how many rules."""
    text = "\n".join(screen_text(pilot).splitlines()[1:-1])
    return re.sub(r"\d+( of \d+ (?:requirements|exercised)| violated| not | not$)", r"N\1", text, flags=re.MULTILINE)


async def settle(pilot: Driver) -> None:
    """What is arranged in slices is arranged."""
    await pilot.pause()
    for _ in range(200):
        screen = pilot.app.screen_stack[0]
        pending = getattr(getattr(screen, "table", None) or getattr(screen, "matrix", None), "pending", False)
        if not pending:
            break
        await pilot.pause(0.02)
    await pilot.pause()


async def paste(pilot: Driver, text: str) -> None:
    """Puts a text into the field that is asked for, as a terminal does with what is pasted: one key each takes long."""
    pilot.app.post_message(Paste(text))
    await settle(pilot)


async def press(pilot: Driver, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
