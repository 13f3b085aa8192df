"""The generated pages of the docs are those that the code makes now."""

from __future__ import annotations

import re

import pytest

from analyzer.reports.pages import DOCS, PAGES, escaped
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
