"""Algorithm names in every spelling that key files use.

Names are Wireshark's (``AES-GCM-128 with 16 octet ICV [RFC5282]``), strongSwan's (``AES_GCM_16_128``,
``aes128gcm16``), libreswan's (``AES_GCM_16_256``) and the Linux kernel's (``rfc4106(gcm(aes))``). Letter case,
punctuation and a bracketed reference do not matter. Numbers: RFC 7296 section 3.3.2.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dissectors.ikev2.algorithms import AES_KEYS, ENCRYPTIONS, INTEGRITIES
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IntegrityId as Integ
from dissectors.ikev2.registry import PrfId as Prf
from dissectors.record import record

GCM_BY_ICV = {8: Encr.AES_GCM_8, 12: Encr.AES_GCM_12, 16: Encr.AES_GCM_16}
CCM_BY_ICV = {8: Encr.AES_CCM_8, 12: Encr.AES_CCM_12, 16: Encr.AES_CCM_16}
CAMELLIA_CCM_BY_ICV = {8: Encr.CAMELLIA_CCM_8, 12: Encr.CAMELLIA_CCM_12, 16: Encr.CAMELLIA_CCM_16}
BLOCK_MACS = (Integ.AES_XCBC_96, Integ.AES_CMAC_96)


@record
class Encryption:
    """What an encryption name says: the algorithm and, in some spellings, its key length in bytes."""

    id: Encr
    key_size: int | None = None
    # True where the name leaves the ICV to another column (Wireshark's old "AES-GCM [RFC4106]", the kernel's AEADs).
    icv_open: bool = False

    @property
    def is_aead(self) -> bool:
        return self.id in ENCRYPTIONS and ENCRYPTIONS[self.id].is_aead

    @property
    def salt_size(self) -> int:
        return ENCRYPTIONS[self.id].salt_size if self.id in ENCRYPTIONS else 0

    @property
    def key_sizes(self) -> tuple[int, ...]:
        """Cipher key bytes that fit, without salt; nothing for an algorithm that we can only name."""
        if self.id not in ENCRYPTIONS:
            return ()
        return ENCRYPTIONS[self.id].key_sizes if self.key_size is None else (self.key_size,)


@record
class Integrity:
    """What an integrity name says; ``checked`` is false for Wireshark's "ANY n bits" entries."""

    id: Integ
    icv_size: int | None = None
    checked: bool = True

    @property
    def key_size(self) -> int | None:
        return INTEGRITIES[self.id].key_size if self.id in INTEGRITIES else None


def normalised(name: str) -> str:
    """The name without case, punctuation and bracketed remarks, so that all spellings of one name meet."""
    plain = re.sub(r"\[[^\]]*\]?", "", name).casefold()
    plain = re.sub(r"[^0-9a-z]+", "", plain)
    return plain.replace("octeticv", "").replace("with", "").removeprefix("encr")


def encryption(name: str) -> Encryption | None:
    try:
        return _cipher(name)
    except KeyError:
        return None


def integrity(name: str) -> Integrity | None:
    try:
        return _mac(name)
    except KeyError:
        return None


# A table names the same few algorithms in every row. A failure is not remembered: it may be a key in the wrong column.


@lru_cache(maxsize=256)
def _cipher(name: str) -> Encryption:
    return CIPHER_NAMES[normalised(name)]


@lru_cache(maxsize=256)
def _mac(name: str) -> Integrity:
    plain = normalised(name).removeprefix("auth")
    if any_bits := re.fullmatch(r"any(64|96|128|160|192|256)bits?(?:of)?(?:authentication)?", plain):
        return Integrity(Integ.NONE, int(any_bits[1]) // 8, checked=False)
    return Integrity(INTEGRITY_NAMES[plain])


def prf(name: str) -> Prf | None:
    return PRF_NAMES.get(normalised(name).removeprefix("prf"))


def _with_key_sizes(names: dict[str, Encr]) -> dict[str, Encryption]:
    """Each name alone and with 128, 192 and 256 behind it."""
    sized = {f"{name}{8 * size}": Encryption(number, size) for name, number in names.items() for size in AES_KEYS}
    return {name: Encryption(number) for name, number in names.items()} | sized


def _aeads(cipher: str, mode: str, by_icv: dict[int, Encr]) -> dict[str, Encryption]:
    """``AES-GCM-128 with 16 octet ICV``, ``AES_GCM_16_128``, ``AES_GCM_16``, ``AES_GCM_C``, ``aes128gcm16``."""
    spelled: dict[str, Encryption] = {}
    for (icv, number), letter in zip(by_icv.items(), "abc", strict=True):
        bare = [f"{cipher}{mode}{icv}", f"{cipher}{mode}{letter}", f"{cipher}{mode}icv{icv}"]
        spelled |= {name: Encryption(number) for name in bare}
        for size in AES_KEYS:
            bits = 8 * size
            sized = [f"{name}{bits}" for name in bare]
            sized += [f"{cipher}{mode}{bits}{icv}", f"{cipher}{bits}{mode}{icv}", f"{cipher}{bits}{mode}{8 * icv}"]
            spelled |= {name: Encryption(number, size) for name in sized}
    return spelled


CIPHER_NAMES: dict[str, Encryption] = {
    **_with_key_sizes(
        {
            "aes": Encr.AES_CBC,
            "aescbc": Encr.AES_CBC,
            "aesctr": Encr.AES_CTR,
            "camellia": Encr.CAMELLIA_CBC,
            "camelliacbc": Encr.CAMELLIA_CBC,
            "camelliactr": Encr.CAMELLIA_CTR,
            "nullaesgmac": Encr.NULL_AES_GMAC,
            "nullauthaesgmac": Encr.NULL_AES_GMAC,
        }
    ),
    **{f"aes{8 * size}ctr": Encryption(Encr.AES_CTR, size) for size in AES_KEYS},
    **{f"aes{8 * size}gmac": Encryption(Encr.NULL_AES_GMAC, size) for size in AES_KEYS},
    **{f"camellia{8 * size}ctr": Encryption(Encr.CAMELLIA_CTR, size) for size in AES_KEYS},
    **_aeads("aes", "gcm", GCM_BY_ICV),
    **_aeads("aes", "ccm", CCM_BY_ICV),
    **_aeads("camellia", "ccm", CAMELLIA_CCM_BY_ICV),
    "aesgcm": Encryption(Encr.AES_GCM_16, icv_open=True),
    "aesccm": Encryption(Encr.AES_CCM_16, icv_open=True),
    **dict.fromkeys(("3des", "3descbc", "tripledes", "tripledescbc"), Encryption(Encr.TRIPLE_DES_CBC)),
    **dict.fromkeys(("des", "descbc"), Encryption(Encr.DES_CBC)),
    **dict.fromkeys(("null", "none", "ecbciphernull", "ciphernull"), Encryption(Encr.NULL)),
    **dict.fromkeys(("cast5cbc", "castcbc", "cast", "cast5", "cast128"), Encryption(Encr.CAST)),
    **dict.fromkeys(("blowfishcbc", "blowfish"), Encryption(Encr.BLOWFISH)),
    **{f"blowfish{cbc}{8 * size}": Encryption(Encr.BLOWFISH, size) for cbc in ("", "cbc") for size in AES_KEYS},
    **dict.fromkeys(
        ("chacha20poly1305", "chacha20poly1305256", "rfc7539espchacha20poly1305"), Encryption(Encr.CHACHA20_POLY1305)
    ),
    # The Linux kernel's names.
    "cbcaes": Encryption(Encr.AES_CBC),
    "cbcdes3ede": Encryption(Encr.TRIPLE_DES_CBC),
    "cbcdes": Encryption(Encr.DES_CBC),
    "cbccamellia": Encryption(Encr.CAMELLIA_CBC),
    "cbccast5": Encryption(Encr.CAST),
    "cbcblowfish": Encryption(Encr.BLOWFISH),
    "rfc3686ctraes": Encryption(Encr.AES_CTR),
    "rfc4106gcmaes": Encryption(Encr.AES_GCM_16, icv_open=True),
    "rfc4309ccmaes": Encryption(Encr.AES_CCM_16, icv_open=True),
    "rfc4543gcmaes": Encryption(Encr.NULL_AES_GMAC),
}

INTEGRITY_NAMES: dict[str, Integ] = {
    **dict.fromkeys(("null", "none", "digestnull"), Integ.NONE),
    **dict.fromkeys(("hmacmd596", "md5", "md596"), Integ.HMAC_MD5_96),
    **dict.fromkeys(("hmacmd5128", "md5128"), Integ.HMAC_MD5_128),
    **dict.fromkeys(("hmacsha196", "sha", "sha1", "sha196"), Integ.HMAC_SHA1_96),
    **dict.fromkeys(("hmacsha1160", "sha1160"), Integ.HMAC_SHA1_160),
    **dict.fromkeys(("aesxcbc96", "aesxcbcmac96", "aesxcbc", "aes128xcbc", "aes128xcbc96"), Integ.AES_XCBC_96),
    **dict.fromkeys(("aescmac96", "aescmac", "aes128cmac96"), Integ.AES_CMAC_96),
    **dict.fromkeys(("hmacsha225696", "hmacsha25696", "sha25696", "sha225696"), Integ.HMAC_SHA2_256_96),
    **dict.fromkeys(("hmacsha2256128", "hmacsha256128", "sha256", "sha2256"), Integ.HMAC_SHA2_256_128),
    **dict.fromkeys(("hmacsha2384192", "hmacsha384192", "sha384", "sha2384"), Integ.HMAC_SHA2_384_192),
    **dict.fromkeys(("hmacsha2512256", "hmacsha512256", "sha512", "sha2512"), Integ.HMAC_SHA2_512_256),
    **dict.fromkeys(("macripemd16096", "hmacripemd16096"), Integ.HMAC_RIPEMD160_96),
}

PRF_NAMES: dict[str, Prf] = {
    **dict.fromkeys(("hmacmd5", "md5"), Prf.HMAC_MD5),
    **dict.fromkeys(("hmacsha1", "sha1"), Prf.HMAC_SHA1),
    **dict.fromkeys(("aes128xcbc", "aesxcbc"), Prf.AES128_XCBC),
    **dict.fromkeys(("hmacsha2256", "sha256", "hmacsha256"), Prf.HMAC_SHA2_256),
    **dict.fromkeys(("hmacsha2384", "sha384", "hmacsha384"), Prf.HMAC_SHA2_384),
    **dict.fromkeys(("hmacsha2512", "sha512", "hmacsha512"), Prf.HMAC_SHA2_512),
    **dict.fromkeys(("aes128cmac", "aescmac"), Prf.AES128_CMAC),
}

# The Linux kernel names the hash; the length of the ICV stands beside it.
KERNEL_INTEGRITIES: dict[tuple[str, int], Integ] = {
    ("hmacmd5", 12): Integ.HMAC_MD5_96,
    ("hmacmd5", 16): Integ.HMAC_MD5_128,
    ("hmacsha1", 12): Integ.HMAC_SHA1_96,
    ("hmacsha1", 20): Integ.HMAC_SHA1_160,
    ("hmacsha256", 12): Integ.HMAC_SHA2_256_96,
    ("hmacsha256", 16): Integ.HMAC_SHA2_256_128,
    ("hmacsha384", 24): Integ.HMAC_SHA2_384_192,
    ("hmacsha512", 32): Integ.HMAC_SHA2_512_256,
    ("hmacrmd160", 12): Integ.HMAC_RIPEMD160_96,
    ("xcbcaes", 12): Integ.AES_XCBC_96,
    ("cmacaes", 12): Integ.AES_CMAC_96,
}
KERNEL_HASHES: dict[str, Integ] = {name: number for (name, _), number in KERNEL_INTEGRITIES.items()}


def kernel_integrity(name: str, icv_size: int) -> Integrity | None:
    """The kernel's ``hmac(sha256)`` and its ICV length in bytes; an odd length keeps the hash and says the length."""
    plain = normalised(name)
    if plain in ("digestnull", "null", "ciphernull"):
        return Integrity(Integ.NONE)
    number = KERNEL_INTEGRITIES.get((plain, icv_size), KERNEL_HASHES.get(plain))
    return None if number is None else Integrity(number, icv_size)
