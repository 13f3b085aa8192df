"""Frames, key tables and logs of the real captures, parsed by hand and with dpkt: nothing of the project is used."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import dpkt
import pytest

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

ESP = 50
UDP = 17


@dataclass(frozen=True)
class Frame:
    number: int
    source: str
    destination: str
    kind: str  # "ike" or "esp"
    data: bytes


def protected_frames(path: Path) -> list[Frame]:
    """IKE messages (without non-ESP marker) and ESP packets of a capture, UDP 4191's inner IPv6 included."""
    with path.open("rb") as file:
        reader = dpkt.pcapng.Reader(file) if path.suffix == ".pcapng" else dpkt.pcap.Reader(file)
        link_type = reader.datalink()
        found = []
        for number, (_, data) in enumerate(reader, 1):
            at = 14 if link_type == dpkt.pcap.DLT_EN10MB else 0
            frame = _protected(number, data[at:])
            if frame:
                found.append(frame)
    return found


def _protected(number: int, packet: bytes) -> Frame | None:
    if not packet or packet[0] >> 4 not in (4, 6):
        return None
    if packet[0] >> 4 == 4:
        size = int.from_bytes(packet[2:4])
        protocol, body = packet[9], packet[4 * (packet[0] & 15) : size]
        source, destination = packet[12:16], packet[16:20]
    else:
        protocol, body = packet[6], packet[40 : 40 + int.from_bytes(packet[4:6])]
        source, destination = packet[8:24], packet[24:40]
        while protocol in (0, 43, 60):
            protocol, body = body[0], body[8 * (body[1] + 1) :]
    ends = str(ip_address(source)), str(ip_address(destination))
    if protocol == ESP:
        return Frame(number, *ends, "esp", body)
    if protocol != UDP:
        return None
    ports, inside = struct.unpack(">HH", body[:4]), body[8 : int.from_bytes(body[4:6])]
    if 4191 in ports:
        return _protected(number, inside)
    if 4500 in ports:
        return Frame(number, *ends, *(("ike", inside[4:]) if inside[:4] == bytes(4) else ("esp", inside)))
    return Frame(number, *ends, "ike", inside) if 500 in ports else None


def key_rows(path: Path) -> list[list[str]]:
    """The rows of a Wireshark key table."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return list(csv.reader(io.StringIO("\n".join(lines))))


def key_of(text: str) -> bytes:
    """A key of esp_sa: hex after 0x, else the text itself."""
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


@dataclass(frozen=True)
class Dump:
    """One memory dump of strongSwan's log; ``line`` is where its heading stands."""

    line: int
    name: str
    data: bytes


def dumps(log: Path) -> list[Dump]:
    lines = log.read_text(errors="replace").splitlines()
    found = []
    for at, line in enumerate(lines):
        heading = re.match(r"\d\d\[\w+\] (.*?) => (\d+) bytes @", line)
        if not heading:
            continue
        data = b""
        for dumped in lines[at + 1 :]:
            row = re.match(r"\d\d\[\w+\] +\d+: ((?:[0-9A-F]{2} ){1,16})", dumped)
            if not row or len(data) >= int(heading[2]):
                break
            data += bytes.fromhex(row[1])
        found.append(Dump(at + 1, heading[1], data[: int(heading[2])]))
    return found


def tshark_rows(path: Path, table: str, rows: list[list[str]], fields: list[str]) -> list[dict[str, str]]:
    """One dictionary for each frame that has all ``fields``, with tshark given the key table."""
    command = ["tshark", "-r", str(path), *_key_options(table, rows), "-T", "fields", "-E", "separator=;"]
    command += [part for name in ["frame.number", *fields] for part in ("-e", name)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    split = [line.split(";") for line in output.splitlines()]
    return [dict(zip(["frame.number", *fields], row, strict=True)) for row in split if all(row)]


def tshark_decrypted_ike(path: Path, rows: list[list[str]]) -> dict[int, str]:
    """Frame: the bytes that tshark shows as "Decrypted Data", padding included, in hex."""
    command = ["tshark", "-r", str(path), *_key_options("ikev2_decryption_table", rows), "-T", "jsonraw"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    layers = [frame["_source"]["layers"] for frame in json.loads(output)]
    raw = [_first(tree, "isakmp.enc.decrypted_raw") for tree in layers]
    return {number: data[0] for number, data in enumerate(raw, 1) if data is not None}


def _first(tree: object, name: str):
    """The first value called ``name`` at any depth."""
    if isinstance(tree, dict):
        if name in tree:
            return tree[name]
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            if isinstance(part, (dict, list)):
                found = _first(part, name)
                if found is not None:
                    return found
    return None


def _key_options(table: str, rows: list[list[str]]) -> list[str]:
    options = ["-d", "udp.port==4191,ipv6", "-o", "esp.enable_encryption_decode:TRUE"]
    for row in rows:
        columns = [c if table == "ikev2_decryption_table" and i not in (4, 7) else f'"{c}"' for i, c in enumerate(row)]
        options += ["-o", f"uat:{table}:{','.join(columns)}"]
    return options
