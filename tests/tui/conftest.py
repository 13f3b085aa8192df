"""A capture of many UEs, and style sheets that are parsed once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from screen_driver import BULK_UES
from textual.css.stylesheet import Stylesheet


@pytest.fixture(scope="session")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from samples.generator.bulk import many_attaches

    folder = tmp_path_factory.mktemp("bulk")
    many_attaches(folder / "capture.pcap", BULK_UES, keys=folder / "keys")
    return folder


@pytest.fixture(scope="session", autouse=True)
def style_sheets_parsed_once() -> Iterator[None]:
    """A style sheet remembers what it parsed, but each application makes several anew, with nothing to remember."""
    parse, known = Stylesheet._parse_rules, dict[object, Any]()

    def remembered(self: Stylesheet, *arguments: Any, **named: Any) -> Any:
        key = (tuple(self._variables.items()), *arguments, *named.items())
        if key not in known:
            known[key] = parse(self, *arguments, **named)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield
