"""Ciphers, integrity, prf, key exchange and key derivation of IKEv2 and ESP (RFC 7296 2.13 to 2.18, RFC 4303)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from random import Random

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class Encr:
    number: int
    bits: int = 0  # of the key-length attribute; 0 has none
    key: int = 0  # bytes
    salt: int = 0
    iv: int = 0
    block: int = 4
    icv: int = 0  # of an AEAD


ENCR = {
    "null": Encr(11),
    "3des": Encr(3, 0, 24, 0, 8, 8),
    "cbc128": Encr(12, 128, 16, 0, 16, 16),
    "cbc256": Encr(12, 256, 32, 0, 16, 16),
    "ctr128": Encr(13, 128, 16, 4, 8),
    "ctr256": Encr(13, 256, 32, 4, 8),
    "ccm128": Encr(16, 128, 16, 3, 8, 4, 16),
    "ccm128-8": Encr(14, 128, 16, 3, 8, 4, 8),
    "gcm128-8": Encr(18, 128, 16, 4, 8, 4, 8),
    "gcm256-12": Encr(19, 256, 32, 4, 8, 4, 12),
    "gcm128": Encr(20, 128, 16, 4, 8, 4, 16),
    "gcm256": Encr(20, 256, 32, 4, 8, 4, 16),
    "gmac128": Encr(21, 128, 16, 4, 8, 4, 16),
    "chacha": Encr(28, 0, 32, 4, 8, 4, 16),
}
INTEG = {  # number, key bytes, ICV bytes, hash
    "none": (0, 0, 0, ""),
    "md5": (1, 16, 12, "md5"),
    "sha1": (2, 20, 12, "sha1"),
    "xcbc": (5, 16, 12, "xcbc"),
    "cmac": (8, 16, 12, "cmac"),
    "sha256": (12, 32, 16, "sha256"),
    "sha384": (13, 48, 24, "sha384"),
    "sha512": (14, 64, 32, "sha512"),
}
PRF = {
    "md5": (1, 16),
    "sha1": (2, 20),
    "xcbc": (4, 16),
    "sha256": (5, 32),
    "sha384": (6, 48),
    "sha512": (7, 64),
    "cmac": (8, 16),
}


def _ecb(key: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)


def _xcbc(key: bytes, data: bytes) -> bytes:
    k1, k2, k3 = (_ecb(key, bytes([n]) * 16) for n in (1, 2, 3))
    blocks = [data[i : i + 16] for i in range(0, len(data), 16)] or [b""]
    state = bytes(16)
    for block in blocks[:-1]:
        state = _ecb(k1, _xor(state, block))
    last = blocks[-1]
    if len(last) == 16:
        return _ecb(k1, _xor(_xor(state, last), k2))
    return _ecb(k1, _xor(_xor(state, last + b"\x80" + bytes(15 - len(last))), k3))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def mac(kind: str, key: bytes, data: bytes) -> bytes:
    if kind == "xcbc":
        return _xcbc(key, data)
    return _cmac(key, data) if kind == "cmac" else hmac.digest(key, data, kind)


def prf(kind: str, key: bytes, data: bytes) -> bytes:
    """With the keys of any length that RFC 4434 and RFC 4615 give AES-based functions."""
    if kind == "xcbc" and len(key) != 16:
        key = key + bytes(16 - len(key)) if len(key) < 16 else _xcbc(bytes(16), key)
    if kind == "cmac" and len(key) != 16:
        key = _cmac(bytes(16), key)
    return mac(kind, key, data)


def prf_plus(kind: str, key: bytes, seed: bytes, size: int) -> bytes:
    out, block, n = b"", b"", 1
    while len(out) < size:
        block = prf(kind, key, block + seed + bytes([n]))
        out, n = out + block, n + 1
    return out[:size]


def cut(data: bytes, *sizes: int) -> list[bytes]:
    out, start = [], 0
    for size in sizes:
        out.append(data[start : start + size])
        start += size
    return out


def seal(
    encr: Encr,
    integ: str,
    key: bytes,
    akey: bytes,
    head: bytes,
    plain: bytes,
    iv: bytes,
    extra: bytes = b"",
    aad: bytes | None = None,
) -> bytes:
    """IV, ciphertext and ICV. ``head``: what the ICV covers before the IV. ``extra``: what it covers behind (ESN)."""
    main, salt = key[: encr.key], key[encr.key :]
    aad = head if aad is None else aad
    if encr.number == 28:
        return iv + ChaCha20Poly1305(main).encrypt(salt + iv, plain, aad)
    if encr.number in (14, 15, 16):
        return iv + AESCCM(main, encr.icv).encrypt(salt + iv, plain, aad)
    if encr.number in (18, 19, 20, 21):
        gcm = Cipher(algorithms.AES(main), modes.GCM(salt + iv)).encryptor()
        covered, text = (aad + iv + plain, b"") if encr.number == 21 else (aad, plain)
        gcm.authenticate_additional_data(covered)
        done = gcm.update(text) + gcm.finalize()
        return iv + (plain if encr.number == 21 else done) + gcm.tag[: encr.icv]
    number, _, icv, kind = INTEG[integ]
    body = iv + _encrypt(encr, main, salt, iv, plain)
    return body + (mac(kind, akey, head + body + extra)[:icv] if number else b"")


def _encrypt(encr: Encr, key: bytes, salt: bytes, iv: bytes, plain: bytes) -> bytes:
    if encr.number == 11:
        return plain
    if encr.number == 13:
        return Cipher(algorithms.AES(key), modes.CTR(salt + iv + b"\0\0\0\1")).encryptor().update(plain)
    cipher = TripleDES(key) if encr.number == 3 else algorithms.AES(key)
    return Cipher(cipher, modes.CBC(iv)).encryptor().update(plain)


# --- key exchange ----------------------------------------------------------------------------------------------------


def _pi_bits(bits: int) -> int:
    """floor(pi * 2**bits), by Machin's formula."""
    one = 1 << (bits + 64)

    def arctan(x: int) -> int:
        total = term = one // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    return (4 * (4 * arctan(5) - arctan(239))) >> 64


_MODP = {1: (768, 149686), 2: (1024, 129093), 5: (1536, 741804), 14: (2048, 124476), 15: (3072, 1690314)}
_PRIMES: dict[int, int] = {}


def prime(group: int) -> int:
    bits, constant = _MODP[group]
    if group not in _PRIMES:
        _PRIMES[group] = 2**bits - 2 ** (bits - 64) - 1 + 2**64 * (_pi_bits(bits - 130) + constant)
    return _PRIMES[group]


_CURVES = {19: ec.SECP256R1, 20: ec.SECP384R1, 21: ec.SECP521R1}


def exchange(group: int, rng: Random) -> tuple[bytes, bytes, bytes]:
    """Public values of both and the secret that they share."""
    if group in _MODP:
        p, size = prime(group), _MODP[group][0] // 8
        a, b = rng.getrandbits(160), rng.getrandbits(160)
        return tuple(x.to_bytes(size, "big") for x in (pow(2, a, p), pow(2, b, p), pow(2, a * b, p)))  # type: ignore[return-value]
    if group == 31:
        one, two = (x25519.X25519PrivateKey.from_private_bytes(rng.randbytes(32)) for _ in range(2))
        return one.public_key().public_bytes_raw(), two.public_key().public_bytes_raw(), one.exchange(two.public_key())
    first, second = (ec.derive_private_key(rng.getrandbits(200) + 1, _CURVES[group]()) for _ in range(2))
    values = [k.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:] for k in (first, second)]
    return values[0], values[1], first.exchange(ec.ECDH(), second.public_key())


@dataclass(frozen=True)
class Suite:
    """Of an IKE SA."""

    encr: str = "cbc128"
    integ: str = "sha256"
    prf: str = "sha256"
    group: int = 31


@dataclass(frozen=True)
class EspSuite:
    encr: str = "cbc128"
    integ: str = "sha256"
    esn: bool = False


def ike_keys(suite: Suite, seed: bytes, ni: bytes, nr: bytes, spis: bytes) -> dict[str, bytes]:
    encr, n = ENCR[suite.encr], PRF[suite.prf][1]
    a = INTEG[suite.integ][1] if not encr.icv else 0
    sizes = (n, a, a, encr.key + encr.salt, encr.key + encr.salt, n, n)
    names = ("d", "ai", "ar", "ei", "er", "pi", "pr")
    return dict(zip(names, cut(prf_plus(suite.prf, seed, ni + nr + spis, sum(sizes)), *sizes), strict=True))


def first_seed(kind: str, ni: bytes, nr: bytes, secret: bytes) -> bytes:
    key = ni[:8] + nr[:8] if kind in ("xcbc", "cmac") else ni + nr
    return prf(kind, key, secret)


def child_keys(
    prf_kind: str, sk_d: bytes, esp: EspSuite, seed: bytes
) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """(encryption, integrity) of initiator to responder, then back."""
    encr = ENCR[esp.encr]
    e, a = encr.key + encr.salt, 0 if encr.icv else INTEG[esp.integ][1]
    parts = cut(prf_plus(prf_kind, sk_d, seed, 2 * (e + a)), e, a, e, a)
    return (parts[0], parts[1]), (parts[2], parts[3])


def esp(
    suite: EspSuite,
    keys: tuple[bytes, bytes],
    spi: int,
    sequence: int,
    payload: bytes,
    proto: int,
    rng: Random,
    *,
    pad: int = 0,
) -> bytes:
    encr = ENCR[suite.encr]
    short = -(len(payload) + 2) % max(4, encr.block) + pad * max(4, encr.block)
    plain = payload + bytes(range(1, short + 1)) + bytes([short, proto])
    head = struct.pack("!II", spi, sequence & 0xFFFFFFFF)
    high = struct.pack("!I", sequence >> 32) if suite.esn else b""
    aad = head[:4] + high + head[4:]
    return head + seal(encr, suite.integ, *keys, head, plain, rng.randbytes(encr.iv), high, aad)


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()
