"""Key material of IKE SAs and CHILD SAs: RFC 7296 sections 2.13, 2.14, 2.17 and 2.18."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from samples.generator.suites import Prf, Suite


@dataclass(frozen=True, slots=True)
class IkeKeys:
    """SK_*; i and r are the original initiator and responder."""

    d: bytes = field(repr=False)
    ai: bytes = field(repr=False)
    ar: bytes = field(repr=False)
    ei: bytes = field(repr=False)
    er: bytes = field(repr=False)
    pi: bytes = field(repr=False)
    pr: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChildKeys:
    """Keys of an ESP pair; i and r are those of the exchange that made it."""

    ei: bytes = field(repr=False)
    ai: bytes = field(repr=False)
    er: bytes = field(repr=False)
    ar: bytes = field(repr=False)


def _blocks(prf: Prf, key: bytes, seed: bytes) -> Iterator[bytes]:
    block = b""
    for number in count(1):
        block = prf(key, block + seed + bytes([number]))
        yield block


def prf_plus(prf: Prf, key: bytes, seed: bytes, size: int) -> bytes:
    """prf+ of RFC 7296 section 2.13."""
    stream = b""
    for block in _blocks(prf, key, seed):
        stream += block
        if len(stream) >= size:
            break
    return stream[:size]


def _slices(prf: Prf, key: bytes, seed: bytes, sizes: Iterable[int]) -> list[bytes]:
    sizes = list(sizes)
    stream = prf_plus(prf, key, seed, sum(sizes))
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return [stream[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def derive_ike_keys(suite: Suite, secret: bytes, nonces: bytes, spis: bytes) -> IkeKeys:
    """SKEYSEED, then SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr in that order."""
    return _ike_keys(suite, suite.prf(nonces, secret), nonces, spis)


def derive_rekeyed_ike_keys(suite: Suite, old_sk_d: bytes, secret: bytes, nonces: bytes, spis: bytes) -> IkeKeys:
    """The keys of an IKE SA that follows another one: SKEYSEED comes from the old SK_d (section 2.18)."""
    return _ike_keys(suite, suite.prf(old_sk_d, secret + nonces), nonces, spis)


def _ike_keys(suite: Suite, skeyseed: bytes, nonces: bytes, spis: bytes) -> IkeKeys:
    auth = suite.integrity.key_size if suite.integrity else 0
    cipher, prf = suite.cipher.key_size, suite.prf.size
    return IkeKeys(*_slices(suite.prf, skeyseed, nonces + spis, (prf, auth, auth, cipher, cipher, prf, prf)))


def derive_child_keys(suite: Suite, sk_d: bytes, seed: bytes) -> ChildKeys:
    """KEYMAT; ``seed`` is Ni | Nr, behind g^ir where the exchange had a KE payload."""
    auth = suite.esp_integrity.key_size if suite.esp_integrity else 0
    cipher = suite.esp_cipher.key_size
    return ChildKeys(*_slices(suite.prf, sk_d, seed, (cipher, auth, cipher, auth)))
