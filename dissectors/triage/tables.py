"""The tables of triage as arrays, to look up many frames at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dissectors.ip_numbers import IpProtocol
from dissectors.triage.classes import (
    BY_PROTOCOL,
    BY_RANK,
    EXTENSION_HEADERS,
    INNER_SIGNALLING,
    PORTS,
    FrameClass,
    Rank,
)
from dissectors.triage.columns import Bytes
from dissectors.triage.links import ODD

UDP_NEXT, TUNNEL_NEXT, TUNNEL_4_NEXT, SCTP_NEXT = 240, 241, 242, 243
"""Beside classes, in the table by protocol: what needs another look."""


def _table(size: int, values: Mapping[Any, int]) -> Bytes:
    table = np.zeros(size, np.uint8)
    for at, value in values.items():
        table[at] = value
    return table


PROTOCOL_TABLE = _table(256, {
    **dict.fromkeys(EXTENSION_HEADERS, ODD), **BY_PROTOCOL, IpProtocol.UDP: UDP_NEXT, IpProtocol.SCTP: SCTP_NEXT,
    IpProtocol.IPV4: TUNNEL_4_NEXT, IpProtocol.IPV6: TUNNEL_NEXT,
})  # fmt: skip
INNER_TABLE = np.full(256, FrameClass.TUNNEL_DATA, np.uint8)
INNER_TABLE[list(EXTENSION_HEADERS)] = ODD
INNER_TABLE[list(INNER_SIGNALLING)] = FrameClass.DSMIPV6_SIGNALLING
INNER_TABLE[IpProtocol.UDP] = UDP_NEXT
IS_SIGNALLING = INNER_TABLE == FrameClass.DSMIPV6_SIGNALLING
RANKS = _table(65536, PORTS)
RANK_TABLE = _table(len(Rank), BY_RANK)
