"""The files of a ring as one: sections of pcapng may stand one after the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path


def _private(path: str, flags: int) -> int:
    """For its owner alone: it holds what users sent."""
    return os.open(path, flags, 0o600)


def save_files(files: Sequence[Path], target: Path) -> int:
    """Copies the files to ``target``, which comes to be only when all is written; gives its size.

    A file that the ring overwrites meanwhile is left out. The last one may end within a block while the capture runs:
    readers take such a file for one that is cut.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with open(part, "wb", opener=_private) as out:
            for file in files:
                try:
                    source = file.open("rb")
                except FileNotFoundError:
                    continue
                with source:
                    shutil.copyfileobj(source, out, 1 << 20)
            size = out.tell()
        os.replace(part, target)  # noqa: PTH105
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return size
