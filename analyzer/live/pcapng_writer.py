"""pcapng as the sniffer writes it: draft-ietf-opsawg-pcapng section 4, little-endian, times in ns."""

from __future__ import annotations

import struct
from pathlib import Path

from dissectors.record import record

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
IF_NAME, IF_TSRESOL, IF_FILTER = 2, 9, 11
SNAPLEN = 262144


@record
class SniffedInterface:
    """An interface that frames come from."""

    name: str
    filter: str
    link_type: int  # LINKTYPE_*


class PcapngFile:
    """One file, from its header on."""

    def __init__(self, path: Path, interfaces: list[SniffedInterface]) -> None:
        self._file = path.open("wb")
        self.size = 0
        self._block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        for one in interfaces:
            self._block(INTERFACE, struct.pack("<HHI", one.link_type, 0, SNAPLEN) + _options(one))
        self.flush()

    def packet(self, interface: int, at: int, data: bytes) -> None:
        """An Enhanced Packet Block; ``at`` in ns since 1970."""
        head = struct.pack("<IIIII", interface, at >> 32, at & 0xFFFFFFFF, len(data), len(data))
        self._block(PACKET, head + _padded(data))

    def _block(self, kind: int, body: bytes) -> None:
        size = 12 + len(body)
        self._file.write(struct.pack("<II", kind, size) + body + struct.pack("<I", size))
        self.size += size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _options(interface: SniffedInterface) -> bytes:
    values = [(IF_NAME, interface.name.encode()), (IF_TSRESOL, b"\x09")]
    if interface.filter:
        values.append((IF_FILTER, b"\0" + interface.filter.encode()))
    return b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in values) + bytes(4)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
