"""What keeps a command from doing its job, in one sentence; and how inputs are opened so that it is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from analyzer.capture import CaptureError, CaptureSource
from analyzer.keys import KeyFileError, load_keys
from analyzer.profile import ProfileError, load_profile
from analyzer.sides import Sides, pair
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


def both_sides(ue_side: str | None, ha_side: str | None, others: list[str]) -> tuple[list[str | Path], Sides]:
    """The captures of both ends, paired."""
    if ue_side is None or ha_side is None:
        raise Trouble("--ue-side and --ha-side go together: name a capture of each end")
    if others:
        raise Trouble("--ue-side and --ha-side take one capture each: no other file goes beside them")
    if "-" in (ue_side, ha_side):
        raise Trouble("--ue-side and --ha-side are read twice, so neither can be standard input")
    try:
        return [ue_side, ha_side], pair(ue_side, ha_side)
    except CaptureError as error:
        raise Trouble(str(error)) from None


@contextmanager
def opened(paths: list[str | Path], *, shifts: Sequence[int] = ()) -> Iterator[CaptureSource]:
    """The captures, opened; a bad one is :class:`Trouble`. ``shifts`` are ns to add to the times of each."""
    try:
        with CaptureSource(paths, shifts=shifts) as source:
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


@contextmanager
def written(path: str) -> Iterator[TextIO]:
    """A text file to write, or standard output for ``-``; line ends are written as they are given."""
    if path == "-":
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout
        return
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as out:
            yield out
    except OSError as error:
        raise Trouble(f"{path}: cannot be written: {error.strerror}") from None
