"""tshark opens every shipped sample with the shipped tables, and sees in it what the story tells."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest

from samples.build import SHIPPED
from samples.generator.attach import Attach
from samples.generator.pcap import write_pcap
from samples.generator.suites import LEGACY_SUITE
from samples.scenarios import SCENARIOS, Scenario

Fields = Callable[..., list[list[str]]]
NO_DISSECTOR = "IE data not dissected yet"
WITH_FLOWS = ("dsmip-ifom", "dsmip-pco")
ALL = pytest.mark.parametrize("name", SCENARIOS)

Seen = Callable[[str], list[dict[str, str]]]
SEEN = (
    *("isakmp", "isakmp.exchangetype", "isakmp.typepayload", "isakmp.enc.decrypted", "isakmp.ikev2.integrity_checksum"),
    *("esp", "esp.icv_good", "icmpv6.type", "icmpv6.checksum.status", "mip6.mhtype", "eap.type"),
    *("udp.port", "udp.checksum.status", "ip.checksum.status", "_ws.malformed", "_ws.expert", "_ws.expert.message"),
)
MEMORY: dict[str, list[dict[str, str]]] = {}


@pytest.fixture
def seen(tshark_fields: Fields) -> Seen:
    """Every frame of a sample with all that the two tests below ask for: tshark takes longest to start."""

    def run(name: str) -> list[dict[str, str]]:
        if name not in MEMORY:
            rows = tshark_fields(*_paths(name), "frame", *SEEN)
            MEMORY[name] = [dict(zip(SEEN, row, strict=True)) for row in rows]
        return MEMORY[name]

    return run


def _paths(name: str) -> tuple[Path, Path]:
    return SHIPPED / name / "capture.pcap", SHIPPED / name / "keys"


@ALL
def test_every_ike_and_esp_packet_opens(name: str, seen: Seen) -> None:
    expected = tomllib.loads((SHIPPED / name / "expected.toml").read_text())
    frames = seen(name)
    ike = [frame for frame in frames if frame["isakmp"]]
    assert len(ike) == expected["ike_packets"]
    # Fragments but the last one show only SKF; whatever else is sealed shows its decrypted bytes.
    sealed = [f for f in ike if f["isakmp.exchangetype"] != "34" and f["isakmp.typepayload"] != "53"]
    assert all(frame["isakmp.enc.decrypted"] for frame in sealed)
    fields = ("esp.icv_good", "icmpv6.type", "icmpv6.checksum.status", "mip6.mhtype")
    esp = [tuple(frame[field] for field in fields) for frame in frames if frame["esp"]]
    assert len(esp) == expected["esp_packets"]
    echo, signalling = {("1", "128", "1", ""), ("1", "129", "1", "")}, {("1", "", "", "5"), ("1", "", "", "6")}
    assert set(esp) <= echo | signalling
    assert len(frames) == expected["frames_captured"]


@ALL
def test_tshark_finds_nothing_malformed_and_every_checksum_right(name: str, seen: Seen) -> None:
    for frame in seen(name):
        assert not frame["_ws.malformed"]
        for layer in ("udp", "ip", "icmpv6"):
            assert "0" not in frame[f"{layer}.checksum.status"].split(",")
        # tshark 4.0 takes the non-ESP marker for part of the message, so ICVs at port 4500 look wrong to it.
        marked = frame["isakmp.ikev2.integrity_checksum"] and "4500" in frame["udp.port"].split(",")
        # And it warns of EAP-MD5, wherever that is. It does not know mobility options 44 and 45 either.
        if frame["_ws.expert"] and not marked and "4" not in frame["eap.type"].split(","):
            assert set(frame["_ws.expert.message"].split(",")) == {NO_DISSECTOR}
            assert name in WITH_FLOWS


def test_a_clean_attach_holds_the_payloads_of_rfc_7296_and_5026_in_order(tshark_fields: Fields) -> None:
    fields = ("isakmp.messageid", "isakmp.typepayload", "isakmp.notify.msgtype", "eap.code", "isakmp.cfg.attr.value")
    rows = tshark_fields(*_paths("attach-clean"), "isakmp", *fields)
    kinds = [[kind for kind in row[1].split(",") if kind not in ("2", "3")] for row in rows]
    assert kinds[0] == ["33", "34", "40", "41", "41", "41", "41", "41"]
    assert kinds[2] == ["46", "35", "41", "38", "36", "47", "33", "44", "45", "41"]
    assert kinds[3] == ["46", "36", "37", "39", "48"]
    assert [kinds[n] for n in (8, 9)] == [["46", "39"], ["46", "39", "47", "33", "44", "45"]]
    assert kinds[10] == kinds[11] == ["46", "41", "33", "40", "44", "45"]
    assert kinds[12:] == [["46"], ["46"], ["46", "42"], ["46"]]
    assert rows[0][2] == "16406,16388,16389,16430,16431"
    assert rows[1][2] == "16388,16389,16430,16431,16404"
    assert [row[3] for row in rows[3:8]] == ["1", "2", "1", "2", "3"]
    lifetime_prefix_length = "0001518020010db800010002000000000000000040"
    assert rows[9][4].split(",")[0] == lifetime_prefix_length
    assert [int(row[0], 16) for row in rows] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0, 0, 6, 6]


def test_selectors_of_the_second_sa_name_home_address_and_mh_types(tshark_fields: Fields) -> None:
    fields = ("protoid", "start_port", "end_port", "start_ipv6", "end_ipv6")
    rows = tshark_fields(*_paths("attach-clean"), "isakmp.exchangetype==36", *(f"isakmp.ts.{f}" for f in fields))
    home, agent = "2001:db8:1:2::10", "2001:db8:ffff::1"
    assert rows == [["135,135", "1280,1536", "1280,1536", f"{home},{agent}", f"{home},{agent}"]] * 2


@pytest.mark.parametrize(("name", "natted"), [("attach-clean", False), ("attach-clean-ipv4", True)])
def test_detection_hashes_tell_a_nat_where_there_is_one(name: str, natted: bool, tshark_fields: Fields) -> None:
    family = "ip" if natted else "ipv6"
    fields = ("isakmp.ispi", "isakmp.rspi", f"{family}.src", "udp.srcport", f"{family}.dst", "udp.dstport")
    rows = tshark_fields(*_paths(name), "isakmp.exchangetype==34", *fields, "isakmp.notify.data")
    assert len(rows) == 2
    for from_ue, (ispi, rspi, source, sport, destination, dport, data) in zip((True, False), rows, strict=True):
        hashes = [value for value in data.split(",") if len(value) == 40]
        seen = [
            hashlib.sha1(
                bytes.fromhex(ispi + rspi) + ip_address(host).packed + int(port).to_bytes(2, "big")
            ).hexdigest()
            for host, port in ((source, sport), (destination, dport))
        ]
        assert (hashes[0] == seen[0]) is (not (natted and from_ue))
        assert hashes[1] == seen[1]


def test_what_is_planted_is_what_tshark_sees(tshark_fields: Fields) -> None:
    def frame(name: str, number: int, *fields: str) -> list[str]:
        return tshark_fields(*_paths(name), f"frame.number=={number}", *fields)[0]

    assert frame("attach-no-home-prefix", 5, "isakmp.cfg.attr.type") == ["8,10,3"]
    assert frame("attach-clean", 5, "isakmp.cfg.attr.type") == ["16,10,3"]
    assert frame("attach-idr-changed", 5, "isakmp.id.data.fqdn")[0].endswith("internet")
    assert frame("attach-idr-changed", 6, "isakmp.id.data.fqdn") == ["default"]
    assert frame("attach-ha-shared-key", 6, "isakmp.auth.method", "isakmp.typepayload") == ["2", "46,36,39,48"]
    assert frame("attach-clean", 6, "isakmp.auth.method", "isakmp.typepayload") == ["14", "46,36,37,39,48"]
    assert frame("attach-dns-forgotten", 12, "isakmp.cfg.attr.type") == ["16,10"]
    assert frame("attach-prefix-lifetime-zero", 12, "isakmp.cfg.attr.value")[0].startswith("00000000")
    assert frame("attach-redirect-not-followed", 11, "isakmp.notify.msgtype") == ["16407"]
    assert frame("attach-redirected", 14, "isakmp.notify.msgtype")[0].split(",")[0] == "16408"


def test_a_redirect_leads_to_the_target_in_one_capture_and_nowhere_in_the_other(tshark_fields: Fields) -> None:
    def attempts(name: str) -> list[list[str]]:
        wanted = "isakmp.exchangetype==34 && isakmp.flag_r==0"
        return tshark_fields(*_paths(name), wanted, "ipv6.dst", "isakmp.notify.msgtype")

    assert [row[0] for row in attempts("attach-redirected")] == ["2001:db8:ffff::1", "2001:db8:ffff::2"]
    assert [row[0] for row in attempts("attach-redirect-not-followed")] == ["2001:db8:ffff::1"]
    times = tshark_fields(*_paths("attach-redirect-not-followed"), "frame", "frame.time_relative")
    assert float(times[-1][0]) - float(times[10][0]) > 60


def test_an_attach_with_modp_2048_and_sha_1_opens_too(tmp_path: Path, tshark_fields: Fields) -> None:
    attach: Attach = Scenario("legacy", "", suite=LEGACY_SUITE).play()
    capture, keys = tmp_path / "capture.pcap", tmp_path / "keys"
    write_pcap(capture, attach.wire.frames)
    attach.tables.write(keys)
    assert tshark_fields(capture, keys, "isakmp.ikev2.integrity_checksum || _ws.malformed", "frame.number") == []
    assert len(tshark_fields(capture, keys, "esp.icv_good==1", "frame.number")) == 6
