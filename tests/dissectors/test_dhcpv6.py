"""DHCPv6 against tshark on the same bytes, scapy's packets, and the worked bytes of the wire-format notes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network
from pathlib import Path

import dpkt
import pytest
from beside_tshark import info_lines, needs_tshark, rows, write_pcap
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import ipv6, udp

from dissectors.buffer import Reader
from dissectors.dhcpv6 import (
    Dhcpv6,
    Dhcpv6Message,
    HomeForm,
    HomeInformation,
    MessageType,
    OptionCode,
    RelayMessage,
    asks_for_home_information,
    decode_dhcpv6,
    describe_dhcpv6,
    home_information,
    is_discovery,
)
from dissectors.dhcpv6.decode import DEEPEST
from dissectors.dhcpv6.messages import (
    ClientId,
    DnsServers,
    DomainList,
    DraftHomeInformation,
    ElapsedTime,
    HomeAgentAddress,
    HomeNetworkIdentifier,
    HomeNetworkInformation,
    IaAddress,
    IaNa,
    IaPd,
    IaPrefix,
    IaTa,
    InformationRefreshTime,
    InterfaceId,
    OpaqueOption,
    OptionRequest,
    Preference,
    RapidCommit,
    RelayedMessage,
    ServerId,
    StatusCode,
    VendorClass,
    VendorOptions,
)
from dissectors.tree import Tracer

APN = "internet.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"
HA = IPv6Address("2001:db8:ffff::1")
HA4 = IPv4Address("192.0.2.1")
CLIENT = bytes.fromhex("00030001020000000001")


def labels(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"


def option(code: int, data: bytes) -> bytes:
    return code.to_bytes(2) + len(data).to_bytes(2) + data


def message(*options: bytes, kind: int = 7) -> bytes:
    return bytes((kind,)) + bytes.fromhex("0a0b0c") + b"".join(options)


REQUEST = bytes.fromhex("0b0a0b0c 0001000a00030001020000000001 000800020000 000600020045 00310033") + labels(APN)
REPLY = bytes.fromhex(
    "070a0b0c 0045005f 00310033" + labels(APN).hex() + "00480010 20010db8ffff00000000000000000001"
    "00480010 0064ff9b0000000000000000c0000201"
)


def both(data: bytes, form: HomeForm = HomeForm.BY_EVIDENCE) -> Dhcpv6:
    decoded, _ = read_both(data, lambda r: decode_dhcpv6(r, form))
    return decoded


def plain(data: bytes, form: HomeForm = HomeForm.BY_EVIDENCE) -> Dhcpv6Message:
    decoded = both(data, form)
    assert isinstance(decoded, Dhcpv6Message)
    return decoded


def test_the_worked_request_is_decoded_as_stated() -> None:
    request = plain(REQUEST)
    assert request == Dhcpv6Message(
        11, 0x0A0B0C, (ClientId(CLIENT), ElapsedTime(0), OptionRequest((69,)), HomeNetworkIdentifier(APN))
    )
    assert home_information(request) == HomeInformation(identifier=APN)
    assert asks_for_home_information(request)
    line = f'DHCPv6 Information-request XID 0x0a0b0c, asks for 69, home network "{APN}", client {CLIENT.hex()}'
    assert describe_dhcpv6(request) == line


def test_the_worked_reply_gives_both_home_agents() -> None:
    reply = plain(REPLY)
    inside = (HomeNetworkIdentifier(APN), HomeAgentAddress(HA), HomeAgentAddress(HA4))
    assert reply.options == (HomeNetworkInformation(69, inside),)
    information = home_information(reply)
    assert information == HomeInformation(APN, None, (HA, HA4))
    assert not information.gives_only_a_name
    assert is_discovery(reply)
    assert not asks_for_home_information(reply)
    line = f'DHCPv6 Reply XID 0x0a0b0c, home network "{APN}", Home Agent {HA}, Home Agent {HA4}'
    assert describe_dhcpv6(reply) == line


def test_a_reply_with_prefix_and_name_alone_says_so() -> None:
    inside = option(49, labels(APN)) + option(73, labels("ha1.example")) + option(71, b"\x38" + HA.packed)
    information = home_information(plain(message(option(70, inside))))
    assert information is not None
    assert (information.fqdn, information.home_agents, information.gives_only_a_name) == ("ha1.example", (), True)
    assert information.prefixes == (IPv6Network("2001:db8:ffff::/56"),)


def test_several_networks_in_one_reply_are_all_there() -> None:
    visited = option(50, option(49, labels("visited.example")) + option(72, HA.packed))
    home = option(69, option(49, labels(APN)) + option(72, IPv6Address("2001:db8:ffff::2").packed))
    reply = plain(message(visited, home))
    assert [o.code for o in reply.all(HomeNetworkInformation)] == [50, 69]
    information = home_information(reply)
    assert information is not None
    assert information.home_agents == (HA, IPv6Address("2001:db8:ffff::2"))


def test_a_message_without_home_options_says_nothing_of_them() -> None:
    solicit = plain(message(option(1, CLIENT), option(6, b"\0\x17\0\x18"), kind=1))
    assert home_information(solicit) is None
    assert not asks_for_home_information(solicit)
    assert asks_for_home_information(plain(message(option(6, b"\0\x46"), kind=11)))


DRAFT_IDENTIFIER = option(1, labels(APN))
DRAFT = [
    (b"\x01" + DRAFT_IDENTIFIER, 1, APN),
    (b"\x01\x00" + labels(APN), 1, APN),
    (b"\x01" + labels(APN), 1, APN),
    (b"\x00", 0, None),
    (b"\x02", 2, None),
    (b"\x00\x00" + labels("visited.example"), 0, "visited.example"),
]


@pytest.mark.parametrize(("data", "id_type", "identifier"), DRAFT)
def test_the_drafts_option_49_is_told_from_rfc_6610s_by_its_bytes(
    data: bytes, id_type: int, identifier: str | None
) -> None:
    request = plain(message(option(49, data), kind=11))
    assert request.malformed is None
    assert isinstance(request.options[0], DraftHomeInformation)
    information = home_information(request)
    assert information is not None
    assert (information.id_type, information.identifier, information.form) == (id_type, identifier, HomeForm.DRAFT)
    assert asks_for_home_information(request)


def test_the_drafts_reply_gives_addresses_prefix_and_name() -> None:
    suboptions = (
        DRAFT_IDENTIFIER
        + option(3, HA.packed)
        + option(3, HA4.packed)
        + option(2, b"\x40" + IPv6Address("2001:db8:1:2::").packed)
        + option(4, labels("ha.example"))
        + option(9, b"?")
    )
    reply = plain(message(option(49, b"\x01" + suboptions)))
    assert reply.malformed is None
    assert home_information(reply) == HomeInformation(
        APN, 1, (HA, HA4), "ha.example", (IPv6Network("2001:db8:1:2::/64"),), HomeForm.DRAFT
    )
    draft = reply.first(DraftHomeInformation)
    assert draft is not None
    assert draft.all(OpaqueOption) == (OpaqueOption(9, b"?"),)


def test_what_does_not_fit_the_uncertain_draft_is_kept_and_no_fault() -> None:
    for data in (b"\x01" + option(3, b"odd"), b"\x02what"):
        reply = plain(message(option(49, data)))
        assert reply.malformed is None
        draft = reply.first(DraftHomeInformation)
        assert draft is not None
        assert draft.all(OpaqueOption)


def test_option_50_is_the_drafts_only_where_all_codes_inside_are_its_own() -> None:
    relayed = plain(message(option(50, DRAFT_IDENTIFIER + option(3, HA.packed))))
    assert isinstance(relayed.options[0], DraftHomeInformation)
    visited = plain(message(option(50, option(72, HA.packed))))
    assert visited.options == (HomeNetworkInformation(50, (HomeAgentAddress(HA),)),)


def test_a_setting_forces_either_form() -> None:
    as_draft = plain(REQUEST, HomeForm.DRAFT)
    assert isinstance(as_draft.options[3], DraftHomeInformation)
    as_rfc = plain(message(option(49, b"\x01" + DRAFT_IDENTIFIER)), HomeForm.RFC6610)
    assert as_rfc.malformed is not None
    assert isinstance(as_rfc.options[0], OpaqueOption)


def test_scapys_options_come_out_with_scapys_values() -> None:
    from scapy.layers import dhcp6

    packet = dhcp6.DHCP6_Reply(trid=0x123456) / dhcp6.DHCP6OptServerId(duid=dhcp6.DUID_LL(lladdr="02:00:00:00:00:09"))
    packet /= dhcp6.DHCP6OptIA_PD(iaid=7, T1=10, T2=20, iapdopt=[
        dhcp6.DHCP6OptIAPrefix(preflft=100, validlft=200, plen=56, prefix="2001:db8:1::")])  # fmt: skip
    packet /= dhcp6.DHCP6OptIA_TA(iaid=8, iataopts=[
        dhcp6.DHCP6OptIAAddress(addr="2001:db8::5", preflft=1, validlft=0xFFFFFFFF)])  # fmt: skip
    packet /= dhcp6.DHCP6OptStatusCode(statuscode=2, statusmsg="none left")
    packet /= dhcp6.DHCP6OptDNSServers(dnsservers=["2001:db8::53", "2001:db8::54"])
    packet /= dhcp6.DHCP6OptDNSDomains(dnsdomains=["example.com.", "a.example."])
    packet /= dhcp6.DHCP6OptPref(prefval=255) / dhcp6.DHCP6OptRapidCommit()
    packet /= dhcp6.DHCP6OptVendorClass(enterprisenum=10415, vcdata=[
        dhcp6.VENDOR_CLASS_DATA(data="one"), dhcp6.VENDOR_CLASS_DATA(data="two")])  # fmt: skip
    packet /= dhcp6.DHCP6OptVendorSpecificInfo(enterprisenum=10415, vso=[
        dhcp6.VENDOR_SPECIFIC_OPTION(optcode=3, optdata="x")])  # fmt: skip
    packet /= dhcp6.DHCP6OptInfoRefreshTime(reftime=86400) / dhcp6.DHCP6OptIfaceId(ifaceid="eth0")
    reply = plain(bytes(packet))
    prefix = IaPrefix(IPv6Address("2001:db8:1::"), 56, 100, 200)
    assert reply == Dhcpv6Message(7, 0x123456, (
        ServerId(bytes.fromhex("00030001020000000009")),
        IaPd(7, 10, 20, (prefix,)),
        IaTa(8, (IaAddress(IPv6Address("2001:db8::5"), 1, 0xFFFFFFFF),)),
        StatusCode(2, "none left"),
        DnsServers((IPv6Address("2001:db8::53"), IPv6Address("2001:db8::54"))),
        DomainList(("example.com", "a.example")),
        Preference(255),
        RapidCommit(),
        VendorClass(10415, (b"one", b"two")),
        VendorOptions(10415, ((3, b"x"),)),
        InformationRefreshTime(86400),
        InterfaceId(b"eth0"),
    ))  # fmt: skip
    assert (reply.prefixes, reply.status, str(prefix)) == ((prefix,), 2, "2001:db8:1::/56")
    assert reply.addresses[0].address == IPv6Address("2001:db8::5")


def relayed(inner: bytes, hops: int = 0) -> bytes:
    head = bytes((12, hops)) + IPv6Address("2001:db8::1").packed + IPv6Address("fe80::1").packed
    return head + option(18, b"up") + option(9, inner)


def test_a_relay_message_agrees_with_scapy() -> None:
    from scapy.layers import dhcp6

    head = dhcp6.DHCP6_RelayForward(hopcount=3, linkaddr="2001:db8::1", peeraddr="fe80::1")
    inner = dhcp6.DHCP6_InfoRequest(trid=5) / dhcp6.DHCP6OptElapsedTime(elapsedtime=250)
    packet = bytes(head / dhcp6.DHCP6OptIfaceId(ifaceid="up") / dhcp6.DHCP6OptRelayMsg(message=inner))
    assert packet == relayed(bytes(inner), 3)
    outer = both(packet)
    assert outer.inner == Dhcpv6Message(11, 5, (ElapsedTime(250),))
    assert outer.options[0] == InterfaceId(b"up")


def test_relays_are_unwrapped_down_to_the_clients_message() -> None:
    outer = both(relayed(relayed(REQUEST), 1))
    assert isinstance(outer, RelayMessage)
    assert (outer.type, outer.hop_count, outer.link_address) == (12, 1, IPv6Address("2001:db8::1"))
    assert outer.inner == decode_dhcpv6(Reader(REQUEST))
    assert home_information(outer) == HomeInformation(identifier=APN)
    assert asks_for_home_information(outer)
    relay = "Relay-forw link 2001:db8::1 peer fe80::1"
    assert describe_dhcpv6(outer).startswith(f"DHCPv6 {relay}: {relay}: Information-request XID 0x0a0b0c, asks for 69,")


def test_a_relay_without_a_message_carries_none() -> None:
    outer = both(relayed(b"")[:34])
    assert outer.inner is None
    assert home_information(outer) is None
    assert not asks_for_home_information(outer)
    assert describe_dhcpv6(outer) == "DHCPv6 Relay-forw link 2001:db8::1 peer fe80::1"


def test_nesting_is_bounded_and_what_lies_deeper_is_kept_as_bytes() -> None:
    data = REQUEST
    for _ in range(100):
        data = relayed(data)
    outer = both(data)
    assert outer.malformed is not None
    assert "too deep" in outer.malformed.reason
    depth = 0
    while isinstance(outer, RelayMessage) and (inside := outer.first(RelayedMessage)):
        outer, depth = inside.message, depth + 1
    assert depth == DEEPEST
    assert outer.options[-1].malformed is not None


def test_thousands_of_options_inside_one_another_do_not_exhaust_the_stack() -> None:
    data = b""
    for _ in range(16000):
        data = option(50, data) if len(data) < 65000 else data
    decoded = decode_dhcpv6(Reader(message(data)))
    assert decoded.malformed is not None
    assert "too deep" in decoded.malformed.reason


def test_a_fault_in_a_relayed_message_marks_it_and_the_relay() -> None:
    outer = both(relayed(message(option(72, b"short"))))
    assert isinstance(outer, RelayMessage)
    assert outer.inner is not None
    assert outer.malformed == outer.inner.malformed
    assert outer.malformed is not None
    assert "16 bytes needed, 5 left" in outer.malformed.reason


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (b"", "DHCPv6 header is 4 bytes, 0 are there", 0),
        (b"\x0b\0\0", "DHCPv6 header is 4 bytes, 3 are there", 0),
        (b"\x0c\0" + bytes(31), "DHCPv6 header is 34 bytes, 33 are there", 0),
        (message(option(1, CLIENT) + b"\0\x06\0"), "option header is 4 bytes, 3 left", 18),
        (message(b"\0\x06\0\x09\0\x31"), "option is 13 bytes, 6 are left", 4),
        (message(option(6, b"\0\x31\0")), "2 bytes needed, 1 left", 10),
        (message(option(8, b"\0\0\0")), "1 bytes more than expected", 10),
        (message(option(1, b"\0\1")), "DUID of 2 bytes", 8),
        (message(option(14, b"x")), "1 bytes more than expected", 8),
        (message(option(26, bytes(8) + b"\x81" + bytes(16))), "prefix length 129", 16),
        (message(option(71, b"\xff" + bytes(16))), "prefix length 255", 8),
        (message(option(24, b"\x03com")), "domain name without an end", 12),
        (message(option(24, b"\xc0\x04")), "compressed domain name where none may be", 8),
        (message(option(49, b"\x05abc")), "label is 5 bytes, 3 are left", 8),
        (message(option(3, bytes(12) + option(5, b"cut"))), "16 bytes needed, 3 left", None),
    ],
)
def test_faults_are_named_with_their_place(data: bytes, reason: str, offset: int | None) -> None:
    malformed = both(data).malformed
    assert malformed is not None
    assert reason in malformed.reason or "bytes needed" in reason
    assert offset is None or malformed.offset == offset


def test_an_option_that_is_wrong_leaves_the_others_standing() -> None:
    reply = plain(message(option(1, CLIENT), option(8, b"!"), option(23, HA.packed)))
    assert reply.malformed is not None
    assert reply.first(ClientId) == ClientId(CLIENT)
    assert reply.first(DnsServers) == DnsServers((HA,))
    wrong = reply.first(OpaqueOption)
    assert wrong is not None
    assert (wrong.code, wrong.data, wrong.malformed) == (8, b"!", reply.malformed)


def test_a_fault_inside_an_association_stays_there() -> None:
    reply = plain(message(option(3, bytes(12) + option(5, bytes(24)) + b"\0\5\0\x18"), option(23, HA.packed)))
    association = reply.first(IaNa)
    assert association is not None
    assert isinstance(association.options[0], IaAddress)
    assert reply.first(DnsServers) is not None
    assert reply.malformed is not None


@pytest.mark.parametrize("whole", [REQUEST, REPLY, relayed(REQUEST)])
def test_a_message_cut_at_every_byte_decodes_alike_by_both_readers(whole: bytes) -> None:
    for size in range(len(whole)):
        both(whole[:size])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([0, 1, 7, 11, 12, 13]), st.sampled_from(list(HomeForm)))
def test_any_bytes_decode_and_trace_alike(data: bytes, kind: int, form: HomeForm) -> None:
    line = describe_dhcpv6(both(bytes((kind,)) + data, form))
    assert line.isprintable()
    assert len(line) < 1500


def test_the_line_is_bounded_and_says_what_is_wrong() -> None:
    """400 identifiers of 127 bytes each with their headers, and 20 relays around them."""
    many = message(*[option(49, labels("a" * 60 + "." + "b" * 60))] * 400, b"\0")
    line = describe_dhcpv6(both(many))
    assert len(line) < 2000
    assert line.endswith("[Malformed: option header is 4 bytes, 1 left at byte 50804]")
    for _ in range(20):
        many = relayed(many)
    assert len(describe_dhcpv6(both(many))) < 2500


def test_a_draft_option_is_described_by_its_id_type() -> None:
    line = describe_dhcpv6(plain(message(option(49, b"\x01" + DRAFT_IDENTIFIER), kind=11)))
    assert line == f'DHCPv6 Information-request XID 0x0a0b0c, id-type TARGET (1), home network "{APN}"'


def test_what_the_drafts_relay_option_holds_is_kept_under_its_own_code() -> None:
    reply = plain(message(option(50, b"?")), HomeForm.DRAFT)
    assert reply.options == (DraftHomeInformation(50, None, (OpaqueOption(50, b"?"),)),)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*OptionCode, 200]), st.binary(max_size=40)), max_size=6))
def test_any_option_contents_decode_and_trace_alike(pairs: list[tuple[int, bytes]]) -> None:
    data = message(*(option(code, value) for code, value in pairs))
    decoded = plain(data)
    assert len(decoded.options) == len(pairs)
    home_information(decoded)


def test_hostile_text_is_inert_in_message_line_and_tree() -> None:
    evil = message(option(13, b"\0\1\x1b[2J\r\n"), option(49, b"\x04\x1b[2J\x00"), option(24, b"\x03\x1b\x07\n\x00"))
    tracer = Tracer(evil)
    decoded = decode_dhcpv6(tracer)
    assert describe_dhcpv6(decoded).isprintable()
    assert all(field.text.isprintable() for field in tracer.field.walk())
    assert "\x1b" not in str(decoded)


def test_the_tree_names_options_and_what_they_say() -> None:
    tracer = Tracer(REPLY)
    decode_dhcpv6(tracer)
    assert texts(tracer.field, "message_type") == ["REPLY (7)"]
    assert texts(tracer.field, "home_agent_address") == [str(HA), str(HA4)]
    assert texts(tracer.field, "option")[0].startswith(f'MIP6_IDINF (69) home network "{APN}", Home')


def captured(captures: Path) -> list[bytes]:
    with (captures / "tcpdump/dhcpv6-ia-na.pcap").open("rb") as file:
        return [bytes(data)[14 + 40 + 8 :] for _, data in dpkt.pcap.Reader(file)]


FIELDS = {
    "dhcpv6.msgtype": lambda m: [m.type],
    "dhcpv6.xid": lambda m: [f"0x{m.transaction_id:x}"],
    "dhcpv6.iaid": lambda m: [f"{ia.iaid:08x}" for ia in m.all(IaNa)],
    "dhcpv6.iaid.t1": lambda m: [ia.t1 for ia in m.all(IaNa)],
    "dhcpv6.iaid.t2": lambda m: [ia.t2 for ia in m.all(IaNa)],
    "dhcpv6.iaaddr.ip": lambda m: [a.address for a in m.addresses],
    "dhcpv6.iaaddr.pref_lifetime": lambda m: [a.preferred_lifetime for a in m.addresses],
    "dhcpv6.iaaddr.valid_lifetime": lambda m: [a.valid_lifetime for a in m.addresses],
    "dhcpv6.requested_option_code": lambda m: m.requested_options,
    "dhcpv6.elapsed_time": lambda m: [10 * t.hundredths for t in m.all(ElapsedTime)],
    "dhcpv6.duid.bytes": lambda m: [o.duid.hex() for o in m.options if isinstance(o, ClientId | ServerId)],
}


def agrees(decoded: list[Dhcpv6Message], path: Path) -> None:
    for mine, row in zip(decoded, rows(path, list(FIELDS)), strict=True):
        ours = {name: [str(value) for value in read(mine)] for name, read in FIELDS.items()}
        assert {name: [str(v).removesuffix("ms") for v in row[name]] for name in FIELDS} == ours


@needs_tshark
def test_the_real_exchange_agrees_with_tshark_field_by_field(captures: Path) -> None:
    decoded = [plain(data) for data in captured(captures)]
    assert [m.type for m in decoded] == [1, 2, 3, 7]
    assert all(m.malformed is None for m in decoded)
    agrees(decoded, captures / "tcpdump/dhcpv6-ia-na.pcap")


@needs_tshark
def test_the_real_exchanges_lines_say_what_tsharks_say(captures: Path) -> None:
    """tshark: ``Solicit XID: 0x90b45c CID: … IAA: …``; what it asks for is ours alone."""
    path = captures / "tcpdump/dhcpv6-ia-na.pcap"
    for data, theirs in zip(captured(captures), info_lines(path), strict=True):
        name, xid, *named = theirs.replace(" XID: ", "|").replace(" CID: ", "|").replace(" IAA: ", "|").split("|")
        words = describe_dhcpv6(plain(data)).replace(",", "").split()
        assert words[:4] == ["DHCPv6", name, "XID", xid]
        assert named
        assert set(map(str.strip, named)) <= set(words)


@needs_tshark
def test_built_prefix_delegation_agrees_with_tshark(tmp_path: Path) -> None:
    prefix = (1800).to_bytes(4) + (3600).to_bytes(4) + b"\x38" + IPv6Address("2001:db8:7::").packed
    data = message(option(1, CLIENT), option(25, bytes.fromhex("00000009 00000064 000000c8") + option(26, prefix)))
    path = write_pcap(tmp_path / "pd.pcap", [ipv6(17, udp(547, 546, data))])
    mine = plain(data)
    names = ["dhcpv6.iaid", "dhcpv6.iaprefix.pref_addr", "dhcpv6.iaprefix.pref_len", "dhcpv6.iaprefix.valid_lifetime"]
    row = rows(path, names)[0]
    assert row["dhcpv6.iaprefix.pref_addr"] == [str(mine.prefixes[0].prefix)]
    assert row["dhcpv6.iaprefix.pref_len"] == [str(mine.prefixes[0].prefix_length)]
    assert row["dhcpv6.iaprefix.valid_lifetime"] == [str(mine.prefixes[0].valid_lifetime)]
    assert row["dhcpv6.iaid"] == ["00000009"]


@needs_tshark
def test_the_codes_and_types_have_tsharks_names(tmp_path: Path) -> None:
    """One option of each code in one message, one message of each type."""
    kinds = [kind for kind in MessageType if kind < 12]
    packets = [ipv6(17, udp(546, 547, message(kind=kind))) for kind in kinds]
    lines = info_lines(write_pcap(tmp_path / "types.pcap", packets))
    mine = [describe_dhcpv6(plain(message(kind=kind))).removeprefix("DHCPv6 ") for kind in kinds]
    assert [line.split(" XID")[0].casefold() for line in lines] == [m.split(" XID")[0].casefold() for m in mine]
