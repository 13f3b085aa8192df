"""``dsmip analyze``: from captures and keys to verdicts and a CSV."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from analyzer.cli import EXIT_FAILED, EXIT_OK, silence
from analyzer.cli.outputs import check_targets, new_journal, write_files
from analyzer.cli.trouble import both_sides, captures, material, opened, profile

Captures = Annotated[list[str] | None, typer.Argument(metavar="FILE...", help="pcap or pcapng, plain, gzip or zstd.")]
Read = Annotated[list[str] | None, typer.Option("-r", "--read", metavar="FILE", help="As FILE, for tshark's users.")]
Keys = Annotated[
    list[str] | None, typer.Option("--keys", "-k", metavar="PATH", help="Key file or folder; may be repeated.")
]

ProfileFile = Annotated[
    str | None, typer.Option("--profile", metavar="FILE", help="Facts that no packet shows (TOML).")
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
    profile_file: ProfileFile = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write the violations there, - for standard output.")
    ] = None,
    matrix_csv: Annotated[
        str | None, typer.Option("--matrix-csv", metavar="FILE", help="Write the matrix there, requirement by session.")
    ] = None,
    html: Annotated[str | None, typer.Option("--html", metavar="FILE", help="Write a report for a browser.")] = None,
    junit: Annotated[
        str | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML for a CI server.")
    ] = None,
    sarif: Annotated[str | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0.")] = None,
    matrix: Annotated[bool, typer.Option("--matrix", help="Print the conformance matrix, not the summary.")] = False,
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
    wanted = {"csv": csv, "matrix_csv": matrix_csv, "junit": junit, "sarif": sarif, "html": html}
    check_targets(wanted, as_json=as_json)
    journal = new_journal() if html is not None else None
    results = _run(paths, secrets, facts, both, journal, show_progress=not quiet)
    taken = write_files(results, wanted, journal, all_verdicts=all_verdicts)
    try:
        if as_json:
            from analyzer.reports.plain import as_data

            typer.echo(json.dumps(as_data(results, all_verdicts=all_verdicts), ensure_ascii=True, indent=2))
        elif not quiet and not taken:
            _print(results, all_verdicts, matrix=matrix)
        sys.stdout.flush()
    except BrokenPipeError:
        silence()  # the verdict stands, whoever stopped reading
    return EXIT_FAILED if results.counted_failures else EXIT_OK


def _run(paths: list[str | Path], secrets: Any, facts: Any, both: Any, journal: Any, *, show_progress: bool) -> Any:
    from analyzer.pipeline import Run

    with opened(paths, shifts=(0, both.shift) if both else ()) as source:
        run = Run(source, secrets, facts, sides=both)
        if journal is not None:
            journal.listen(run.decoder)
        wanted = show_progress and sys.stderr.isatty()
        with _progress(source) if wanted else nullcontext(lambda: None) as advance:
            for count, packet in enumerate(run.packets()):
                if journal is not None:
                    journal.note(packet)
                if not count & 0xFF:
                    advance()
        return run.results()


def _progress(source: Any) -> Any:
    from analyzer.cli.progress import bar

    return bar(source)


def _print(results: Any, all_verdicts: bool, *, matrix: bool) -> None:
    from analyzer.reports.layout import page

    if matrix:
        from analyzer.reports.matrix import matrix_of
        from analyzer.reports.matrix_text import print_matrix

        print_matrix(matrix_of(results), page())
        return
    from analyzer.reports.summary import print_summary

    print_summary(results, page(), all_verdicts=all_verdicts)
