"""All fields: one table by name, as Wireshark calls them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from analyzer.filters import (
    fields_discovery,
    fields_ike,
    fields_mobility,
    fields_network,
    fields_own,
    fields_protected,
)
from analyzer.filters.spec import FieldSpec

PARTS = (
    ("Frames, link, IP, UDP, TCP", fields_network.TABLE),
    ("IKEv2", fields_ike.TABLE),
    ("ESP and EAP", fields_protected.TABLE),
    ("Mobile IPv6", fields_mobility.TABLE),
    ("ICMP, DHCP, DNS", fields_discovery.TABLE),
    ("Sessions and verdicts", fields_own.TABLE),
)
"""The tables under the headings they have in the docs."""
FIELDS: Mapping[str, FieldSpec] = MappingProxyType({row.name: row for _, table in PARTS for row in table.rows})


def _groups() -> dict[str, tuple[FieldSpec, ...]]:
    groups: dict[str, list[FieldSpec]] = {}
    for name, row in FIELDS.items():
        parts = name.split(".")
        for size in range(1, len(parts)):
            groups.setdefault(".".join(parts[:size]), []).append(row)
    return {name: tuple(rows) for name, rows in groups.items() if name not in FIELDS}


GROUPS: Mapping[str, tuple[FieldSpec, ...]] = MappingProxyType(_groups())
"""What stands before a dot and is no field itself: it is there if any field below it is."""
