"""libreswan's debug log: key blocks, tied to SPIs by the "established" line of the same state.

The lines follow libreswan's ikev2_prf/ikev2_crypto.c and real "established" lines from its documentation.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.keys import load_keys, recognise
from dissectors.keymat import KeyMaterial

PREFIX = '"s2c"[1] 192.0.2.7 #2: '
KEY, MAC = bytes(range(16)), bytes(range(100, 132))


def load(folder: Path, text: str) -> KeyMaterial:
    path = folder / "pluto.log"
    path.write_text(text)
    return load_keys([path])


def dump(data: bytes, before: str = "  ") -> str:
    """16 bytes a line, a second blank after every fourth."""
    rows = [data[start : start + 16] for start in range(0, len(data), 16)]
    words = [[row[start : start + 4].hex(" ") for start in range(0, len(row), 4)] for row in rows]
    return "".join(f"{before}{'  '.join(row)}\n" for row in words)


def log(inbound: bytes, outbound: bytes, xfrm: str, prefix: str = PREFIX, before: str = "  ") -> str:
    text = f"{prefix}inbound  keymat:\n{dump(inbound, before)}{prefix}outbound keymat:\n{dump(outbound, before)}"
    shown = f"{{ESP=>0x7fb910e5 <0x10eda1fd xfrm={xfrm} NATOA=none NATD=none DPD=passive}}"
    return f"{text}{prefix}STATE_V2_IPSEC_R: IPsec SA established tunnel mode {shown}\n"


@pytest.mark.parametrize(
    ("prefix", "before"),
    [
        (PREFIX, "  "),
        ('Oct 15 10:53:13 rh8 pluto[6394]: "s2c" #2: ', "Oct 15 10:53:13 rh8 pluto[6394]: |   "),
        ('Oct 15 10:53:13.123456: | "s2c"[1] 192.0.2.7 #2: ', "Oct 15 10:53:13.123460: |   "),
        ('"s2c"[1] #2: ', "| "),
    ],
)
def test_both_directions_get_their_keys_and_spis(tmp_path: Path, prefix: str, before: str) -> None:
    text = log(KEY + MAC, KEY[::-1] + MAC[::-1], "AES_CBC_128-HMAC_SHA2_256_128", prefix, before)
    found = load(tmp_path, text)
    assert found.problems == []
    assert {k.spi: (k.key, k.integrity_key) for k in found.esp} == {
        0x7FB910E5: (KEY[::-1], MAC[::-1]),  # => is what this host sends
        0x10EDA1FD: (KEY, MAC),
    }
    assert {(k.spec.encryption, k.spec.key_size, k.spec.integrity) for k in found.esp} == {(12, 16, 12)}
    assert found.sources[0].form == "libreswan log"


@pytest.mark.parametrize("xfrm", ["AES_GCM_16_256-NONE", "AES_GCM_16_256-NONE-MODP2048", "AES_GCM_C_256-NONE"])
def test_an_aead_has_its_salt_behind_the_key(tmp_path: Path, xfrm: str) -> None:
    block = bytes(range(36))
    (out, _) = load(tmp_path, log(block, block, xfrm).replace("{ESP=>", "{ESP/NAT=>")).esp
    assert (out.spec.encryption, out.spec.key_size, out.key, out.integrity_key) == (20, 32, block, b"")


def test_blocks_without_spis_name_the_better_source(tmp_path: Path) -> None:
    found = load(tmp_path, log(KEY, KEY, "x").rpartition(PREFIX)[0])
    assert found.esp == []
    assert "ip xfrm state is the better source" in found.problems[0].reason
    assert found.problems[0].line == 1


def test_a_block_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    found = load(tmp_path, log(KEY + MAC[:-1], KEY + MAC[:-1], "AES_CBC_128-HMAC_SHA2_256_128"))
    assert found.problems[0].reason.startswith("the encryption key has 15 bytes where 16 are expected")


def test_the_blocks_of_two_states_do_not_mix(tmp_path: Path) -> None:
    other = log(KEY[::-1] + MAC, KEY[::-1] + MAC, "AES_CBC_128-HMAC_SHA2_256_128", PREFIX.replace("#2", "#3"))
    one = log(KEY + MAC, KEY + MAC, "AES_CBC_128-HMAC_SHA2_256_128").replace("0x7fb910e5 <0x10eda1fd", "0x1 <0x2")
    head, _, tail = one.rpartition(PREFIX)
    found = load(tmp_path, head + other + PREFIX + tail)
    assert {k.spi: k.key for k in found.esp} == {1: KEY, 2: KEY, 0x7FB910E5: KEY[::-1], 0x10EDA1FD: KEY[::-1]}


def test_the_form_is_recognised() -> None:
    assert recognise(log(KEY, KEY, "x")) == "libreswan log"
