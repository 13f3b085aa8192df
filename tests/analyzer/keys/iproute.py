"""Security associations as iproute2 itself prints them: netlink messages, read by ``ip xfrm monitor file``.

The layout is the kernel's ``struct xfrm_usersa_info`` (linux/xfrm.h), in the byte order of this machine.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest

XFRM_MSG_NEWSA = 0x10
ALG_AUTH, ALG_CRYPT, ALG_COADDR, ALG_AEAD, ALG_AUTH_TRUNC = 1, 2, 14, 18, 20
FLAG_ESN = 0x80


def algorithm(name: str, key: bytes) -> bytes:
    return name.encode().ljust(64, b"\0") + struct.pack("=I", 8 * len(key)) + key


def with_icv(name: str, key: bytes, bits: int) -> bytes:
    return name.encode().ljust(64, b"\0") + struct.pack("=II", 8 * len(key), bits) + key


def address(text: str) -> bytes:
    return ip_address(text).packed.ljust(16, b"\0")


def new_sa(source: str, destination: str, spi: int, *attributes: tuple[int, bytes], flags: int = 0) -> bytes:
    family = 2 if ip_address(source).version == 4 else 10
    identity = address(destination) + struct.pack("!I", spi) + struct.pack("=B3x", 50)
    body = bytes(56) + identity + address(source) + bytes(64 + 32 + 12)
    body += struct.pack("=IIHBBB", 0, 1, family, 0, 0, flags)
    body += bytes(-len(body) % 8)
    for kind, data in attributes:
        body += struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
    return struct.pack("=IHHII", 16 + len(body), XFRM_MSG_NEWSA, 0, 0, 0) + body


def printed(folder: Path, messages: bytes, *options: str) -> str:
    """What ``ip`` prints for these SAs."""
    if shutil.which("ip") is None:
        pytest.skip("iproute2 is not installed")
    file = folder / "netlink"
    file.write_bytes(messages)
    command = ["ip", *options, "xfrm", "monitor", "file", str(file)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    if "proto esp" not in shown:
        pytest.skip("this ip cannot print SAs from a file")
    return shown
