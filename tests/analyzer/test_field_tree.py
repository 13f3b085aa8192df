"""The explained tree of a packet: ranges, buffers, and agreement with the fast path."""

from __future__ import annotations

from pathlib import Path

import pytest
from edited_captures import packets_of, sample, sample_keys

from analyzer.field_tree import explain
from analyzer.packets import Packet
from dissectors.ikev2.messages import Notify
from dissectors.stack import Carried
from dissectors.tree import Field


def all_packets(captures: Path) -> list[Packet]:
    folder = captures / "strongswan-ipv4"
    packets = packets_of(folder / "capture.pcapng", [folder / "ikev2_decryption_table", folder / "esp_sa"])[0]
    for name in ("attach-clean", "attach-clean-ipv4"):
        packets += packets_of(sample(name), [sample_keys(name)])[0]
    return packets


def named(root: Field, name: str) -> list[Field]:
    return [field for field in root.walk() if field.name == name]


def test_every_range_lies_in_its_buffer_and_inside_its_parent(captures: Path) -> None:
    for packet in all_packets(captures):
        explained = explain(packet)
        for field in explained.root.walk():
            assert field.offset >= 0
            assert field.offset + field.size <= len(explained.buffers[field.buffer])
            for child in field.children:
                if child.buffer == field.buffer:
                    assert field.offset <= child.offset
                    assert child.offset + child.size <= field.offset + field.size


def test_fields_of_the_frame_cover_every_byte_of_it(captures: Path) -> None:
    """No byte of the frame is left unexplained: leaves stand side by side from the first byte to the last."""
    for packet in all_packets(captures):
        covered = bytearray(len(packet.data))
        for field in explain(packet).root.walk():
            inner = [c for c in field.children if c.buffer == field.buffer and c.size]
            if field.buffer == 0 and not inner:
                covered[field.offset : field.offset + field.size] = b"\1" * field.size
        assert all(covered), (packet.number, covered.index(0))


def test_the_names_of_buffers_tell_how_they_came_about(captures: Path) -> None:
    names = {name for packet in all_packets(captures) for name in explain(packet).names}
    assert names >= {"frame", "decrypted", "joined_fragments"}


def test_decrypted_payloads_of_the_tree_are_those_of_the_message() -> None:
    packets, _ = packets_of(sample("attach-clean"), [sample_keys("attach-clean")])
    for packet in packets:
        if packet.stack.carried is Carried.IKE:
            types = [n.type for n in packet.message.each(Notify)]
            shown = [f.value for f in named(explain(packet).root, "notify_message_type")]
            assert shown == types


def test_joined_fragments_are_explained_in_the_frame_that_completes_them() -> None:
    packets, _ = packets_of(sample("attach-clean-ipv4"), [sample_keys("attach-clean-ipv4")])
    fragments = [
        p for p in packets if p.stack.carried is Carried.IKE and p.message.encrypted and p.message.encrypted.total
    ]
    roots = [explain(p).root for p in fragments]
    assert [len(named(root, "joined_fragments")) for root in roots] == [0, 0, 1]
    (joined,) = named(roots[-1], "joined_fragments")
    assert any("internet" in field.text for field in joined.walk())


def test_a_packet_inside_esp_is_explained_down_to_icmp() -> None:
    packets, _ = packets_of(sample("attach-clean"), [sample_keys("attach-clean")])
    packet = next(p for p in packets if p.number == 17)  # story.md: the first echo request
    explained = explain(packet)
    sequence = next(f for f in explained.root.walk() if f.name == "sequence_number" and f.buffer == 0)
    assert sequence.value == 1
    (kind,) = [f for f in explained.root.walk() if f.name == "type" and f.buffer == 1]
    assert explained.buffers[1][kind.offset] == kind.value == 128


def test_a_closed_packet_says_why() -> None:
    packets, _ = packets_of(sample("attach-clean"))
    texts = [f.text for p in packets if p.sealed for f in explain(p).root.walk()]
    assert any("no key for the IKE SA" in text for text in texts)
    assert any("no key for SPI" in text for text in texts)


@pytest.mark.parametrize("name", ["tcpdump/ipv6_mobility_1.pcap", "ikev2-other/both-ends-start.pcap"])
def test_other_packets_have_a_tree_too(captures: Path, name: str) -> None:
    for packet in packets_of(captures / name)[0]:
        assert explain(packet).root.children
