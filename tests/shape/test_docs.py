"""The generated pages of the docs are those that the code makes now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer.reports.pages import DOCS, PAGES, escaped
from analyzer.reports.scenarios import scenarios_page
from rules.cases import case_text
from rules.ledger import ledger


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_fresh(name: str) -> None:
    """``make docs`` makes it so."""
    assert (DOCS / name).read_text("utf-8") == PAGES[name]()


def test_the_catalogue_page_has_a_row_and_a_section_for_every_requirement() -> None:
    page = PAGES["rules.md"]()
    assert sorted(re.findall(r"^### (.*)$", page, re.MULTILINE)) == sorted(ledger())
    for rule in ledger():
        anchor = re.search(rf"^\| \[{re.escape(rule)}\]\(#([^)]*)\)", page, re.MULTILINE)
        assert anchor is not None
        assert anchor[1] == rule.lower().replace(".", "")  # as GitHub makes anchors


def test_text_of_the_ledger_is_no_markup() -> None:
    assert escaped("a|b <c> *d* [e](f) _g_") == r"a\|b \<c\> \*d\* \[e\](f) \_g\_"


def test_the_table_of_scenarios_names_who_declares_what(tmp_path: Path) -> None:
    for name, verdict in (("a", "pass"), ("b", "fail"), ("c", "pass")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "expected.toml").write_text(f'[verdicts]\n"RFC4303-01" = "{verdict}"\n')
    page = scenarios_page(tmp_path)
    (line,) = (line for line in page.splitlines() if line.startswith("| RFC4303-01 "))
    passes, fails, open_end = (cell.strip() for cell in line.split("|")[2:5])
    ladders = case_text("RFC4303-01").count("\n## pass:")
    assert passes == f"[a](../samples/a/story.md), [c](../samples/c/story.md), {ladders} ladders"
    assert fails.startswith("[b](../samples/b/story.md), ")
    assert "samples" not in open_end
    assert re.search(r"^- fail in a scenario: 1 of \d+; not ", page, re.MULTILINE)
