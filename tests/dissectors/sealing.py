"""SK and ESP made with ``cryptography`` and ``hmac`` directly, as the other end of an SA would: for round trips."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import CAST5, Blowfish, Camellia, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.cmac import CMAC

from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IntegrityId as Integ

BLOCK_CIPHERS = {
    Encr.DES_CBC: lambda key: TripleDES(key * 3),
    Encr.TRIPLE_DES_CBC: TripleDES,
    Encr.CAST: CAST5,
    Encr.BLOWFISH: Blowfish,
    Encr.CAMELLIA_CBC: Camellia,
    Encr.AES_CBC: algorithms.AES,
}
GCM = {Encr.AES_GCM_8: 8, Encr.AES_GCM_12: 12, Encr.AES_GCM_16: 16}
CCM = {Encr.AES_CCM_8: 8, Encr.AES_CCM_12: 12, Encr.AES_CCM_16: 16}
HMACS = {
    Integ.HMAC_MD5_96: ("md5", 16, 12),
    Integ.HMAC_SHA1_96: ("sha1", 20, 12),
    Integ.HMAC_MD5_128: ("md5", 16, 16),
    Integ.HMAC_SHA1_160: ("sha1", 20, 20),
    Integ.HMAC_SHA2_256_128: ("sha256", 32, 16),
    Integ.HMAC_SHA2_384_192: ("sha384", 48, 24),
    Integ.HMAC_SHA2_512_256: ("sha512", 64, 32),
    Integ.HMAC_SHA2_256_96: ("sha256", 32, 12),
    Integ.HMAC_RIPEMD160_96: ("ripemd160", 20, 12),
}


@dataclass(frozen=True)
class Sealer:
    """One direction of an SA; ``key`` with salt."""

    encryption: int
    integrity: int
    key: bytes
    integrity_key: bytes = b""

    @property
    def block(self) -> int:
        if self.encryption in (Encr.AES_CBC, Encr.CAMELLIA_CBC):
            return 16
        return 8 if self.encryption in BLOCK_CIPHERS else 1

    def body(self, header: bytes, plain: bytes, iv: bytes, trailer: bytes = b"") -> bytes:
        """IV, ciphertext and ICV of ``plain``, which is padded already; ``iv`` is cut to the cipher's size."""
        made = self._aead(header, plain, iv[:8])
        if made is not None:
            return iv[:8] + made
        iv = iv[: self.iv_size]
        covered = iv + self._encrypt(plain, iv)
        return covered + self.icv(header + covered + trailer)

    @property
    def iv_size(self) -> int:
        if self.encryption == Encr.NULL:
            return 0
        return 16 if self.block == 16 else 8

    def _encrypt(self, plain: bytes, iv: bytes) -> bytes:
        if self.encryption == Encr.NULL:
            return plain
        if self.encryption == Encr.AES_CTR:
            cipher = Cipher(algorithms.AES(self.key[:-4]), modes.CTR(self.key[-4:] + iv + struct.pack(">I", 1)))
        else:
            cipher = Cipher(BLOCK_CIPHERS[self.encryption](self.key), modes.CBC(iv))
        context = cipher.encryptor()
        return context.update(plain) + context.finalize()

    def _aead(self, header: bytes, plain: bytes, iv: bytes) -> bytes | None:
        if self.encryption in GCM:
            made = AESGCM(self.key[:-4]).encrypt(self.key[-4:] + iv, plain, header)
            return made[: len(plain) + GCM[self.encryption]]
        if self.encryption in CCM:
            size = CCM[self.encryption]
            return AESCCM(self.key[:-3], tag_length=size).encrypt(self.key[-3:] + iv, plain, header)
        if self.encryption == Encr.CHACHA20_POLY1305:
            return ChaCha20Poly1305(self.key[:-4]).encrypt(self.key[-4:] + iv, plain, header)
        if self.encryption == Encr.NULL_AES_GMAC:
            return plain + AESGCM(self.key[:-4]).encrypt(self.key[-4:] + iv, b"", header + iv + plain)
        return None

    def icv(self, data: bytes) -> bytes:
        if self.integrity in HMACS:
            digest, _, size = HMACS[self.integrity]
            return hmac.new(self.integrity_key, data, digest).digest()[:size]
        if self.integrity == Integ.AES_CMAC_96:
            code = CMAC(algorithms.AES(self.integrity_key))
            code.update(data)
            return code.finalize()[:12]
        if self.integrity == Integ.AES_XCBC_96:
            return _xcbc(self.integrity_key, data)[:12]
        return b""


def _xcbc(key: bytes, data: bytes) -> bytes:
    """RFC 3566 section 4, block by block."""

    def aes(key: bytes, block: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)

    def xor(a: bytes, b: bytes) -> bytes:
        return bytes(x ^ y for x, y in zip(a, b, strict=True))

    k1, k2, k3 = (aes(key, bytes([n] * 16)) for n in (1, 2, 3))
    blocks = [data[at : at + 16] for at in range(0, len(data), 16)] or [b""]
    chain = bytes(16)
    for block in blocks[:-1]:
        chain = aes(k1, xor(chain, block))
    last = blocks[-1]
    if len(last) == 16:
        return aes(k1, xor(xor(chain, last), k2))
    return aes(k1, xor(xor(chain, (last + b"\x80").ljust(16, b"\0")), k3))


def sk_message(
    sealer: Sealer,
    inner: bytes = b"",
    first: int = 0,
    *,
    flags: int = 0x08,
    clear: bytes = b"",
    clear_type: int = 0,
    fragment: tuple[int, int] | None = None,
    extra_padding: int = 0,
    icv_size: int = 0,
) -> bytes:
    """An IKE message with one SK (or SKF) payload behind ``clear``, whose chain must lead to it."""
    pad = -(len(inner) + 1) % sealer.block + extra_padding * sealer.block
    plain = inner + bytes(0xA0 + n % 16 for n in range(pad)) + bytes([pad])
    own = 53 if fragment else 46
    front = struct.pack(">HH", *fragment) if fragment else b""
    overhead = len(sealer.body(b"", plain, bytes(16)))
    size = 28 + len(clear) + 4 + len(front) + overhead
    header = b"\x11" * 8 + b"\x22" * 8 + struct.pack(">BBBBII", clear_type or own, 0x20, 37, flags, 5, size)
    header += clear + struct.pack(">BBH", first, 0, 4 + len(front) + overhead) + front
    return header + sealer.body(header, plain, bytes(range(0x30, 0x40)))


def esp_packet(
    sealer: Sealer, payload: bytes, next_header: int, *, spi: int = 0x1000, sequence: int = 1, high: int | None = None
) -> bytes:
    """An ESP packet, with extended sequence numbers if ``high`` is given."""
    pad = -(len(payload) + 2) % max(4, sealer.block)
    plain = payload + bytes(range(1, pad + 1)) + bytes([pad, next_header])
    header = struct.pack(">II", spi, sequence)
    aead = sealer.encryption in {*GCM, *CCM, Encr.CHACHA20_POLY1305, Encr.NULL_AES_GMAC}
    iv = bytes(range(0x50, 0x60))
    if high is None:
        return header + sealer.body(header, plain, iv)
    wide = struct.pack(">III", spi, high, sequence)
    return header + (sealer.body(wide, plain, iv) if aead else sealer.body(header, plain, iv, struct.pack(">I", high)))
