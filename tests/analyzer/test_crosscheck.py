"""``dsmip crosscheck``: agreement on real captures, each kind of difference shown, and keys kept to itself."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from command_line import CommandLine

from analyzer.capture import CaptureSource
from analyzer.crosscheck import CrossCheck, Difference
from analyzer.crosscheck import run as crosscheck_run
from analyzer.keys import load_keys
from analyzer.keys.wireshark import is_esp_table, is_ike_table
from analyzer.tshark.key_tables import esp_rows, ike_row
from dissectors.ikev2.registry import EncryptionId, IntegrityId
from dissectors.keymat import CipherSpec, EspKeys, IkeKeys, KeyMaterial

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IFOM = SAMPLES / "dsmip-ifom"
NAT = SAMPLES / "dsmip-attach-nat"
SECRET = bytes(range(16, 32))
CBC = CipherSpec(EncryptionId.AES_CBC, 16, IntegrityId.HMAC_SHA2_256_128)
ENDS = (IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2"))


def checked(capture: Path, keys: Path | None = None) -> tuple[list[Difference], CrossCheck]:
    with CaptureSource([str(capture)]) as source:
        check = CrossCheck(source, load_keys([str(keys)]) if keys else KeyMaterial())
        return list(check.differences()), check


@needs_tshark
@pytest.mark.parametrize(
    ("capture", "keys", "frames"),
    [
        ("strongswan-ipv4/capture.pcapng", "strongswan-ipv4/charon.log", 35),
        ("tcpdump/ipv6_mobility_1.pcap", None, 16),
        ("dsmipv6-scapy/dsmip6_udp4191_nonat.pcap", "dsmipv6-scapy/esp_sa", 4),
        ("wireshark/ikev2-decrypt-aes256gcm16.pcap", "wireshark/ikev2_decryption_table", 6),
        ("wireshark/ikev2-decrypt-aes128ccm12.pcap", "wireshark/ikev2_decryption_table", 6),
        ("wireshark/esp-24-sas.pcap", "wireshark/esp-24-sas.esp_sa", 240),
        ("ikev2-other/both-ends-start.pcap", None, 197),
    ],
)
def test_real_captures_agree_in_every_frame(captures: Path, capture: str, keys: str | None, frames: int) -> None:
    """Every packet that is opened here, keys derived from a log included, tshark opens with the keys it is given."""
    found, check = checked(captures / capture, captures / keys if keys else None)
    assert found == []
    assert (check.counts.frames, check.counts.not_opened) == (frames, 0)


@needs_tshark
def test_flow_options_are_a_known_error_of_tshark_with_its_rfc(dsmip: CommandLine) -> None:
    """Frame 14 is a BU with PadN 4, Binding Identifier 20 and Flow Identification 21 (RFC 6089 section 4.2)."""
    said = dsmip("crosscheck", IFOM / "capture.pcap", "--keys", IFOM / "keys")
    assert said.status == 0
    assert said.lines[0].startswith(
        "frame 14  mip6.mobility_opt.len: here 4, 20, 21, tshark 4, 20, 7  (tshark is wrong"
    )
    assert "RFC 6089 sections 4.2 and 4.2.2" in said.lines[0]
    assert said.lines[-1] == "22 frames compared: 0 differences, 6 known errors of tshark"


@needs_tshark
def test_a_wrong_value_here_is_a_difference(dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field is wrong on purpose in one place: the comparison can tell."""
    facts_of = crosscheck_run.facts_of

    def wrong(packet: object) -> object:
        facts = facts_of(packet)  # type: ignore[arg-type]
        if facts is not None and facts.inside.get("mip6.bu.seqnr"):
            facts.inside["mip6.bu.seqnr"] = ["1"]
        if facts is not None and facts.frame == 3:
            facts.clear["isakmp.messageid"] = ["9"]
        return facts

    monkeypatch.setattr(crosscheck_run, "facts_of", wrong)
    said = dsmip("crosscheck", NAT / "capture.pcap", "--keys", NAT / "keys")
    assert said.status == 1
    assert any(line.startswith("frame 3  isakmp.messageid: here 9, tshark 1") for line in said.lines)
    assert sum("mip6.bu.seqnr: here 1, tshark " in line for line in said.lines) == 2


@needs_tshark
def test_a_packet_that_only_tshark_opens_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    facts_of = crosscheck_run.facts_of

    def closed(packet: object) -> object:
        facts = facts_of(packet)  # type: ignore[arg-type]
        return replace(facts, opened=False, inside={}) if facts is not None and facts.opened else facts

    monkeypatch.setattr(crosscheck_run, "facts_of", closed)
    found, check = checked(NAT / "capture.pcap", NAT / "keys")
    assert {(one.field, one.ours, one.theirs) for one in found} == {("protection", "stays closed", "opened")}
    assert check.counts.not_opened == 0


@needs_tshark
def test_what_tshark_cannot_open_is_counted_and_compared_as_far_as_it_is_clear(
    dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crosscheck_run, "esp_rows", lambda _: iter(()))
    monkeypatch.setattr(crosscheck_run, "ike_row", lambda *_: "")
    said = dsmip("crosscheck", NAT / "capture.pcap", "--keys", NAT / "keys")
    assert said.status == 0
    assert said.lines == [
        "18 frames compared: 0 differences, 0 known errors of tshark",
        "16 frames were opened here and not by tshark: only what is clear was compared",
    ]


@needs_tshark
def test_however_frames_are_dealt_to_tshark_the_outcome_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = checked(IFOM / "capture.pcap", IFOM / "keys")
    monkeypatch.setattr(crosscheck_run, "BATCH", 5)
    parts = checked(IFOM / "capture.pcap", IFOM / "keys")
    assert parts[0] == whole[0]
    assert parts[1].counts == whole[1].counts


@needs_tshark
def test_hostile_captures_are_left_out_and_crash_nobody(captures: Path) -> None:
    for path in sorted((captures / "robustness").glob("*.pcap")):
        found, _ = checked(path)
        assert found == [], path.name


def test_without_tshark_one_sentence_says_so(dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    said = dsmip("crosscheck", NAT / "capture.pcap")
    assert said.status == 2
    assert said.err == "dsmip: tshark is not installed (Debian: apt install tshark)\n"


@needs_tshark
def test_keys_are_in_a_private_folder_only_and_the_folder_goes(
    tmp_path: Path, dsmip: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for tshark notes its command, its environment and its folder, then hands over to the real one."""
    real, told, seen = shutil.which("tshark"), tmp_path / "told", tmp_path / "seen"
    stand_in = tmp_path / "bin" / "tshark"
    stand_in.parent.mkdir()
    listing = 'ls -ld "$HOME"; ls -l "$HOME/.config/wireshark"; cat "$HOME/.config/wireshark/esp_sa"'
    stand_in.write_text(f'#!/bin/sh\n(echo "$@"; env) >> {told}\n({listing}) > {seen}\nexec {real} "$@"\n')
    stand_in.chmod(0o755)
    space = tmp_path / "temporary"
    space.mkdir()
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(tempfile, "tempdir", str(space))
    assert dsmip("crosscheck", NAT / "capture.pcap", "--keys", NAT / "keys").status == 0
    commands, folder = told.read_text(), seen.read_text()
    assert "drwx------" in folder
    keys = [part.strip('"') for part in folder.split(",") if part.startswith('"0x') and len(part) > 30]
    assert keys
    assert not any(key.removeprefix("0x") in commands for key in keys)
    assert list(space.iterdir()) == []


# Key tables


def test_the_mode_of_a_workspace_lets_nobody_else_in() -> None:
    from analyzer.tshark import workspace

    with workspace() as space:
        assert stat.S_IMODE(space.directory.stat().st_mode) == 0o700


def test_rows_are_those_that_wireshark_reads() -> None:
    """The columns of Wireshark's tables, and back through our reader of them."""
    keys = IkeKeys(bytes(8), bytes(8), sk_ei=SECRET, sk_er=SECRET[::-1])
    row = ike_row(b"\1" * 8, b"\2" * 8, keys, CBC)
    assert row == (
        f'{"01" * 8},{"02" * 8},{SECRET.hex()},{SECRET[::-1].hex()},"AES-CBC-128 [RFC3602]",,,'
        '"ANY 128-bits of Authentication [No Checking]"\n'
    )
    assert is_ike_table(row)
    rows = list(esp_rows([(0x1001, *ENDS, EspKeys(0x1001, CBC, key=SECRET))]))
    assert rows == [
        f'"{family}","*","*","0x00001001","AES-CBC [RFC3602]","0x{SECRET.hex()}",'
        '"ANY 128 bit authentication [no checking]","0x"\n'
        for family in ("IPv4", "IPv6")
    ]
    assert is_esp_table(rows[0])


def test_one_spi_with_several_keys_is_told_apart_by_addresses() -> None:
    ipv4 = (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"))
    first, second = EspKeys(7, CBC, key=SECRET), EspKeys(7, CBC, key=SECRET[::-1])
    rows = list(esp_rows([(7, *ENDS, first), (7, *ipv4, second)]))
    assert [row.split(",")[:3] for row in rows] == [
        ['"IPv6"', '"2001:db8::1"', '"2001:db8::2"'],
        ['"IPv4"', '"192.0.2.1"', '"192.0.2.2"'],
    ]


@pytest.mark.parametrize(
    "spec",
    [
        CipherSpec(EncryptionId.CHACHA20_POLY1305, 32),
        CipherSpec(EncryptionId.CAMELLIA_CBC, 16, IntegrityId.HMAC_SHA1_96),
    ],
)
def test_algorithms_without_a_name_in_wireshark_make_no_row(spec: CipherSpec) -> None:
    assert ike_row(bytes(8), bytes(8), IkeKeys(None, None, sk_ei=SECRET), spec) == ""
    assert "".join(esp_rows([(7, *ENDS, EspKeys(7, spec, key=SECRET))])) == ""
