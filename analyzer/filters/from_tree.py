"""From a node of the field tree to a filter on its value: "filter on this field".

The tree's names are the RFCs' and stand below the part they are in; here they meet Wireshark's. Where a name may be one
of several fields, the one that has the node's value in this packet is taken.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from analyzer.field_tree import explain
from analyzer.filters.kinds import Kind
from analyzer.filters.registry import FIELDS
from analyzer.filters.spec import FieldSpec
from analyzer.filters.tree_names import FLAGS, GENERIC, INSIDE, NAMES, PARTS
from analyzer.filters.view import NO_FACTS, View
from analyzer.packets import Packet
from dissectors.tree import Field


def filter_on(packet: Packet, field: Field) -> str:
    """A filter that lets this packet through by what the node says; "" where no field says it."""
    path = _path(explain(packet).root, field)
    if path is None:
        return ""
    view = View(packet, NO_FACTS)
    parents = [node.name for node in reversed(path[:-1])]
    if path[-1].name == "flags" and parents and parents[0] in FLAGS:
        return _flags(FLAGS[parents[0]], view)
    for name in _candidates(path[-1], parents):
        row = FIELDS[name]
        if row.kind is Kind.PROTOCOL:
            if row.extract(view):
                return name
            continue
        values = row.extract(view)
        value = next((v for v in _values(row, path[-1]) if v in values), None)
        if value is not None:
            return f"{name} == {_text(row, value)}"
    return ""


def _flags(names: tuple[str, ...], view: View) -> str:
    """All flags that are set."""
    return " && ".join(f"{name} == 1" for name in names if any(FIELDS[name].extract(view)))


def _path(root: Field, wanted: Field) -> list[Field] | None:
    """The nodes from the root to the one that stands at the same place under the same name."""
    pending = [[root]]
    while pending:
        path = pending.pop()
        node = path[-1]
        if _key(node) == _key(wanted):
            return path
        pending += [[*path, child] for child in reversed(node.children)]
    return None


def _key(node: Field) -> tuple[str, int, int, int, str]:
    return node.name, node.buffer, node.offset, node.size, node.text


def _candidates(node: Field, parents: list[str]) -> tuple[str, ...]:
    """The fields a node may be: by its parent, else by the nearest part around it that has the name."""
    if node.name in PARTS:
        return PARTS[node.name]
    around = next((parent for parent in parents if parent not in INSIDE), "")
    parent = parents[0] if parents else ""
    found = NAMES.get((f"{around}/{parent}", node.name)) or NAMES.get((parent, node.name))
    if found or node.name in GENERIC:
        return found or ()
    return NAMES.get((around, node.name), ())


def _values(row: FieldSpec, node: Field) -> list[Any]:
    """What the node's value is as a value of the field; a part counts by the type that it begins with."""
    value = node.value.value if isinstance(node.value, Enum) else node.value
    if node.children and not isinstance(value, int):
        value = next((child.value for child in node.children if child.name in ("type", "option_type")), value)
    if row.kind is Kind.STRING:
        return [node.text, *([value.decode("utf-8", "replace")] if isinstance(value, bytes) else [])]
    if isinstance(value, bytes):
        return [value, *_addresses(value)]
    if isinstance(value, int) and row.kind is Kind.IPV4 and 0 <= value < 1 << 32:
        return [IPv4Address(value)]
    return _numbers(row.name, value) if isinstance(value, int) else [value]


def _addresses(data: bytes) -> list[IPv4Address | IPv6Address]:
    if len(data) == 4:
        return [IPv4Address(data)]
    return [IPv6Address(data)] if len(data) == 16 else []


def _numbers(name: str, value: int) -> list[int]:
    """Some numbers share their bytes with others: the field holds a part of what the node does."""
    if name == "ip.frag_offset":
        return [8 * (value & 0x1FFF)]
    return [value]


def _text(row: FieldSpec, value: Any) -> str:
    """The value as one writes it; text that could be misread in quotes."""
    if row.kind is Kind.BYTES:
        return str(value.hex(":"))
    if row.kind is Kind.BOOLEAN:
        return str(int(value))
    if row.kind in (Kind.STRING, Kind.WORD):
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return hex(value) if row.name.endswith((".spi", ".flags", ".messageid")) else str(value)
