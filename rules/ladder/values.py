"""The values behind ``=`` in a ladder, as the bytes they stand for."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_interface

from dissectors.ikev2.registry import AttributeType, GatewayIdType, NotifyType
from rules.ladder.scene import Place, filler

ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
NOTIFY_SIZES: dict[int, int] = {
    NotifyType.COOKIE: 8,
    NotifyType.NAT_DETECTION_SOURCE_IP: 20,
    NotifyType.NAT_DETECTION_DESTINATION_IP: 20,
    NotifyType.SIGNATURE_HASH_ALGORITHMS: 2,
}
PREFIXED = (AttributeType.INTERNAL_IP6_ADDRESS, AttributeType.INTERNAL_IP6_SUBNET, AttributeType.INTERNAL_IP6_PREFIX)


def plain_bytes(text: str, place: Place) -> bytes:
    """``0x…`` is hex, a node or an address its octets, all else text (``\\xNN`` for odd octets)."""
    if text.startswith("0x"):
        return bytes.fromhex(text[2:])
    address = place.address(text)
    if address is not None:
        return address.packed
    try:
        return ip_address(text).packed
    except ValueError:
        return ESCAPE.sub(lambda m: chr(int(m[1], 16)), text).encode("latin-1", "backslashreplace")


def _gateway(text: str, place: Place) -> bytes:
    """RFC 5685 section 3: identity type, length, identity; in the IKE_SA_INIT response the nonce behind it."""
    data = plain_bytes(text, place)
    if text.startswith("0x"):
        return data
    is_name = data == text.encode()
    kind = GatewayIdType.FQDN if is_name else {4: GatewayIdType.IPV4, 16: GatewayIdType.IPV6}[len(data)]
    nonce = nonce_of(place, initiator=True) if place.is_init and place.response else b""
    return bytes((kind, len(data))) + data + nonce


def nonce_of(place: Place, *, initiator: bool, size: int = 32) -> bytes:
    """The nonce of an exchange: its request's Ni, or the answer's Nr."""
    return filler(place.sa.label("nonce", "i" if initiator else "r", place.exchange, place.message_id), size)


def _prefix(text: str, place: Place) -> bytes:
    interface = ip_interface(text)
    return interface.ip.packed + bytes((interface.network.prefixlen,))


def notify_data(kind: int, text: str, place: Place) -> bytes:
    """The data of a notification; without a value, such as its type commonly carries."""
    if kind in (NotifyType.REDIRECT, NotifyType.REDIRECTED_FROM):
        return _gateway(text or "HA2", place)
    if kind == NotifyType.INVALID_KE_PAYLOAD:
        return int(text or 19).to_bytes(2)
    if kind == NotifyType.PDN_IDENTIFIER and not text.startswith("0x"):
        return _prefix(text or str(place.ue.home_prefix), place)
    if text:
        return plain_bytes(text, place)
    return filler(place.sa.label("notify", kind), NOTIFY_SIZES.get(kind, 0))


def attribute_value(kind: int, text: str, lifetime: int, place: Place) -> bytes:
    """The value of a configuration attribute; empty where none is written."""
    if not text or text.startswith("0x"):
        return plain_bytes(text, place)
    if kind == AttributeType.MIP6_HOME_PREFIX:
        return lifetime.to_bytes(4) + _prefix(text, place)
    if kind in PREFIXED:
        return _prefix(text, place)
    return plain_bytes(text, place)
