"""``SA(…)``: proposals written as the names of their transforms."""

from __future__ import annotations

import re
from enum import IntEnum

from dissectors.ikev2.messages import Proposal, SecurityAssociation, Transform
from dissectors.ikev2.registry import (
    EncryptionId,
    EsnId,
    ExchangeType,
    IntegrityId,
    KeyExchangeId,
    PrfId,
    ProtocolId,
    TransformType,
)
from rules.ladder.scene import Place, filler
from rules.ladder.script import LadderError
from rules.model import Role

KEYED = re.compile(r"^(?P<name>[A-Z0-9_]+?)(?:_(?P<bits>128|192|256))?$")
NAMES: tuple[tuple[TransformType, type[IntEnum], str], ...] = (
    (TransformType.ENCR, EncryptionId, "ENCR_"),
    (TransformType.INTEG, IntegrityId, "INTEG_"),
    (TransformType.PRF, PrfId, "PRF_"),
    (TransformType.KE, KeyExchangeId, "GROUP_"),
    (TransformType.ESN, EsnId, "ESN_"),
)
COMMON = {
    ProtocolId.IKE: ("AES_CBC_256", "HMAC_SHA2_256_128", "PRF_HMAC_SHA2_256", "MODP2048"),
    ProtocolId.ESP: ("AES_CBC_256", "HMAC_SHA2_256_128", "NO_ESN"),
}
AEAD = re.compile(r"GCM|CCM|POLY1305|GMAC")


def security_association(args: str, place: Place) -> SecurityAssociation:
    """``SA``, ``SA(IKE)``, ``SA(ESP spi=0x2001 AES_GCM_16)``, ``SA(AES_CBC_128 | AES_GCM_16)``."""
    parts = [part.split() for part in args.split("|")]
    return SecurityAssociation(tuple(_proposal(n, words, place) for n, words in enumerate(parts, 1)))


def _proposal(number: int, words: list[str], place: Place) -> Proposal:
    protocol = ProtocolId.IKE if place.is_init else ProtocolId.ESP
    if words and words[0] in ("IKE", "ESP", "AH"):
        protocol = ProtocolId[words.pop(0)]
    given = dict(w.split("=", 1) for w in words if "=" in w)
    dropped = {TransformType[w[1:]] for w in words if w.startswith("-")}
    named = [transform(w) for w in words if "=" not in w and not w.startswith("-")]
    spi = bytes.fromhex(given["spi"].removeprefix("0x")) if "spi" in given else _spi(protocol, place)
    number = int(given.get("number", number))
    return Proposal(number, protocol, spi, _completed(protocol, named, dropped))


def _completed(protocol: ProtocolId, named: list[Transform], dropped: set[TransformType]) -> tuple[Transform, ...]:
    """What is named, and the common transforms of the types that are not (no INTEG beside an AEAD)."""
    types = {t.type for t in named} | dropped
    ciphers = {t.id for t in named if t.type == TransformType.ENCR}
    if any(AEAD.search(known.name) for known in EncryptionId if known in ciphers):
        types.add(TransformType.INTEG)
    common = [t for t in map(transform, COMMON.get(protocol, COMMON[ProtocolId.ESP])) if t.type not in types]
    return tuple(sorted(named + common, key=lambda t: t.type))


def transform(word: str) -> Transform:
    """``AES_CBC_128``, ``HMAC_SHA2_256_128``, ``PRF_HMAC_SHA1``, ``MODP2048``, ``INTEG_NONE`` or ``ENCR_1025``."""
    for kind, names, prefix in NAMES:
        bare = word.removeprefix(prefix)
        if bare in names.__members__ and (kind != TransformType.PRF or bare != word):
            return Transform(kind, names[bare], 128 if bare.startswith(("AES_", "CAMELLIA_")) and kind == 1 else None)
    keyed = KEYED.match(word)
    if keyed and keyed["name"] in EncryptionId.__members__ and keyed["bits"]:
        return Transform(TransformType.ENCR, EncryptionId[keyed["name"]], int(keyed["bits"]))
    private = re.fullmatch(r"ENCR_(\d+)", word)
    if private:
        return Transform(TransformType.ENCR, int(private[1]))
    raise LadderError(f"not a transform: {word}")


def _spi(protocol: ProtocolId, place: Place) -> bytes:
    """In IKE_SA_INIT none; what the HA chooses is 0x1001 and up (packets from the UE), the UE 0x2001 and up."""
    if protocol == ProtocolId.IKE:
        if place.exchange != ExchangeType.CREATE_CHILD_SA:
            return b""
        return filler(place.sa.label("rekey", place.sender.name, place.message_id), 8)
    chosen = place.sa.child_spis.get(place.role)
    if chosen is None:
        chosen = (0x1000 if place.role is Role.HA else 0x2000) + 0x100 * (place.ue.index - 1)
    place.sa.child_spis[place.role] = chosen + 1
    return (chosen + 1).to_bytes(4)
