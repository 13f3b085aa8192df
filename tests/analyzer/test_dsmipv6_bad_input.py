"""Captures that are wrong in the ways DSMIPv6 can be: told as malformed with place and reason, the rest kept.

The packets are built with scapy and the layers for building, which share no code with what reads them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, Jumbo
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Packet as ScapyPacket
from scapy.packet import Raw
from scapy.utils import wrpcap

import dissectors.scapy_layers as build
from analyzer.capture import CaptureSource
from analyzer.describe import describe
from analyzer.packets import Packet
from analyzer.pipeline import Run
from analyzer.results import Results
from dissectors.mobility.messages import BindingUpdate
from dissectors.triage import FrameClass
from rules.model import Verdict
from tests.analyzer.edited_captures import analyzed, packets_of

HOME, AGENT = "2001:db8:1:2::10", "2001:db8:ffff::1"
CARE_OF = "2001:db8:77::99"
V4, HA_V4 = "192.0.2.33", "192.0.2.1"
RAW = 101
"""LINKTYPE_RAW."""


def captured(folder: Path, *packets: ScapyPacket) -> Path:
    path = folder / "bad.pcap"
    for place, packet in enumerate(packets):
        packet.time = 1_700_000_000 + place / 10
    wrpcap(str(path), list(packets), linktype=RAW)
    return path


def decoded(folder: Path, *packets: ScapyPacket) -> list[Packet]:
    return packets_of(captured(folder, *packets))[0]


def every(path: Path) -> list[Packet]:
    """All frames decoded, user data too."""
    with CaptureSource([path]) as source:
        return list(Run(source, judge=False, keeps_packets=True).packets(FrameClass))


def update(**fields: object) -> ScapyPacket:
    return build.MipBindingUpdate(seq=7, flags="AHKR", lifetime=900, **fields)


def in_udp(inner: ScapyPacket) -> ScapyPacket:
    return IP(src=V4, dst=HA_V4) / UDP(sport=4191, dport=4191) / inner


def test_fragments_of_a_binding_update_in_udp_are_one_message(tmp_path: Path) -> None:
    padding = [build.MipPadN(data=bytes(200)) for _ in range(3)]
    whole = in_udp(IPv6(src=HOME, dst=AGENT) / update(options=padding))
    parts = fragment(IP(bytes(whole)), fragsize=400)
    assert len(parts) > 1
    packets = decoded(tmp_path, *parts)
    last = packets[-1]
    assert isinstance(last.message, BindingUpdate)
    assert last.message.sequence == 7
    assert last.stack.frames == (1, 2)


def test_a_tunnel_in_a_tunnel_twenty_deep_is_said_to_be_too_deep(tmp_path: Path) -> None:
    packet: ScapyPacket = IPv6(src=HOME, dst=AGENT) / update()
    for _ in range(20):
        packet = IPv6(src=CARE_OF, dst=AGENT, nh=41) / packet
    results = analyzed(captured(tmp_path, packet))
    assert results.failures == []
    (told,) = every(captured(tmp_path, in_udp(packet)))
    assert told.stack.malformed is not None
    assert told.stack.malformed.reason == "nested too deep"
    assert "nested too deep" in describe(told).info


def test_esp_inside_esp_is_opened_once_and_the_inner_one_is_shown(tmp_path: Path) -> None:
    inner = IPv6(src=HOME, dst=AGENT) / ESP(spi=0x2002, seq=1, data=bytes(40))
    outer = SecurityAssociation(ESP, spi=0x1001, crypt_algo="NULL", auth_algo="HMAC-SHA1-96", auth_key=bytes(20),
                                tunnel_header=IPv6(src=CARE_OF, dst=AGENT))  # fmt: skip
    (packet,) = decoded(tmp_path, outer.encrypt(inner))
    assert packet.message.spi == 0x1001
    assert "0x00002002" in describe(packet).info


def test_a_binding_update_cut_in_its_traffic_selector_keeps_what_came_before(tmp_path: Path) -> None:
    flow = bytes.fromhex("2d1a000100 0a0000 02020001 030d01008208 0000".replace(" ", ""))
    message = bytearray(bytes(IPv6(src=HOME, dst=AGENT) / update(options=[build.MipAlternateCareOf(coa=CARE_OF)]))[40:])
    message += flow + bytes(-(len(message) + len(flow)) % 8)
    message[1] = len(message) // 8 - 1
    packet = IPv6(src=CARE_OF, dst=AGENT, nh=135) / Raw(bytes(message))
    (told,) = decoded(tmp_path, packet)
    assert isinstance(told.message, BindingUpdate)
    assert told.message.malformed is not None
    assert told.message.options[0].type != 0x2D
    assert "Malformed" in describe(told).info
    assert str(told.message.malformed.offset) in describe(told).info


@pytest.mark.parametrize("count", [255, 1000])
def test_a_flood_of_options_is_read_in_bounds(tmp_path: Path, count: int) -> None:
    message = bytearray(bytes(update())[:12]) + b"\x01\x00" * count
    message += bytes(-len(message) % 8)
    message[1] = min(255, len(message) // 8 - 1)
    packet = IPv6(src=CARE_OF, dst=AGENT, nh=135) / Raw(bytes(message))
    (told,) = decoded(tmp_path, packet)
    assert isinstance(told.message, BindingUpdate)
    assert len(told.message.options) <= (255 + 1) * 8


def test_a_jumbogram_is_no_reason_to_stop(tmp_path: Path) -> None:
    jumbo = IPv6(src=CARE_OF, dst=AGENT, plen=0) / IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70000)]) / update()
    plain = (
        IPv6(src=CARE_OF, dst=AGENT)
        / IPv6ExtHdrDestOpt(options=[build.home_address_option(HOME).options[-1]])
        / update()
    )
    results = analyzed(captured(tmp_path, jumbo, plain))
    assert results.counts.frames == 2
    assert any(home == HOME for session in results.sessions for home in map(str, session.homes))


def test_a_wrong_checksum_is_the_senders_fault_and_the_message_is_read(tmp_path: Path) -> None:
    packet = IPv6(src=CARE_OF, dst=AGENT) / build.home_address_option(HOME) / update(cksum=0x1234)
    results: Results = analyzed(captured(tmp_path, packet))
    assert results.verdicts[1, "RFC3775-01"] is Verdict.FAIL
    (told,) = decoded(tmp_path, packet)
    assert told.message.sequence == 7


def test_zero_length_options_are_malformed_with_their_place(tmp_path: Path) -> None:
    message = bytearray(bytes(update())[:12]) + bytes.fromhex("1d00 2000".replace(" ", ""))
    message[1] = len(message) // 8 - 1
    (told,) = decoded(tmp_path, IPv6(src=CARE_OF, dst=AGENT, nh=135) / Raw(bytes(message)))
    assert told.message.malformed is not None
    assert told.message.malformed.offset == 40 + 14


def test_user_data_that_is_cut_short_by_the_capture_is_still_counted(tmp_path: Path) -> None:
    data = in_udp(IPv6(src=HOME, dst="2001:db8:5::1") / ICMP())
    results = analyzed(
        captured(tmp_path, IPv6(src=CARE_OF, dst=AGENT) / build.home_address_option(HOME) / update(), data)
    )
    assert results.counts.by_class["TUNNEL_DATA"] == 1
