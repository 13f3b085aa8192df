"""Key files while they grow: an IKE daemon writes a key into its log just before the packets that need it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from analyzer.keys import KeyFileError, load_keys
from dissectors.keymat import KeyMaterial

LOOK = 0.1
"""Seconds between two looks at whether a key file has changed."""
SHARE = 10
"""Reading the files again may take one part in so many of the time."""
MOST_WATCHED = 1000
"""Files of a folder that are watched."""

Stamp = tuple[str, int, int]
"""Of a file: its path, size and time of change."""


class Keyring:
    """All keys so far, and the files that more may come from."""

    def __init__(self, paths: Iterable[str | Path] = (), clock: Callable[[], float] = time.monotonic) -> None:
        """KeyFileError says which path cannot be read."""
        self.material = KeyMaterial()
        self.paths: list[Path] = []
        self._known: set[object] = set()
        self._stamps: list[Stamp] = []
        self._clock = clock
        self._look_at = 0.0
        self.add(paths)

    def add(self, paths: Iterable[str | Path]) -> KeyMaterial:
        """More files; gives the keys in them that are new, with problems and sources."""
        more = [Path(path) for path in paths]
        every = list(dict.fromkeys([*self.paths, *more]))
        stamps = _stamps(every)
        found = load_keys(more)
        self.paths, self._stamps = every, stamps
        self.material.problems += found.problems
        self.material.sources += found.sources
        return self._take(found)

    def changed(self) -> KeyMaterial | None:
        """The keys that came into the files since the last look; None if there are none."""
        if not self.paths or self._clock() < self._look_at:
            return None
        began = self._clock()
        stamps = _stamps(self.paths)
        new = self._read_again(stamps) if stamps != self._stamps else None
        took = self._clock() - began
        self._look_at = self._clock() + max(LOOK, SHARE * took)
        return new

    def _read_again(self, stamps: list[Stamp]) -> KeyMaterial | None:
        try:
            found = load_keys(self.paths)
        except KeyFileError:  # rotated away just now: a later look finds it
            return None
        self._stamps = stamps
        self.material.problems, self.material.sources = found.problems, found.sources
        # The daemon may be in the midst of writing: of an IKE SA that is not told whole, the next look tells more.
        found.ike = [keys for keys in found.ike if keys.sk_ei and keys.sk_er]
        new = self._take(found)
        return new if new.ike or new.esp or new.key_exchange_secrets else None

    def _take(self, found: KeyMaterial) -> KeyMaterial:
        """What of it is new. A log that has grown is read again from its beginning."""
        new = KeyMaterial(
            ike=[keys for keys in found.ike if self._is_new(keys)],
            esp=[keys for keys in found.esp if self._is_new(keys)],
            key_exchange_secrets=[secret for secret in found.key_exchange_secrets if self._is_new(secret)],
            problems=found.problems,
            sources=found.sources,
        )
        self.material.ike += new.ike
        self.material.esp += new.esp
        self.material.key_exchange_secrets += new.key_exchange_secrets
        return new

    def _is_new(self, key: object) -> bool:
        new = key not in self._known
        self._known.add(key)
        return new


def _stamps(paths: Iterable[Path]) -> list[Stamp]:
    """What the files look like from outside."""
    found: list[Stamp] = []
    for path in paths:
        for file in sorted(path.rglob("*"))[:MOST_WATCHED] if path.is_dir() else [path]:
            try:
                status = file.stat()
            except OSError:
                continue
            found.append((str(file), status.st_size, status.st_mtime_ns))
    return found
