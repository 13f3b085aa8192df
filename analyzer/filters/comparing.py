"""Tests of one field's values, as closures over packets.

A field may have several values: a comparison holds if any of them fits. ``!=`` is the exception, as in Wireshark 4: no
value may be equal, and there must be one.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeAlias

from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Extract
from analyzer.filters.view import View

Test: TypeAlias = Callable[[View], bool]
One: TypeAlias = Callable[[Any], bool]
"""A test of one value."""

SYMBOLS: dict[str, str] = {
    "eq": "==", "any_eq": "==", "ne": "!=", "all_ne": "!=", "gt": ">", "lt": "<", "ge": ">=", "le": "<=",
    "all_eq": "===", "any_ne": "!==", "~=": "!==",
}  # fmt: skip
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip


def some(extract: Extract, one: One) -> Test:
    """Any value fits."""
    return lambda view: any(map(one, extract(view)))


def every(extract: Extract, one: One) -> Test:
    """There are values, and all of them fit."""

    def test(view: View) -> bool:
        values = extract(view)
        return bool(values) and all(map(one, values))

    return test


def present(extract: Extract) -> Test:
    """There is a value."""
    return lambda view: bool(extract(view))


def equal_to(extract: Extract, wanted: Any) -> Test:
    """Any value is the wanted one: the commonest test, and the fastest."""
    return lambda view: wanted in extract(view)


def compared(extract: Extract, symbol: str, wanted: Any, quantifier: str) -> Test:
    """``extract`` ``symbol`` ``wanted``, where ``wanted`` is a value or a network."""
    network = isinstance(wanted, IPv4Network | IPv6Network)
    if symbol == "==" and not network and quantifier != "all":
        return equal_to(extract, wanted)
    return quantified(extract, one_of(symbol, wanted), symbol, quantifier)


def quantified(extract: Extract, one: One, symbol: str, quantifier: str) -> Test:
    """By the word before the test, or by what the symbol means itself."""
    if quantifier:
        return (every if quantifier == "all" else some)(extract, one)
    return (every if symbol in ("!=", "===") else some)(extract, one)


def one_of(symbol: str, wanted: Any) -> One:
    """The test of one value that a symbol stands for."""
    if isinstance(wanted, IPv4Network | IPv6Network):
        return _in_network(symbol, wanted)
    if symbol in ("==", "==="):
        return lambda value: bool(value == wanted)
    if symbol in ("!=", "!=="):
        return lambda value: bool(value != wanted)
    ordered = ORDERED[symbol]
    return lambda value: _alike(value, wanted) and ordered(value, wanted)


def _alike(value: Any, wanted: Any) -> bool:
    """Addresses of two families have no order."""
    return getattr(value, "version", 0) == getattr(wanted, "version", 0)


def _in_network(symbol: str, network: IPv4Network | IPv6Network) -> One:
    """A prefix is equal to what lies in it; for order its first and last address count."""
    if symbol in ("==", "==="):
        return lambda value: value in network
    if symbol in ("!=", "!=="):
        return lambda value: value not in network
    low, high = network.network_address, network.broadcast_address
    edge = {">": high, ">=": low, "<": low, "<=": high}[symbol]
    ordered = ORDERED[symbol]
    return lambda value: _alike(value, edge) and ordered(value, edge)


def within(low: Any, high: Any) -> One:
    """From ``low`` to ``high``, both included."""
    return lambda value: _alike(value, low) and low <= value <= high


def fields_compared(left: Extract, symbol: str, right: Extract, quantifier: str) -> Test:
    """Two fields: with ``==`` any pair, with ``!=`` no equal pair."""
    all_pairs = quantifier == "all" or (not quantifier and symbol in ("!=", "==="))

    def test(view: View) -> bool:
        first, second = left(view), right(view)
        if not first or not second:
            return False
        ones = [one_of(symbol, wanted) for wanted in second]
        pairs = (one(value) for value in first for one in ones)
        return all(pairs) if all_pairs else any(pairs)

    return test


def containing(wanted: Any) -> One:
    """Text in text, bytes in bytes."""
    return lambda value: wanted in value


def matching(kind: Kind, pattern: str) -> One:
    """A regular expression anywhere in the value, without regard to case, as in Wireshark."""
    if kind in (Kind.BYTES, Kind.PROTOCOL):
        found = re.compile(pattern.encode("utf-8"), re.IGNORECASE | re.DOTALL)
        return lambda value: found.search(value) is not None
    text = re.compile(pattern, re.IGNORECASE)
    return lambda value: text.search(value) is not None
