"""A cable of our own: two network namespaces joined by a veth pair, which the test makes and removes.

Nothing is sent outside of them. A process enters a namespace by thread, so what it starts there stays there.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource

CLONE_NEWNET = 0x40000000
SENDS, HEARS = "s0", "h0"
"""The two ends of the cable: one sends, at the other we capture."""
SOON = 20.0
NO_IPV6 = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def why_not() -> str:
    """Why no namespace can be made here; empty if it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "iproute2 is not installed"
    probe = f"dsmip-probe-{os.getpid()}"
    try:
        ip("netns", "add", probe)
        ip("netns", "del", probe)
    except subprocess.CalledProcessError as error:
        return f"network namespaces cannot be made here: {error.stderr.strip()}"
    return ""


class Wire:
    """The cable, and a socket at its sending end."""

    def __init__(self) -> None:
        self.near, self.far = (f"dsmip-{end}-{os.getpid()}" for end in "ab")
        for name in (self.near, self.far):
            ip("netns", "add", name)
            # The kernel's own neighbour discovery would be captured as well, at times that nobody chose.
            with self.inside(name):
                if NO_IPV6.exists():
                    NO_IPV6.write_text("1")
        self.plug()

    def plug(self) -> None:
        """Make the veth pair and set it up."""
        ip("-n", self.near, "link", "add", SENDS, "type", "veth", "peer", "name", HEARS, "netns", self.far)
        for name, end in ((self.near, SENDS), (self.far, HEARS)):
            ip("-n", name, "link", "set", end, "up")
        with self.inside(self.near):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self._socket.bind((SENDS, 0))

    def unplug(self) -> None:
        self._socket.close()
        ip("-n", self.near, "link", "del", SENDS)

    @contextmanager
    def inside(self, name: str | None = None) -> Iterator[None]:
        """This thread, and what it starts, in the namespace of the listening end."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/var/run/netns/{name or self.far}", os.O_RDONLY)
        try:
            _enter(there)
            try:
                yield
            finally:
                _enter(home)
        finally:
            os.close(home)
            os.close(there)

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def replay(self, capture: Path, pause: float = 0.001) -> int:
        """Sends the frames of a capture; how many."""
        count = 0
        with CaptureSource([capture]) as source:
            for chunk in source:
                for index in range(len(chunk)):
                    self.send(chunk.frame(index))
                    time.sleep(pause)
                    count += 1
        return count

    def close(self) -> None:
        self._socket.close()
        for name in (self.near, self.far):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def eventually(is_so: Callable[[], object], what: str, seconds: float = SOON) -> None:
    """Waits for something that another process brings about."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
