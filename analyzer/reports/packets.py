"""Packets as text and as plain data: summary line, field tree, hex dump."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from analyzer.describe import describe
from analyzer.field_tree import explain
from analyzer.packets import Packet
from analyzer.reports.violations import iso_time
from dissectors.inert import inert
from dissectors.tree import Field

MOST_TEXT = 400
"""Characters of one value that the tree shows; the rest is in the hex dump."""


def line(packet: Packet, start: int) -> str:
    """Number, seconds since the first frame, ends, protocol, length and info."""
    shown = describe(packet)
    seconds = (packet.at - start) / 1e9
    ends = f"{shown.from_whom:>15} → {shown.to_whom:<15}"
    return f"{packet.number:5d} {seconds:12.6f} {ends} {shown.protocol:8} {packet.length:5d} {inert(shown.info)}"


def tree_text(packet: Packet) -> str:
    """The field tree, indented, with the byte range of each field."""
    return "\n".join(_tree_lines(explain(packet).root, 0)) + "\n"


def _tree_lines(node: Field, depth: int) -> Iterator[str]:
    text = inert(node.text)
    shown = f": {text[:MOST_TEXT]}{'…' if len(text) > MOST_TEXT else ''}" if text else ""
    where = f"  [{node.offset}..{node.offset + node.size - 1}]" if node.size else ""
    buffer = f"@{node.buffer}" if node.buffer and where else ""
    yield f"{'    ' * depth}{node.label}{shown}{where}{buffer}"
    for child in node.children:
        yield from _tree_lines(child, depth + 1)


def bytes_text(packet: Packet) -> str:
    """Hex dumps of the frame and of what was opened, as tshark's -x."""
    explained = explain(packet)
    parts = []
    for index, data in enumerate(explained.buffers):
        name = "Frame" if not index else explained.names[index].replace("_", " ").capitalize()
        parts.append(f"{name} ({len(data)} bytes):\n" + "\n".join(_dump(data)))
    return "\n".join(parts) + "\n"


def _dump(data: bytes) -> Iterator[str]:
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        yield f"{at:04x}  {row.hex(' '):<47}  {text}"


def as_data(packet: Packet, start: int, *, raw: bool = False) -> dict[str, Any]:
    """The packet as JSON can hold it: columns and field tree; with ``raw`` the bytes too."""
    shown = describe(packet)
    explained = explain(packet)
    data: dict[str, Any] = {
        "frame": packet.number,
        "time": iso_time(packet.at),
        "epoch_ns": packet.at,
        "relative_ns": packet.at - start,
        "source": shown.source,
        "destination": shown.destination,
        "source_role": shown.source_role,
        "destination_role": shown.destination_role,
        "protocol": shown.protocol,
        "length": packet.length,
        "info": shown.info,
        "sealed": str(packet.sealed) if packet.sealed else None,
        "fields": [_field(child) for child in explained.root.children],
    }
    if raw:
        data["buffers"] = [
            {"name": name or "frame", "hex": buffer.hex()}
            for name, buffer in zip(explained.names, explained.buffers, strict=True)
        ]
    return data


def _field(node: Field) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": node.name, "offset": node.offset, "size": node.size, "buffer": node.buffer}
    if node.value is not None:
        entry["value"] = _plain(node.value)
    if node.text:
        entry["text"] = inert(node.text)
    if node.children:
        entry["fields"] = [_field(child) for child in node.children]
    return entry


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, int) else value.name
    return value if isinstance(value, int | str | bool) else str(value)
