"""The payloads of an IKEv2 message as values: RFC 7296 section 3.

Numbers stay numbers (``int``) where the wire may hold one that the registry does not know; the enums in
:mod:`dissectors.ikev2.registry` name them. SPIs, nonces and public values stay ``bytes``.
"""

from __future__ import annotations

from dataclasses import field

from dissectors.eap import EapPacket
from dissectors.events import Address, Malformed, Sealed
from dissectors.ikev2.registry import TransformType
from dissectors.record import record


@record(kw_only=True)
class Payload:
    """Any payload; ``critical`` is the bit of its generic header (RFC 7296 section 3.2)."""

    critical: bool = False


@record
class Transform:
    """One transform of a proposal; ``key_length`` in bits where the attribute is there."""

    type: int
    id: int
    key_length: int | None = None


@record
class Proposal:
    """One proposal; ``spi`` is empty, 4 bytes (ESP, AH) or 8 (IKE SA rekey)."""

    number: int
    protocol: int
    spi: bytes
    transforms: tuple[Transform, ...]

    def of(self, kind: TransformType) -> tuple[Transform, ...]:
        """The transforms of one type, in their order of preference."""
        return tuple(t for t in self.transforms if t.type == kind)


@record
class SecurityAssociation(Payload):
    """SA, section 3.3."""

    proposals: tuple[Proposal, ...]


@record
class KeyExchange(Payload):
    """KE, section 3.4."""

    group: int
    data: bytes


@record
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


@record
class Certificate(Payload):
    """CERT, section 3.6."""

    encoding: int
    data: bytes


@record
class CertificateRequest(Payload):
    """CERTREQ, section 3.7: SHA-1 hashes of CA public keys."""

    encoding: int
    data: bytes


@record
class Authentication(Payload):
    """AUTH, section 3.8."""

    method: int
    data: bytes


@record
class Nonce(Payload):
    """Ni or Nr, section 3.9."""

    data: bytes


@record
class Notify(Payload):
    """N, section 3.10."""

    protocol: int
    spi: bytes
    type: int
    data: bytes


@record
class Delete(Payload):
    """D, section 3.11: the SPIs on which the sender receives; none for the IKE SA."""

    protocol: int
    spi_size: int
    spis: tuple[bytes, ...]


@record
class VendorId(Payload):
    """V, section 3.12."""

    data: bytes


@record
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


@record
class TrafficSelectors(Payload):
    """TSi (``initiator``) or TSr."""

    initiator: bool
    selectors: tuple[TrafficSelector, ...]


@record
class ConfigurationAttribute:
    """One attribute of CP, section 3.15.1; ``value`` is empty where a request asks for one."""

    type: int
    value: bytes


@record
class Configuration(Payload):
    """CP, section 3.15."""

    cfg_type: int
    attributes: tuple[ConfigurationAttribute, ...]

    def values(self, kind: int) -> tuple[bytes, ...]:
        """The values of one attribute type, in order; empty when the attribute is absent."""
        return tuple(a.value for a in self.attributes if a.type == kind)


@record
class Eap(Payload):
    """EAP, section 3.16."""

    packet: EapPacket


@record
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

    def holding(self, plain: bytes, first: int) -> Encrypted:
        """What it is once opened; of a fragment, once all are joined."""
        return Encrypted(
            first, self.body, self.offset, self.number, self.total, bool(self.total), plain, critical=self.critical
        )


@record
class UnknownPayload(Payload):
    """A payload of a type we have no decoder for."""

    type: int
    data: bytes


@record
class MalformedPayload(Payload):
    """A payload whose inside could not be read; the chain goes on behind it."""

    type: int
    data: bytes
    fault: Malformed
