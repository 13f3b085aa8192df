"""What an importer fills while it reads one file: keys, and the lines that were no use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzer.keys.specs import UnusableError
from dissectors.keymat import EspKeys, IkeKeys, KeyMaterial, KeyProblem, KeySource

MAX_PROBLEMS = 100
MAX_KEYS = 100_000


class FullError(Exception):
    """The file gave more keys than are taken from one file."""


class Intake:
    """One file's harvest. ``path`` is as the user gave it, ``name`` its last part, for origins."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = Path(path).name
        self.material = KeyMaterial()
        self.untold = 0
        self.taken = 0

    def origin(self, line: int) -> str:
        return f"{self.name}:{line}"

    def add_ike(self, keys: IkeKeys) -> None:
        self.material.ike.append(keys)
        self._check_room()

    def add_esp(self, keys: EspKeys) -> None:
        self.material.esp.append(keys)
        self._check_room()

    def add_secret(self, secret: bytes) -> None:
        self.material.key_exchange_secrets.append(secret)
        self._check_room()

    def problem(self, line: int, reason: str) -> None:
        if len(self.material.problems) < MAX_PROBLEMS:
            self.material.problems.append(KeyProblem(self.path, line, reason))
        else:
            self.untold += 1

    @contextmanager
    def record(self, line: int) -> Iterator[None]:
        """Around the reading of one record: if it cannot be used, the line is reported and reading goes on."""
        try:
            yield
        except UnusableError as fault:
            self.problem(line, f"{fault}: not used")

    def finish(self, form: str) -> KeyMaterial:
        """The harvest, with the source told and the problems that were not listed counted."""
        found = self.material
        if self.untold:
            found.problems.append(KeyProblem(self.path, 0, f"{self.untold} further lines were not used"))
        source = KeySource(self.path, form, len(found.ike), len(found.esp), len(found.key_exchange_secrets))
        found.sources.append(source)
        return found

    def _check_room(self) -> None:
        self.taken += 1
        if self.taken >= MAX_KEYS:
            raise FullError
