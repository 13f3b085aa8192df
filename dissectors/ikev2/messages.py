"""IKEv2 messages as values: RFC 7296 section 3, with the registries' names beside the numbers.

Numbers stay numbers (``int``) where the wire may hold one that the registry does not know; the enums in
:mod:`dissectors.ikev2.registry` name them. SPIs, nonces and public values stay ``bytes``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from dissectors.eap import EapPacket
from dissectors.events import Address, Malformed, Sealed
from dissectors.ikev2.registry import ExchangeType, IkeFlag, NotifyType, TransformType

INITIATOR, RESPONSE = int(IkeFlag.INITIATOR), int(IkeFlag.RESPONSE)
PayloadT = TypeVar("PayloadT", bound="Payload")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Any payload; ``critical`` is the bit of its generic header (RFC 7296 section 3.2)."""

    critical: bool = False


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform of a proposal; ``key_length`` in bits where the attribute is there."""

    type: int
    id: int
    key_length: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal; ``spi`` is empty, 4 bytes (ESP, AH) or 8 (IKE SA rekey)."""

    number: int
    protocol: int
    spi: bytes
    transforms: tuple[Transform, ...]

    def of(self, kind: TransformType) -> tuple[Transform, ...]:
        """The transforms of one type, in their order of preference."""
        return tuple(t for t in self.transforms if t.type == kind)


@dataclass(frozen=True, slots=True)
class SecurityAssociation(Payload):
    """SA, section 3.3."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class KeyExchange(Payload):
    """KE, section 3.4."""

    group: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Identification(Payload):
    """IDi (``initiator``) or IDr, section 3.5."""

    initiator: bool
    id_type: int
    data: bytes

    @property
    def text(self) -> str:
        """The identity as text; see ``dissectors.ikev2.identity`` for its forms."""
        from dissectors.ikev2.identity import identity_text

        return identity_text(self.id_type, self.data)


@dataclass(frozen=True, slots=True)
class Certificate(Payload):
    """CERT, section 3.6."""

    encoding: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CertificateRequest(Payload):
    """CERTREQ, section 3.7: SHA-1 hashes of CA public keys."""

    encoding: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Authentication(Payload):
    """AUTH, section 3.8."""

    method: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Nonce(Payload):
    """Ni or Nr, section 3.9."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Notify(Payload):
    """N, section 3.10."""

    protocol: int
    spi: bytes
    type: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Delete(Payload):
    """D, section 3.11: the SPIs on which the sender receives; none for the IKE SA."""

    protocol: int
    spi_size: int
    spis: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class VendorId(Payload):
    """V, section 3.12."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TrafficSelector:
    """One selector, section 3.13.1. ``start`` and ``end`` are ``None`` for a type that is not known.

    For protocol 135 the MH type is in the top 8 bits of the ports.
    """

    type: int
    protocol: int
    start_port: int
    end_port: int
    start: Address | None
    end: Address | None


@dataclass(frozen=True, slots=True)
class TrafficSelectors(Payload):
    """TSi (``initiator``) or TSr."""

    initiator: bool
    selectors: tuple[TrafficSelector, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationAttribute:
    """One attribute of CP, section 3.15.1; ``value`` is empty where a request asks for one."""

    type: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Configuration(Payload):
    """CP, section 3.15."""

    cfg_type: int
    attributes: tuple[ConfigurationAttribute, ...]

    def values(self, kind: int) -> tuple[bytes, ...]:
        """The values of one attribute type, in order; empty when the attribute is absent."""
        return tuple(a.value for a in self.attributes if a.type == kind)


@dataclass(frozen=True, slots=True)
class Eap(Payload):
    """EAP, section 3.16."""

    packet: EapPacket


@dataclass(frozen=True, slots=True)
class Encrypted(Payload):
    """SK (section 3.14) or, with ``total`` above 0, SKF (RFC 7383).

    ``first`` is the type of the first inner payload (0 in all fragments but the first); ``body`` is IV,
    ciphertext and ICV at ``offset`` of the reader's buffer. After opening, ``plain`` holds the decrypted
    payloads (for SKF the joined ones, in the last fragment to arrive) without padding; otherwise ``sealed``
    says why not. An opened fragment that waits for others has ``plain`` and no inner payloads.
    """

    first: int
    body: bytes = field(repr=False)
    offset: int = field(default=0, compare=False)
    number: int = 0
    total: int = 0
    joined: bool = False  # an SKF whose ``plain`` and ``first`` are those of the joined message
    plain: bytes | None = field(default=None, repr=False)
    sealed: Sealed | None = None


@dataclass(frozen=True, slots=True)
class UnknownPayload(Payload):
    """A payload of a type we have no decoder for."""

    type: int
    data: bytes


@dataclass(frozen=True, slots=True)
class MalformedPayload(Payload):
    """A payload whose inside could not be read; the chain goes on behind it."""

    type: int
    data: bytes
    fault: Malformed


@dataclass(frozen=True, slots=True)
class IkeMessage:
    """One IKE message (SKF fragments included), header and payloads.

    ``payloads`` are the clear ones, in order; ``inner`` what SK or the joined SKFs held once opened.
    ``size`` is the header's Length. ``malformed`` is set when the chain of payloads breaks.
    """

    initiator_spi: bytes
    responder_spi: bytes
    next_payload: int
    version: int
    exchange_type: int
    flags: int  # IkeFlag bits; plain, for the enum's own arithmetic costs more than the header
    message_id: int
    size: int
    payloads: tuple[Payload, ...] = ()
    inner: tuple[Payload, ...] = ()
    malformed: Malformed | None = None

    @property
    def is_response(self) -> bool:
        return self.flags & RESPONSE != 0

    @property
    def is_request(self) -> bool:
        return self.flags & RESPONSE == 0

    @property
    def from_initiator(self) -> bool:
        """Sent by the original initiator of this IKE SA."""
        return self.flags & INITIATOR != 0

    @property
    def encrypted(self) -> Encrypted | None:
        """The SK or SKF payload, if there is one; it is always the last."""
        last = self.payloads[-1] if self.payloads else None
        return last if isinstance(last, Encrypted) else None

    @property
    def sealed(self) -> Sealed | None:
        """Why the protected part is closed; ``None`` when it is open or there is none."""
        encrypted = self.encrypted
        return encrypted.sealed if encrypted else None

    def each(self, kind: type[PayloadT]) -> list[PayloadT]:
        """All payloads of one kind, the clear ones first."""
        found = [payload for payload in self.payloads if isinstance(payload, kind)]
        if self.inner:
            found += [payload for payload in self.inner if isinstance(payload, kind)]
        return found

    def first(self, kind: type[PayloadT]) -> PayloadT | None:
        """The first payload of one kind."""
        for payload in self.payloads:
            if isinstance(payload, kind):
                return payload
        for payload in self.inner:
            if isinstance(payload, kind):
                return payload
        return None

    def notify(self, kind: int) -> Notify | None:
        """The first notification of one type."""
        for payload in self.payloads:
            if isinstance(payload, Notify) and payload.type == kind:
                return payload
        for payload in self.inner:
            if isinstance(payload, Notify) and payload.type == kind:
                return payload
        return None

    def identification(self, *, initiator: bool) -> Identification | None:
        """IDi or IDr."""
        return next((i for i in self.each(Identification) if i.initiator is initiator), None)

    def selectors(self, *, initiator: bool) -> TrafficSelectors | None:
        """TSi or TSr."""
        return next((t for t in self.each(TrafficSelectors) if t.initiator is initiator), None)

    @property
    def error(self) -> Notify | None:
        """The first error notification (types below 16384)."""
        return next((n for n in self.each(Notify) if n.type < NotifyType.INITIAL_CONTACT), None)

    @property
    def name(self) -> str:
        """The exchange's name, or its number."""
        try:
            return ExchangeType(self.exchange_type).name
        except ValueError:
            return f"exchange type {self.exchange_type}"
