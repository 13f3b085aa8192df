"""EAP packets and the attributes of the AKA family: bytes by hand from RFC 3748, 4187, 5448; scapy is a second view."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.buffer import Reader
from dissectors.eap import AkaAttribute, EapPacket, decode_attributes, decode_eap
from dissectors.eap.attributes import notification_text
from dissectors.events import Malformed
from dissectors.tree import Tracer


def decoded(data: bytes | str) -> EapPacket:
    raw = bytes.fromhex(data) if isinstance(data, str) else data
    packet = decode_eap(Reader(raw))
    assert decode_eap(Tracer(raw)) == packet
    return packet


def aka(attributes: str, *, code: int = 1, kind: int = 23, subtype: int = 1) -> EapPacket:
    body = bytes([kind, subtype, 0, 0]) + bytes.fromhex(attributes)
    return decoded(bytes([code, 9]) + (4 + len(body)).to_bytes(2) + body)


def value(attributes: str, kind: int) -> bytes | None:
    packet = aka(attributes)
    assert packet.malformed is None
    return packet.attribute(kind)


def test_success_and_failure_have_no_type() -> None:
    assert decoded("03050004") == EapPacket(3, 5, 4)
    assert decoded("04050004") == EapPacket(4, 5, 4)


def test_an_identity_response_gives_the_identity() -> None:
    packet = decoded(b"\x02\x01\x00\x10\x01user@test.x")
    assert (packet.type, packet.data, packet.identity) == (1, b"user@test.x", "user@test.x")
    assert decoded("0101000501").identity is None


def test_an_identity_cannot_act_on_a_terminal() -> None:
    assert decoded(b"\x02\x01\x00\x09\x01\x1b[2m").identity == "\\x1b[2m"


def test_other_methods_keep_their_data() -> None:
    assert decoded("02070007031732").data == bytes([23, 50])
    expanded = decoded("0107000e fe 00137200000001 aabb".replace(" ", ""))
    assert (expanded.type, expanded.data) == (254, bytes.fromhex("00137200000001aabb"))


def test_a_challenge_gives_its_blocks_without_reserved_bytes() -> None:
    packet = aka("01050000" + "11" * 16 + "02050000" + "22" * 16 + "0b050000" + "33" * 16)
    assert packet == EapPacket(
        1, 9, 68, 23, subtype=1,
        attributes=(AkaAttribute(1, b"\x11" * 16), AkaAttribute(2, b"\x22" * 16), AkaAttribute(11, b"\x33" * 16)),
    )  # fmt: skip
    assert packet.is_aka


@pytest.mark.parametrize(
    ("attribute", "kind", "expected"),
    [
        ("03030040" + "44" * 8, 3, "44" * 8),
        ("03030028" + "44" * 5 + "000000", 3, "44" * 5),  # 40 bits, padded
        ("0304" + "55" * 14, 4, None),  # see below: AT_RES of 0x5555 bits
        ("0404" + "55" * 14, 4, "55" * 14),
        ("0a010000", 10, ""),
        ("0d010000", 13, ""),
        ("11010000", 17, ""),
        ("0c018000", 12, "8000"),
        ("0e030006" + b"0user@".hex() + "0000", 14, b"0user@".hex()),
        ("17030005" + b"WLAN1".hex() + "000000", 23, b"WLAN1".hex()),
        ("18010001", 24, "0001"),
        ("13010007", 19, "0007"),
        ("14010000", 20, ""),
        ("15050000" + "66" * 16, 21, "66" * 16),
        ("16010000", 22, "0000"),
        ("81050000" + "77" * 16, 129, "77" * 16),
        ("82050000" + "88" * 16, 130, "88" * 16),
        ("84020003" + b"abc".hex() + "00", 132, b"abc".hex()),
        ("86010000", 134, ""),
        ("86060000" + "99" * 20, 134, "99" * 20),
        ("86090000" + "99" * 32, 134, "99" * 32),
        ("87010000", 135, ""),
        ("88018000", 136, "8000"),
        ("0f0200020001 0000".replace(" ", ""), 15, "0001"),
        ("06020000 00000000".replace(" ", ""), 6, "00" * 6),
        ("c8020102 03040506".replace(" ", ""), 200, "010203040506"),
    ],
)
def test_an_attribute_gives_its_value_alone(attribute: str, kind: int, expected: str | None) -> None:
    if expected is None:
        assert aka(attribute).malformed is not None
    else:
        assert value(attribute, kind) == bytes.fromhex(expected)


def test_sim_sends_several_rands_and_shares_the_format() -> None:
    packet = aka("010d0000" + "01" * 48, kind=18, subtype=11)
    assert packet.attribute(1) == b"\x01" * 48
    assert not packet.is_aka


def test_aka_identity_counts_as_identity_only_in_a_response() -> None:
    attribute = "0e030006" + b"6user@".hex() + "0000"
    assert aka(attribute, code=2, kind=50, subtype=5).identity == "6user@"
    assert aka(attribute, code=1, kind=50, subtype=5).identity is None


@pytest.mark.parametrize(
    ("attribute", "reason", "offset"),
    [
        ("0100", "attribute length is 0", 8),
        ("01", "2 bytes needed, 1 left", 8),
        ("0105", "20 bytes needed, 2 left", 8),
        ("0e02ffff61626364", "65535 bytes needed, 4 left", 12),
        ("0e0300016162636465666768", "7 bytes of padding", 13),
        ("03030010" + "00" * 8, "RES of 16 bits, 32 to 128 allowed", 10),
        ("0b040000" + "00" * 12, "16 bytes needed, 12 left", 12),
        ("0d0200000000 0000".replace(" ", ""), "4 bytes more than the attribute has", 12),
        ("86020000 00000000".replace(" ", ""), "checkcode of 4 bytes", 12),
        ("01010000", "RAND of 0 bytes", 12),
    ],
)
def test_attributes_that_lie_are_named(attribute: str, reason: str, offset: int) -> None:
    assert aka(attribute).malformed == Malformed(reason, offset)


def test_what_follows_a_faulty_attribute_is_still_read() -> None:
    packet = aka("0b020000 aabbccdd".replace(" ", "") + "0c018000")
    assert packet.attributes == (AkaAttribute(11, bytes.fromhex("0000aabbccdd")), AkaAttribute(12, b"\x80\0"))
    assert packet.malformed is not None


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        ("", "EAP header is 4 bytes, 0 are there", 0),
        ("0107", "EAP header is 4 bytes, 2 are there", 0),
        ("01070003", "EAP length 3 is under the header's 4", 2),
        ("01070010 01", "EAP length says 16 bytes, 5 are there", 2),
        ("01070004", "Request or Response without a type", 4),
        ("03070005 00", "Success of 5 bytes instead of 4", 2),
        ("01070006 1701", "3 bytes needed, 1 left", 5),
    ],
)
def test_packets_that_lie_are_named(data: str, reason: str, offset: int) -> None:
    assert decoded(data).malformed == Malformed(reason, offset)


def test_a_cut_header_gives_what_is_there() -> None:
    packet = decoded("0107")
    assert (packet.code, packet.identifier, packet.size) == (1, 7, 0)


def test_bytes_behind_the_packet_are_the_lower_layers() -> None:
    trace = Tracer(bytes.fromhex("03050004aabb"))
    assert decode_eap(trace) == EapPacket(3, 5, 4)
    assert trace.field.children[-1].name == "padding"


def test_decrypted_attributes_decode_by_themselves() -> None:
    attributes, fault = decode_attributes(Reader(bytes.fromhex("84020003616263000602000000000000")))
    assert attributes == (AkaAttribute(132, b"abc"), AkaAttribute(6, bytes(6)))
    assert fault is None


def test_the_tree_names_attributes_and_their_parts() -> None:
    trace = Tracer(bytes.fromhex("02090014 17010000 0303002844444444440000000c014000".replace(" ", "")))
    decode_eap(trace)
    texts = [(f.name, f.text) for f in trace.field.walk()]
    assert ("type", "AKA (23)") in texts
    assert ("subtype", "CHALLENGE (1)") in texts
    assert ("attribute", "AT_RES (3)") in texts
    assert ("res_length", "40 bits") in texts
    assert ("padding", "000000") in texts


def test_notification_codes_follow_section_6_1_of_rfc_4187() -> None:
    assert notification_text(0) == "general failure after authentication (0)"
    assert notification_text(16384) == "general failure (16384)"
    assert notification_text(32768) == "success (32768)"
    assert notification_text(0x4001) == "before authentication (16385)"
    assert notification_text(0x0001) == "after authentication (1)"


def test_scapy_sees_the_same_header() -> None:
    eap = pytest.importorskip("scapy.layers.eap")
    data = bytes.fromhex("02090010 17010000 16010000 0c018000")
    theirs, ours = eap.EAP(data), decoded(data)
    assert (theirs.code, theirs.id, theirs.len, theirs.type) == (ours.code, ours.identifier, ours.size, ours.type)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"", b"\x01\x05\x00\x28\x17\x01\0\0", b"\x02\x05\x00\x28\x12\x0b\0\0"]), st.binary(max_size=60))
def test_any_bytes_decode_and_trace_alike(head: bytes, data: bytes) -> None:
    decoded(head + data)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=30))
def test_any_method_decodes_and_traces_alike(kind: int, data: bytes) -> None:
    body = bytes([kind]) + data
    trace = Tracer(b"\x01\x05" + (4 + len(body)).to_bytes(2) + body)
    decode_eap(trace)
    for item in trace.field.walk():
        assert 0 <= item.offset <= item.offset + item.size <= 4 + len(body)
        assert isinstance(item.text, str)
