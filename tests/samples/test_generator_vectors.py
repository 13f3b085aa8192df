"""The generator's algorithms against published vectors and against secrets that strongSwan logged."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import pytest
from scapy.layers.tls.crypto.groups import modp2048

from samples.generator.eap_keys import fips_186_2_prf
from samples.generator.frames import checksum
from samples.generator.groups import ECP_256, MODP_2048, X25519, Group, modp_2048_prime
from samples.generator.keymat import derive_child_keys, derive_ike_keys
from samples.generator.milenage import Milenage, Subscription, answer_vector, make_vector
from samples.generator.suites import HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, Suite, aes_cbc, aes_ctr


def test_milenage_gives_test_set_1_of_ts_35_208() -> None:
    key, opc = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"), bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
    functions = Milenage(key, opc, bytes.fromhex("23553cbe9637a89d218ae64dae47bf35"))
    assert functions.f1(bytes.fromhex("ff9bb4d0b607"), bytes.fromhex("b9b9")).hex() == "4a9ffac354dfafb3"
    assert functions.f2().hex() == "a54211d5e3ba50bf"
    assert functions.f3().hex() == "b40ba9a3c58b2a05bbf0d987b21bf8cb"
    assert functions.f4().hex() == "f769bcd751044604127672711c6d3441"
    assert functions.f5().hex() == "aa689c648370"


def test_a_usim_refuses_a_network_that_does_not_know_its_key() -> None:
    mine, other = Subscription("001010000000001", bytes(16), bytes(16)), Subscription("x", b"k" * 16, bytes(16))
    vector = make_vector(other, bytes(16), 1)
    with pytest.raises(ValueError, match="home network"):
        answer_vector(mine, vector.rand, vector.autn)


def test_the_pseudo_random_function_gives_the_keys_of_rfc_4186_appendix_b() -> None:
    stream = fips_186_2_prf(bytes.fromhex("e576d5ca332e9930018bf1baee2763c795b3c712"), 96)
    assert stream[:16].hex() == "536e5ebc4465582aa6a8ec9986ebb620"
    assert stream[16:32].hex() == "25af1942efcbf4bc72b3943421f2a974"
    assert stream[32:].hex() == (
        "39d45aeaf4e30601983e972b6cfd46d1c363773365690d09cd44976b525f47d3"
        "a60a985e955c53b090b2e4b73719196a402542968fd14a888f46b9a7886e4488"
    )


def test_the_prime_of_group_14_is_the_one_scapy_has() -> None:
    assert modp_2048_prime() == modp2048.m


def test_an_x25519_public_value_is_that_of_rfc_7748() -> None:
    class Alice(random.Random):
        def randbytes(self, n: int) -> bytes:
            return bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"[: 2 * n])

    public, agree = X25519.start(Alice())
    assert public.hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    bob = bytes.fromhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    assert agree(bob).hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


@pytest.mark.parametrize(("group", "size"), [(MODP_2048, 256), (ECP_256, 64), (X25519, 32)])
def test_two_ends_agree_on_a_secret_and_public_values_have_their_size(group: Group, size: int) -> None:
    (ours, agree), (theirs, peer_agree) = group.start(random.Random(1)), group.start(random.Random(2))
    assert agree(theirs) == peer_agree(ours)
    assert len(ours) == len(theirs) == size


def test_aes_ctr_gives_test_vector_1_of_rfc_3686() -> None:
    key, nonce = bytes.fromhex("ae6852f8121067cc4bf7a5765577f39e"), bytes.fromhex("00000030")
    sealed = aes_ctr(128).encrypt(key + nonce, bytes(8), b"Single block msg", b"")
    assert sealed.hex() == "e4095d4fb7a7b3792d6175a3261311b8"


def test_a_checksum_is_that_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def _dumps(log: str, heading: str) -> list[bytes]:
    """Hex dumps of a charon log, by heading."""
    found = []
    for block in re.finditer(rf"{heading} => \d+ bytes.*\n((?:.*\]\s+\d+: .*\n)+)", log):
        lines = re.findall(r"\]\s+\d+: ((?:[0-9A-F]{2} )+)", block[1])
        found.append(bytes.fromhex("".join(lines)))
    return found


def _nonces(capture: Path) -> bytes:
    fields = ["-Y", "isakmp.exchangetype==34", "-T", "fields", "-e", "isakmp.nonce"]
    run = subprocess.run(["tshark", "-r", str(capture), *fields], capture_output=True, text=True, check=True)
    return bytes.fromhex("".join(run.stdout.split()[:2]))


def test_derived_keys_are_those_that_strongswan_logged(captures: Path, tshark: str) -> None:
    folder = captures / "strongswan-ipv4"
    log = (folder / "charon.log").read_text()
    line = (folder / "ikev2_decryption_table").read_text().split("\n")[0].split(",")
    suite = Suite(aes_cbc(128), HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, MODP_2048)
    nonces, secret = _nonces(folder / "capture.pcapng"), _dumps(log, "shared Diffie Hellman secret")[0]
    keys = derive_ike_keys(suite, secret, nonces, bytes.fromhex(line[0] + line[1]))
    assert (keys.ei.hex(), keys.er.hex(), keys.ai.hex(), keys.ar.hex()) == (line[2], line[3], line[5], line[6])
    assert keys.d == _dumps(log, "Sk_d secret")[0]
    assert keys.pi == _dumps(log, "Sk_pi secret")[0]
    assert keys.pr == _dumps(log, "Sk_pr secret")[0]
    child = derive_child_keys(suite, keys.d, nonces)
    rows = [row.replace('"', "").split(",") for row in (folder / "esp_sa").read_text().split("\n")[:2]]
    assert [f"0x{key.hex()}" for key in (child.ei, child.ai)] == [rows[0][5], rows[0][7]]
    assert [f"0x{key.hex()}" for key in (child.er, child.ar)] == [rows[1][5], rows[1][7]]
