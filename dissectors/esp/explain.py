"""ESP as fields: over a Tracer every part stands in the tree with its bytes."""

from __future__ import annotations

from dissectors.buffer import Reader
from dissectors.detail import byte_count
from dissectors.esp.packets import HEADER, EspPacket, OpenedEsp, decode_esp
from dissectors.events import Sealed
from dissectors.ikev2.protection import icv_text


def explain_esp(r: Reader, packet: EspPacket, opened: OpenedEsp | Sealed | None) -> Reader | None:
    """Reads ``packet`` again from ``r``, which stands at its SPI, now that opening has told where its parts are.

    Gives the reader of the inner payload, so that the caller goes on in the same tree; ``None`` when it is closed.
    """
    if packet.malformed is not None or not isinstance(opened, OpenedEsp):
        decode_esp(r)
        if isinstance(opened, Sealed):
            r.note("sealed", opened.detail)
        return None
    r.read(HEADER)
    if opened.iv_size:
        r.take("initialization_vector", opened.iv_size)
    r.take("encrypted_data", r.left - opened.icv_size, byte_count)
    if opened.icv_size:
        r.take("integrity_check_value", opened.icv_size)
    r.note("icv_status", opened.icv_ok, icv_text)
    if opened.sequence_high:
        r.note("extended_sequence_number", opened.sequence_high << 32 | packet.sequence)
    return _decrypted(r, opened)


def _decrypted(r: Reader, opened: OpenedEsp) -> Reader:
    trailer = bytes([opened.pad_length, opened.next_header])
    inner = r.branch("decrypted_esp", opened.payload + opened.padding + trailer)
    payload = inner.part("payload", len(opened.payload))
    if opened.padding:
        inner.take("padding", opened.pad_length)
    inner.number("pad_length", 1)
    inner.number("next_header", 1)
    return payload
