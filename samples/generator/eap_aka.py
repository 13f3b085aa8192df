"""EAP-AKA packets: RFC 4187 sections 8 to 10. The server is the AAA server behind the HA, the peer is the UE."""

from __future__ import annotations

import hashlib
import hmac
import random
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from samples.generator.codes import EAP_AKA, Aka, At, EapCode
from samples.generator.eap_keys import AkaKeys, derive_aka_keys
from samples.generator.milenage import Subscription, Vector, answer_vector, make_vector

_HEADER = struct.Struct("!BBHBBxx")


def packet(code: EapCode, identifier: int, subtype: Aka, *attributes: bytes) -> bytes:
    body = b"".join(attributes)
    return _HEADER.pack(code, identifier, _HEADER.size + len(body), EAP_AKA, subtype) + body


def success(identifier: int) -> bytes:
    return struct.pack("!BBH", EapCode.SUCCESS, identifier, 4)


def failure(identifier: int) -> bytes:
    return struct.pack("!BBH", EapCode.FAILURE, identifier, 4)


def attribute(kind: At, value: bytes) -> bytes:
    """Type, length in units of four bytes, value, padding."""
    padding = -(len(value) + 2) % 4
    return bytes([kind, (len(value) + 2 + padding) // 4]) + value + bytes(padding)


def plain(kind: At, value: bytes = b"") -> bytes:
    """An attribute whose value stands behind two reserved bytes."""
    return attribute(kind, bytes(2) + value)


def counted(kind: At, value: bytes) -> bytes:
    """An attribute that tells its value's true length in bytes."""
    return attribute(kind, struct.pack("!H", len(value)) + value)


def with_mac(unsigned: bytes, key: bytes) -> bytes:
    """The packet with its last attribute, an AT_MAC of zeros, filled in (RFC 4187 section 10.15)."""
    return unsigned[:-16] + hmac.digest(key, unsigned, "sha1")[:16]


def encrypted(key: bytes, iv: bytes, *attributes: bytes) -> bytes:
    """AT_IV and AT_ENCR_DATA around attributes (RFC 4187 section 10.12)."""
    clear = b"".join(attributes)
    missing = -len(clear) % 16
    if missing:
        clear += attribute(At.PADDING, bytes(missing - 2))
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    return plain(At.IV, iv) + plain(At.ENCR_DATA, encryptor.update(clear) + encryptor.finalize())


@dataclass(slots=True)
class AkaEnd:
    """What both ends keep: the Identity packets that AT_CHECKCODE covers, and the keys."""

    subscription: Subscription
    identity_packets: bytes = b""
    keys: AkaKeys | None = field(default=None, repr=False)

    def note_identity(self, packet: bytes) -> bytes:
        """Remembers an AKA-Identity packet, sent or received."""
        self.identity_packets += packet
        return packet

    def checkcode(self) -> bytes:
        """AT_CHECKCODE: empty where there was no Identity round (RFC 4187 section 10.13)."""
        digest = hashlib.sha1(self.identity_packets).digest() if self.identity_packets else b""
        return plain(At.CHECKCODE, digest)

    def derived(self, identity: str, vector: Vector) -> AkaKeys:
        self.keys = derive_aka_keys(identity.encode(), vector.ik, vector.ck)
        return self.keys


@dataclass(slots=True)
class AkaServer(AkaEnd):
    """The AAA server."""

    rng: random.Random = field(default_factory=random.Random)
    sqn: int = 0x20

    def identity_request(self, identifier: int) -> bytes:
        return self.note_identity(packet(EapCode.REQUEST, identifier, Aka.IDENTITY, plain(At.ANY_ID_REQ)))

    def challenge(self, identifier: int, identity: str, pseudonym: str | None) -> tuple[Vector, bytes]:
        """A challenge, which may give the UE a pseudonym for its next authentication."""
        vector = make_vector(self.subscription, self.rng.randbytes(16), self.sqn)
        keys = self.derived(identity, vector)
        parts = [plain(At.RAND, vector.rand), plain(At.AUTN, vector.autn)]
        if pseudonym:
            name = counted(At.NEXT_PSEUDONYM, pseudonym.encode())
            parts.append(encrypted(keys.encryption, self.rng.randbytes(16), name))
        parts += [self.checkcode(), plain(At.MAC, bytes(16))]
        unsigned = packet(EapCode.REQUEST, identifier, Aka.CHALLENGE, *parts)
        return vector, with_mac(unsigned, keys.authentication)


@dataclass(slots=True)
class AkaPeer(AkaEnd):
    """The UE with its USIM."""

    def identity_response(self, identifier: int, identity: str) -> bytes:
        name = counted(At.IDENTITY, identity.encode())
        return self.note_identity(packet(EapCode.RESPONSE, identifier, Aka.IDENTITY, name))

    def challenge_response(self, identifier: int, identity: str, rand: bytes, autn: bytes) -> bytes:
        vector = answer_vector(self.subscription, rand, autn)
        keys = self.derived(identity, vector)
        # AT_RES counts bits where others count bytes (RFC 4187 section 10.8).
        res = attribute(At.RES, struct.pack("!H", 8 * len(vector.res)) + vector.res)
        parts = (res, self.checkcode(), plain(At.MAC, bytes(16)))
        return with_mac(packet(EapCode.RESPONSE, identifier, Aka.CHALLENGE, *parts), keys.authentication)
