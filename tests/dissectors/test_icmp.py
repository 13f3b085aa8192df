"""ICMP and ICMPv6, against scapy's bytes."""

from __future__ import annotations

import pytest

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.icmp import IcmpMessage, Icmpv6Message, decode_icmp, decode_icmpv6
from dissectors.tree import Tracer


def test_an_echo_request_agrees_with_scapy() -> None:
    from scapy.layers.inet import ICMP

    data = bytes(ICMP(type=8, id=0x1234, seq=7) / b"ping")
    message = decode_icmp(Reader(data))
    checksum = int.from_bytes(data[2:4])
    assert message == IcmpMessage(8, 0, checksum, 0x1234, 7, b"ping")
    assert message.name == "echo request"


def test_an_icmpv6_echo_reply_agrees_with_scapy() -> None:
    from scapy.layers.inet6 import ICMPv6EchoReply

    data = bytes(ICMPv6EchoReply(id=9, seq=65535, data=b"pong", cksum=0xABCD))
    assert decode_icmpv6(Reader(data)) == Icmpv6Message(129, 0, 0xABCD, 9, 65535, b"pong")


def test_a_message_that_is_not_looked_into_keeps_its_bytes() -> None:
    body = bytes.fromhex("00000000 ff020000000000000000000000000001")
    message = decode_icmpv6(Reader(b"\x83\0\0\0" + body))
    assert message == Icmpv6Message(131, data=body)
    assert message.name == "multicast listener report"


def test_a_type_without_a_name_is_given_by_number() -> None:
    assert decode_icmp(Reader(b"\xfe\x01\0\0")).name == "type 254"
    assert decode_icmpv6(Reader(b"\xc8\x01\0\0")).name == "type 200"


@pytest.mark.parametrize("decode", [decode_icmp, decode_icmpv6])
def test_a_message_cut_at_every_byte_says_so_and_traces_alike(decode) -> None:  # type: ignore[no-untyped-def]  # either
    whole = bytes.fromhex("08000000 00010002" if decode is decode_icmp else "80000000 00010002")
    for size in range(8):
        message = decode(Reader(b"x" + whole[:size], 1))
        assert isinstance(message.malformed, Malformed)
        assert message == decode(Tracer(b"x" + whole[:size], 1))
        assert message.type == (whole[0] if size else 0)
    assert decode(Reader(whole)).malformed is None


def test_the_tree_names_the_type() -> None:
    tracer = Tracer(bytes.fromhex("80000000 00010002 ff"))
    decode_icmpv6(tracer)
    texts = [(field.name, field.text) for field in tracer.field.children]
    assert texts[0] == ("type", "ECHO_REQUEST (128)")
    assert ("sequence", "2") in texts
    assert texts[-1] == ("data", "ff")
