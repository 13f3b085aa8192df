"""Type-data of EAP methods that carry no attributes, for the field tree: RFC 3748 section 5, RFC 5216, RFC 2759."""

from __future__ import annotations

from enum import IntEnum

from dissectors.buffer import Reader, Record
from dissectors.detail import Detail
from dissectors.eap.packets import EapType
from dissectors.inert import inert_text

EXPANDED = Record(vendor_id="3s", vendor_type="I")
TLS_LENGTH_INCLUDED = 0x80


class MschapOpCode(IntEnum):
    """EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2 section 2)."""

    CHALLENGE = 1
    RESPONSE = 2
    SUCCESS = 3
    FAILURE = 4
    CHANGE_PASSWORD = 7


MSCHAP = Record(op_code=("B", MschapOpCode), ms_chap_id="B", ms_length="H")


def _identity(r: Reader) -> None:
    r.rest("identity", inert_text)


def _notification(r: Reader) -> None:
    r.rest("displayable_message", inert_text)


def _nak(r: Reader) -> None:
    while r.left:
        r.number("desired_type", 1, EapType)


def _md5(r: Reader) -> None:
    r.take("value", r.number("value_size", 1))
    r.rest("name", inert_text)


def _tls(r: Reader) -> None:
    flags = r.number("flags", 1, lambda value: f"0x{value:02x}")
    if flags & TLS_LENGTH_INCLUDED:
        r.number("tls_message_length", 4)
    r.rest("tls_data")


def _mschap(r: Reader) -> None:
    if r.left == 1:  # the peer's answer to Success and Failure has nothing but the code
        r.number("op_code", 1, MschapOpCode)
        return
    op_code, _, _ = r.read(MSCHAP)
    if op_code in (MschapOpCode.CHALLENGE, MschapOpCode.RESPONSE):
        r.take("value", r.number("value_size", 1))
        r.rest("name", inert_text)
    else:
        r.rest("message", inert_text)


def _expanded(r: Reader) -> None:
    r.read(EXPANDED)
    r.rest("vendor_data")


DETAILS: dict[int, Detail] = {
    EapType.IDENTITY: _identity,
    EapType.NOTIFICATION: _notification,
    EapType.NAK: _nak,
    EapType.MD5_CHALLENGE: _md5,
    EapType.GTC: _notification,
    EapType.TLS: _tls,
    EapType.TTLS: _tls,
    EapType.PEAP: _tls,
    EapType.MSCHAPV2: _mschap,
    EapType.EXPANDED: _expanded,
}
