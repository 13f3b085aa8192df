"""dumpcap: where it is, how it is asked, which interfaces it sees and how busy they are."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from analyzer.live.ring import KILO, Ring
from analyzer.live.trouble import LiveError, grant, install, join_group, meaning
from dissectors.inert import inert
from dissectors.record import record

PATIENCE = 10.0
"""Seconds that dumpcap has to list interfaces."""
PLACES = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/wireshark/bin")
SNIFFER = "analyzer.live.sniffer"


@record
class CaptureInterface:
    """An interface that can be captured on."""

    name: str
    description: str = ""
    addresses: tuple[str, ...] = ()
    loopback: bool = False


def find_dumpcap() -> str | None:
    """Where dumpcap is, whether this user may run it or not."""
    found = shutil.which("dumpcap")
    if found is not None:
        return found
    return next((path for place in PLACES if os.path.exists(path := f"{place}/dumpcap")), None)  # noqa: PTH110


def capture_command(interfaces: Sequence[str], capture_filter: str, target: Path, ring: Ring | None) -> list[str]:
    """The child that captures: dumpcap, or our own sniffer where dumpcap is missing and rights suffice."""
    dumpcap = find_dumpcap()
    if dumpcap is None:
        if not may_sniff():
            remedy = f"{install()}, then {grant('/usr/bin/dumpcap')}"
            raise LiveError(f"dumpcap is not installed, and without it capturing needs root; remedy: {remedy}")
        command = [sys.executable, "-P", "-m", SNIFFER]  # -P: no module comes from the working directory
    elif not os.access(dumpcap, os.X_OK):
        raise LiveError(f"this user may not run {dumpcap}; remedy: {join_group()}")
    else:
        command = [dumpcap]
    if capture_filter:  # before the interfaces it is the filter of all
        command += ["-f", capture_filter]
    for interface in interfaces:
        command += ["-i", interface]
    if ring is not None:
        command += ["-b", f"filesize:{ring.size // KILO}", "-b", f"files:{ring.files}"]
    return [*command, "-w", str(target)]


def may_sniff() -> bool:
    """Whether this process may capture by itself: root, or CAP_NET_RAW."""
    import socket

    packet = getattr(socket, "AF_PACKET", None)
    if packet is None:  # no Linux
        return os.geteuid() == 0
    try:
        socket.socket(packet, socket.SOCK_RAW, 0).close()
    except OSError:
        return False
    return True


def interfaces() -> list[CaptureInterface]:
    """The interfaces that dumpcap, or else the system, knows."""
    dumpcap = find_dumpcap()
    if dumpcap is None:
        return _system_interfaces()
    try:
        done = subprocess.run(
            [dumpcap, "-D", "-M"], capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False
        )
    except PermissionError:
        raise LiveError(f"this user may not run {dumpcap}; remedy: {join_group()}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LiveError(f"dumpcap cannot list the interfaces: {error}") from None
    if done.returncode:
        raise LiveError(meaning(done.stderr.splitlines(), done.returncode, dumpcap))
    return [_interface(line) for line in done.stdout.splitlines() if "\t" in line]


def _interface(line: str) -> CaptureInterface:
    """``1. eth0<TAB>vendor<TAB>name<TAB>type<TAB>addresses<TAB>loopback|network<TAB>extcap``."""
    fields = [*map(inert, line.split("\t")), *[""] * 6]
    name = fields[0].partition(". ")[2]
    addresses = tuple(filter(None, fields[4].split(",")))
    return CaptureInterface(name, fields[2] or fields[1], addresses, loopback=fields[5] == "loopback")


def _system_interfaces() -> list[CaptureInterface]:
    import socket

    return [CaptureInterface(name, loopback=name == "lo") for _, name in socket.if_nameindex()]


class Traffic:
    """Packets counted on each interface, once a second: what the sparklines of an interface list show."""

    def __init__(self) -> None:
        """LiveError where dumpcap cannot be asked."""
        dumpcap = find_dumpcap()
        if dumpcap is None:
            raise LiveError(f"dumpcap is not installed; remedy: {install()}")
        try:
            self._process = subprocess.Popen(
                [dumpcap, "-S", "-M"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise LiveError(f"{dumpcap} cannot be run: {error.strerror}") from None
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        self._rest = b""
        self.counts: dict[str, tuple[int, int]] = {}
        """By interface: packets received and dropped since we began to count."""

    def poll(self) -> dict[str, tuple[int, int]]:
        """The counts as they are now; never waits."""
        while select.select([self._pipe], [], [], 0)[0]:
            data = os.read(self._pipe.fileno(), 1 << 16)
            if not data:
                break
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._take(line.decode("utf-8", "replace").split("\t"))
        return self.counts

    def _take(self, fields: list[str]) -> None:
        with suppress(ValueError):
            name, received, dropped = fields
            self.counts[inert(name)] = int(received), int(dropped)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._pipe.close()

    def __enter__(self) -> Traffic:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
