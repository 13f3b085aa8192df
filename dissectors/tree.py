"""The field tree: the same reads as :class:`~dissectors.buffer.Reader`, kept for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, Flag
from typing import Any, cast

from dissectors.buffer import DissectError, Reader, Record, Show


@dataclass(slots=True)
class Field:
    """One node: what stands at ``offset`` for ``size`` bytes of buffer ``buffer``.

    Buffer 0 is the frame; higher ones are decrypted or reassembled bytes, in the order in which they
    were opened. A node with ``size`` 0 and no children is worked out, not read.
    """

    name: str
    offset: int
    size: int
    value: object = None
    show: Show | None = None
    buffer: int = 0
    children: list[Field] = field(default_factory=list)
    fault: str | None = None

    @property
    def text(self) -> str:
        """The value in words: ``IKE_AUTH (35)``, ``0x0a0b…``, or nothing for a mere part."""
        if self.fault is not None:
            return f"[malformed: {self.fault}]"
        return render(self.value, self.show)

    @property
    def label(self) -> str:
        """The name as a person reads it: ``initiator_spi`` is "Initiator SPI"."""
        return _title(self.name)

    def walk(self) -> Iterator[Field]:
        """This node and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


_UPPER = {
    "spi", "id", "iv", "icv", "eap", "ip", "udp", "tcp", "esp", "ike", "sk", "skf",
    "dh", "mac", "aka", "at", "bu", "ba", "cp", "sa", "ts", "vlan", "oui", "mid", "ttl", "ke", "icmp",
    "ds", "dns", "pdn", "ppp", "hdlc", "ifom", "nai", "apn", "iaid", "duid", "fqdn", "mtu", "tlv",
}  # fmt: skip
_SPELLED = {"ipv4": "IPv4", "ipv6": "IPv6", "icmpv6": "ICMPv6", "dhcp": "DHCP", "dhcpv6": "DHCPv6"}


def _title(name: str) -> str:
    words = [_SPELLED.get(w) or (w.upper() if w in _UPPER else w) for w in name.split("_")]
    if words and words[0] and words[0][0].islower():
        words[0] = words[0].capitalize()
    return " ".join(words)


def render(value: object, show: Show | None) -> str:
    """``value`` in words, by ``show`` where there is one."""
    if isinstance(show, type):
        return _named(value, cast("type[Enum]", show))
    if show is not None:
        return show(value)
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return _named(value.value, type(value))
    return str(value)


def _named(value: Any, registry: type[Enum]) -> str:
    if isinstance(value, Enum):
        value = value.value
    try:
        known = registry(value)
    except ValueError:
        return f"unknown ({value})"
    if issubclass(registry, Flag):
        return f"{known.name or 'none'} (0x{value:x})"
    return f"{known.name} ({value})"


class Tracer(Reader):
    """A reader that leaves ``field`` behind, with one child for each read.

    ``buffers`` holds the bytes that the tree's offsets refer to: the frame first, then what was opened.
    """

    __slots__ = ("buffers", "field")

    def __init__(
        self,
        data: bytes,
        start: int = 0,
        end: int | None = None,
        *,
        field: Field | None = None,
        buffers: list[bytes] | None = None,
    ) -> None:
        super().__init__(data, start, end)
        self.field = Field("packet", start, self.end - start) if field is None else field
        self.buffers = [data] if buffers is None else buffers

    def read(self, record: Record) -> tuple[Any, ...]:
        at = self.pos
        values = super().read(record)
        for (name, offset, size, show), value in zip(record.fields, values, strict=True):
            self._add(name, at + offset, size, value, show)
        return values

    def number(self, name: str, size: int, show: Show | None = None) -> int:
        at = self.pos
        value = super().number(name, size)
        self._add(name, at, size, value, show)
        return value

    def take(self, name: str, size: int, show: Show | None = None) -> bytes:
        at = self.pos
        value = super().take(name, size)
        self._add(name, at, size, value, show)
        return value

    def rest(self, name: str, show: Show | None = None) -> bytes:
        at = self.pos
        value = super().rest(name)
        if value:
            self._add(name, at, len(value), value, show)
        return value

    def part(self, name: str, size: int, about: object = None) -> Tracer:
        inner = super().part(name, size)
        child = self._add(name, inner.pos, size, about, None)
        return Tracer(self.data, inner.pos, inner.end, field=child, buffers=self.buffers)

    def note(self, name: str, value: object, show: Show | None = None) -> None:
        self._add(name, self.pos, 0, value, show)

    def malformed(self, error: DissectError) -> None:
        child = self._add("malformed", error.offset, max(0, self.end - error.offset), None, None)
        child.fault = str(error)

    def branch(self, name: str, data: bytes, about: object = None) -> Tracer:
        self.buffers.append(data)
        child = Field(name, 0, len(data), about, buffer=len(self.buffers) - 1)
        self.field.children.append(child)
        return Tracer(data, field=child, buffers=self.buffers)

    def _add(self, name: str, offset: int, size: int, value: object, show: Show | None) -> Field:
        child = Field(name, offset, size, value, show, self.field.buffer)
        self.field.children.append(child)
        return child
