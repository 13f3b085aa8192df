"""Whatever a user points at: one clear sentence, never an exception, never a key byte in what is said."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.keys import KeyFileError, load_keys, recognise
from dissectors.keymat import KeyMaterial

IKE_ROW = f'{"a1" * 8},{"b2" * 8},{"11" * 16},{"22" * 16},"AES-CBC-128 [RFC3602]",,,"NONE [RFC4306]"\n'
ESP_ROW = f'"IPv4","*","*","0x10","AES-CBC [RFC3602]","0x{"11" * 16}","NULL","0x"\n'
PLANTED = "deadbeefcafef00d0123456789abcdef"


def load(folder: Path, content: bytes, name: str = "file") -> KeyMaterial:
    path = folder / name
    path.write_bytes(content)
    return load_keys([path])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)), "a JPEG image"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "a PNG image"),
        (bytes.fromhex("0a0d0d0a") + bytes(64), "a capture file (pcapng)"),
        (bytes.fromhex("d4c3b2a1") + bytes(64), "a capture file (pcap)"),
        (gzip.compress(IKE_ROW.encode(), mtime=0), "compressed with gzip"),
        (bytes(range(256)) * 300, "binary data"),
        (bytes(range(1, 32)) * 300, "binary data"),
        (b"\0" * 100, "binary data"),
        (IKE_ROW.encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"Dear diary, nothing of note today.\n" * 50, "none of the forms"),
        ("gr\xfc\xdfe aus M\xfcnchen\n".encode("latin-1") * 50, "none of the forms"),
        (b"x" * 300_000, "none of the forms"),
    ],
)
def test_a_file_of_no_use_is_named_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    found = load(tmp_path, content)
    (problem,) = found.problems
    assert problem.line == 0
    assert problem.reason.startswith("not a key file: it ")
    assert said in problem.reason
    assert (found.ike, found.esp, found.sources) == ([], [], [])
    assert recognise(content) is None


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: ("# caf\xe9\n" + text).encode("latin-1"),
        lambda text: text.rstrip("\n").encode(),
    ],
    ids=["byte order mark", "utf-16", "utf-16-be", "cr lf", "latin-1", "no last line end"],
)
@pytest.mark.parametrize("row", [IKE_ROW, ESP_ROW])
def test_the_encodings_of_windows_are_read(tmp_path: Path, encode, row: str) -> None:  # type: ignore[no-untyped-def] # a parametrised table
    found = load(tmp_path, encode(row + row))
    assert found.problems == []
    assert len(found.ike) + len(found.esp) == 2


def test_a_huge_binary_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A sparse file of 1 TB: reading it would never end."""
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "binary data" in load_keys([path]).problems[0].reason


def test_a_line_without_end_is_reported_and_the_rest_is_used(tmp_path: Path) -> None:
    found = load(tmp_path, (IKE_ROW + "x" * 200_000 + "\n" + IKE_ROW).encode())
    assert [keys.origin for keys in found.ike] == ["file:1", "file:3"]
    assert [problem.line for problem in found.problems] == [2]


def test_a_thousand_bad_lines_are_counted_and_not_listed(tmp_path: Path) -> None:
    found = load(tmp_path, (IKE_ROW + "rubbish\n" * 1000 + IKE_ROW).encode())
    assert len(found.ike) == 2
    assert len(found.problems) == 101
    assert found.problems[-1].reason == "900 further lines were not used"


@pytest.mark.parametrize("name", ["absent", "absent/below", "nul\0byte"])
def test_a_path_that_cannot_be_read_raises_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyFileError, match=r"^cannot read (the|a) key file"):
        load_keys([tmp_path / name])


def test_a_folder_is_read_in_order_down_to_its_subfolders_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.keys", "a.keys", "sub/c.keys", ".hidden", ".git/d.keys"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(IKE_ROW)
    (tmp_path / "readme.txt").write_text("not keys")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    found = load_keys([tmp_path])
    assert [keys.origin for keys in found.ike] == ["a.keys:1", "b.keys:1", "c.keys:1"]
    assert [Path(s.path).name for s in found.sources if s.form == "not a key file"] == ["readme.txt"]
    assert found.problems == []


def test_ikev1_keys_are_named_as_such(tmp_path: Path) -> None:
    found = load(tmp_path, f"{'a1' * 8},{'b2' * 16}\n".encode())
    assert "IKEv1" in found.problems[0].reason
    assert found.ike == []


def everything_said(found: KeyMaterial) -> str:
    return " ".join([repr(found), *map(str, found.problems), *(str(source) for source in found.sources)])


CHARON_KEY = " ".join(re.findall("..", PLANTED.upper()))
LEAKY = {
    "row too short": f'{"a1" * 8},{"b2" * 8},{PLANTED},"AES-CBC-128",,,"NONE"\n',
    "shifted ike row": f'{"a1" * 8},{"b2" * 8},,{PLANTED},"{PLANTED}",,,"{PLANTED}"\n',
    "key as spi": f'{"a1" * 8},{PLANTED},{PLANTED},{PLANTED},"AES-CBC-128",,,"NONE"\n',
    "wrong digit": f'{"a1" * 8},{"b2" * 8},{PLANTED}zz,{PLANTED},"AES-CBC-128",,,"NONE"\n',
    "shifted esp row": f'"IPv4","*","{PLANTED}","0x{PLANTED}","0x{PLANTED}","NULL","0x{PLANTED}","0x{PLANTED}"\n',
    "esp address": f'"IPv4","*","{PLANTED}","0x10","NULL","0x{PLANTED}","NULL","0x"\n',
    "esp length": f'"IPv4","*","*","0x10","AES-CBC","0x{PLANTED}ff","NULL","0x"\n',
    "esp good": f'"IPv4","*","*","0x10","AES-CBC","0x{PLANTED}","HMAC-SHA-1-96","0x{PLANTED}"\n',
    "toml syntax": f"[[ike_sa]]\nsk_d = {PLANTED}\n",
    "toml entry": f'[[ike_sa]]\n{PLANTED} = "aa"\n',
    "toml value": f'[[ike_sa]]\nsk_d = "{PLANTED}"\nencryption = "{PLANTED}"\n',
    "toml table": f'[[ike_sa]]\nsk_d = "{PLANTED}"\n[{PLANTED}]\na = 1\n',
    "toml secrets": f'key_exchange_secrets = ["{PLANTED}", "{PLANTED}z"]\n',
    "xfrm name": f"src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000010\n\tenc {PLANTED} 0x{PLANTED}\n",
    "xfrm form": f"src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000010\n\tenc cbc(aes) {PLANTED} x\n",
    "charon good": f"07[IKE] Sk_d secret => 16 bytes @ 0x1\n07[IKE]    0: {CHARON_KEY}  ....\n",
    "charon cut": f"07[IKE] Sk_d secret => 32 bytes @ 0x1\n07[IKE]    0: {CHARON_KEY}  ....\n07[IKE] x\n",
    "libreswan": f'"a" #1: inbound  keymat:\n  {CHARON_KEY.lower()}\n"a" #1: {{ESP=>0x1 <0x2 xfrm=AES_CBC_256-NONE}}\n',
}


@pytest.mark.parametrize("case", LEAKY)
def test_no_key_byte_is_ever_said(tmp_path: Path, case: str) -> None:
    before = IKE_ROW if case.startswith("row") else ""  # so that the file is recognised
    found = load(tmp_path, (before + LEAKY[case]).encode())
    assert found.sources, "the test must reach an importer"
    said = everything_said(found).casefold().replace(" ", "")
    runs = {PLANTED[start : start + 8] for start in range(len(PLANTED) - 7)}
    assert not [run for run in runs if run in said]
    assert repr(bytes.fromhex(PLANTED))[2:-1] not in everything_said(found)


PIECES = st.sampled_from(
    [
        IKE_ROW,
        ESP_ROW,
        "[[ike_sa]]\n",
        "[[esp_sa]]\n",
        'sk_d = "',
        "key_exchange_secrets = [",
        "07[IKE] Sk_d secret => 16 bytes @ 0x1\n",
        "07[IKE] SKEYSEED => 32 bytes @ 0x1\n",
        f"07[IKE]    0: {CHARON_KEY}  ....\n",
        "07[CHD]   using AES_CBC for encryption\n",
        "07[CHD] adding inbound ESP SA\n",
        "07[CHD]   SPI 0x0000c3d4, src 192.0.2.1 dst 192.0.2.2\n",
        '{"thread":7,"group":"IKE","msg":"Sk_d secret => 16 bytes @ 0x1\\n',
        "src 10.0.0.1 dst 10.0.0.2\n",
        "\tproto esp spi 0x00000010\n",
        "\tenc cbc(aes) 0x",
        '"a" #1: inbound  keymat:\n',
        "{ESP=>0x1 <0x2 xfrm=AES_CBC_256-NONE}\n",
        PLANTED,
        '"',
        ",",
        "\\",
        "\n",
        "*",
        "::",
        "[",
    ]
)
SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(content=st.binary(max_size=300))
def test_any_bytes_are_loaded_without_an_exception(tmp_path: Path, content: bytes) -> None:
    load(tmp_path, content)
    recognise(content)


@SETTINGS
@given(pieces=st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=20))
def test_any_mixture_of_the_forms_is_loaded_without_an_exception(tmp_path: Path, pieces: list[str]) -> None:
    found = load(tmp_path, "".join(pieces).encode("utf-8", "replace"))
    assert all("\n" not in problem.reason for problem in found.problems)
