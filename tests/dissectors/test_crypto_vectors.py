"""MACs, PRFs and ciphers against the test vectors of their RFCs."""

from __future__ import annotations

import warnings

import pytest

from dissectors.ikev2.algorithms import UnsupportedAlgorithm, suite_of
from dissectors.ikev2.crypto import decrypt, decrypt_aead, decrypt_unchecked
from dissectors.ikev2.crypto_mac import aes_cmac, aes_xcbc, full_icv, icv_matches
from dissectors.ikev2.derive import prf
from dissectors.ikev2.registry import EncryptionId as Encr
from dissectors.ikev2.registry import IntegrityId as Integ
from dissectors.ikev2.registry import PrfId
from dissectors.keymat import CipherSpec

COUNTING = bytes(range(256))
JEFE = (b"Jefe", b"what do ya want for nothing?")
XCBC_KEY = COUNTING[:16]
CMAC_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
CMAC_DATA = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)

RFC_2202_AND_4231 = [
    (PrfId.HMAC_MD5, "750c783e6ab0b503eaa86e310a5db738"),
    (PrfId.HMAC_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    (PrfId.HMAC_SHA2_256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
        PrfId.HMAC_SHA2_384,
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    ),
    (
        PrfId.HMAC_SHA2_512,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
        "caeab1a34d4a6b4b636e070a38bce737",
    ),
]


@pytest.mark.parametrize(("number", "expected"), RFC_2202_AND_4231)
def test_an_hmac_prf_gives_what_rfc_2202_and_rfc_4231_say(number: PrfId, expected: str) -> None:
    assert prf(number, *JEFE).hex() == expected


@pytest.mark.parametrize(
    ("number", "key", "data", "expected"),
    [
        (Integ.HMAC_MD5_96, b"\x0b" * 16, b"Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),  # RFC 2202
        (Integ.HMAC_SHA1_96, b"\x0b" * 20, b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
        (
            Integ.HMAC_SHA2_256_128,  # RFC 4868 section 2.7.1
            b"\x0b" * 32,
            b"Hi There",
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7",
        ),
        (Integ.HMAC_RIPEMD160_96, b"\x0b" * 20, b"Hi There", "24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668"),  # RFC 2286
    ],
)
def test_an_integrity_algorithm_gives_its_rfcs_code(number: Integ, key: bytes, data: bytes, expected: str) -> None:
    try:
        assert full_icv(number, key, data).hex() == expected
    except UnsupportedAlgorithm:
        assert number == Integ.HMAC_RIPEMD160_96  # an OpenSSL may do without this one


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "75f0251d528ac01c4573dfd584d79f29"),
        (COUNTING[:3], "5b376580ae2f19afe7219ceef172756f"),
        (COUNTING[:16], "d2a246fa349b68a79998a4394ff7a263"),
        (COUNTING[:20], "47f51b4564966215b8985c63055ed308"),
        (COUNTING[:32], "f54f0ec8d2b9f3d36807734bd5283fd4"),
        (COUNTING[:34], "becbb3bccdb518a30677d5481fb6b4d8"),
        (bytes(1000), "f0dafee895db30253761103b5d84528f"),
    ],
)
def test_aes_xcbc_gives_what_rfc_3566_says(data: bytes, expected: str) -> None:
    assert aes_xcbc(XCBC_KEY, data).hex() == expected
    assert icv_matches(Integ.AES_XCBC_96, XCBC_KEY, data, bytes.fromhex(expected)[:12])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_aes_cmac_gives_what_rfc_4493_and_rfc_4494_say(size: int, expected: str) -> None:
    assert aes_cmac(CMAC_KEY, CMAC_DATA[:size]).hex() == expected
    assert icv_matches(Integ.AES_CMAC_96, CMAC_KEY, CMAC_DATA[:size], bytes.fromhex(expected)[:12])


LONG_KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0fedcb")


@pytest.mark.parametrize(
    ("number", "key", "expected"),
    [
        (PrfId.AES128_XCBC, LONG_KEY[:16], "47f51b4564966215b8985c63055ed308"),  # RFC 4434 section 2
        (PrfId.AES128_XCBC, LONG_KEY[:10], "0fa087af7d866e7653434e602fdde835"),
        (PrfId.AES128_XCBC, LONG_KEY, "8cd3c93ae598a9803006ffb67c40e9e4"),
        (PrfId.AES128_CMAC, LONG_KEY[:16], "980ae87b5f4c9c5214f5b6a8455e4c2d"),  # RFC 4615 section 4
        (PrfId.AES128_CMAC, LONG_KEY[:10], "290d9e112edb09ee141fcf64c0b72f3d"),
        (PrfId.AES128_CMAC, LONG_KEY, "84a348a4a45d235babfffc0d2b4da09a"),
    ],
)
def test_an_aes_prf_folds_keys_as_rfc_4434_and_rfc_4615_say(number: PrfId, key: bytes, expected: str) -> None:
    assert prf(number, key, COUNTING[:20]).hex() == expected


def test_aes_cbc_opens_the_esp_sample_of_rfc_3602() -> None:
    data = bytes.fromhex(
        "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52"
        "775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6"
    )
    iv = bytes.fromhex("e96e8c08ab465763fd098d45dd3ff893")
    plain = decrypt(Encr.AES_CBC, bytes.fromhex("90d382b410eeba7ad938c46cec1a82bf"), iv, data)
    assert plain == (
        bytes.fromhex("08000ebda70a00008e9c083db95b0700")
        + COUNTING[8:56]
        + bytes.fromhex("0102030405060708090a0b0c0d0e0e01")
    )


@pytest.mark.parametrize(
    ("key", "nonce", "iv", "plain", "data"),
    [
        (
            "ae6852f8121067cc4bf7a5765577f39e",
            "00000030",
            "0000000000000000",
            b"Single block msg",
            "e4095d4fb7a7b3792d6175a3261311b8",
        ),
        (
            "7e24067817fae0d743d6ce1f32539163",
            "006cb6db",
            "c0543b59da48d90b",
            COUNTING[:32],
            "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28",
        ),
        (
            "7691be035e5020a8ac6e618529f9a0dc",
            "00e0017b",
            "27777f3f4a1786f0",
            COUNTING[:36],
            "c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5ceaaef3105325b2072f",
        ),
        (
            "f6d66d6bd52d59bb0796365879eff886c66dd51a5b6a99744b50590c87a23884",
            "00faac24",
            "c1585ef15a43d875",
            COUNTING[:32],
            "f05e231b3894612c49ee000b804eb2a9b8306b508f839d6a5530831d9344af1c",
        ),
    ],
)
def test_aes_ctr_opens_the_samples_of_rfc_3686(key: str, nonce: str, iv: str, plain: bytes, data: str) -> None:
    opened = decrypt(Encr.AES_CTR, bytes.fromhex(key + nonce), bytes.fromhex(iv), bytes.fromhex(data))
    assert opened == plain


GCM_CASE = {  # McGrew and Viega, test case 4: a 96-bit nonce, taken as salt and IV, and additional data
    "key": bytes.fromhex("feffe9928665731c6d6a8f9467308308" + "cafebabe"),
    "iv": bytes.fromhex("facedbaddecaf888"),
    "aad": bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    "plain": bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    ),
    "data": bytes.fromhex(
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
    ),
    "icv": bytes.fromhex("5bc94fbc3221a5db94fae95ae7121a47"),
}


@pytest.mark.parametrize(("number", "size"), [(Encr.AES_GCM_8, 8), (Encr.AES_GCM_12, 12), (Encr.AES_GCM_16, 16)])
def test_aes_gcm_opens_mcgrews_case_with_each_icv_length(number: Encr, size: int) -> None:
    c = GCM_CASE
    assert decrypt_aead(number, c["key"], c["iv"], c["data"], c["icv"][:size], c["aad"]) == c["plain"]
    assert decrypt_aead(number, c["key"], c["iv"], c["data"], c["icv"][: size - 1] + b"\x00", c["aad"]) is None
    assert decrypt_unchecked(number, c["key"], c["iv"], c["data"]) == c["plain"]


CHACHA_KEY = bytes.fromhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3")
CHACHA_IV = bytes.fromhex("1011121314151617")
CHACHA_ESP = bytes.fromhex(  # RFC 7634 appendix A
    "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7"
    "2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e0"
)


def test_chacha20_poly1305_opens_the_esp_example_of_rfc_7634() -> None:
    icv = bytes.fromhex("76aaa8266b7fb0f7b11b369907e1ad43")
    aad = bytes.fromhex("0102030400000005")
    expected = bytes.fromhex(
        "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f10111213"
        "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363701020204"
    )
    assert decrypt_aead(Encr.CHACHA20_POLY1305, CHACHA_KEY, CHACHA_IV, CHACHA_ESP, icv, aad) == expected
    assert decrypt_aead(Encr.CHACHA20_POLY1305, CHACHA_KEY, CHACHA_IV, CHACHA_ESP, icv, aad[:-1] + b"\x06") is None
    assert decrypt_unchecked(Encr.CHACHA20_POLY1305, CHACHA_KEY, CHACHA_IV, CHACHA_ESP) == expected


def test_an_aead_with_an_icv_length_it_does_not_have_is_unsupported() -> None:
    with pytest.raises(UnsupportedAlgorithm, match="CHACHA20_POLY1305 with an ICV of 8 bytes"):
        suite_of(CipherSpec(Encr.CHACHA20_POLY1305, 32, icv_size=8))


def test_an_icv_longer_than_its_hash_is_unsupported_and_never_matches() -> None:
    with pytest.raises(UnsupportedAlgorithm, match="ICV of 17 bytes"):
        icv_matches(Integ.HMAC_MD5_128, b"key", b"data", bytes(17))


def test_the_outdated_ciphers_work_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number, size in ((Encr.DES_CBC, 8), (Encr.TRIPLE_DES_CBC, 24), (Encr.CAST, 16), (Encr.BLOWFISH, 16)):
            assert len(decrypt(number, COUNTING[64 : 64 + size], bytes(8), bytes(16))) == 16
        assert len(decrypt(Encr.CAMELLIA_CBC, bytes(16), bytes(16), bytes(16))) == 16


def test_des_by_the_way_of_3des_gives_the_classic_vector() -> None:
    # FIPS 81 appendix C, CBC: "Now is the time for all " with key 0123456789abcdef and this IV.
    data = bytes.fromhex("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6")
    plain = decrypt(Encr.DES_CBC, bytes.fromhex("0123456789abcdef"), bytes.fromhex("1234567890abcdef"), data)
    assert plain == b"Now is the time for all "


def test_camellia_gives_the_vector_of_rfc_3713() -> None:
    key = plain = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert decrypt(Encr.CAMELLIA_CBC, key, bytes(16), bytes.fromhex("67673138549669730857065648eabe43")) == plain


def test_a_hash_that_this_openssl_lacks_is_unsupported_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> bytes:
        raise ValueError("[digital envelope routines] unsupported")

    monkeypatch.setattr("dissectors.ikev2.crypto_mac.hmac.digest", refuses)
    with pytest.raises(UnsupportedAlgorithm, match="HMAC-MD5"):
        full_icv(Integ.HMAC_MD5_96, b"k" * 16, b"data")
