"""Numbers of things, as the screens say them."""

from __future__ import annotations


def amount(count: int, what: str) -> str:
    """ "1 frame", "2,000 frames"."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def unsaved(frames: int) -> str:
    """What an answer costs that ends a capture."""
    are = "is" if frames == 1 else "are"
    return f"{amount(frames, 'frame')} that {are} not saved {are} thrown away"
