"""The IKEv2 message: header (RFC 7296 section 3.1) and chain of payloads (section 3.2).

SK and SKF stay closed here: :class:`~dissectors.ikev2.messages.Encrypted` tells where their bytes are. What they hold
is decoded by the same :func:`decode_chain` once it is opened.
"""

from __future__ import annotations

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import peek_length
from dissectors.events import Malformed
from dissectors.ikev2.messages import IkeMessage, MalformedPayload, Payload, UnknownPayload
from dissectors.ikev2.payloads import DECODERS, PROTECTED
from dissectors.ikev2.registry import ExchangeType, IkeFlag, PayloadType


def _version_text(version: int) -> str:
    return f"{version >> 4}.{version & 0x0F}"


def _critical_text(flags: int) -> str:
    reserved = flags & 0x7F
    return ("critical" if flags & 0x80 else "not critical") + (f", reserved bits 0x{reserved:02x}" if reserved else "")


def _id_text(message_id: int) -> str:
    return f"{message_id} (0x{message_id:08x})"


HEADER = Record(
    initiator_spi="8s",
    responder_spi="8s",
    next_payload=("B", PayloadType),
    version=("B", _version_text),
    exchange_type=("B", ExchangeType),
    flags=("B", IkeFlag),
    message_id=("I", _id_text),
    length="I",
)
GENERIC = Record(next_payload=("B", PayloadType), critical=("B", _critical_text), payload_length="H")
TYPES = {kind.value: kind for kind in PayloadType}
LENGTH_AT = 24
VERSION_AT = 17
CRITICAL = 0x80
MAJOR_VERSION = 2


def decode_ike(r: Reader) -> IkeMessage:
    """The message that starts here with its header (no non-ESP marker). Never raises.

    What follows the header's Length is left aside; where the Length says more than is there, what is there is decoded.
    """
    start = r.pos
    if r.left < HEADER.size:
        return _cut_header(r)
    spi_i, spi_r, first, version, exchange, flags, message_id, size = r.read(HEADER)
    fault = _header_fault(r, start, version, size)
    payloads: tuple[Payload, ...] = ()
    if version >> 4 == MAJOR_VERSION and size >= HEADER.size:
        end, r.end = r.end, min(r.end, start + size)
        payloads, chain_fault = decode_chain(r, first)
        fault = fault or chain_fault
        r.rest("undecoded")
        r.end = end
    r.rest("trailing_bytes")
    return IkeMessage(
        spi_i, spi_r, first, version, exchange, flags, message_id, size, payloads, malformed=fault
    )  # fmt: skip


def decode_chain(r: Reader, first: int) -> tuple[tuple[Payload, ...], Malformed | None]:
    """The payloads from here to the reader's end, the first being of type ``first``, and what broke the chain.

    Serves the clear payloads of a message and the decrypted ones. Never raises.
    """
    payloads: list[Payload] = []
    kind = first
    try:
        while kind:
            kind = _payload(r, kind, payloads)
        if r.pos < r.end:
            raise r.error(f"{r.left} bytes behind the last payload")
    except DissectError as error:
        return tuple(payloads), _told(r, error)
    return tuple(payloads), None


def _payload(r: Reader, kind: int, payloads: list[Payload]) -> int:
    """Adds the payload that starts here; gives the type of the next, 0 behind SK and SKF."""
    left = r.end - r.pos
    size = _payload_size(r, kind, left)
    part = r.part("payload", size if size <= left else left, TYPES.get(kind, kind))
    following, flags, _ = part.read(GENERIC)
    payloads.append(_contents(part, kind, following, flags >= CRITICAL))
    if size > left:
        raise part.error(f"{size - left} bytes of the payload are missing")
    return 0 if kind in PROTECTED else int(following)


def _payload_size(r: Reader, kind: int, left: int) -> int:
    """The length in the generic header; only a protected payload may be cut, as its header still tells something."""
    if not left:
        raise r.error(f"a payload of type {kind} is announced, nothing is left")
    size = peek_length(r)
    if size < GENERIC.size:
        raise r.error(f"payload length {size} is under the header's {GENERIC.size}")
    if size > left and kind not in PROTECTED:
        raise r.error(f"payload length says {size} bytes, {left} are left")
    return size


def _contents(part: Reader, kind: int, following: int, critical: bool) -> Payload:
    raw_at = part.pos
    try:
        if kind in PROTECTED:
            return PROTECTED[kind](part, following, critical)
        decode = DECODERS.get(kind)
        return decode(part, critical) if decode else UnknownPayload(kind, part.rest("data"), critical=critical)
    except DissectError as error:
        data = part.data[raw_at : part.end]
        return MalformedPayload(kind, data, _told(part, error), critical=critical)


def _told(r: Reader, error: DissectError) -> Malformed:
    r.malformed(error)
    return Malformed(error.reason, error.offset)


def _header_fault(r: Reader, start: int, version: int, size: int) -> Malformed | None:
    there = r.end - start
    if version >> 4 != MAJOR_VERSION:
        return _told(r, r.error(f"IKE major version {version >> 4}", start + VERSION_AT))
    if size < HEADER.size:
        return _told(r, r.error(f"header says {size} bytes, it has {HEADER.size} itself", start + LENGTH_AT))
    if size > there:
        return _told(r, r.error(f"header says {size} bytes, {there} are there", start + LENGTH_AT))
    return None


def _cut_header(r: Reader) -> IkeMessage:
    """What the first bytes of a header tell; a field that is not whole counts as zero."""
    error = r.error(f"header is {HEADER.size} bytes, {r.left} are there")
    whole = max((at + size for _, at, size, _ in HEADER.fields if at + size <= r.left), default=0)
    values = HEADER.unpack(r.peek(whole).ljust(HEADER.size, b"\0"))
    r.rest("header")
    spi_i, spi_r, first, version, exchange, flags, message_id, size = values
    return IkeMessage(
        spi_i, spi_r, first, version, exchange, flags, message_id, size, malformed=_told(r, error)
    )  # fmt: skip
