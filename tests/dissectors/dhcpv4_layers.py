"""What a DHCPv4 option or message may hold, with the scapy layer that holds the same: for round trips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from hypothesis import strategies as st

import dissectors.scapy_layers as build
from dissectors.dhcpv4 import Dhcpv4Message, Dhcpv4Option, OptionCode

U8, U16 = (st.integers(0, 2**bits - 1) for bits in (8, 16))
U32 = st.integers(0, 2**32 - 1) | st.integers(2**31, 2**32 - 1)
"""The highest bit would be rare."""
IP4 = st.ip_addresses(v=4)
DATA = st.binary(max_size=40)
TEXT = st.from_regex(r"[ -~]{0,40}", fullmatch=True)


@dataclass(frozen=True)
class Meant:
    """``entry`` is how scapy names the option, ``option`` what is to be read, ``words`` how its value reads."""

    entry: tuple[Any, ...]
    option: Dhcpv4Option
    words: str


def _numbers(code: int, name: str, size: int, show: Callable[[int], str] = str) -> st.SearchStrategy[Meant]:
    numbers = st.integers(0, 2 ** (8 * size) - 1)
    return numbers.map(lambda n: Meant((name, n), Dhcpv4Option(code, n.to_bytes(size)), show(n)))


def _addresses(code: int, name: str, most: int = 1) -> st.SearchStrategy[Meant]:
    def meant(found: list[IPv4Address]) -> Meant:
        texts = [str(address) for address in found]
        value = b"".join(address.packed for address in found)
        return Meant((name, *texts), Dhcpv4Option(code, value), ", ".join(texts))

    return st.lists(IP4, min_size=1, max_size=most).map(meant)


def _opaque(code: int, name: str) -> st.SearchStrategy[Meant]:
    """Bytes that no text could be, so that they are shown in hex."""
    return DATA.map(lambda data: b"\xff" + data).map(
        lambda data: Meant((name, data), Dhcpv4Option(code, data), data.hex())
    )


def _text(code: int, name: str) -> st.SearchStrategy[Meant]:
    return TEXT.map(lambda text: Meant((name, text.encode()), Dhcpv4Option(code, text.encode()), text))


def _lifetime(value: int) -> str:
    return "for ever" if value == 0xFFFFFFFF else f"{value} s"


TYPE_WORDS = ["DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM", "FORCERENEW"]
"""RFC 2132 section 9.6 and RFC 3203, from 1 on."""


def _message_type(kind: int) -> Meant:
    return Meant(("message-type", kind), Dhcpv4Option(53, bytes((kind,))), f"{TYPE_WORDS[kind - 1]} ({kind})")


def _parameters(codes: list[int]) -> Meant:
    """Codes without a name here, so that the words are known beforehand."""
    words = ", ".join(f"unknown ({code})" for code in codes)
    return Meant(("param_req_list", codes), Dhcpv4Option(55, bytes(codes)), words)


def _client_identifier(kind: int, data: bytes) -> Meant:
    words = f"type {kind} {data.hex()}"
    return Meant(build.client_identifier(kind, data), Dhcpv4Option(61, bytes((kind,)) + data), words)


RELAY_NAMES = {
    1: "CIRCUIT_ID", 2: "REMOTE_ID", 5: "LINK_SELECTION", 6: "SUBSCRIBER_ID", 11: "SERVER_IDENTIFIER_OVERRIDE",
}  # fmt: skip


def _relay(subs: list[tuple[int, bytes]]) -> Meant:
    value = b"".join(bytes((code, len(data))) + data for code, data in subs)
    words = ", ".join(f"{RELAY_NAMES[code]} ({code}) {data.hex()}" for code, data in subs)
    layers = [build.Dhcp4RelaySubOption(code=code, data=data) for code, data in subs]
    return Meant(build.relay_agent_information(*layers), Dhcpv4Option(82, value), words)


def _route(prefix: int, destination: IPv4Address, router: IPv4Address) -> Meant:
    """RFC 3442: only the significant bytes of the destination are written."""
    significant = destination.packed[: (prefix + 7) // 8]
    shown = IPv4Address(significant.ljust(4, b"\0"))
    value = bytes((prefix,)) + significant + router.packed
    entry = ("classless_static_routes", [f"{shown}/{prefix}:{router}"])
    return Meant(entry, Dhcpv4Option(121, value), value.hex())


UNNAMED = sorted({*range(151, 159), *range(214, 255)})
"""Codes that scapy has no name for."""
_C = OptionCode
OPTIONS: dict[int, st.SearchStrategy[Meant]] = {
    _C.SUBNET_MASK: _addresses(1, "subnet_mask"),
    _C.ROUTER: _addresses(3, "router", 4),
    _C.DOMAIN_NAME_SERVER: _addresses(6, "name_server", 4),
    _C.HOST_NAME: _text(12, "hostname"),
    _C.DOMAIN_NAME: _text(15, "domain"),
    _C.INTERFACE_MTU: _numbers(26, "interface-mtu", 2),
    _C.BROADCAST_ADDRESS: _addresses(28, "broadcast_address"),
    _C.VENDOR_SPECIFIC: _opaque(43, "vendor_specific"),
    _C.REQUESTED_ADDRESS: _addresses(50, "requested_addr"),
    _C.LEASE_TIME: _numbers(51, "lease_time", 4, _lifetime),
    _C.MESSAGE_TYPE: st.integers(1, 9).map(_message_type),
    _C.SERVER_IDENTIFIER: _addresses(54, "server_id"),
    _C.PARAMETER_REQUEST_LIST: st.lists(st.sampled_from(UNNAMED), min_size=1, max_size=9).map(_parameters),
    _C.MESSAGE: _text(56, "error_message"),
    _C.MAXIMUM_MESSAGE_SIZE: _numbers(57, "max_dhcp_size", 2),
    _C.RENEWAL_TIME: _numbers(58, "renewal_time", 4, _lifetime),
    _C.REBINDING_TIME: _numbers(59, "rebinding_time", 4, _lifetime),
    _C.VENDOR_CLASS: _opaque(60, "vendor_class_id"),
    _C.CLIENT_IDENTIFIER: st.builds(_client_identifier, st.integers(1, 255), st.binary(min_size=1, max_size=30)),
    _C.RAPID_COMMIT: st.just(Meant(("rapid_commit", b""), Dhcpv4Option(80, b""), "")),
    _C.CLIENT_FQDN: _opaque(81, "client_FQDN"),
    _C.RELAY_AGENT_INFORMATION: st.lists(
        st.tuples(st.sampled_from(sorted(RELAY_NAMES)), DATA.map(lambda data: b"\xff" + data)), min_size=1, max_size=3
    ).map(_relay),
    _C.SUBNET_SELECTION: _addresses(118, "subnet-selection"),
    _C.DOMAIN_SEARCH: DATA.map(lambda data: Meant((119, data), Dhcpv4Option(119, data), data.hex())),
    _C.CLASSLESS_ROUTES: st.builds(_route, st.integers(0, 32), IP4, IP4),
}
"""Every option that is put into words, but for Pad and End, and Overload, which changes how a message is read."""
OTHER = st.builds(
    lambda code, data: Meant((code, data), Dhcpv4Option(code, data), data.hex()), st.sampled_from(UNNAMED), DATA
)
ANY_OPTION = st.one_of(*OPTIONS.values(), OTHER)
ANY_OPTIONS = st.lists(ANY_OPTION, max_size=5)


def layer_of(message: Dhcpv4Message, entries: list[Any], **names: Any) -> Any:
    """The layer that is built to the bytes which decode to ``message``; ``entries`` are its options as scapy has them.

    ``names`` may be bytes to stand in the server name and file fields.
    """
    head = build.Dhcp4(
        op=message.operation,
        hlen=len(message.hardware_address),
        hops=message.hops,
        xid=message.transaction_id,
        secs=message.seconds,
        flags=message.flags,
        ciaddr=str(message.client_address),
        yiaddr=str(message.your_address),
        siaddr=str(message.next_server),
        giaddr=str(message.relay_agent),
        chaddr=message.hardware_address.ljust(16, b"\0"),
        **{"sname": padded(message.server_name, 64), "file": padded(message.boot_file, 128), **names},
    )
    return head / build.DHCP(options=[*entries, "end"])


def padded(text: str, size: int) -> bytes:
    return text.encode().ljust(size, b"\0")


def one_message(options: tuple[Dhcpv4Option, ...]) -> st.SearchStrategy[Dhcpv4Message]:
    """A message with these options and anything in its header."""
    return st.builds(
        Dhcpv4Message,
        operation=U8,
        transaction_id=U32,
        client_address=IP4,
        your_address=IP4,
        next_server=IP4,
        relay_agent=IP4,
        hardware_address=st.binary(max_size=16),
        hops=U8,
        seconds=U16,
        flags=U16,
        server_name=TEXT,
        boot_file=TEXT,
        options=st.just(options),
    )


MESSAGES = ANY_OPTIONS.flatmap(
    lambda meant: st.tuples(one_message(tuple(m.option for m in meant)), st.just([m.entry for m in meant]))
)
"""Messages, each with its options as scapy has them."""
