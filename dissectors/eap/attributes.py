"""Attributes of EAP-AKA and AKA' (RFC 4187 sections 8.1 and 10, RFC 5448 section 3) and of EAP-SIM (RFC 4186)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dissectors.buffer import DissectError, Reader, Record
from dissectors.eap.packets import AkaAttribute, AkaAttributeType
from dissectors.events import Malformed
from dissectors.inert import inert_text

Value: TypeAlias = Callable[[Reader], bytes]

HEADER = Record(type=("B", AkaAttributeType), length=("B", lambda units: f"{units} ({4 * units} bytes)"))
TYPES = {kind.value: kind for kind in AkaAttributeType}
NOTIFICATIONS = {
    0: "general failure after authentication",
    1026: "temporarily denied",
    1031: "not subscribed",
    16384: "general failure",
    32768: "success",
}
CLIENT_ERRORS = {
    0: "unable to process packet",
    1: "unsupported version",
    2: "insufficient number of challenges",
    3: "RANDs are not fresh",
}
PURPOSE_NOT_YET_AUTHENTICATED = 0x4000  # the P bit as RFC 4187 section 6.1 has it


def decode_attributes(r: Reader) -> tuple[tuple[AkaAttribute, ...], Malformed | None]:
    """The attributes that fill ``r`` (of a packet, or decrypted AT_ENCR_DATA) and the first fault."""
    attributes: list[AkaAttribute] = []
    fault: Malformed | None = None
    try:
        while r.left:
            attribute, error = _attribute(r)
            attributes.append(attribute)
            fault = fault or error
    except DissectError as error:
        r.malformed(error)
        fault = fault or Malformed(error.reason, error.offset)
    return tuple(attributes), fault


def _attribute(r: Reader) -> tuple[AkaAttribute, Malformed | None]:
    head = r.peek(HEADER.size)
    if len(head) == HEADER.size and head[1] == 0:
        raise r.error("attribute length is 0")
    kind = head[0]
    part = r.part("attribute", 4 * head[1] if len(head) == HEADER.size else HEADER.size, TYPES.get(kind, kind))
    part.read(HEADER)
    raw = part.peek(part.left)
    try:
        value = VALUES.get(kind, _all)(part)
    except DissectError as error:
        part.malformed(error)
        return AkaAttribute(kind, raw), Malformed(error.reason, error.offset)
    return AkaAttribute(kind, value), None


def _all(r: Reader) -> bytes:
    return r.rest("value")


def _after_reserved(r: Reader) -> bytes:
    r.number("reserved", 2)
    return r.rest("value")


def _nothing(r: Reader) -> bytes:
    r.number("reserved", 2)
    return _end(r, b"")


def _block(r: Reader) -> bytes:
    r.number("reserved", 2)
    return _end(r, r.take("value", 16))


def _rands(r: Reader) -> bytes:
    """One RAND in EAP-AKA, two or three in EAP-SIM."""
    r.number("reserved", 2)
    if not r.left or r.left % 16:
        raise r.error(f"RAND of {r.left} bytes")
    return r.rest("value")


def _auts(r: Reader) -> bytes:
    return _end(r, r.take("value", 14))


def _response(r: Reader) -> bytes:
    """AT_RES counts its value in bits."""
    at = r.pos
    bits = r.number("res_length", 2, lambda n: f"{n} bits")
    if not 32 <= bits <= 128:
        raise r.error(f"RES of {bits} bits, 32 to 128 allowed", at)
    return _padded(r, r.take("value", (bits + 7) // 8))


def _counted_text(r: Reader) -> bytes:
    size = r.number("actual_length", 2, lambda n: f"{n} bytes")
    return _padded(r, r.take("value", size, inert_text))


def _versions(r: Reader) -> bytes:
    size = r.number("actual_length", 2, lambda n: f"{n} bytes")
    return _padded(r, r.take("value", size))


def _checkcode(r: Reader) -> bytes:
    """Empty when no AKA-Identity round was there; SHA-1 in EAP-AKA, SHA-256 in EAP-AKA'."""
    r.number("reserved", 2)
    if r.left not in (0, 20, 32):
        raise r.error(f"checkcode of {r.left} bytes")
    return r.rest("value")


def _code(show: Callable[[int], str]) -> Value:
    def decode(r: Reader) -> bytes:
        return _end(r, r.take("value", 2, lambda data: show(int.from_bytes(data))))

    return decode


def notification_text(code: int) -> str:
    """AT_NOTIFICATION's code in words."""
    when = "before" if code & PURPOSE_NOT_YET_AUTHENTICATED else "after"
    return f"{NOTIFICATIONS.get(code, f'{when} authentication')} ({code})"


def client_error_text(code: int) -> str:
    """AT_CLIENT_ERROR_CODE in words."""
    return f"{CLIENT_ERRORS.get(code, 'unknown')} ({code})"


def _kdf_text(code: int) -> str:
    return f"EAP-AKA' with CK' and IK' ({code})" if code == 1 else str(code)


def _bidding_text(code: int) -> str:
    return "EAP-AKA' preferred (0x8000)" if code == 0x8000 else f"0x{code:04x}"


def _padded(r: Reader, value: bytes) -> bytes:
    if r.left > 3:
        raise r.error(f"{r.left} bytes of padding")
    r.rest("padding")
    return value


def _end(r: Reader, value: bytes) -> bytes:
    if r.left:
        raise r.error(f"{r.left} bytes more than the attribute has")
    return value


_T = AkaAttributeType
VALUES: dict[int, Value] = {
    _T.AT_RAND: _rands,
    _T.AT_AUTN: _block,
    _T.AT_RES: _response,
    _T.AT_AUTS: _auts,
    _T.AT_NONCE_MT: _block,
    _T.AT_PERMANENT_ID_REQ: _nothing,
    _T.AT_MAC: _block,
    _T.AT_NOTIFICATION: _code(notification_text),
    _T.AT_ANY_ID_REQ: _nothing,
    _T.AT_IDENTITY: _counted_text,
    _T.AT_VERSION_LIST: _versions,
    _T.AT_SELECTED_VERSION: _code(str),
    _T.AT_FULLAUTH_ID_REQ: _nothing,
    _T.AT_COUNTER: _code(str),
    _T.AT_COUNTER_TOO_SMALL: _nothing,
    _T.AT_NONCE_S: _block,
    _T.AT_CLIENT_ERROR_CODE: _code(client_error_text),
    _T.AT_KDF_INPUT: _counted_text,
    _T.AT_KDF: _code(_kdf_text),
    _T.AT_IV: _block,
    _T.AT_ENCR_DATA: _after_reserved,
    _T.AT_NEXT_PSEUDONYM: _counted_text,
    _T.AT_NEXT_REAUTH_ID: _counted_text,
    _T.AT_CHECKCODE: _checkcode,
    _T.AT_RESULT_IND: _nothing,
    _T.AT_BIDDING: _code(_bidding_text),
}
