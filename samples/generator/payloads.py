"""IKEv2 payloads as bytes: RFC 7296 section 3, with MIP6_HOME_PREFIX by RFC 5026 and REDIRECT by RFC 5685."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from samples.generator.codes import (
    CERT_X509_SIGNATURE,
    KEY_LENGTH,
    AuthMethod,
    IdType,
    Kind,
    Notice,
    Protocol,
    Transform,
)

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload without its generic header, which depends on what follows."""

    kind: int
    body: bytes
    critical: bool = False


@dataclass(frozen=True, slots=True)
class TransformChoice:
    """One transform of a proposal; ``key_bits`` is the key length attribute."""

    kind: Transform
    number: int
    key_bits: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal of an SA payload."""

    number: int
    protocol: Protocol
    spi: bytes
    transforms: tuple[TransformChoice, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """An IPv6 traffic selector."""

    first: IPv6Address
    last: IPv6Address
    protocol: int = 0
    first_port: int = 0
    last_port: int = 0xFFFF


def chain(payloads: Sequence[Payload]) -> bytes:
    """Payloads with their generic headers, each naming the next."""
    kinds = [payload.kind for payload in payloads] + [0]
    return b"".join(
        struct.pack("!BBH", following, 0x80 if payload.critical else 0, 4 + len(payload.body)) + payload.body
        for payload, following in zip(payloads, kinds[1:], strict=True)
    )


def first_kind(payloads: Sequence[Payload]) -> int:
    """The next payload field of whatever stands before them."""
    return payloads[0].kind if payloads else 0


def _transform(choice: TransformChoice, more: bool) -> bytes:
    attributes = struct.pack("!HH", KEY_LENGTH, choice.key_bits) if choice.key_bits else b""
    return struct.pack("!BxHBxH", 3 if more else 0, 8 + len(attributes), choice.kind, choice.number) + attributes


def _proposal(proposal: Proposal, more: bool) -> bytes:
    last = len(proposal.transforms) - 1
    body = proposal.spi + b"".join(_transform(choice, n < last) for n, choice in enumerate(proposal.transforms))
    fields = (2 if more else 0, 8 + len(body), proposal.number, proposal.protocol, len(proposal.spi), last + 1)
    return struct.pack("!BxHBBBB", *fields) + body


def security_association(*proposals: Proposal) -> Payload:
    last = len(proposals) - 1
    return Payload(Kind.SA, b"".join(_proposal(proposal, n < last) for n, proposal in enumerate(proposals)))


def key_exchange(group: int, public: bytes) -> Payload:
    return Payload(Kind.KE, struct.pack("!Hxx", group) + public)


def nonce(value: bytes) -> Payload:
    return Payload(Kind.NONCE, value)


def identification(kind: Kind, id_type: IdType, data: bytes) -> Payload:
    return Payload(kind, struct.pack("!Bxxx", id_type) + data)


def certificate(der: bytes) -> Payload:
    return Payload(Kind.CERT, bytes([CERT_X509_SIGNATURE]) + der)


def certificate_request(*authorities: bytes) -> Payload:
    """``authorities`` are SHA-1 hashes of the public keys of trusted authorities."""
    return Payload(Kind.CERTREQ, bytes([CERT_X509_SIGNATURE]) + b"".join(authorities))


def authentication(method: AuthMethod, data: bytes) -> Payload:
    return Payload(Kind.AUTH, struct.pack("!Bxxx", method) + data)


def notify(notice: Notice, data: bytes = b"", *, protocol: int = 0, spi: bytes = b"") -> Payload:
    return Payload(Kind.NOTIFY, struct.pack("!BBH", protocol, len(spi), notice) + spi + data)


def pdn_identifier(prefix: IPv6Network) -> Payload:
    """N(PDN_IDENTIFIER) (TS 24.303 annex B): the prefix and its length."""
    return notify(Notice.PDN_IDENTIFIER, prefix.network_address.packed + bytes([prefix.prefixlen]))


def _gateway(address: Address) -> bytes:
    return bytes([1 if address.version == 4 else 2, len(address.packed)]) + address.packed


def redirect_to(gateway: Address) -> Payload:
    """N(REDIRECT) as it stands in IKE_AUTH: no nonce (RFC 5685 section 7.2)."""
    return notify(Notice.REDIRECT, _gateway(gateway))


def redirected_from(gateway: Address) -> Payload:
    """N(REDIRECTED_FROM) (RFC 5685 section 7.3)."""
    return notify(Notice.REDIRECTED_FROM, _gateway(gateway))


def delete_ike_sa() -> Payload:
    return Payload(Kind.DELETE, struct.pack("!BBH", Protocol.IKE, 0, 0))


def delete_esp_sas(*spis: int) -> Payload:
    """DELETE of CHILD SAs, by the SPIs that the sender receives on (RFC 7296 section 3.11)."""
    body = struct.pack("!BBH", Protocol.ESP, 4, len(spis)) + b"".join(struct.pack("!I", spi) for spi in spis)
    return Payload(Kind.DELETE, body)


def configuration(cfg_type: int, attributes: Sequence[tuple[int, bytes]]) -> Payload:
    body = b"".join(struct.pack("!HH", kind, len(value)) + value for kind, value in attributes)
    return Payload(Kind.CP, struct.pack("!Bxxx", cfg_type) + body)


def home_prefix(prefix: IPv6Network, lifetime: int) -> bytes:
    """The value of MIP6_HOME_PREFIX in a reply: lifetime, prefix, prefix length (RFC 5026 section 8.2)."""
    return struct.pack("!I16sB", lifetime, prefix.network_address.packed, prefix.prefixlen)


def traffic_selectors(kind: Kind, *selectors: Selector) -> Payload:
    body = b"".join(
        struct.pack("!BBHHH", 8, selector.protocol, 40, selector.first_port, selector.last_port)
        + selector.first.packed
        + selector.last.packed
        for selector in selectors
    )
    return Payload(kind, struct.pack("!Bxxx", len(selectors)) + body)


def eap(packet: bytes) -> Payload:
    return Payload(Kind.EAP, packet)
