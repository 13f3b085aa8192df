"""DNS messages as values: RFC 1035 section 4; records of RFC 3596 (AAAA) and RFC 2782 (SRV)."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from dissectors.domain_names import same_name
from dissectors.events import Address, Malformed
from dissectors.record import record


class RecordType(IntEnum):
    """Record and query types that are met around Home Agent discovery (RFC 5026 section 5.1)."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    NAPTR = 35
    DNAME = 39
    OPT = 41
    DS = 43
    RRSIG = 46
    NSEC = 47
    DNSKEY = 48
    SVCB = 64
    HTTPS = 65
    ANY = 255


class Rcode(IntEnum):
    """Response codes: RFC 1035 section 4.1.1, RFC 2136 section 2.2, RFC 6891 section 9."""

    NO_ERROR = 0
    FORMAT_ERROR = 1
    SERVER_FAILURE = 2
    NO_SUCH_NAME = 3
    NOT_IMPLEMENTED = 4
    REFUSED = 5
    NAME_EXISTS = 6
    RRSET_EXISTS = 7
    RRSET_DOES_NOT_EXIST = 8
    NOT_AUTHORITATIVE = 9
    NAME_OUT_OF_ZONE = 10
    BAD_VERSION = 16


class Opcode(IntEnum):
    """What a message asks for."""

    QUERY = 0
    INVERSE_QUERY = 1
    STATUS = 2
    NOTIFY = 4
    UPDATE = 5


class DnsFlag(IntFlag):
    """The one-bit flags of the header; opcode and response code stand between them."""

    RESPONSE = 0x8000
    AUTHORITATIVE = 0x0400
    TRUNCATED = 0x0200
    RECURSION_DESIRED = 0x0100
    RECURSION_AVAILABLE = 0x0080
    AUTHENTIC_DATA = 0x0020
    CHECKING_DISABLED = 0x0010


FLAG_BITS = 0x87B0


@record
class Question:
    """``name`` is text as :mod:`dissectors.domain_names` writes it, in the letter case of the wire."""

    name: str
    type: int
    record_class: int = 1


@record
class ResourceRecord:
    """``value`` is the data in words. ``address`` is set for A and AAAA, ``target`` where the data end in the name of
    another host or zone (CNAME, DNAME, NS, PTR, SRV, MX). ``data`` are the bytes as they came, ``ttl`` is in seconds.
    """

    name: str
    type: int
    value: str
    address: Address | None = None
    target: str | None = None
    ttl: int = 0
    record_class: int = 1
    data: bytes = b""
    malformed: Malformed | None = None


@record
class DnsMessage:
    """``flags`` are the 16 bits as they came; the sections hold what could be read."""

    id: int
    flags: int
    questions: tuple[Question, ...] = ()
    answers: tuple[ResourceRecord, ...] = ()
    authorities: tuple[ResourceRecord, ...] = ()
    additionals: tuple[ResourceRecord, ...] = ()
    malformed: Malformed | None = None

    @property
    def name(self) -> str:
        """What it is, in words."""
        return "DNS answer" if self.is_response else "DNS query"

    @property
    def is_response(self) -> bool:
        return bool(self.flags & DnsFlag.RESPONSE)

    @property
    def is_truncated(self) -> bool:
        """The answer did not fit; the whole one comes over TCP."""
        return bool(self.flags & DnsFlag.TRUNCATED)

    @property
    def opcode(self) -> int:
        return self.flags >> 11 & 15

    @property
    def rcode(self) -> int:
        """The response code, with the eight bits more that an OPT record may give it (RFC 6891 section 6.1.3)."""
        more = next((r.ttl >> 24 for r in self.additionals if r.type == RecordType.OPT), 0)
        return more << 4 | self.flags & 15

    def asks_for(self, name: str, kind: int) -> bool:
        """Whether a question asks for records of one type of ``name``, letter case apart."""
        return any(q.type == kind and same_name(q.name, name) for q in self.questions)

    def addresses(self, kind: int | None = None) -> tuple[Address, ...]:
        """The addresses among the answers: all, or those of A (1) or AAAA (28) records."""
        found = (r for r in self.answers if kind in (None, r.type))
        return tuple(r.address for r in found if r.address is not None)
