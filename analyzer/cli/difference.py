"""``dsmip diff``: two runs compared, so that a change of UE, Home Agent or configuration shows what it did."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli import EXIT_FAILED, EXIT_OK
from analyzer.cli.trouble import Trouble
from analyzer.reports.difference import Difference, Known, NotAResult, as_data, compared, read_rows
from analyzer.reports.layout import Page, amount, page
from dissectors.inert import inert

MOST_BYTES = 1 << 30
MOST_SHOWN = 200
"""Failures of a kind that are told one by one."""


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="What dsmip analyze wrote: --json, or --csv.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same of a later run; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; the exit status tells.")] = False,
) -> int:
    """Compare two runs: violations that are new, fixed and unchanged, by fingerprint, whatever frames they are in.

    Exit status: 0 nothing new, 1 a new violation that no waiver covers, 2 could not do the job.
    """
    if old == new == "-":
        raise Trouble("only one of OLD and NEW can be standard input")
    difference = compared(_rows(old), _rows(new))
    if as_json:
        typer.echo(json.dumps(as_data(difference), ensure_ascii=True, indent=2))
    elif not quiet:
        _print(difference, page())
    return EXIT_FAILED if difference.is_worse else EXIT_OK


def _rows(path: str) -> list[dict[str, str]]:
    try:
        if path != "-" and Path(path).stat().st_size > MOST_BYTES:
            raise Trouble(f"{path}: is larger than {MOST_BYTES >> 20} MB")
        data = sys.stdin.buffer.read(MOST_BYTES) if path == "-" else Path(path).read_bytes()
        return read_rows(data.decode("utf-8"))
    except OSError as error:
        raise Trouble(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Trouble(f"{path}: is not UTF-8 text") from None
    except NotAResult as error:
        raise Trouble(f"{path}: {error}") from None


def _print(difference: Difference, out: Page) -> None:
    for title, sign, style, known in (
        ("new", "+", "bold red", difference.new),
        ("fixed", "-", "green", difference.fixed),
        ("unchanged", "=", "dim", tuple(after for _, after in difference.unchanged)),
    ):
        for failure in known[:MOST_SHOWN]:
            _failure(failure, sign, style, out, whole=title == "new")
        if len(known) > MOST_SHOWN:
            out.say(f"  … and {len(known) - MOST_SHOWN} more {title}: --json has all", "dim")
    if difference.new or difference.fixed or difference.unchanged:
        out.blank()
    counts = (len(difference.new), len(difference.fixed), len(difference.unchanged))
    spared = sum(not known.counts for known in difference.new)
    of_new = f" ({spared} waived or ignored)" if spared else ""
    style = "bold red" if difference.is_worse else "bold green"
    out.say(f"{amount(counts[0], 'new violation')}{of_new}, {counts[1]} fixed, {counts[2]} unchanged", style)


def _failure(known: Known, sign: str, style: str, out: Page, *, whole: bool) -> None:
    row = {name: inert(value) for name, value in known.row.items()}
    again = f"  {known.times} times" if known.times > 1 else ""
    spared = "" if known.counts else f"  {row['severity']}"
    out.line((f"{sign} {row['rule']:16}", style), f"{row['ue']} with {row['ha']}{again}{spared}")
    if whole:
        out.row("required", row["summary"], indent=4)
        out.row("expected", row["expected"], indent=4)
        out.row("observed", f"{row['observed']} (frame {row['frame']})", indent=4)
