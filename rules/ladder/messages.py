"""Real messages from the words of a ladder: IKEv2 with its header, ESP opened or sealed."""

from __future__ import annotations

from collections.abc import Mapping

from dissectors.esp import EspPacket, OpenedEsp
from dissectors.events import Sealed, SealReason
from dissectors.ikev2.messages import Encrypted, IkeMessage, Payload
from dissectors.ikev2.registry import IkeFlag, PayloadType
from dissectors.protected import EspMessage
from rules.ladder.payloads import name_of, payload, type_of
from rules.ladder.scene import Place, filler
from rules.ladder.script import Line

ESP_NEXT_HEADER = 41


def esp_message(spi: int, sequence: int, options: Mapping[str, str]) -> EspMessage:
    """An ESP packet as the options of its line have it."""
    packet = EspPacket(spi, sequence, filler(f"esp {spi} {sequence}", 64))
    seal = _seal(options, f"no key for SPI 0x{spi:08x}")
    if options.get("icv") == "bad":
        seal = Sealed(SealReason.ICV_MISMATCH, "ICV does not match")
    return EspMessage(packet, sealed=seal) if seal else EspMessage(packet, opened=_opened(options))


def ike_message(place: Place, tokens: tuple[str, ...], line: Line) -> IkeMessage:
    payloads = tuple(payload(token, place) for token in tokens)
    seal = _seal(line.options, f"no key for the IKE SA {place.sa.spi_i.hex()}/{place.sa.spi_r.hex()}")
    clear = place.is_init or "clear" in line.options
    outer, inner = (payloads, ()) if clear else _protected(place, payloads, seal)
    flags = IkeFlag.RESPONSE if place.response else IkeFlag.NONE
    flags |= IkeFlag.INITIATOR if place.sender.name == place.sa.initiator else IkeFlag.NONE
    first = type_of(outer[0]) if outer else 0
    return IkeMessage(
        initiator_spi=_given_spi(line, "spi_i", place.sa.spi_i),
        responder_spi=_given_spi(line, "spi_r", _responder_spi(place, tokens)),
        next_payload=first if clear else PayloadType.SK,
        version=int(line.options.get("version", "0x20"), 16),
        exchange_type=place.exchange,
        flags=int(flags),
        message_id=place.message_id,
        size=28 + 40 * len(payloads),
        payloads=outer,
        inner=inner,
    )


def _responder_spi(place: Place, tokens: tuple[str, ...]) -> bytes:
    """0 until the responder has accepted."""
    names = {name_of(t) for t in tokens}
    if place.is_init and (not place.response or not {"SA", "KE"} <= names):
        return bytes(8)
    return place.sa.spi_r


def _given_spi(line: Line, name: str, usual: bytes) -> bytes:
    text = line.options.get(name)
    return usual if text is None else int(text, 16).to_bytes(8)


def _protected(
    place: Place, inner: tuple[Payload, ...], seal: Sealed | None
) -> tuple[tuple[Payload, ...], tuple[Payload, ...]]:
    """SK in place of the payloads, opened or sealed."""
    first = type_of(inner[0]) if inner else 0
    body = filler(repr((place.sa.number, place.message_id, place.response, inner)), 64)
    if seal is not None:
        return (Encrypted(first, body, sealed=seal),), ()
    return (Encrypted(first, body, plain=filler(repr(inner), 48)),), inner


def _seal(options: Mapping[str, str], detail: str) -> Sealed | None:
    """``sealed`` or ``sealed=ICV_MISMATCH``."""
    if "sealed" not in options:
        return None
    reason = SealReason[options["sealed"]] if options["sealed"] else SealReason.NO_KEY
    return Sealed(reason, detail if reason is SealReason.NO_KEY else reason.value)


def _opened(options: Mapping[str, str]) -> OpenedEsp:
    bad = options.get("padding") == "bad"
    return OpenedEsp(
        payload=filler("inner packet", 40),
        next_header=int(options.get("next", ESP_NEXT_HEADER)),
        pad_length=2,
        padding=b"\0\0" if bad else b"\1\2",
        padding_ok=not bad,
        icv_ok=None if options.get("icv") == "none" else True,
    )
