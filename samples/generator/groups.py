"""Diffie-Hellman groups of IKEv2: MODP by RFC 3526, ECP by RFC 5903, X25519 by RFC 8031."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, x25519

Agreement = Callable[[bytes], bytes]
"""Turns the peer's public value into the shared secret."""


@dataclass(frozen=True, slots=True)
class Group:
    """``start`` draws a private value from the generator's own randomness: public value, and the way to agree."""

    number: int
    start: Callable[[random.Random], tuple[bytes, Agreement]]


def _pi_times_power_of_two(bits: int) -> int:
    """The integer part of pi * 2^bits, by Machin's formula with 64 guard bits."""
    one = 1 << (bits + 64)

    def arctan_of_inverse(x: int) -> int:
        term = total = one // x
        divisor, sign = 1, 1
        while term:
            term //= x * x
            divisor, sign = divisor + 2, -sign
            total += sign * (term // divisor)
        return total

    return (16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)) >> 64


@cache
def modp_2048_prime() -> int:
    """Group 14, from the formula that RFC 3526 section 3 gives beside the digits."""
    return 2**2048 - 2**1984 - 1 + 2**64 * (_pi_times_power_of_two(1918) + 124476)


def _start_modp_2048(rng: random.Random) -> tuple[bytes, Agreement]:
    prime, size = modp_2048_prime(), 256
    private = rng.getrandbits(256) | 1 << 255

    def agree(public: bytes) -> bytes:
        return pow(int.from_bytes(public, "big"), private, prime).to_bytes(size, "big")

    return pow(2, private, prime).to_bytes(size, "big"), agree


def _start_ecp_256(rng: random.Random) -> tuple[bytes, Agreement]:
    curve = ec.SECP256R1()
    private = ec.derive_private_key(rng.getrandbits(255) | 1, curve)
    numbers = private.public_key().public_numbers()

    def agree(public: bytes) -> bytes:
        x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicNumbers(x, y, curve).public_key())

    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"), agree


def _start_x25519(rng: random.Random) -> tuple[bytes, Agreement]:
    private = x25519.X25519PrivateKey.from_private_bytes(rng.randbytes(32))

    def agree(public: bytes) -> bytes:
        return private.exchange(x25519.X25519PublicKey.from_public_bytes(public))

    return private.public_key().public_bytes_raw(), agree


MODP_2048 = Group(14, _start_modp_2048)
ECP_256 = Group(19, _start_ecp_256)
X25519 = Group(31, _start_x25519)
