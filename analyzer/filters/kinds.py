"""Kinds of fields, and how a literal becomes a value of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, TypeAlias

from analyzer.filters.errors import meant

Network: TypeAlias = IPv4Network | IPv6Network
NANOSECONDS = 1_000_000_000


class Kind(Enum):
    """What a field holds. Each is one or several of Wireshark's types (FT_…)."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    STRING = "text"
    WORD = "word"
    """One of few words, our own kind: compared without regard to case and punctuation."""
    IPV4 = "IPv4 address"
    IPV6 = "IPv6 address"
    ADDRESS = "IP address"
    TIME = "seconds"
    PROTOCOL = "protocol"

    @property
    def phrase(self) -> str:
        """The kind with its article, where it takes one."""
        if self in (Kind.BYTES, Kind.STRING, Kind.TIME):
            return str(self.value)
        return f"an {self.value}" if self.value.startswith("I") else f"a {self.value}"

    @property
    def is_address(self) -> bool:
        """Whether a prefix can stand in its place."""
        return self in (Kind.IPV4, Kind.IPV6, Kind.ADDRESS)

    @property
    def is_text(self) -> bool:
        """Whether ``contains`` and ``matches`` make sense."""
        return self in (Kind.STRING, Kind.WORD, Kind.BYTES, Kind.PROTOCOL)


class BadValue(Exception):
    """The literal cannot be a value of the field; the text completes ``… ``."""


Names: TypeAlias = Mapping[str, int]
"""Numbers by folded name."""
_HEX = re.compile(r"(?:[0-9a-f]{2})+|[0-9a-f]{1,2}(?:[:.-][0-9a-f]{1,2})*:?", re.IGNORECASE)
TRUE, FALSE = frozenset({"1", "true", "set", "yes"}), frozenset({"0", "false", "notset", "no"})


def folded(text: str) -> str:
    """A name without case and punctuation: ``IKE_AUTH``, "Binding Update" and ``binding-update`` are found by it."""
    return "".join(c for c in text.lower() if c.isalnum())


def number(text: str) -> int | None:
    """Decimal, hex (0x), binary (0b) or, with a leading zero, octal: as Wireshark and C."""
    try:
        return int(text, 8) if len(text) > 1 and text[0] == "0" and text.isdigit() else int(text, 0)
    except ValueError:
        return None


def bytes_of(text: str) -> bytes | None:
    """Hex bytes, with colons, dots, dashes or nothing between them."""
    bare = text[2:] if text[:2] in ("0x", "0X") else text
    if _HEX.fullmatch(bare) is None:
        return None
    parts = [part for part in re.split("[:.-]", bare) if part]
    return bytes.fromhex(bare) if len(parts) == 1 and len(bare) % 2 == 0 else bytes(int(part, 16) for part in parts)


def _number(text: str, names: Names, shown: tuple[str, ...]) -> int:
    value = number(text)
    if value is None:
        value = names.get(folded(text))
    if value is None:
        raise BadValue(f"is no number{' and no name that it knows' + meant(text, shown) if shown else ''}")
    return value


def _boolean(text: str) -> bool:
    word = folded(text)
    if word in TRUE or word in FALSE:
        return word in TRUE
    value = number(text)
    if value is None:
        raise BadValue("is neither true nor false")
    return bool(value)


def _bytes(text: str, quoted: bool) -> bytes:
    value = None if quoted else bytes_of(text)
    if value is None and not quoted:
        raise BadValue('is not bytes: write 0a:1b:2c, or text in "…"')
    return text.encode("utf-8") if value is None else value


def _word(text: str, shown: tuple[str, ...]) -> str:
    found = {folded(word): word for word in shown}.get(folded(text))
    if found is None:
        raise BadValue(f"is none of {', '.join(shown)}")
    return found


def _address(text: str, kinds: tuple[type[Any], type[Any], str], other: str) -> Any:
    address, network, words = kinds
    try:
        return network(text, strict=False) if "/" in text else address(text)
    except ValueError:
        raise BadValue(f"is no {words}{other}") from None


def _ipv4(text: str) -> Any:
    hint = "; ipv6.addr is for IPv6" if ":" in text else ""
    return _address(text, (IPv4Address, IPv4Network, "IPv4 address or prefix"), hint)


def _ipv6(text: str) -> Any:
    hint = "" if ":" in text else "; ip.addr is for IPv4"
    return _address(text, (IPv6Address, IPv6Network, "IPv6 address or prefix"), hint)


def _any_address(text: str) -> Any:
    return (_ipv6 if ":" in text else _ipv4)(text)


def _time(text: str) -> int:
    """Seconds to nanoseconds."""
    try:
        return int(Decimal(text) * NANOSECONDS)
    except (InvalidOperation, ValueError, OverflowError):
        raise BadValue("is no number of seconds") from None


SIMPLE: dict[Kind, Callable[[str], Any]] = {
    Kind.BOOLEAN: _boolean,
    Kind.IPV4: _ipv4,
    Kind.IPV6: _ipv6,
    Kind.ADDRESS: _any_address,
    Kind.TIME: _time,
    Kind.STRING: str,
}


def literal(kind: Kind, text: str, *, quoted: bool, names: Names, shown: tuple[str, ...]) -> Any:
    """The value that ``text`` means for a field; an address field may get a network. Raises :class:`BadValue`."""
    if kind is Kind.NUMBER:
        return _number(text, names, shown)
    if kind in (Kind.BYTES, Kind.PROTOCOL):
        return _bytes(text, quoted)
    return _word(text, shown) if kind is Kind.WORD else SIMPLE[kind](text)
