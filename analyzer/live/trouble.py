"""What a capturing child complained of, in a sentence, and the exact command that puts it right."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import shutil
import signal
from collections.abc import Callable, Sequence

from dissectors.inert import inert

SHOWN = 300
"""Characters of a child's own words that are repeated."""

Told = Callable[[re.Match[str], str], str]


class LiveError(Exception):
    """A capture cannot be started; the text is one sentence with its remedy."""


def install() -> str:
    """The command that installs dumpcap."""
    for program, command in (
        ("apt-get", "sudo apt install wireshark-common"),
        ("dnf", "sudo dnf install wireshark-cli"),
        ("zypper", "sudo zypper install wireshark"),
        ("pacman", "sudo pacman -S wireshark-cli"),
        ("apk", "sudo apk add wireshark-common"),
        ("brew", "brew install wireshark"),
    ):
        if shutil.which(program):
            return command
    return "install Wireshark's command line tools"


def grant(dumpcap: str) -> str:
    """The commands that let this user capture with dumpcap."""
    if shutil.which("dpkg-reconfigure") and dumpcap == "/usr/bin/dumpcap":
        return (
            "sudo dpkg-reconfigure wireshark-common (answer yes), "
            f"then sudo usermod -aG wireshark {shlex.quote(user())}, then log in again"
        )
    return f"sudo setcap cap_net_raw,cap_net_admin=eip {shlex.quote(dumpcap)}"


def join_group() -> str:
    """The command that lets this user run Debian's dumpcap."""
    return f"sudo usermod -aG wireshark {shlex.quote(user())}, then log in again"


def user() -> str:
    """Who we are."""
    try:
        return inert(getpass.getuser())
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())


def _no_rights(found: re.Match[str], dumpcap: str) -> str:
    on = f" on {found[1]}" if found[1] else ""
    return f"this user may not capture{on}; remedy: {grant(dumpcap)}"


def _no_device(found: re.Match[str], dumpcap: str) -> str:
    return f"there is no interface {found[1]}; dsmip live --list shows those there are"


def _bad_filter(found: re.Match[str], dumpcap: str) -> str:
    reason = re.search(r"isn't a valid capture filter \((.+?)\)\.(?: |$)", found.string)
    return f"the capture filter is not valid: {reason[1] if reason else found[1]}; man pcap-filter tells the language"


def _gone(found: re.Match[str], dumpcap: str) -> str:
    return f"the interface {found[1]} is gone"


def _is_down(found: re.Match[str], dumpcap: str) -> str:
    return f"the interface {found[1]} is down; remedy: sudo ip link set {shlex.quote(found[1])} up"


def _not_written(found: re.Match[str], dumpcap: str) -> str:
    return f"{found[1]} cannot be written: {found[2]}"


def _full(found: re.Match[str], dumpcap: str) -> str:
    return "the disk is full"


MEANINGS: tuple[tuple[str, Told], ...] = (
    (r'have permission to capture on device "(.*?)"', _no_rights),
    (r"Operation not permitted()|Permission denied \(socket\)", _no_rights),
    (r'no device named "(.*?)"', _no_device),
    (r"[Ii]nvalid capture filter \"(.*?)\" for", _bad_filter),
    (r'adapter "(.*?)" is no longer attached', _gone),
    (r'[Dd]evice "(.*?)" is not up', _is_down),
    (r'would be saved \("(.*?)"\) could not be opened: ([^.]+)', _not_written),
    (r"No space left on device|there is no space left|disk is full", _full),
)
"""What dumpcap says, and what that means to the user."""


def meaning(complaints: Sequence[str], status: int | None, dumpcap: str) -> str:
    """One sentence on why the child ended."""
    text = " ".join(complaints)
    for pattern, told in MEANINGS:
        found = re.search(pattern, text)
        if found:
            return told(found, dumpcap)
    name = "dumpcap" if dumpcap.endswith("dumpcap") else "the sniffer"
    if status is not None and status < 0:
        return f"{name} was ended from outside ({_signal_name(-status)})"
    said = text.removeprefix("dumpcap: ")[:SHOWN].rstrip(". ")
    return f"{name} ended: {said}" if said else f"{name} ended without a reason (exit status {status})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
