"""``dsmip crosscheck``: a second opinion from tshark on what was decoded."""

from __future__ import annotations

import typer

from analyzer.cli.analyze import Captures, Keys, Read
from analyzer.cli.trouble import Trouble, captures, material, opened
from dissectors.inert import inert


def crosscheck(files: Captures = None, read: Read = None, keys: Keys = None) -> int:
    """Compare what is decoded here with tshark: exchanges, notifications, Mobility Headers, frame by frame.

    Where tshark is known to be wrong the RFC is named. Exit status: 0 no other difference, 1 at least one.
    """
    from analyzer.crosscheck import CrossCheck
    from analyzer.tshark import TsharkError

    secrets = material(keys)
    unexplained = known = 0
    with opened(captures(files, read)) as source:
        try:
            check = CrossCheck(source, secrets)
            for difference in check.differences():
                typer.echo(inert(str(difference)))
                known += bool(difference.known)
                unexplained += not difference.known
        except TsharkError as error:
            raise Trouble(str(error)) from None
    counts = check.counts
    typer.echo(f"{counts.frames} frames compared: {unexplained} differences, {known} known errors of tshark")
    if counts.not_opened:
        typer.echo(f"{counts.not_opened} frames were opened here and not by tshark: only what is clear was compared")
    if counts.left_out:
        typer.echo(f"{counts.left_out} frames were not compared: malformed, cut by the capture, or no IKEv2")
    return 1 if unexplained else 0
