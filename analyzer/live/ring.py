"""Where captured packets lie: a ring of files of bounded size, or one file that the user asked for."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

KILO = 1000
"""dumpcap counts file sizes in kB of 1000 bytes."""
LEAST, MOST = KILO, 2_000_000 * KILO
MOST_FILES = 100_000
UNITS = {"": 1, "k": KILO, "m": KILO**2, "g": KILO**3}
DEFAULT_SIZE, DEFAULT_FILES = 32 * KILO**2, 16
"""Half a gigabyte at most, when nobody says otherwise."""


class RingError(ValueError):
    """A ring was described in a way that makes no sense; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Ring:
    """At most ``files`` files of ``size`` bytes in ``folder`` (None: in a temporary one that goes at the end)."""

    folder: Path | None = None
    size: int = DEFAULT_SIZE
    files: int = DEFAULT_FILES


def parse_ring(text: str) -> Ring:
    """``DIR,SIZE,FILES``: ``/var/tmp/s2c,100M,20``. A folder's name may hold commas."""
    parts = text.rsplit(",", 2)
    if len(parts) != 3 or not parts[0]:
        raise RingError(f"a ring is DIR,SIZE,FILES, as in /var/tmp/s2c,100M,20, not {text!r}")
    found = re.fullmatch(r"(\d+)([kKmMgG]?)[bB]?", parts[1].strip())
    size = int(found[1]) * UNITS[found[2].lower()] if found else 0
    if not LEAST <= size <= MOST:
        raise RingError(f"the size of a ring's files is from 1k to 2G, as in 500k, 100M, 1G, not {parts[1]!r}")
    if not parts[2].strip().isdigit() or not 2 <= int(parts[2]) <= MOST_FILES:
        raise RingError(f"a ring has from 2 to {MOST_FILES:,} files, not {parts[2]!r}")
    return Ring(Path(parts[0]), size, int(parts[2]))


class Storage:
    """The ring's folder or the user's file, for one capture after the other."""

    def __init__(self, ring: Ring | None = None, save: Path | None = None) -> None:
        self.ring = (ring or Ring()) if save is None else None
        self.save = save
        self._temporary: Path | None = None

    @property
    def is_kept(self) -> bool:
        """The user asked for the files, so they stay."""
        return self.save is not None or (self.ring is not None and self.ring.folder is not None)

    def prepare(self) -> Path:
        """The file to tell the child; its folder is there afterwards. OSError where it cannot be."""
        if self.save is not None:
            return self.save.absolute()
        assert self.ring is not None
        if self.ring.folder is not None:
            self.ring.folder.mkdir(parents=True, exist_ok=True)
            return self.ring.folder.absolute() / "s2c.pcapng"
        self.clear()
        self._temporary = Path(tempfile.mkdtemp(prefix="dsmip-live-"))  # for its owner only
        return self._temporary / "s2c.pcapng"

    def clear(self) -> None:
        """Temporary files go; those that the user asked for stay."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None
