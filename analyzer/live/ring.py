"""Where captured packets lie: a ring of files of bounded size, or one file that the user asked for."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from dissectors.record import record

KILO = 1000
"""dumpcap counts file sizes in kB of 1000 bytes."""
LEAST, MOST = KILO, 2_000_000 * KILO
MOST_FILES = 100_000
UNITS = {"": 1, "k": KILO, "m": KILO**2, "g": KILO**3}
DEFAULT_SIZE, DEFAULT_FILES = 32 * KILO**2, 16
"""Half a gigabyte at most, when nobody says otherwise."""


class RingError(ValueError):
    """A ring was described in a way that makes no sense; the text is one sentence."""


PREFIX = "dsmip-live-"
SETTLED = 60.0
"""Seconds after which a temporary folder without a holder of its lock is somebody's remains."""


@record
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
        self._lock: int | None = None  # held while the temporary folder is in use

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
        _sweep()
        self._temporary = Path(tempfile.mkdtemp(prefix=PREFIX))  # for its owner only
        self._lock = _locked(self._temporary, create=True)
        return self._temporary / "s2c.pcapng"

    def clear(self) -> None:
        """Temporary files go; those that the user asked for stay."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _sweep() -> None:
    """Remove temporary rings whose session was killed: nobody holds their lock any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            status = folder.lstat()
            if status.st_uid != os.getuid() or time.time() - status.st_mtime < SETTLED or not folder.is_dir():
                continue
            lock = _locked(folder, create=False)
        except OSError:
            continue
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path, *, create: bool) -> int | None:
    """The descriptor of the folder's lock, held; None if somebody else holds it."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_NOFOLLOW | (os.O_CREAT if create else 0), 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
