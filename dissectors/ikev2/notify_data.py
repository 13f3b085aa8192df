"""What stands in the data of each notification: RFC 7296 section 3.10.1 and the documents that added types.

Each function reads the data of one type. The field tree runs them over a Tracer, the views of
:mod:`dissectors.ikev2.notify` over a plain Reader.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from dissectors.buffer import Reader, Record
from dissectors.detail import Detail, ipv4_text, ipv6_text, seconds
from dissectors.events import Address
from dissectors.ikev2.registry import (
    GatewayIdType,
    HashAlgorithm,
    IntegrityId,
    KeyExchangeId,
    NotifyType,
    PayloadType,
    PrfId,
)
from dissectors.inert import inert_text
from dissectors.record import record

HASH_SIZE = 20
ROHC_ATTRIBUTES = {1: "MAX_CID", 2: "ROHC_PROFILE", 3: "ROHC_INTEG", 4: "ROHC_ICV_LEN", 5: "MRRU"}
IPCOMP_TRANSFORMS = {1: "OUI", 2: "DEFLATE", 3: "LZS", 4: "LZJH"}
PPK_ID_TYPES = {1: "PPK_ID_OPAQUE", 2: "PPK_ID_FIXED"}
DEVICE_ID_TYPES = {1: "IMEI", 2: "IMEISV"}


@record
class Redirect:
    """REDIRECT or REDIRECTED_FROM, RFC 5685 section 9; ``gateway`` is a name for type 3, else an address.

    ``nonce`` is the Ni that an IKE_SA_INIT response repeats, empty in every other message.
    """

    gateway_type: int
    gateway: Address | str
    nonce: bytes = b""


class PdnIdentifier(NamedTuple):
    """PDN Identifier of TS 24.303 annex B.1; ``prefix_length`` is ``None`` where the data does not give it."""

    prefix: IPv6Address
    prefix_length: int | None


REDIRECT = Record(gw_identity_type=("B", GatewayIdType), gw_identity_length="B")
SYNC = Record(nonce="I", expected_send_message_id="I", expected_recv_message_id="I")


def decode_redirect(r: Reader) -> Redirect:
    at = r.pos
    kind, size = r.read(REDIRECT)
    if kind not in (GatewayIdType.IPV4, GatewayIdType.IPV6, GatewayIdType.FQDN):
        raise r.error(f"gateway identity type {kind} is not known", at)
    wanted = {GatewayIdType.IPV4: 4, GatewayIdType.IPV6: 16}.get(kind, size)
    if size != wanted or not size:
        raise r.error(f"gateway identity of type {kind} has {size} bytes", at + 1)
    gateway: Address | str
    if kind == GatewayIdType.FQDN:
        gateway = inert_text(r.take("gw_identity", size, inert_text))
    else:
        gateway = _address(r, "gw_identity", size)
    return Redirect(kind, gateway, r.rest("nonce_data"))


def decode_pdn_identifier(r: Reader) -> PdnIdentifier:
    """Number and layout come from no public text: 8 or 16 bytes of prefix, with or without a length byte beside 16."""
    data = r.peek(r.left)
    if r.left == 8:
        return PdnIdentifier(IPv6Address(r.take("prefix", 8, _half_text) + bytes(8)), 64)
    if r.left == 16:
        return PdnIdentifier(_ipv6(r, "prefix"), None)
    if r.left != 17:
        raise r.error(f"PDN identifier of {r.left} bytes")
    if _is_prefix(data[:16], data[16]):
        prefix = _ipv6(r, "prefix")
        return PdnIdentifier(prefix, r.number("prefix_length", 1))
    if _is_prefix(data[1:], data[0]):
        length = r.number("prefix_length", 1)
        return PdnIdentifier(_ipv6(r, "prefix"), length)
    raise r.error("no prefix with a length that fits it")


def _is_prefix(prefix: bytes, length: int) -> bool:
    """Whether ``length`` is possible and the bits behind it are zero."""
    return 0 < length <= 128 and not int.from_bytes(prefix) & ((1 << (128 - length)) - 1)


def decode_signature_hashes(r: Reader) -> tuple[int, ...]:
    """RFC 7427 section 4."""
    return _numbers(r, "hash_algorithm", HashAlgorithm)


def decode_accepted_group(r: Reader) -> int:
    """The group an INVALID_KE_PAYLOAD asks for, RFC 7296 section 1.3."""
    return r.number("accepted_key_exchange_method", 2, KeyExchangeId)


def decode_window_size(r: Reader) -> int:
    return r.number("window_size", 4)


def decode_auth_lifetime(r: Reader) -> int:
    """RFC 4478 section 3, in seconds."""
    return r.number("auth_lifetime", 4, seconds)


def decode_nat_hash(r: Reader) -> bytes:
    return r.take("nat_detection_hash", HASH_SIZE)


def decode_critical_type(r: Reader) -> int:
    """The payload type an UNSUPPORTED_CRITICAL_PAYLOAD names."""
    return r.number("payload_type", 1, PayloadType)


def decode_address(r: Reader) -> Address:
    if r.left not in (4, 16):
        raise r.error(f"address of {r.left} bytes")
    return _address(r, "additional_address", r.left)


def _message_id(r: Reader) -> int:
    return r.number("message_id", 4)


def _ipcomp(r: Reader) -> tuple[int, int]:
    return r.number("cpi", 2), r.number(
        "ipcomp_transform_id", 1, lambda n: f"{IPCOMP_TRANSFORMS.get(n, 'unknown')} ({n})"
    )


def _no_nats(r: Reader) -> None:
    """RFC 4555 section 4.2.6: the addresses and ports as the sender believes them."""
    size = 4 if r.left == 12 else 16
    _address(r, "source_address", size)
    _address(r, "destination_address", size)
    r.number("source_port", 2)
    r.number("destination_port", 2)


def _ticket(r: Reader) -> None:
    r.number("lifetime", 4, seconds)
    r.rest("ticket")


def _rohc(r: Reader) -> None:
    """RFC 5857 section 3.1.2: attributes like those of a transform."""
    while r.left:
        kind = r.number("attribute_type", 2, lambda n: f"{ROHC_ATTRIBUTES.get(n & 0x7FFF, 'unknown')} ({n & 0x7FFF})")
        if kind & 0x8000:
            show = IntegrityId if kind & 0x7FFF == 3 else None
            r.number("attribute_value", 2, show)
        else:
            r.take("attribute_value", r.number("attribute_length", 2))


def _sync(r: Reader) -> None:
    r.read(SYNC)


def _replay_sync(r: Reader) -> None:
    r.number("incoming_delta", 8 if r.left == 8 else 4)


def _password_methods(r: Reader) -> tuple[int, ...]:
    return _numbers(r, "method", None)


def _puzzle(r: Reader) -> None:
    """RFC 8019 section 8.1."""
    r.number("prf", 2, PrfId)
    r.number("difficulty", 1, lambda bits: f"{bits} bits")


def _ppk_identity(r: Reader) -> None:
    r.number("ppk_id_type", 1, lambda n: f"{PPK_ID_TYPES.get(n, 'unknown')} ({n})")
    r.rest("ppk_id", inert_text)


def _backoff_timer(r: Reader) -> None:
    """TS 24.302 clause 8.1.2.3: a GPRS timer 3 behind its length."""
    r.take("backoff_timer", r.number("timer_length", 1))


def _device_identity(r: Reader) -> None:
    """TS 24.302 clause 8.2.9.2; the digits are swapped BCD."""
    inner = r.part("device_identity", r.number("identity_length", 2))
    inner.number("identity_type", 1, lambda n: f"{DEVICE_ID_TYPES.get(n, 'unknown')} ({n})")
    inner.rest("identity_value", bcd_text)


def bcd_text(data: bytes) -> str:
    """Digits, low half-byte first; a half-byte that is no digit ends them."""
    digits = "".join(f"{byte & 0x0F:x}{byte >> 4:x}" for byte in data)
    return digits.split("f", 1)[0]


def _numbers(r: Reader, name: str, show: type[HashAlgorithm] | None) -> tuple[int, ...]:
    values: list[int] = []
    while r.left:
        values.append(r.number(name, 2, show))
    return tuple(values)


def _address(r: Reader, name: str, size: int) -> Address:
    return IPv4Address(r.take(name, 4, ipv4_text)) if size == 4 else _ipv6(r, name)


def _ipv6(r: Reader, name: str) -> IPv6Address:
    return IPv6Address(r.take(name, 16, ipv6_text))


def _half_text(data: bytes) -> str:
    return f"{IPv6Address(data + bytes(8))}/64"


_N = NotifyType
LAYOUTS: dict[int, Detail] = {
    _N.UNSUPPORTED_CRITICAL_PAYLOAD: decode_critical_type,
    _N.INVALID_MESSAGE_ID: _message_id,
    _N.INVALID_KE_PAYLOAD: decode_accepted_group,
    _N.SET_WINDOW_SIZE: decode_window_size,
    _N.IPCOMP_SUPPORTED: _ipcomp,
    _N.NAT_DETECTION_SOURCE_IP: decode_nat_hash,
    _N.NAT_DETECTION_DESTINATION_IP: decode_nat_hash,
    _N.ADDITIONAL_IP4_ADDRESS: decode_address,
    _N.ADDITIONAL_IP6_ADDRESS: decode_address,
    _N.NO_NATS_ALLOWED: _no_nats,
    _N.AUTH_LIFETIME: decode_auth_lifetime,
    _N.REDIRECT: decode_redirect,
    _N.REDIRECTED_FROM: decode_redirect,
    _N.TICKET_LT_OPAQUE: _ticket,
    _N.ROHC_SUPPORTED: _rohc,
    _N.IKEV2_MESSAGE_ID_SYNC: _sync,
    _N.IPSEC_REPLAY_COUNTER_SYNC: _replay_sync,
    _N.SECURE_PASSWORD_METHODS: _password_methods,
    _N.SIGNATURE_HASH_ALGORITHMS: decode_signature_hashes,
    _N.PUZZLE: _puzzle,
    _N.PPK_IDENTITY: _ppk_identity,
    _N.PDN_IDENTIFIER: decode_pdn_identifier,
    _N.BACKOFF_TIMER: _backoff_timer,
    _N.DEVICE_IDENTITY: _device_identity,
}
