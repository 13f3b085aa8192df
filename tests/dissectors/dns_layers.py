"""What a DNS message may hold, with the scapy layer that holds the same: for round trips."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dns.name
from hypothesis import strategies as st

import dissectors.scapy_layers as build
from dissectors.dns import DnsMessage, Question, RecordType, ResourceRecord

U8, U16 = (st.integers(0, 2**bits - 1) for bits in (8, 16))
U32 = st.integers(0, 2**32 - 1) | st.integers(2**31, 2**32 - 1)
"""The highest bit would be rare."""
IP4, IP6 = st.ip_addresses(v=4), st.ip_addresses(v=6)
DATA = st.binary(max_size=40)
PLAIN = st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9-]{0,11}", fullmatch=True), max_size=4).map(
    lambda labels: ".".join(labels) or "."
)
"""Names that text can say, the root among them."""
LABELS = st.lists(st.binary(min_size=1, max_size=63), max_size=3)
TEXT = st.from_regex(r"[ -!#-\[\]-~]{0,30}", fullmatch=True)
"""Text without quotes and backslashes, which would be escaped."""


def any_name(labels: list[bytes]) -> str:
    """Labels of any bytes as zone files have them (RFC 1035 section 5.1), by dnspython."""
    return f"{dns.name.Name(labels).to_text()}." if labels else "."


@dataclass(frozen=True)
class Meant:
    """``fields`` are the layer's beside owner, type, class and TTL; the rest is what its data are read as."""

    layer: Any
    fields: dict[str, Any]
    value: str
    address: Any = None
    target: str | None = None


def dotted(name: str) -> str:
    """As dnspython writes a name: with the closing dot."""
    return name if name == "." else f"{name}."


def _address(address: Any) -> Meant:
    return Meant(build.DNSRR, {"rdata": str(address)}, str(address), address)


def _name(name: str) -> Meant:
    return Meant(build.DNSRR, {"rdata": name}, name, target=name)


def _service(priority: int, weight: int, port: int, name: str) -> Meant:
    fields = {"priority": priority, "weight": weight, "port": port, "target": name}
    return Meant(build.DNSRRSRV, fields, f"{priority} {weight} {port} {name}", target=name)


def _exchange(preference: int, name: str) -> Meant:
    return Meant(build.DNSRRMX, {"preference": preference, "exchange": name}, f"{preference} {name}", target=name)


def _authority(server: str, mailbox: str, numbers: list[int]) -> Meant:
    fields = dict(zip(("serial", "refresh", "retry", "expire", "minimum"), numbers, strict=True))
    words = " ".join([server, mailbox, *map(str, numbers)])
    return Meant(build.DNSRRSOA, {"mname": server, "rname": mailbox, **fields}, words)


def _texts(texts: list[str]) -> Meant:
    return Meant(build.DNSRR, {"rdata": [t.encode() for t in texts]}, " ".join(f'"{text}"' for text in texts))


def _naptr(order: int, preference: int, texts: tuple[str, str, str], name: str) -> Meant:
    flags, services, regexp = texts
    fields = {"flags": flags.encode(), "services": services.encode(), "regexp": regexp.encode(), "replacement": name}
    words = f'{order} {preference} "{flags}" "{services}" "{regexp}" {dotted(name)}'
    return Meant(build.DNSRRNAPTR, {"order": order, "preference": preference, **fields}, words)


def _opt(options: list[tuple[int, bytes]]) -> Meant:
    layers = [build.EDNS0TLV(optcode=code, optdata=data) for code, data in options]
    value = b"".join(code.to_bytes(2) + len(data).to_bytes(2) + data for code, data in options)
    return Meant(build.DNSRROPT, {"rdata": layers}, value.hex())


def _in_lines(data: bytes) -> str:
    """Base64 in groups of 32 characters."""
    return " ".join(textwrap.wrap(base64.b64encode(data).decode(), 32))


def _digest(tag: int, algorithm: int, digest: bytes) -> Meant:
    """With digest type 2, SHA-256 (RFC 4509)."""
    fields = {"keytag": tag, "algorithm": algorithm, "digesttype": 2, "digest": digest}
    return Meant(build.DNSRRDS, fields, f"{tag} {algorithm} 2 {digest.hex()}")


def _key(flags: int, algorithm: int, key: bytes) -> Meant:
    fields = {"flags": flags, "protocol": 3, "algorithm": algorithm, "publickey": key}
    return Meant(build.DNSRRDNSKEY, fields, f"{flags} 3 {algorithm} {_in_lines(key)}")


def _signature(numbers: tuple[int, int, int, int], times: tuple[int, int], signer: str, signature: bytes) -> Meant:
    algorithm, labels, ttl, tag = numbers
    expiration, inception = (f"{datetime.fromtimestamp(at, UTC):%Y%m%d%H%M%S}" for at in times)
    fields = {
        "typecovered": 28, "algorithm": algorithm, "labels": labels, "originalttl": ttl, "expiration": times[0],
        "inception": times[1], "keytag": tag, "signersname": signer, "signature": signature,
    }  # fmt: skip
    words = f"AAAA {algorithm} {labels} {ttl} {expiration} {inception} {tag} {dotted(signer)} {_in_lines(signature)}"
    return Meant(build.DNSRRRSIG, fields, words)


BITMAP_TYPES = {1: "A", 2: "NS", 6: "SOA", 28: "AAAA", 33: "SRV", 46: "RRSIG", 47: "NSEC", 257: "CAA"}


def _next(name: str, kinds: set[int]) -> Meant:
    words = " ".join([dotted(name), *(BITMAP_TYPES[kind] for kind in sorted(kinds))])
    return Meant(build.DNSRRNSEC, {"nextname": name, "typebitmaps": sorted(kinds)}, words)


def _binding(layer: Any) -> Callable[[int, str, int, list[Any]], Meant]:
    """RFC 9460: port and address hints."""

    def meant(priority: int, name: str, port: int, hints: list[Any]) -> Meant:
        texts = [str(address) for address in hints]
        fields = [build.SvcParam(key=3, value=port), build.SvcParam(key=4, value=texts)]
        words = f'{priority} {dotted(name)} port="{port}" ipv4hint="{",".join(texts)}"'
        return Meant(layer, {"svc_priority": priority, "target_name": name, "svc_params": fields}, words)

    return meant


def _bindings(layer: Any) -> st.SearchStrategy[Meant]:
    return st.builds(_binding(layer), st.integers(1, 65535), PLAIN, U16, st.lists(IP4, min_size=1, max_size=3))


_T = RecordType
ALGORITHMS = st.sampled_from([5, 8, 13])
NAMES = PLAIN.map(_name)
TIMES = st.integers(0, 2**31 - 1)
DATA_OF: dict[int, st.SearchStrategy[Meant]] = {
    _T.A: IP4.map(_address),
    _T.NS: NAMES,
    _T.CNAME: NAMES,
    _T.SOA: st.builds(_authority, PLAIN, PLAIN, st.lists(U32, min_size=5, max_size=5)),
    _T.PTR: NAMES,
    _T.MX: st.builds(_exchange, U16, PLAIN),
    _T.TXT: st.lists(TEXT, min_size=1, max_size=3).map(_texts),
    _T.AAAA: IP6.map(_address),
    _T.SRV: st.builds(_service, U16, U16, U16, PLAIN),
    _T.NAPTR: st.builds(_naptr, U16, U16, st.tuples(TEXT, TEXT, TEXT), PLAIN),
    _T.DNAME: NAMES,
    _T.OPT: st.lists(st.tuples(st.integers(16, 65535), DATA), max_size=2).map(_opt),
    _T.DS: st.builds(_digest, U16, ALGORITHMS, st.binary(min_size=32, max_size=32)),
    _T.RRSIG: st.builds(
        _signature, st.tuples(ALGORITHMS, st.integers(0, 9), U32, U16), st.tuples(TIMES, TIMES), PLAIN,
        st.binary(min_size=1, max_size=70),
    ),
    _T.NSEC: st.builds(_next, PLAIN, st.sets(st.sampled_from(sorted(BITMAP_TYPES)), min_size=1)),
    _T.DNSKEY: st.builds(_key, U16, ALGORITHMS, st.binary(min_size=1, max_size=70)),
    _T.SVCB: _bindings(build.DNSRRSVCB),
    _T.HTTPS: _bindings(build.DNSRRHTTPS),
}  # fmt: skip
"""The data of every type that has a name here; ANY is asked for and never answered."""
UNKNOWN = st.tuples(
    st.integers(65280, 65534), DATA.map(lambda data: Meant(build.DNSRR, {"rdata": data}, data.hex()))
)  # fmt: skip
"""Types for private use: RFC 6895 section 3.1."""


def record(kind: int, name: str, ttl: int, meant: Meant) -> tuple[Any, ResourceRecord]:
    """A record of the Internet class, as the layer and as what is to be read."""
    if kind == RecordType.OPT:
        return _opt_record(ttl, meant)
    layer = meant.layer(rrname=name, type=kind, ttl=ttl, **meant.fields)
    return layer, _read(layer, name, kind, meant, ttl, 1)


def _opt_record(ttl: int, meant: Meant) -> tuple[Any, ResourceRecord]:
    """RFC 6891 section 6.1.3: the class is a size, the TTL response code, version and flags."""
    extended, version, flags = ttl >> 24, ttl >> 16 & 0xFF, ttl & 0xFFFF
    layer = build.DNSRROPT(rclass=1232, extrcode=extended, version=version, z=flags, **meant.fields)
    return layer, _read(layer, ".", RecordType.OPT, meant, ttl, 1232)


def _read(layer: Any, name: str, kind: int, meant: Meant, ttl: int, record_class: int) -> ResourceRecord:
    owner = build.encoded_name([] if name == "." else [label.encode() for label in name.split(".")])
    data = bytes(layer)[len(owner) + 10 :]
    return ResourceRecord(name, kind, meant.value, meant.address, meant.target, ttl, record_class, data)


RECORDS = {
    kind: st.builds(record, st.just(kind), PLAIN, U32, meant) for kind, meant in DATA_OF.items()
}  # fmt: skip
ANY_RECORD = st.one_of(
    *RECORDS.values(), UNKNOWN.flatmap(lambda pair: st.builds(record, st.just(pair[0]), PLAIN, U32, st.just(pair[1])))
)
QUESTIONS = st.builds(Question, PLAIN, st.sampled_from(list(RecordType)) | U16, U16)
FLAGS = {
    "qr": (15, 1), "opcode": (11, 15), "aa": (10, 1), "tc": (9, 1), "rd": (8, 1), "ra": (7, 1), "z": (6, 1),
    "ad": (5, 1), "cd": (4, 1), "rcode": (0, 15),
}  # fmt: skip
"""Place and greatest value of each part of the header's flags: RFC 1035 section 4.1.1, RFC 4035 section 3.2."""


def question_layer(question: Question) -> Any:
    """scapy takes the class's highest bit for multicast DNS's."""
    top, rest = question.record_class >> 15, question.record_class & 0x7FFF
    return build.DNSQR(qname=question.name, qtype=question.type, unicastresponse=top, qclass=rest)


def message(
    number: int, flags: int, questions: list[Question], sections: list[list[tuple[Any, ResourceRecord]]]
) -> tuple[Any, DnsMessage]:
    """A message as the layer and as what is to be read."""
    parts = {name: flags >> place & most for name, (place, most) in FLAGS.items()}
    layers = dict(zip(("an", "ns", "ar"), ([layer for layer, _ in section] for section in sections), strict=True))
    layer = build.DNS(id=number, **parts, qd=[question_layer(q) for q in questions], **layers)
    read = (tuple(record for _, record in section) for section in sections)
    return layer, DnsMessage(number, flags, tuple(questions), *read)


SECTION = st.lists(ANY_RECORD, max_size=2)
MESSAGES = st.builds(
    message, U16, U16, st.lists(QUESTIONS, max_size=2), st.lists(SECTION, min_size=3, max_size=3)
)  # fmt: skip
