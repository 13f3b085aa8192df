"""DHCPv4 against scapy's packets, tshark on them, and hand-made bytes."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest
from beside_tshark import info_lines, needs_tshark, rows, write_pcap
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import ipv4, udp
from scapy.layers.dhcp import BOOTP, DHCP

from dissectors.dhcpv4 import Dhcpv4Message, Dhcpv4Option, MessageType, OptionCode, decode_dhcpv4, describe_dhcpv4
from dissectors.events import Malformed

MAC = bytes.fromhex("021122334455")
COOKIE = bytes.fromhex("63825363")
SERVER, OFFERED = "192.0.2.1", "192.0.2.77"

DISCOVER = BOOTP(op=1, chaddr=MAC, xid=0x3D1D, secs=3, flags=0x8000) / DHCP(options=[
    ("message-type", "discover"), ("requested_addr", OFFERED), ("hostname", "phone"), ("param_req_list", [1, 3, 6, 15]),
    ("vendor_class_id", "ue-7"), ("client_id", b"\x01" + MAC), ("vendor_specific", b"\x01\x02ab"), (80, b""), "end",
])  # fmt: skip
ACK = BOOTP(op=2, chaddr=MAC, xid=0x3D1D, yiaddr=OFFERED, siaddr=SERVER, giaddr="192.0.2.254", hops=1) / DHCP(options=[
    ("message-type", "ack"), ("server_id", SERVER), ("lease_time", 3600), ("subnet_mask", "255.255.255.0"),
    ("name_server", "192.0.2.53", "192.0.2.54"), ("relay_agent_information", b"\x01\x04eth0\x02\x02\x00\x07"), "end",
])  # fmt: skip


def both(data: bytes) -> Dhcpv4Message:
    return read_both(data, decode_dhcpv4)[0]


def bootp(options: bytes, server_name: bytes = b"", boot_file: bytes = b"") -> bytes:
    head = bytes.fromhex("01010600 12345678 00000000") + bytes(16) + MAC + bytes(10)
    return head + server_name.ljust(64, b"\0") + boot_file.ljust(128, b"\0") + options


def test_a_discover_comes_out_as_scapy_built_it() -> None:
    message = both(bytes(DISCOVER))
    assert message == Dhcpv4Message(
        1, 0x3D1D, hardware_address=MAC, seconds=3, flags=0x8000,
        options=(
            Dhcpv4Option(53, b"\1"), Dhcpv4Option(50, IPv4Address(OFFERED).packed), Dhcpv4Option(12, b"phone"),
            Dhcpv4Option(55, b"\1\3\6\x0f"), Dhcpv4Option(60, b"ue-7"), Dhcpv4Option(61, b"\1" + MAC),
            Dhcpv4Option(43, b"\x01\x02ab"), Dhcpv4Option(80, b""),
        ),
    )  # fmt: skip
    assert message.message_type == MessageType.DISCOVER
    assert (message.requested_address, message.host_name) == (IPv4Address(OFFERED), "phone")
    assert (message.requested_parameters, message.is_rapid) == ((1, 3, 6, 15), True)
    assert (message.lease_time, message.server_identifier, message.dns_servers) == (None, None, ())
    assert describe_dhcpv4(message) == 'DHCP Discover XID 0x00003d1d, asks for 192.0.2.77, host "phone", rapid commit'


def test_an_ack_comes_out_as_scapy_built_it() -> None:
    message = both(bytes(ACK))
    assert message.malformed is None
    assert (message.operation, message.hops, message.message_type) == (2, 1, MessageType.ACK)
    assert (message.your_address, message.next_server) == (IPv4Address(OFFERED), IPv4Address(SERVER))
    assert (message.relay_agent, message.client_address) == (IPv4Address("192.0.2.254"), IPv4Address("0.0.0.0"))
    assert (message.server_identifier, message.lease_time) == (IPv4Address(SERVER), 3600)
    assert message.dns_servers == (IPv4Address("192.0.2.53"), IPv4Address("192.0.2.54"))
    assert not message.is_rapid
    line = "DHCP ACK XID 0x00003d1d, gives 192.0.2.77, lease 3600 s, server 192.0.2.1"
    assert describe_dhcpv4(message) == line


def test_the_tree_puts_options_into_words() -> None:
    _, tree = read_both(bytes(ACK), decode_dhcpv4)
    assert texts(tree, "option") == [
        "MESSAGE_TYPE (53) ACK (5)",
        "SERVER_IDENTIFIER (54) 192.0.2.1",
        "LEASE_TIME (51) 3600 s",
        "SUBNET_MASK (1) 255.255.255.0",
        "DOMAIN_NAME_SERVER (6) 192.0.2.53, 192.0.2.54",
        "RELAY_AGENT_INFORMATION (82) CIRCUIT_ID (1) eth0, REMOTE_ID (2) 0007",
    ]
    _, tree = read_both(bytes(DISCOVER), decode_dhcpv4)
    assert texts(tree, "option")[3:] == [
        "PARAMETER_REQUEST_LIST (55) SUBNET_MASK (1), ROUTER (3), DOMAIN_NAME_SERVER (6), DOMAIN_NAME (15)",
        "VENDOR_CLASS (60) ue-7",
        "CLIENT_IDENTIFIER (61) type 1 021122334455",
        "VENDOR_SPECIFIC (43) 01026162",
        "RAPID_COMMIT (80)",
    ]


def test_a_bootp_message_has_no_type() -> None:
    message = both(bootp(b"\1\2\3\4vendor area"))
    assert (message.message_type, message.options, message.malformed) == (None, (), None)
    assert describe_dhcpv4(message) == "Boot Request XID 0x12345678"


def test_an_option_in_parts_is_put_together() -> None:
    """RFC 3396 section 7."""
    message = both(bootp(COOKIE + b"\x0c\x03abc" + b"\x35\x01\x01" + b"\x0c\x02de" + b"\xff"))
    assert (message.option(OptionCode.HOST_NAME), message.host_name) == (b"abcde", "abcde")


def test_options_in_the_file_and_name_fields_come_after_the_others_and_file_comes_first() -> None:
    """RFC 2131 section 4.1."""
    data = bootp(COOKIE + b"\x34\x01\x03\xff", server_name=b"\x35\x01\x05\xff", boot_file=b"\x0c\x02ab\xff")
    assert [option.code for option in both(data).options] == [52, 12, 53]
    only_file = bootp(COOKIE + b"\x34\x01\x01\xff", server_name=b"\x35\x01\x05\xff", boot_file=b"\x0c\x02ab\xff")
    assert [option.code for option in both(only_file).options] == [52, 12]


def test_what_stands_behind_the_end_option_is_no_option() -> None:
    assert both(bootp(COOKIE + b"\0\0\x35\x01\x01\xff\x0c\x02ab")).options == (Dhcpv4Option(53, b"\1"),)


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (b"", "44 bytes needed, 0 left", 0),
        (bootp(b"")[:43], "44 bytes needed, 43 left", 0),
        (bootp(b"")[:60], "64 bytes needed, 16 left", 44),
        (bootp(b"")[:200], "128 bytes needed, 92 left", 108),
        (bootp(b"\x63\x82"), "options need 4 bytes of cookie, 2 left", 236),
        (bootp(COOKIE + b"\x35\x01\x01\x36"), "option header is 2 bytes, 1 left", 243),
        (bootp(COOKIE + b"\x35\x01\x01\x36\x04\xc0"), "option is 6 bytes, 3 are left", 243),
    ],
)
def test_faults_are_named_with_their_place(data: bytes, reason: str, offset: int) -> None:
    message = both(data)
    assert message.malformed == Malformed(reason, offset)
    assert describe_dhcpv4(message).endswith(f"[Malformed: {message.malformed}]")


def test_what_stands_before_a_cut_is_kept() -> None:
    cut = both(bytes(ACK)[:100])
    assert (cut.your_address, cut.hardware_address) == (IPv4Address(OFFERED), MAC)
    assert both(bytes(ACK)[:8]).transaction_id == 0x3D1D
    last = both(bytes(ACK)[: 236 + 4 + 3 + 6 + 2])
    assert (last.message_type, last.server_identifier, last.lease_time) == (5, IPv4Address(SERVER), None)


def test_values_of_the_wrong_size_are_no_values() -> None:
    message = both(bootp(COOKIE + b"\x32\x03\1\2\3\x33\x02\0\1\x35\0\x36\0"))
    assert (message.requested_address, message.lease_time, message.message_type) == (None, None, None)
    assert message.server_identifier is None


@pytest.mark.parametrize("built", [DISCOVER, ACK], ids=["discover", "ack"])
def test_a_message_cut_at_every_byte_decodes_alike_by_both_readers(built: object) -> None:
    data = bytes(built)  # type: ignore[call-overload]  # scapy's packets are bytes-like
    for size in range(len(data)):
        assert describe_dhcpv4(both(data[:size])).isprintable()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_decode_and_trace_alike(data: bytes) -> None:
    assert describe_dhcpv4(both(data)).isprintable()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.binary(max_size=20), st.binary(max_size=20))
def test_any_options_decode_and_trace_alike(options: bytes, name: bytes, file: bytes) -> None:
    line = describe_dhcpv4(both(bootp(COOKIE + b"\x34\x01\x03" + options, name, file)))
    assert line.isprintable()
    assert len(line) < 500


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(OptionCode)[1:-1]), st.binary(max_size=30)), max_size=6))
def test_any_values_of_known_options_are_all_there(pairs: list[tuple[int, bytes]]) -> None:
    pairs = [(code, value) for code, value in pairs if code != OptionCode.OVERLOAD]
    data = bootp(COOKIE + b"".join(bytes((code, len(value))) + value for code, value in pairs))
    message = both(data)
    assert [(option.code, option.value) for option in message.options] == pairs
    assert message.malformed is None


def test_hostile_text_is_inert_in_message_line_and_tree() -> None:
    evil = b"\x1b[2J\r\n\xe2\x80\xae"
    data = bootp(COOKIE + b"".join(bytes((code, len(evil))) + evil for code in (12, 15, 43, 56, 60, 61)), evil, evil)
    message, tree = read_both(data, decode_dhcpv4)
    assert all(field.text.isprintable() for field in tree.walk())
    assert message.server_name.isprintable()
    assert message.boot_file.isprintable()
    assert message.host_name is not None
    assert "\x1b" not in message.host_name
    assert describe_dhcpv4(message).isprintable()


FIELDS = {
    "dhcp.type": lambda m: [m.operation],
    "dhcp.id": lambda m: [f"0x{m.transaction_id:08x}"],
    "dhcp.secs": lambda m: [m.seconds],
    "dhcp.hops": lambda m: [m.hops],
    "dhcp.ip.your": lambda m: [m.your_address],
    "dhcp.ip.server": lambda m: [m.next_server],
    "dhcp.ip.relay": lambda m: [m.relay_agent],
    "dhcp.option.dhcp": lambda m: [m.message_type],
    "dhcp.option.type": lambda m: [*(o.code for o in m.options), 0],  # 0 is what tshark has for the end
    "dhcp.option.requested_ip_address": lambda m: [m.requested_address] if m.requested_address else [],
    "dhcp.option.dhcp_server_id": lambda m: [m.server_identifier] if m.server_identifier else [],
    "dhcp.option.ip_address_lease_time": lambda m: [m.lease_time] if m.lease_time else [],
    "dhcp.option.domain_name_server": lambda m: m.dns_servers,
    "dhcp.option.request_list_item": lambda m: m.requested_parameters,
    "dhcp.option.hostname": lambda m: [m.host_name] if m.host_name else [],
}


@needs_tshark
def test_built_messages_agree_with_tshark_field_by_field(tmp_path: Path) -> None:
    packets = [ipv4(17, udp(68, 67, bytes(DISCOVER))), ipv4(17, udp(67, 68, bytes(ACK)))]
    path = write_pcap(tmp_path / "dhcp.pcap", packets)
    for built, row in zip((DISCOVER, ACK), rows(path, list(FIELDS)), strict=True):
        message = both(bytes(built))
        assert row == {name: [str(value) for value in read(message)] for name, read in FIELDS.items()}


@needs_tshark
def test_message_types_have_tsharks_names(tmp_path: Path) -> None:
    data = [bootp(COOKIE + bytes((53, 1, kind)) + b"\xff") for kind in MessageType if kind < 9]
    path = write_pcap(tmp_path / "types.pcap", [ipv4(17, udp(68, 67, one)) for one in data])
    theirs = [line.split(" - ")[0].strip() for line in info_lines(path)]
    assert theirs == [describe_dhcpv4(both(one)).split(" XID")[0] for one in data]
