"""DNS for scapy: RFC 1035, RFC 3596 (AAAA), RFC 2782 (SRV), RFC 6891 (OPT).

scapy's own layers build every record that is read here, so they are used, with names of any bytes from
:func:`dissectors.scapy_layers.names.encoded_name`. Only its ``compress()`` is not: it also shortens names in data where
none may be (SRV, NAPTR, RRSIG, NSEC, SVCB). :func:`compressed` keeps to RFC 3597 section 4.

>>> DNS(id=1, qd=home_agent_question("ha.example.org"))
>>> compressed(DNS(qr=1, qd=[], an=[DNSRR(rrname="ha.example.org", type="AAAA", rdata="2001:db8::1", ttl=60)]))
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from scapy.layers.dns import (
    DNS,
    DNSQR,
    DNSRR,
    DNSRRDNSKEY,
    DNSRRDS,
    DNSRRHTTPS,
    DNSRRMX,
    DNSRRNAPTR,
    DNSRRNSEC,
    DNSRROPT,
    DNSRRRSIG,
    DNSRRSOA,
    DNSRRSRV,
    DNSRRSVCB,
    EDNS0TLV,
    SvcParam,
)

__all__ = [
    "DNS",
    "DNSQR",
    "DNSRR",
    "DNSRRDNSKEY",
    "DNSRRDS",
    "DNSRRHTTPS",
    "DNSRRMX",
    "DNSRRNAPTR",
    "DNSRRNSEC",
    "DNSRROPT",
    "DNSRRRSIG",
    "DNSRRSOA",
    "DNSRRSRV",
    "DNSRRSVCB",
    "EDNS0TLV",
    "SvcParam",
    "compressed",
    "home_agent_question",
]


def home_agent_question(name: str, *, ipv4: bool = False) -> Any:
    """Asks for the addresses of a Home Agent by its name: AAAA, or A."""
    return DNSQR(qname=name, qtype="A" if ipv4 else "AAAA")


HEADER, FIXED = 12, 10
"""Bytes of a message before its sections, and of a record between its owner and its data."""
FARTHEST = 0x3FFF
"""The last place that a pointer can lead to."""
NAMES_IN_DATA = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1)}
"""Bytes before the names and their number, for NS, CNAME, SOA, PTR and MX: the types whose names may be compressed."""


def compressed(message: Any) -> bytes:
    """The bytes of a ``DNS`` layer with every name shortened that may be: RFC 1035 section 4.1.4."""
    out = bytearray(bytes(message)[:HEADER])
    places: dict[tuple[bytes, ...], int] = {}
    for question in message.qd:
        data = bytes(question)
        _add_name(out, places, data)
        out += data[_name_size(data) :]
    for record in chain(message.an, message.ns, message.ar):
        _add_record(out, places, bytes(record), record.type)
    return bytes(out)


def _add_record(out: bytearray, places: dict[tuple[bytes, ...], int], record: bytes, kind: int) -> None:
    start = _name_size(record)
    _add_name(out, places, record)
    out += record[start : start + FIXED]
    begin, data = len(out), record[start + FIXED :]
    before, names = NAMES_IN_DATA.get(kind, (0, 0))
    out += data[:before]
    data = data[before:]
    for _ in range(names):
        _add_name(out, places, data)
        data = data[_name_size(data) :]
    out += data
    out[begin - 2 : begin] = (len(out) - begin).to_bytes(2, "big")


def _add_name(out: bytearray, places: dict[tuple[bytes, ...], int], data: bytes) -> None:
    """The name that starts ``data``, up to the first part of it that stands somewhere already."""
    labels = _labels(data)
    for at in range(len(labels)):
        known = places.get(labels[at:])
        if known is not None:
            out += (0xC000 | known).to_bytes(2, "big")
            return
        if len(out) <= FARTHEST:
            places[labels[at:]] = len(out)
        out += bytes((len(labels[at]),)) + labels[at]
    out.append(0)


def _labels(data: bytes) -> tuple[bytes, ...]:
    labels, at = [], 0
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return tuple(labels)


def _name_size(data: bytes) -> int:
    return 1 + sum(1 + len(label) for label in _labels(data))
