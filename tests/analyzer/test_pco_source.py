"""PCO out of real carriers beside tshark's own fields, and out of GTPv2-C built here, in a run with a sample."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pco_source import PcoSource
from analyzer.pipeline import Run
from analyzer.profile import load_profile
from analyzer.results import Results
from analyzer.tshark import TsharkField, TsharkLayer, TsharkPacket
from dissectors.events import Endpoint, Event
from dissectors.pco import HomeNetworkPrefix
from dissectors.pco_carriers import EsmMessage, Gtpv2Message, PcoMessage
from dissectors.triage import triage
from rules.model import Verdict
from samples.generator.frames import ethernet, ip, udp
from samples.generator.pcap import EPOCH, Frame, write_pcap

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
USER_DLT = 'uat:user_dlts:"User 0 (DLT=147)","nas-eps","0","","0",""'
MME, GATEWAY = IPv4Address("198.51.100.2"), IPv4Address("198.51.100.3")
MACS = bytes(6), b"\2" * 6
IMSI = "001010123456789"
HNP, HOME_AGENT, IFOM = b"\0\x08\0", b"\0\x07\0", b"\0\x0f\0"
PREFIX = IPv6Address("2001:db8:1:2::")


def told(path: Path, *, chunk_frames: int = 65536) -> list[Event[PcoMessage]]:
    """All messages of a capture."""
    source = PcoSource()
    found = []
    with CaptureSource([path], chunk_frames=chunk_frames) as capture:
        for chunk in capture:
            found += source.events(chunk, triage(chunk.data, chunk.offset, chunk.captured, chunk.link_type))
    assert not source.problem
    return found


def tshark_rows(path: Path, *fields: str) -> Iterator[list[str]]:
    command = ["tshark", "-n", "-r", str(path), "-o", USER_DLT, "-Y", "gsm_a.gm.sm.pco_pid", "-T", "fields"]
    command += [part for field in fields for part in ("-e", field)]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        yield line.split("\t")


@pytest.mark.parametrize("name", ["testattach.pcapng", "nas_eps_vectors.pcap"])
def test_every_container_of_real_carriers_is_read_as_tshark_reads_it(captures: Path, name: str) -> None:
    path = captures / "carriers" / name
    found = [event for event in told(path) if event.message.pco is not None]
    fields = ("frame.number", "gsm_a.gm.sm.pco_pid", "gsm_a.gm.sm.pco.length", "gsm_a.gm.sm.link_dir")
    theirs = [(int(n), p.split(","), s.split(","), d == "0") for n, p, s, d in tshark_rows(path, *fields)]
    ours = [
        (
            event.frame,
            [f"0x{item.id:04x}" for item in event.message.pco.containers],
            [f"0x{len(item.contents):02x}" for item in event.message.pco.containers],
            event.message.is_uplink,
        )
        for event in found
        if event.message.pco
    ]
    assert len(ours) == {"testattach.pcapng": 87, "nas_eps_vectors.pcap": 2}[name]
    assert ours == theirs


def test_messages_of_a_real_attach_have_their_types_and_their_ues(captures: Path) -> None:
    """The types are those of ``-e nas_eps.nas_msg_esm_type -e gtpv2.message_type``; the capture has one subscriber."""
    path = captures / "carriers" / "testattach.pcapng"
    found = [event for event in told(path) if event.message.pco is not None]
    theirs = Counter(
        int(nas or gtp, 0) for nas, gtp in tshark_rows(path, "nas_eps.nas_msg_esm_type", "gtpv2.message_type")
    )
    assert Counter(int(event.message.kind) for event in found) == theirs
    assert {event.message.imsi for event in found} == {"901707364000060", None}
    gtp = [event.message for event in found if isinstance(event.message.kind, Gtpv2Message)]
    assert {(m.imsi, m.apn) for m in gtp} == {("901707364000060", "internet")}
    requests = {e.message.transaction: e for e in found if e.message.kind is Gtpv2Message.CREATE_SESSION_REQUEST}
    answers = [e for e in found if e.message.kind is Gtpv2Message.CREATE_SESSION_RESPONSE]
    assert answers
    for answer in answers:
        asked = requests[answer.message.transaction]
        assert (asked.source, asked.destination) == (answer.destination, answer.source)


def test_nodes_are_those_that_the_interface_of_the_senders_f_teid_names(captures: Path) -> None:
    """By frame as ``-e gtpv2.f_teid_interface_type`` shows: 10,7 from an MME, 6,4 from an SGW, 7,5 from a PGW, 11,…"""
    found = {e.frame: e.message.nodes for e in told(captures / "carriers" / "testattach.pcapng")}
    assert [found[n] for n in (54, 57, 62, 65)] == [("MME", "SGW"), ("SGW", "PGW"), ("PGW", "SGW"), ("SGW", "")]
    assert found[100] == ("", "")  # a Delete Session Request without F-TEID
    assert (found[53], found[66]) == (("UE", "MME"), ("MME", "UE"))  # NAS, by its direction


def test_bare_nas_has_no_ends_and_tells_apn_and_pdn_type(captures: Path) -> None:
    first, _, last = told(captures / "carriers" / "nas_eps_vectors.pcap")
    assert (first.frame, first.message.kind) == (1, EsmMessage.PDN_CONNECTIVITY_REQUEST)
    assert (first.message.pdn_type, first.message.apn) == (1, None)
    assert (last.frame, last.message.kind) == (20, EsmMessage.ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_REQUEST)
    assert last.message.apn == "orange.mnc001.mcc208.gprs"


def test_however_a_capture_is_cut_into_chunks_the_pco_is_the_same(captures: Path) -> None:
    path = captures / "carriers" / "testattach.pcapng"
    assert told(path, chunk_frames=200) == told(path)


# Built here


def element(kind: int, data: bytes, instance: int = 0) -> bytes:
    return struct.pack(">BHB", kind, len(data), instance) + data


def gtp(kind: int, *elements: bytes, sequence: int = 1, teid: int = 0) -> bytes:
    """TS 29.274 clause 5.1, with a TEID."""
    body = b"".join(elements)
    return struct.pack(">BBHIHBB", 0x48, kind, len(body) + 8, teid, sequence >> 8, sequence & 255, 0) + body


def imsi(digits: str) -> bytes:
    swapped = digits + "f" * (len(digits) % 2)
    return element(1, bytes.fromhex("".join(b + a for a, b in zip(swapped[::2], swapped[1::2], strict=True))))


def frame(at: float, data: bytes, *, answer: bool = False) -> Frame:
    ends = (GATEWAY, MME) if answer else (MME, GATEWAY)
    packet = ip(*ends, 17, udp((ends[0], 2123), (ends[1], 2123), data))
    return Frame(EPOCH + round(at * 10**9), ethernet(*MACS, packet))


APN = element(71, b"\x08internet")
PDN_TYPE = element(99, b"\x02")
F_TEID = element(87, b"\x8a" + struct.pack(">I", 0x4711) + GATEWAY.packed)


def create(at: float, pco: bytes) -> Frame:
    return frame(at, gtp(32, imsi(IMSI), APN, PDN_TYPE, element(78, b"\x80" + pco)))


def created(at: float) -> Frame:
    given = HNP[:2] + b"\x11" + PREFIX.packed + b"\x40"
    return frame(at, gtp(33, F_TEID, element(78, b"\x80" + given), sequence=1), answer=True)


def deleted(at: float) -> Frame:
    return frame(at, gtp(36, element(73, b"\x05"), sequence=2, teid=0x4711))


def test_an_answer_and_a_release_are_those_of_the_request(tmp_path: Path) -> None:
    path = tmp_path / "gtp.pcap"
    write_pcap(path, [create(0, HOME_AGENT + HNP), created(0.1), deleted(5)])
    asked, given, gone = (event.message for event in told(path))
    assert [m.kind for m in (asked, given, gone)] == [32, 33, 36]
    assert {(m.imsi, m.apn) for m in (asked, given, gone)} == {(IMSI, "internet")}
    assert asked.pdn_type == 2
    assert given.pco is not None
    assert given.pco.home_network_prefix == HomeNetworkPrefix(PREFIX, 64)
    assert gone.pco is None


def test_an_additional_and_an_extended_pco_count_as_well(tmp_path: Path) -> None:
    """Element types 163 and 197 of TS 29.274."""
    path = tmp_path / "gtp.pcap"
    both = gtp(32, imsi(IMSI), element(163, b"\x80" + HNP), element(197, b"\x80" + IFOM))
    write_pcap(path, [frame(0, both)])
    assert [e.message.pco.containers[0].id for e in told(path) if e.message.pco] == [8, 15]


def test_a_truncated_pco_is_malformed_and_told(tmp_path: Path) -> None:
    path = tmp_path / "gtp.pcap"
    write_pcap(path, [create(0, HNP + b"\0\x07\x05\1")])
    (event,) = told(path)
    assert event.message.pco is not None
    assert str(event.message.pco.malformed) == "container is 8 bytes, 4 are left at byte 4"


def run(paths: list[Path], tmp_path: Path, facts: str) -> Results:
    profile = tmp_path / "profile.toml"
    profile.write_text(facts)
    with CaptureSource([str(path) for path in paths]) as source:
        judged = Run(source, load_keys([str(SAMPLES / "dsmip-ifom" / "keys")]), load_profile(str(profile)))
        for _ in judged.packets():
            pass
        return judged.results()


RULES = ("UE-5.1.2.1a-02", "UE-5.1.2.3-04")


def verdicts(results: Results) -> set[Verdict]:
    return {results.verdicts[results.sessions[0].number, rule] for rule in RULES}


@pytest.mark.parametrize(
    ("pco", "facts", "verdict"),
    [
        (HNP + IFOM, "", Verdict.PASS),
        (HNP, "andsf_used = false", Verdict.FAIL),
        (HNP, "", Verdict.INCONCLUSIVE),
        (HOME_AGENT, "andsf_used = false", Verdict.NOT_APPLICABLE),
    ],
    ids=["IFOM asked for", "not asked for", "ANDSF unknown", "no prefix asked for"],
)
def test_a_sample_that_uses_ifom_is_judged_by_the_pco_of_its_ue(
    tmp_path: Path, pco: bytes, facts: str, verdict: Verdict
) -> None:
    """The sample's UE has the IMSI of NAI 0001010123456789@… and the APN internet."""
    path = tmp_path / "gtp.pcap"
    write_pcap(path, [create(-20, pco), created(-19.9)])
    results = run([path, SAMPLES / "dsmip-ifom" / "capture.pcap"], tmp_path, facts)
    assert verdicts(results) == {verdict}
    for failure in (f for f in results.failures if f.rule in RULES):
        assert failure.frame == 1
        assert "IFOM-Support-Request" in failure.expected


def test_without_tshark_the_rules_are_inconclusive_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gtp.pcap"
    write_pcap(path, [create(-20, HNP)])
    monkeypatch.setenv("PATH", "/nowhere")
    results = run([path, SAMPLES / "dsmip-ifom" / "capture.pcap"], tmp_path, "andsf_used = false")
    assert verdicts(results) == {Verdict.INCONCLUSIVE}
    sentence = "1 frames may hold PCO, which was not read: tshark is not installed (Debian: apt install tshark)"
    assert sentence in results.warnings
    assert {f.reason for f in results.findings if f.rule in RULES} == {sentence}


def test_no_tshark_is_started_for_a_capture_without_carriers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("tshark is asked")

    monkeypatch.setattr("analyzer.pco_source.ask", never)
    results = run([SAMPLES / "dsmip-ifom" / "capture.pcap"], tmp_path, "")
    assert verdicts(results) == {Verdict.NOT_APPLICABLE}


def test_the_ends_of_a_message_are_those_of_its_packet(tmp_path: Path) -> None:
    path = tmp_path / "gtp.pcap"
    write_pcap(path, [create(0, HNP)])
    (event,) = told(path)
    assert (event.source, event.destination) == (Endpoint(MME, 2123), Endpoint(GATEWAY, 2123))
    assert event.at == EPOCH


# NAS over S1AP, as tshark's fields tell it

S1AP_ENDS = (Endpoint(IPv4Address("198.51.100.10")), Endpoint(IPv4Address("198.51.100.2")))
INITIAL, UPLINK = 12, 13


def nas(procedure: int, enb: int, esm: int, *, pti: int = 1, imsi: str = "", apn: str = "") -> TsharkPacket:
    """One NAS message with a PCO that asks for a home network prefix."""
    fields = [
        TsharkField("s1ap.procedureCode", 1, str(procedure), ""),
        TsharkField("s1ap.ENB_UE_S1AP_ID", 8, str(enb), ""),
        TsharkField("nas_eps.esm.proc_trans_id", 39, str(pti), ""),
        TsharkField("nas_eps.nas_msg_esm_type", 40, f"0x{esm:02x}", ""),
        TsharkField("", 50, "Protocol Configuration Options", "270480000800"),
    ]
    fields += [TsharkField("e212.imsi", 20, imsi, "")] if imsi else []
    fields += [TsharkField("gsm_a.gm.sm.apn", 45, apn, "")] if apn else []
    return TsharkPacket(1, (TsharkLayer("s1ap", tuple(fields)),))


def whose(*packets: TsharkPacket) -> list[tuple[str | None, str | None]]:
    source = PcoSource()
    return [(m.imsi, m.apn) for packet in packets for m in source.messages(packet, S1AP_ENDS)]


def test_nas_on_one_connection_of_s1ap_is_one_ues() -> None:
    packets = [nas(INITIAL, 7, 0xD0, imsi=IMSI), nas(UPLINK, 7, 0xDA, apn="internet"), nas(UPLINK, 8, 0xDA, apn="ims")]
    assert whose(*packets) == [(IMSI, None), (IMSI, "internet"), (None, "ims")]


def test_a_number_that_an_enb_uses_again_is_another_ue() -> None:
    assert whose(nas(INITIAL, 7, 0xD0, imsi=IMSI), nas(INITIAL, 7, 0xD0)) == [(IMSI, None), (None, None)]


def test_the_number_of_a_transaction_that_is_used_again_says_nothing_of_the_apn() -> None:
    packets = [nas(INITIAL, 7, 0xD0, imsi=IMSI, apn="internet"), nas(UPLINK, 7, 0xC1), nas(UPLINK, 7, 0xD0)]
    assert whose(*packets) == [(IMSI, "internet"), (IMSI, "internet"), (IMSI, None)]


def test_two_nas_messages_in_one_packet_are_told_apart() -> None:
    first, second = nas(UPLINK, 7, 0xD0, apn="internet"), nas(UPLINK, 7, 0xC2, pti=2)
    later = tuple(field._replace(pos=field.pos + 100) for field in second.layers[0].fields[2:])
    both = TsharkPacket(1, (TsharkLayer("s1ap", first.layers[0].fields + later),))
    found = list(PcoSource().messages(both, S1AP_ENDS))
    assert [(m.kind, m.apn) for m in found] == [(0xD0, "internet"), (0xC2, None)]
    assert [m.pco.containers[0].id for m in found if m.pco] == [8, 8]


def test_fields_that_make_no_sense_are_no_messages() -> None:
    """tshark reads hostile captures: what it shows may be anything."""
    odd = (
        TsharkField("gtpv2.message_type", 0, "many", "zz"),
        TsharkField("nas_eps.nas_msg_esm_type", 3, "0x", "0"),
        TsharkField("", 4, "Protocol Configuration Options", "2"),
    )
    for fields in (odd, odd[1:], (*odd[1:], TsharkField("nas_eps.nas_msg_esm_type", 2, "0xd0", "d0"))):
        packet = TsharkPacket(1, (TsharkLayer("s1ap", fields),))
        for message in PcoSource().messages(packet, S1AP_ENDS):
            assert message.malformed
