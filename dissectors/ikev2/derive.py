"""Key derivation of IKEv2: RFC 7296 sections 2.13, 2.14, 2.17 and 2.18.

Nonces are the payloads' data, SPIs the 8 bytes of the header, the shared secret g^ir as the group's RFC pads it. With
an AEAD no SK_a keys are taken, and its salt belongs to the cipher key (RFC 5282 section 7.1).
"""

from __future__ import annotations

from dissectors.ikev2.algorithms import (
    UnsupportedAlgorithm,
    encryption_name,
    encryption_of,
    integrity_of,
    prf_of,
)
from dissectors.ikev2.crypto_mac import BLOCK, aes_cmac, aes_xcbc, hmac_of
from dissectors.ikev2.messages import Proposal
from dissectors.ikev2.registry import PrfId, TransformType
from dissectors.keymat import CipherSpec, IkeKeys

__all__ = [
    "UnsupportedAlgorithm",
    "child_keymat",
    "child_keys",
    "cipher_spec_of",
    "ike_keys",
    "prf",
    "prf_plus",
    "rekeyed_skeyseed",
    "skeyseed",
]

MOST_BLOCKS = 255


def prf(prf_id: int, key: bytes, data: bytes) -> bytes:
    """The pseudorandom function; keys of any length. Raises :class:`UnsupportedAlgorithm`."""
    function = prf_of(prf_id)
    if function.digest:
        return hmac_of(function.digest, key, data)
    if prf_id == PrfId.AES128_XCBC:
        return aes_xcbc(_xcbc_key(key), data)
    return aes_cmac(_cmac_key(key), data)


def _xcbc_key(key: bytes) -> bytes:
    """RFC 4434 section 2: a short key is filled with zeros, a long one hashed."""
    return key.ljust(BLOCK, b"\0") if len(key) <= BLOCK else aes_xcbc(bytes(BLOCK), key)


def _cmac_key(key: bytes) -> bytes:
    """RFC 4615 section 3: any other length is hashed, a short key too."""
    return key if len(key) == BLOCK else aes_cmac(bytes(BLOCK), key)


def prf_plus(prf_id: int, key: bytes, seed: bytes, size: int) -> bytes:
    """prf+ of RFC 7296 section 2.13, ``size`` bytes of it."""
    block = prf_of(prf_id).size
    count = -(-size // block)
    if count > MOST_BLOCKS:
        raise ValueError(f"prf+ gives {MOST_BLOCKS * block} bytes at most, not {size}")
    last, stream = b"", b""
    for number in range(1, count + 1):
        last = prf(prf_id, key, last + seed + bytes([number]))
        stream += last
    return stream[:size]


def skeyseed(prf_id: int, ni: bytes, nr: bytes, shared_secret: bytes) -> bytes:
    """SKEYSEED of a new IKE SA, RFC 7296 section 2.14."""
    if not prf_of(prf_id).digest:  # the two AES ones take 64 bits of each nonce here, and only here
        ni, nr = ni[:8], nr[:8]
    return prf(prf_id, ni + nr, shared_secret)


def rekeyed_skeyseed(prf_id_old: int, sk_d_old: bytes, shared_secret: bytes, ni: bytes, nr: bytes) -> bytes:
    """SKEYSEED of an IKE SA made by CREATE_CHILD_SA, RFC 7296 section 2.18, with the PRF of the old SA."""
    return prf(prf_id_old, sk_d_old, shared_secret + ni + nr)


def ike_keys(
    prf_id: int,
    seed: bytes,
    ni: bytes,
    nr: bytes,
    spi_i: bytes,
    spi_r: bytes,
    spec: CipherSpec,
    origin: str,
) -> IkeKeys:
    """SK_d to SK_pr from SKEYSEED ``seed``, RFC 7296 section 2.14.

    SK_d and SK_p* have the size of the negotiated PRF (``spec.prf``), even where the stream is made with another
    (``prf_id``), as strongSwan does after a rekey that changed the PRF.
    """
    prf_size = prf_of(prf_id if spec.prf is None else spec.prf).size
    key_size, integrity_size = _key_sizes(spec)
    sizes = (prf_size, integrity_size, integrity_size, key_size, key_size, prf_size, prf_size)
    stream = prf_plus(prf_id, seed, ni + nr + spi_i + spi_r, sum(sizes))
    sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr = _cut(stream, sizes)
    return IkeKeys(
        spi_i,
        spi_r,
        sk_ei=sk_ei,
        sk_er=sk_er,
        sk_ai=sk_ai,
        sk_ar=sk_ar,
        sk_d=sk_d,
        sk_pi=sk_pi,
        sk_pr=sk_pr,
        spec=spec,
        origin=origin,
    )


def child_keymat(prf_id: int, sk_d: bytes, ni: bytes, nr: bytes, size: int, shared_secret: bytes = b"") -> bytes:
    """KEYMAT of a CHILD SA, RFC 7296 section 2.17; ``shared_secret`` where the exchange had KE (PFS)."""
    return prf_plus(prf_id, sk_d, shared_secret + ni + nr, size)


def child_keys(
    prf_id: int, sk_d: bytes, ni: bytes, nr: bytes, spec: CipherSpec, shared_secret: bytes = b""
) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """``(key, integrity key)`` of an ESP SA pair: initiator to responder of the exchange first, then the way back."""
    key_size, integrity_size = _key_sizes(spec)
    sizes = (key_size, integrity_size, key_size, integrity_size)
    stream = child_keymat(prf_id, sk_d, ni, nr, sum(sizes), shared_secret)
    key_i2r, integrity_i2r, key_r2i, integrity_r2i = _cut(stream, sizes)
    return (key_i2r, integrity_i2r), (key_r2i, integrity_r2i)


def _key_sizes(spec: CipherSpec) -> tuple[int, int]:
    """Cipher key with salt, and integrity key."""
    encryption = encryption_of(spec.encryption)
    integrity = 0 if encryption.is_aead or not spec.integrity else integrity_of(spec.integrity).key_size
    return spec.key_size + encryption.salt_size, integrity


def _cut(stream: bytes, sizes: tuple[int, ...]) -> list[bytes]:
    parts, at = [], 0
    for size in sizes:
        parts.append(stream[at : at + size])
        at += size
    return parts


def cipher_spec_of(proposal: Proposal) -> CipherSpec:
    """The algorithms of a chosen proposal, IKE or ESP. Raises :class:`UnsupportedAlgorithm`.

    Of a proposal that still offers a choice the first of each kind is taken.
    """
    encryption = proposal.of(TransformType.ENCR)
    if not encryption:
        raise UnsupportedAlgorithm(f"proposal {proposal.number} names no encryption algorithm")
    chosen = encryption_of(encryption[0].id)
    key_size = _negotiated_key_size(encryption[0].id, encryption[0].key_length)
    integrity = next((t.id for t in proposal.of(TransformType.INTEG)), 0)
    prf_id = next((t.id for t in proposal.of(TransformType.PRF)), None)
    if chosen.is_aead:
        integrity = 0
    elif integrity:
        integrity_of(integrity)
    if prf_id is not None:
        prf_of(prf_id)
    return CipherSpec(encryption[0].id, key_size, integrity, prf_id)


def _negotiated_key_size(encryption: int, key_length: int | None) -> int:
    """Bytes. AES without the attribute is against RFC 7296 section 3.3.5; old peers mean 128 bits by it."""
    sizes = encryption_of(encryption).key_sizes
    if key_length is None:
        return sizes[0]
    if key_length % 8 or key_length // 8 not in sizes:
        raise UnsupportedAlgorithm(f"{encryption_name(encryption)} with a key of {key_length} bits")
    return key_length // 8
