"""The essentials of a message in one line, short enough to stand on an arrow. The text is inert."""

from __future__ import annotations

from analyzer.describe import MOST_PAYLOADS, describe, esp_info, mobility_info, payload_text
from analyzer.packets import Packet
from dissectors.ikev2.messages import Encrypted, IkeMessage
from dissectors.inert import inert
from dissectors.mobility.messages import MobilityMessage
from dissectors.protected import EspMessage

LONGEST = 400


def words_of(packet: Packet) -> str:
    """What an arrow says of a packet."""
    message, inner = packet.message, packet.inner
    if isinstance(message, IkeMessage):
        text = _ike(message)
    elif isinstance(message, EspMessage):
        if inner is not None and isinstance(inner.message, MobilityMessage):
            text = mobility_info(inner)
        else:
            text = f"ESP {esp_info(message, inner)}"
    else:
        line = describe(packet)
        text = line.info if line.info.startswith(line.protocol) else f"{line.protocol} {line.info}"
    text = inert(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _ike(message: IkeMessage) -> str:
    """``IKE_AUTH request 1 [IDi=… CP(…)]``."""
    kind = "response" if message.is_response else "request"
    text = f"{message.name} {kind} {message.message_id}"
    encrypted = message.encrypted
    if encrypted is not None and encrypted.total and not encrypted.joined:
        text += f" fragment {encrypted.number}/{encrypted.total}"
    shown = [p for p in (*message.payloads, *message.inner) if not isinstance(p, Encrypted)]
    if shown:
        more = f" … {len(shown) - MOST_PAYLOADS} more" if len(shown) > MOST_PAYLOADS else ""
        text += f" [{' '.join(map(payload_text, shown[:MOST_PAYLOADS]))}{more}]"
    if message.sealed is not None:
        text += f" closed: {message.sealed}"
    if message.malformed is not None:
        text += f" malformed: {message.malformed}"
    return text
