"""Wireshark's key tables, ``ikev2_decryption_table`` and ``esp_sa``, for what the endpoints negotiated.

What has no name there goes to ``keys.toml``, in the project's own form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from samples.generator.esp import EspSa
from samples.generator.keymat import IkeKeys
from samples.generator.payloads import Address
from samples.generator.suites import Suite

NO_IKE_INTEGRITY = "NONE [RFC4306]"
_CHACHA20 = 'encryption = "CHACHA20_POLY1305"\n'
"""The one cipher of the generator that Wireshark has no name for."""


def _own_ike_sa(spis: bytes, keys: IkeKeys) -> str:
    ends = f'initiator_spi = "{spis[:8].hex()}"\nresponder_spi = "{spis[8:].hex()}"\n'
    return f'[[ike_sa]]\n{ends}{_CHACHA20}sk_ei = "{keys.ei.hex()}"\nsk_er = "{keys.er.hex()}"\n'


@dataclass(slots=True)
class KeyTables:
    """Lines of both tables. Wireshark has no ChaCha20: such SAs leave a comment there."""

    ike: list[str] = field(default_factory=list, repr=False)
    esp: list[str] = field(default_factory=list, repr=False)
    own: list[str] = field(default_factory=list, repr=False)

    def write(self, folder: Path) -> None:
        """Writes both tables under the names that Wireshark looks for, and ``keys.toml`` where it is needed."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in (("ikev2_decryption_table", self.ike), ("esp_sa", self.esp)):
            (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        if self.own:
            (folder / "keys.toml").write_text("\n".join(self.own), encoding="ascii")

    def add_ike_sa(self, suite: Suite, spis: bytes, keys: IkeKeys) -> None:
        if not suite.cipher.ike_name:
            self.ike.append(f"# {spis.hex()}: the cipher has no name in this table")
            self.own.append(_own_ike_sa(spis, keys))
            return
        integrity = suite.integrity.ike_name if suite.integrity else NO_IKE_INTEGRITY
        columns = [spis[:8].hex(), spis[8:].hex(), keys.ei.hex(), keys.er.hex(), f'"{suite.cipher.ike_name}"']
        self.ike.append(",".join([*columns, keys.ai.hex(), keys.ar.hex(), f'"{integrity}"']))

    def add_esp_sa(self, sa: EspSa, source: Address | None, destination: Address | None, *, family: int) -> None:
        """One direction; no address stands for any (transport mode with a Home Address hides it from the wire)."""
        cipher, integrity = sa.suite.esp_cipher, sa.suite.esp_integrity
        if not cipher.esp_name:
            self.esp.append(f"# {sa.spi:#010x}: the cipher has no name in this table")
            self.own.append(f'[[esp_sa]]\nspi = {sa.spi:#010x}\n{_CHACHA20}key = "{sa.encryption_key.hex()}"\n')
            return
        columns = (
            f"IPv{family}",
            str(source or "*"),
            str(destination or "*"),
            f"{sa.spi:#010x}",
            cipher.esp_name,
            f"0x{sa.encryption_key.hex()}",
            integrity.esp_name if integrity else "NULL",
            f"0x{sa.integrity_key.hex()}",
        )
        self.esp.append(",".join(f'"{column}"' for column in columns))
