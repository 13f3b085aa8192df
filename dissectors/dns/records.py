"""The data of resource records: RFC 1035 section 3.3, RFC 2782, RFC 3596.

Types whose names may be compressed are read here, so that their bytes stand in the field tree. Every other type is
worded by dnspython from a copy of the record's own bytes, out of which no pointer can lead.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from dissectors.buffer import Reader, Record
from dissectors.detail import ipv4_text, ipv6_text, seconds
from dissectors.dns.messages import RecordType
from dissectors.domain_names import take_name
from dissectors.events import Address
from dissectors.inert import inert

SRV = Record(priority="H", weight="H", port="H")
SOA = Record(
    serial="I", refresh=("I", seconds), retry=("I", seconds), expire=("I", seconds), minimum=("I", seconds)
)  # fmt: skip
INTERNET = 1
"""The class of all but the rarest records."""
MANY_NAMES = 55
"""HIP (RFC 8005) holds any number of names, and dnspython follows pointers in each without a bound."""


class RecordData(NamedTuple):
    """What a record's data say; see :class:`~dissectors.dns.messages.ResourceRecord`."""

    value: str
    address: Address | None = None
    target: str | None = None


def decode_data(r: Reader, kind: int, record_class: int, message: int) -> RecordData:
    """The record data that ``r`` reads, all of it; ``message`` is where the DNS message starts."""
    decode = DECODERS.get(kind)
    if decode is not None:
        return decode(r, message)
    data = r.rest("data")
    return RecordData(_worded(data, kind, record_class))


def _worded(data: bytes, kind: int, record_class: int) -> str:
    """dnspython is imported here, as only a record that asks for it should cost the time.

    It is asked about the types it knows alone: for every other pair of type and class it would search for a module and
    remember for ever that there is none.
    """
    if not data or record_class != INTERNET or kind in (MANY_NAMES, RecordType.OPT):
        return data.hex()
    import dns.exception
    import dns.rdata
    from dns.rdataclass import RdataClass
    from dns.rdatatype import RdataType

    if kind not in RdataType.__members__.values():
        return data.hex()
    try:
        return inert(dns.rdata.from_wire(RdataClass.IN, RdataType(kind), data, 0, len(data)).to_text())
    except (dns.exception.DNSException, ValueError, LookupError, ArithmeticError, TypeError, AttributeError):
        return data.hex()


def type_text(kind: int) -> str:
    """``AAAA``; dnspython knows the rare ones, RFC 3597 has ``TYPE1234`` for the others."""
    if kind in KNOWN:
        return KNOWN[kind]
    import dns.rdatatype

    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind))


KNOWN = {kind.value: kind.name for kind in RecordType}


def _ipv4(r: Reader, _: int) -> RecordData:
    address = IPv4Address(r.take("address", 4, ipv4_text))
    return RecordData(str(address), address)


def _ipv6(r: Reader, _: int) -> RecordData:
    address = IPv6Address(r.take("address", 16, ipv6_text))
    return RecordData(str(address), address)


def _name(r: Reader, message: int) -> RecordData:
    target = take_name(r, "target", message)
    return RecordData(target, target=target)


def _service(r: Reader, message: int) -> RecordData:
    numbers = r.read(SRV)
    target = take_name(r, "target", message)
    return RecordData(" ".join(map(str, (*numbers, target))), target=target)


def _exchange(r: Reader, message: int) -> RecordData:
    preference = r.number("preference", 2)
    target = take_name(r, "target", message)
    return RecordData(f"{preference} {target}", target=target)


def _authority(r: Reader, message: int) -> RecordData:
    names = take_name(r, "primary_server", message), take_name(r, "responsible_mailbox", message)
    return RecordData(" ".join(map(str, (*names, *r.read(SOA)))))


_T = RecordType
DECODERS: dict[int, Callable[[Reader, int], RecordData]] = {
    _T.A: _ipv4,
    _T.AAAA: _ipv6,
    _T.NS: _name,
    _T.CNAME: _name,
    _T.PTR: _name,
    _T.DNAME: _name,
    _T.SRV: _service,
    _T.MX: _exchange,
    _T.SOA: _authority,
}
