"""A private directory for one question: the frames that tshark is to read, and its settings.

tshark gets the frames from us and not the user's file, so that it reads what we read: any compression, pipes, cut
files, several files in order of time. Its home is this directory: no setting of the user changes the answer.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
NANOSECONDS = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)
"""Option if_tsresol, and the end of options."""


class Workspace:
    """The directory, and the capture in it (pcapng: frames of several link types may stand side by side)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.capture = directory / "frames.pcapng"
        self.frames: list[int] = []
        """Our frame number of each frame that was written, in order."""
        self._interfaces: dict[int, int] = {}  # by link type
        self._file: BinaryIO = self.capture.open("wb")
        self._block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))

    def add(self, number: int, at: int, data: bytes, link_type: int, length: int) -> None:
        """Writes one frame; ``at`` is in ns, ``length`` that on the wire."""
        interface = self._interfaces.get(link_type)
        if interface is None:
            interface = self._interfaces[link_type] = len(self._interfaces)
            self._block(INTERFACE, struct.pack("<HHI", link_type, 0, 0) + NANOSECONDS)
        head = struct.pack("<IIIII", interface, at >> 32 & 0xFFFFFFFF, at & 0xFFFFFFFF, len(data), length)
        self._block(PACKET, head + data + bytes(-len(data) % 4))
        self.frames.append(number)

    def finish(self) -> None:
        """All frames are written."""
        self._file.close()

    def setting(self, name: str, text: str) -> None:
        """Writes one of Wireshark's configuration files."""
        folder = self.directory / ".config" / "wireshark"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")

    def _block(self, kind: int, body: bytes) -> None:
        size = struct.pack("<I", 12 + len(body))
        self._file.write(struct.pack("<I", kind) + size + body + size)


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A new workspace, which only its owner may look into; removed at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="dsmip-") as name:
        made = Workspace(Path(name))
        try:
            yield made
        finally:
            made.finish()
