"""``dsmip analyze``: from captures and keys to verdicts and a CSV."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from analyzer.cli import EXIT_FAILED, EXIT_OK, silence
from analyzer.cli.trouble import Trouble, both_sides, captures, material, opened, profile

Captures = Annotated[list[str] | None, typer.Argument(metavar="FILE...", help="pcap or pcapng, plain, gzip or zstd.")]
Read = Annotated[list[str] | None, typer.Option("-r", "--read", metavar="FILE", help="As FILE, for tshark's users.")]
Keys = Annotated[
    list[str] | None, typer.Option("--keys", "-k", metavar="PATH", help="Key file or folder; may be repeated.")
]


def analyze(
    files: Captures = None,
    read: Read = None,
    keys: Keys = None,
    ue_side: Annotated[
        str | None, typer.Option("--ue-side", metavar="FILE", help="A capture at the UE, beside --ha-side.")
    ] = None,
    ha_side: Annotated[
        str | None, typer.Option("--ha-side", metavar="FILE", help="A capture of the same time at the Home Agent.")
    ] = None,
    profile_file: Annotated[
        str | None, typer.Option("--profile", metavar="FILE", help="Facts that no packet shows (TOML).")
    ] = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write the violations there, - for standard output.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON, not the summary.")] = False,
    all_verdicts: Annotated[
        bool, typer.Option("--all-verdicts", help="List passed, inconclusive and not applicable ones as well.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; the exit status tells.")] = False,
) -> int:
    """Decode, decrypt, replay and judge captures: sessions, states, violations with frame, clause and reason.

    Several files are merged by time, so that rotated captures keep their sessions. With --ue-side and --ha-side clocks
    are aligned by the packets that both captures hold, and what was lost on the way is told from what was not sent.
    """
    facts, secrets = profile(profile_file), material(keys)
    if ue_side or ha_side:
        paths, both = both_sides(ue_side, ha_side, [*(files or []), *(read or [])])
    else:
        paths, both = captures(files, read), None
    results = _run(paths, secrets, facts, both, show_progress=not quiet)
    if csv is not None:
        _write_csv(results, csv, all_verdicts)
    try:
        if as_json:
            from analyzer.reports.plain import as_data

            typer.echo(json.dumps(as_data(results, all_verdicts=all_verdicts), ensure_ascii=True, indent=2))
        elif not quiet and csv != "-":
            _print(results, all_verdicts)
        sys.stdout.flush()
    except BrokenPipeError:
        silence()  # the verdict stands, whoever stopped reading
    return EXIT_FAILED if results.counted_failures else EXIT_OK


def _run(paths: list[str | Path], secrets: Any, facts: Any, both: Any, *, show_progress: bool) -> Any:
    from analyzer.pipeline import Run

    with opened(paths, shifts=(0, both.shift) if both else ()) as source:
        run = Run(source, secrets, facts, sides=both)
        wanted = show_progress and sys.stderr.isatty()
        with _progress(source) if wanted else nullcontext(lambda: None) as advance:
            for count, _ in enumerate(run.packets()):
                if not count & 0xFF:
                    advance()
        return run.results()


def _progress(source: Any) -> Any:
    from analyzer.cli.progress import bar

    return bar(source)


def _write_csv(results: Any, path: str, all_verdicts: bool) -> None:
    from analyzer.reports.violations import write_csv

    if path == "-":
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        write_csv(results, sys.stdout, all_verdicts=all_verdicts)
        return
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as out:
            write_csv(results, out, all_verdicts=all_verdicts)
    except OSError as error:
        raise Trouble(f"{path}: cannot be written: {error.strerror}") from None


def _print(results: Any, all_verdicts: bool) -> None:
    from analyzer.reports.layout import page
    from analyzer.reports.summary import print_summary

    print_summary(results, page(), all_verdicts=all_verdicts)
