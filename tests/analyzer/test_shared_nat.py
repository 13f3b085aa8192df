"""User data through a NAT, end to end: several inner addresses in one mapping, several UEs behind one address."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from edited_captures import analyzed
from mobility_frames import AGENT, FAR, MACS, UDP

from samples.generator.frames import ethernet, ip, udp
from samples.generator.pcap import EPOCH, Frame, write_pcap

SECOND = 1_000_000_000
AGENT_IPV4, NAT, BEHIND = IPv4Address("192.0.2.1"), IPv4Address("203.0.113.5"), IPv4Address("192.168.7.20")
HOMES = IPv6Address("2001:db8:1:2::10"), IPv6Address("2001:db8:1:3::10")
PORTS = 40001, 40002
SHARED = IPv4Address("10.64.0.9")
OTHER = IPv6Address("2001:db8:5::81")
WEB = IPv4Address("198.51.100.7")


def _up(ue: int, packet: bytes) -> bytes:
    return ethernet(*MACS, ip(NAT, AGENT_IPV4, UDP, udp((NAT, PORTS[ue]), (AGENT_IPV4, 4191), packet)))


def _down(port: int, packet: bytes) -> bytes:
    return ethernet(*MACS, ip(AGENT_IPV4, NAT, UDP, udp((AGENT_IPV4, 4191), (NAT, port), packet)))


def _mobility(kind: int, data: bytes) -> bytes:
    """RFC 6275 6.1.1; the checksum is left at 0, which is no matter here."""
    return struct.pack(">BBBBH", 59, (6 + len(data)) // 8 - 1, kind, 0, 0) + data


def _update(ue: int) -> bytes:
    """A, H, R; IPv4 Home Address 0.0.0.0 and IPv4 Care-of Address options (RFC 5555 3.1)."""
    options = bytes.fromhex("1d0680000000000020060000") + BEHIND.packed + b"\1\2\0\0"
    header = _mobility(5, struct.pack(">HHH", 1, 0xC400, 900) + options)
    return _up(ue, ip(HOMES[ue], AGENT, 135, header))


def _acknowledgement(ue: int) -> bytes:
    """R; the IPv4 Home Address, and NAT Detection with F and 110 s (RFC 5555 3.2)."""
    options = bytes.fromhex("1e060080") + SHARED.packed + bytes.fromhex("1f0680000000006e01020000")
    header = _mobility(6, struct.pack(">BBHH", 0, 0x40, 1, 900) + options)
    return _down(PORTS[ue], ip(AGENT, HOMES[ue], 135, header))


def _to(far: IPv6Address) -> bytes:
    return _up(0, ip(HOMES[0], far, UDP, udp((HOMES[0], 7), (far, 7), b"data")))


def _web(port: int) -> bytes:
    return _down(port, ip(WEB, SHARED, UDP, udp((WEB, 7), (SHARED, 7), b"data")))


def _failures(path: Path, frames: list[tuple[int, bytes]], rule: str) -> list[int]:
    write_pcap(path, [Frame(EPOCH + at * SECOND, data) for at, data in frames])
    return [finding.frame for finding in analyzed(path).failures if finding.rule == rule]


REGISTERED = [(0, _update(0)), (1, _acknowledgement(0))]


def test_data_to_any_address_keep_the_mapping(tmp_path: Path) -> None:
    """A NAT does not look inside: data to two addresses by turns leave no 110 s idle, data to each alone would."""
    by_turns = [(at, _to(OTHER if at % 160 else FAR)) for at in range(80, 720, 80)]
    assert _failures(tmp_path / "kept.pcap", [*REGISTERED, *by_turns, (725, _update(0))], "RFC5555-02") == []


def test_an_address_that_falls_silent_lets_no_mapping_lapse(tmp_path: Path) -> None:
    """The one packet to another address comes after the first of many."""
    data = [(2, _to(FAR)), (3, _to(OTHER)), *((at, _to(FAR)) for at in range(60, 600, 60))]
    assert _failures(tmp_path / "kept.pcap", [*REGISTERED, *data, (650, _update(0))], "RFC5555-02") == []


def test_a_pause_of_all_of_them_is_found_once(tmp_path: Path) -> None:
    """Frames 3 to 6 go by turns; frame 7 comes 120 s after the last of them."""
    data = [(2, _to(FAR)), (3, _to(OTHER)), (60, _to(FAR)), (90, _to(OTHER)), (210, _to(FAR)), (220, _to(OTHER))]
    assert _failures(tmp_path / "idle.pcap", [*REGISTERED, *data, (250, _update(0))], "RFC5555-02") == [7]


def test_one_ipv4_home_address_of_two_pdns_goes_by_the_port(tmp_path: Path) -> None:
    """Two APNs of one HA may use the same private addresses: to each UE its own data, and to port 4 nobody's."""
    both = [(n, make(ue)) for n, (make, ue) in enumerate([(m, u) for u in (0, 1) for m in (_update, _acknowledgement)])]
    data = [(5, _web(PORTS[0])), (6, _web(PORTS[1])), (7, _web(PORTS[0]))]
    assert _failures(tmp_path / "own.pcap", [*both, *data], "HA-5.1.3.2-14") == []
    assert _failures(tmp_path / "astray.pcap", [*both, *data, (8, _web(4))], "HA-5.1.3.2-14") == [8]
