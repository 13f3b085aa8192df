"""Every requirement that packets can show, broken once: what is changed, in which run, and what must be found where.

The table is kept by hand. ``also`` are the requirements that the same change necessarily breaks as well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.independent import compliant, courses_cut, courses_moves, courses_several, more_courses
from tests.independent import ike as i
from tests.independent.run import Run

assert courses_cut  # they fill the table of runs
assert courses_moves
assert courses_several
assert more_courses

Play = Callable[..., Run]


@dataclass
class Violation:
    rule: str
    base: Play
    edit: dict[str, Any]
    at: str  # tag of the frame to blame; "" for any
    nth: int = 0
    also: frozenset[str] = frozenset()
    facts: dict[str, Any] | None = None
    label: str = ""

    def play(self) -> Run:
        run = self.base(**self.edit)
        if self.facts is not None:
            run.profile = dict(self.facts)
        return run


A, B, C = "ipv6", "nat", "many proposals, aead"
D, E, F = "ike fragments", "ipv4 without nat", "pcapng ns, vlan, gcm"
G = "only secrets, cbc"
"""Compliant runs in which one thing is changed."""
AT_HA = {"capture_point": "ha"}

ALL: list[Violation] = []


def broken(
    rule: str, at: str, *bases: str, also: str = "", nth: int = 0, facts: dict[str, Any] | None = None, **edit: Any
) -> None:
    """The same change in each of the bases."""
    follows = frozenset(also.split())
    ALL.extend(
        Violation(rule, compliant.RUNS[base], edit, at, nth, follows, facts, f"{rule} {at} {base}")
        for base in bases or ("ipv6",)
    )


def course(
    rule: str, at: str, *, also: str = "", nth: int = 0, **facts: Any
) -> Callable[[Callable[[Run], None]], None]:
    """A run of its own."""

    def keep(play: Callable[[Run], None]) -> None:
        def base(**edit: Any) -> Run:
            run = Run(1 + len(ALL), **edit)
            run.profile = dict(facts)
            play(run)
            return run

        ALL.append(
            Violation(rule, base, {}, at, nth, frozenset(also.split()), None, f"{rule} {at} {play.__doc__ or 'course'}")
        )

    return keep


# --- what an edit does -----------------------------------------------------------------------------------------------


def drop(*kinds: int) -> Any:
    return lambda payloads: [p for p in payloads if p[0] not in kinds]


def drop_notify(*kinds: int) -> Any:
    return lambda payloads: [p for p in payloads if not (p[0] == i.N and struct.unpack("!H", p[1][2:4])[0] in kinds)]


def swap(kind: int, body: Any) -> Any:
    """``body``: bytes, or a function of the old ones."""
    return lambda payloads: [(p[0], body(p[1]) if callable(body) else body) if p[0] == kind else p for p in payloads]


def put(*more: Any) -> Any:
    return lambda payloads: [*payloads, *more]


def of(**fields: Any) -> Any:
    """Fields of a Mobility Header message."""
    return lambda message: replace(message, **fields)


def with_option(*more: Any) -> Any:
    return lambda message: replace(message, options=[*message.options, *more])


def without_option(*kinds: int) -> Any:
    return lambda message: replace(message, options=[o for o in message.options if o[0] not in kinds])


def other_option(kind: int, body: Any) -> Any:
    return lambda message: replace(
        message, options=[(k, body(b) if callable(body) else body) if k == kind else (k, b) for k, b in message.options]
    )


def flags_off(mask: int) -> Any:
    return lambda message: replace(message, flags=message.flags & ~mask)


def flags_on(mask: int) -> Any:
    return lambda message: replace(message, flags=message.flags | mask)


def gone(packet: bytes) -> list[tuple[float, bytes]]:
    del packet
    return []


def late(seconds: float) -> Any:
    return lambda packet: [(seconds, packet)]
