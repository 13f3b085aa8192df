"""The HTML report: one file for a browser, with nothing in it that is fetched or run.

What is shown is gathered in :mod:`analyzer.reports.html.view` and laid out by the template, which escapes all of it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TextIO

from analyzer.reports.html.view import report_of
from analyzer.reports.journal import Journal
from analyzer.results import Results


def write_html(results: Results, journal: Journal, out: TextIO) -> None:
    """Writes the whole page."""
    from jinja2 import Environment, StrictUndefined

    here = files("analyzer.reports.html")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(here.joinpath("report.html.j2").read_text("utf-8"))
    style = here.joinpath("report.css").read_text("utf-8")
    for piece in template.generate(report=report_of(results, journal), style=style):
        out.write(piece)
