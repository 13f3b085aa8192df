"""Keys of EAP-AKA: RFC 4187 section 7, with the pseudo-random function of FIPS 186-2 change notice 1."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from struct import pack, unpack

_INITIAL = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
_CONSTANTS = (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class AkaKeys:
    """K_encr, K_aut and MSK."""

    encryption: bytes = field(repr=False)
    authentication: bytes = field(repr=False)
    msk: bytes = field(repr=False)


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & _WORD


def _mix(step: int, b: int, c: int, d: int) -> int:
    """f_t of FIPS 180-1."""
    if step < 20:
        return b & c | ~b & d
    return b & c | b & d | c & d if 40 <= step < 60 else b ^ c ^ d


def _compress(block: bytes) -> bytes:
    """SHA-1 without its padding: G(t, c) of FIPS 186-2, which hashlib does not offer."""
    words = list(unpack("!16I", block))
    for t in range(16, 80):
        words.append(_rotate(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1))
    a, b, c, d, e = _INITIAL
    for t, word in enumerate(words):
        mixed = _rotate(a, 5) + (_mix(t, b, c, d) & _WORD) + e + word + _CONSTANTS[t // 20]
        a, b, c, d, e = mixed & _WORD, a, _rotate(b, 30), c, d
    return pack("!5I", *((start + end & _WORD) for start, end in zip(_INITIAL, (a, b, c, d, e), strict=True)))


@lru_cache(64)  # UE and HA derive the same
def fips_186_2_prf(seed: bytes, size: int) -> bytes:
    """The generator x_0 | x_1 | …, as RFC 4187 appendix A has it: XSEED 0, no reduction modulo q."""
    state, output = int.from_bytes(seed, "big"), b""
    while len(output) < size:
        value = _compress(state.to_bytes(20, "big") + bytes(44))
        output += value
        state = (1 + state + int.from_bytes(value, "big")) % (1 << 160)
    return output[:size]


def derive_aka_keys(identity: bytes, ik: bytes, ck: bytes) -> AkaKeys:
    """MK = SHA-1(Identity | IK | CK), cut into K_encr 16, K_aut 16 and MSK 64."""
    stream = fips_186_2_prf(hashlib.sha1(identity + ik + ck).digest(), 96)
    return AkaKeys(stream[:16], stream[16:32], stream[32:])
