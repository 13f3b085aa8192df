"""``dsmip decode`` beside tshark on the same files."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from edited_captures import ROOT, sample, sample_keys

NAME = "attach-clean-ipv4"

ROLE = re.compile(r" \((?:HoA|IPv4 HoA|CoA|IPv4 CoA|HA|HNP)\)")


def tshark(*arguments: str | Path) -> list[str]:
    path = shutil.which("tshark")
    if path is None:
        pytest.skip("tshark is not installed")
    done = subprocess.run([path, "-n", *map(str, arguments)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def fields(path: Path, wanted: str, *names: str) -> list[list[str]]:
    parts = [part for name in names for part in ("-e", name)]
    return [line.split("\t") for line in tshark("-r", path, "-Y", wanted, "-T", "fields", *parts)]


REAL = (
    "strongswan-ipv4/capture.pcapng",
    "tcpdump/ikev2four.pcap",
    "ikev2-other/both-ends-start.pcap",
    "wireshark/ikev2-decrypt-aes256cbc.pcapng",
    "wireshark/ikev2-decrypt-aes256gcm16.pcap",
    "wireshark/ikev2-decrypt-aes128ccm12.pcap",
    "wireshark/esp-24-sas.pcap",
)


@pytest.mark.parametrize("name", REAL)
def test_lines_show_the_frames_times_and_ends_that_tshark_shows(captures: Path, dsmip: CommandLine, name: str) -> None:
    """The addresses are those of the outermost IP header, as in tshark's fields with ``occurrence=f``."""
    path = captures / name
    names = ("frame.number", "frame.time_relative", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "frame.len")
    rows = [line.split("\t") for line in tshark(
        "-r", path, "-Y", "isakmp or esp", "-T", "fields", "-E", "occurrence=f", *[p for n in names for p in ("-e", n)]
    )]  # fmt: skip
    expected = [(n, f"{float(t):.6f}", a4 or a6, b4 or b6, size) for n, t, a4, a6, b4, b6, size in rows]
    shown = [ROLE.sub("", line).split() for line in dsmip("decode", path).lines]
    got = [(w[0], w[1], w[2], w[4], w[6]) for w in shown if w[5] in ("IKEv2", "ISAKMP", "ESP")]
    assert got == expected


@pytest.mark.parametrize("name", REAL[:6])
def test_exchanges_message_ids_and_flags_are_tsharks(captures: Path, dsmip: CommandLine, name: str) -> None:
    path = captures / name
    infos = [line[0].split(" (")[0] for line in fields(path, "isakmp", "_ws.col.Info")]
    expected = [" ".join(info.split()[:4]) for info in infos]
    shown = [line.split("IKEv2", 1)[1].split(None, 1)[1] for line in dsmip("decode", path).lines if "IKEv2" in line]
    assert [" ".join(info.split()[:4]) for info in shown] == expected


def test_what_is_inside_esp_is_what_tshark_sees(captures: Path, dsmip: CommandLine) -> None:
    """Echo requests and replies of the strongSwan capture, with the addresses of the inner packets."""
    folder = captures / "strongswan-ipv4"
    uat = [part for line in (folder / "esp_sa").read_text().splitlines() if line and not line.startswith("#")
           for part in ("-o", f"uat:esp_sa:{line}")]  # fmt: skip
    rows = tshark(
        "-r", folder / "capture.pcapng", "-o", "esp.enable_encryption_decode:TRUE", *uat,
        "-Y", "esp and (icmp or icmpv6)", "-T", "fields", "-E", "occurrence=l",
        "-e", "frame.number", "-e", "ip.src", "-e", "ipv6.src", "-e", "ip.dst", "-e", "ipv6.dst",
        "-e", "icmp.type", "-e", "icmpv6.type", "-e", "icmp.ident", "-e", "icmpv6.echo.identifier",
    )  # fmt: skip
    kinds = {"8": "request", "0": "reply", "128": "request", "129": "reply"}
    expected = []
    for row in rows:
        number, a4, a6, b4, b6, t4, t6, i4, i6 = row.split("\t")
        expected.append((number, a6 or a4, b6 or b4, kinds[t6 or t4], f"id=0x{int(i6 or i4, 0):04x}"))
    shown = dsmip("decode", folder / "capture.pcapng", "--keys", folder / "esp_sa").lines
    got = []
    for line in shown:
        if " | " in line:
            source, _, destination, _, _, kind, ident, _ = line.split(" | ")[1].split()
            got.append((line.split()[0], source, destination, kind, ident))
    assert len(got) == 12
    assert got == expected


def test_stdin_is_a_dash(dsmip: CommandLine) -> None:
    command = [sys.executable, "-m", "analyzer", "decode", "-", "--keys", str(sample_keys(NAME))]
    with sample(NAME).open("rb") as capture:
        piped = subprocess.run(command, stdin=capture, capture_output=True, text=True, check=True, cwd=ROOT)
    assert piped.stdout == dsmip("decode", sample(NAME), "--keys", sample_keys(NAME)).out


def test_a_compressed_capture_reads_the_same(tmp_path: Path, dsmip: CommandLine) -> None:
    path = tmp_path / "c.pcap.gz"
    path.write_bytes(gzip.compress(sample(NAME).read_bytes()))
    assert dsmip("decode", path).out == dsmip("decode", "-r", sample(NAME)).out


def test_count_stops(dsmip: CommandLine) -> None:
    assert len(dsmip("decode", sample(NAME), "-c", "3").lines) == 3


@pytest.mark.parametrize(("name", "frame"), [("strongswan-ipv4/capture.pcapng", 14), ("tcpdump/dhcpv6-ia-na.pcap", 2),
                                             ("carriers/testattach.pcapng", 5), ("tcpdump/ipv6_mobility_1.pcap", 3),
                                             ("carriers/nas_eps_vectors.pcap", 1)])  # fmt: skip
def test_any_frame_can_be_asked_for(captures: Path, dsmip: CommandLine, name: str, frame: int) -> None:
    said = dsmip("decode", captures / name, "--frame", str(frame))
    assert said.status == 0
    assert said.lines[0].split()[0] == str(frame)
    assert said.lines[1].startswith("Frame")


def test_a_frame_that_is_not_there_is_told(dsmip: CommandLine) -> None:
    said = dsmip("decode", sample(NAME), "--frame", "9999")
    assert (said.status, said.err) == (2, "dsmip: there is no frame 9999 in the capture\n")


def test_the_tree_of_a_frame_shows_what_was_decrypted(dsmip: CommandLine) -> None:
    said = dsmip("decode", sample("attach-clean"), "--keys", sample_keys("attach-clean"), "--frame", "5", "-V")
    text = said.out
    assert "IKE_AUTH (35)" in text
    assert "Decrypted" in text
    assert "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org" in text
    assert text.index("Initiator SPI") < text.index("Decrypted")


def test_bytes_are_those_of_the_frame(dsmip: CommandLine) -> None:
    """The dump of the first buffer, put together again, is what tshark prints with -x."""
    path = sample("attach-clean")
    said = dsmip("decode", path, "--frame", "3", "-x")
    dumped = "".join(line[6:53] for line in said.lines if len(line) > 53 and line[4:6] == "  ")
    shark = [line for line in tshark("-r", path, "-Y", "frame.number == 3", "-x") if line[:4].strip()]
    expected = "".join(line[6:53] for line in shark)
    assert bytes.fromhex(dumped) == bytes.fromhex(expected)


def _walk(field: dict[str, Any]) -> list[dict[str, Any]]:
    return [field, *(inner for child in field.get("fields", ()) for inner in _walk(child))]


@pytest.mark.parametrize("name", ["attach-clean", NAME, "attach-idr-changed"])
def test_json_is_valid_and_its_ranges_lie_inside_the_buffers(dsmip: CommandLine, name: str) -> None:
    said = dsmip("decode", sample(name), "--keys", sample_keys(name), "-T", "json", "-x")
    packets = json.loads(said.out)
    assert len(packets) == len(dsmip("decode", sample(name)).lines)
    for packet in packets:
        sizes = [len(buffer["hex"]) // 2 for buffer in packet["buffers"]]
        for field in (f for top in packet["fields"] for f in _walk(top)):
            assert field["offset"] >= 0
            assert field["offset"] + field["size"] <= sizes[field["buffer"]], field["name"]


def test_json_values_are_the_bytes_at_their_range(dsmip: CommandLine) -> None:
    said = dsmip("decode", sample("attach-clean"), "--keys", sample_keys("attach-clean"), "-T", "json", "-x")
    checked = 0
    for packet in json.loads(said.out):
        buffers = [bytes.fromhex(buffer["hex"]) for buffer in packet["buffers"]]
        for field in (f for top in packet["fields"] for f in _walk(top)):
            if field["name"] in ("initiator_spi", "responder_spi", "nonce_data", "message_id"):
                raw = buffers[field["buffer"]][field["offset"] : field["offset"] + field["size"]]
                assert field["value"] == (int.from_bytes(raw) if isinstance(field["value"], int) else raw.hex())
                checked += 1
    assert checked > 30


def test_an_unknown_form_is_refused_before_anything_is_read(dsmip: CommandLine) -> None:
    said = dsmip("decode", "no such file", "-T", "xml")
    assert (said.status, said.out) == (2, "")
    assert said.err == "dsmip: -T xml: there are text, json and fields\n"


@pytest.mark.parametrize("command", [["decode", "-V"], ["decode", "-T", "json"], ["analyze"], ["rules"]])
def test_a_reader_that_goes_away_is_no_error(command: list[str]) -> None:
    arguments = [*command, *([str(sample("attach-clean"))] if command[0] != "rules" else [])]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "analyzer", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        complaint = process.stderr.read().decode()
    assert complaint == ""
    assert process.returncode == 0
