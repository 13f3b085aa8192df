"""Fixtures of the tests that capture. They need root and iproute2, and say so where they are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from wire import Wire, why_not


def pytest_itemcollected(item: pytest.Item) -> None:
    """They wait for what children, namespaces and the clock bring about: a busy machine would only make them wait."""
    item.add_marker("alone")


@pytest.fixture(scope="session")
def namespaces() -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def wire(namespaces: None) -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def dumpcap() -> str:
    found = shutil.which("dumpcap")
    if found is None:
        pytest.skip("dumpcap is not installed")
    return found
