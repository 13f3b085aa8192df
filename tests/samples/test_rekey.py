"""Keys of rekeyed SAs: the project's own derivation, from SK_d and Diffie-Hellman secrets alone, opens everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import judged_folder

from samples.generator import rekey
from samples.generator.attach import Attach, EspPair
from samples.generator.endpoint import ChildOffer
from samples.generator.keymat import IkeKeys, derive_rekeyed_ike_keys
from samples.generator.pcap import write_pcap
from samples.generator.suites import Suite
from samples.scenarios import SCENARIOS


def test_what_sk_d_and_the_secrets_derive_opens_every_packet_of_every_sa(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets: list[bytes] = []
    first: list[tuple[bytes, IkeKeys]] = []
    original = Attach.child

    def child(self: Attach, ours: ChildOffer, theirs: ChildOffer, shared: tuple[bytes, bytes] = (b"", b"")) -> EspPair:
        if not first:
            assert self.ue.keys
            first.append((self.ue.spis, self.ue.keys))
        secrets.append(shared[0])
        return original(self, ours, theirs, shared)

    def rekeyed(suite: Suite, old: bytes, secret: bytes, nonces: bytes, spis: bytes) -> IkeKeys:
        secrets.append(secret)
        return derive_rekeyed_ike_keys(suite, old, secret, nonces, spis)

    monkeypatch.setattr(Attach, "child", child)
    monkeypatch.setattr(rekey, "derive_rekeyed_ike_keys", rekeyed)
    write_pcap(tmp_path / "capture.pcap", SCENARIOS["dsmip-rekey"].play().wire.frames)
    ((spis, keys),) = first
    given = [secret.hex() for secret in secrets if secret]
    assert len(given) == 2  # of the CHILD SA with forward secrecy, and of the IKE SA
    names = ("d", "ai", "ar", "ei", "er", "pi", "pr")
    lines = [f"key_exchange_secrets = {given}".replace("'", '"'), "[[ike_sa]]"]
    lines += [f'initiator_spi = "{spis[:8].hex()}"', f'responder_spi = "{spis[8:].hex()}"']
    lines += ['prf = "PRF_HMAC_SHA2_256"', 'encryption = "AES_CBC_256"', 'integrity = "HMAC_SHA2_256_128"']
    lines += [f'sk_{name} = "{getattr(keys, name).hex()}"' for name in names]
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "keys.toml").write_text("\n".join(lines) + "\n", "utf-8")
    results = judged_folder(tmp_path)
    assert results.closed == []
    assert results.counts.opened == results.counts.protected == 36  # 38 messages, two of them IKE_SA_INIT
    assert results.failures == []
