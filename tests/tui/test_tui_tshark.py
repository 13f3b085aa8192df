"""What tshark makes of a packet, as a branch of its fields."""

from __future__ import annotations

import shutil

import pytest
from tui_driver import Driver, drive, node_of, packets_of, said

from analyzer.tshark import TsharkNode
from analyzer.tui import second_tree


def test_tshark_adds_a_branch_for_what_is_not_decoded_here() -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")

    async def scenario(pilot: Driver) -> None:
        screen = packets_of(pilot)
        await pilot.press("g", "2", "8", "enter", "t")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert node_of(pilot).label == "tshark"
        layers = node_of(pilot).children
        assert [layer.label.split(",")[0].split(" (")[0] for layer in layers] == [
            "Ethernet II",
            "Internet Protocol Version 4",
            "User Datagram Protocol",
            "Domain Name System",
        ]
        assert [screen._folds.is_open(layer) for layer in layers] == [False, False, False, True]
        (queries,) = [node for node in layers[-1].children if node.label == "Queries"]
        assert not screen._folds.is_open(queries)
        (question,) = queries.children
        assert {node.label: node.text for node in question.children}["Name"] == "time.example.net"
        part = {node.label: node for node in layers[2].children}["Destination Port"].field
        assert part is not None
        assert screen.bytes.data[part.offset : part.offset + part.size] == b"\x00\x35"

    drive(scenario, size=(120, 40))


def test_bytes_of_a_buffer_of_tsharks_own_are_not_looked_for_in_the_frame() -> None:
    data = bytes(range(40))
    there = TsharkNode("a.b", "Bits: 0x0405", 4, 2, "0405", ())
    other = TsharkNode("a.c", "Name: \x1b[2J", 4, 2, "ffff", ())
    behind = TsharkNode("a.d", "Rest", 38, 4, "", ())
    nodes = list(second_tree._nodes([TsharkNode("a", "A: b", 0, 0, "", (there, other, behind))], data, ("tshark",), 1))
    assert nodes[0].label == "A: b"
    bits, name, rest = nodes[0].children
    assert bits.field is not None
    assert (bits.field.offset, bits.field.size) == (4, 2)
    assert (name.field, rest.field) == (None, None)
    assert name.text == r"\x1b[2J"


def test_without_tshark_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    async def scenario(pilot: Driver) -> None:
        await pilot.press("t")
        await pilot.app.workers.wait_for_complete()
        assert "tshark is not installed" in said(pilot)

    drive(scenario)
