"""Keys that come late, that are wrong, or that are not there: every closed packet says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from edited_captures import (
    MILLISECOND,
    analyzed,
    frames_of,
    ip_protocol,
    packets_of,
    played,
    sample,
    sample_keys,
    saved,
)

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from analyzer.sessions import esp_opening, ike_opening
from analyzer.sessions.esp_opening import FEW, MOST_FAILURES, EspOpener
from analyzer.sessions.ike_opening import IkeOpener
from dissectors.buffer import Reader
from dissectors.esp import decode_esp
from dissectors.events import Endpoint, Sealed, SealReason
from dissectors.ikev2.registry import EncryptionId, IntegrityId
from dissectors.keymat import CipherSpec, EspKeys, IkeKeys, KeyMaterial
from dissectors.stack import Carried
from samples.generator.pcap import Frame

NAME = "attach-clean"
TABLE = "ikev2_decryption_table"


def test_the_strongswan_log_alone_opens_esp_by_derivation(captures: Path) -> None:
    """No esp_sa line is used: the keys come from SK_d, the nonces and (PFS) the DH secret in the log."""
    folder = captures / "strongswan-ipv4"
    keys = load_keys([folder / "charon.log"])
    keys.esp.clear()
    with CaptureSource([folder / "capture.pcapng"]) as source:
        run = Run(source, keys, judge=False, keeps_packets=True)
        packets = list(run.packets())
    esp = [p for p in packets if p.stack.carried is Carried.ESP]
    assert len(esp) == 12
    assert all(p.message.opened and p.message.opened.icv_ok for p in esp)


def test_esp_before_its_exchange_says_from_which_frame_its_key_is_valid(captures: Path, tmp_path: Path) -> None:
    """ESP moved in front of the IKE messages that make its keys."""
    folder = captures / "strongswan-ipv4"
    with CaptureSource([folder / "capture.pcapng"]) as source:
        frames = [(int(c.at[n]), bytes(c.frame(n))) for c in source for n in range(len(c))]
    made = [Frame(at, data) for at, data in frames]
    early = [
        f for f in made if f.data[12:14] == b"\x08\0" and ip_protocol(f) == 17 and f.data[42:46] == b"\xe0\x0a\x37\xdc"
    ]
    moved = [replace(f, at=made[0].at - (9 - n) * MILLISECOND) for n, f in enumerate(early)]
    log = (folder / "charon.log").read_text()
    keys = tmp_path / "ike-only.log"
    keys.write_text("\n".join(line for line in log.splitlines() if "[CHD]" not in line))
    results = analyzed(saved(tmp_path / "early.pcap", [*moved, *(f for f in made if f not in early)]), [keys])
    late = [c for c in results.closed if c.reason is SealReason.NOT_YET_VALID]
    assert [(c.packets, c.first_frame) for c in late] == [(len(early), 1)]
    assert late[0].detail == f"SPI 0xe00a37dc: the key is valid only from frame {13 + len(early)}"


def test_keys_of_another_sa_are_told_as_an_icv_that_does_not_match(tmp_path: Path) -> None:
    table = (sample_keys(NAME) / TABLE).read_text()
    wrong = (sample_keys("attach-no-home-prefix") / TABLE).read_text()
    spis = ",".join(table.split(",")[:2])
    (tmp_path / TABLE).write_text(spis + "," + ",".join(wrong.strip().split(",")[2:]) + "\n")
    results = analyzed(sample(NAME), [tmp_path])
    assert {c.reason for c in results.closed if c.first_frame < 15} == {SealReason.ICV_MISMATCH}
    assert results.counts.opened == 0
    assert results.failures == []


def test_no_keys_at_all_is_no_ones_fault() -> None:
    results = analyzed(sample("attach-no-home-prefix"))
    assert results.failures == []
    assert {c.reason for c in results.closed} == {SealReason.NO_KEY}
    assert sum(c.packets for c in results.closed) == results.counts.protected == 20


def _wrong_esp_keys(count: int) -> KeyMaterial:
    spec = CipherSpec(EncryptionId.AES_CBC, 16, IntegrityId.HMAC_SHA2_256_128)
    return KeyMaterial(esp=[EspKeys(None, spec, key=bytes(16), integrity_key=bytes([n] * 32)) for n in range(count)])


def test_wildcard_keys_that_never_fit_are_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    real = esp_opening.open_esp

    def counted(*args: object, **options: object) -> object:
        nonlocal tried
        tried += 1
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(esp_opening, "open_esp", counted)
    opener = EspOpener(_wrong_esp_keys(200), IkeOpener(KeyMaterial()))
    frame = next(f for f in frames_of(sample(NAME)) if ip_protocol(f) == 50)
    packet = decode_esp(Reader(frame.data, 54))
    ends = Endpoint(played(NAME).wire.network.ue), Endpoint(played(NAME).wire.network.ha)
    for number in range(100):
        assert isinstance(opener.open(packet, ends[0].address, ends[1].address, number), Sealed)
    assert tried <= (MOST_FAILURES + 1) * 200 + 100 * FEW


def test_loose_ike_keys_that_never_fit_are_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    real = ike_opening.open_with_padding

    def counted(*args: object) -> object:
        nonlocal tried
        tried += 1
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(ike_opening, "open_with_padding", counted)
    loose = [IkeKeys(None, None, *(bytes([n]) * 32 for _ in range(4))) for n in range(100)]
    with CaptureSource([sample(NAME)]) as source:
        run = Run(source, KeyMaterial(ike=loose), judge=False)
        closed = [p for p in run.packets() if p.sealed]
    assert len(closed) > ike_opening.MOST_SEARCHES
    assert tried <= ike_opening.MOST_SEARCHES * 100


def test_keys_without_spis_that_come_late_open_the_messages_after_them() -> None:
    """By then the SA has been given up: it is tried again because there are new keys."""
    loose = [replace(k, initiator_spi=None, responder_spi=None) for k in load_keys([sample_keys(NAME)]).ike]
    wrong = [IkeKeys(None, None, *(bytes([n]) * 32 for _ in range(4))) for n in range(3)]
    with CaptureSource([sample(NAME)]) as source:
        run = Run(source, KeyMaterial(ike=wrong), judge=False)
        closed = opened = 0
        for packet in run.packets():
            if packet.stack.carried is not Carried.IKE or not (packet.sealed or packet.opened):
                continue
            closed += packet.sealed is not None
            opened += packet.opened is not None
            if closed == ike_opening.MOST_SEARCHES + 1:
                run.decoder.add_keys(KeyMaterial(ike=loose))
    assert closed == ike_opening.MOST_SEARCHES + 1
    assert opened > 0


def test_a_damaged_first_message_does_not_hide_the_keys_of_the_others(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    protected = [
        n for n, f in enumerate(frames) if ip_protocol(f) == 17 and f.data[54 + 8 + 16 : 54 + 8 + 17] == b"\x2e"
    ]
    first = protected[0]
    damaged = frames[first].data[:-1] + bytes([frames[first].data[-1] ^ 1])
    frames[first] = replace(frames[first], data=damaged)
    packets, results = packets_of(saved(tmp_path / "x.pcap", frames), [sample_keys(NAME)])
    assert [p.number for p in packets if p.sealed] == [first + 1]
    assert [c.reason for c in results.closed] == [SealReason.ICV_MISMATCH]
