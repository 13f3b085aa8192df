"""Mobility Headers beside tshark (``mip6.*``) and scapy, on a real capture, on hostile ones and on built messages.

tshark 4.0.17 knows neither flow options nor the priority in a Binding Identifier, and calls the O flag B.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import dpkt
import pytest
from beside_tshark import needs_tshark, rows, write_pcap
from both_readers import read_both
from ip_frames import HA6, HAO, HOA, UE6, ipv6, options_header
from mobility_bytes import A1_UPDATE, A2_ACK, A3_ACK, A3_UPDATE, ACK, BA, BU, UPDATE, mobility, option

from dissectors.addressing import Encapsulation
from dissectors.buffer import Reader
from dissectors.mobility import (
    BindingAck,
    BindingError,
    BindingUpdate,
    MobilityMessage,
    checksum_ok,
    decode_mobility,
    describe_mobility,
)
from dissectors.mobility.further_messages import BindingRevocation, BindingRevocationAck, Heartbeat, HomeAgentSwitch
from dissectors.mobility.messages import CareOfTest, CareOfTestInit, HomeTest, HomeTestInit
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingAuthorizationData,
    BindingIdentifier,
    BindingRefreshAdvice,
    GreKey,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityOption,
    NatDetection,
    NonceIndices,
    ServiceSelection,
    VendorSpecific,
)
from dissectors.reassembly import Reassembly
from dissectors.stack import Carried, Stack, dissect_frame

UPDATE_FLAGS = [f"mip6.{name}_flag" for name in
                ("bu.a", "bu.h", "bu.l", "bu.k", "bu.m", "nemo.bu.r", "bu.p", "bu.f", "bu.t", "bu.b")]  # fmt: skip
ACK_FLAGS = [f"mip6.{name}_flag" for name in ("ba.k", "nemo.ba.r", "ba.p", "ba.t", "ba.b")]
REVOCATION_FLAGS = {BindingRevocation: "mip6.bri_i", BindingRevocationAck: "mip6.bri_a"}
Values = Iterator[tuple[str, object]]


def _bits(names: list[str], flags: int, width: int) -> Values:
    yield from ((name, flags >> (width - 1 - at) & 1) for at, name in enumerate(names))


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


def _message(message: MobilityMessage) -> Values:
    """The fixed fields under tshark's names."""
    yield from (("mip6.proto", message.payload_proto), ("mip6.hlen", message.header_len))
    yield from (("mip6.mhtype", message.type), ("mip6.csum", f"0x{message.checksum:04x}"))
    match message:
        case BindingUpdate():
            yield from (("mip6.bu.seqnr", message.sequence), ("mip6.bu.lifetime", message.lifetime))
            yield from _bits(UPDATE_FLAGS, message.flags, 16)
        case BindingAck():
            yield from (("mip6.ba.seqnr", message.sequence), ("mip6.ba.lifetime", message.lifetime))
            yield "mip6.ba.status", message.status
            yield from _bits(ACK_FLAGS, message.flags, 8)
        case BindingError():
            yield from (("mip6.be.status", message.status), ("mip6.be.haddr", message.home_address))
        case HomeTestInit():
            yield "mip6.hoti.cookie", _hex(message.cookie)
        case CareOfTestInit():
            yield "mip6.coti.cookie", _hex(message.cookie)
        case HomeTest():
            yield from (("mip6.hot.nindex", message.nonce_index), ("mip6.hot.cookie", _hex(message.cookie)))
            yield "mip6.hot.token", _hex(message.token)
        case CareOfTest():
            yield from (("mip6.cot.nindex", message.nonce_index), ("mip6.cot.cookie", _hex(message.cookie)))
            yield "mip6.hot.token", _hex(message.token)  # so it is called there too
        case HomeAgentSwitch():
            yield "mip6.has.num_addrs", len(message.addresses)
            yield from (("mip6.has.address", address) for address in message.addresses)
        case Heartbeat():
            yield from (("mip6.hb.seqnr", message.sequence), ("mip6.hb.r_flag", int(message.is_response)))
        case BindingRevocation() | BindingRevocationAck():
            yield "mip6.bri_seqnr", message.sequence
            prefix = REVOCATION_FLAGS[type(message)]
            yield from _bits([prefix + letter for letter in "pvg"], message.flags, 16)


OPTION_FIELDS: dict[type[MobilityOption], dict[str, str]] = {
    BindingRefreshAdvice: {"mip6.bra.interval": "interval"},
    AlternateCareOfAddress: {"mip6.acoa.acoa": "address"},
    NonceIndices: {"mip6.ni.hni": "home", "mip6.ni.cni": "care_of"},
    BindingAuthorizationData: {"mip6.bad.auth": "authenticator"},
    MobileNetworkPrefix: {"mip6.nemo.mnp.pfl": "prefix_length", "mip6.nemo.mnp.mnp": "prefix"},
    MobileNodeIdentifier: {"mip6.mnid.subtype": "subtype", "mip6.mnid.identifier": "text"},
    VendorSpecific: {"mip6.vsm.vendorId": "vendor", "mip6.vsm.subtype": "subtype"},
    ServiceSelection: {"mip6.ss.identifier": "text"},
    Ipv4HomeAddress: {
        "mip6.ipv4ha.preflen": "prefix_length",
        "mip6.ipv4ha.p_flag": "prefix_requested",
        "mip6.ipv4ha.ha": "address",
    },
    Ipv4AddressAck: {"mip6.ipv4aa.sts": "status", "mip6.ipv4ha.preflen": "prefix_length", "mip6.ipv4ha.ha": "address"},
    NatDetection: {"mip6.natd.f_flag": "force_udp", "mip6.natd.refresh_t": "refresh_seconds"},
    Ipv4CareOfAddress: {"mip6.ipv4coa.addr": "address"},
    GreKey: {"mip6.gre_key": "key"},
    BindingIdentifier: {
        "mip6.bi.bid": "binding_id",
        "mip6.bi.status": "status",
        "mip6.bi.h_flag": "simultaneous",
        "mip6.bi.coa_ipv{}": "care_of_address",
    },
}


def _option(option: MobilityOption) -> Values:
    for name, attribute in OPTION_FIELDS.get(type(option), {}).items():
        value = getattr(option, attribute)
        if isinstance(value, IPv4Address | IPv6Address):
            yield name.format(value.version), value
        elif isinstance(value, bytes):
            yield name, value.hex()
        elif value is not None:
            yield name, int(value) if isinstance(value, bool) else value


def _ours(message: MobilityMessage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _message(message):
        found.setdefault(name, []).append(str(value))
    for option_ in message.options:
        for name, value in _option(option_):
            found.setdefault(name, []).append(str(value))
    return found


ADDRESSES = (UE6.packed, IPv4Address("192.168.7.20").packed)
ALL_OPTIONS = [
    option(2, "00c8"), option(3, ADDRESSES[0]), option(4, "01020304"), option(5, bytes(range(1, 13))),
    option(6, b"\0\x38" + ADDRESSES[0]), option(8, b"\1ue@home"), option(19, "00000009 11 05"),
    option(20, b"internet"), option(29, b"\x62\0" + ADDRESSES[1]), option(30, b"\x83\x80" + ADDRESSES[1]),
    option(31, "80000000006e"), option(31, "0000ffffffff"), option(32, bytes(2) + ADDRESSES[1]),
    option(33, "0000000000ff"),
    option(35, "0001a485"), option(35, b"\0\2\0\1" + ADDRESSES[1]), option(35, b"\0\3\0\x81" + ADDRESSES[0]),
]  # fmt: skip
BUILT = [
    A1_UPDATE, A2_ACK, A3_UPDATE, A3_ACK,
    *(mobility(kind, fixed, one) for one in ALL_OPTIONS for kind, fixed in ((BU, UPDATE), (BA, ACK))),
    mobility(BU, UPDATE, *ALL_OPTIONS),
    *(mobility(BU, struct.pack(">HHH", 0xFFFF - at, 0x8000 >> at, at)) for at in range(10)),
    *(mobility(BA, struct.pack(">BBHH", 128 + at, 0x80 >> at, at, 0xFFFF)) for at in range(5)),
    mobility(7, b"\2\0" + HOA.packed), mobility(12, b"\2\0" + HA6.packed + HOA.packed),
    mobility(13, bytes.fromhex("000100000009")),
    mobility(16, bytes.fromhex("01810009e000")), mobility(16, bytes.fromhex("02800009a000")),
]  # fmt: skip
FIELDS = sorted({name for data in BUILT for name in _ours(decode_mobility(Reader(data)))} | {
    "mip6.hoti.cookie", "mip6.coti.cookie", "mip6.hot.nindex", "mip6.hot.cookie", "mip6.hot.token",
    "mip6.cot.nindex", "mip6.cot.cookie",
})  # fmt: skip


def _stacks(path: Path) -> list[Stack]:
    with path.open("rb") as file:
        reader = dpkt.pcap.Reader(file)
        link_type, reassembly = reader.datalink(), Reassembly()
        return [dissect_frame(Reader(data), link_type, reassembly=reassembly) for _, data in reader]


def _decoded(stack: Stack) -> MobilityMessage:
    body = stack.body
    message, _ = read_both(bytes(body.data[body.pos : body.end]), decode_mobility)
    return message


def _agree(path: Path, messages: list[MobilityMessage]) -> None:
    theirs = rows(path, FIELDS)
    assert len(theirs) == len(messages)
    for number, (message, row) in enumerate(zip(messages, theirs, strict=True), 1):
        assert _ours(message) == {name: value for name, value in row.items() if value}, number


@needs_tshark
def test_a_real_capture_of_all_base_messages_agrees_with_tshark(captures: Path) -> None:
    path = captures / "tcpdump/ipv6_mobility_1.pcap"
    stacks = _stacks(path)
    assert {stack.carried for stack in stacks} == {Carried.MOBILITY}
    messages = [_decoded(stack) for stack in stacks]
    assert {message.type for message in messages} == set(range(8))
    assert [message.malformed for message in messages] == [None] * 16
    _agree(path, messages)


@needs_tshark
def test_built_messages_with_every_option_agree_with_tshark(tmp_path: Path) -> None:
    path = write_pcap(tmp_path / "built.pcap", [ipv6(135, data) for data in BUILT])
    _agree(path, [decode_mobility(Reader(data)) for data in BUILT])


@needs_tshark
def test_the_message_names_begin_as_in_tsharks_summary(captures: Path) -> None:
    path = captures / "tcpdump/ipv6_mobility_1.pcap"
    for stack, row in zip(_stacks(path), rows(path, ["_ws.col.Info"]), strict=True):
        assert describe_mobility(_decoded(stack)).startswith(row["_ws.col.Info"][0].strip())


@pytest.mark.parametrize("number", ["", *(f"_{n}" for n in range(2, 9))])
def test_hostile_options_are_malformed_with_a_reason_and_a_place(captures: Path, number: str) -> None:
    """Their next header is 62, which drafts of Mobile IPv6 used; the bytes are read as a Mobility Header here."""
    for stack in _stacks(captures / f"robustness/mobility_opt_asan{number}.pcap"):
        size = stack.body.left
        message = _decoded(stack)
        assert message.malformed is not None
        assert message.malformed.reason
        assert 0 <= message.malformed.offset <= size
        assert describe_mobility(message).isprintable()


def test_the_outermost_walk_of_the_dsmipv6_captures(captures: Path) -> None:
    found: list[tuple[Encapsulation, Carried, str, str]] = []
    for stack in _stacks(captures / "dsmipv6-scapy/dsmip6_udp4191_nonat.pcap"):
        ends = stack.addressing
        assert ends.outer_source.address.version == 4
        assert 4191 in (ends.outer_source.port, ends.outer_destination.port)
        found.append((ends.encapsulation, stack.carried, str(ends.source), str(ends.destination)))
    assert {one[0] for one in found} == {Encapsulation.UDP}
    assert {one[1] for one in found[:2]} == {Carried.ESP}
    for name in ("mip6_home_reg_esp_aescbc128-sha1.pcap", "mip6_home_reg_esp_null-sha256.pcap"):
        ends = [stack.addressing for stack in _stacks(captures / "dsmipv6-scapy" / name)]
        update, ack = ends[0], ends[1]
        assert (update.encapsulation, update.home_address) == (Encapsulation.NONE, update.source)
        assert update.outer_source.address not in (update.source, ack.destination)
        assert ack.routing_home_address == ack.destination == update.source
        assert ack.outer_destination.address == update.outer_source.address


@needs_tshark
def test_home_address_and_routing_header_of_the_captures_agree_with_tshark(captures: Path) -> None:
    names = ["ipv6.opt.mipv6.home_address", "ipv6.routing.mipv6.home_address"]
    for name in ("mip6_home_reg_esp_aescbc128-sha1.pcap", "mip6_home_reg_esp_null-sha256.pcap"):
        path = captures / "dsmipv6-scapy" / name
        stacks, theirs = _stacks(path), rows(path, names)
        assert any(row[names[0]] for row in theirs)
        for stack, row in zip(stacks, theirs, strict=True):
            ends = stack.addressing
            ours = [[str(address)] if address else [] for address in (ends.home_address, ends.routing_home_address)]
            if ends.encapsulation is Encapsulation.NONE:
                assert ours == [row[name] for name in names]


def _scapy_messages() -> list[tuple[Any, MobilityMessage]]:
    """Messages that scapy builds, padding and checksum included, and what they have to be."""
    from scapy.layers import inet6

    a6, a6_text = IPv6Address("2001:db8:77::99"), "2001:db8:77::99"
    options = [
        inet6.MIP6OptAltCoA(acoa=a6_text),
        inet6.MIP6OptBRAdvice(rinter=200),
        inet6.MIP6OptNonceIndices(olen=4, hni=1, coni=2),
        inet6.MIP6OptMobNetPrefix(plen=56, prefix=a6_text),
        inet6.MIP6OptMNID(subtype=1, id=b"ue@home"),
        inet6.MIP6OptBindingAuthData(olen=12, authenticator=0x0102030405060708090A0B0C),
    ]
    expected = (
        AlternateCareOfAddress(a6),
        BindingRefreshAdvice(200),
        NonceIndices(1, 2),
        MobileNetworkPrefix(56, a6),
        MobileNodeIdentifier(1, b"ue@home"),
        BindingAuthorizationData(bytes(range(1, 13))),
    )
    update = inet6.MIP6MH_BU(seq=0x102, flags="AHK", mhtime=900, options=options)
    ack = inet6.MIP6MH_BA(status=133, flags="K", seq=7, mhtime=0, options=options[1:2])
    error = inet6.MIP6MH_BE(status=2, ha=a6_text)
    return [
        (update, BindingUpdate(0x102, 0xD000, 900, expected)),
        (ack, BindingAck(133, 0x80, 7, 0, expected[1:2])),
        (error, BindingError(2, a6)),
    ]


def test_what_scapy_builds_is_read_as_it_was_meant() -> None:
    from scapy.layers.inet6 import IPv6

    for layer, expected in _scapy_messages():
        packet = bytes(IPv6(src=str(HOA), dst=str(HA6)) / layer)
        stack = dissect_frame(Reader(packet), 101)
        assert (stack.carried, stack.body.pos) == (Carried.MOBILITY, 40)
        ends = stack.addressing
        message = decode_mobility(stack.body, source=ends.source, destination=ends.destination)
        assert (message.malformed, message.checksum_ok, message.misaligned) == (None, True, ())
        kept = tuple(one for one in message.options if not one.is_padding)
        names = [
            name for name in ("sequence", "flags", "lifetime", "status", "home_address") if hasattr(expected, name)
        ]
        assert kept == expected.options
        assert [getattr(message, name) for name in names] == [getattr(expected, name) for name in names]


def test_scapy_finds_the_same_options_at_the_same_bytes() -> None:
    from scapy.layers import inet6

    for data in BUILT[:39]:
        layer = {BU: inet6.MIP6MH_BU, BA: inet6.MIP6MH_BA}[data[2]](data)
        ours = decode_mobility(Reader(data)).options
        assert [option_.otype for option_ in layer.options] == [option_.type for option_ in ours]
        sizes = [len(bytes(option_)) for option_ in layer.options]
        assert [option_.offset for option_ in ours] == [12 + sum(sizes[:at]) for at in range(len(sizes))]


def test_scapys_checksum_is_ours_where_it_honours_the_home_address() -> None:
    from scapy.layers import inet6

    options = inet6.IPv6ExtHdrDestOpt(autopad=0, options=[inet6.HAO(hoa=str(HOA))])
    update = inet6.MIP6MH_BU(seq=9, flags="AH", mhtime=5)
    packet = bytes(inet6.IPv6(src=str(UE6), dst=str(HA6)) / options / update)
    data = packet[len(packet) - 16 :]
    assert checksum_ok(data, HOA, HA6)
    assert not checksum_ok(data, UE6, HA6)


def test_the_worked_update_behind_a_home_address_option_has_the_checksum_it_states() -> None:
    stack = dissect_frame(Reader(ipv6(60, options_header(135, HAO) + A1_UPDATE)), 101)
    ends = stack.addressing
    assert decode_mobility(stack.body, source=ends.source, destination=ends.destination).checksum_ok
