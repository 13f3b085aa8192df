"""The Security Association payload: proposals, transforms and their attributes, RFC 7296 sections 3.3.1 to 3.3.5."""

from __future__ import annotations

from enum import IntEnum

from dissectors.buffer import Reader, Record
from dissectors.detail import peek_length, word
from dissectors.ikev2.messages import Proposal, SecurityAssociation, Transform
from dissectors.ikev2.registry import (
    EncryptionId,
    EsnId,
    IntegrityId,
    KeyExchangeId,
    PrfId,
    ProtocolId,
    TransformType,
)
from dissectors.tree import Tracer, render

KEY_LENGTH = 14
MOST_KNOWN = 512
"""Transforms that are remembered by their bytes."""
USUAL_SIZE = 16
TYPE_VALUE = 0x8000  # the AF bit: the value stands in the place of the length
IDS: dict[int, type[IntEnum]] = {
    TransformType.ENCR: EncryptionId,
    TransformType.PRF: PrfId,
    TransformType.INTEG: IntegrityId,
    TransformType.KE: KeyExchangeId,
    TransformType.ESN: EsnId,
}


def _more_text(value: int) -> str:
    return {0: "last (0)", 2: "more (2)", 3: "more (3)"}.get(value, str(value))


def _attribute_text(value: int) -> str:
    kind = value & ~TYPE_VALUE
    return "Key Length (14)" if kind == KEY_LENGTH else f"unknown ({kind})"


PROPOSAL = Record(
    last_substruc=("B", _more_text),
    reserved="B",
    proposal_length="H",
    proposal_num="B",
    protocol_id=("B", ProtocolId),
    spi_size="B",
    num_transforms="B",
)


def _transform_record(ids: type[IntEnum] | None) -> Record:
    return Record(
        last_substruc=("B", _more_text),
        reserved="B",
        transform_length="H",
        transform_type=("B", TransformType),
        reserved_2="B",
        transform_id="H" if ids is None else ("H", ids),
    )


TRANSFORM = _transform_record(None)
TRANSFORMS = {kind: _transform_record(ids) for kind, ids in IDS.items()}
ATTRIBUTE = Record(attribute_type=("H", _attribute_text), attribute_value="H")
LONG_ATTRIBUTE = Record(attribute_type=("H", _attribute_text), attribute_length="H")


def decode_security_association(r: Reader, critical: bool) -> SecurityAssociation:
    """SA; the bytes decide how many proposals and transforms there are, and the counts have to agree."""
    proposals: list[Proposal] = []
    while r.pos < r.end:
        proposals.append(_proposal(r.part("proposal", _size(r, "proposal", PROPOSAL.size))))
    return SecurityAssociation(tuple(proposals), critical=critical)


def _proposal(r: Reader) -> Proposal:
    _, _, _, number, protocol, spi_size, count = r.read(PROPOSAL)
    spi = r.take("spi", spi_size) if spi_size else b""
    transforms: list[Transform] = []
    while r.pos < r.end:
        part = r.part("transform", _size(r, "transform", TRANSFORM.size))
        transforms.append(_transform(part) if isinstance(part, Tracer) else _known_transform(part))
    if len(transforms) != count:
        raise r.error(f"proposal says {count} transforms, it holds {len(transforms)}")
    return word(r, Proposal(number, protocol, spi, tuple(transforms)), proposal_text)


_known: dict[bytes, Transform] = {}


def _known_transform(r: Reader) -> Transform:
    """As :func:`_transform`, which is asked once about the same bytes: the whole world offers the same transforms."""
    data = r.data[r.pos : r.end]
    found = _known.get(data)
    if found is None:
        found = _transform(r)
        if len(_known) < MOST_KNOWN and len(data) <= USUAL_SIZE:
            _known[data] = found
    return found


def _transform(r: Reader) -> Transform:
    kind = r.data[r.pos + 4]
    _, _, _, _, _, number = r.read(TRANSFORMS.get(kind, TRANSFORM))
    key_length = None
    while r.left:
        value = _key_length(r)
        key_length = value if value is not None else key_length
    return word(r, Transform(kind, number, key_length), transform_text)


def _key_length(r: Reader) -> int | None:
    """One attribute; ``None`` unless it is the Key Length, the only one IKEv2 has (section 3.3.5)."""
    kind, value = r.read(ATTRIBUTE if r.peek(1) >= b"\x80" else LONG_ATTRIBUTE)
    if kind & TYPE_VALUE:
        return int(value) if kind == TYPE_VALUE | KEY_LENGTH else None
    r.take("attribute_value", value)
    return None


def _size(r: Reader, name: str, least: int) -> int:
    size = peek_length(r)
    if not least <= size <= r.left:
        raise r.error(f"{name} length {size} is outside {least} to {r.left}")
    return size


def transform_text(transform: Transform) -> str:
    """A transform as a person names it: ``ENCR AES_CBC (12) 128 bits``."""
    try:
        kind = TransformType(transform.type).name
    except ValueError:
        kind = f"type {transform.type}"
    size = "" if transform.key_length is None else f" {transform.key_length} bits"
    return f"{kind} {render(transform.id, IDS.get(transform.type))}{size}"


def proposal_text(proposal: Proposal) -> str:
    """A proposal in short: number, protocol, SPI and how many transforms."""
    spi = f", SPI {proposal.spi.hex()}" if proposal.spi else ""
    return f"{proposal.number}, {render(proposal.protocol, ProtocolId)}{spi}, {len(proposal.transforms)} transforms"
