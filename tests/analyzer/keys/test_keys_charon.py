"""strongSwan's log in all its dresses: the real log, re-dressed, must give the same keys.

The dresses follow strongSwan's file_logger.c and sys_logger.c; values come from the log and tables of a real run.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from analyzer.keys import load_keys, recognise
from dissectors.keymat import KeyMaterial

LINE = re.compile(r"^(\d\d)\[([A-Z]{3})\] (.*)$")


def load(folder: Path, text: str, name: str = "charon.log") -> KeyMaterial:
    path = folder / name
    path.write_text(text)
    return load_keys([path])


@pytest.fixture(scope="session")
def log(captures: Path) -> str:
    return (captures / "strongswan-ipv4" / "charon.log").read_text()


@pytest.fixture(scope="session")
def plain(captures: Path) -> KeyMaterial:
    return load_keys([captures / "strongswan-ipv4" / "charon.log"])


def values(found: KeyMaterial) -> tuple[object, ...]:
    """Everything but where it stood."""
    ike = [
        (k.initiator_spi, k.sk_d, k.sk_ei, k.sk_er, k.sk_ai, k.sk_ar, k.sk_pi, k.sk_pr, k.key_exchange_secret, k.spec)
        for k in found.ike
    ]
    esp = [(k.spi, k.spec, k.key, k.integrity_key, k.source, k.destination, k.esn) for k in found.esp]
    return ike, esp, found.key_exchange_secrets


def dressed(log: str, dress: str) -> str:
    """Each line with ``{w}`` worker, ``{g}`` group and ``{t}`` text put into ``dress``."""
    parts = [found.groups() for line in log.splitlines() if (found := LINE.match(line))]
    return "\n".join(dress.format(w=worker, g=group, t=text) for worker, group, text in parts) + "\n"


@pytest.mark.parametrize(
    "dress",
    [
        "Nov 23 12:00:01 {w}[{g}] {t}",
        "2026-11-23T12:00:01.123 {w}[{g}] {t}",
        "Nov 23 12:00:01 gw charon: {w}[{g}] {t}",
        "Nov 23 12:00:01 gw charon[1234]: {w}[{g}] {t}",
        "Nov 23 12:00:01 gw charon-systemd[1234]: {w}[{g}] {t}",
        "{w}[{g}4] {t}",
        "{w}[{g}] <s2c|1> {t}",
        "Nov 23 12:00:01 {w}[{g}2] <3> {t}",
        "{w}[{g}] {t}\r",
        "I/charon  ( 1234): {w}[{g}] {t}",
    ],
)
def test_every_dress_of_a_line_gives_the_same_keys(tmp_path: Path, log: str, plain: KeyMaterial, dress: str) -> None:
    assert values(load(tmp_path, dressed(log, dress))) == values(plain)


def test_json_records_give_the_same_keys(tmp_path: Path, log: str, plain: KeyMaterial) -> None:
    """A record holds a whole dump."""
    records: list[dict[str, object]] = []
    for worker, group, text in (found.groups() for line in log.splitlines() if (found := LINE.match(line))):
        if re.match(r"\s+\d+: [0-9A-F]{2}", text):
            records[-1]["msg"] = f"{records[-1]['msg']}\n{text}"
        else:
            records.append({"time": "now", "thread": int(worker), "group": group, "level": 4, "msg": text})
    text = "\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    assert values(load(tmp_path, text)) == values(plain)


def test_interleaved_workers_do_not_mix(tmp_path: Path, log: str, plain: KeyMaterial) -> None:
    """The log of a second daemon, with other workers and other bytes, woven in line by line."""
    swapped = str.maketrans("ABCDEF", "FEDCBA")
    other = log.replace("\n1", "\n3").replace("\n0", "\n4")
    other = re.sub(r": (?:[0-9A-F]{2} )+", lambda found: found[0].translate(swapped), other)
    pairs = zip(log.splitlines(), other.splitlines(), strict=True)
    found = load(tmp_path, "\n".join(line for pair in pairs for line in pair))
    assert (len(found.ike), len(found.esp)) == (4, 8)
    mine, theirs = values(found), values(plain)
    for woven, alone in zip(mine, theirs, strict=True):
        assert all(one in woven for one in alone)  # type: ignore[attr-defined] # lists, told as objects


def test_the_journal_without_worker_numbers_gives_the_same_keys(tmp_path: Path, log: str, plain: KeyMaterial) -> None:
    lines = []
    for text in (found[3] for line in log.splitlines() if (found := LINE.match(line))):
        bare = re.match(r"\s+\d+: [0-9A-F]{2}", text)
        lines.append(f"{'':30}{text}" if bare else f"Nov 23 12:00:01 gw charon-systemd[99]: {text}")
    assert values(load(tmp_path, "\n".join(lines))) == values(plain)


def dump(name: str, data: bytes, group: str = "IKE", worker: str = "07") -> str:
    """A dump as strongSwan's chunk printer lays it out."""
    lines = [f"{worker}[{group}] {name} => {len(data)} bytes @ 0x7f3a5c0012e0"]
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{worker}[{group}] {start:4d}: {row.hex(' ').upper():<47}  {text}")
    return "\n".join(lines) + "\n"


def told(text: str, group: str = "IKE", worker: str = "07") -> str:
    return f"{worker}[{group}] {text}\n"


def ike_block(fill: int, *, secret: str = "key exchange secret", aead: bool = False) -> str:
    """The dumps of one key derivation, each secret filled with its own byte."""
    names = ["d", "ei", "er", "pi", "pr"] if aead else ["d", "ai", "ar", "ei", "er", "pi", "pr"]
    text = dump(secret, bytes([fill] * 32)) + dump("nonces", b"n" * 64) + dump("SKEYSEED", bytes([fill + 1] * 32))
    sizes = {"ei": 36 if aead else 16, "er": 36 if aead else 16}
    for place, name in enumerate(names):
        text += dump(f"Sk_{name} secret", bytes([fill + 2 + place] * sizes.get(name, 32)))
    return text


def child_block(fill: int, size: int = 16, mac: int = 32) -> str:
    parts = [("encryption", size), ("integrity", mac)]
    return "".join(
        dump(f"{what} {whose} key", bytes([fill + place] * length), "CHD")
        for what, length in parts
        for place, whose in enumerate(("initiator", "responder"))
        if length
    )


SPIS = (
    told("adding inbound ESP SA", "CHD")
    + told("  SPI 0x0000c3d4, src 192.0.2.1 dst 192.0.2.2", "CHD")
    + told("adding outbound ESP SA", "CHD")
    + told("  SPI 0x0000a1b2, src 192.0.2.2 dst 192.0.2.1", "CHD")
)
USING = told("  using AES_CBC for encryption", "CHD") + told("  using HMAC_SHA2_256_128 for integrity", "CHD")


@pytest.mark.parametrize("heading", ["shared Diffie Hellman secret", "key exchange secret"])
def test_the_key_exchange_secret_is_known_by_its_old_and_its_new_name(tmp_path: Path, heading: str) -> None:
    (keys,) = load(tmp_path, ike_block(0x10, secret=heading)).ike
    assert keys.key_exchange_secret == b"\x10" * 32
    assert (keys.sk_d, keys.sk_ai, keys.sk_er) == (b"\x12" * 32, b"\x13" * 32, b"\x16" * 16)
    assert keys.spec is None


def test_an_aead_proposal_gives_its_spec_and_the_salt_is_not_key(tmp_path: Path) -> None:
    proposal = told("selected proposal: IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/ECP_384", "CFG")
    (keys,) = load(tmp_path, proposal + ike_block(0x10, aead=True)).ike
    assert keys.spec is not None
    assert (keys.spec.encryption, keys.spec.key_size, keys.spec.integrity, keys.spec.prf) == (20, 32, 0, 6)
    assert (len(keys.sk_ei), keys.sk_ai) == (36, b"")


def test_a_proposal_that_does_not_fit_the_keys_is_not_believed(tmp_path: Path) -> None:
    proposal = told("selected proposal: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256", "CFG")
    (keys,) = load(tmp_path, proposal + ike_block(0x10)).ike
    assert keys.spec is None


def test_with_a_ppk_the_later_secrets_count(tmp_path: Path) -> None:
    """They come in IKE_AUTH, from another worker and without a SKEYSEED."""
    later = "".join(dump(f"Sk_{name} secret", b"\xee" * 32, worker="11") for name in ("d", "pi", "pr"))
    (keys,) = load(tmp_path, ike_block(0x10) + later).ike
    assert (keys.sk_d, keys.sk_pi, keys.sk_pr) == (b"\xee" * 32,) * 3
    assert keys.sk_ei == b"\x15" * 16


def test_the_responders_dump_after_the_keys_gives_the_spis(tmp_path: Path) -> None:
    spi_i, spi_r = bytes(range(1, 9)), bytes(range(11, 19))
    address = bytes.fromhex("c000020101f4")
    text = told("parsed IKE_SA_INIT request 0 [ SA KE No ]", "ENC") + dump("natd_chunk", spi_i + bytes(8) + address)
    text += ike_block(0x10) + dump("natd_chunk", spi_i + spi_r + address)
    text += told("generating IKE_SA_INIT response 0 [ SA KE No ]", "ENC")
    (keys,) = load(tmp_path, text).ike
    assert (keys.initiator_spi, keys.responder_spi) == (spi_i, spi_r)


def test_the_spis_of_a_mobike_message_are_not_taken_for_those_of_a_rekeyed_sa(tmp_path: Path) -> None:
    text = told("parsed CREATE_CHILD_SA response 8 [ SA No KE ]", "ENC") + ike_block(0x10)
    text += dump("natd_chunk", bytes(range(1, 23))) + told("generating INFORMATIONAL request 9 [ ]", "ENC")
    (keys,) = load(tmp_path, text).ike
    assert (keys.initiator_spi, keys.responder_spi) == (None, None)


@pytest.mark.parametrize(
    ("role", "outbound"),
    [
        ("parsed IKE_AUTH response 5 [ AUTH SA TSi TSr ]", 0x20),
        ("parsed CREATE_CHILD_SA response 2 [ SA No ]", 0x20),
        ("generating CREATE_CHILD_SA request 2 [ SA No ]", 0x20),
        ("parsed IKE_AUTH request 5 [ AUTH ]", 0x21),
        ("parsed CREATE_CHILD_SA request 0 [ SA No TSi TSr ]", 0x21),
    ],
)
def test_whose_keys_they_are_tells_the_exchange(tmp_path: Path, role: str, outbound: int) -> None:
    found = load(tmp_path, told(role, "ENC") + USING + child_block(0x20) + SPIS)
    keys = {k.spi: k.key[0] for k in found.esp}
    assert keys == {0xA1B2: outbound, 0xC3D4: 0x41 - outbound}
    assert found.problems == []


def test_an_unknown_role_gives_both_ways_round(tmp_path: Path) -> None:
    found = load(tmp_path, USING + child_block(0x20) + SPIS)
    assert sorted((k.spi, k.key[0]) for k in found.esp) == [
        (0xA1B2, 0x20),
        (0xA1B2, 0x21),
        (0xC3D4, 0x20),
        (0xC3D4, 0x21),
    ]


@pytest.mark.parametrize(
    ("name", "size", "number", "key_size"),
    [
        ("AES_GCM_16", 36, 20, 32),
        ("AES_CCM_12", 19, 15, 16),
        ("AES_CTR", 20, 13, 16),
        ("CHACHA20_POLY1305", 36, 28, 32),
        ("NULL_AES_GMAC", 20, 21, 16),
        ("3DES_CBC", 24, 3, 24),
        ("CAMELLIA_CBC", 32, 23, 32),
    ],
)
def test_a_childs_cipher_is_known_by_strongswans_name(
    tmp_path: Path, name: str, size: int, number: int, key_size: int
) -> None:
    text = told("parsed IKE_AUTH response 5 [ ]", "ENC") + told(f"  using {name} for encryption", "CHD")
    found = load(tmp_path, text + child_block(0x20, size, 0) + SPIS)
    assert {(k.spec.encryption, k.spec.key_size) for k in found.esp} == {(number, key_size)}


@pytest.mark.parametrize("heading", ["DH secret", "key exchange secret"])
def test_a_pfs_secret_is_kept_apart_and_extended_sequence_numbers_are_seen(tmp_path: Path, heading: str) -> None:
    text = told("selected proposal: ESP:AES_CBC_128/HMAC_SHA2_256_128/MODP_2048/EXT_SEQ", "CFG") + USING
    found = load(tmp_path, text + dump(heading, b"\x77" * 256, "CHD") + child_block(0x20) + SPIS)
    assert found.key_exchange_secrets == [b"\x77" * 256]
    assert {k.esn for k in found.esp} == {True}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (dump("Sk_d secret", b"\x01" * 32).rpartition("07[IKE]")[0], "the dump has 16 of its 32 bytes"),
        (USING + child_block(0x20), "no SPIs follow the keys"),
        (
            told("  using SERPENT_CBC for encryption", "CHD") + child_block(0x20) + SPIS,
            "the encryption algorithm is not",
        ),
        (told("initiating IKE_SA s2c[1]"), "the log holds no keys: set ike = 4"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, text: str, said: str) -> None:
    found = load(tmp_path, text)
    assert (found.ike, found.esp) == ([], [])
    assert found.problems[0].reason.startswith(said)


@pytest.mark.parametrize("cut", range(0, 36000, 1501))
def test_a_log_cut_anywhere_gives_what_is_whole(tmp_path: Path, log: str, plain: KeyMaterial, cut: int) -> None:
    found = load(tmp_path, log[:cut])
    whole = {k.sk_ei for k in plain.ike} | {b""}
    assert {k.sk_ei for k in found.ike} <= whole
    assert {k.key for k in found.esp} <= {k.key for k in plain.esp}


def test_a_dump_with_a_line_lost_and_one_repeated_is_not_used(tmp_path: Path) -> None:
    first, second = dump("Sk_d secret", bytes(range(32))).splitlines()[:2]
    found = load(tmp_path, "\n".join([first, second, second]))
    assert found.ike == []
    assert found.problems[0].reason == "the dump has 16 of its 32 bytes: not used"


def test_the_log_is_recognised_by_content(log: str) -> None:
    assert recognise(log) == recognise(log.encode()) == "strongSwan charon log"
