"""Numbers of things, as the screens say them: with commas, as all numbers there. Reports have blanks instead."""

from __future__ import annotations


def number_of(count: int, what: str) -> str:
    """ "1 frame", "2,000 frames"."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def unsaved(frames: int) -> str:
    """What an answer costs that ends a capture."""
    are = "is" if frames == 1 else "are"
    return f"{number_of(frames, 'frame')} that {are} not saved {are} thrown away"
