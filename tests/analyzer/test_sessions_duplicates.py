"""The same packet captured twice is no retransmission, no replay and no unprotected message."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from edited_captures import (
    ETHERNET,
    MILLISECOND,
    SECOND,
    analyzed,
    frames_of,
    ip_protocol,
    later,
    moved,
    packets_of,
    played,
    reported,
    sample,
    sample_keys,
    saved,
)

from dissectors.stack import Carried
from samples.generator.frames import echo, ethernet
from samples.generator.pcap import Frame

NAME = "attach-clean"


def test_every_frame_captured_twice_within_milliseconds_is_judged_once(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    both = sorted([*frames, *later(frames, 2 * MILLISECOND)], key=lambda f: f.at)
    packets, results = packets_of(saved(tmp_path / "twice.pcap", both), [sample_keys(NAME)])
    once = analyzed(sample(NAME), [sample_keys(NAME)])
    assert results.verdicts == once.verdicts
    assert results.counts.copies == once.counts.ike + once.counts.esp
    notes = [p.note for p in packets if p.copy_of and p.stack.carried is Carried.IKE]
    assert notes[0] == "captured twice: the same packet as frame 5"  # 1, 2 and 3, 4: advertisement and DNS query


def test_the_same_ike_message_seconds_later_is_a_retransmission(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    request = next(f for f in frames if ip_protocol(f) == 17 and f.data[ETHERNET + 40 + 2 : ETHERNET + 44] == b"\1\xf4")
    both = sorted([*frames, replace(request, at=request.at + 3 * MILLISECOND * 1000)], key=lambda f: f.at)
    packets, results = packets_of(saved(tmp_path / "again.pcap", both), [sample_keys(NAME)])
    (repeat,) = [p for p in packets if p.event and p.event.repeats]
    assert repeat.event is not None
    assert (repeat.event.repeats, repeat.copy_of) == (3, 0)
    exchange = results.sessions[0].ike_sas[0].exchanges[True, 0]
    assert exchange.copies == 1


def test_a_packet_captured_on_both_sides_of_a_nat_is_one_packet(tmp_path: Path) -> None:
    name = "attach-clean-ipv4"
    outside = frames_of(sample(name))
    inside = [
        moved(reported(f, {40500: 500, 40001: 4500}), {IPv4Address("203.0.113.5"): IPv4Address("192.168.7.20")})
        for f in outside
        if ip_protocol(f) == 17
    ]
    both = sorted([*outside, *later(inside, -MILLISECOND)], key=lambda f: f.at)
    results = analyzed(saved(tmp_path / "nat.pcap", both), [sample_keys(name)])
    assert len(results.sessions) == 1
    assert results.failures == []
    assert results.counts.copies == results.counts.ike // 2 + results.counts.esp // 2


def test_an_answer_captured_first_beyond_the_nat_is_of_the_session_that_began_within(tmp_path: Path) -> None:
    """A NAT's own capture of all its interfaces: a request is seen first within, an answer first outside."""
    name = "attach-clean-ipv4"
    outside = [f for f in frames_of(sample(name)) if ip_protocol(f) == 17]
    nat, ue = IPv4Address("203.0.113.5"), IPv4Address("192.168.7.20")
    inside = [moved(reported(f, {40500: 500, 40001: 4500}), {nat: ue}) for f in outside]
    asks = [f.data[ETHERNET + 12 : ETHERNET + 16] == nat.packed for f in outside]
    shifted = [later([f], -MILLISECOND if ask else MILLISECOND)[0] for f, ask in zip(inside, asks, strict=True)]
    both = sorted([*outside, *shifted], key=lambda f: f.at)
    results = analyzed(saved(tmp_path / "nat.pcap", both), [sample_keys(name)])
    once = analyzed(saved(tmp_path / "outside.pcap", outside), [sample_keys(name)])
    assert [s.child_count for s in results.sessions] == [s.child_count for s in once.sessions]
    assert results.counts.copies == results.counts.ike // 2 + results.counts.esp // 2
    assert [f for f in results.failures if f.rule.startswith("RFC")] == []


def _with_plain_pings(offset: int) -> list[Frame]:
    """The first echo request and reply also in the clear, as an IPsec host's capture shows them."""
    attach = played(NAME)
    frames = attach.wire.frames
    esp = [f for f in frames if ip_protocol(f) == 50][:2]
    home, server = attach.home_address, attach.ha.knobs.dns6
    plain = [
        Frame(esp[0].at + offset, ethernet(bytes(6), bytes(6), echo(home, server, 1, reply=False))),
        Frame(esp[1].at + offset, ethernet(bytes(6), bytes(6), echo(server, home, 1, reply=True))),
    ]
    return sorted([*frames, *plain], key=lambda f: f.at)


def test_a_packet_seen_after_decryption_is_known_as_the_one_in_esp(tmp_path: Path) -> None:
    packets, results = packets_of(saved(tmp_path / "x.pcap", _with_plain_pings(MILLISECOND)), [sample_keys(NAME)])
    esp = [p.number for p in packets if p.stack.carried is Carried.ESP]
    twins = [(p.copy_of, p.note) for p in packets if p.stack.carried is Carried.ICMPV6 and p.copy_of]
    assert twins == [(n, f"captured twice: the same packet as in ESP in frame {n}") for n in esp[2:4]]
    assert results.failures == []


def test_a_packet_seen_before_encryption_is_known_as_the_one_in_esp(tmp_path: Path) -> None:
    packets, results = packets_of(saved(tmp_path / "x.pcap", _with_plain_pings(-MILLISECOND)), [sample_keys(NAME)])
    inner = [p.inner for p in packets if p.inner]
    assert [bool(p.copy_of) for p in inner] == [False, False, True, True, False, False]
    assert results.counts.copies == 2
    assert "outside ESP" in inner[2].note


def test_an_esp_packet_sent_again_a_second_later_is_no_copy(tmp_path: Path) -> None:
    """That is what RFC 4303 calls a replay, and a rule has to judge it."""
    frames = frames_of(sample(NAME))
    esp = next(f for f in frames if ip_protocol(f) == 50)
    frames = sorted([*frames, replace(esp, at=esp.at + SECOND)], key=lambda f: f.at)
    packets, results = packets_of(saved(tmp_path / "x.pcap", frames), [sample_keys(NAME)])
    assert results.counts.copies == 0
    assert not any(p.copy_of for p in packets)
