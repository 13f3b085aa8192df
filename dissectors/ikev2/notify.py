"""The Notify payload (RFC 7296 section 3.10) and typed views of what its data says.

A view takes a :class:`~dissectors.ikev2.messages.Notify` of the right type and gives the meaning of its data, or a
:class:`~dissectors.events.Malformed` whose offset counts from the start of that data. None raises.
"""

from __future__ import annotations

import hashlib

from dissectors.buffer import Reader, Record
from dissectors.detail import detailed, view
from dissectors.events import Address, Malformed
from dissectors.ikev2.messages import Notify
from dissectors.ikev2.notify_data import (
    LAYOUTS,
    PdnIdentifier,
    Redirect,
    decode_accepted_group,
    decode_address,
    decode_auth_lifetime,
    decode_critical_type,
    decode_pdn_identifier,
    decode_redirect,
    decode_signature_hashes,
    decode_window_size,
)
from dissectors.ikev2.registry import NotifyType, ProtocolId

__all__ = [
    "PdnIdentifier",
    "Redirect",
    "accepted_group",
    "additional_address",
    "auth_lifetime",
    "critical_type",
    "decode_notify",
    "nat_detection_hash",
    "notify_text",
    "pdn_identifier",
    "redirect",
    "signature_hashes",
    "window_size",
]

RANGES = ((8192, "error"), (16384, "private error"), (40960, "status"), (65536, "private status"))


def notify_text(kind: int) -> str:
    """A notify type by name, or by the range its number is in."""
    try:
        return f"{NotifyType(kind).name} ({kind})"
    except ValueError:
        return f"unknown {next(name for end, name in RANGES if kind < end)} ({kind})"


NOTIFY = Record(protocol_id=("B", ProtocolId), spi_size="B", notify_message_type=("H", notify_text))


def decode_notify(r: Reader, critical: bool) -> Notify:
    protocol, spi_size, kind = r.read(NOTIFY)
    spi = r.take("spi", spi_size) if spi_size else b""
    return Notify(protocol, spi, kind, detailed(r, "notification_data", r.left, LAYOUTS.get(kind)), critical=critical)


def redirect(notify: Notify) -> Redirect | Malformed:
    """Where a REDIRECT points, or where a REDIRECTED_FROM comes from (RFC 5685)."""
    return view(notify.data, decode_redirect)


def pdn_identifier(notify: Notify) -> PdnIdentifier | Malformed:
    """The home prefix that a PDN Identifier (TS 24.303 annex B.1) names; see there how sure the layout is."""
    return view(notify.data, decode_pdn_identifier)


def signature_hashes(notify: Notify) -> tuple[int, ...] | Malformed:
    """The algorithms of SIGNATURE_HASH_ALGORITHMS, in order."""
    return view(notify.data, decode_signature_hashes)


def accepted_group(notify: Notify) -> int | Malformed:
    """The group that an INVALID_KE_PAYLOAD asks for."""
    return view(notify.data, decode_accepted_group)


def window_size(notify: Notify) -> int | Malformed:
    """How many requests the sender of SET_WINDOW_SIZE keeps answers for."""
    return view(notify.data, decode_window_size)


def auth_lifetime(notify: Notify) -> int | Malformed:
    """AUTH_LIFETIME in seconds."""
    return view(notify.data, decode_auth_lifetime)


def additional_address(notify: Notify) -> Address | Malformed:
    """The address of an ADDITIONAL_IP4_ADDRESS or ADDITIONAL_IP6_ADDRESS."""
    return view(notify.data, decode_address)


def critical_type(notify: Notify) -> int | Malformed:
    """The payload type that an UNSUPPORTED_CRITICAL_PAYLOAD names."""
    return view(notify.data, decode_critical_type)


def nat_detection_hash(spi_i: bytes, spi_r: bytes, address: Address, port: int) -> bytes:
    """What NAT_DETECTION_SOURCE_IP or _DESTINATION_IP holds where no NAT is between (RFC 7296 section 2.23).

    The SPIs are those of the message's own header.
    """
    return hashlib.sha1(spi_i + spi_r + address.packed + port.to_bytes(2), usedforsecurity=False).digest()
