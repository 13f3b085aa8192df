"""``dsmip decode -Y`` and ``dsmip export``."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from command_line import CommandLine
from packets import CAPTURES, SAMPLES, packets_of, tshark

from analyzer.capture import CaptureSource
from samples.planted import PLANTED

NAT = SAMPLES / "dsmip-attach-nat"
CAPTURE = (str(NAT / "capture.pcap"), "--keys", str(NAT / "keys"))
FAULTS = SAMPLES / "dsmip-attach-nat-faults"


def frames(path: Path) -> list[tuple[int, bytes, int, int]]:
    with CaptureSource([path]) as source:
        return [
            (int(c.at[i]), c.frame(i), int(c.link_type[i]), int(c.length[i])) for c in source for i in range(len(c))
        ]


def test_decode_shows_what_the_filter_lets_through(dsmip: CommandLine) -> None:
    said = dsmip("decode", *CAPTURE, "-Y", "mip6.bu")
    assert said.status == 0
    assert [line.split()[0] for line in said.lines] == ["13", "23"]


def test_decode_counts_after_the_filter(dsmip: CommandLine) -> None:
    assert [line.split()[0] for line in dsmip("decode", *CAPTURE, "-Y", "mip6", "-c", "2").lines] == ["13", "14"]


def test_a_filter_for_verdicts_finds_the_frames_of_the_csv(dsmip: CommandLine, tmp_path: Path) -> None:
    capture = (str(FAULTS / "capture.pcap"), "--keys", str(FAULTS / "keys"))
    dsmip("analyze", *capture, "--csv", tmp_path / "v.csv", "-q")
    rows = (tmp_path / "v.csv").read_text().splitlines()
    place = rows[0].split(",").index("frame")
    expected = {row.split(",")[place] for row in rows[1:]}
    assert {line.split()[0] for line in dsmip("decode", *capture, "-Y", "verdict == fail").lines} == expected


def test_a_bad_filter_is_one_sentence_a_caret_and_status_2(dsmip: CommandLine) -> None:
    for command in (("decode",), ("export", "-w", "/nowhere/x.pcap")):
        said = dsmip(*command, *CAPTURE, "-Y", "esp && mip6.bu.hflag == 1")
        if command[0] == "decode":
            assert said.err.splitlines() == [
                "dsmip: -Y: there is no field mip6.bu.hflag; did you mean mip6.bu.h_flag or mip6.bu.t_flag or "
                "mip6.bu.p_flag?",
                "  esp && mip6.bu.hflag == 1",
                "         ^^^^^^^^^^^^^",
            ]
        assert said.status == 2
        assert said.out == ""


@pytest.mark.parametrize(("name", "magic"), [("out.pcap", "4d3cb2a1"), ("out.pcapng", "0a0d0d0a")])
def test_export_writes_the_matching_frames_as_they_were_captured(
    dsmip: CommandLine, tmp_path: Path, name: str, magic: str
) -> None:
    out = tmp_path / name
    said = dsmip("export", *CAPTURE, "-Y", "mip6", "-w", out)
    assert (said.status, said.out, said.err) == (0, "", "dsmip: 4 frames written\n")
    before = frames(NAT / "capture.pcap")
    assert frames(out) == [before[number - 1] for number in (13, 14, 23, 24)]
    assert out.read_bytes()[:4].hex() == magic
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(tshark("-r", out)) == 4
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_decrypted_packets_are_what_tshark_decrypts_and_hold_no_key(dsmip: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "d.pcapng"
    assert dsmip("export", *CAPTURE, "--decrypted", "-w", out).status == 0
    names = ("ipv6.src", "ipv6.nxt", "mip6.mhtype", "frame.comment")
    rows = tshark("-r", out, "-T", "fields", *[part for name in names for part in ("-e", name)])
    ue, ha = "2001:db8:1:2::10", "2001:db8:ffff::1"
    assert [row.split("\t")[:3] for row in rows] == [[ue, "135", "5"], [ha, "135", "6"]] * 2
    assert [re.findall(r"frame (\d+)", row)[0] for row in rows] == ["13", "14", "23", "24"]
    written = out.read_bytes()
    for table in (NAT / "keys").iterdir():
        for secret in re.findall(r"[0-9a-f]{32,}", table.read_text()):
            assert bytes.fromhex(secret[: len(secret) & ~1]) not in written
            assert secret.encode() not in written


def test_transport_mode_behind_extension_headers_is_a_whole_packet_again(dsmip: CommandLine, tmp_path: Path) -> None:
    """Home registration with a Home Address option and a type 2 routing header before ESP."""
    out, folder = tmp_path / "d.pcapng", SAMPLES / "dsmip-attach-ipv6"
    dsmip("export", folder / "capture.pcap", "--keys", folder / "keys", "--decrypted", "-Y", "mip6", "-w", out)
    rows = tshark("-r", out, "-T", "fields", "-e", "mip6.mhtype", "-e", "ipv6.opt.mipv6.home_address", "-e",
                  "ipv6.routing.mipv6.home_address", "-e", "_ws.malformed")  # fmt: skip
    home = "2001:db8:1:2::10"
    assert [row.split("\t") for row in rows] == [["5", home, "", ""], ["6", "", home, ""]] * 2
    again = packets_of(out)
    assert [packet.message.checksum_ok for packet in again] == [True] * 4


def test_inner_packets_of_a_tunnel_are_those_that_were_sent(dsmip: CommandLine, tmp_path: Path) -> None:
    folder, out = CAPTURES / "strongswan-ipv4", tmp_path / "d.pcapng"
    if not folder.exists():
        pytest.skip("shared/captures is not here")
    dsmip("export", folder / "capture.pcapng", "--keys", folder / "esp_sa", "--decrypted", "-w", out)
    rows = tshark("-r", out, "-o", "ip.check_checksum:TRUE", "-T", "fields", "-e", "icmp.type", "-e", "icmpv6.type",
                  "-e", "ip.checksum.status")  # fmt: skip
    assert len(rows) == 12
    assert set(rows) <= {"8\t\t1", "0\t\t1", "\t128\t", "\t129\t"}


def test_a_capture_is_never_written_over_itself(dsmip: CommandLine, tmp_path: Path) -> None:
    original = tmp_path / "in.pcap"
    original.write_bytes((NAT / "capture.pcap").read_bytes())
    (tmp_path / "link.pcap").symlink_to(original)
    os.link(original, tmp_path / "same.pcap")
    for name in ("in.pcap", "link.pcap", "same.pcap"):
        said = dsmip("export", original, "-w", tmp_path / name)
        assert said.status == 2
        assert "is the capture that is read" in said.err
    assert original.read_bytes() == (NAT / "capture.pcap").read_bytes()


def test_a_failed_export_leaves_the_old_file_and_nothing_else(dsmip: CommandLine, tmp_path: Path) -> None:
    """Two link types do not fit into one pcap."""
    out = tmp_path / "out.pcap"
    out.write_bytes(b"old")
    other = CAPTURES / "tcpdump" / "ipv6_mobility_1.pcap"
    if not other.exists():
        pytest.skip("shared/captures is not here")
    said = dsmip("export", NAT / "capture.pcap", other, "-w", out)
    assert said.status == 2
    assert "another link type" in said.err
    assert out.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.pcap"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-w", "x.pcap", "-F", "erf"), "there are pcap and pcapng"),
        (("-w", "x.pcap", "--decrypted", "-F", "pcap"), "--decrypted writes pcapng"),
        (("-w", "/no/such/x.pcap"), "no such folder"),
    ],
)
def test_what_cannot_be_written_is_said(
    dsmip: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = dsmip("export", *CAPTURE, *arguments)
    assert said.status == 2
    assert says in said.err
    assert [path.name for path in tmp_path.iterdir()] == []


def test_an_export_without_a_match_is_a_capture_nonetheless(dsmip: CommandLine, tmp_path: Path) -> None:
    for name in ("none.pcap", "none.pcapng"):
        assert dsmip("export", *CAPTURE, "-Y", "tcp", "-w", tmp_path / name).status == 0
        assert frames(tmp_path / name) == []
        assert tshark("-r", tmp_path / name) == []


def test_a_filter_for_verdicts_knows_the_profile(dsmip: CommandLine, tmp_path: Path) -> None:
    """That no NAT lies behind the capture point is what the profile alone tells."""
    PLANTED["HA-5.1.3.2-11"].write(tmp_path)
    capture = ("decode", tmp_path / "capture.pcap", "--keys", tmp_path / "keys", "-Y", 'rule.failed == "HA-5.1.3.2-11"')
    assert dsmip(*capture).out == ""
    said = dsmip(*capture, "--profile", tmp_path / "profile.toml")
    assert len(said.lines) == 1
    out = tmp_path / "out.pcap"
    options = ("--profile", tmp_path / "profile.toml", "-w", out)
    assert dsmip("export", *capture[1:], *options).err == "dsmip: 1 frame written\n"
    refused = dsmip(*capture, "--profile", tmp_path / "nope.toml")
    assert (refused.status, refused.out) == (2, "")
    assert "nope.toml: cannot be read" in refused.err
