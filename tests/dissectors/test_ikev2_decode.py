"""The IKEv2 header, the chain of payloads and its faults. Bytes are built by hand from RFC 7296 section 3."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.buffer import Reader
from dissectors.events import Malformed
from dissectors.ikev2.decode import decode_chain, decode_ike
from dissectors.ikev2.messages import (
    Authentication,
    Certificate,
    CertificateRequest,
    Delete,
    Eap,
    Encrypted,
    Identification,
    IkeMessage,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Notify,
    Payload,
    Proposal,
    SecurityAssociation,
    TrafficSelectors,
    Transform,
    UnknownPayload,
    VendorId,
)
from dissectors.ikev2.registry import IkeFlag, TransformType
from dissectors.tree import Field, Tracer

SPIS = b"initiat.respond."
NONCE = bytes(range(16))
# One IKE proposal: AES-CBC-128, HMAC-SHA1 PRF, HMAC-SHA1-96, group 2.
PROPOSAL = bytes.fromhex(
    "0000002c01010004" "0300000c0100000c800e0080" "0300000802000002" "0300000803000002" "0000000804000002"
)  # fmt: skip


def chained(*payloads: tuple[int, bytes], critical: int = 0) -> bytes:
    kinds = [kind for kind, _ in payloads[1:]] + [0]
    return b"".join(
        struct.pack(">BBH", following, critical, len(body) + 4) + body
        for following, (_, body) in zip(kinds, payloads, strict=True)
    )


def message_of(first: int, chain: bytes, *, size: int | None = None, version: int = 0x20, flags: int = 8) -> bytes:
    length = 28 + len(chain) if size is None else size
    return SPIS + struct.pack(">BBBBII", first, version, 34, flags, 7, length) + chain


def decoded(data: bytes) -> IkeMessage:
    message = decode_ike(Reader(data))
    assert decode_ike(Tracer(data)) == message
    return message


def only(kind: int, body: bytes, *, critical: int = 0) -> Payload:
    message = decoded(message_of(kind, chained((kind, body), critical=critical)))
    assert message.malformed is None
    (payload,) = message.payloads
    return payload


def test_the_header_is_read_field_by_field() -> None:
    message = decoded(message_of(40, chained((40, NONCE)), flags=0x28))
    assert (message.initiator_spi, message.responder_spi) == (b"initiat.", b"respond.")
    assert (message.next_payload, message.version, message.exchange_type) == (40, 0x20, 34)
    assert (message.message_id, message.size) == (7, 28 + 20)
    assert message.flags == IkeFlag.INITIATOR | IkeFlag.RESPONSE
    assert message.from_initiator
    assert message.is_response
    assert message.payloads == (Nonce(NONCE),)


def test_payloads_keep_their_order_and_their_critical_bit() -> None:
    chain = chained((40, NONCE), (43, b"vendor"), (200, b"new"), critical=0x80)
    assert decoded(message_of(40, chain)).payloads == (
        Nonce(NONCE, critical=True),
        VendorId(b"vendor", critical=True),
        UnknownPayload(200, b"new", critical=True),
    )


def test_reserved_bits_beside_the_critical_bit_do_not_make_a_payload_critical() -> None:
    assert only(40, NONCE, critical=0x7F) == Nonce(NONCE)


def test_a_proposal_with_its_transforms() -> None:
    transforms = (Transform(1, 12, 128), Transform(2, 2), Transform(3, 2), Transform(4, 2))
    assert only(33, PROPOSAL) == SecurityAssociation((Proposal(1, 1, b"", transforms),))


def test_two_proposals_with_spis_and_an_unknown_attribute() -> None:
    esp = "0200001c 01030401 a1a2a3a4 00000010 01000014 000f0004 01020304"
    again = "0000001c 02030401 b1b2b3b4 00000010 01000014 800e0100 800f0001"
    assert only(33, bytes.fromhex(esp + again)) == SecurityAssociation(
        (
            Proposal(1, 3, bytes.fromhex("a1a2a3a4"), (Transform(1, 20),)),
            Proposal(2, 3, bytes.fromhex("b1b2b3b4"), (Transform(1, 20, 256),)),
        )
    )


def test_a_proposal_as_long_as_a_payload_can_be_is_read_whole() -> None:
    count = 8100
    transforms = b"".join(struct.pack(">BBHBBH", 3, 0, 8, 1 + n % 5, 0, n) for n in range(count))
    body = struct.pack(">BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, count % 256) + transforms
    payload = only(33, body)
    assert isinstance(payload, MalformedPayload)  # the count has one byte, so the proposal contradicts itself
    assert payload.fault.reason == f"proposal says {count % 256} transforms, it holds {count}"


def test_255_transforms_are_kept_in_order() -> None:
    transforms = b"".join(struct.pack(">BBHBBH", 3, 0, 8, 4, 0, n) for n in range(255))
    payload = only(33, struct.pack(">BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, 255) + transforms)
    assert isinstance(payload, SecurityAssociation)
    assert [t.id for t in payload.proposals[0].of(TransformType.KE)] == list(range(255))


@pytest.mark.parametrize(
    ("body", "reason", "offset"),
    [
        ("00000007 01010000", "proposal length 7 is outside 8 to 8", 32),
        ("00000040 01010000", "proposal length 64 is outside 8 to 8", 32),
        ("00000010 01010001 00000000 01000001", "transform length 0 is outside 8 to 8", 40),
        ("0000000c 01010401 aabb", "proposal length 12 is outside 8 to 10", 32),
        ("0000000a 010104ff aabb", "4 bytes needed, 2 left", 40),
        ("00000014 01010001 0000000c 01000014 000e0009", "9 bytes needed, 0 left", 52),
        ("00000008 01010001", "proposal says 1 transforms, it holds 0", 40),
    ],
)
def test_lengths_that_lie_inside_a_proposal_are_named(body: str, reason: str, offset: int) -> None:
    payload = only(33, bytes.fromhex(body))
    assert isinstance(payload, MalformedPayload)
    assert payload.fault == Malformed(reason, offset)
    assert payload.data == bytes.fromhex(body)


def test_short_payloads_are_read_by_their_layout() -> None:
    assert only(34, b"\0\x0e\0\0value") == KeyExchange(14, b"value")
    assert only(35, b"\x03\0\0\0user@example.org") == Identification(True, 3, b"user@example.org")
    assert only(36, b"\x02\0\0\0internet") == Identification(False, 2, b"internet")
    assert only(37, b"\x04DER") == Certificate(4, b"DER")
    assert only(37, b"\x0c" + bytes(20) + b"http://x") == Certificate(12, bytes(20) + b"http://x")
    assert only(38, b"\x04" + bytes(40)) == CertificateRequest(4, bytes(40))
    assert only(39, b"\x0e\0\0\0\x02ABsig") == Authentication(14, b"\x02ABsig")
    assert only(41, bytes.fromhex("03044009a1a2a3a4")) == Notify(3, bytes.fromhex("a1a2a3a4"), 16393, b"")
    assert only(43, b"") == VendorId(b"")


def test_a_delete_lists_its_spis() -> None:
    assert only(42, bytes.fromhex("01000000")) == Delete(1, 0, ())
    spis = (bytes.fromhex("a1a2a3a4"), bytes.fromhex("b1b2b3b4"))
    assert only(42, bytes.fromhex("03040002") + b"".join(spis)) == Delete(3, 4, spis)


@pytest.mark.parametrize("body", ["0304ffff a1a2a3a4", "0300ffff", "03040001 a1a2", "03040001 a1a2a3a4a5"])
def test_a_delete_whose_counts_lie_is_malformed(body: str) -> None:
    assert isinstance(only(42, bytes.fromhex(body)), MalformedPayload)


def test_a_nonce_of_15_octets_is_kept_and_named() -> None:
    data = message_of(40, chained((40, bytes(15))))
    trace = Tracer(data)
    assert decode_ike(trace).payloads == (Nonce(bytes(15)),)
    assert [f.fault for f in trace.field.walk() if f.fault] == ["nonce of 15 bytes, 16 to 256 allowed at byte 32"]


def test_eap_in_a_payload_is_decoded() -> None:
    payload = only(48, bytes.fromhex("03050004"))
    assert isinstance(payload, Eap)
    assert (payload.packet.code, payload.packet.identifier, payload.packet.malformed) == (3, 5, None)


def test_the_selectors_of_binding_update_are_those_of_appendix_a5() -> None:
    home = "20010db8000100020000000000000010"
    payload = only(44, bytes.fromhex("01000000 08870028 05000500" + home + home))
    assert isinstance(payload, TrafficSelectors)
    (selector,) = payload.selectors
    assert (payload.initiator, selector.type, selector.protocol) == (True, 8, 135)
    assert (selector.start_port >> 8, selector.end_port >> 8) == (5, 5)
    assert str(selector.start) == str(selector.end) == "2001:db8:1:2::10"


def test_a_selector_of_an_unknown_type_has_no_addresses() -> None:
    payload = only(45, bytes.fromhex("02000000 0a000008 01020304 07110010 00010002 c0000200 c00002ff"))
    assert isinstance(payload, TrafficSelectors)
    unknown, known = payload.selectors
    assert (unknown.type, unknown.start, unknown.end) == (10, None, None)
    assert (known.protocol, known.start_port, known.end_port, str(known.end)) == (17, 1, 2, "192.0.2.255")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("02000000 07000010 0000ffff 00000000 ffffffff", "payload says 2 selectors, it holds 1"),
        ("01000000 07000014 0000ffff 00000000 ffffffff 00000000", "selector of type 7 is 16 bytes, not 20"),
        ("01000000 07000000", "selector length 0 is outside 4 to 4"),
        ("01000000 08000010 0000ffff 00000000 ffffffff", "selector of type 8 is 40 bytes, not 16"),
    ],
)
def test_selectors_that_contradict_themselves_are_named(body: str, reason: str) -> None:
    payload = only(44, bytes.fromhex(body))
    assert isinstance(payload, MalformedPayload)
    assert payload.fault.reason == reason


def test_the_chain_goes_on_behind_a_malformed_payload() -> None:
    trace = Tracer(message_of(34, chained((34, b"\0"), (40, NONCE))))
    message = decode_ike(trace)
    assert message == decode_ike(Reader(trace.data))
    assert [f.fault for f in trace.field.walk() if f.fault] == ["4 bytes needed, 1 left at byte 32"]
    broken, nonce = message.payloads
    assert broken == MalformedPayload(34, b"\0", Malformed("4 bytes needed, 1 left", 32))
    assert nonce == Nonce(NONCE)
    assert message.malformed is None


def test_sk_stays_closed_and_nothing_is_parsed_behind_it() -> None:
    data = message_of(46, bytes.fromhex("2900000c") + b"IVcipher" + chained((40, NONCE)))
    message = decoded(data)
    assert message.payloads == (Encrypted(41, b"IVcipher", 32),)
    assert message.encrypted is message.payloads[0]
    assert message.malformed == Malformed("20 bytes behind the last payload", 40)


def test_skf_has_its_number_and_total() -> None:
    message = decoded(message_of(53, bytes.fromhex("24000010 00010002") + b"IVcipher"))
    assert message.payloads == (Encrypted(36, b"IVcipher", 36, 1, 2),)
    assert message.malformed is None


@pytest.mark.parametrize("numbers", ["00000002", "00030002", "00000000"])
def test_a_fragment_that_cannot_be_is_malformed(numbers: str) -> None:
    payload = only(53, bytes.fromhex(numbers) + b"IVcipher")
    assert isinstance(payload, MalformedPayload)
    assert payload.fault.offset == 32


def test_sk_cut_by_the_capture_keeps_what_is_there() -> None:
    whole = message_of(46, bytes.fromhex("29000024") + bytes(range(32)))
    message = decoded(whole[:50])
    assert message.payloads == (Encrypted(41, bytes(range(18)), 32),)
    assert message.malformed == Malformed("header says 64 bytes, 50 are there", 24)


def test_what_follows_the_header_length_is_left_aside() -> None:
    data = message_of(40, chained((40, NONCE))) + b"padding"
    trace = Tracer(data)
    message = decode_ike(trace)
    assert message == decode_ike(Reader(data))
    assert (message.payloads, message.malformed) == ((Nonce(NONCE),), None)
    last = trace.field.children[-1]
    assert (last.name, last.offset, last.size) == ("trailing_bytes", 48, 7)


def test_a_header_that_says_more_than_is_there_is_read_as_far_as_possible() -> None:
    message = decoded(message_of(40, chained((40, NONCE)), size=100))
    assert message.payloads == (Nonce(NONCE),)
    assert message.malformed == Malformed("header says 100 bytes, 48 are there", 24)


@pytest.mark.parametrize(
    ("chain", "first", "reason", "offset"),
    [
        ("00000003", 40, "payload length 3 is under the header's 4", 28),
        ("00000000", 40, "payload length 0 is under the header's 4", 28),
        ("000000ff", 40, "payload length says 255 bytes, 4 are left", 28),
        ("0000", 40, "4 bytes needed, 2 left", 28),
        ("29000004", 43, "a payload of type 41 is announced, nothing is left", 32),
        ("00000004 aabb", 43, "2 bytes behind the last payload", 32),
        ("aabb", 0, "2 bytes behind the last payload", 28),
    ],
)
def test_a_broken_chain_is_named(chain: str, first: int, reason: str, offset: int) -> None:
    assert decoded(message_of(first, bytes.fromhex(chain))).malformed == Malformed(reason, offset)


def test_a_broken_chain_keeps_what_was_read() -> None:
    chain = chained((40, NONCE), (43, b"v"))[:-1] + bytes.fromhex("00000000")
    assert decoded(message_of(40, chain)).payloads[0] == Nonce(NONCE)


def test_ikev1_is_named_and_not_decoded() -> None:
    message = decoded(message_of(1, chained((40, NONCE)), version=0x10))
    assert message.malformed == Malformed("IKE major version 1", 17)
    assert message.payloads == ()


def test_a_higher_minor_version_is_no_fault() -> None:
    assert decoded(message_of(40, chained((40, NONCE)), version=0x21)).payloads == (Nonce(NONCE),)


@pytest.mark.parametrize("size", [0, 27])
def test_a_header_length_under_the_header_is_named(size: int) -> None:
    message = decoded(message_of(40, chained((40, NONCE)), size=size))
    assert message.malformed == Malformed(f"header says {size} bytes, it has 28 itself", 24)
    assert message.payloads == ()


@pytest.mark.parametrize("left", range(28))
def test_a_cut_header_gives_its_whole_fields_and_zeros(left: int) -> None:
    message = decoded(message_of(40, b"", size=48)[:left])
    assert message.malformed == Malformed(f"header is 28 bytes, {left} are there", 0)
    assert message.initiator_spi == (b"initiat." if left >= 8 else bytes(8))
    assert message.responder_spi == (b"respond." if left >= 16 else bytes(8))
    assert message.next_payload == (40 if left >= 17 else 0)
    assert message.message_id == (7 if left >= 24 else 0)
    assert message.size == 0


def test_offsets_count_from_the_start_of_the_frame() -> None:
    frame = bytes(46) + message_of(46, bytes.fromhex("2900000c") + b"IVcipher")
    (encrypted,) = decode_ike(Reader(frame, 46)).payloads
    assert isinstance(encrypted, Encrypted)
    assert frame[encrypted.offset :] == encrypted.body


def test_decrypted_contents_are_a_chain_like_any_other() -> None:
    assert decode_chain(Reader(b""), 0) == ((), None)
    assert decode_chain(Reader(chained((41, bytes.fromhex("00004000")))), 41) == ((Notify(0, b"", 16384, b""),), None)


def _inside(outer: Field, buffers: list[bytes]) -> None:
    for inner in outer.children:
        assert outer.offset <= inner.offset <= inner.offset + inner.size <= outer.offset + outer.size, inner
        assert inner.offset + inner.size <= len(buffers[inner.buffer])
        assert isinstance(inner.text, str)
        assert isinstance(inner.label, str)
        _inside(inner, buffers)


def check_any(data: bytes) -> None:
    """Whatever the bytes: no exception, both readers agree, and every field lies where it may."""
    trace = Tracer(data)
    assert decode_ike(trace) == decode_ike(Reader(data))
    _inside(trace.field, trace.buffers)


BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([PROPOSAL, NONCE, bytes.fromhex("01000000 08870028 05000500") + bytes(32)]),
    st.builds(lambda n, rest: struct.pack(">BBH", 0, 0, n) + rest, st.integers(1, 51015), st.binary(max_size=40)),
)
KINDS = st.one_of(st.integers(33, 53), st.integers(0, 255))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_decode_and_trace_alike(data: bytes) -> None:
    check_any(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(KINDS, BODIES), min_size=1, max_size=6), st.data())
def test_any_payload_bodies_decode_and_trace_alike(payloads: list[tuple[int, bytes]], choice: st.DataObject) -> None:
    data = bytearray(message_of(payloads[0][0], chained(*payloads)))
    for _ in range(choice.draw(st.integers(0, 3))):
        data[choice.draw(st.integers(28, len(data) - 1))] = choice.draw(st.integers(0, 255))
    check_any(bytes(data))


def test_a_message_cut_at_every_byte_decodes() -> None:
    home = bytes.fromhex("20010db8000100020000000000000010")
    data = message_of(
        33,
        chained(
            (33, PROPOSAL),
            (44, bytes.fromhex("01000000 08870028 05000500") + home + home),
            (47, bytes.fromhex("02000000 00100015 00015180 20010db8000100020000000000000000 40")),
            (41, bytes.fromhex("00004017 0210") + home),
            (48, bytes.fromhex("0207000c 17050000 0d010000")),
        ),
    )
    assert decoded(data).malformed is None
    for end in range(len(data)):
        check_any(data[:end])
        assert decode_ike(Reader(data[:end])).malformed is not None
