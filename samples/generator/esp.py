"""ESP packets: RFC 4303 section 2, RFC 4106 for AEAD."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field

from samples.generator.suites import Suite


@dataclass(slots=True)
class EspSa:
    """One direction of a CHILD SA, at its sender."""

    suite: Suite
    spi: int
    encryption_key: bytes = field(repr=False)
    integrity_key: bytes = field(repr=False)
    rng: random.Random = field(repr=False)
    sequence: int = 0
    default_padding: bool = True  # False: zeros, which is a fault

    def seal(self, next_header: int, data: bytes) -> bytes:
        """The next packet of the SA."""
        self.sequence += 1
        cipher, integrity = self.suite.esp_cipher, self.suite.esp_integrity
        header = struct.pack("!II", self.spi, self.sequence)
        padding = -(len(data) + 2) % max(4, cipher.block_size)
        # Default padding 1, 2, 3, … (RFC 4303 section 2.4).
        pad = bytes(range(1, padding + 1)) if self.default_padding else bytes(padding)
        plaintext = data + pad + bytes([padding, next_header])
        iv = self.rng.randbytes(cipher.iv_size)
        packet = header + iv + cipher.encrypt(self.encryption_key, iv, plaintext, header)
        return packet + integrity.icv(self.integrity_key, packet) if integrity else packet
