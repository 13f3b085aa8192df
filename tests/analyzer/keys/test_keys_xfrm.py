"""``ip xfrm state``: what iproute2 prints for SAs whose bytes the test made."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from analyzer.keys import load_keys, recognise
from dissectors.keymat import KeyMaterial
from tests.analyzer.keys.iproute import (
    ALG_AEAD,
    ALG_AUTH,
    ALG_AUTH_TRUNC,
    ALG_COADDR,
    ALG_CRYPT,
    FLAG_ESN,
    address,
    algorithm,
    new_sa,
    printed,
    with_icv,
)

HOME, AGENT, CARE_OF = "2001:db8:1:2::10", "2001:db8:ffff::1", "2001:db8:77::99"
KEY, MAC_KEY = bytes(range(16)), bytes(range(64))

CIPHERS = [
    ("cbc(aes)", 12, 16, 16),
    ("cbc(aes)", 12, 32, 32),
    ("cbc(des3_ede)", 3, 24, 24),
    ("cbc(des)", 2, 8, 8),
    ("rfc3686(ctr(aes))", 13, 16, 20),
    ("ecb(cipher_null)", 11, 0, 0),
    ("cbc(camellia)", 23, 16, 16),
]
MACS = [
    ("hmac(md5)", 16, 96, 1),
    ("hmac(md5)", 16, 128, 6),
    ("hmac(sha1)", 20, 96, 2),
    ("hmac(sha1)", 20, 160, 7),
    ("hmac(sha256)", 32, 96, 1024),
    ("hmac(sha256)", 32, 128, 12),
    ("hmac(sha384)", 48, 192, 13),
    ("hmac(sha512)", 64, 256, 14),
    ("xcbc(aes)", 16, 96, 5),
    ("cmac(aes)", 16, 96, 8),
    ("hmac(rmd160)", 20, 96, 1025),
]
AEADS = [
    ("rfc4106(gcm(aes))", 20, 64, 18, 16),
    ("rfc4106(gcm(aes))", 36, 128, 20, 32),
    ("rfc4309(ccm(aes))", 19, 96, 15, 16),
    ("rfc7539esp(chacha20,poly1305)", 36, 128, 28, 32),
    ("rfc4543(gcm(aes))", 20, 128, 21, 16),
]
OPTIONS = [(), ("-s",), ("-o",), ("-s", "-o")]


def load(folder: Path, text: str) -> KeyMaterial:
    path = folder / "xfrm.txt"
    path.write_text(text)
    return load_keys([path])


@pytest.mark.parametrize("options", OPTIONS)
def test_an_sa_of_mobile_ipv6_is_read_with_its_hints_and_esn(tmp_path: Path, options: tuple[str, ...]) -> None:
    sa = new_sa(
        HOME,
        AGENT,
        0x1000A1B2,
        (ALG_AUTH_TRUNC, with_icv("hmac(sha256)", MAC_KEY[:32], 128)),
        (ALG_CRYPT, algorithm("cbc(aes)", KEY)),
        (ALG_COADDR, address(CARE_OF)),
        flags=FLAG_ESN,
    )
    other = new_sa("10.0.0.2", "10.0.0.1", 7, (ALG_AEAD, with_icv("rfc4106(gcm(aes))", MAC_KEY[:20], 96)))
    found = load(tmp_path, printed(tmp_path, sa + other, *options))
    assert found.problems == []
    assert found.sources[0].form == "ip xfrm state"
    first, second = found.esp
    assert (first.spi, first.key, first.integrity_key, first.esn) == (0x1000A1B2, KEY, MAC_KEY[:32], True)
    assert (first.spec.encryption, first.spec.key_size, first.spec.integrity, first.spec.icv_size) == (12, 16, 12, 16)
    assert (first.source, first.destination) == ((IPv6Address(HOME), 128), (IPv6Address(AGENT), 128))
    assert (second.spi, second.esn, second.spec.encryption, second.spec.icv_size) == (7, False, 19, 12)
    assert second.source == (IPv4Address("10.0.0.2"), 32)


@pytest.mark.parametrize(("name", "number", "key_size", "size"), CIPHERS)
def test_every_cipher_name_of_the_kernel_is_known(tmp_path: Path, name, number, key_size, size) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    sa = new_sa(HOME, AGENT, 5, (ALG_CRYPT, algorithm(name, MAC_KEY[:size])))
    (keys,) = load(tmp_path, printed(tmp_path, sa)).esp
    assert (keys.spec.encryption, keys.spec.key_size, keys.key) == (number, key_size, MAC_KEY[:size])


@pytest.mark.parametrize("options", OPTIONS[:2])
@pytest.mark.parametrize(("name", "size", "bits", "number"), MACS)
def test_every_hash_of_the_kernel_is_known_with_its_icv(tmp_path: Path, options, name, size, bits, number) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    mac = with_icv(name, MAC_KEY[:size], bits)
    sa = new_sa(HOME, AGENT, 5, (ALG_AUTH_TRUNC, mac), (ALG_CRYPT, algorithm("cbc(aes)", KEY)))
    (keys,) = load(tmp_path, printed(tmp_path, sa, *options)).esp
    assert (keys.spec.integrity, keys.spec.icv_size, keys.integrity_key) == (number, bits // 8, MAC_KEY[:size])


@pytest.mark.parametrize(("name", "size", "bits", "number", "key_size"), AEADS)
def test_every_aead_of_the_kernel_is_known(tmp_path: Path, name, size, bits, number, key_size) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    sa = new_sa(HOME, AGENT, 5, (ALG_AEAD, with_icv(name, MAC_KEY[:size], bits)))
    (keys,) = load(tmp_path, printed(tmp_path, sa)).esp
    assert (keys.spec.encryption, keys.spec.key_size, keys.key) == (number, key_size, MAC_KEY[:size])


def test_auth_without_a_length_means_96_bits(tmp_path: Path) -> None:
    sa = new_sa(
        HOME, AGENT, 5, (ALG_AUTH, algorithm("hmac(sha256)", MAC_KEY[:32])), (ALG_CRYPT, algorithm("cbc(aes)", KEY))
    )
    (keys,) = load(tmp_path, printed(tmp_path, sa)).esp
    assert (keys.spec.integrity, keys.spec.icv_size) == (1024, 12)


BY_HAND = """src 2001:db8:1:2::10 dst 2001:db8:ffff::1
\tproto esp spi 0x1000a1b2 reqid 1 mode transport
\treplay-window 0 flag esn
\tauth-trunc hmac(sha256) 0x101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f 128
\tenc cbc(aes) 0x00112233445566778899aabbccddeeff
\tanti-replay esn context:
\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x2
\t replay_window 32, bitmap-length 1
\t 00000000
\tsel src 2001:db8:1:2::10/128 dst 2001:db8:ffff::1/128 proto mobility-header type 5
"""


def test_the_state_of_a_mobile_node_with_esn_context_and_selector_is_read(tmp_path: Path) -> None:
    (keys,) = load(tmp_path, BY_HAND).esp
    assert keys.key.hex() == "00112233445566778899aabbccddeeff"
    assert keys.integrity_key == bytes(range(0x10, 0x30))
    assert (keys.spi, keys.esn, keys.spec.icv_size, keys.origin) == (0x1000A1B2, True, 16, "xfrm.txt:1")


def test_a_transport_sa_with_open_addresses_takes_the_hints_of_its_selector(tmp_path: Path) -> None:
    opened = BY_HAND.replace("src 2001:db8:1:2::10 dst 2001:db8:ffff::1", "src :: dst ::").replace(
        "::10/128", "::10/64"
    )
    (keys,) = load(tmp_path, opened).esp
    assert keys.source == (IPv6Address("2001:db8:1:2::10"), 64)
    assert keys.destination == (IPv6Address(AGENT), 128)


def test_hidden_keys_are_named_as_such(tmp_path: Path) -> None:
    hidden = BY_HAND.replace("0x00112233445566778899aabbccddeeff", "<<Keys hidden>>")
    found = load(tmp_path, hidden + BY_HAND)
    assert len(found.esp) == 1
    assert [(p.line, "keys are hidden" in p.reason) for p in found.problems] == [(1, True)]


def test_ah_and_acquire_states_are_passed_over_without_a_word(tmp_path: Path) -> None:
    others = "src 10.0.0.1 dst 10.0.0.2\n\tproto ah spi 0x00000001 reqid 0 mode transport\n\tauth hmac(sha1) 0x00\n"
    others += "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000000 reqid 0 mode transport\n\treplay-window 0\n"
    found = load(tmp_path, others + BY_HAND)
    assert (len(found.esp), found.problems) == (1, [])


def test_a_broken_algorithm_line_costs_its_sa_only(tmp_path: Path) -> None:
    broken = BY_HAND.replace("0x0011", "0xZZ11")
    found = load(tmp_path, broken + BY_HAND)
    assert [keys.origin for keys in found.esp] == ["xfrm.txt:11"]
    assert found.problems[0].line == 5


def test_the_form_is_recognised_from_its_first_lines() -> None:
    assert recognise(BY_HAND) == recognise(BY_HAND.encode()) == "ip xfrm state"
