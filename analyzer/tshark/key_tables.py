"""Keys as rows of Wireshark's tables: what has opened a packet here, so that tshark can open it as well.

Only what decrypts is written: integrity is left to "ANY n bits", which skips the ICV.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dissectors.events import Address
from dissectors.ikev2.algorithms import UnsupportedAlgorithm, suite_of
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.keymat import CipherSpec, EspKeys, IkeKeys

IKE_TABLE, ESP_TABLE = "ikev2_decryption_table", "esp_sa"
MODES: dict[int, tuple[str, int]] = {
    Encr.AES_GCM_8: ("GCM", 8),
    Encr.AES_GCM_12: ("GCM", 12),
    Encr.AES_GCM_16: ("GCM", 16),
    Encr.AES_CCM_8: ("CCM", 8),
    Encr.AES_CCM_12: ("CCM", 12),
    Encr.AES_CCM_16: ("CCM", 16),
}
IKE_ANY, ESP_ANY = (8, 12, 16, 20, 24, 32), (8, 12, 16, 24, 32)
"""Sizes of ICVs in bytes that Wireshark can skip."""


def ike_row(initiator_spi: bytes, responder_spi: bytes, keys: IkeKeys, spec: CipherSpec) -> str:
    """A row of ``ikev2_decryption_table``, or nothing for what tshark has no name for."""
    cipher, icv = _ike_cipher(spec), _icv(spec, IKE_ANY)
    if not cipher or icv is None:
        return ""
    check = f"ANY {8 * icv}-bits of Authentication [No Checking]" if icv else "NONE [RFC4306]"
    hexes = (part.hex() for part in (initiator_spi, responder_spi, keys.sk_ei, keys.sk_er))
    return f'{",".join(hexes)},"{cipher}",,,"{check}"\n'


def esp_rows(known: Iterable[tuple[int, Address, Address, EspKeys]]) -> Iterator[str]:
    """The rows of ``esp_sa`` for keys by SPI, source and destination, without those that tshark has no name for.

    Addresses are written only where one SPI has several keys: a Home Address may hide the one that tshark looks for.
    """
    by_spi: dict[int, dict[EspKeys, list[tuple[Address, Address]]]] = {}
    for spi, source, destination, keys in known:
        by_spi.setdefault(spi, {}).setdefault(keys, []).append((source, destination))
    for spi, found in by_spi.items():
        for keys, ends in found.items():
            if len(found) == 1:
                yield from (_esp_row(spi, keys, family, "*", "*") for family in (4, 6))
            else:
                yield from (_esp_row(spi, keys, s.version, str(s), str(d)) for s, d in ends)


def _esp_row(spi: int, keys: EspKeys, family: int, source: str, destination: str) -> str:
    cipher, icv = _esp_cipher(keys.spec), _icv(keys.spec, ESP_ANY)
    if not cipher or icv is None:
        return ""
    check = f"ANY {8 * icv} bit authentication [no checking]" if icv else "NULL"
    return f'"IPv{family}","{source}","{destination}","0x{spi:08x}","{cipher}","0x{keys.key.hex()}","{check}","0x"\n'


def _icv(spec: CipherSpec, sizes: tuple[int, ...]) -> int | None:
    """Bytes of the ICV that the cipher does not make itself; ``None`` for a size that Wireshark has no entry for."""
    try:
        suite = suite_of(spec)
    except UnsupportedAlgorithm:
        return None
    icv = 0 if suite.encryption.is_aead else suite.icv_size
    return icv if icv in (0, *sizes) else None


def _ike_cipher(spec: CipherSpec) -> str:
    bits = 8 * spec.key_size
    if spec.encryption in MODES:
        mode, icv = MODES[spec.encryption]
        return f"AES-{mode}-{bits} with {icv} octet ICV [RFC5282]"
    names: dict[int, str] = {
        Encr.AES_CBC: f"AES-CBC-{bits} [RFC3602]",
        Encr.AES_CTR: f"AES-CTR-{bits} [RFC5930]",
        Encr.TRIPLE_DES_CBC: "3DES [RFC2451]",
        Encr.NULL: "NULL [RFC2410]",
    }
    return names.get(spec.encryption, "")


def _esp_cipher(spec: CipherSpec) -> str:
    mode, icv = MODES.get(spec.encryption, ("", 0))
    if mode == "GCM":
        return f"AES-GCM with {icv} octet ICV [RFC4106]"
    names: dict[int, str] = {
        Encr.AES_CBC: "AES-CBC [RFC3602]",
        Encr.AES_CTR: "AES-CTR [RFC3686]",
        Encr.DES_CBC: "DES-CBC [RFC2405]",
        Encr.TRIPLE_DES_CBC: "TripleDES-CBC [RFC2451]",
        Encr.NULL: "NULL",
    }
    return names.get(spec.encryption, "")
