"""Link headers of many frames: how many bytes they are, and which IP version is behind them.

The version is 4, 6, 1 for "either, see the packet", 0 for what is not IP, and :data:`ODD` for what the scalar way has
to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dissectors.link import FAMILIES, PPP_ADDRESS, VLAN_TYPES, EtherType, LinkType
from dissectors.triage.columns import Bytes, Ints, columns, fields

ODD = 255
EITHER = 1
Network: TypeAlias = tuple[Ints | int, NDArray[np.uint8]]

ETHERNET = fields(22, type=(12, ">u2"), tagged=(16, ">u2"), twice=(20, ">u2"))
LINUX = fields(16, protocol=(14, ">u2"))
LINUX_2 = fields(2, protocol=(0, ">u2"))
WORD = fields(4, value=(0, ">u4"))

ETHERTYPES = np.zeros(65536, np.uint8)
ETHERTYPES[[EtherType.IPV4, EtherType.IPV6]] = 4, 6
ETHERTYPES[list(VLAN_TYPES)] = ODD
"""A tag is odd, unless the link type's function looks behind it."""
FAMILY_TABLE = np.zeros(65536, np.uint8)
FAMILY_TABLE[list(FAMILIES)] = [4 if kind == EtherType.IPV4 else 6 for kind in FAMILIES.values()]
PPP = {PPP_ADDRESS << 16 | 0x21: 4, PPP_ADDRESS << 16 | 0x57: 6}


def _raw(view: Bytes, start: Ints, there: Ints, version: int) -> Network:
    return 0, np.full(len(start), version, np.uint8)


def _ethernet(view: Bytes, start: Ints, there: Ints) -> Network:
    """Up to two tags; what is shorter than the longest header is odd."""
    header, inside = columns(view, start, ETHERNET)
    version = ETHERTYPES[header["type"]]
    size: Ints | int = 14
    tagged = version == ODD
    if tagged.any():
        twice = tagged & (ETHERTYPES[header["tagged"]] == ODD)
        version = np.where(tagged, ETHERTYPES[header["tagged"]], version)
        version = np.where(twice, ETHERTYPES[header["twice"]], version)
        size = np.where(tagged, 18, 14) + np.where(twice, 4, 0)
    version[(there < ETHERNET.itemsize) | ~inside] = ODD
    return size, version


def _linux(view: Bytes, start: Ints, there: Ints) -> Network:
    return _cooked(view, start, there, LINUX, 16)


def _linux_2(view: Bytes, start: Ints, there: Ints) -> Network:
    return _cooked(view, start, there, LINUX_2, 20)


def _cooked(view: Bytes, start: Ints, there: Ints, layout: np.dtype[np.void], size: int) -> Network:
    header, inside = columns(view, start, layout)
    version = ETHERTYPES[header["protocol"]]
    version[(there < size) | ~inside] = ODD
    return size, version


def _loopback(view: Bytes, start: Ints, there: Ints) -> Network:
    header, inside = columns(view, start, WORD)
    family = header["value"].astype(np.uint32)
    family = np.where(family > 0xFFFF, family.byteswap(), family)
    version = FAMILY_TABLE[np.minimum(family, 0xFFFF)]
    version[(there < 4) | ~inside] = ODD
    return 4, version


def _ppp(view: Bytes, start: Ints, there: Ints) -> Network:
    """With address, control and an uncompressed protocol; all other forms are odd."""
    header, inside = columns(view, start, WORD)
    version = np.full(len(start), ODD, np.uint8)
    for word, number in PPP.items():
        version[header["value"] == word] = number
    version[(there < 4) | ~inside] = ODD
    return 4, version


NETWORK: dict[int, Callable[[Bytes, Ints, Ints], Network]] = {
    LinkType.ETHERNET: _ethernet,
    LinkType.LINUX_SLL: _linux,
    LinkType.LINUX_SLL2: _linux_2,
    LinkType.NULL: _loopback,
    LinkType.LOOP: _loopback,
    LinkType.PPP: _ppp,
    LinkType.PPP_HDLC: _ppp,
    LinkType.RAW: partial(_raw, version=EITHER),
    LinkType.RAW_BSD: partial(_raw, version=EITHER),
    LinkType.RAW_OPENBSD: partial(_raw, version=EITHER),
    LinkType.IPV4: partial(_raw, version=4),
    LinkType.IPV6: partial(_raw, version=6),
}
