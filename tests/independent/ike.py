"""IKEv2 payloads and messages, EAP-AKA packets and certificates, by hand (RFC 7296, 7383, 4187)."""

from __future__ import annotations

import datetime
import functools
import hashlib
import struct
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.independent.crypt import ENCR, INTEG, PRF, EspSuite, Suite, mac, seal
from tests.independent.wire import Ip

SA, KE, IDI, IDR, CERT, CERTREQ, AUTH, NONCE, N, D, V, TSI, TSR, SK, CP, EAP, SKF = (
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 53,
)  # fmt: skip
INIT, IKE_AUTH, CHILD, INFO = 34, 35, 36, 37

Payload = tuple[int, bytes] | tuple[int, bytes, bool]


def chain(payloads: list[Payload]) -> tuple[int, bytes]:
    """The first kind and the bytes of a list of payloads."""
    out = b""
    for i, (kind, body, *critical) in enumerate(payloads):
        after = payloads[i + 1][0] if i + 1 < len(payloads) and kind not in (SK, SKF) else 0
        out += struct.pack("!BBH", after, 0x80 if critical and critical[0] else 0, 4 + len(body)) + body
    return (payloads[0][0] if payloads else 0), out


def notify(kind: int, data: bytes = b"", *, proto: int = 0, spi: bytes = b"") -> Payload:
    return N, struct.pack("!BBH", proto, len(spi), kind) + spi + data


def ident(kind: int, data: bytes) -> bytes:
    return bytes([kind, 0, 0, 0]) + data


def transform(kind: int, number: int, bits: int = 0) -> bytes:
    attribute = struct.pack("!HH", 0x800E, bits) if bits else b""
    return struct.pack("!BBH", kind, 0, number) + attribute


def proposal(number: int, proto: int, spi: bytes, transforms: list[bytes], *, more: bool = False) -> bytes:
    body = spi
    for i, t in enumerate(transforms):
        body += struct.pack("!BBH", 3 if i + 1 < len(transforms) else 0, 0, 4 + len(t)) + t
    return struct.pack("!BBHBBBB", 2 if more else 0, 0, 8 + len(body), number, proto, len(spi), len(transforms)) + body


def sa(*proposals: tuple[int, int, bytes, list[bytes]]) -> bytes:
    return b"".join(proposal(*p, more=i + 1 < len(proposals)) for i, p in enumerate(proposals))


def ike_transforms(suite: Suite) -> list[bytes]:
    encr = ENCR[suite.encr]
    out = [transform(1, encr.number, encr.bits), transform(2, PRF[suite.prf][0])]
    if not encr.icv:
        out.append(transform(3, INTEG[suite.integ][0]))
    return [*out, transform(4, suite.group)]


def esp_transforms(esp: EspSuite, group: int = 0) -> list[bytes]:
    encr = ENCR[esp.encr]
    out = [transform(1, encr.number, encr.bits)]
    if not encr.icv and INTEG[esp.integ][0]:
        out.append(transform(3, INTEG[esp.integ][0]))
    if group:
        out.append(transform(4, group))
    return [*out, transform(5, int(esp.esn))]


def selector(start: Ip, end: Ip | None = None, proto: int = 0, low: int = 0, high: int = 65535) -> bytes:
    end = end or start
    size = 16 if start.version == 4 else 40
    return struct.pack("!BBHHH", 7 if start.version == 4 else 8, proto, size, low, high) + start.packed + end.packed


def ts(*selectors: bytes) -> bytes:
    return bytes([len(selectors), 0, 0, 0]) + b"".join(selectors)


def config(kind: int, attributes: list[tuple[int, bytes]]) -> bytes:
    return bytes([kind, 0, 0, 0]) + b"".join(struct.pack("!HH", a, len(v)) + v for a, v in attributes)


def home_prefix(prefix: Ip, bits: int = 64, lifetime: int = 86400) -> bytes:
    return struct.pack("!I", lifetime) + prefix.packed + bytes([bits])


def gateway(target: Ip | str) -> bytes:
    if isinstance(target, str):
        return bytes([3, len(target)]) + target.encode()
    return bytes([1 if target.version == 4 else 2, len(target.packed)]) + target.packed


def nat_hash(spi_i: bytes, spi_r: bytes, address: Ip, port: int) -> bytes:
    return hashlib.sha1(spi_i + spi_r + address.packed + struct.pack("!H", port)).digest()


@dataclass
class IkeSa:
    spi_i: bytes
    spi_r: bytes
    suite: Suite
    initiator: str = "ue"
    ni: bytes = b""
    nr: bytes = b""
    keys: dict[str, bytes] = field(default_factory=dict)
    secret: bytes = b""
    next_id: dict[str, int] = field(default_factory=lambda: {"ue": 0, "ha": 0})
    port: int = 500
    first: bytes = b""  # the IKE_SA_INIT request as sent last
    second: bytes = b""
    closed: bool = False


def header(
    sa_: IkeSa, kind: int, exchange: int, flags: int, number: int, size: int, spi_r: bytes | None = None
) -> bytes:
    spi = sa_.spi_r if spi_r is None else spi_r
    return sa_.spi_i + spi + struct.pack("!BBBBII", kind, 0x20, exchange, flags, number, size)


def plain_message(sa_: IkeSa, flags: int, payloads: list[Payload], spi_r: bytes | None = None) -> bytes:
    kind, body = chain(payloads)
    return header(sa_, kind, INIT, flags, 0, 28 + len(body), spi_r) + body


def sealed(
    sa_: IkeSa, exchange: int, flags: int, number: int, payloads: list[Payload], rng: Random, cut_at: int = 0
) -> list[bytes]:
    """One message with SK, or several with SKF where the content is longer than ``cut_at``."""
    kind, inner = chain(payloads)
    if not cut_at or len(inner) <= cut_at:
        return [_seal(sa_, exchange, flags, number, kind, inner, b"", rng)]
    parts = [inner[i : i + cut_at] for i in range(0, len(inner), cut_at)]
    return [
        _seal(sa_, exchange, flags, number, 0 if i else kind, part, struct.pack("!HH", i + 1, len(parts)), rng)
        for i, part in enumerate(parts)
    ]


def _seal(
    sa_: IkeSa, exchange: int, flags: int, number: int, kind: int, inner: bytes, part: bytes, rng: Random
) -> bytes:
    encr, side = ENCR[sa_.suite.encr], "i" if flags & 8 else "r"
    pad = -(len(inner) + 1) % (encr.block if encr.block > 4 else 1)
    plain = inner + rng.randbytes(pad) + bytes([pad])
    icv = encr.icv or INTEG[sa_.suite.integ][2]
    size = 4 + len(part) + encr.iv + len(plain) + icv
    head = header(sa_, SKF if part else SK, exchange, flags, number, 28 + size)
    head += struct.pack("!BBH", kind, 0, size) + part
    return head + seal(
        encr, sa_.suite.integ, sa_.keys["e" + side], sa_.keys["a" + side], head, plain, rng.randbytes(encr.iv)
    )


# --- authentication --------------------------------------------------------------------------------------------------


@functools.cache
def credentials(kind: str) -> tuple[Any, list[bytes]]:
    """A private key and its chain of certificates (leaf first), DER."""
    root = ec.derive_private_key(77, ec.SECP256R1())
    make = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ec": lambda: ec.derive_private_key(99, ec.SECP256R1()),
    }
    key = make[kind]()
    return key, [
        _certificate("ha.example", key.public_key(), root),
        _certificate("ca.example", root.public_key(), root),
    ]


def _certificate(name: str, public: Any, signer: Any) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    start = datetime.datetime(2024, 1, 1)
    builder = x509.CertificateBuilder(
        named("ca.example"), named(name), public, 4711, start, datetime.datetime(2044, 1, 1)
    )
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def signature(method: str, octets: bytes) -> bytes:
    """The AUTH body of a Home Agent: rsa (1), ecdsa (9), rsa14 and ecdsa14 (RFC 7427)."""
    key, _ = credentials("rsa" if method.startswith("rsa") else "ec")
    if method.startswith("rsa"):
        sig = key.sign(octets, padding.PKCS1v15(), hashes.SHA1() if method == "rsa" else hashes.SHA256())
    else:
        sig = key.sign(octets, ec.ECDSA(hashes.SHA256()))
        if method == "ecdsa":
            from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

            sig = b"".join(n.to_bytes(32, "big") for n in decode_dss_signature(sig))
    if method.endswith("14"):
        oid = RSA_SHA256 if method.startswith("rsa") else ECDSA_SHA256
        return bytes([14, 0, 0, 0, len(oid)]) + oid + sig
    return bytes([1 if method == "rsa" else 9, 0, 0, 0]) + sig


def shared_key(prf: str, secret: bytes, octets: bytes) -> bytes:
    from tests.independent.crypt import prf as f

    return bytes([2, 0, 0, 0]) + f(prf, f(prf, secret, b"Key Pad for IKEv2"), octets)


# --- EAP -------------------------------------------------------------------------------------------------------------


def eap(code: int, number: int, rest: bytes = b"") -> bytes:
    return struct.pack("!BBH", code, number, 4 + len(rest)) + rest


def aka(
    code: int,
    number: int,
    subtype: int,
    attributes: list[tuple[int, bytes]],
    k_aut: bytes = b"",
    extra: bytes = b"",
    kind: int = 23,
) -> bytes:
    """An attribute 11 is computed (HMAC-SHA1-128) when it comes with 18 zero bytes."""
    body = b"".join(bytes([a, (2 + len(v)) // 4]) + v for a, v in attributes)
    packet = eap(code, number, bytes([kind, subtype, 0, 0]) + body)
    at = 8
    for a, v in attributes:
        if a == 11:
            return packet[: at + 4] + mac("sha1", k_aut, packet + extra)[:16] + packet[at + 20 :]
        at += 2 + len(v)
    return packet


def sized(text: bytes) -> bytes:
    """A value with its length in front, padded to the end of the attribute."""
    return struct.pack("!H", len(text)) + text + bytes(-len(text) % 4)
