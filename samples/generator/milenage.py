"""MILENAGE, the example authentication functions of 3GPP TS 35.206, as USIM and AuC compute them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the USIM and the home network share."""

    imsi: str
    key: bytes = field(repr=False)
    opc: bytes = field(repr=False)
    amf: bytes = bytes.fromhex("8000")  # the separation bit is of no concern to EAP-AKA


@dataclass(frozen=True, slots=True)
class Vector:
    """An authentication vector."""

    rand: bytes
    autn: bytes
    res: bytes
    ck: bytes = field(repr=False)
    ik: bytes = field(repr=False)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _rotate(block: bytes, bits: int) -> bytes:
    return block[bits // 8 :] + block[: bits // 8]


class Milenage:
    """f1 to f5 for one key and one challenge; r and c are the constants of TS 35.206 clause 4.1."""

    def __init__(self, key: bytes, opc: bytes, rand: bytes) -> None:
        self._encrypt = Cipher(AES(key), ECB()).encryptor().update  # noqa: S305 (one block at a time, by definition)
        self._opc = opc
        self._temp = self._encrypt(_xor(rand, opc))

    def _out(self, r: int, c: int) -> bytes:
        turned = _rotate(_xor(self._temp, self._opc), r)
        return _xor(self._encrypt(_xor(turned, c.to_bytes(16, "big"))), self._opc)

    def f1(self, sqn: bytes, amf: bytes) -> bytes:
        """MAC-A."""
        given = (sqn + amf) * 2
        turned = _rotate(_xor(given, self._opc), 64)  # r1 = 64, c1 = 0
        return _xor(self._encrypt(_xor(turned, self._temp)), self._opc)[:8]

    def f2(self) -> bytes:
        """RES."""
        return self._out(0, 1)[8:]

    def f3(self) -> bytes:
        """CK."""
        return self._out(32, 2)

    def f4(self) -> bytes:
        """IK."""
        return self._out(64, 4)

    def f5(self) -> bytes:
        """AK."""
        return self._out(0, 1)[:6]


def make_vector(subscription: Subscription, rand: bytes, sqn: int) -> Vector:
    """The vector that an AuC makes for one challenge."""
    functions = Milenage(subscription.key, subscription.opc, rand)
    sequence = sqn.to_bytes(6, "big")
    mac = functions.f1(sequence, subscription.amf)
    autn = _xor(sequence, functions.f5()) + subscription.amf + mac
    return Vector(rand, autn, functions.f2(), functions.f3(), functions.f4())


def answer_vector(subscription: Subscription, rand: bytes, autn: bytes) -> Vector:
    """The vector as the USIM computes it; the network must have proved that it knows the key."""
    functions = Milenage(subscription.key, subscription.opc, rand)
    sequence = _xor(autn[:6], functions.f5())
    if functions.f1(sequence, autn[6:8]) != autn[8:]:
        raise ValueError("AUTN does not come from this subscriber's home network")
    return Vector(rand, autn, functions.f2(), functions.f3(), functions.f4())
