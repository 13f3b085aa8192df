"""What each algorithm of the IKEv2 registries needs: sizes of key, salt, IV, block and ICV.

RFC 7296 section 3.3.2 and the RFC of each algorithm. A number that is not in these tables can be named
but not used; :func:`suite_of` says so with :class:`UnsupportedAlgorithm`.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from dissectors.ikev2.registry import EncryptionId, IntegrityId, PrfId
from dissectors.keymat import CipherSpec
from dissectors.record import record


class UnsupportedAlgorithm(Exception):
    """We cannot do this algorithm, or this build of the cryptography library cannot; the text names it."""


@record
class Encryption:
    """An encryption algorithm; sizes in bytes. ``icv_sizes`` are those of an AEAD, the usual one first.

    The salt stands behind the key in the same slice of key material. Without the key length attribute the first
    of ``key_sizes`` is meant.
    """

    key_sizes: tuple[int, ...]
    iv_size: int
    block: int = 1
    salt_size: int = 0
    icv_sizes: tuple[int, ...] = ()

    @property
    def is_aead(self) -> bool:
        return bool(self.icv_sizes)


@record
class Integrity:
    """An integrity algorithm: key, ICV on the wire, and the hash's name if it is an HMAC."""

    key_size: int
    icv_size: int
    digest: str = ""


@record
class Prf:
    """A pseudorandom function; its key and its output have the same size. ``digest`` is empty for AES ones."""

    size: int
    digest: str = ""


AES_KEYS = (16, 24, 32)

_GCM = {8: EncryptionId.AES_GCM_8, 12: EncryptionId.AES_GCM_12, 16: EncryptionId.AES_GCM_16}
_CCM = {8: EncryptionId.AES_CCM_8, 12: EncryptionId.AES_CCM_12, 16: EncryptionId.AES_CCM_16}


def _icv_sizes(usual: int) -> tuple[int, ...]:
    """GCM and CCM exist with three ICVs, and a key file may give the ICV apart from the name."""
    return (usual, *(size for size in _GCM if size != usual))


ENCRYPTIONS: dict[int, Encryption] = {
    EncryptionId.DES_CBC: Encryption((8,), iv_size=8, block=8),  # RFC 2405
    EncryptionId.TRIPLE_DES_CBC: Encryption((24,), iv_size=8, block=8),  # RFC 2451
    EncryptionId.CAST: Encryption((16, *range(5, 16)), iv_size=8, block=8),  # RFC 2451, 2144
    EncryptionId.BLOWFISH: Encryption((16, *range(4, 16), *range(17, 57)), iv_size=8, block=8),  # RFC 2451
    EncryptionId.NULL: Encryption((0,), iv_size=0),  # RFC 2410
    EncryptionId.AES_CBC: Encryption(AES_KEYS, iv_size=16, block=16),  # RFC 3602
    EncryptionId.AES_CTR: Encryption(AES_KEYS, iv_size=8, salt_size=4),  # RFC 3686, 5930
    **{n: Encryption(AES_KEYS, 8, salt_size=3, icv_sizes=_icv_sizes(size)) for size, n in _CCM.items()},  # RFC 4309
    **{n: Encryption(AES_KEYS, 8, salt_size=4, icv_sizes=_icv_sizes(size)) for size, n in _GCM.items()},  # RFC 4106
    EncryptionId.NULL_AES_GMAC: Encryption(AES_KEYS, 8, salt_size=4, icv_sizes=(16,)),  # RFC 4543
    EncryptionId.CAMELLIA_CBC: Encryption(AES_KEYS, iv_size=16, block=16),  # RFC 4312
    EncryptionId.CHACHA20_POLY1305: Encryption((32,), 8, salt_size=4, icv_sizes=(16,)),  # RFC 7634
}

INTEGRITIES: dict[int, Integrity] = {
    IntegrityId.HMAC_MD5_96: Integrity(16, 12, "md5"),  # RFC 2403
    IntegrityId.HMAC_SHA1_96: Integrity(20, 12, "sha1"),  # RFC 2404
    IntegrityId.AES_XCBC_96: Integrity(16, 12),  # RFC 3566
    IntegrityId.HMAC_MD5_128: Integrity(16, 16, "md5"),  # RFC 4595
    IntegrityId.HMAC_SHA1_160: Integrity(20, 20, "sha1"),  # RFC 4595
    IntegrityId.AES_CMAC_96: Integrity(16, 12),  # RFC 4494
    IntegrityId.HMAC_SHA2_256_128: Integrity(32, 16, "sha256"),  # RFC 4868
    IntegrityId.HMAC_SHA2_384_192: Integrity(48, 24, "sha384"),
    IntegrityId.HMAC_SHA2_512_256: Integrity(64, 32, "sha512"),
    IntegrityId.HMAC_SHA2_256_96: Integrity(32, 12, "sha256"),  # draft-ietf-ipsec-ciph-sha-256-00
    IntegrityId.HMAC_RIPEMD160_96: Integrity(20, 12, "ripemd160"),  # RFC 2857
}

PRFS: dict[int, Prf] = {
    PrfId.HMAC_MD5: Prf(16, "md5"),  # RFC 2104
    PrfId.HMAC_SHA1: Prf(20, "sha1"),
    PrfId.AES128_XCBC: Prf(16),  # RFC 4434
    PrfId.HMAC_SHA2_256: Prf(32, "sha256"),  # RFC 4868
    PrfId.HMAC_SHA2_384: Prf(48, "sha384"),
    PrfId.HMAC_SHA2_512: Prf(64, "sha512"),
    PrfId.AES128_CMAC: Prf(16),  # RFC 4615
}


@record
class Suite:
    """The algorithms of one SA, ready for use. ``icv_size`` is what stands on the wire, checked or not.

    ``integrity`` is ``None`` for an AEAD and where nothing is authenticated.
    """

    encryption_id: int
    integrity_id: int
    encryption: Encryption
    integrity: Integrity | None
    icv_size: int
    check_icv: bool

    @property
    def iv_size(self) -> int:
        return self.encryption.iv_size

    @property
    def checks(self) -> bool:
        """Whether an ICV can be verified at all."""
        return self.encryption.is_aead or (self.check_icv and self.integrity is not None)


@lru_cache(maxsize=256)
def suite_of(spec: CipherSpec) -> Suite:
    """The algorithms that ``spec`` numbers. Raises :class:`UnsupportedAlgorithm`."""
    encryption = encryption_of(spec.encryption)
    integrity = None if encryption.is_aead or not spec.integrity else integrity_of(spec.integrity)
    icv_size = _icv_size(spec, encryption, integrity)
    return Suite(spec.encryption, spec.integrity, encryption, integrity, icv_size, spec.check_icv)


def _icv_size(spec: CipherSpec, encryption: Encryption, integrity: Integrity | None) -> int:
    if spec.icv_size is None:
        if encryption.is_aead:
            return encryption.icv_sizes[0]
        return integrity.icv_size if integrity else 0
    if spec.icv_size < 0 or (encryption.is_aead and spec.icv_size not in encryption.icv_sizes):
        raise UnsupportedAlgorithm(f"{encryption_name(spec.encryption)} with an ICV of {spec.icv_size} bytes")
    return spec.icv_size


def encryption_of(number: int) -> Encryption:
    """Raises :class:`UnsupportedAlgorithm`, as the next two do."""
    found = ENCRYPTIONS.get(number)
    if found is None:
        raise UnsupportedAlgorithm(encryption_name(number))
    return found


def integrity_of(number: int) -> Integrity:
    found = INTEGRITIES.get(number)
    if found is None:
        raise UnsupportedAlgorithm(integrity_name(number))
    return found


def prf_of(number: int) -> Prf:
    found = PRFS.get(number)
    if found is None:
        raise UnsupportedAlgorithm(_name(PrfId, number, "PRF"))
    return found


def encryption_name(number: int) -> str:
    """The registry's name, or the number."""
    return _name(EncryptionId, number, "encryption algorithm")


def integrity_name(number: int) -> str:
    return _name(IntegrityId, number, "integrity algorithm")


def _name(registry: type[IntEnum], number: int, kind: str) -> str:
    try:
        return registry(number).name
    except ValueError:
        return f"{kind} {number}"
