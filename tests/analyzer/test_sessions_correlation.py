"""Who belongs together: one session per UE and PDN connection, whatever happens to its addresses and SPIs."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from edited_captures import (
    SECOND,
    analyzed,
    frames_of,
    ip_protocol,
    moved,
    packets_of,
    played,
    reported,
    sample,
    sample_keys,
    saved,
)

from dissectors.stack import Carried
from rules.model import Verdict
from rules.session import SaState
from samples.generator.bulk import many_attaches
from samples.generator.pcap import Frame

UE, OTHER_UE = IPv6Address("2001:db8:77::99"), IPv6Address("2001:db8:78::42")
NAT = IPv4Address("203.0.113.5")


def test_a_redirect_to_a_second_home_agent_stays_in_its_session() -> None:
    results = analyzed(sample("attach-redirected"), [sample_keys("attach-redirected")])
    (session,) = results.sessions
    assert [str(sa.responder.address) for sa in session.ike_sas] == ["2001:db8:ffff::1", "2001:db8:ffff::2"]
    assert session.ike_sas[0].redirect is not None
    assert session.ike_sas[0].redirect.frame == 11  # story.md
    assert session.ike_sas[1].established is not None


def test_a_new_attach_long_after_a_redirect_is_a_session_of_its_own(tmp_path: Path) -> None:
    frames = frames_of(sample("attach-redirected"))
    late = [f if n < 13 else Frame(f.at + 400 * SECOND, f.data) for n, f in enumerate(frames)]
    results = analyzed(saved(tmp_path / "late.pcap", late), [sample_keys("attach-redirected")])
    assert len(results.sessions) == 2


def test_many_interleaved_attaches_are_told_apart(tmp_path: Path) -> None:
    """300 UEs are too many here; 12 overlap just as well at an interval of 20 ms."""
    many_attaches(tmp_path / "many.pcap", 12, keys=tmp_path / "keys", interval=0.02)
    results = analyzed(tmp_path / "many.pcap", [tmp_path / "keys"])
    assert len(results.sessions) == 12
    assert sorted(s.identity for s in results.sessions if s.identity) == [
        f"000101{n:010}@nai.epc.mnc001.mcc001.3gppnetwork.org" for n in range(12)
    ]
    assert {len(s.ike_sas) for s in results.sessions} == {1}
    assert {s.child_count for s in results.sessions} == {2}
    assert results.counts.opened == results.counts.protected
    assert results.failures == []


def test_two_ues_that_chose_the_same_initiator_spi_are_two_sessions(tmp_path: Path) -> None:
    """The second UE's capture is the first one's, from another address and with other answers of the HA."""
    frames = frames_of(sample("attach-clean"))
    ike = [f for f in frames if ip_protocol(f) == 17 and f.data[14 + 40 + 2 : 14 + 40 + 4] == b"\x01\xf4"]
    spi_r = next(f.data[70:78] for f in ike if f.data[70:78] != bytes(8))
    other = [moved(Frame(f.at + 1_000_000, f.data), {UE: OTHER_UE}) for f in frames]
    other = [Frame(f.at, f.data.replace(spi_r, b"\x55" * 8)) for f in other]
    # A nonce of its own, so that no packet is a copy of the first UE's.
    other = [Frame(f.at, f.data[:-1] + bytes([f.data[-1] ^ 0xFF])) for f in other]
    both = sorted([*frames, *other], key=lambda f: f.at)
    results = analyzed(saved(tmp_path / "same.pcap", both), [sample_keys("attach-clean")])
    assert sorted(str(s.ue) for s in results.sessions) == sorted((str(UE), str(OTHER_UE)))
    first = next(s for s in results.sessions if s.ue == UE)
    assert first.ike_sas[0].state is SaState.DELETED
    assert first.ike_sas[0].initiator_spi == results.sessions[1].ike_sas[0].initiator_spi


def test_a_nat_that_changes_the_port_in_mid_sa_changes_no_session(tmp_path: Path) -> None:
    name = "attach-clean-ipv4"
    frames = frames_of(sample(name))
    half = len(frames) // 2
    rebound = [f if n < half or ip_protocol(f) != 17 else reported(f, {40001: 53211}) for n, f in enumerate(frames)]
    packets, results = packets_of(saved(tmp_path / "rebound.pcap", rebound), [sample_keys(name)])
    assert 53211 in {p.stack.source.port for p in packets}
    assert len(results.sessions) == 1
    assert results.counts.opened == results.counts.protected
    assert results.verdicts == analyzed(sample(name), [sample_keys(name)]).verdicts


def test_a_care_of_address_that_changes_in_mid_sa_changes_no_session(tmp_path: Path) -> None:
    """MOBIKE (RFC 4555): the SAs go on between other addresses."""
    name = "attach-clean"
    frames = frames_of(sample(name))
    middle = next(n for n, f in enumerate(frames) if ip_protocol(f) == 50) + 2
    frames = [f if n < middle else moved(f, {UE: OTHER_UE}) for n, f in enumerate(frames)]
    results = analyzed(saved(tmp_path / "moved.pcap", frames), [sample_keys(name)])
    (session,) = results.sessions
    assert session.ue == OTHER_UE
    assert results.counts.opened == results.counts.protected
    assert results.failures == []


def test_two_ues_behind_one_nat_keep_their_esp_apart_without_keys(tmp_path: Path) -> None:
    """Without keys no SPI is known: then the mapped ports tell."""
    name = "attach-clean-ipv4"
    # Without the Binding Update and its answer, which go to port 4191.
    frames = [f for f in frames_of(sample(name)) if ip_protocol(f) == 17 and b"\x10\x5f" not in f.data[34:38]]
    other = [reported(Frame(f.at + 3_000_000, f.data), {40500: 41500, 40001: 41001}) for f in frames]
    other = [Frame(f.at, f.data[:50] + bytes(b ^ 0x5A for b in f.data[50:54]) + f.data[54:]) for f in other]
    both = sorted([*frames, *other], key=lambda f: f.at)
    packets, _ = packets_of(saved(tmp_path / "nat.pcap", both))
    esp = [p for p in packets if p.stack.carried is Carried.ESP and p.context]
    by_port: dict[int, set[int]] = {}
    for packet in esp:
        port = next(e.port for e in (packet.stack.source, packet.stack.destination) if e.address == NAT)
        assert packet.context is not None
        by_port.setdefault(port, set()).add(packet.context.session.number)
    assert len(by_port) == 2
    assert all(len(sessions) == 1 for sessions in by_port.values())
    assert by_port[40001] != by_port[41001]


def test_an_ike_sa_rekeyed_unseen_stays_in_its_session(captures: Path) -> None:
    """Frame 21 uses an SA that the closed CREATE_CHILD_SA of frames 19 and 20 must have made."""
    results = analyzed(captures / "tcpdump" / "ikev2four.pcap")
    (session,) = results.sessions
    assert [sa.initiator_spi.hex() for sa in session.ike_sas] == ["a88875a8198992a6", "1d9be9451d4f97a8"]


def test_a_capture_that_begins_in_the_middle_proves_nothing_about_the_beginning(tmp_path: Path) -> None:
    name = "attach-no-home-prefix"
    frames = [f for f in frames_of(sample(name)) if f.at > frames_of(sample(name))[5].at]
    results = analyzed(saved(tmp_path / "late.pcap", frames), [sample_keys(name)])
    (session,) = results.sessions
    assert session.ike_sas[0].partial
    assert results.failures == []
    assert results.verdicts[1, "UE-5.1.2.2-02"] is Verdict.INCONCLUSIVE


def test_esp_before_any_ike_message_of_its_pair_joins_the_same_session(tmp_path: Path) -> None:
    """The capture starts within a working connection; the IKE SA shows up later."""
    attach = played("attach-clean")
    frames = attach.wire.frames
    first = next(n for n, f in enumerate(frames) if ip_protocol(f) == 60)  # the Binding Update
    attach.tables.write(tmp_path / "keys")
    results = analyzed(saved(tmp_path / "mid.pcap", frames[first:]), [tmp_path / "keys"])
    (session,) = results.sessions
    assert results.counts.esp == 6
    assert len(session.ike_sas) == 1
