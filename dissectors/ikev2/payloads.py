"""The payloads with a short body: RFC 7296 sections 3.4 to 3.9, 3.11, 3.12, 3.14, 3.16 and RFC 7383.

The tables at the end name the decoder of every payload type. A decoder reads a payload from behind its generic header
and raises :class:`~dissectors.buffer.DissectError` where the body cannot be what it should.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dissectors.buffer import Reader, Record
from dissectors.detail import Detail, byte_count, detailed
from dissectors.eap import decode_eap
from dissectors.ikev2.configuration import decode_configuration
from dissectors.ikev2.identity import decode_identification
from dissectors.ikev2.messages import (
    Authentication,
    Certificate,
    CertificateRequest,
    Delete,
    Eap,
    Encrypted,
    KeyExchange,
    Nonce,
    Payload,
    VendorId,
)
from dissectors.ikev2.notify import decode_notify
from dissectors.ikev2.proposals import decode_security_association
from dissectors.ikev2.registry import AuthMethod, CertificateEncoding, KeyExchangeId, PayloadType, ProtocolId
from dissectors.ikev2.selectors import decode_traffic_selectors
from dissectors.inert import inert_text, text_or_hex

Decoder: TypeAlias = Callable[[Reader, bool], Payload]
ProtectedDecoder: TypeAlias = Callable[[Reader, int, bool], Payload]

KEY_EXCHANGE = Record(key_exchange_method=("H", KeyExchangeId), reserved="H")
AUTHENTICATION = Record(auth_method=("B", AuthMethod), reserved="3s")
DELETE = Record(protocol_id=("B", ProtocolId), spi_size="B", num_of_spis="H")
FRAGMENT = Record(fragment_number="H", total_fragments="H")
NONCE_SIZES = range(16, 257)
SHA1_SIZE = 20


def _key_exchange(r: Reader, critical: bool) -> KeyExchange:
    group, _ = r.read(KEY_EXCHANGE)
    return KeyExchange(group, r.rest("key_exchange_data"), critical=critical)


def _certificate(r: Reader, critical: bool) -> Certificate:
    encoding = r.number("cert_encoding", 1, CertificateEncoding)
    return Certificate(encoding, _by_encoding(r, "certificate_data", CERTIFICATES.get(encoding)), critical=critical)


def _certificate_request(r: Reader, critical: bool) -> CertificateRequest:
    encoding = r.number("cert_encoding", 1, CertificateEncoding)
    detail = _authorities if r.left % SHA1_SIZE == 0 else None
    return CertificateRequest(encoding, _by_encoding(r, "certification_authority", detail), critical=critical)


def _by_encoding(r: Reader, name: str, detail: Detail | None) -> bytes:
    return detailed(r, name, r.left, detail) if detail else r.rest(name, byte_count)


def _hash_and_url(r: Reader) -> None:
    r.take("sha1_hash", SHA1_SIZE)
    r.rest("url", inert_text)


def _authorities(r: Reader) -> None:
    while r.left:
        r.take("sha1_of_public_key", SHA1_SIZE)


def _authentication(r: Reader, critical: bool) -> Authentication:
    method, _ = r.read(AUTHENTICATION)
    detail = _digital_signature if method == AuthMethod.DIGITAL_SIGNATURE else None
    return Authentication(method, detailed(r, "authentication_data", r.left, detail), critical=critical)


def _digital_signature(r: Reader) -> None:
    """RFC 7427 section 3."""
    r.take("algorithm_identifier", r.number("asn1_length", 1))
    r.rest("signature_value")


def _nonce(r: Reader, critical: bool) -> Nonce:
    if r.left not in NONCE_SIZES:  # keys can still be made of it, so it stays a nonce
        r.malformed(r.error(f"nonce of {r.left} bytes, 16 to 256 allowed"))
    return Nonce(r.rest("nonce_data"), critical=critical)


def _delete(r: Reader, critical: bool) -> Delete:
    protocol, spi_size, count = r.read(DELETE)
    if spi_size * count != r.left or (count and not spi_size):
        raise r.error(f"{count} SPIs of {spi_size} bytes cannot be, {r.left} bytes are left")
    spis = tuple([r.take("spi", spi_size) for _ in range(count)])
    return Delete(protocol, spi_size, spis, critical=critical)


def _vendor_id(r: Reader, critical: bool) -> VendorId:
    return VendorId(r.rest("vendor_id", text_or_hex), critical=critical)


def _eap(r: Reader, critical: bool) -> Eap:
    return Eap(decode_eap(r), critical=critical)


def _encrypted(r: Reader, first: int, critical: bool) -> Encrypted:
    at = r.pos
    return Encrypted(first, r.rest("encrypted_data", byte_count), at, critical=critical)


def _encrypted_fragment(r: Reader, first: int, critical: bool) -> Encrypted:
    number, total = r.read(FRAGMENT)
    if not 1 <= number <= total:
        raise r.error(f"fragment {number} of {total}", r.pos - FRAGMENT.size)
    at = r.pos
    return Encrypted(first, r.rest("encrypted_data", byte_count), at, number, total, critical=critical)


CERTIFICATES: dict[int, Detail] = {
    CertificateEncoding.HASH_AND_URL: _hash_and_url,
    CertificateEncoding.HASH_AND_URL_BUNDLE: _hash_and_url,
}
DECODERS: dict[int, Decoder] = {
    PayloadType.SA: decode_security_association,
    PayloadType.KE: _key_exchange,
    PayloadType.IDi: lambda r, critical: decode_identification(r, critical, initiator=True),
    PayloadType.IDr: lambda r, critical: decode_identification(r, critical, initiator=False),
    PayloadType.CERT: _certificate,
    PayloadType.CERTREQ: _certificate_request,
    PayloadType.AUTH: _authentication,
    PayloadType.NONCE: _nonce,
    PayloadType.NOTIFY: decode_notify,
    PayloadType.DELETE: _delete,
    PayloadType.VENDOR_ID: _vendor_id,
    PayloadType.TSi: lambda r, critical: decode_traffic_selectors(r, critical, initiator=True),
    PayloadType.TSr: lambda r, critical: decode_traffic_selectors(r, critical, initiator=False),
    PayloadType.CP: decode_configuration,
    PayloadType.EAP: _eap,
}
PROTECTED: dict[int, ProtectedDecoder] = {PayloadType.SK: _encrypted, PayloadType.SKF: _encrypted_fragment}
