"""tshark reads what the scapy layers build: every field has the value that it was built with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from beside_tshark import needs_tshark, rows, write_pcap
from scapy.layers.dhcp6 import DHCP6_Reply
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6

import dissectors.scapy_layers as build

HOA, HA, CARE_OF = "2001:db8:1:2::10", "2001:db8:ffff::1", "2001:db8:77::99"
IN_4191 = ("-d", "udp.port==4191,ip")
pytestmark = needs_tshark

MESSAGES: list[tuple[build.MobilityHeader, dict[str, str]]] = [
    (build.MipRefreshRequest(), {"mhtype": "0", "hlen": "0"}),
    (build.MipHomeTestInit(cookie=b"12345678"), {"mhtype": "1", "hoti.cookie": "0x3132333435363738"}),
    (build.MipCareOfTestInit(cookie=b"12345678"), {"mhtype": "2", "coti.cookie": "0x3132333435363738"}),
    (
        build.MipHomeTest(index=3, cookie=b"12345678", token=b"abcdefgh"),
        {"mhtype": "3", "hot.nindex": "3", "hot.cookie": "0x3132333435363738", "hot.token": "0x6162636465666768"},
    ),
    (
        build.MipCareOfTest(index=4, cookie=b"12345678", token=b"abcdefgh"),
        {"mhtype": "4", "cot.nindex": "4", "cot.cookie": "0x3132333435363738", "hot.token": "0x6162636465666768"},
    ),
    *[
        (build.MipBindingUpdate(seq=515, flags=letter, lifetime=9), {"bu.seqnr": "515", "bu.lifetime": "9", flag: "1"})
        for letter, flag in {
            "A": "bu.a_flag", "H": "bu.h_flag", "L": "bu.l_flag", "K": "bu.k_flag", "M": "bu.m_flag",
            "R": "nemo.bu.r_flag", "P": "bu.p_flag", "F": "bu.f_flag", "T": "bu.t_flag", "O": "bu.b_flag",
        }.items()
    ],
    *[
        (
            build.MipBindingAck(status=130, seq=515, flags=letter, lifetime=9),
            {"ba.status": "130", "ba.seqnr": "515", "ba.lifetime": "9", flag: "1"},
        )
        for letter, flag in {
            "K": "ba.k_flag", "R": "nemo.ba.r_flag", "P": "ba.p_flag", "T": "ba.t_flag", "B": "ba.b_flag",
        }.items()
    ],
    (build.MipBindingError(status=2, hoa=HOA), {"mhtype": "7", "be.status": "2", "be.haddr": HOA}),
    (build.MipHomeAgentSwitch(addresses=[HA, HOA]), {"has.num_addrs": "2", "has.address": f"{HA}|{HOA}"}),
    (build.MipHeartbeat(u=1, seq=70000), {"hb.u_flag": "1", "hb.r_flag": "0", "hb.seqnr": "70000"}),
    (build.MipHeartbeat(r=1, seq=1), {"hb.u_flag": "0", "hb.r_flag": "1"}),
    (
        build.MipRevocation(trigger=5, seq=7, flags="V"),
        {"bri_br.type": "1", "bri_r.trigger": "5", "bri_seqnr": "7", "bri_iv": "1", "bri_ip": "0", "bri_ig": "0"},
    ),
    (
        build.MipRevocationAck(status=128, seq=7, flags="G"),
        {"bri_br.type": "2", "bri_status": "128", "bri_seqnr": "7", "bri_ag": "1", "bri_av": "0"},
    ),
]  # fmt: skip


def read(tmp_path: Path, packet: Any, names: list[str], *options: str) -> dict[str, str]:
    """Each field's occurrences, joined as tshark was told to."""
    [row] = rows(write_pcap(tmp_path / "built.pcap", [bytes(packet)]), names, *options)
    return {name: "|".join(values) for name, values in row.items()}


@pytest.fixture(scope="module")
def messages_read(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[str]]]:
    """What one run of tshark finds in each of the messages."""
    names = sorted({f"mip6.{name}" for _, expected in MESSAGES for name in expected} | {"_ws.malformed"})
    packets = [bytes(IPv6(src=HA, dst=HOA) / message) for message, _ in MESSAGES]
    return rows(write_pcap(tmp_path_factory.mktemp("built") / "messages.pcap", packets), names)


@pytest.mark.parametrize("at", range(len(MESSAGES)), ids=lambda at: f"{MESSAGES[at][0].name} {at}")
def test_tshark_reads_a_message_as_it_was_built(at: int, messages_read: list[dict[str, list[str]]]) -> None:
    found = messages_read[at]
    assert {name: "|".join(found[f"mip6.{name}"]) for name in MESSAGES[at][1]} == MESSAGES[at][1]
    assert not found["_ws.malformed"]


def test_tshark_reads_every_option_as_it_was_built(tmp_path: Path) -> None:
    options = [
        build.MipRefreshAdvice(interval=9),
        build.MipAlternateCareOf(coa=CARE_OF),
        build.MipNonceIndices(home=3, careof=4),
        build.MipNetworkPrefix(plen=60, prefix="2001:db8:5::"),
        build.MipNodeIdentifier(identifier="a@b.example"),
        build.MipVendorSpecific(vendor=9, subtype=200, data=b"xyz"),
        build.MipServiceSelection(identifier="internet"),
        build.MipIpv4HomeAddress(plen=29, p=1, hoa="10.1.2.3"),
        build.MipIpv4AddressAck(status=128, plen=31, hoa="10.1.2.4"),
        build.MipNatDetection(f=1, refresh=77),
        build.MipIpv4CareOf(coa="10.9.9.9"),
        build.MipGreKey(key=43981),
        build.MipBindingIdentifier(bid=7, status=4, h=1, coa="10.0.0.1"),
        build.MipBindingIdentifier(bid=8, coa=CARE_OF),
        build.MipBindingIdentifier(bid=9),
        build.MipAuthorizationData(data=b"q" * 12),
    ]
    expected = {
        "bra.interval": "9",
        "acoa.acoa": CARE_OF,
        "ni.hni": "3",
        "ni.cni": "4",
        "nemo.mnp.pfl": "60",
        "nemo.mnp.mnp": "2001:db8:5::",
        "mnid.subtype": "1",
        "mnid.identifier": "a@b.example",
        "vsm.vendorId": "9",
        "vsm.subtype": "200",
        "ss.identifier": "internet",
        "ipv4ha.preflen": "29|31",
        "ipv4ha.p_flag": "1",
        "ipv4ha.ha": "10.1.2.3|10.1.2.4",
        "ipv4aa.sts": "128",
        "natd.f_flag": "1",
        "natd.refresh_t": "77",
        "ipv4coa.addr": "10.9.9.9",
        "gre_key": "43981",
        "bi.bid": "7|8|9",
        "bi.status": "4|0|0",
        "bi.h_flag": "1|0|0",
        "bi.coa_ipv4": "10.0.0.1",
        "bi.coa_ipv6": CARE_OF,
        "bad.auth": "71" * 12,
    }
    expected = {f"mip6.{name}": value for name, value in expected.items()}
    packet = IPv6(src=CARE_OF, dst=HA) / build.home_address_option(HOA) / build.MipBindingUpdate(options=options)
    found = read(tmp_path, packet, [*expected, "_ws.malformed", "ipv6.opt.mipv6.home_address"])
    assert found == {**expected, "_ws.malformed": "", "ipv6.opt.mipv6.home_address": HOA}


def test_tshark_finds_the_home_address_in_the_routing_header(tmp_path: Path) -> None:
    packet = IPv6(src=HA, dst=CARE_OF) / build.type_2_routing(HOA) / build.MipBindingAck(seq=3)
    names = ["ipv6.routing.mipv6.home_address", "ipv6.routing.segleft", "ipv6.routing.len", "mip6.ba.seqnr"]
    assert list(read(tmp_path, packet, names).values()) == [HOA, "1", "2", "3"]


@pytest.mark.parametrize("family", [4, 6])
def test_tshark_reads_what_stands_in_udp_4191(tmp_path: Path, family: int) -> None:
    inner = IPv6(src=HOA, dst=HA) if family == 6 else IP(src="10.0.0.1", dst="10.0.0.2")
    tunnel = build.udp_tunnel(inner / UDP(sport=9, dport=10), src="203.0.113.5", dst="192.0.2.1", sport=40001)
    found = read(tmp_path, tunnel, ["udp.dstport", "ip.src", "ipv6.src", "udp.checksum.status"], *IN_4191)
    assert found["udp.dstport"] == "4191|10"
    assert found["ip.src"].split("|")[0] == "203.0.113.5"
    assert (found["ipv6.src"] or found["ip.src"].split("|")[-1]) == (HOA if family == 6 else "10.0.0.1")


def test_tshark_finds_every_home_option_of_dhcpv6(tmp_path: Path) -> None:
    options = build.Dhcp6HomeNetworkIdentifier(fqdn="a.b")
    options /= build.Dhcp6HomeNetworkPrefix(prefix="2001:db8::") / build.Dhcp6HomeAgentName(fqdn="ha.b")
    options /= build.Dhcp6HomeAgentAddress(address="192.0.2.1")
    for container in (
        build.Dhcp6VisitedHomeNetwork,
        build.Dhcp6IdentifiedHomeNetwork,
        build.Dhcp6UnrestrictedHomeNetwork,
    ):
        options /= container(options=[build.Dhcp6HomeAgentAddress(address=HA)])
    packet = IPv6(src=HA, dst=HOA) / UDP(sport=547, dport=546) / DHCP6_Reply(trid=7) / options
    found = read(tmp_path, packet, ["dhcpv6.option.type", "dhcpv6.option.length", "_ws.malformed"])
    assert found["dhcpv6.option.type"] == "49|71|73|72|50|69|70"
    assert found["dhcpv6.option.length"] == "5|17|6|16|20|20|20"
    assert not found["_ws.malformed"]
