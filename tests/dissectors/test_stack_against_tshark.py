"""Link, IP and UDP headers field by field against tshark, on the real captures and on frames that scapy builds.

tshark gives the first occurrence of each field, which is the outermost header's.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dpkt
import numpy as np
import pytest

from dissectors.buffer import Reader
from dissectors.icmp import decode_icmp, decode_icmpv6
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.link import LinkHeader
from dissectors.reassembly import Reassembly
from dissectors.stack import Carried, Stack, dissect_frame
from dissectors.triage import FrameClass, triage, triage_frame
from dissectors.udp import UdpHeader

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

FILES = [
    "strongswan-ipv4/capture.pcapng", "wireshark/esp-24-sas.pcap", "wireshark/ikev2-decrypt-aes256cbc.pcapng",
    "wireshark/ikev2-decrypt-aes128ccm12.pcap", "wireshark/ikev2-decrypt-aes256gcm16.pcap", "tcpdump/ikev2four.pcap",
    "tcpdump/ipv6_mobility_1.pcap", "tcpdump/dhcpv6-ia-na.pcap", "ikev2-other/both-ends-start.pcap",
    "dsmipv6-scapy/dsmip6_udp4191_nonat.pcap", "dsmipv6-scapy/mip6_home_reg_esp_null-sha256.pcap",
    "carriers/testattach.pcapng",
]  # fmt: skip
FIELDS = [
    "eth.src", "vlan.id", "ip.src", "ip.dst", "ip.proto", "ip.ttl", "ip.len", "ip.id", "ip.frag_offset",
    "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.hlim", "ipv6.plen", "ipv6.flow", "ipv6.opt.mipv6.home_address",
    "udp.srcport", "udp.dstport", "udp.length",
]  # fmt: skip
Frames = list[tuple[int, bytes]]  # ns, bytes


def _frames(path: Path) -> tuple[int, Frames]:
    with path.open("rb") as file:
        reader = dpkt.pcapng.Reader(file) if path.suffix == ".pcapng" else dpkt.pcap.Reader(file)
        return reader.datalink(), [(int(at * 1e9), bytes(data)) for at, data in reader]


def _by_tshark(path: Path, names: list[str], *options: str) -> list[dict[str, str]]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=f", *options]
    for name in names:
        command += ["-e", name]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [dict(zip(names, line.split("\t"), strict=True)) for line in out.splitlines()]


def _first(stack: Stack, kind: type) -> object:
    return next((layer.message for layer in stack.layers if isinstance(layer.message, kind)), None)


def _ours(stack: Stack) -> Iterator[tuple[str, object]]:
    """What tshark's fields are, from the stack."""
    match _first(stack, LinkHeader):
        case LinkHeader(1, _, source, _, vlans):
            yield "eth.src", source.hex(":")
            yield "vlan.id", vlans[0] if vlans else ""
    match _first(stack, Ipv4Header):
        case Ipv4Header() as ip:
            yield from {
                "ip.src": ip.source, "ip.dst": ip.destination, "ip.proto": ip.protocol, "ip.ttl": ip.ttl,
                "ip.len": ip.size, "ip.id": f"0x{ip.identification:04x}", "ip.frag_offset": ip.fragment_offset,
            }.items()  # fmt: skip
    match _first(stack, Ipv6Header):
        case Ipv6Header() as ip6:
            yield from {
                "ipv6.src": ip6.source, "ipv6.dst": ip6.destination, "ipv6.nxt": ip6.next_header,
                "ipv6.hlim": ip6.hop_limit, "ipv6.plen": ip6.size - 40, "ipv6.flow": f"0x{ip6.flow_label:06x}",
                "ipv6.opt.mipv6.home_address": ip6.home_address or "",
            }.items()  # fmt: skip
    match _first(stack, UdpHeader):
        case UdpHeader(source, destination, size):
            yield from {"udp.srcport": source, "udp.dstport": destination, "udp.length": size}.items()


@needs_tshark
@pytest.mark.parametrize("name", FILES)
def test_every_header_field_agrees_with_tshark(captures: Path, name: str) -> None:
    link_type, frames = _frames(captures / name)
    rows = _by_tshark(captures / name, FIELDS, "-d", "udp.port==4191,ip")
    assert len(rows) == len(frames)
    reassembly = Reassembly()
    compared = 0
    for number, ((at, data), row) in enumerate(zip(frames, rows, strict=True), 1):
        stack = dissect_frame(Reader(data), link_type, frame=number, at=at, reassembly=reassembly)
        for field, value in _ours(stack):
            assert row[field] == str(value), (number, field)
            compared += 1
    assert compared >= 5 * len(frames) // 2


@pytest.mark.parametrize("name", FILES)
def test_dpkt_finds_the_same_transport_bytes(captures: Path, name: str) -> None:
    link_type, frames = _frames(captures / name)
    for _, data in frames:
        stack = dissect_frame(Reader(data), link_type)
        udp = _first(stack, UdpHeader)
        if not isinstance(udp, UdpHeader) or link_type != 1:
            continue
        theirs = dpkt.ethernet.Ethernet(data).data.data
        while not isinstance(theirs, dpkt.udp.UDP):
            theirs = theirs.data
        body = stack.body.data[stack.body.pos : stack.body.end]
        assert bytes(theirs.data).endswith(body)
        inner_header = {4: 20, 6: 40}.get(theirs.data[0] >> 4) if 4191 in (udp.source_port, theirs.dport) else None
        marker = theirs.data[:4] == bytes(4) and 4500 in (udp.source_port, theirs.dport)
        assert len(theirs.data) - len(body) == (inner_header or 4 * marker)


def _carried(path: Path) -> Counter[Carried]:
    link_type, frames = _frames(path)
    reassembly = Reassembly()
    return Counter(
        dissect_frame(Reader(data), link_type, frame=number, at=at, reassembly=reassembly).carried
        for number, (at, data) in enumerate(frames, 1)
    )


def test_the_strongswan_capture_holds_what_its_readme_says(captures: Path) -> None:
    found = _carried(captures / "strongswan-ipv4/capture.pcapng")
    assert (found[Carried.IKE], found[Carried.ESP]) == (23, 12)


def test_the_mobility_capture_holds_nothing_but_mobility_headers(captures: Path) -> None:
    assert _carried(captures / "tcpdump/ipv6_mobility_1.pcap") == {Carried.MOBILITY: 16}


@needs_tshark
@pytest.mark.parametrize("name", FILES)
def test_triage_finds_the_frames_that_tshark_calls_by_that_protocol(captures: Path, name: str) -> None:
    link_type, frames = _frames(captures / name)
    rows = _by_tshark(captures / name, ["frame.protocols"])
    for (_, data), row in zip(frames, rows, strict=True):
        protocols = row["frame.protocols"].split(":")
        kind = triage_frame(data, link_type)
        assert (kind is FrameClass.IKE) == ("isakmp" in protocols)
        assert (kind is FrameClass.ESP) == ("esp" in protocols and "data" not in protocols[:-1])
        assert (kind is FrameClass.MOBILITY) == (link_type == 229)
        if kind is FrameClass.DHCPV6:
            assert "dhcpv6" in protocols


@pytest.mark.parametrize("name", FILES)
def test_the_vector_way_gives_every_captured_frame_the_same_class(captures: Path, name: str) -> None:
    link_type, frames = _frames(captures / name)
    sizes = np.array([len(data) for _, data in frames], np.int64)
    found = triage(
        b"".join(data for _, data in frames),
        np.cumsum(sizes) - sizes,
        sizes,
        np.full(len(sizes), link_type, np.uint16),
    )
    assert found.tolist() == [int(triage_frame(data, link_type)) for _, data in frames]


def test_the_dsmipv6_capture_has_four_signalling_frames_and_then_user_data(captures: Path) -> None:
    link_type, frames = _frames(captures / "dsmipv6-scapy/dsmip6_udp4191_nonat.pcap")
    kinds = [triage_frame(data, link_type) for _, data in frames]
    assert set(kinds[:2]) == {FrameClass.DSMIPV6_SIGNALLING}
    assert kinds[-1] is FrameClass.TUNNEL_DATA


def test_hostile_captures_cut_at_every_byte_never_raise(captures: Path) -> None:
    for path in sorted((captures / "robustness").glob("*.pcap")):
        link_type, frames = _frames(path)
        for _, data in frames:
            for size in range(min(len(data), 200) + 1):
                stack = dissect_frame(Reader(data[:size]), link_type, reassembly=Reassembly())
                decode_icmp(stack.body)
                triage_frame(data[:size], link_type)


@needs_tshark
def test_reassembled_fragments_agree_with_tshark(tmp_path: Path) -> None:
    from scapy.layers.inet import IP, UDP, fragment
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
    from scapy.layers.l2 import Dot1Q, Ether
    from scapy.utils import wrpcap

    data = bytes(range(256)) * 12
    packets = [Ether() / Dot1Q(vlan=9) / part for part in fragment(IP(id=5) / UDP(sport=4009, dport=4000) / data, 1000)]
    six = fragment6(IPv6() / IPv6ExtHdrFragment(id=77) / UDP(sport=4009, dport=4001) / data, 1280)
    packets += [Ether() / part for part in reversed(six)]
    path = tmp_path / "fragments.pcap"
    wrpcap(str(path), packets)
    names = ["udp.dstport", "udp.length", "udp.payload"]
    rows = _by_tshark(path, names, "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE")
    reassembly = Reassembly()
    link_type, frames = _frames(path)
    found = []
    for number, ((at, frame), row) in enumerate(zip(frames, rows, strict=True), 1):
        stack = dissect_frame(Reader(frame), link_type, frame=number, at=at, reassembly=reassembly)
        assert (stack.carried is Carried.UDP) == bool(row["udp.dstport"])
        if stack.carried is Carried.UDP:
            body = stack.body.data[stack.body.pos : stack.body.end]
            assert (str(stack.destination.port), body.hex()) == (row["udp.dstport"], row["udp.payload"])
            found.append(stack.frames)
    assert found == [(1, 2, 3, 4), tuple(range(5, len(frames) + 1))]


@needs_tshark
def test_echoes_agree_with_tshark(captures: Path) -> None:
    path = captures / "wireshark/esp-24-sas.pcap"
    link_type, frames = _frames(path)
    rows = _by_tshark(path, ["icmp.type", "icmp.ident", "icmp.seq", "icmpv6.type"])
    compared = 0
    for (_, data), row in zip(frames, rows, strict=True):
        stack = dissect_frame(Reader(data), link_type)
        if stack.carried is Carried.ICMP and row["icmp.ident"]:
            echo = decode_icmp(stack.body)
            expected = (row["icmp.type"], int(row["icmp.ident"], 0), row["icmp.seq"])
            assert (str(echo.type), echo.identifier, str(echo.sequence)) == expected
            compared += 1
        if stack.carried is Carried.ICMPV6:
            assert str(decode_icmpv6(stack.body).type) == row["icmpv6.type"]
            compared += 1
    assert compared > 0
