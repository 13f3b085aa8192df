"""What keeps a command from doing its job, in one sentence; and how inputs are opened so that it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzer.capture import CaptureError, CaptureSource
from analyzer.keys import KeyFileError, load_keys
from analyzer.profile import ProfileError, load_profile
from dissectors.keymat import KeyMaterial
from rules.profile import Profile


class Trouble(Exception):
    """The sentence for the user; the exit status is 2."""


def captures(given: list[str] | None, read: list[str] | None) -> list[str | Path]:
    """The captures named as arguments and with ``-r``."""
    paths = [*(given or []), *(read or [])]
    if not paths:
        raise Trouble("no capture given: name a file, or - for standard input")
    return list(paths)


@contextmanager
def opened(paths: list[str | Path]) -> Iterator[CaptureSource]:
    """The captures, opened; a bad one is :class:`Trouble`."""
    try:
        with CaptureSource(paths) as source:
            yield source
    except CaptureError as error:
        raise Trouble(str(error)) from None


def material(paths: list[str] | None) -> KeyMaterial:
    """All keys in the files and folders given with ``--keys``."""
    try:
        return load_keys(paths or [])
    except KeyFileError as error:
        raise Trouble(str(error)) from None


def profile(path: str | None) -> Profile:
    """The profile, or the empty one."""
    try:
        return load_profile(path)
    except ProfileError as error:
        raise Trouble(str(error)) from None
