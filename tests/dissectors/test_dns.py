"""DNS against dnspython's and scapy's messages, tshark on them, and hand-made bytes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from beside_tshark import info_lines, needs_tshark, rows, write_pcap
from both_readers import read_both, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import ipv4, udp
from scapy.layers.dns import DNS, DNSQR, DNSRR

from dissectors.dns import DnsMessage, Question, Rcode, RecordType, decode_dns, describe_dns
from dissectors.domain_names import LONGEST, MOST_HOPS
from dissectors.events import Malformed

HA = "ha1.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"
HA6, HA4 = IPv6Address("2001:db8:ffff::1"), IPv4Address("192.0.2.1")
HEADER = bytes.fromhex("1234 8400 0000 0001 0000 0000")
"""A response with one answer and no question."""


def both(data: bytes) -> DnsMessage:
    return read_both(data, decode_dns)[0]


def answer(name: bytes, kind: int, data: bytes, record_class: int = 1, ttl: int = 60) -> bytes:
    fixed = kind.to_bytes(2) + record_class.to_bytes(2) + ttl.to_bytes(4) + len(data).to_bytes(2)
    return name + fixed + data


def response(*answers: str, question: str = f"{HA} AAAA", rcode: int = 0) -> bytes:
    """dnspython's bytes, names compressed. Each answer is ``name ttl type data``."""
    query = dns.message.make_query(*question.split(), use_edns=False, id=0x1234)
    built = dns.message.make_response(query)
    built.set_rcode(rcode)
    for text in answers:
        name, ttl, kind, data = text.split(maxsplit=3)
        built.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, data))
    return built.to_wire()


def test_a_query_comes_out_as_dnspython_built_it() -> None:
    message = both(dns.message.make_query(HA, "AAAA", use_edns=False, id=0x1234).to_wire())
    assert message == DnsMessage(0x1234, 0x0100, (Question(HA, RecordType.AAAA),))
    assert not message.is_response
    assert message.asks_for(HA.upper() + ".", RecordType.AAAA)
    assert not message.asks_for(HA, RecordType.A)
    assert describe_dns(message) == f"Standard query 0x1234 AAAA {HA}"


def test_a_query_for_the_service_name_comes_out_as_scapy_built_it() -> None:
    built = DNS(id=7, rd=1, qd=DNSQR(qname="_mip6._ipv6.example.org", qtype="SRV"))
    message = both(bytes(built))
    assert message.questions == (Question("_mip6._ipv6.example.org", RecordType.SRV),)
    assert message.malformed is None


def test_answers_of_both_families_are_told_apart() -> None:
    message = both(response(f"{HA}. 60 AAAA {HA6}", f"{HA}. 60 A {HA4}", question=f"{HA} ANY"))
    assert message.malformed is None
    assert [(r.name, r.type, r.address, r.ttl) for r in message.answers] == [(HA, 28, HA6, 60), (HA, 1, HA4, 60)]
    assert (message.addresses(), message.addresses(RecordType.A)) == ((HA6, HA4), (HA4,))
    assert describe_dns(message) == f"Standard query response 0x1234 ANY {HA} AAAA {HA6} A {HA4}"


def test_answers_that_name_another_host_say_which() -> None:
    service = "_mip6._ipv6.example. 9 SRV 1 2 4191 ha.example."
    others = ["MX 5 m.example.", "NS ns.example.", "PTR p.example.", "DNAME d.example."]
    others.append("SOA ns.example. root.example. 1 2 3 4 5")
    message = both(response(f"{HA}. 5 CNAME ha.example.", service, *(f"example. 1 {data}" for data in others)))
    assert message.malformed is None
    assert [r.target for r in message.answers] == [
        "ha.example", "ha.example", "m.example", "ns.example", "p.example", "d.example", None,
    ]  # fmt: skip
    assert message.answers[1].value == "1 2 4191 ha.example"
    assert message.answers[6].value == "ns.example root.example 1 2 3 4 5"


def test_other_types_are_in_dnspythons_words_and_strange_ones_in_hex() -> None:
    naptr = '100 10 "s" "x-3gpp-ha" "" ha.example.'
    message = both(response(f"{HA}. 5 NAPTR {naptr}", f'{HA}. 5 TXT "one" "two"'))
    assert [r.value for r in message.answers] == [naptr, '"one" "two"']
    data = bytes.fromhex("0101010101")
    for kind, record_class in ((65280, 1), (16, 4000), (55, 1)):
        odd = both(HEADER + answer(b"\0", kind, data, record_class))
        assert (odd.answers[0].value, odd.answers[0].data, odd.malformed) == (data.hex(), data, None)


def test_a_refusal_has_its_code_and_an_opt_record_extends_it() -> None:
    message = both(response(rcode=3))
    assert (message.rcode, message.is_response, message.answers) == (Rcode.NO_SUCH_NAME, True, ())
    assert describe_dns(message) == f"Standard query response 0x1234 No such name AAAA {HA}"
    query = dns.message.make_query(HA, "A", id=1, use_edns=0)
    built = dns.message.make_response(query)
    built.set_rcode(dns.rcode.BADVERS)
    extended = both(built.to_wire())
    assert (extended.rcode, extended.additionals[0].type) == (Rcode.BAD_VERSION, RecordType.OPT)


def test_a_truncated_answer_says_so() -> None:
    assert both(bytes.fromhex("0001 8200 0000 0000 0000 0000")).is_truncated


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (b"", "12 bytes needed, 0 left", 0),
        (HEADER[:11], "12 bytes needed, 11 left", 0),
        (HEADER, "answer 1 of 1: domain name without an end", 12),
        (HEADER + b"\0\0\1", "answer 1 of 1: 10 bytes needed behind the name, 2 left", 12),
        (HEADER + answer(b"\0", 1, b"1234")[:-1], "answer 1 of 1: 15 bytes needed, 14 left", 12),
        (HEADER + answer(b"\0", 1, b"123"), "4 bytes needed, 3 left", 23),
        (HEADER + answer(b"\0", 28, HA6.packed + b"!"), "1 bytes more than expected", 39),
        (HEADER + answer(b"\xc0\x0c", 1, b"1234"), "pointer does not lead back", 12),
        (HEADER + answer(b"\xc0\x20", 1, b"1234"), "pointer does not lead back", 12),
        (HEADER + answer(b"\x01a\xc0\x0c", 1, b"1234"), "pointer does not lead back", 14),
        (HEADER + answer(b"\0", 5, b"\xc0\x17"), "pointer does not lead back", 23),
        (HEADER + answer(b"\x41", 1, b"1234"), "answer 1 of 1: label type 0x40 is not in use", 12),
        (HEADER + answer(b"\0", 5, b"\x05abc"), "label is 5 bytes, 3 are left", 23),
        (HEADER + answer(b"\0", 5, b"\xc0"), "pointer is cut", 23),
        (HEADER + answer(b"\0", 33, b"\0\1\0\2\0\3"), "domain name without an end", 29),
        (HEADER + answer(b"\0", 1, b"1234") + b"more", "4 bytes behind the last record", 27),
    ],
)
def test_faults_are_named_with_their_place(data: bytes, reason: str, offset: int) -> None:
    message = both(data)
    assert message.malformed == Malformed(reason, offset)
    assert describe_dns(message).endswith(f"[Malformed: {message.malformed}]")


def test_pointers_that_lead_to_each_other_end() -> None:
    """The data of the first record point at the second's name, which points back."""
    first, second = answer(b"\0", 16, b"\xc0\x19"), answer(b"\xc0\x17", 1, b"1234")
    message = both(bytes.fromhex("1234 8400 0000 0002 0000 0000") + first + second)
    assert message.malformed is not None
    assert message.malformed.reason == "pointer does not lead back"
    assert message.answers[1].address == ip_address(b"1234")


def test_a_chain_of_pointers_is_followed_only_so_far() -> None:
    """One label, then pointers each to the one before."""

    def named(pointers: int) -> DnsMessage:
        chain = b"\x01a\0" + b"".join((0xC000 | 23 + (2 * n + 1 if n else 0)).to_bytes(2) for n in range(pointers))
        return both(bytes.fromhex("1234 8400 0000 0002 0000 0000") + answer(b"\0", 16, chain[: 3 + 2 * (pointers - 1)])
                    + answer(chain[-2:], 1, b"1234"))  # fmt: skip

    whole = named(MOST_HOPS)
    assert (whole.answers[1].name, whole.malformed) == ("a", None)
    cut = named(MOST_HOPS + 1)
    assert cut.malformed is not None
    assert f"more than {MOST_HOPS} pointers" in cut.malformed.reason
    assert (cut.answers[1].name, cut.answers[1].address) == ("", ip_address(b"1234"))


def test_a_name_of_the_greatest_length_is_read_and_a_longer_one_is_not() -> None:
    labels = (b"\x3f" + b"a" * 63) * 3
    whole = labels + b"\x3d" + b"b" * 61 + b"\0"
    assert len(whole) == LONGEST
    assert both(HEADER + answer(whole, 1, b"1234")).answers[0].name == ".".join(["a" * 63] * 3 + ["b" * 61])
    longer = both(HEADER + answer(labels + b"\x3e" + b"b" * 62 + b"\0", 1, b"1234"))
    assert longer.malformed is not None
    assert "longer than 255 bytes" in longer.malformed.reason
    assert longer.answers[0].address == ip_address(b"1234")


def test_what_stands_before_a_cut_is_kept() -> None:
    data = response(f"{HA}. 60 AAAA {HA6}", f"{HA}. 60 A {HA4}")
    cut = both(data[:-1])
    assert (cut.questions, cut.addresses()) == ((Question(HA, 28),), (HA6,))
    assert cut.malformed is not None
    for size in range(len(data)):
        assert both(data[:size]).malformed is not None


def test_a_count_that_lies_costs_nothing() -> None:
    message = both(bytes.fromhex("1234 8400 ffff ffff ffff ffff") + b"\0\0\1\0\1")
    assert len(message.questions) == 1
    assert message.malformed is not None
    assert message.malformed.reason.startswith("question 2 of 65535")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_decode_and_trace_alike(data: bytes) -> None:
    assert describe_dns(both(data)).isprintable()


POINTED = st.one_of(st.binary(max_size=12), st.integers(0, 60).map(lambda at: (0xC000 | at).to_bytes(2)))
KINDS = st.sampled_from([kind.value for kind in dns.rdatatype.RdataType] + [7777])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(POINTED, KINDS, st.lists(POINTED, max_size=3), st.sampled_from([1, 3, 255])), max_size=4))
def test_any_records_decode_and_trace_alike(records: list[tuple[bytes, int, list[bytes], int]]) -> None:
    body = b"".join(answer(name, kind, b"".join(data), group) for name, kind, data, group in records)
    message, tree = read_both(b"\0\1\x84\0\0\0" + len(records).to_bytes(2) + bytes(4) + body, decode_dns)
    assert describe_dns(message).isprintable()
    assert all(record.value.isprintable() and record.name.isprintable() for record in message.answers)
    assert all(field.text.isprintable() for field in tree.walk())


def test_hostile_names_and_texts_are_inert_and_read_unlike_plain_ones() -> None:
    evil = b"\x06\x1b[2J\r\n\x04a.b\\\0"
    message, tree = read_both(HEADER + answer(evil, 16, b"\x05\x1b]0;x"), decode_dns)
    assert message.answers[0].name == "\\027[2J\\013\\010.a\\.b\\\\"
    assert "\x1b" not in describe_dns(message) + message.answers[0].value
    assert all(field.text.isprintable() for field in tree.walk())


def test_the_line_is_bounded() -> None:
    count = 400
    body = b"".join(answer(b"\0", 16, b"\xff" + b"x" * 255) for _ in range(count))
    message = both(b"\0\1\x84\0\0\0" + count.to_bytes(2) + bytes(4) + body)
    assert len(message.answers) == count
    assert len(describe_dns(message)) < 1000


def test_the_tree_shows_names_where_they_stand_and_what_records_say() -> None:
    _, tree = read_both(response(f"{HA}. 60 AAAA {HA6}"), decode_dns)
    assert texts(tree, "question") == [f"AAAA {HA}"]
    assert texts(tree, "answer") == [f"{HA} AAAA {HA6}"]
    assert texts(tree, "name") == [HA, HA]
    assert texts(tree, "flags") == ["response, QUERY (0), recursion_desired, NO_ERROR (0) (0x8100)"]


FIELDS = {
    "dns.id": lambda m: [f"0x{m.id:04x}"],
    "dns.flags.response": lambda m: [int(m.is_response)],
    "dns.flags.rcode": lambda m: [m.rcode] if m.is_response else [],
    "dns.qry.name": lambda m: [q.name for q in m.questions],
    "dns.qry.type": lambda m: [q.type for q in m.questions],
    "dns.resp.name": lambda m: [r.name for r in m.answers if r.type != RecordType.SRV],
    "dns.resp.type": lambda m: [r.type for r in m.answers],
    "dns.resp.ttl": lambda m: [r.ttl for r in m.answers],
    "dns.aaaa": lambda m: m.addresses(RecordType.AAAA),
    "dns.a": lambda m: m.addresses(RecordType.A),
    "dns.srv.target": lambda m: [r.target for r in m.answers if r.type == RecordType.SRV],
    "dns.cname": lambda m: [r.target for r in m.answers if r.type == RecordType.CNAME],
}
BUILT = [
    dns.message.make_query(HA, "AAAA", use_edns=False, id=0x1234).to_wire(),
    dns.message.make_query("_mip6._ipv6.example.org", "SRV", use_edns=False, id=1).to_wire(),
    response(f"{HA}. 60 CNAME ha.example.", f"ha.example. 61 AAAA {HA6}", "ha.example. 62 AAAA 2001:db8:ffff::2"),
    response("_mip6._ipv6.example.org. 9 SRV 1 2 4191 ha.example.", question="_mip6._ipv6.example.org SRV"),
    response(question=f"{HA} A", rcode=3),
    response(rcode=2),
    bytes(DNS(id=9, qr=1, qd=DNSQR(qname="a.example"), an=[DNSRR(rrname="a.example", rdata=str(HA4), ttl=5)])),
]


@needs_tshark
def test_messages_agree_with_tshark_field_by_field(tmp_path: Path) -> None:
    path = write_pcap(tmp_path / "dns.pcap", [ipv4(17, udp(53, 53, data)) for data in BUILT])
    for data, row in zip(BUILT, rows(path, list(FIELDS)), strict=True):
        message = both(data)
        assert row == {name: [str(value) for value in read(message)] for name, read in FIELDS.items()}


@needs_tshark
def test_lines_are_tsharks_where_it_says_no_more(tmp_path: Path) -> None:
    """tshark gives SRV's target alone; what stands in additional records it adds, and we do not."""
    chosen = [data for data in BUILT if both(data).addresses() or not both(data).answers]
    path = write_pcap(tmp_path / "lines.pcap", [ipv4(17, udp(53, 53, data)) for data in chosen])
    assert info_lines(path) == [describe_dns(both(data)) for data in chosen]
