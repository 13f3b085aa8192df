"""The certificate of the Home Agent, its issuer, and signatures: the same bytes on every run (PKCS #1 v1.5)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from samples.generator.published_keys import AUTHORITY_KEY, HOME_AGENT_KEY

# AlgorithmIdentifier of sha256WithRSAEncryption, as RFC 7427 appendix A.1.2 prints it.
_SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


@cache
def _private_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def _name(text: str) -> x509.Name:
    attributes = [(NameOID.ORGANIZATION_NAME, "dsmip-analyzer test only"), (NameOID.COMMON_NAME, text)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def authority_hash() -> bytes:
    """SHA-1 over the authority's SubjectPublicKeyInfo: what CERTREQ names it by (RFC 7296 section 3.7)."""
    public = _private_key(AUTHORITY_KEY).public_key()
    return hashlib.sha1(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


@cache
def home_agent_certificate(names: tuple[str, ...]) -> bytes:
    """A certificate for the Home Agent with these DNS names, DER."""
    builder = (
        x509.CertificateBuilder()
        .issuer_name(_name("Test authority"))
        .subject_name(_name(names[0]))
        .public_key(_private_key(HOME_AGENT_KEY).public_key())
        .serial_number(0x53A2)
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    )
    return builder.sign(_private_key(AUTHORITY_KEY), SHA256()).public_bytes(Encoding.DER)


def signature_data(octets: bytes) -> bytes:
    """Authentication data of the method Digital Signature (RFC 7427 section 3)."""
    signature = _private_key(HOME_AGENT_KEY).sign(octets, PKCS1v15(), SHA256())
    return bytes([len(_SHA256_WITH_RSA)]) + _SHA256_WITH_RSA + signature
