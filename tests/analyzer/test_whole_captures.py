"""Real captures from end to end: what shared/captures/README.md and the issue say must come out."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import analyzed, packets_of

from dissectors.events import SealReason
from dissectors.stack import Carried
from rules.model import Verdict

STRONGSWAN = "strongswan-ipv4"
KEYS = {
    "the two tables": ("ikev2_decryption_table", "esp_sa"),
    "table and log": ("ikev2_decryption_table", "charon.log"),
    "the log alone": ("charon.log",),
}


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS.keys())
def test_all_35_packets_of_the_strongswan_capture_open(captures: Path, keys: tuple[str, ...]) -> None:
    folder = captures / STRONGSWAN
    packets, results = packets_of(folder / "capture.pcapng", [folder / name for name in keys])
    carried = Counter(p.stack.carried for p in packets)
    assert (carried[Carried.IKE], carried[Carried.ESP]) == (23, 12)
    assert not [p for p in packets if p.sealed]
    assert results.counts.opened == results.counts.protected == 33  # two packets of IKE_SA_INIT are clear
    assert all(p.message.opened.icv_ok for p in packets if p.stack.carried is Carried.ESP)
    assert all(p.opened.icv_ok for p in packets if p.opened)
    assert results.closed == results.warnings == []


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS.keys())
def test_the_strongswan_capture_is_one_session(captures: Path, keys: tuple[str, ...]) -> None:
    folder = captures / STRONGSWAN
    (session,) = analyzed(folder / "capture.pcapng", [folder / name for name in keys]).sessions
    assert session.identity == "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
    assert session.apn == "internet.apn.epc.mnc001.mcc001.3gppnetwork.org"
    first, second = session.ike_sas
    assert first.successor is second
    assert second.parent is first
    children = list(dict.fromkeys(session.children.values()))
    assert [{f"{c.spi_i:08x}", f"{c.spi_r:08x}"} for c in children] == [
        {"5fa230c5", "e00a37dc"},
        {"14aa5b87", "3cfd1337"},
    ]


def test_the_findings_on_strongswan_are_right(captures: Path) -> None:
    """It is no 3GPP UE: what it leaves out is found, what it does well is passed, no base protocol rule fails."""
    folder = captures / STRONGSWAN
    results = analyzed(folder / "capture.pcapng", [folder / "ikev2_decryption_table", folder / "esp_sa"])
    verdicts = results.verdicts
    assert [(f.rule, f.frame) for f in results.failures] == [("UE-5.1.2.2-12", 3)]
    assert verdicts[1, "HA-5.1.3.1-02"] is Verdict.NOT_APPLICABLE
    assert verdicts[1, "UE-5.1.2.2-02"] is Verdict.PASS  # REDIRECT_SUPPORTED
    base = [verdict for (_, rule), verdict in verdicts.items() if rule.startswith("RFC")]
    assert Verdict.FAIL not in base


def test_without_keys_the_strongswan_capture_accuses_nobody(captures: Path) -> None:
    results = analyzed(captures / STRONGSWAN / "capture.pcapng")
    assert results.failures == []
    assert results.counts.opened == 0


@pytest.mark.parametrize(
    "name", ["ikev2-decrypt-aes256cbc.pcapng", "ikev2-decrypt-aes256gcm16.pcap", "ikev2-decrypt-aes128ccm12.pcap"]
)
def test_wiresharks_ikev2_captures_open_with_wiresharks_table(captures: Path, name: str) -> None:
    folder = captures / "wireshark"
    packets, results = packets_of(folder / name, [folder / "ikev2_decryption_table"])
    ike = [p for p in packets if p.stack.carried is Carried.IKE]
    assert ike
    assert not [p for p in ike if p.sealed]
    protected = [p for p in ike if p.message.encrypted]
    assert protected
    assert all(p.message.malformed is None for p in ike)
    assert len(results.sessions) == 1


def test_all_24_esp_sas_open_those_without_authentication_too(captures: Path) -> None:
    folder = captures / "wireshark"
    packets, _ = packets_of(folder / "esp-24-sas.pcap", [folder / "esp-24-sas.esp_sa"])
    esp = [p for p in packets if p.stack.carried is Carried.ESP]
    assert len({(p.message.spi, p.stack.destination.address) for p in esp}) == 24
    assert not [p for p in esp if p.sealed]
    checked = Counter(p.message.opened.icv_ok for p in esp)
    assert set(checked) == {True, None}
    assert all(p.inner is not None and p.inner.stack.malformed is None for p in esp)


def test_a_cookie_and_a_window_of_two_are_followed(captures: Path) -> None:
    packets, results = packets_of(captures / "tcpdump" / "ikev2four.pcap")
    sa = results.sessions[0].ike_sas[0]
    assert [e.frame for e in sa.init_requests] == [1, 3]
    assert [e.frame for e in sa.refusals] == [2]
    assert not any(p.event and p.event.repeats for p in packets)
    assert {f.rule for f in results.failures} == {"UE-5.1.2.2-02"}


def test_both_ends_may_start_at_once(captures: Path) -> None:
    results = analyzed(captures / "ikev2-other" / "both-ends-start.pcap")
    starts = {s.ike_sas[0].init_requests[0].frame for s in results.sessions if s.ike_sas and s.ike_sas[0].init_requests}
    assert starts >= {1, 2}
    assert {f.rule for f in results.failures} <= {"UE-5.1.2.2-02"}  # the one thing the clear messages show
    assert {c.reason for c in results.closed} == {SealReason.NO_KEY}


@pytest.mark.parametrize("name", ["dsmipv6-scapy/mip6_home_reg_esp_null-sha256.pcap",
                                  "dsmipv6-scapy/mip6_home_reg_esp_aescbc128-sha1.pcap"])  # fmt: skip
def test_binding_updates_in_esp_open_with_their_table(captures: Path, name: str) -> None:
    path = captures / name
    packets, _ = packets_of(path, [path.parent / "esp_sa"])
    assert [p.inner.stack.carried for p in packets if p.inner] == [Carried.MOBILITY] * 6


ROBUST = {
    "crash-null-deref-pcapng-shb": 2,
    "ikev2-id-normal.pcap": 1,  # both have an initiator SPI of 0
    "ikev2-id-short.pcap": 1,
}


def test_what_broke_others_gives_the_status_it_should(captures: Path, dsmip: CommandLine) -> None:
    """Only what is no capture at all is trouble; nothing is an internal error; every complaint is one line."""
    files = sorted((captures / "robustness").iterdir())
    assert len(files) > 20
    for path in files:
        said = dsmip("analyze", path)
        assert said.status == ROBUST.get(path.name, 0), path.name
        assert "internal error" not in said.err
        assert said.err.count("\n") == (said.status == 2)
        assert dsmip("decode", path, "-V", "-x").status in (0, 2)
        assert dsmip("decode", path, "-T", "json").status in (0, 2)


def test_captures_without_s2c_say_so(captures: Path, dsmip: CommandLine) -> None:
    for name in ("carriers/testattach.pcapng", "carriers/nas_eps_vectors.pcap", "tcpdump/dhcpv6-ia-na.pcap"):
        said = dsmip("analyze", captures / name)
        assert said.status == 0
        assert said.lines[-1] == "No S2c signalling found: no IKEv2 and no ESP in the capture."


@pytest.mark.parametrize("name", ["isakmp-pointer-loop.pcap", "isakmp-delete-segfault.pcap"])
def test_what_is_not_ikev2_is_counted_and_left_alone(captures: Path, dsmip: CommandLine, name: str) -> None:
    """IKE version 1, and version 11."""
    path = captures / "robustness" / name
    assert "1 IKE packet not IKEv2 and not judged" in dsmip("analyze", path).out
    results = analyzed(path)
    assert results.sessions == []
    assert (results.counts.ike, results.counts.other_versions, results.counts.protected) == (1, 1, 0)


@pytest.mark.parametrize("name", ["strongswan-ipv4/capture.pcapng", "ikev2-other/both-ends-start.pcap"])
def test_tshark_counts_as_many_ike_and_esp_packets(captures: Path, name: str) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    results = analyzed(captures / name)
    for what, count in (("isakmp", results.counts.ike), ("esp", results.counts.esp)):
        done = subprocess.run(
            ["tshark", "-n", "-r", captures / name, "-Y", what], capture_output=True, text=True, check=True
        )
        assert len(done.stdout.splitlines()) == count
