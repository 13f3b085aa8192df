# ruff: noqa: E501
"""What key files call algorithms: Wireshark's two tables and ``ip xfrm state``."""

from __future__ import annotations

WS_IKE = {
    "cbc128": "AES-CBC-128 [RFC3602]", "cbc256": "AES-CBC-256 [RFC3602]", "3des": "3DES [RFC2451]", "ctr128": "AES-CTR-128 [RFC5930]",
    "ctr256": "AES-CTR-256 [RFC5930]", "gcm128": "AES-GCM-128 with 16 octet ICV [RFC5282]", "gcm256": "AES-GCM-256 with 16 octet ICV [RFC5282]",
    "gcm128-8": "AES-GCM-128 with 8 octet ICV [RFC5282]", "gcm256-12": "AES-GCM-256 with 12 octet ICV [RFC5282]",
    "ccm128": "AES-CCM-128 with 16 octet ICV [RFC5282]", "ccm128-8": "AES-CCM-128 with 8 octet ICV [RFC5282]",
}  # fmt: skip
WS_MAC = {
    "none": "NONE [RFC4306]", "md5": "HMAC_MD5_96 [RFC2403]", "sha1": "HMAC_SHA1_96 [RFC2404]", "sha256": "HMAC_SHA2_256_128 [RFC4868]",
    "sha384": "HMAC_SHA2_384_192 [RFC4868]", "sha512": "HMAC_SHA2_512_256 [RFC4868]",
}  # fmt: skip
WS_ESP = {
    "null": "NULL", "3des": "TripleDES-CBC [RFC2451]", "cbc128": "AES-CBC [RFC3602]", "cbc256": "AES-CBC [RFC3602]", "ctr128": "AES-CTR [RFC3686]",
    "gcm128": "AES-GCM with 16 octet ICV [RFC4106]", "gcm256": "AES-GCM with 16 octet ICV [RFC4106]", "gcm128-8": "AES-GCM with 8 octet ICV [RFC4106]",
}  # fmt: skip
WS_ESP_MAC = {
    "none": "NULL", "md5": "HMAC-MD5-96 [RFC2403]", "sha1": "HMAC-SHA-1-96 [RFC2404]", "sha256": "HMAC-SHA-256-128 [RFC4868]",
    "sha384": "HMAC-SHA-384-192 [RFC4868]", "sha512": "HMAC-SHA-512-256 [RFC4868]",
}  # fmt: skip
XFRM = {
    "null": "ecb(cipher_null)", "3des": "cbc(des3_ede)", "cbc128": "cbc(aes)", "cbc256": "cbc(aes)", "ctr128": "rfc3686(ctr(aes))", "gcm128": "rfc4106(gcm(aes))",
    "gcm256": "rfc4106(gcm(aes))", "gcm128-8": "rfc4106(gcm(aes))", "ccm128": "rfc4309(ccm(aes))", "chacha": "rfc7539esp(chacha20,poly1305)",
    "gmac128": "rfc4543(gcm(aes))",
}  # fmt: skip
XFRM_MAC = {"sha1": ("hmac(sha1)", 96), "sha256": ("hmac(sha256)", 128), "md5": ("hmac(md5)", 96), "sha384": ("hmac(sha384)", 192), "sha512": ("hmac(sha512)", 256), "xcbc": ("xcbc(aes)", 96), "cmac": ("cmac(aes)", 96)}  # fmt: skip
TOML_ENCR = {
    "null": "NULL", "3des": "3DES", "cbc128": "AES_CBC_128", "cbc256": "AES_CBC_256", "ctr128": "AES_CTR_128", "ctr256": "AES_CTR_256", "ccm128": "AES_CCM_16_128",
    "gcm128": "AES_GCM_16_128", "gcm256": "AES_GCM_16_256", "gcm128-8": "AES_GCM_8_128", "chacha": "CHACHA20_POLY1305",
}  # fmt: skip
TOML_INTEG = {
    "sha1": "HMAC_SHA1_96",
    "sha256": "HMAC_SHA2_256_128",
    "sha384": "HMAC_SHA2_384_192",
    "sha512": "HMAC_SHA2_512_256",
    "xcbc": "AES_XCBC_96",
    "cmac": "AES_CMAC_96",
    "md5": "HMAC_MD5_96",
}
TOML_PRF = {
    "sha1": "PRF_HMAC_SHA1",
    "sha256": "PRF_HMAC_SHA2_256",
    "sha384": "PRF_HMAC_SHA2_384",
    "sha512": "PRF_HMAC_SHA2_512",
    "xcbc": "PRF_AES128_XCBC",
    "cmac": "PRF_AES128_CMAC",
    "md5": "PRF_HMAC_MD5",
}
