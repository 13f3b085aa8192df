"""``-Y`` of the commands: the filter, or what is wrong with it, and the verdicts it may ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from analyzer.cli import EXIT_TROUBLE
from analyzer.cli.trouble import Trouble, opened

DisplayFilter = Annotated[
    str | None,
    typer.Option("-Y", "--display-filter", metavar="FILTER", help="Only packets that match, as in tshark."),
]
Chosen: TypeAlias = Callable[[Any], bool]
"""Whether a packet is let through."""


def chosen(text: str | None, facts: Callable[[bool], Any]) -> Chosen | None:
    """The filter as a function of packets; ``None`` where there is none. ``facts`` is asked for them."""
    if text is None:
        return None
    from analyzer.filters import FilterError, compile_filter

    try:
        compiled = compile_filter(text)
    except FilterError as error:
        shown = error.pointed(text).replace("\n", "\n  ")
        print(f"dsmip: -Y: {error}\n  {shown}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(EXIT_TROUBLE) from None
    known = facts(compiled.needs_findings)
    return lambda packet: compiled.matches(packet, known)


def facts_of(paths: list[str | Path], secrets: Any, profile: Any, start: Callable[[], int]) -> Callable[[bool], Any]:
    """A way to the facts of a run, with findings or without.

    Findings cost one more pass over the captures, as some verdicts wait for later frames; it is made once.
    """

    @cache
    def facts(with_findings: bool) -> Any:
        from analyzer.filters import FrameFacts

        return FrameFacts(_findings(paths, secrets, profile) if with_findings else (), start)

    return facts


def _findings(paths: list[str | Path], secrets: Any, profile: Any) -> Any:
    if "-" in paths:
        raise Trouble("a filter for verdicts reads the capture twice, so it cannot be standard input")
    from analyzer.pipeline import Run

    with opened(paths) as source:
        run = Run(source, secrets, profile)
        for _ in run.packets():
            pass
        return run.results().findings
