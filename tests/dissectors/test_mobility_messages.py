"""Mobility Header messages of every type, from bytes put down after the RFCs' figures; and any bytes at all."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

import pytest
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import HA6, HOA
from mobility_bytes import A1_UPDATE, A2_ACK, ACK, BA, BU, UPDATE, mobility, option

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.mobility import BindingAck, BindingUpdate, OtherMobility, decode_mobility, describe_mobility
from dissectors.mobility.further_messages import (
    BindingRevocation,
    BindingRevocationAck,
    FastBindingAck,
    FastBindingUpdate,
    FastNeighborAdvertisement,
    FlowBinding,
    FlowBindingAck,
    HandoverAck,
    HandoverInitiate,
    Heartbeat,
    HomeAgentSwitch,
    LocalizedRoutingAck,
    LocalizedRoutingInitiation,
)
from dissectors.mobility.messages import (
    BindingError,
    BindingRefreshRequest,
    CareOfTest,
    CareOfTestInit,
    HomeTest,
    HomeTestInit,
    MobilityMessage,
)
from dissectors.mobility.options import BindingIdentifier, PadN
from dissectors.mobility.registry import AckFlag, UpdateFlag

COOKIE, TOKEN = bytes(range(8)), bytes(range(8, 16))
PAD = (PadN(b""),)

# MH type, bytes behind the checksum, the message's own fields, and how it reads.
MESSAGES: list[tuple[int, bytes, type[MobilityMessage], dict[str, object], str]] = [
    (0, bytes(2), BindingRefreshRequest, {}, "Binding Refresh Request"),
    (1, bytes(2) + COOKIE, HomeTestInit, {"cookie": COOKIE}, "Home Test Init"),
    (2, bytes(2) + COOKIE, CareOfTestInit, {"cookie": COOKIE}, "Care-of Test Init"),
    (3, b"\1\2" + COOKIE + TOKEN, HomeTest, {"nonce_index": 258, "cookie": COOKIE, "token": TOKEN}, "Home Test"),
    (4, b"\1\2" + COOKIE + TOKEN, CareOfTest, {"nonce_index": 258, "cookie": COOKIE, "token": TOKEN}, "Care-of Test"),
    (5, UPDATE, BindingUpdate, {"sequence": 7, "flags": 0xC000, "lifetime": 150},
     "Binding Update seq 7 A H lifetime 600 s"),
    (6, ACK, BindingAck, {"status": 0, "flags": 0x80, "sequence": 7, "lifetime": 150},
     "Binding Acknowledgement seq 7 accepted (0) K lifetime 600 s"),
    (7, b"\1\0" + HOA.packed, BindingError, {"status": 1, "home_address": HOA},
     f"Binding Error unknown binding for home address option (1) HoA {HOA}"),
    (8, UPDATE, FastBindingUpdate, {"sequence": 7, "flags": 0xC000, "lifetime": 150},
     "Fast Binding Update seq 7 A H lifetime 600 s"),
    (9, ACK, FastBindingAck, {"status": 0, "flags": 0x80, "sequence": 7, "lifetime": 150},
     "Fast Binding Acknowledgement seq 7 accepted (0) K lifetime 600 s"),
    (10, bytes(2), FastNeighborAdvertisement, {}, "Fast Neighbor Advertisement"),
    (12, b"\2\0" + HA6.packed + HOA.packed, HomeAgentSwitch, {"addresses": (HA6, HOA)},
     f"Home Agent Switch {HA6} {HOA}"),
    (12, bytes(2), HomeAgentSwitch, {"addresses": ()}, "Home Agent Switch"),
    (13, bytes.fromhex("0001 00000009"), Heartbeat, {"flags": 1, "sequence": 9}, "Heartbeat response seq 9"),
    (14, bytes.fromhex("0009 80 02"), HandoverInitiate, {"sequence": 9, "flags": 0x80, "code": 2},
     "Handover Initiate seq 9"),
    (15, bytes.fromhex("0009 00 03"), HandoverAck, {"sequence": 9, "flags": 0, "code": 3},
     "Handover Acknowledge seq 9"),
    (16, bytes.fromhex("01 81 0009 4000"), BindingRevocation, {"trigger": 129, "sequence": 9, "flags": 0x4000},
     "Binding Revocation Indication seq 9 revoking mobility node local policy (129) V"),
    (16, bytes.fromhex("02 80 0009 a000"), BindingRevocationAck, {"status": 128, "sequence": 9, "flags": 0xA000},
     "Binding Revocation Acknowledgement seq 9 binding does not exist (128) P G"),
    (17, bytes.fromhex("0009 0000 0010"), LocalizedRoutingInitiation, {"sequence": 9, "lifetime": 16},
     "Localized Routing Initiation seq 9"),
    (18, bytes.fromhex("0009 80 02 0010"), LocalizedRoutingAck,
     {"sequence": 9, "flags": 0x80, "status": 2, "lifetime": 16}, "Localized Routing Acknowledgement seq 9"),
    (21, bytes.fromhex("0001 0009 02 80"), FlowBinding, {"sequence": 9, "trigger": 2, "flags": 0x80},
     "Flow Binding Indication seq 9 administrative reason (2) A"),
    (21, bytes.fromhex("0002 0009 81 00"), FlowBindingAck, {"sequence": 9, "status": 129},
     "Flow Binding Acknowledgement seq 9 reason unspecified (129)"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fixed", "cls", "fields", "text"), MESSAGES, ids=[m[4] for m in MESSAGES])
def test_a_message_is_read_and_worded(
    kind: int, fixed: bytes, cls: type[MobilityMessage], fields: dict[str, object], text: str
) -> None:
    message, _ = read_both(mobility(kind, fixed, option(1)), decode_mobility)
    assert isinstance(message, cls)
    assert {name: getattr(message, name) for name in fields} == fields
    assert (message.type, message.payload_proto, message.malformed) == (kind, 59, None)
    assert message.size == message.declared_size
    assert PadN() in message.options
    assert describe_mobility(message) == text


@pytest.mark.parametrize(("kind", "fixed", "cls", "fields", "text"), MESSAGES, ids=[m[4] for m in MESSAGES])
def test_a_message_cut_in_its_fixed_fields_states_none_of_them(
    kind: int, fixed: bytes, cls: type[MobilityMessage], fields: dict[str, object], text: str
) -> None:
    whole = mobility(kind, fixed)
    for size in range(6, 6 + len(fixed)):
        message, _ = read_both(whole[:size], decode_mobility)
        assert message.malformed is not None
        assert (message.type, message.size) == (kind, size)
        if kind != 12:  # of a Home Agent Switch the addresses that are whole are kept
            assert isinstance(message, OtherMobility)
            assert message.data in (whole[6:size], b"")


@pytest.mark.parametrize("kind", [11, 19, 20, 22, 23, 24, 255])
def test_a_type_that_is_not_read_keeps_its_bytes(kind: int) -> None:
    message, _ = read_both(mobility(kind, b"\1\2"), decode_mobility)
    assert isinstance(message, OtherMobility)
    assert (message.type, message.data, message.malformed) == (kind, b"\1\2", None)
    expected = {11: "Experimental", 19: "Update Notification", 255: "Mobility Header type 255"}
    assert describe_mobility(message) == expected.get(kind, describe_mobility(message))


@pytest.mark.parametrize(("kind", "fixed"), [(16, b"\3\0"), (21, b"\0\3")])
def test_a_subtype_that_is_not_known_keeps_its_bytes(kind: int, fixed: bytes) -> None:
    message, _ = read_both(mobility(kind, fixed), decode_mobility)
    assert message == OtherMobility(kind, fixed, size=8)


def test_each_flag_has_its_bit() -> None:
    letters = "AHLKMRPFTOSD"
    for at, letter in enumerate(letters):
        fixed = struct.pack(">HHH", 1, 0x8000 >> at, 0)
        assert (
            describe_mobility(decode_mobility(Reader(mobility(BU, fixed))))
            == f"Binding Update seq 1 {letter} lifetime 0 s"
        )
    for at, letter in enumerate("KRPTBSD"):
        message = decode_mobility(Reader(mobility(BA, struct.pack(">BBHH", 0, 0x80 >> at, 1, 0))))
        assert describe_mobility(message) == f"Binding Acknowledgement seq 1 accepted (0) {letter} lifetime 0 s"
    unknown = decode_mobility(Reader(mobility(BU, struct.pack(">HHH", 1, 0x8003, 0))))
    assert describe_mobility(unknown) == "Binding Update seq 1 A +0x3 lifetime 0 s"


def test_flags_are_asked_for_together() -> None:
    update = decode_mobility(Reader(A1_UPDATE))
    assert isinstance(update, BindingUpdate)
    assert update.has(UpdateFlag.ACKNOWLEDGE | UpdateFlag.HOME_REGISTRATION)
    assert not update.has(UpdateFlag.ACKNOWLEDGE | UpdateFlag.FORCE_UDP)
    ack = decode_mobility(Reader(A2_ACK))
    assert isinstance(ack, BindingAck)
    assert (ack.has(AckFlag.MOBILE_ROUTER), ack.has(AckFlag.PROXY)) == (True, False)


def test_lifetime_0_takes_bindings_away_unless_it_is_refused() -> None:
    update = decode_mobility(Reader(mobility(BU, struct.pack(">HHH", 1, 0xC000, 0))))
    assert isinstance(update, BindingUpdate)
    assert update.is_deregistration
    for status, removed in ((0, True), (128, False)):
        ack = decode_mobility(Reader(mobility(BA, struct.pack(">BBHH", status, 0, 1, 0))))
        assert isinstance(ack, BindingAck)
        assert ack.is_deregistration is removed


@pytest.mark.parametrize("size", range(6))
def test_less_than_a_header_is_told(size: int) -> None:
    message, _ = read_both(A1_UPDATE[:size], decode_mobility)
    fault = Malformed(f"a Mobility Header is at least 8 bytes, {size} are there", 0)
    assert message.malformed == fault
    assert message.size == size


def test_a_header_that_says_more_than_is_there_is_told_and_the_rest_read() -> None:
    message, tree = read_both(A1_UPDATE[:40], decode_mobility)
    assert isinstance(message, BindingUpdate)
    assert message.malformed == Malformed("header says 80 bytes, 40 are there", 1)
    assert (message.option(BindingIdentifier) or BindingIdentifier(0)).care_of_address == IPv6Address("2001:db8:77::99")
    assert (message.size, message.declared_size) == (40, 80)
    assert any("header says 80 bytes" in (field.fault or "") for field in tree.walk())


def test_a_header_that_says_less_leaves_the_rest_aside() -> None:
    message, tree = read_both(A1_UPDATE[:1] + b"\4" + A1_UPDATE[2:], decode_mobility)
    assert (message.size, message.malformed) == (40, None)
    assert texts(tree, "trailing_bytes") == [A1_UPDATE[40:].hex()]


def test_a_header_too_short_for_its_type_is_told() -> None:
    message, _ = read_both(A1_UPDATE[:1] + b"\0" + A1_UPDATE[2:], decode_mobility)
    assert message.malformed == Malformed("6 bytes needed, 2 left", 6)
    assert isinstance(message, OtherMobility)


def test_addresses_of_a_home_agent_switch_that_are_not_there_are_told() -> None:
    message, _ = read_both(mobility(12, b"\3\0" + HA6.packed), decode_mobility)
    assert isinstance(message, HomeAgentSwitch)
    assert (message.addresses, message.malformed) == ((HA6,), Malformed("3 addresses announced, 1 are there", 24))


def test_tokens_stay_out_of_the_repr() -> None:
    for kind in (3, 4):
        assert repr(TOKEN) not in repr(decode_mobility(Reader(mobility(kind, b"\0\1" + COOKIE + TOKEN))))


SAMPLES = [A1_UPDATE, A2_ACK, *(mobility(kind, fixed, option(35, "0001 00 05")) for kind, fixed, *_ in MESSAGES)]


def _decodes(data: bytes) -> MobilityMessage:
    message, _ = read_both(data, lambda r: decode_mobility(r, source=HOA, destination=HA6))
    assert message.size <= len(data)
    assert describe_mobility(message).isprintable()
    assert message.malformed is None or 0 <= message.malformed.offset <= len(data)
    return message


@given(st.binary(max_size=120))
@settings(max_examples=300)
def test_any_bytes_decode_and_trace_alike(data: bytes) -> None:
    _decodes(data)


@given(st.integers(0, 30), st.binary(max_size=120))
@settings(max_examples=300)
def test_any_bytes_behind_a_true_header_decode_and_trace_alike(kind: int, data: bytes) -> None:
    assert _decodes(mobility(kind, data)).type == kind


@given(st.sampled_from([29, 30, 31, 32, 35, 44, 45, *range(60)]), st.binary(max_size=60))
@settings(max_examples=300)
def test_any_bytes_in_an_option_decode_and_trace_alike(kind: int, data: bytes) -> None:
    _decodes(mobility(BU, UPDATE, option(kind, data), option(35, "0001 00 05")))


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 100), st.integers(0, 255)), max_size=4),
       st.integers(0, 100))  # fmt: skip
@settings(max_examples=300)
def test_changed_and_cut_messages_decode_and_trace_alike(data: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    changed = bytearray(data)
    for at, value in changes:
        changed[at % len(changed)] = value
    _decodes(bytes(changed[: max(0, len(changed) - cut)] if cut < 50 else changed))
