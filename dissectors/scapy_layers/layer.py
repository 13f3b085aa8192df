"""What the layers of this package share: a typed name for scapy's untyped base, alignment, addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any, ClassVar

from scapy.fields import ByteField, PacketListField, StrLenField
from scapy.packet import Packet


class Layer(Packet):  # type: ignore[misc]  # scapy is untyped
    """A scapy packet; only this class needs to know that scapy has no types."""

    fields_desc: ClassVar[list[Any]] = []


class Item(Layer):
    """An option or sub-option: it hands on what follows it."""

    alignment: ClassVar[tuple[int, int]] = (1, 0)
    """``(x, y)``: it is to stand at xn+y from the start of the Mobility Header."""

    def needs(self) -> tuple[int, int]:
        """The alignment of this very item; some depend on their contents."""
        return self.alignment

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        """Nothing of ``s`` is this item's."""
        return b"", s


def choose(data: bytes, known: dict[int, type[Item]], otherwise: type[Item]) -> Item:
    """The item that starts ``data``, by its type."""
    return known.get(data[0], otherwise)(data)


def padded(items: Iterable[Any], at: int, pads: tuple[type[Item], type[Item]], end: int = 1) -> bytes:
    """The bytes of ``items``, the first standing at byte ``at``, with Pad1 or PadN before each that needs it.

    The whole then ends at a multiple of ``end``. An item may also be bytes, which stand anywhere.
    """
    built = b""
    for item in items:
        x, y = item.needs() if isinstance(item, Item) else (1, 0)
        built += padding((y - at - len(built)) % x, pads) + bytes(item)
    return built + padding(-(at + len(built)) % end, pads)


def padding(size: int, pads: tuple[type[Item], type[Item]]) -> bytes:
    """So many bytes of padding: ``pads`` are Pad1 and PadN."""
    pad_1, pad_n = pads
    return bytes(pad_n(data=bytes(size - 2))) if size > 1 else bytes(pad_1()) * size


class AutopadField(ByteField):  # type: ignore[misc]  # scapy is untyped
    """Not on the wire: whether options are padded to their alignment when bytes are made.

    As in scapy's own layers, but off in what was read from bytes: that is built as it was.
    """

    def __init__(self) -> None:
        super().__init__("autopad", 1)

    def addfield(self, _pkt: Any, s: bytes, _val: int) -> bytes:
        return s

    def getfield(self, _pkt: Any, s: bytes) -> tuple[bytes, int]:
        return s, 0


class OptionsField(PacketListField):  # type: ignore[misc]  # scapy is untyped
    """Options that begin at byte ``at`` (modulo 8) of the Mobility Header and end at a multiple of ``end``."""

    __slots__ = ("at", "end", "pads")

    def __init__(
        self,
        name: str,
        choose_item: Callable[[bytes], Item],
        at: int,
        pads: tuple[type[Item], type[Item]],
        length_from: Callable[[Any], int],
        end: int = 1,
    ) -> None:
        self.at, self.pads, self.end = at, pads, end
        super().__init__(name, [], choose_item, length_from=lambda pkt: max(0, length_from(pkt)))

    def addfield(self, pkt: Any, s: bytes, val: list[Any]) -> bytes:
        return s + self._built(pkt, val)

    def i2len(self, pkt: Any, val: list[Any]) -> int:
        return len(self._built(pkt, val))

    def _built(self, pkt: Any, val: list[Any]) -> bytes:
        return padded(val, self.at, self.pads, self.end) if pkt.autopad else b"".join(map(bytes, val))


class AddressField(StrLenField):  # type: ignore[misc]  # scapy is untyped
    """An IPv4 or an IPv6 address, or nothing: as text, as an address, or as bytes of any number for a planted fault."""

    def any2i(self, _pkt: Any, x: Any) -> str | bytes:
        if not x or isinstance(x, bytes):
            return self.m2i(None, x or b"")
        return str(ip_address(x))

    def i2m(self, _pkt: Any, x: Any) -> bytes:
        return x if isinstance(x, bytes) else ip_address(x).packed if x else b""

    def m2i(self, _pkt: Any, x: bytes) -> str | bytes:
        return str(ip_address(x)) if len(x) in (4, 16) else x

    def i2len(self, pkt: Any, x: Any) -> int:
        return len(self.i2m(pkt, x))

    def i2repr(self, _pkt: Any, x: Any) -> str:
        return repr(x)
