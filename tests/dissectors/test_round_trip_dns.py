"""What scapy's layers build of DNS, the dissector reads back, plain and compressed, and so does scapy."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any

import pytest
from both_readers import read_both
from dns_layers import DATA_OF, IP6, LABELS, MESSAGES, PLAIN, RECORDS, U16, any_name, dotted
from hypothesis import given
from hypothesis import strategies as st
from scapy_reads import EACH, OFTEN, assert_scapy_reads_back

import dissectors.scapy_layers as build
from dissectors.dns import DnsMessage, Question, RecordType, ResourceRecord, decode_dns


def read(data: bytes) -> DnsMessage:
    return read_both(data, decode_dns)[0]


def without_data(message: DnsMessage) -> DnsMessage:
    """All but the bytes, which depend on how names are compressed."""
    sections = (message.answers, message.authorities, message.additionals)
    answers, authorities, additionals = (tuple(replace(r, data=b"") for r in section) for section in sections)
    return replace(message, answers=answers, authorities=authorities, additionals=additionals)


@pytest.mark.parametrize("kind", [pytest.param(s, id=RecordType(kind).name) for kind, s in RECORDS.items()])
@EACH
@given(data=st.data())
def test_a_record_is_read_as_it_was_built(kind: st.SearchStrategy[Any], data: st.DataObject) -> None:
    layer, expected = data.draw(kind)
    built = build.DNS(id=1, qr=1, qd=[], an=[layer])
    message = read(bytes(built))
    assert (message.answers, message.malformed) == ((expected,), None)
    assert_scapy_reads_back(built)


@OFTEN
@given(MESSAGES)
def test_a_message_is_read_as_it_was_built(pair: tuple[Any, DnsMessage]) -> None:
    built, expected = pair
    assert read(bytes(built)) == expected
    assert_scapy_reads_back(built)


@OFTEN
@given(MESSAGES)
def test_a_message_with_compressed_names_says_the_same(pair: tuple[Any, DnsMessage]) -> None:
    built, expected = pair
    data = build.compressed(built)
    assert len(data) <= len(bytes(built))
    assert without_data(read(data)) == without_data(expected)
    assert_scapy_reads_back(built, data)


@OFTEN
@given(size=st.integers(250, 2000))
def test_a_name_far_into_a_message_is_pointed_to(size: int) -> None:
    """Beyond what one byte, or nine bits, could say."""
    far = [build.DNSRR(rrname="a.example", type=65280, rdata=bytes(size))]
    far += [build.DNSRR(rrname=name, type="NS", rdata="far.away") for name in ("far.away", "b.far.away")]
    data = build.compressed(build.DNS(qd=[], an=far))
    assert data.count(b"\x03far\x04away\x00") == 1
    message = read(data)
    assert [(r.name, r.target) for r in message.answers[1:]] == [("far.away",) * 2, ("b.far.away", "far.away")]
    assert message.malformed is None


@OFTEN
@given(labels=LABELS, target=LABELS)
def test_names_of_any_bytes_are_read_as_they_were_built(labels: list[bytes], target: list[bytes]) -> None:
    """The text is dnspython's; dots and backslashes inside a label do not act as such."""
    owner, other = build.encoded_name(labels), build.encoded_name(target)
    question = build.DNSQR(qname=owner, qtype="NS")
    message = read(bytes(build.DNS(qd=[question], an=[build.DNSRR(rrname=owner, type="NS", rdata=other)])))
    [answer] = message.answers
    assert [dotted(message.questions[0].name), dotted(answer.name)] == [any_name(labels)] * 2
    assert (dotted(answer.value), message.malformed) == (any_name(target), None)


@OFTEN
@given(name=PLAIN, number=U16, addresses=st.lists(IP6, min_size=1, max_size=3))
def test_a_home_agent_is_asked_for_and_found(name: str, number: int, addresses: list[IPv6Address]) -> None:
    """RFC 5026 section 5.1."""
    question = build.home_agent_question(name)
    asked = read(bytes(build.DNS(id=number, qd=[question])))
    assert asked == DnsMessage(number, 0x0100, (Question(name, RecordType.AAAA),))
    records = [build.DNSRR(rrname=name, type="AAAA", rdata=str(address)) for address in addresses]
    answered = read(build.compressed(build.DNS(id=number, qr=1, qd=[question], an=records)))
    assert answered.addresses(RecordType.AAAA) == tuple(addresses)
    assert read(bytes(build.DNS(qd=[build.home_agent_question(name, ipv4=True)]))).asks_for(name, RecordType.A)


@OFTEN
@given(kind=st.sampled_from([1, 28, 2, 33, 16]), data=st.binary(max_size=60), record_class=U16)
def test_any_data_are_kept_whatever_they_mean(kind: int, data: bytes, record_class: int) -> None:
    top, rest = record_class >> 15, record_class & 0x7FFF
    layer = build.DNSRR(rrname="a.example", type=65280, cacheflush=top, rclass=rest, rdata=data)
    built = bytes(build.DNS(qd=[], an=[layer])).replace((65280).to_bytes(2), kind.to_bytes(2), 1)
    [found] = read(built).answers
    assert (found.name, found.type, found.record_class, found.data) == ("a.example", kind, record_class, data)
    assert isinstance(found, ResourceRecord)


def test_every_kind_that_can_be_read_is_tried_here() -> None:
    assert set(DATA_OF) == set(RecordType) - {RecordType.ANY}
