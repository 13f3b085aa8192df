"""Mobility Header messages: RFC 6275, and what DSMIPv6, MCoA and flow bindings add to them."""

from __future__ import annotations

from dissectors.mobility.checksum import checksum, checksum_ok
from dissectors.mobility.decode import decode_mobility
from dissectors.mobility.messages import BindingAck, BindingError, BindingUpdate, MobilityMessage, OtherMobility
from dissectors.mobility.text import describe_mobility

__all__ = [
    "BindingAck",
    "BindingError",
    "BindingUpdate",
    "MobilityMessage",
    "OtherMobility",
    "checksum",
    "checksum_ok",
    "decode_mobility",
    "describe_mobility",
]
