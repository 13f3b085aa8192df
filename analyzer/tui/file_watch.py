"""What happens to capture files while they are shown: they grow, are cut, replaced or deleted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from analyzer.reports.layout import size_text
from dissectors.inert import inert


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it looks from outside; all zero where there is none."""

    device: int = 0
    inode: int = 0
    size: int = 0


def stamp_of(path: str) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116 - a path may be anything the user typed
    except (OSError, ValueError):
        return Stamp()
    return Stamp(status.st_dev, status.st_ino, status.st_size)


class FileWatch:
    """Looks at the files now and then, and says once what became of each."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._first = {path: stamp_of(path) for path in paths if path != "-"}
        self._told = dict.fromkeys(self._first, "")

    def look(self) -> list[str]:
        """What there is to say since the last look."""
        new = []
        for path, first in self._first.items():
            kind, sentence = _change(path, first, stamp_of(path))
            if kind != self._told[path]:
                self._told[path] = kind
                if sentence:
                    new.append(sentence)
        return new


def _change(path: str, first: Stamp, now: Stamp) -> tuple[str, str]:
    """The kind of change, and a sentence on it."""
    name = inert(PurePath(path).name)
    if now == first:
        return "", ""
    if not now.inode:
        return "gone", f"{name} was deleted or moved away: what was read stays"
    if (now.device, now.inode) != (first.device, first.inode):
        return "other", f"{name} was replaced by another file: R reads that one"
    if now.size < first.size:
        return "cut", f"{name} was cut while it is open: some bytes are gone; R reads what there is"
    return "grown", f"{name} has grown by {size_text(now.size - first.size)}: R reads it anew"
