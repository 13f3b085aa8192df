"""From a frame to a packet: what the decoder makes of frames that are cut, wrapped, fragmented or broken."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from edited_captures import ETHERNET, analyzed, frames_of, ip_protocol, packets_of, sample, sample_keys, saved

from analyzer.decoder import Decoder
from analyzer.describe import describe
from analyzer.field_tree import explain
from dissectors.events import SealReason
from dissectors.keymat import KeyMaterial
from dissectors.stack import Carried
from rules.session import World
from samples.generator.pcap import Frame

NAME = "attach-clean"
IPV6 = 40


def ike_frames() -> list[Frame]:
    return [f for f in frames_of(sample(NAME)) if ip_protocol(f) == 17 and f.data[56:58] in (b"\x01\xf4",)]


def fragmented(frame: Frame, size: int, ident: int = 7) -> list[Frame]:
    """An IPv6 frame as fragments of ``size`` bytes (a multiple of 8): RFC 8200 section 4.5."""
    head, body = frame.data[: ETHERNET + IPV6], frame.data[ETHERNET + IPV6 :]
    pieces = []
    for at in range(0, len(body), size):
        part = body[at : at + size]
        more = at + size < len(body)
        header = struct.pack("!BBHI", 17, 0, at | more, ident)
        packet = bytearray(head + header + part)
        struct.pack_into("!H", packet, ETHERNET + 4, len(header) + len(part))
        packet[ETHERNET + 6] = 44
        pieces.append(Frame(frame.at + len(pieces) * 10_000, bytes(packet)))
    return pieces


def in_fragments(frames: list[Frame], index: int, size: int = 128) -> tuple[list[Frame], list[Frame]]:
    """The capture without one frame, and that frame in fragments."""
    return frames[:index] + frames[index + 1 :], fragmented(frames[index], size)


def first_auth(frames: list[Frame]) -> int:
    return next(n for n, f in enumerate(frames) if ip_protocol(f) == 17 and f.data[54 + 8 + 18] == 35)


@pytest.mark.parametrize("order", ["as sent", "backwards", "each twice"])
def test_an_ike_message_in_ip_fragments_is_put_together(tmp_path: Path, order: str) -> None:
    frames = frames_of(sample(NAME))
    rest, pieces = in_fragments(frames, first_auth(frames))
    assert len(pieces) > 2
    times = [p.at for p in pieces]
    if order == "backwards":
        pieces = [replace(p, at=at) for p, at in zip(reversed(pieces), times, strict=True)]
    if order == "each twice":
        pieces = [p for piece in pieces for p in (piece, replace(piece, at=piece.at + 1000))]
    path = saved(tmp_path / "f.pcap", sorted([*rest, *pieces], key=lambda f: f.at))
    results = analyzed(path, [sample_keys(NAME)])
    assert results.failures == []
    assert results.counts.incomplete_datagrams == 0
    assert results.verdicts == analyzed(sample(NAME), [sample_keys(NAME)]).verdicts


def test_an_ike_message_of_which_an_ip_fragment_is_missing_fails_nobody(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    index = first_auth(frames)
    rest, pieces = in_fragments(frames, index)
    path = saved(tmp_path / "f.pcap", sorted([*rest, *pieces[:-1]], key=lambda f: f.at))
    results = analyzed(path, [sample_keys(NAME)])
    assert results.counts.incomplete_datagrams == 1
    assert results.failures == []


def test_overlapping_ip_fragments_that_differ_are_malformed_and_crash_nothing(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    rest, pieces = in_fragments(frames, first_auth(frames))
    forged = replace(pieces[1], data=pieces[1].data[:-4] + b"evil", at=pieces[1].at + 1000)
    path = saved(tmp_path / "f.pcap", sorted([*rest, *pieces[:2], forged, *pieces[2:]], key=lambda f: f.at))
    packets, results = packets_of(path, [sample_keys(NAME)])
    faults = [str(p.stack.malformed) for p in packets if p.stack.carried is Carried.MALFORMED]
    assert faults[0].startswith("overlapping")
    assert results.failures == []


def test_a_packet_that_the_capture_cut_is_sealed_for_that_reason(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    index = first_auth(frames)
    decoder = Decoder(KeyMaterial(), World())
    for number, frame in enumerate(frames[: index + 1], 1):
        cut = frame.data if number <= index else frame.data[:100]
        packet = decoder.decode(number, frame.at, cut, 1, length=len(frame.data))
    assert packet.sealed is not None
    assert packet.sealed.reason is SealReason.TRUNCATED
    assert not packet.stack.complete


def test_cut_at_every_byte_a_frame_still_gives_a_packet() -> None:
    """Snap lengths from 0 to all: never an exception, and the line can always be written."""
    frame = ike_frames()[0]
    for size in range(len(frame.data) + 1):
        packet = Decoder(KeyMaterial(), World()).decode(1, frame.at, frame.data[:size], 1, length=len(frame.data))
        assert describe(packet).protocol
        if size < len(frame.data):
            assert not packet.stack.complete or packet.stack.malformed


def ike_frame(first: int, payloads: bytes) -> bytes:
    """A frame with an IKE_SA_INIT request of these payloads."""
    body = bytes(range(1, 9)) + bytes(8) + struct.pack("!BBBBII", first, 0x20, 34, 8, 0, 28 + len(payloads)) + payloads
    head = bytearray(frames_of(sample(NAME))[2].data[: ETHERNET + IPV6])
    struct.pack_into("!H", head, ETHERNET + 4, min(8 + len(body), 0xFFFF))
    return bytes(head) + struct.pack("!HHHH", 500, 500, min(8 + len(body), 0xFFFF), 0) + body


@pytest.mark.parametrize("count", [254, 8000, 10_000])
def test_a_proposal_with_thousands_of_transforms_is_read_and_shown_in_one_line(count: int) -> None:
    """The count is one octet and the length two: for what is more, both lie."""
    transforms = struct.pack("!BBHBBH", 3, 0, 8, 1, 0, 12) * count
    proposal = struct.pack("!BBHBBBB", 0, 0, min(8 + len(transforms), 0xFFFF), 1, 1, 0, count & 0xFF) + transforms
    payload = struct.pack("!BBH", 0, 0, min(4 + len(proposal), 0xFFFF)) + proposal
    packet = Decoder(KeyMaterial(), World()).decode(1, 0, ike_frame(33, payload), 1)
    assert "IKE_SA_INIT MID=00" in describe(packet).info
    assert len(describe(packet).info) < 2000
    assert explain(packet).root.children


def test_a_line_names_payloads_up_to_a_limit() -> None:
    payloads = struct.pack("!BBH", 43, 0, 4) * 2000 + struct.pack("!BBH", 0, 0, 4)
    packet = Decoder(KeyMaterial(), World()).decode(1, 0, ike_frame(43, payloads), 1)
    info = describe(packet).info
    assert info.endswith("… 1961 more]")


def test_message_ids_are_decimal_as_in_tshark() -> None:
    """tshark 4.0.17 writes 0x1f as MID=31."""
    frame = ike_frames()[0]
    data = frame.data[:82] + struct.pack("!I", 31) + frame.data[86:]
    packet = Decoder(KeyMaterial(), World()).decode(1, 0, data, 1)
    assert "IKE_SA_INIT MID=31 Initiator Request" in describe(packet).info


def test_a_message_whose_encrypted_payload_is_broken_hides_what_it_held(tmp_path: Path) -> None:
    """The length of SK is a lie: what should be in there is unknown, and not absent."""
    frames = frames_of(sample(NAME))
    index = first_auth(frames)
    data = bytearray(frames[index].data)
    struct.pack_into("!H", data, 54 + 8 + 28 + 2, 3)
    frames[index] = replace(frames[index], data=bytes(data))
    packets, results = packets_of(saved(tmp_path / "b.pcap", frames), [sample_keys(NAME)])
    broken = packets[index] if packets[index].number == index + 1 else next(p for p in packets if p.number == index + 1)
    assert broken.message.sealed is not None
    assert broken.message.sealed.reason is SealReason.MALFORMED
    assert [f for f in results.failures if f.frame == index + 1 and f.rule.startswith("UE-")] == []
