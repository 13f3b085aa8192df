"""The scapy layers: from field values to worked bytes, padding, checksums, planted faults, and scapy's own layers."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from mobility_bytes import A1_UPDATE, A2_ACK, A3_ACK, A3_PACKET, A3_UPDATE, HA, HOA, ROUTING_HEADER
from scapy.layers import inet6
from scapy.layers.dhcp6 import DUID_LL, DHCP6_InfoRequest, DHCP6OptClientId, DHCP6OptElapsedTime, DHCP6OptOptReq
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import HAO, IPv6, IPv6ExtHdrDestOpt
from scapy.packet import Raw

import dissectors.scapy_layers as build
from dissectors.scapy_layers import with_checksum

CARE_OF = "2001:db8:77::99"
FLOW: dict[str, Any] = {"fid": 1, "priority": 10}
NAME = "internet.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"


def update_a1() -> build.MipBindingUpdate:
    selector = build.ipv4_selector(src="198.51.100.7", sport=443, proto=6)
    return build.MipBindingUpdate(
        seq=0x102,
        flags="AHKRO",
        lifetime=900,
        options=[
            build.MipBindingIdentifier(bid=1, priority=5, coa=CARE_OF),
            build.MipFlowIdentification(**FLOW, suboptions=[build.FlowBindingReference(bids=[1]), selector]),
            build.MipIpv4HomeAddress(),
        ],
    )


def ack_a2() -> build.MipBindingAck:
    return build.MipBindingAck(
        seq=0x102,
        flags="KR",
        lifetime=900,
        options=[
            build.MipIpv4AddressAck(hoa="10.64.0.9"),
            build.MipBindingIdentifier(bid=1, priority=5),
            build.MipFlowIdentification(**FLOW, suboptions=[build.FlowBindingReference(bids=[1])]),
        ],
    )


def update_a3() -> build.MipBindingUpdate:
    options = [build.MipIpv4HomeAddress(), build.MipIpv4CareOf(coa="192.168.7.20")]
    return build.MipBindingUpdate(seq=0x103, flags="AHKR", lifetime=900, options=options)


def test_an_update_from_ipv6_is_built_to_its_worked_bytes_with_the_home_address_in_the_checksum() -> None:
    packet = bytes(IPv6(src=CARE_OF, dst=str(HA)) / build.home_address_option(HOA) / update_a1())
    assert packet[6] == 60
    assert packet[40:] == bytes.fromhex("870201020000c910") + HOA.packed + A1_UPDATE


def test_an_acknowledgement_behind_a_routing_header_is_built_to_its_worked_bytes() -> None:
    packet = bytes(IPv6(src=str(HA), dst=CARE_OF) / build.type_2_routing(HOA) / ack_a2())
    assert packet[6] == 43
    assert packet[40:] == ROUTING_HEADER + A2_ACK


def test_a_whole_packet_with_esp_inside_udp_is_built_to_its_worked_bytes() -> None:
    esp = bytes.fromhex("1000a1b200000001") + with_checksum(update_a3(), HOA, HA) + bytes([1, 2, 2, 135])
    esp += hmac.digest(bytes(range(20)), esp, hashlib.sha1)[:12]
    inner = IPv6(src=str(HOA), dst=str(HA), nh=50) / Raw(esp)
    assert bytes(build.udp_tunnel(inner, src="203.0.113.5", dst="192.0.2.1", sport=40001)) == A3_PACKET


def test_an_acknowledgement_with_nat_detection_is_built_to_its_worked_bytes() -> None:
    options = [build.MipIpv4AddressAck(hoa="10.64.0.9"), build.MipNatDetection(f=1, refresh=110)]
    ack = build.MipBindingAck(seq=0x103, flags="KR", lifetime=900, options=options)
    assert with_checksum(ack, HA, HOA) == A3_ACK


@pytest.mark.parametrize("data", [A1_UPDATE, A2_ACK, A3_UPDATE, A3_ACK], ids=["A1", "A2", "A3 update", "A3 ack"])
def test_worked_bytes_are_read_and_built_again_alike(data: bytes) -> None:
    message = build.MobilityHeader(data)
    message.show2(dump=True)
    message.clear_cache()
    assert bytes(message) == data


def test_worked_bytes_are_read_to_the_values_they_mean() -> None:
    update = build.MobilityHeader(A1_UPDATE)
    assert (type(update), update.seq, update.lifetime) == (build.MipBindingUpdate, 0x102, 900)
    assert set(str(update.flags)) == set("AHKRO")
    _, bid, flow, _, home, _ = update.options
    assert (bid.bid, bid.priority, bid.coa) == (1, 5, CARE_OF)
    reference, selector = flow.suboptions
    assert (flow.fid, flow.priority, reference.bids) == (1, 10, [1])
    assert selector.selector.fields == {
        "flags": 0x82080000, "src_start": "198.51.100.7", "sport_start": 443, "proto_start": 6,
    }  # fmt: skip
    assert (home.plen, home.p, home.hoa) == (32, 0, "0.0.0.0")


@pytest.mark.parametrize(
    ("options", "built"),
    [
        ([], "01020000"),
        ([build.MipNodeIdentifier(identifier="a")], "08020161"),
        (
            [build.MipNodeIdentifier(identifier="ab"), build.MipIpv4CareOf()],
            "0803016162 010100 2006000000000000 01020000",
        ),
        ([build.MipNodeIdentifier(identifier="abcd")], "08050161626364 0103000000"),
        ([build.MipNodeIdentifier(identifier="")], "080101 00"),
        ([build.MipNodeIdentifier(identifier="abc"), build.MipRefreshAdvice()], "080401616263 02020000 0100"),
    ],
    ids=["none", "fits", "PadN before 4n", "PadN at the end", "Pad1 at the end", "PadN without data"],
)
def test_options_are_padded_to_their_place_and_the_message_to_eight_bytes(options: list[Any], built: str) -> None:
    message = bytes(build.MipBindingUpdate(options=options))
    assert message[12:] == bytes.fromhex(built)
    assert len(message) == 8 * (message[1] + 1)


def test_sub_options_are_padded_inside_their_option() -> None:
    sub_options = [build.FlowUnknown(otype=77, data=b"x"), build.FlowBindingReference(bids=[3, 4])]
    flow = build.MipFlowIdentification(fid=2, priority=3, suboptions=sub_options)
    assert bytes(flow).hex() == "2d10" + "0002000300" + "00" + "4d0178" + "00" + "020400030004"


def test_without_autopad_options_stand_where_they_are_put() -> None:
    misplaced = build.MipBindingUpdate(autopad=0, options=[build.MipPad1(), build.MipIpv4CareOf(coa="192.0.2.9")])
    assert bytes(misplaced)[12:].hex() == "00" + "20060000c0000209"


def test_given_lengths_checksums_and_raw_options_stay_as_a_planted_fault() -> None:
    update = build.MipBindingUpdate(
        len=9, cksum=0xBAD, options=[build.MipNatDetection(olen=200), bytes.fromhex("ff7f")]
    )  # fmt: skip
    built = bytes(IPv6(src=CARE_OF, dst=str(HA)) / update)[40:]
    assert built.hex() == "3b0905000bad" + "0000c0000000" + "1fc800000000006e" + "ff7f" + "0100"


def test_the_checksum_leaves_the_addresses_of_the_header_where_no_home_address_says_otherwise() -> None:
    packet = bytes(IPv6(src=str(HOA), dst=str(HA)) / update_a3())
    assert packet[40:] == A3_UPDATE


def test_scapy_counts_the_same_checksum_where_it_honours_the_home_address_option() -> None:
    """It does so only when that option stands alone, without the padding that its place asks for."""
    header = IPv6ExtHdrDestOpt(options=[HAO(hoa=str(HOA))], autopad=0)
    packet = IPv6(src=CARE_OF, dst=str(HA)) / header / update_a1()
    message = bytes(packet)[-len(A1_UPDATE) :]
    assert message == A1_UPDATE
    assert inet6.in6_chksum(135, packet[IPv6ExtHdrDestOpt], message) == 0


def test_scapys_own_layers_build_the_same_of_what_they_know() -> None:
    ours = build.MipBindingUpdate(
        seq=7,
        flags="AHLK",
        lifetime=3,
        options=[
            build.MipRefreshAdvice(interval=9),
            build.MipAlternateCareOf(coa=CARE_OF),
            build.MipNonceIndices(home=1, careof=2),
            build.MipNetworkPrefix(plen=60, prefix="2001:db8:5::"),
            build.MipAuthorizationData(data=bytes(range(12))),
        ],
    )
    # scapy 2.8.0 has two default lengths wrong, so both are given.
    theirs = inet6.MIP6MH_BU(
        seq=7,
        flags="AHLK",
        mhtime=3,
        options=[
            inet6.MIP6OptBRAdvice(rinter=9),
            inet6.MIP6OptAltCoA(acoa=CARE_OF),
            inet6.MIP6OptNonceIndices(olen=4, hni=1, coni=2),
            inet6.MIP6OptMobNetPrefix(plen=60, prefix="2001:db8:5::"),
            inet6.MIP6OptBindingAuthData(olen=12, authenticator=int.from_bytes(bytes(range(12)))),
        ],
    )
    base = IPv6(src=CARE_OF, dst=str(HA))
    assert bytes(base / ours) == bytes(base / theirs)


def test_scapy_reads_what_is_built_for_port_4191() -> None:
    inner = IPv6(src=str(HOA), dst=str(HA)) / UDP(sport=5, dport=6) / b"data"
    for tlv, kind in ((False, IPv6), (True, build.DsmipTlv)):
        tunnel = build.udp_tunnel(inner, src="203.0.113.5", dst="192.0.2.1", sport=40001, tlv=tlv)
        read = IP(bytes(tunnel))
        assert type(read[UDP].payload) is kind
        assert bytes(read[IPv6]) == bytes(inner)
    assert bytes(tunnel)[28:32].hex() == "00290034"


def test_the_tlv_header_of_an_ipv4_packet_says_so() -> None:
    tunnel = build.udp_tunnel(IP(dst="192.0.2.9"), src="203.0.113.5", dst="192.0.2.1", tlv=True)
    assert bytes(tunnel)[28:32].hex() == "00040014"


def test_a_request_for_home_information_is_built_to_its_worked_bytes() -> None:
    request = DHCP6_InfoRequest(trid=0x0A0B0C) / DHCP6OptClientId(duid=DUID_LL(lladdr="02:00:00:00:00:01"))
    request /= DHCP6OptElapsedTime() / DHCP6OptOptReq(reqopts=[69]) / build.Dhcp6HomeNetworkIdentifier(fqdn=NAME)
    assert bytes(request) == bytes.fromhex(
        "0b0a0b0c 0001000a00030001020000000001 000800020000 000600020045 00310033"
        + b"\x08internet\x06ha-apn\x06mnc001\x06mcc001\x03pub\x0b3gppnetwork\x03org\0".hex()
    )


def test_an_answer_with_home_agents_of_both_families_is_built_to_its_worked_bytes() -> None:
    agents = [build.Dhcp6HomeAgentAddress(address=address) for address in ("2001:db8:ffff::1", "192.0.2.1")]
    answer = build.Dhcp6IdentifiedHomeNetwork(options=[build.Dhcp6HomeNetworkIdentifier(fqdn=NAME), *agents])
    expected = "0045005f 00310033" + build.Dhcp6HomeNetworkIdentifier(fqdn=NAME).build()[4:].hex()
    expected += "00480010" + HA.packed.hex() + "00480010 0064ff9b0000000000000000c0000201"
    assert bytes(answer) == bytes.fromhex(expected)
    read = build.Dhcp6IdentifiedHomeNetwork(bytes(answer))
    assert [option.fields.get("address", option.fields.get("fqdn")) for option in read.options] == [
        NAME, "2001:db8:ffff::1", "64:ff9b::c000:201",
    ]  # fmt: skip


def test_the_drafts_option_has_an_id_type_before_its_sub_options() -> None:
    parts = [build.DraftIdentifier(fqdn="a.bc"), build.DraftHomeAgentAddress(address="192.0.2.1")]
    option = build.Dhcp6DraftHomeInformation(idtype=1, options=parts)
    assert bytes(option).hex() == "00310013" + "01" + "00010006" + "0161026263" + "00" + "00030004" + "c0000201"
    assert bytes(build.Dhcp6DraftIdentifier(idtype=0, fqdn="a")).hex() == "00310005" + "0000" + "016100"
