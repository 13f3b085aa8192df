"""Where dumpcap is missing: a child of ours that captures through scapy, asked and answering as dumpcap is.

``python -m analyzer.live.sniffer -f FILTER -i IF [-i IF ...] [-b filesize:KB] [-b files:N] -w FILE``. It writes pcapng,
says ``File: NAME`` when it begins one, and ends on SIGINT with its totals. Packets are written as they were received:
scapy's sockets capture and filter, nothing is dissected.
"""

from __future__ import annotations

import argparse
import select
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from analyzer.live.pcapng_writer import PcapngFile, SniffedInterface

FLUSH = 0.25
"""Seconds after which what was received is handed on."""
LINK_TYPES = {"Ether": 1, "CookedLinux": 113, "CookedLinuxV2": 276, "Loopback": 0, "IP": 101, "IPv6": 101}
"""LINKTYPE_* by what scapy takes the frames of a socket for."""


class Files:
    """The ring of files, or the one file."""

    def __init__(self, target: Path, size: int, count: int, interfaces: list[SniffedInterface]) -> None:
        """``size`` in bytes, 0 for one file without limit."""
        self._target, self._size, self._count = target, size, count
        self._interfaces = interfaces
        self._begun: list[Path] = []
        self._number = 0
        self.current = self._next()

    def _next(self) -> PcapngFile:
        self._number += 1
        path = self._target
        if self._size:
            stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
            path = path.with_name(f"{path.stem}_{self._number:05d}_{stamp}{path.suffix}")
        made = PcapngFile(path, self._interfaces)
        self._begun.append(path)
        _say(f"File: {path}")
        if self._count and len(self._begun) > self._count:
            self._begun.pop(0).unlink(missing_ok=True)
        return made

    def write(self, interface: int, at: int, data: bytes) -> None:
        """One packet, received at ``at`` (ns)."""
        if self._size and self.current.size >= self._size:
            self.current.close()
            self.current = self._next()
        self.current.packet(interface, at, data)


def main(arguments: list[str]) -> int:
    """Captures until it is told to stop."""
    asked = _parser().parse_args(arguments)
    limits = dict(limit.split(":", 1) for limit in asked.limits)
    try:
        sockets = _sockets(asked.interfaces, asked.filter)
        found = [
            SniffedInterface(name, asked.filter, _link_type(one))
            for name, one in zip(asked.interfaces, sockets, strict=True)
        ]
        files = Files(Path(asked.target), int(limits.get("filesize", 0)) * 1000, int(limits.get("files", 0)), found)
    except Exception as error:  # whatever scapy makes of it, the parent wants to know why
        _say(_complaint(error))
        return 1
    stopping: list[int] = []
    note: Callable[[int, FrameType | None], None] = lambda number, _: stopping.append(number)  # noqa: E731
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return _capture(sockets, files, stopping)


def _capture(sockets: list[Any], files: Files, stopping: list[int]) -> int:
    """The loop; the exit status."""
    count, status = 0, 0
    flushed = time.monotonic()
    fresh = False
    try:
        while not stopping:
            for one in select.select(sockets, [], [], FLUSH)[0]:
                _, data, at = one.recv_raw()
                if data:
                    count, fresh = count + 1, True
                    files.write(sockets.index(one), int(at * 1e9) if at else time.time_ns(), data)
            if fresh and time.monotonic() - flushed >= FLUSH:
                files.current.flush()
                flushed, fresh = time.monotonic(), False
                _say(f"Packets: {count} ")
    except OSError as error:
        _say(_complaint(error))
        status = 1
    files.current.close()
    _say(f"Packets captured: {count}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name if __spec__ else 'sniffer'}")
    parser.add_argument("-f", dest="filter", default="")
    parser.add_argument("-i", dest="interfaces", action="append", required=True)
    parser.add_argument("-b", dest="limits", action="append", default=[])
    parser.add_argument("-w", dest="target", required=True)
    return parser


def _sockets(interfaces: list[str], capture_filter: str) -> list[Any]:
    """Without libpcap no filter can be compiled: then everything is captured, which is slow and complete."""
    import scapy.arch  # noqa: F401 - chooses the sockets of this system
    from scapy.config import conf

    try:
        return [conf.L2listen(iface=name, filter=capture_filter or None) for name in interfaces]
    except ImportError:
        return [conf.L2listen(iface=name) for name in interfaces]


def _link_type(one: Any) -> int:
    return LINK_TYPES.get(getattr(one.LL, "__name__", ""), 1)


def _complaint(error: Exception) -> str:
    """In dumpcap's words where there are such, as the parent knows them."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    if isinstance(error, PermissionError):
        return "scapy: Operation not permitted"
    if "not found" in text and "nterface" in text:
        wanted = text.split("'")[1] if "'" in text else text
        return f'scapy: There is no device named "{wanted}".'
    return f"scapy: {text or name}"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
