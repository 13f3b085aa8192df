"""The search for garbage is set back to what it was, whoever leaves first."""

from __future__ import annotations

import gc
from pathlib import Path
from weakref import ref

import pytest

from analyzer import collecting
from analyzer.capture.source import CaptureSource
from analyzer.pipeline import Run

SAMPLE = Path("samples/attach-clean/capture.pcap")


def test_a_run_looks_for_garbage_seldom_and_restores_what_it_found() -> None:
    before = gc.get_threshold()
    with CaptureSource([SAMPLE]) as source:
        packets = Run(source, judge=False).packets()
        next(packets)
        assert gc.get_threshold()[0] == collecting.YOUNG
        del packets  # left half way
    assert gc.get_threshold() == before


def test_results_are_made_without_the_search_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    before, during = gc.get_threshold(), []
    with CaptureSource([SAMPLE]) as source:
        run = Run(source)
        for _ in run.packets():
            pass
        monkeypatch.setattr(run.decoder, "finish", lambda: during.append(gc.get_threshold()[0]))
        run.results()
    assert during == [collecting.YOUNG]
    assert gc.get_threshold() == before


def test_the_last_of_several_runs_restores() -> None:
    before = gc.get_threshold()
    first, second = collecting.seldom(), collecting.seldom()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == collecting.YOUNG
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_a_search_that_is_switched_off_stays_off() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0, 10, 10)
    try:
        with collecting.seldom():
            assert gc.get_threshold()[0] == 0
        assert gc.get_threshold() == (0, 10, 10)
    finally:
        gc.set_threshold(*before)


class Ring:
    """Refers to itself, so that only a search finds that nobody holds it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_set_aside_is_not_searched_until_all_is() -> None:
    try:
        ring = Ring()
        collecting.set_aside()
        held = gc.get_freeze_count()
        watched = ref(ring)
        del ring
        gc.collect()
        assert watched() is not None
        collecting.search_all()
        assert watched() is None
        assert gc.get_freeze_count() < held / 10, "Python 3.12 keeps a few hundred immortal objects there itself"
    finally:
        collecting.take_back()
