"""A DNS message in one line, as tshark words it."""

from __future__ import annotations

from dissectors.dns.messages import DnsMessage, Opcode, Rcode, ResourceRecord
from dissectors.dns.records import type_text

MOST_SHOWN = 8
OPCODES: dict[int, str] = {
    Opcode.QUERY: "Standard query",
    Opcode.INVERSE_QUERY: "Inverse query",
    Opcode.STATUS: "Server status request",
    Opcode.NOTIFY: "Zone change notification",
    Opcode.UPDATE: "Dynamic update",
}
RCODES: dict[int, str] = {
    Rcode.FORMAT_ERROR: "Format error",
    Rcode.SERVER_FAILURE: "Server failure",
    Rcode.NO_SUCH_NAME: "No such name",
    Rcode.NOT_IMPLEMENTED: "Not implemented",
    Rcode.REFUSED: "Refused",
    Rcode.NAME_EXISTS: "Name exists",
    Rcode.RRSET_EXISTS: "RRset exists",
    Rcode.RRSET_DOES_NOT_EXIST: "RRset does not exist",
    Rcode.NOT_AUTHORITATIVE: "Not authoritative",
    Rcode.NAME_OUT_OF_ZONE: "Name out of zone",
}


def describe_dns(message: DnsMessage) -> str:
    """``Standard query 0x1234 AAAA ha.example``; inert text, of bounded length."""
    text = _text(message)
    return f"{text} [Malformed: {message.malformed}]" if message.malformed else text


def _text(message: DnsMessage) -> str:
    words = [OPCODES.get(message.opcode, f"Unknown operation ({message.opcode})")]
    if message.is_response:
        words[0] += " response"
    words.append(f"0x{message.id:04x}")
    if message.rcode:
        words.append(RCODES.get(message.rcode, f"Response code {message.rcode}"))
    words += [f"{type_text(q.type)} {q.name}" for q in message.questions[:MOST_SHOWN]]
    words += [record_text(record) for record in message.answers[:MOST_SHOWN]]
    if max(len(message.questions), len(message.answers)) > MOST_SHOWN:
        words.append("…")
    return " ".join(words)


def record_text(record: ResourceRecord) -> str:
    """``AAAA 2001:db8::1``, cut where the data are long."""
    value = record.value if len(record.value) <= 80 else record.value[:79] + "…"
    return f"{type_text(record.type)} {value}".rstrip()
