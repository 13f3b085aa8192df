"""The bulk capture that benchmarks read is what it says it is."""

from __future__ import annotations

from pathlib import Path

import dpkt
import pytest

from bench.reading import bulk_capture
from tests.analyzer.capture.capture_files import read


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_a_bulk_capture_holds_well_formed_user_data(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bulk.{suffix}"
    bulk_capture(path, 500)
    with path.open("rb") as file:
        reader = dpkt.pcapng.Reader(file) if suffix == "pcapng" else dpkt.pcap.Reader(file)
        expected = [data for _, data in reader]
    frames = read(path)
    assert [frame.data for frame in frames] == expected
    assert len(frames) == 500
    kinds = set()
    for frame in frames:
        packet = dpkt.ethernet.Ethernet(frame.data).data
        kinds.add((type(packet).__name__, packet.p))
        assert packet.p != 17 or packet.data.dport == 4191
        assert not isinstance(packet, dpkt.ip.IP) or (packet.len == len(frame.data) - 14 and _sum(packet) == 0xFFFF)
    assert kinds == {("IP6", 41), ("IP", 17), ("IP", 6)}


def _sum(packet: dpkt.ip.IP) -> int:
    """Ones' complement sum of the header as it was in the file: all ones when the checksum is right."""
    raw = packet.pack_hdr()
    total = sum(int.from_bytes(raw[at : at + 2], "big") for at in range(0, 20, 2))
    return (total & 0xFFFF) + (total >> 16)
