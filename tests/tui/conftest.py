"""A capture of many UEs."""

from __future__ import annotations

from pathlib import Path

import pytest
from screen_driver import BULK_UES


@pytest.fixture(scope="session")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from samples.generator.bulk import many_attaches

    folder = tmp_path_factory.mktemp("bulk")
    many_attaches(folder / "capture.pcap", BULK_UES, keys=folder / "keys")
    return folder
