"""The pictures of the README."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree

import pytest

from analyzer.tui.pictures import PICTURES, folders_of, main, take

LADDER = next(picture for picture in PICTURES if picture.name == "ladder")


def test_a_picture_is_well_formed_and_the_same_each_time() -> None:
    first, second = (asyncio.run(take(LADDER, folders_of(LADDER))) for _ in range(2))
    assert first == second
    root = ElementTree.fromstring(first)
    words = " ".join(text for text in root.itertext()).replace("\xa0", " ")
    assert "UE-5.1.2.4-14 SHALL" in words
    assert "url(http" not in first
    assert "@font-face" not in first


def test_a_wrong_call_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
