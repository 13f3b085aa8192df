"""DNS messages (RFC 1035), as far as Home Agent discovery by name needs them (RFC 5026 section 5.1)."""

from dissectors.dns.decode import decode_dns
from dissectors.dns.messages import DnsFlag, DnsMessage, Opcode, Question, Rcode, RecordType, ResourceRecord
from dissectors.dns.text import describe_dns

__all__ = [
    "DnsFlag",
    "DnsMessage",
    "Opcode",
    "Question",
    "Rcode",
    "RecordType",
    "ResourceRecord",
    "decode_dns",
    "describe_dns",
]
