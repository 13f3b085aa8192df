"""The files that ``dsmip analyze`` writes beside what it prints."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any, TextIO

from analyzer.cli.trouble import Trouble, written


def write_csv(results: Any, out: TextIO, all_verdicts: bool, journal: Any) -> None:
    """The violations."""
    from analyzer.reports.violations import write_csv as write

    write(results, out, all_verdicts=all_verdicts)


def write_matrix(results: Any, out: TextIO, all_verdicts: bool, journal: Any) -> None:
    """The matrix; it has every verdict anyway."""
    from analyzer.reports.matrix import csv_rows, matrix_of

    csv.writer(out).writerows(csv_rows(matrix_of(results)))


def write_junit(results: Any, out: TextIO, all_verdicts: bool, journal: Any) -> None:
    """A test case for each session and requirement; it has every verdict anyway."""
    from analyzer.reports.junit import write_junit as write

    write(results, out)


def write_sarif(results: Any, out: TextIO, all_verdicts: bool, journal: Any) -> None:
    """The violations, for code scanning."""
    from analyzer.reports.sarif import as_sarif

    json.dump(as_sarif(results, all_verdicts=all_verdicts), out, ensure_ascii=True, indent=2)
    out.write("\n")


def write_html(results: Any, out: TextIO, all_verdicts: bool, journal: Any) -> None:
    """A page for a browser that needs nothing else."""
    from analyzer.reports.html import write_html as write

    write(results, journal, out)


WRITERS: dict[str, Callable[[Any, TextIO, bool, Any], None]] = {
    "csv": write_csv,
    "matrix_csv": write_matrix,
    "junit": write_junit,
    "sarif": write_sarif,
    "html": write_html,
}


def check_targets(wanted: dict[str, str | None], *, as_json: bool) -> None:
    """Two outputs in one file would be neither."""
    paths = [path for path in wanted.values() if path is not None] + ["-"] * as_json
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        where = "standard output" if twice == "-" else twice
        raise Trouble(f"{where} can take only one output")


def new_journal() -> Any:
    """Keeps the lines that the excerpts of the HTML report are cut from."""
    from analyzer.reports.journal import Journal

    return Journal()


def write_files(results: Any, wanted: dict[str, str | None], journal: Any, *, all_verdicts: bool) -> bool:
    """Writes what was asked for; tells whether standard output is taken by one of them."""
    for name, path in wanted.items():
        if path is not None:
            with written(path) as out:
                WRITERS[name](results, out, all_verdicts, journal)
    return "-" in wanted.values()
