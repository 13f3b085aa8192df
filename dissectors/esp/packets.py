"""The ESP packet, RFC 4303 section 2: what is in clear, and what opening adds."""

from __future__ import annotations

from dataclasses import field

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import byte_count
from dissectors.events import Malformed
from dissectors.record import record


def spi_text(spi: int) -> str:
    return f"0x{spi:08x}"


HEADER = Record(spi=("I", spi_text), sequence_number="I")


@record
class EspPacket:
    """The header, and ``body``: IV, ciphertext and ICV, whose borders only the SA knows.

    ``sequence`` is the 32 bits on the wire. ``offset`` is where the SPI stands in the reader's buffer.
    """

    spi: int
    sequence: int
    body: bytes = field(repr=False)
    offset: int = field(default=0, compare=False)
    malformed: Malformed | None = None


@record
class OpenedEsp:
    """The inside of an ESP packet.

    ``padding_ok`` tells whether the padding is 1, 2, 3… as RFC 4303 section 2.4 has it by default: a sign of the right
    key where ``icv_ok`` is ``None``, that is not checked. ``sequence_high`` are the bits that ESN does not send, 0
    without ESN. ``payload`` holds TFC padding too, if there is any. The IV and the ICV stand on the wire with
    ``iv_size`` and ``icv_size`` bytes.
    """

    payload: bytes = field(repr=False)
    next_header: int
    pad_length: int
    padding: bytes
    padding_ok: bool
    icv_ok: bool | None
    sequence_high: int = 0
    iv_size: int = 0
    icv_size: int = 0


def decode_esp(r: Reader) -> EspPacket:
    """The packet from here to the reader's end. Never raises: a header cut short gives what is there, marked."""
    offset = r.pos
    if r.left < HEADER.size:
        return _cut_header(r)
    spi, sequence = r.read(HEADER)
    return EspPacket(spi, sequence, r.rest("encrypted_data", byte_count), offset)


def _cut_header(r: Reader) -> EspPacket:
    offset = r.pos
    error: DissectError = r.error(f"an ESP header has {HEADER.size} bytes, {r.left} are there")
    spi = r.number("spi", 4, spi_text) if r.left >= 4 else 0
    r.rest("sequence_number" if r.pos > offset else "spi")
    r.malformed(error)
    return EspPacket(spi, 0, b"", offset, Malformed(error.reason, error.offset))


DEFAULT_PADDING = bytes(range(1, 256))


def split_trailer(plain: bytes) -> tuple[bytes, bytes, int] | None:
    """Payload, padding and next header of decrypted bytes, read from the end; ``None`` if the pad length is too big."""
    if len(plain) < 2:
        return None
    pad_length, next_header = plain[-2], plain[-1]
    end = len(plain) - 2 - pad_length
    if end < 0:
        return None
    return plain[:end], plain[end:-2], next_header


def is_default_padding(padding: bytes) -> bool:
    """RFC 4303 section 2.4: 1, 2, 3…"""
    return padding == DEFAULT_PADDING[: len(padding)]
