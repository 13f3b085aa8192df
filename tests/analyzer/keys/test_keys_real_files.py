"""The real files of shared/captures: two writers that know nothing of each other must agree."""

from __future__ import annotations

import csv
from pathlib import Path

from analyzer.keys import load_keys


def rows(path: Path) -> list[list[str]]:
    """The table read by the csv module of Python."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return list(csv.reader(lines))


def test_the_strongswan_tables_are_taken_over_as_they_stand(captures: Path) -> None:
    folder = captures / "strongswan-ipv4"
    found = load_keys([folder / "ikev2_decryption_table", folder / "esp_sa"])
    assert not found.problems
    assert [
        (k.initiator_spi, k.responder_spi, k.sk_ei.hex(), k.sk_er.hex(), k.sk_ai.hex(), k.sk_ar.hex())
        for k in found.ike
    ] == [
        (bytes.fromhex(r[0]), bytes.fromhex(r[1]), r[2], r[3], r[5], r[6])
        for r in rows(folder / "ikev2_decryption_table")
    ]
    assert [(k.spi, f"0x{k.key.hex()}", f"0x{k.integrity_key.hex()}") for k in found.esp] == [
        (int(r[3], 16), r[5], r[7]) for r in rows(folder / "esp_sa")
    ]
    assert {(k.spec.encryption, k.spec.key_size, k.spec.integrity) for k in found.esp} == {(12, 16, 12)}


def test_two_ike_sas_under_one_spi_pair_are_both_kept(captures: Path) -> None:
    """strongSwan 5.9.8 writes a rekeyed SA's keys under the SPIs of the old one."""
    found = load_keys([captures / "strongswan-ipv4" / "ikev2_decryption_table"])
    assert found.ike[0].initiator_spi == found.ike[1].initiator_spi
    assert found.ike[0].sk_ei != found.ike[1].sk_ei


def test_the_strongswan_log_holds_the_keys_of_the_ike_table(captures: Path) -> None:
    folder = captures / "strongswan-ipv4"
    table, log = load_keys([folder / "ikev2_decryption_table"]), load_keys([folder / "charon.log"])
    assert not log.problems
    assert [(k.sk_ei, k.sk_er, k.sk_ai, k.sk_ar) for k in log.ike] == [
        (k.sk_ei, k.sk_er, k.sk_ai, k.sk_ar) for k in table.ike
    ]
    assert [len(k.key_exchange_secret) for k in log.ike] == [256, 256]  # MODP2048
    assert [(len(k.sk_d), len(k.sk_pi), len(k.sk_pr)) for k in log.ike] == [(32, 32, 32)] * 2


def test_the_strongswan_log_ties_the_first_ike_sa_to_its_spis_and_leaves_the_rekeyed_one_open(captures: Path) -> None:
    folder = captures / "strongswan-ipv4"
    table, log = load_keys([folder / "ikev2_decryption_table"]), load_keys([folder / "charon.log"])
    assert (log.ike[0].initiator_spi, log.ike[0].responder_spi) == (
        table.ike[0].initiator_spi,
        table.ike[0].responder_spi,
    )
    assert (log.ike[1].initiator_spi, log.ike[1].responder_spi) == (None, None)
    for keys in log.ike:
        assert keys.spec is not None
        assert (keys.spec.encryption, keys.spec.key_size, keys.spec.integrity, keys.spec.prf) == (12, 16, 12, 5)


def test_the_strongswan_log_holds_the_keys_of_the_esp_table(captures: Path) -> None:
    folder = captures / "strongswan-ipv4"
    table, log = load_keys([folder / "esp_sa"]), load_keys([folder / "charon.log"])
    assert {(k.spi, k.spec, k.key, k.integrity_key, k.source, k.destination) for k in log.esp} == {
        (k.spi, k.spec, k.key, k.integrity_key, k.source, k.destination) for k in table.esp
    }
    assert len(log.esp) == len(table.esp) == 4
    assert {k.esn for k in log.esp} == {False}
    assert all(k.origin.startswith("charon.log:") for k in log.esp)


def test_the_wireshark_tables_are_read_with_text_keys_and_salts(captures: Path) -> None:
    found = load_keys([captures / "wireshark" / "ikev2_decryption_table", captures / "wireshark" / "esp-24-sas.esp_sa"])
    assert not found.problems
    assert [(k.spec.encryption, k.spec.key_size, len(k.sk_ei)) for k in found.ike if k.spec] == [
        (15, 16, 19),  # CCM: 3 bytes of salt
        (12, 32, 32),
        (20, 32, 36),  # GCM: 4
    ]
    assert len(found.esp) == 24
    texts = [(r[5].encode(), r[7].encode()) for r in rows(captures / "wireshark" / "esp-24-sas.esp_sa")]
    assert [(k.key, k.integrity_key) for k in found.esp] == texts


def test_a_folder_gives_its_key_files_and_lists_the_capture_quietly(captures: Path) -> None:
    found = load_keys([captures / "strongswan-ipv4"])
    assert not found.problems
    assert (len(found.ike), len(found.esp)) == (4, 8)
    assert [(Path(s.path).name, s.form, s.ike, s.esp) for s in found.sources] == [
        ("capture.pcapng", "not a key file", 0, 0),
        ("charon.log", "strongSwan charon log", 2, 4),
        ("esp_sa", "Wireshark esp_sa", 0, 4),
        ("ikev2_decryption_table", "Wireshark ikev2_decryption_table", 2, 0),
    ]
