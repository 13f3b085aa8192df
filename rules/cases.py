"""Where the worked examples of a requirement are kept, for tests, ``explain`` and the catalogue alike."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

FOLDERS = ("ts24303", "base")


def case_files() -> dict[str, Traversable]:
    """The ladder file of each requirement that has one, by ID."""
    found: dict[str, Traversable] = {}
    for folder in FOLDERS:
        cases = files("rules") / folder / "cases"
        if cases.is_dir():
            found |= {entry.name.removesuffix(".md"): entry for entry in cases.iterdir() if entry.name.endswith(".md")}
    return dict(sorted(found.items()))


def case_text(rule: str) -> str:
    """The worked examples of one requirement as text, or nothing."""
    entry = case_files().get(rule)
    return entry.read_text("utf-8") if entry else ""
