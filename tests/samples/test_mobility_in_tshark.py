"""Binding Updates and Acknowledgements of the shipped samples as tshark shows them, and their checksums by hand."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from samples.build import SHIPPED
from samples.scenarios import SCENARIOS

Fields = Callable[..., list[list[str]]]
Signalling = Callable[[str], list[list[str]]]
DSMIP = sorted(name for name in SCENARIOS if name.startswith("dsmip-") and name != "dsmip-at-home")
"""Those with Binding Updates."""
HOME, AGENT = "2001:db8:1:2::10", "2001:db8:ffff::1"
UPDATE = ("a", "h", "k", "f", "b")
"""Flags of a BU that tshark names; its B is the O of RFC 5648."""


def _paths(name: str) -> tuple[Path, Path]:
    return SHIPPED / name / "capture.pcap", SHIPPED / name / "keys"


SIGNALLING = ("mip6.mhtype", "esp.contained_data", "mip6.hlen", "mip6.bu.seqnr", "mip6.ba.seqnr", "mip6.ba.status")
MEMORY: dict[str, list[list[str]]] = {}


@pytest.fixture
def signalling(tshark_fields: Fields) -> Signalling:
    """What the two tests of every sample ask of its signalling, read once for both."""

    def run(name: str) -> list[list[str]]:
        if name not in MEMORY:
            MEMORY[name] = tshark_fields(*_paths(name), "mipv6", *SIGNALLING)
        return MEMORY[name]

    return run


def _stack(row: str) -> str:
    return row.removeprefix("eth:ethertype:").split(":esp")[0]


def ones_complement_sum(data: bytes) -> int:
    """Word by word with end-around carry (RFC 1071 section 1)."""
    total = 0
    for at in range(0, len(data), 2):
        total += int.from_bytes(data[at : at + 2], "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize("name", DSMIP)
def test_every_mobility_header_has_the_checksum_that_rfc_6275_section_6_1_1_asks_for(
    name: str, signalling: Signalling
) -> None:
    rows = [row[:3] for row in signalling(name)]
    assert len(rows) >= 4
    for kind, contained, units in rows:
        data = bytes.fromhex(contained)
        assert len(data) == 8 * (int(units) + 1)
        source, destination = (HOME, AGENT) if kind == "5" else (AGENT, HOME)
        pseudo = IPv6Address(source).packed + IPv6Address(destination).packed
        pseudo += len(data).to_bytes(4, "big") + bytes([0, 0, 0, 135])
        assert ones_complement_sum(pseudo + data) == 0xFFFF


@pytest.mark.parametrize("name", DSMIP)
def test_updates_and_answers_pair_up_by_sequence_number(name: str, signalling: Signalling) -> None:
    rows = [row[3:] for row in signalling(name)]
    updates = [int(row[0]) for row in rows if row[0]]
    answers = [int(row[1]) for row in rows if row[1]]
    assert updates == [(updates[0] + n) % 0x10000 for n in range(len(updates))]
    unanswered = {updates[0]} if name == "dsmip-refresh" else set()
    assert answers == [number for number in updates if number not in unanswered]
    assert {row[2] for row in rows if row[2]} == {"0"}


@pytest.mark.parametrize(
    ("name", "update", "answer", "data"),
    [
        ("dsmip-attach-ipv6", "ipv6:ipv6.dstopts", "ipv6:ipv6.routing", "ipv6:ipv6:icmpv6:data"),
        ("dsmip-attach-ipv4", "ip:udp:ip:ipv6", "ip:ipv6", "ip:ipv6:icmpv6:data"),
        ("dsmip-attach-nat", "ip:udp:ip:ipv6", "ip:udp:ip:ipv6", "ip:udp:ip:ipv6:icmpv6:data"),
    ],
)
def test_each_access_has_the_stacks_of_rfc_5555_as_ts_24_303_decides(
    name: str, update: str, answer: str, data: str, tshark_fields: Fields
) -> None:
    rows = tshark_fields(*_paths(name), "mipv6", "mip6.mhtype", "frame.protocols")
    natted = name == "dsmip-attach-nat"
    assert {_stack(row[1]) for row in rows if row[0] == "5"} == {update}
    assert {_stack(row[1]) for row in rows if row[0] == "6"} == {answer}
    echo = tshark_fields(*_paths(name), "icmpv6.type==128 || icmpv6.type==129", "frame.protocols")
    assert {_stack(row[0]) for row in echo} == {data}
    inner = tshark_fields(*_paths(name), "icmp", "frame.protocols")
    assert len(inner) == 4
    # Its IP dissector behind UDP hands IPv6 on, and then stands in the stack itself.
    assert {_stack(row[0]) for row in inner} == {data.replace("ip:ipv6:icmpv6" if natted else "ipv6:icmpv6", "ip:icmp")}


def test_an_update_from_ipv6_holds_what_clause_5_1_2_4_wants(tshark_fields: Fields) -> None:
    fields = [f"mip6.bu.{flag}_flag" for flag in UPDATE]
    fields += [
        "mip6.bu.lifetime",
        "mip6.acoa.acoa",
        "mip6.ipv4ha.ha",
        "ipv6.opt.mipv6.home_address",
        "mip6.nemo.bu.r_flag",
    ]
    first, last = tshark_fields(*_paths("dsmip-attach-ipv6"), "mip6.mhtype==5", *fields)
    flags = ["1", "1", "1", "0", "0"]
    assert first == [*flags, "900", "2001:db8:77::99", "0.0.0.0", HOME, "1"]
    assert last == [*flags, "0", "2001:db8:77::99", "", HOME, "1"]


def test_an_answer_over_ipv6_holds_what_clause_5_1_3_2_wants(tshark_fields: Fields) -> None:
    fields = ("mip6.ba.k_flag", "mip6.nemo.ba.r_flag", "mip6.ba.lifetime", "mip6.bra.interval", "mip6.ipv4aa.sts")
    rows = tshark_fields(*_paths("dsmip-attach-ipv6"), "mip6.mhtype==6", *fields, "ipv6.routing.mipv6.home_address")
    assert rows == [["1", "1", "900", "450", "0", HOME], ["1", "1", "0", "", "", HOME]]


def test_behind_a_nat_the_option_holds_the_inner_address_and_the_answer_goes_to_the_outer_port(
    tshark_fields: Fields,
) -> None:
    fields = ("ip.src", "udp.srcport", "udp.dstport", "mip6.ipv4coa.addr", "mip6.natd.f_flag", "mip6.natd.refresh_t")
    rows = tshark_fields(*_paths("dsmip-attach-nat"), "mipv6", *fields)
    assert rows[0] == ["203.0.113.5", "40191", "4191", "192.168.7.20", "", ""]
    assert rows[1] == ["192.0.2.1", "4191", "40191", "", "1", "110"]


def test_without_a_nat_the_care_of_address_is_the_source_and_nothing_speaks_of_nat(tshark_fields: Fields) -> None:
    fields = ("ip.src", "udp.dstport", "mip6.ipv4coa.addr", "mip6.bu.f_flag", "mip6.natd.f_flag")
    rows = tshark_fields(*_paths("dsmip-attach-ipv4"), "mipv6", *fields)
    assert rows[0] == ["198.51.100.77", "4191", "198.51.100.77", "0", ""]
    assert rows[1] == ["192.0.2.1", "", "", "", ""]


def test_the_planted_faults_of_the_nat_sample_are_there(tshark_fields: Fields) -> None:
    fields = ("frame.number", "mip6.bu.f_flag", "mip6.nemo.bu.r_flag", "mip6.nemo.ba.r_flag", "mip6.natd.f_flag")
    rows = tshark_fields(*_paths("dsmip-attach-nat-faults"), "mipv6", *fields)
    assert rows[0] == ["13", "1", "0", "", ""]
    assert rows[1] == ["15", "", "", "0", "0"]
    assert [row[0] for row in rows[2:]] == ["24", "25"]
    early = tshark_fields(*_paths("dsmip-attach-nat-faults"), "icmpv6.type==128", "frame.number", "ipv6.src")
    assert early[0] == ["14", HOME]


def test_at_home_there_is_neither_home_address_option_nor_routing_header_nor_tunnel(tshark_fields: Fields) -> None:
    fields = ("frame.number", "ipv6.src", "mip6.bu.lifetime", "frame.protocols")
    rows = tshark_fields(*_paths("dsmip-return-home"), "frame.number>=18 && (mipv6 || icmpv6.type<130)", *fields)
    assert [row[0] for row in rows] == ["19", "20", "21", "22", "23", "24"]
    assert rows[0][1:3] == [HOME, "0"]
    assert [_stack(row[3]) for row in rows] == ["ipv6", "ipv6", *["ipv6:icmpv6:data"] * 4]
    prefix = tshark_fields(*_paths("dsmip-return-home"), "icmpv6.opt.prefix", "frame.number", "icmpv6.opt.prefix")
    assert [row[1] for row in prefix[:2]] == ["2001:db8:77::", "2001:db8:1:2::"]


def test_ipv4_home_addresses_are_refused_and_granted_with_the_statuses_of_rfc_5555(tshark_fields: Fields) -> None:
    fields = ("mip6.mhtype", "mip6.ipv4ha.ha", "mip6.ipv4aa.sts")  # the address is one field in both options
    update, answer = ["5", "", ""], ["6", "", ""]
    asking = ["5", "0.0.0.0", ""]
    refused = tshark_fields(*_paths("dsmip-ipv4-refused"), "mipv6", *fields)
    assert refused == [asking, ["6", "0.0.0.0", "132"], update, answer, update, answer]
    again = tshark_fields(*_paths("dsmip-ipv4-again"), "mipv6", *fields)
    assert again == [asking, ["6", "0.0.0.0", "128"], asking, ["6", "10.64.0.9", "0"], update, answer]


def test_discovery_asks_for_idinf_and_looks_up_what_it_is_told(tshark_fields: Fields) -> None:
    fields = ("dhcpv6.msgtype", "dhcpv6.option.type", "dhcpv6.requested_option_code")
    rows = tshark_fields(*_paths("dsmip-discovery-addresses"), "dhcpv6", *fields)
    assert rows[0] == ["11", "1,8,6,49", "69"]
    assert rows[1][:2] == ["7", "1,2,69"]
    names = tshark_fields(*_paths("dsmip-discovery-fqdn"), "dns.flags.response==1", "dns.qry.type", "dns.aaaa", "dns.a")
    assert names == [["28", AGENT, ""], ["1", "", "192.0.2.1"]]


def test_flow_mobility_announces_itself_in_ike_and_overwrites_once(tshark_fields: Fields) -> None:
    init = tshark_fields(*_paths("dsmip-ifom"), "isakmp.exchangetype==34", "isakmp.notify.msgtype")
    assert all("16428" in row[0].split(",") for row in init)
    fields = ("mip6.bu.b_flag", "mip6.bi.coa_ipv6", "mip6.bi.coa_ipv4", "mip6.acoa.acoa", "mip6.ipv4coa.addr")
    updates = tshark_fields(*_paths("dsmip-ifom"), "mip6.mhtype==5", *fields)
    assert updates == [
        ["1", "2001:db8:77::99", "", "", ""],
        ["0", "", "192.168.7.20", "", ""],
        ["0", "2001:db8:77::99", "", "", ""],
        ["0", "", "", "2001:db8:77::99", ""],
    ]


def test_a_handover_changes_the_outer_address_and_keeps_the_inner_ones(tshark_fields: Fields) -> None:
    rows = tshark_fields(*_paths("dsmip-handover"), "icmpv6.type==128", "ip.src", "ipv6.src")
    assert rows == [["", f"2001:db8:77::99,{HOME}"], ["203.0.113.5", HOME], ["", f"2001:db8:77::99,{HOME}"]]
    ipv4 = tshark_fields(*_paths("dsmip-handover"), "icmp.type==8", "ip.src")
    assert ipv4 == [["10.64.0.9"], ["203.0.113.5,10.64.0.9"], ["10.64.0.9"]]
